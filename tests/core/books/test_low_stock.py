"""缺货、低于安全库存：R34 的那一句话里的数。"""

from datetime import timedelta
from typing import Any

from core.books.low_stock import low_stock, shortages
from core.commands import DeliverGoods, PlaceOrder, ReceiveGoods, ReverseDocument
from tests.core.books.conftest import BOX, NOW, TODAY


def test_exactly_at_safety_is_not_low(shop: Any) -> None:
    shop.do(DeliverGoods((shop.line("P1", 10),), shop.ids["张姐"]))
    with shop.books.read() as conn:
        assert low_stock(conn, shop.company_id, TODAY) == ()


def test_r34_figures(shop: Any) -> None:
    """69箱 in 30 days → 日均 2.3箱, 可用 9箱 < 10箱 → 3.9 天; 2.3 × 17 + 10 − 9 = 40.1 → 订 40箱."""
    shop.do(ReceiveGoods((shop.line("P1", 58, price_e4=960_000),), shop.ids["总代"]))
    shop.do(DeliverGoods((shop.line("P1", 68),), shop.ids["王记"]))
    shop.do(DeliverGoods((shop.line("P1", 1),), shop.ids["王记"]))
    with shop.books.read() as conn:
        (low,) = low_stock(conn, shop.company_id, TODAY)
        assert low_stock(conn, shop.company_id, TODAY, [shop.ids["P3"]]) == ()
    assert (low.available_milli, low.safety_milli) == (9 * BOX, 10 * BOX)
    assert low.daily_milli == 23 * BOX // 10
    assert (low.days_left_tenths, low.suggest_milli) == (39, 40 * BOX)
    assert low.warehouse_ids == (shop.main,)


def test_a_reversed_delivery_was_no_sale(shop: Any) -> None:
    done = shop.do(DeliverGoods((shop.line("P1", 12),), shop.ids["张姐"]))
    shop.do(ReverseDocument(done["number"]))
    shop.do(PlaceOrder((shop.line("P1", 12),), shop.ids["张姐"]))
    with shop.books.read() as conn:
        (low,) = low_stock(conn, shop.company_id, TODAY)
    assert (low.daily_milli, low.days_left_tenths, low.suggest_milli) == (0, None, 2 * BOX)


def test_sales_older_than_thirty_days_do_not_count(shop: Any) -> None:
    shop.do(DeliverGoods((shop.line("P1", 12),), shop.ids["张姐"]))
    with shop.books.read() as conn:
        inside = low_stock(conn, shop.company_id, TODAY + timedelta(days=29))
        outside = low_stock(conn, shop.company_id, TODAY + timedelta(days=30))
    assert (inside[0].daily_milli, outside[0].daily_milli) == (144_000 // 30, 0)


def test_shortage_is_nothing_free_while_an_order_waits(shop: Any) -> None:
    with shop.books.read() as conn:
        assert shortages(conn, shop.company_id) == ()
    shop.do(PlaceOrder((shop.line("P1", 20, price_e4=1_200_000),), shop.ids["王记"]))
    with shop.books.read() as conn:
        (short,) = shortages(conn, shop.company_id)
        assert shortages(conn, shop.company_id, shop.ids["一分店"]) == ()
    assert (short.demand_milli, short.available_milli) == (20 * BOX, 0)
    shop.do(DeliverGoods((shop.line("P1", 20),), shop.ids["王记"]), NOW + timedelta(minutes=1))
    with shop.books.read() as conn:
        assert shortages(conn, shop.company_id) == ()
