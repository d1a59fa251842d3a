"""日账：一天的数手算一遍，再和账本比。"""

from datetime import timedelta
from typing import Any

from core.books.day_book import day_book, stock_value
from core.books.sold import sold
from core.commands import (
    DeliverGoods,
    PaySupplier,
    PlaceOrder,
    ReceiveGoods,
    ReverseDocument,
    SendBack,
    TakeBack,
    TakePayment,
)
from tests.core.books.conftest import BOX, NOW, TODAY


def test_a_day_by_hand(shop: Any) -> None:
    """Sold 2箱@120 + 3箱@115 = 585; cost 5箱 of B1 = 480; a gift 1瓶 costs 8; bought 10箱@96 = 960."""
    shop.do(PlaceOrder((shop.line("P1", 2),), shop.ids["王记"]))
    shop.do(DeliverGoods((shop.line("P1", 2),), shop.ids["王记"]))
    shop.do(DeliverGoods((shop.line("P1", 3), shop.line("P1", 1, "瓶", gift=True)), shop.ids["张姐"]))
    shop.do(ReceiveGoods((shop.line("P1", 10, price_e4=960_000),), shop.ids["总代"]))
    shop.do(TakePayment(shop.ids["王记"], 24_000))
    shop.do(PaySupplier(shop.ids["总代"], 20_000))
    with shop.books.read() as conn:
        day = day_book(conn, shop.company_id, TODAY)
    assert (day.sales_fen, day.sales_cost_fen, day.margin_fen, day.promotion_fen) == (
        58_500,
        48_000,
        10_500,
        800,
    )
    assert (day.purchases_fen, day.orders_fen, day.money_in_fen, day.money_out_fen) == (
        96_000,
        24_000,
        24_000,
        20_000,
    )
    assert day.new_receivable_fen == 34_500
    assert day.stock_value_fen == 252_000 - 48_800 + 96_000
    assert day.documents == (("GR", 1), ("SO", 1), ("DN", 2), ("SK", 1), ("FK", 1))


def test_reversals_count_negative_on_their_own_day(shop: Any) -> None:
    done = shop.do(DeliverGoods((shop.line("P1", 2),), shop.ids["王记"]))
    shop.do(ReverseDocument(done["number"]), NOW + timedelta(days=1))
    with shop.books.read() as conn:
        first, second = (day_book(conn, shop.company_id, TODAY + timedelta(days=n)) for n in (0, 1))
        assert stock_value(conn, shop.company_id) == 252_000
    assert (first.sales_fen, first.margin_fen, first.new_receivable_fen) == (24_000, 4_800, 0)
    assert (second.sales_fen, second.margin_fen) == (-24_000, -4_800)


def test_what_came_back_is_not_sold(shop: Any) -> None:
    """2箱@120 sold, 1箱 back: sales 120, cost 96; 1箱 bought at 96 sent back: purchases 9 × 96."""
    shop.do(DeliverGoods((shop.line("P1", 2),), shop.ids["王记"]))
    shop.do(TakeBack((shop.line("P1", 1),), shop.ids["王记"]))
    shop.do(ReceiveGoods((shop.line("P1", 10, price_e4=960_000),), shop.ids["总代"]))
    shop.do(SendBack((shop.line("P1", 1),), shop.ids["总代"]))
    with shop.books.read() as conn:
        day = day_book(conn, shop.company_id, TODAY)
        assert sold(conn, shop.company_id, TODAY) == {shop.ids["P1"]: BOX}
    assert (day.sales_fen, day.sales_cost_fen, day.purchases_fen) == (12_000, 9_600, 9 * 9_600)


def test_a_day_without_documents(shop: Any) -> None:
    with shop.books.read() as conn:
        day = day_book(conn, shop.company_id, TODAY - timedelta(days=1))
    assert (day.sales_fen, day.purchases_fen, day.documents, day.stock_value_fen) == (0, 0, (), 252_000)
