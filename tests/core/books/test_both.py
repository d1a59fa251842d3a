"""同样的账、同样的问题，两种数据库同样的答案，而且都是整数。"""

from dataclasses import asdict
from typing import Any

from core.books.day_book import day_book
from core.books.expiring import expiring
from core.books.low_stock import low_stock, shortages
from core.books.owed import items_of, owed
from core.books.prices import prices
from core.books.slow import slow
from core.books.stock import stock_of
from core.commands import DeliverGoods, PlaceOrder, ReceiveGoods, TakePayment
from core.db import Books
from tests.core.books.conftest import BOX, TODAY, open_shop


def _whole(value: Any) -> bool:
    """No figure of an answer is a Decimal or a float, however deep it lies."""
    if isinstance(value, dict):
        return all(_whole(inner) for inner in value.values())
    if isinstance(value, list | tuple):
        return all(_whole(inner) for inner in value)
    return type(value).__name__ not in ("Decimal", "float")


def test_every_question_on_either_database(books: Books) -> None:
    shop = open_shop(books)
    shop.do(ReceiveGoods((shop.line("P1", 2, price_e4=960_000),), shop.ids["总代"]))
    shop.do(DeliverGoods((shop.line("P1", 13),), shop.ids["王记"]))
    shop.do(TakePayment(shop.ids["王记"], 100_000))
    shop.do(PlaceOrder((shop.line("P3", 5, price_e4=1_500_000),), shop.ids["张姐"]))
    with books.read() as conn:
        (stock,) = stock_of(conn, shop.company_id, [shop.ids["P1"]])
        (low,) = low_stock(conn, shop.company_id, TODAY)
        (short,) = shortages(conn, shop.company_id)
        (idle,) = slow(conn, shop.company_id, TODAY)
        (debt,) = owed(conn, shop.company_id, "R", TODAY)
        (item,) = items_of(conn, shop.company_id, "R", shop.ids["王记"], TODAY)
        soon = expiring(conn, shop.company_id, TODAY, days=400)
        view = prices(conn, shop.company_id, shop.ids["P1"], TODAY)
        day = day_book(conn, shop.company_id, TODAY)
    assert (stock.available_milli, low.suggest_milli, short.demand_milli) == (9 * BOX, 8 * BOX, 5 * BOX)
    assert (idle.value_fen, debt.owed_fen, item.open_fen) == (60_000, 56_000, 56_000)
    assert [lot.qty_milli for lot in soon.near] == [7 * BOX]
    assert (day.sales_fen, day.sales_cost_fen, day.stock_value_fen) == (
        156_000,
        124_800,
        252_000 + 19_200 - 124_800,
    )
    assert view is not None
    for answer in (stock, low, short, idle, debt, item, soon, view, day):
        assert _whole(asdict(answer)), answer
