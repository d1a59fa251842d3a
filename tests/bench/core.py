"""账的快慢：每个数字旁边都有同一次运行里的对照（裸驱动重放、自己的小号），看比例，不看毫秒。

用法：zhanggui bench core [--quick] [--postgres URL] [--out 目录]。退出码 1 = 有“必须”没达到。目标见 performance.md 的编号。
"""

import json
import os
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine.url import make_url

from core import db
from core.books.day_book import day_book
from core.books.expiring import expiring
from core.books.low_stock import low_stock
from core.books.owed import items_of
from core.books.stock import stock_of
from core.commands import DeliverGoods, ReceiveGoods
from core.db import Books
from core.execute import Order, execute
from core.proof import prove
from tests.make import NOW, Shop, make_books, make_shop

Stream = list[tuple[str, Any, bool]]


@dataclass(frozen=True)
class Figure:
    """One measured target; `must` and `stretch` are bounds on `value`, the smaller or the larger side per `better`."""

    number: str
    what: str
    database: str
    value: float
    unit: str
    must: float
    stretch: float
    better: str  # 'more' | 'less'
    beside: str

    @property
    def kept(self) -> bool:
        return self.value >= self.must if self.better == "more" else self.value <= self.must


def p(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def fsync_probe(folder: Path, rounds: int = 60) -> float:
    """p50 of an 8 kB write + fsync, in ms: above 1 ms the durable figures of this run say little."""
    took = []
    with open(folder / "probe", "wb") as file:
        for _ in range(rounds):
            start = time.perf_counter()
            file.write(b"x" * 8192)
            file.flush()
            os.fsync(file.fileno())
            took.append((time.perf_counter() - start) * 1000)
    return round(statistics.median(took), 3)


@contextmanager
def recorded(books: Books) -> Iterator[Stream]:
    """Every statement sent to the driver, with its parameters."""
    stream: Stream = []

    def remember(
        _conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        stream.append((statement, parameters, many))

    event.listen(books.engine, "before_cursor_execute", remember)
    try:
        yield stream
    finally:
        event.remove(books.engine, "before_cursor_execute", remember)


# ── 1, 2, 4, 5: one posting against the raw driver replaying its own statements ──


def receipts(shop: Shop, count: int, lines: int) -> list[float]:
    """Post `count` receipts of `lines` lines; ms each."""
    codes = ("P1", "P2", "P3")
    took = []
    for number in range(count):
        command = ReceiveGoods(
            tuple(
                shop.line(
                    codes[i % 3],
                    1 + i % 5,
                    price=str(90 + i % 7),
                    mfg_date=(NOW - timedelta(days=i % 40 + 1)).date(),
                )
                for i in range(lines)
            ),
            shop.parties["成都总代"],
            note=f"{number}",
        )
        start = time.perf_counter()
        shop.run(command)
        took.append((time.perf_counter() - start) * 1000)
    return took


def replay_sqlite(path: Path, stream: Stream) -> float:
    """Seconds the same statements take on the bare driver, FULL and WAL as the product's."""
    raw = db.sqlite.connect(str(path), isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        raw.execute(f"PRAGMA {pragma}")
    start = time.perf_counter()
    opened = False
    for statement, parameters, many in stream:
        if statement.startswith("BEGIN"):
            if opened:
                raw.execute("COMMIT")
            opened = True
        cursor = raw.executemany(statement, parameters) if many else raw.execute(statement, parameters)
        if statement.startswith("SELECT") or "RETURNING" in statement:
            cursor.fetchall()
    raw.execute("COMMIT")
    took = time.perf_counter() - start
    raw.close()
    return took


def posting(kind: str, shop: Shop, url: str, folder: Path, quick: bool) -> list[Figure]:
    count = 60 if quick else 300
    receipts(shop, 10, 1)
    copy = folder / "twin.db"
    if kind == "sqlite":
        shop.books.engine.dispose()
        shutil.copyfile(make_url(url).database or "", copy)
    with recorded(shop.books) as stream:
        one = receipts(shop, count, 1)
    with recorded(shop.books) as single:
        receipts(shop, 1, 1)
    with recorded(shop.books) as wide:
        receipts(shop, 1, 200)
    fifty = receipts(shop, 20 if quick else 60, 50)
    figures = [
        Figure(
            "5",
            "一张入库单的语句数（1 行）",
            kind,
            len(single),
            "条",
            30,
            15,
            "less",
            f"200 行 {len(wide)} 条",
        ),
        Figure("5b", "200 行比 1 行多几条语句", kind, len(wide) - len(single), "条", 0, 0, "less", ""),
        Figure(
            "4",
            "50 行入库 p50 ÷ 1 行入库 p50",
            kind,
            round(p(fifty, 0.5) / p(one, 0.5), 2),
            "倍",
            10,
            7,
            "less",
            f"{p(one, 0.5):.2f} ms 对 {p(fifty, 0.5):.2f} ms",
        ),
    ]
    if kind == "sqlite":
        raw = replay_sqlite(copy, stream)
        share = raw / (sum(one) / 1000) * 100
        figures.append(
            Figure(
                "1",
                "入库对裸驱动重放同样语句",
                kind,
                round(share, 1),
                "%",
                12,
                20,
                "more",
                f"{count / (sum(one) / 1000):.0f} 对 {count / raw:.0f} 单/秒",
            )
        )
    return figures


# ── 8, 10–12: reads against history ──


def grow(books: Books, company_id: int, target: int) -> None:
    """Bring the movements of the books to `target` rows quickly, by SQL: balanced pairs that change nothing in sum."""
    with books.engine.connect() as conn, conn.begin():
        have = conn.execute(text("SELECT count(*) FROM entry")).scalar_one()
        while have < target:
            step = min(have, target - have) if have else 1
            conn.execute(
                text(
                    "INSERT INTO entry(company_id,document_id,line_no,measure,source_id,target_id,product_id,batch_id,partner_id,amount,business_date) "
                    "SELECT company_id,document_id,line_no,measure,target_id,source_id,product_id,batch_id,partner_id,amount,business_date FROM entry "
                    f"ORDER BY id LIMIT {step}"
                )
            )
            have += step
    with books.engine.connect() as conn, conn.begin():
        conn.execute(text("ANALYZE"))


def timed(work: Callable[[], Any], rounds: int = 60) -> list[float]:
    work()
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        took.append((time.perf_counter() - start) * 1000)
    return took


def reads(kind: str, shop: Shop, sizes: list[int]) -> tuple[list[Figure], list[dict[str, float]]]:
    curve: list[dict[str, float]] = []
    today = NOW.date()
    for size in sizes:
        grow(shop.books, shop.company_id, size)

        def on_hand() -> Any:
            with shop.books.read() as conn:
                return stock_of(conn, shop.company_id, [shop.goods["P1"]])

        def month() -> Any:
            with shop.books.read() as conn:
                return items_of(conn, shop.company_id, "P", shop.parties["成都总代"], today)

        curve.append(
            {
                "movements": size,
                "on_hand_ms": p(timed(on_hand), 0.5),
                "posting_ms": p(receipts(shop, 30, 1), 0.5),
                "partner_ms": p(timed(month, 10), 0.5),
            }
        )
    first, last = curve[0], curve[-1]
    label = f"{sizes[0]:,} → {sizes[-1]:,} 笔流水"
    return [
        Figure(
            "8",
            f"查库存 p50 之比，{label}",
            kind,
            round(last["on_hand_ms"] / first["on_hand_ms"], 2),
            "倍",
            1.5,
            1.2,
            "less",
            f"{first['on_hand_ms']:.2f} → {last['on_hand_ms']:.2f} ms",
        ),
        Figure(
            "8b",
            f"入库 p50 之比，{label}",
            kind,
            round(last["posting_ms"] / first["posting_ms"], 2),
            "倍",
            1.5,
            1.2,
            "less",
            f"{first['posting_ms']:.2f} → {last['posting_ms']:.2f} ms",
        ),
        Figure("12", "一家往来的未清明细", kind, round(last["partner_ms"], 2), "ms", 20, 10, "less", label),
    ], curve


def plot(curve: list[dict[str, float]], path: Path) -> None:
    """Cost against history as a PNG: a flat line is the promise."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4), dpi=130)
    for name, label in (
        ("posting_ms", "posting a receipt"),
        ("on_hand_ms", "on-hand answer"),
        ("partner_ms", "open items of a partner"),
    ):
        axes.plot([row["movements"] for row in curve], [row[name] for row in curve], marker="o", label=label)
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="movements in the books",
        ylabel="p50, ms",
        title="cost against history",
    )
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)


def digest(kind: str, shop: Shop, lots: int) -> list[Figure]:
    """10, 11: many lots and products; the same questions the morning asks."""
    _many_lots(shop, lots)
    today = NOW.date()

    def soon() -> Any:
        with shop.books.read() as conn:
            return expiring(conn, shop.company_id, today, 60)

    def morning() -> Any:
        with shop.books.read() as conn:
            return (
                low_stock(conn, shop.company_id, today),
                day_book(conn, shop.company_id, today),
                expiring(conn, shop.company_id, today),
            )

    return [
        Figure(
            "10",
            f"{lots:,} 批里找 60 天内到期的",
            kind,
            round(p(timed(soon, 10), 0.5), 1),
            "ms",
            40,
            15,
            "less",
            "约 4% 到期",
        ),
        Figure(
            "11",
            f"日报的数（{lots:,} 种商品）",
            kind,
            round(p(timed(morning, 5), 0.5), 1),
            "ms",
            1000,
            500,
            "less",
            "",
        ),
    ]


def _many_lots(shop: Shop, lots: int) -> None:
    """`lots` products with one lot each, by SQL; one in 25 expires within 60 days."""
    with shop.books.engine.connect() as conn, conn.begin():
        base = conn.execute(text("SELECT max(id) FROM product")).scalar_one()
        account = conn.execute(text("SELECT min(id) FROM account WHERE role='可售'")).scalar_one()
        place = shop.places["主仓"]
        yes = "1" if shop.books.sqlite else "TRUE"
        numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<{lots}) "
        days = (
            "date('2026-01-15', '+'||(CASE WHEN i%25=0 THEN i%60 ELSE 100+i%600 END)||' days')"
            if shop.books.sqlite
            else "DATE '2026-01-15' + (CASE WHEN i%25=0 THEN i%60 ELSE 100+i%600 END)::int"
        )
        cast = "" if shop.books.sqlite else "::text"
        for statement in (
            f"INSERT INTO product(id,company_id,code,name,brand,spec,category,base_unit,countable,stocked,batched,shelf_life,safety_milli,price_unit,active,changed) "
            f"{numbers} SELECT {base}+i,{shop.company_id},'X'||i{cast},'品'||i{cast},'','','杂','瓶',{yes},{yes},{yes},'540d',5000,'瓶',{yes},0 FROM n",
            f"INSERT INTO batch(id,product_id,batch_no,mfg_date,expiry_date,received_on,qty_milli,value_fen) "
            f"{numbers} SELECT 1000000+i,{base}+i,'b',NULL,{days},{'' if shop.books.sqlite else 'DATE '}'2026-01-01',9000,100 FROM n",
            f"INSERT INTO stock(batch_id,account_id,product_id,qty_milli,picked_milli) {numbers} SELECT 1000000+i,{account},{base}+i,9000,0 FROM n",
            f"INSERT INTO availability(product_id,warehouse_id,sellable_milli,reserved_milli,on_order_milli,in_transit_milli) {numbers} SELECT {base}+i,{place},9000,0,0,0 FROM n",
            "ANALYZE",
        ):
            conn.execute(text(statement.replace(":", "\\:") if "::" in statement else statement))


# ── 3, 14: many at once ──


def crowd(kind: str, shop: Shop, clients: int, each: int) -> list[Figure]:
    """Everyone sells at once; errors are counted, not forgiven."""
    took: list[float] = []
    errors: list[str] = []
    lock = threading.Lock()
    shop.run(ReceiveGoods((shop.line("P2", clients * each + 10, price="90"),), shop.parties["成都总代"]))

    def client(number: int) -> None:
        for i in range(each):
            start = time.perf_counter()
            try:
                execute(
                    shop.books,
                    shop.boss,
                    Order(
                        DeliverGoods((shop.line("P2", 1),), shop.parties["王记饭店"], note=f"{number}/{i}"),
                        f"crowd/{number}/{i}",
                    ),
                    shop.now,
                )
            except Exception as error:  # noqa: BLE001 — every kind of failure is counted
                errors.append(repr(error))
            with lock:
                took.append((time.perf_counter() - start) * 1000)

    start = time.perf_counter()
    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = len(took) / (time.perf_counter() - start)
    return [
        Figure(
            "14",
            f"{clients} 人同时出库 p99",
            kind,
            round(p(took, 0.99), 1),
            "ms",
            250,
            100,
            "less",
            f"{rate:.0f} 单/秒，p50 {p(took, 0.5):.1f} ms",
        ),
        Figure("14b", "其中出错", kind, len(errors), "次", 0, 0, "less", errors[0] if errors else ""),
    ]


def proof(kind: str, shop: Shop) -> Figure:
    with shop.books.read() as conn:
        return Figure(
            "16", "全部跑完后的差异", kind, len(prove(conn, shop.company_id)), "处", 0, 0, "less", ""
        )


def run(out: Path, postgres: str | None = None, quick: bool = False) -> list[Figure]:
    """All figures for SQLite, and for PostgreSQL when an address of an empty database is given."""
    out.mkdir(parents=True, exist_ok=True)
    figures: list[Figure] = []
    curves: dict[str, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        probe = fsync_probe(Path(folder))
        urls = {"sqlite": f"sqlite:///{folder}/bench.db"} | ({"postgresql": postgres} if postgres else {})
        for kind, url in urls.items():
            shop = make_shop(make_books(url))
            figures += posting(kind, shop, url, Path(folder), quick)
            figures += crowd(kind, shop, 8, 20 if quick else 60)
            figures.append(proof(kind, shop))
            sizes = (
                [10_000, 100_000]
                if quick
                else [10_000, 100_000, 1_000_000, 10_000_000 if kind == "sqlite" else 3_000_000]
            )
            more, curves[kind] = reads(kind, shop, sizes)
            figures += more
            figures += digest(kind, shop, 10_000 if quick else 100_000)
            shop.books.close()
    plot(curves["sqlite"], out / "cost-against-history.png")
    (out / "bench-core.json").write_text(
        json.dumps(
            {
                "fsync_p50_ms": probe,
                "valid": probe <= 1.0,
                "figures": [asdict(one) | {"kept": one.kept} for one in figures],
                "curves": curves,
            },
            ensure_ascii=False,
            indent=1,
        ),
        encoding="utf-8",
    )
    return figures
