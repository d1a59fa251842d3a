"""量一量：听懂多少（evaluate）、账有多快（bench）。"""

import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bot.terminal import screen, stop


def evaluate(
    corpus: Annotated[Path, typer.Argument(help="语料目录")],
    out: Annotated[Path, typer.Option("--out", help="预测写到哪里")],
    catalogue: Annotated[Path | None, typer.Option("--catalogue", help="另一份商品目录")] = None,
) -> None:
    """评测：把语料逐条交给产品自己的理解，一行一个结果。"""
    from intents.evaluate import evaluate as run

    if not (corpus / "cases.jsonl").exists():
        stop(f"{corpus} 里没有 cases.jsonl。请给语料目录，例如 tests/data/corpus/dev。")
    summary = run(corpus, out, catalogue)
    table = Table(show_header=False, box=None)
    for key, value in summary.items():
        table.add_row(str(key), str(value))
    screen.print(table)


def bench(
    what: Annotated[str, typer.Argument(help="量什么：core（账）、understanding（听话）")] = "core",
    out: Annotated[Path, typer.Option("--out", help="图和数字写到哪里")] = Path("bench-out"),
    postgres: Annotated[str | None, typer.Option("--postgres", help="一个空的 PostgreSQL 库的地址")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="小号，一分钟左右")] = False,
) -> None:
    """量快慢：每个数字旁边都有同一次运行里的对照；“必须”没达到，退出码 1。"""
    if what not in ("core", "understanding"):
        stop("会量的只有 core 和 understanding。")
    table = Table("编号", "量的是什么", "数据库", "结果", "必须", "争取", "对照")
    if what == "understanding":
        from tests.bench.understanding import run as listen

        figures = listen(out, quick)
    else:
        from tests.bench.core import run

        figures = run(out, postgres, quick)
    for one in figures:
        sign = "≥" if one.better == "more" else "≤"
        style = "" if one.kept else "bold red"
        table.add_row(
            one.number,
            one.what,
            one.database,
            f"{one.value} {one.unit}",
            f"{sign} {one.must}",
            f"{sign} {one.stretch}",
            one.beside,
            style=style,
        )
    screen.print(table)
    screen.print(f"图和数字在 {out}")
    if not all(one.kept for one in figures):
        raise typer.Exit(1)


def torture(
    examples: Annotated[
        int, typer.Option("--examples", min=1, help="随机机器跑多少个例子，每个 50 步")
    ] = 5000,
    seed: Annotated[int | None, typer.Option("--seed", help="骰子的种子；不给就现掷一个并写出来")] = None,
) -> None:
    """长跑：随机机器（SQLite 和 PostgreSQL）、弄花的话、乱码，直到出错或跑完；种子写在最前面，出错照着再跑。"""
    chosen = seed if seed is not None else secrets.randbelow(2**31)
    screen.print(
        f"种子 {chosen}，例子 {examples}。再跑一遍：zhanggui torture --examples {examples} --seed {chosen}"
    )
    tests = Path(__file__).resolve().parent.parent / "tests"
    words = ["-m", "pytest", str(tests), "-m", "torture", "-x", "-n", "2", f"--hypothesis-seed={chosen}"]
    environment = os.environ | {"ZHANGGUI_EXAMPLES": str(examples), "ZHANGGUI_SEED": str(chosen)}
    done = subprocess.run([sys.executable, *words], env=environment, cwd=tests.parent, check=False)  # noqa: S603 — our own tests
    raise typer.Exit(done.returncode)
