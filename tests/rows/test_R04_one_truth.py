"""R04 哪里看到的数都等于流水之和：一万笔随机流水以后 0 差异；改坏一个缓存，点名，重建。"""

import random

from sqlalchemy import func, select, text

from core.accounts import availability, entry, stock
from core.books.stock import stock_of
from core.commands import DeliverGoods, PlaceOrder, ReceiveGoods, SaidLine, SendTransfer
from core.errors import BusinessError, Need
from core.posting_rules import Measure
from core.proof import prove, prove_figures, report
from core.rebuild import rebuild
from tests.make import Shop

SEED, MOVEMENTS, LINES = 20261124, 10_000, 90
GOODS = ("P1", "P2", "P3")


def trade(shop: Shop, dice: random.Random) -> None:
    """One document of many lines, whatever the dice say; refusals leave nothing behind."""

    def lines(most: int, price: str | None = None) -> tuple[SaidLine, ...]:
        more = {} if price is None else {"price": price}
        return tuple(shop.line(dice.choice(GOODS), dice.randint(1, most), "瓶", **more) for _ in range(LINES))

    customer = shop.parties[dice.choice(("张姐火锅", "王记饭店"))]
    command = dice.choice(
        (
            lambda: ReceiveGoods(lines(40, str(dice.randint(5, 12))), shop.parties["成都总代"]),
            lambda: ReceiveGoods(lines(40, str(dice.randint(5, 12))), shop.parties["川南粮油"]),
            lambda: DeliverGoods(lines(12, "10"), customer),
            lambda: PlaceOrder(lines(6, "10"), customer),
            lambda: SendTransfer(lines(6), shop.places["主仓"], shop.places["一分店"]),
        )
    )()
    try:
        shop.run(command)
    except (BusinessError, Need):
        pass


def test_R04_ten_thousand_movements_without_a_difference_and_a_bent_cache_is_named(lite_shop: Shop) -> None:
    shop, dice = lite_shop, random.Random(SEED)
    print(f"seed {SEED}")
    goods = select(func.count()).select_from(entry)
    while shop.one(goods) < MOVEMENTS:
        trade(shop, dice)
    with shop.books.read() as conn:
        found = prove(conn, shop.company_id)
        assert not found, report(found)
        for of in stock_of(conn, shop.company_id, [shop.goods[code] for code in GOODS]):
            moved = conn.execute(
                text(
                    "SELECT SUM(CASE WHEN t.role = '可售' THEN amount ELSE 0 END) - SUM(CASE WHEN s.role = '可售' THEN amount ELSE 0 END)"
                    " FROM entry JOIN account t ON t.id = target_id JOIN account s ON s.id = source_id"
                    f" WHERE measure = {int(Measure.GOODS)} AND product_id = :of"
                ),
                {"of": of.article.id},
            ).scalar_one()
            assert of.sellable_milli == moved
    bent = "UPDATE {} SET {} = {} + 1000 WHERE {} = (SELECT MAX({}) FROM {} WHERE product_id = :of)"
    with shop.books.engine.begin() as conn:
        conn.execute(
            text(bent.format(*["stock", "qty_milli", "qty_milli"] + ["batch_id"] * 2 + ["stock"])),
            {"of": shop.goods["P2"]},
        )
        conn.execute(
            availability.update()
            .where(availability.c.product_id == shop.goods["P3"])
            .values(on_order_milli=7_000)
        )
    with shop.books.read() as conn:
        named = [(one.what, one.row) for one in prove_figures(conn, shop.company_id)]
    assert ("在订", "李锦记旧庄蚝油 510g 主仓") in named
    assert "库存" in {what for what, _ in named}
    rebuild(shop.books, shop.company_id, shop.now)
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []
        assert conn.execute(select(func.min(stock.c.qty_milli))).scalar_one() >= 0
