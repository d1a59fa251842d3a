"""迟到的成本和一开始就知道一样：随机的进、卖、退、报损、红冲之后，成本池的钱与早知道的那本账只差取整。"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.accounts import batch
from core.commands import AddCost, DeliverGoods, ReceiveGoods, ReverseDocument, ScrapGoods, SendBack, TakeBack
from core.db import open_books
from core.errors import BusinessError, Need
from core.proof import prove_figures
from tests.make import Shop, find_shop
from tests.properties.shop_machine import SCRATCH, template

STEP = st.tuples(
    st.sampled_from(("buy", "sell", "sell", "send back", "take back", "scrap", "undo")), st.integers(1, 9)
)


def step(shop: Shop, what: str, number: int, made: list[str]) -> None:
    zhang, chengdu = shop.parties["张姐火锅"], shop.parties["成都总代"]
    line = shop.line("P5", number, "斤", price="20")
    if what == "undo" and len(made) < number:
        return
    commands: dict[str, Any] = {
        "buy": ReceiveGoods((shop.line("P5", number, "斤", price="17.77"),), chengdu),
        "sell": DeliverGoods((line,), zhang),
        "send back": SendBack((line,), chengdu),
        "take back": TakeBack((line,), zhang),
        "scrap": ScrapGoods((shop.line("P5", number, "斤"),), reason="破损"),
    }
    command = ReverseDocument(made[-number]) if what == "undo" else commands[what]
    try:
        made.append(shop.run(command)["number"])
    except (BusinessError, Need):
        return


def pool(shop: Shop) -> tuple[int, int]:
    row = shop.rows(select(batch).where(batch.c.product_id == shop.goods["P5"]))[0]
    return row.qty_milli, row.value_fen


@settings(
    max_examples=int(os.environ.get("ZHANGGUI_EXAMPLES", "12")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(STEP, max_size=4), st.integers(1, 40), st.lists(STEP, max_size=12), st.integers(1, 50_000))
def test_late_is_as_good_as_early(
    before: list[tuple[str, int]], number: int, after: list[tuple[str, int]], fen: int
) -> None:
    folder = Path(tempfile.mkdtemp(dir=SCRATCH, prefix="zhanggui-late-"))
    shops = []
    for name in ("late", "early"):
        shutil.copyfile(template(), folder / f"{name}.db")
        shops.append(find_shop(open_books(f"sqlite:///{folder / name}.db")))
    late, early = shops
    receipt = ""
    for shop, more in ((late, 0), (early, fen)):
        made: list[str] = []
        for what, count in before:
            step(shop, what, count, made)
        said = ReceiveGoods(
            (shop.line("P5", number, "斤"),), shop.parties["川南粮油"], total_fen=number * 1_888 + more
        )
        receipt = shop.run(said)["number"]
        made = []
        for what, count in after:
            step(shop, what, count, made)
    late.run(AddCost(receipt, fen))
    (qty, value), (same, wanted) = pool(late), pool(early)
    assert qty == same
    assert abs(value - wanted) <= len(before) + len(after) + 2, (value, wanted)
    with late.books.read() as conn:
        assert prove_figures(conn, late.company_id) == []
    for shop in shops:
        shop.books.close()
    shutil.rmtree(folder)
