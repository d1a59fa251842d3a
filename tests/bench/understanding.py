"""听话的快慢和找商品的准头：目录从 300 到一百万，旁边是同一次运行里别的找法。

用法：zhanggui bench understanding [--quick] [--out 目录]。退出码 1 = 有“必须”没达到。时间是处理器时间，旁边写着钟表时间。
"""

import json
import os
import re
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from random import Random
from typing import Any

import jieba
from rapidfuzz import fuzz, process

import intents
from intents import understand
from intents.frame import Goods
from tests.bench.core import Figure, p
from tests.intents.conftest import TODAY
from tests.intents.test_noisy import SEED, tried
from tests.noise import Message, Shelf, messages, shelf_of

SIZES = (300, 3_000, 10_000, 100_000, 1_000_000)
Find = Callable[[str], str]  # 商品名那一段 → 最像的商品的编码
_NUMBER = re.compile(r"\d+(?:\.\d+)?[a-z]*", re.IGNORECASE)


def label(goods: Goods) -> str:
    """别的找法看到的字:名字,没写规格的带上规格。"""
    return goods.name if goods.spec in goods.name else goods.name + goods.spec


# ── 别的找法 ──


def wratio(rows: list[Goods]) -> Find:
    """最常见的写法:rapidfuzz 从头比到尾。"""
    names = [label(row) for row in rows]
    return lambda text: rows[process.extractOne(text, names, scorer=fuzz.WRatio)[2]].code


def _two(text: str) -> list[str]:
    clean = "".join(filter(str.isalnum, text.lower()))
    return [clean[at : at + 2] for at in range(len(clean) - 1)] or [clean]


def full_text(rows: list[Goods], three: bool) -> Find:
    """SQLite 的全文检索:自带的三字切法,或者自己切好两字再放进去。"""
    base = sqlite3.connect(":memory:")
    base.execute(
        f"CREATE VIRTUAL TABLE names USING fts5(name, tokenize='{'trigram' if three else 'unicode61'}')"
    )
    base.executemany(
        "INSERT INTO names(rowid, name) VALUES (?, ?)",
        ((at, label(row) if three else " ".join(_two(label(row)))) for at, row in enumerate(rows)),
    )

    def find(text: str) -> str:
        clean = "".join(filter(str.isalnum, text))
        words = [clean[at : at + 3] for at in range(len(clean) - 2)] if three else _two(text)
        match = " OR ".join(f'"{word}"' for word in words)
        if not match:
            return ""
        found = base.execute(
            "SELECT rowid FROM names WHERE names MATCH ? ORDER BY rank LIMIT 1", (match,)
        ).fetchone()
        return rows[found[0]].code if found else ""

    return find


def segmented(rows: list[Goods]) -> Find:
    """结巴切词加正则认规格:同一个词在哪些商品里,对上的词最多的就是。"""
    where: dict[str, list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        for word in _cut(label(row)):
            where[word].append(at)

    def find(text: str) -> str:
        score: dict[int, int] = defaultdict(int)
        for word in _cut(text):
            for at in where.get(word, ()):
                score[at] += 1
        return rows[max(score, key=lambda at: score[at])].code if score else ""

    return find


def _cut(text: str) -> set[str]:
    return {*_NUMBER.findall(text.lower()), *jieba.cut(_NUMBER.sub(" ", text))} - {" "}


# ── 量 ──


def timed(work: Callable[[Any], Any], inputs: list[Any]) -> tuple[list[float], list[float], list[Any]]:
    """每一个输入的处理器毫秒、钟表毫秒和结果。"""
    cpu, wall, found = [], [], []
    for one in inputs:
        began, began_wall = time.process_time(), time.perf_counter()
        found.append(work(one))
        cpu.append((time.process_time() - began) * 1000)
        wall.append((time.perf_counter() - began_wall) * 1000)
    return cpu, wall, found


def found_right(found: list[str], asked: list[Message]) -> float:
    """最像的那个,说过的样样都有,算找对。"""
    return round(sum(code in one.fitting for code, one in zip(found, asked, strict=True)) / len(asked), 3)


def product(shelf: Shelf, asked: list[Message]) -> dict[str, Any]:
    """产品自己:一句话读懂要多久,名字找得准不准。"""
    catalog = shelf.catalog

    def listen(message: Message) -> Any:
        catalog.memo.clear()  # 问过的不许记着
        return understand(message.text, None, catalog, TODAY)

    def nearest(message: Message) -> str:
        ranked = catalog.index.near(message.name, 1)
        return catalog.index.rows[ranked[0][1]].code if ranked else ""

    first = timed(listen, asked[:1])[1][0]
    timed(listen, asked)
    cpu, wall, _ = timed(listen, asked)
    near, _, found = timed(nearest, asked)
    return {
        "p50_ms": p(cpu, 0.5),
        "p99_ms": p(cpu, 0.99),
        "wall_p50_ms": p(wall, 0.5),
        "wall_p99_ms": p(wall, 0.99),
        "per_second": 1000 * len(cpu) / sum(cpu),
        "first_ms": first,
        "index_mb": catalog.index.memory() / 1e6,
        "near_p50_ms": p(near, 0.5),
        "ok1": found_right(found, asked),
    }


def overlaid(shelf: Shelf) -> float:
    """一个新商品、一个改名的商品,叠上去到叫得出要多少毫秒(处理器时间)。"""
    old = shelf.made[0].goods
    took = []
    for number in range(5):
        fresh = replace(
            old,
            id=10**8 + number,
            code=f"NEW{number}",
            name=f"试新号{number}香辣酥",
            brand="试新号",
            barcodes={},
        )
        for row, name in (
            (fresh, fresh.name),
            (replace(old, name=f"改名号{number}脆米片", brand="改名号"), f"改名号{number}脆米片"),
        ):
            began = time.process_time()
            catalog = shelf.catalog.overlay([row])
            frame = understand(f"入库 {name} 3{old.base_unit}", None, catalog, TODAY)
            took.append((time.process_time() - began) * 1000)
            assert frame.slots["lines"][0]["product"] == row.code, frame
    return p(took, 0.5)


def peers(shelf: Shelf, asked: list[Message], quick: bool) -> dict[str, dict[str, float]]:
    """别的找法,问同样的名字;慢的只抽几句,抽了几句写着。"""
    rows = [one.goods for one in shelf.made]
    big = len(rows) > 100_000
    few = max(8, min(len(asked), (4_000_000 if quick else 16_000_000) // len(rows)))
    kinds: dict[str, tuple[Callable[[list[Goods]], Find], int]] = {
        "WRatio": (wratio, few),
        "FTS5 三字": (lambda rows: full_text(rows, True), min(len(asked), few * 5)),
        "FTS5 两字": (lambda rows: full_text(rows, False), min(len(asked), few * 3)),
    }
    if not big:  # 一百万个名字光切词就要几分钟
        kinds["结巴+正则"] = (segmented, min(len(asked), few * 5))
    result = {}
    for name, (make, count) in kinds.items():
        find, some = make(rows), Random(1).sample(asked, count)
        cpu, _, found = timed(find, [one.name for one in some])
        result[name] = {
            "p50_ms": p(cpu, 0.5),
            "p99_ms": p(cpu, 0.99),
            "ok1": found_right(found, some),
            "queries": count,
        }
    return result


def measured(size: int, quick: bool) -> dict[str, Any]:
    began = time.process_time()
    shelf = shelf_of(size, seed=7)
    build = time.process_time() - began
    count = 300 if quick or size > 100_000 else 600  # 一百万里数还说得通的,数得慢
    asked = list(messages(shelf, count, Random(SEED)))
    row: dict[str, Any] = {"products": size, "build_s": build, **product(shelf, asked)}
    row["overlay_ms"] = overlaid(shelf)
    row["peers"] = peers(shelf, asked, quick)
    return row


def figures_of(rows: list[dict[str, Any]], wrong: int, count: int) -> list[Figure]:
    by_size = {row["products"]: row for row in rows}
    row = by_size[100_000]
    scan = row["peers"]["WRatio"]
    ours = f"p50 {row['p50_ms']:.1f}，钟表 p99 {row['wall_p99_ms']:.1f} ms，{row['per_second']:.0f} 句/秒"
    best = max(rows, key=lambda one: one["products"])
    label = f"{best['products']:,} 个商品"
    found = [
        Figure("U1", "一句话 p99", "十万", round(row["p99_ms"], 1), "ms", 5, 3, "less", ours),
        Figure("U2", "索引大小", "十万", round(row["index_mb"], 1), "MB", 100, 50, "less", f"装好 {row['build_s']:.1f} s"),
        Figure("U3", "比 WRatio 快", "十万", round(scan["p50_ms"] / row["near_p50_ms"]), "倍", 200, 400, "more",
               f"{row['near_p50_ms']:.2f} 对 {scan['p50_ms']:.0f} ms"),
        Figure("U4", "ok@1 比 WRatio 高", "十万", round(row["ok1"] - scan["ok1"], 3), "", 0.01, 0.2, "more",
               f"{row['ok1']} 对 {scan['ok1']}（{scan['queries']} 句）"),
        Figure("U6", "新商品、改名后叫得出", label, round(best["overlay_ms"], 1), "ms", 50, 10, "less", ""),
        Figure("U7", "装好后第一句", label, round(best["first_ms"], 1), "ms", 300, 100, "less", ""),
        Figure("U8", "弄花了的话记错", f"{count:,} 句", wrong, "句", count // 1000, 0, "less", f"种子 {SEED}"),
    ]  # fmt: skip
    if 1_000_000 in by_size:
        million = by_size[1_000_000]
        found.append(
            Figure("U5", "一句话 p99", "一百万", round(million["p99_ms"], 1), "ms", 20, 10, "less",
                   f"索引 {million['index_mb']:.0f} MB，装好 {million['build_s']:.0f} s")
        )  # fmt: skip
    return found


def plot(rows: list[dict[str, Any]], path: Path) -> None:
    """Cost against catalogue size: ours stays flat, scans grow with the catalogue."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    english = {"FTS5 三字": "FTS5 trigram", "FTS5 两字": "FTS5 bigram", "结巴+正则": "jieba + regex"}
    figure, axes = plt.subplots(figsize=(7, 4), dpi=130)
    axes.plot(
        [row["products"] for row in rows],
        [row["p50_ms"] for row in rows],
        marker="o",
        lw=2,
        label="zhanggui, whole message",
    )
    axes.plot(
        [row["products"] for row in rows],
        [row["near_p50_ms"] for row in rows],
        marker="o",
        lw=2,
        label="zhanggui, name only",
    )
    for name in rows[0]["peers"]:
        with_it = [row for row in rows if name in row["peers"]]
        axes.plot([row["products"] for row in with_it], [row["peers"][name]["p50_ms"] for row in with_it],
                  marker=".", ls="--", label=english.get(name, name))  # fmt: skip
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="products in the catalogue",
        ylabel="p50, ms of CPU",
        title="cost against catalogue size",
    )
    axes.grid(alpha=0.3, which="both")
    axes.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path)


def run(out: Path, quick: bool = False) -> list[Figure]:
    """小号不量一百万,慢的找法抽得更少。"""
    out.mkdir(parents=True, exist_ok=True)
    intents.load()
    count = 2_500 if quick else 10_000
    wrong, share = tried(count)
    rows = [measured(size, quick) for size in SIZES if not (quick and size > 100_000)]
    figures = figures_of(rows, len(wrong), count)
    plot(rows, out / "cost-against-catalogue.png")
    (out / "bench-understanding.json").write_text(
        json.dumps(
            {
                "cores": os.cpu_count(),
                "load": os.getloadavg(),
                "seed": SEED,
                "figures": [asdict(one) | {"kept": one.kept} for one in figures],
                "sizes": rows,
                "acted": share,
                "wrong": wrong,
            },
            ensure_ascii=False,
            indent=1,
        ),
        encoding="utf-8",
    )
    return figures
