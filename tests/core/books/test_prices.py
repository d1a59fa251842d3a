"""查价：哪些价今天有效、谁的协议价、最近卖多少。"""

from datetime import date
from typing import Any

from core.books.prices import prices
from core.commands import DeliverGoods, ReceiveGoods
from tests.core.books.conftest import TODAY


def test_newest_valid_price_of_each_kind(shop: Any) -> None:
    with shop.books.read() as conn:
        view = prices(conn, shop.company_id, shop.ids["P1"], TODAY)
    assert view is not None
    assert view.list_price is not None
    assert (view.list_price.price_e4, view.list_price.valid_from) == (1_200_000, date(2025, 1, 1))
    assert [(one.whom, one.price_e4) for one in view.levels] == [("批发", 1_160_000)]
    assert [(one.whom, one.price_e4) for one in view.agreed] == [("张姐火锅", 1_150_000)]
    assert (view.floor_e4, view.ceiling_e4, view.price_unit) == (1_140_000, 1_320_000, "箱")
    assert [one.price_e4 for one in view.purchase_list] == [960_000]
    assert (view.sales, view.purchases) == ((), ())


def test_deals_newest_first_and_one_partners_view(shop: Any) -> None:
    shop.do(DeliverGoods((shop.line("P1", 1, price_e4=1_190_000),), shop.ids["张姐"]))
    shop.do(DeliverGoods((shop.line("P1", 1),), shop.ids["王记"]))
    shop.do(ReceiveGoods((shop.line("P1", 1, price_e4=980_000),), shop.ids["总代"]))
    with shop.books.read() as conn:
        view = prices(conn, shop.company_id, shop.ids["P1"], TODAY)
        only = prices(conn, shop.company_id, shop.ids["P1"], TODAY, shop.ids["王记"])
    assert view is not None
    assert only is not None
    assert [(deal.partner, deal.price_e4) for deal in view.sales] == [
        ("王记饭店", 1_200_000),
        ("张姐火锅", 1_190_000),
    ]
    assert [(deal.partner, deal.price_e4, deal.on_day) for deal in view.purchases] == [
        ("成都总代", 980_000, TODAY)
    ]
    assert [deal.partner for deal in only.sales] == ["王记饭店"]
    assert only.agreed == ()


def test_no_price_and_no_product(shop: Any) -> None:
    with shop.books.read() as conn:
        bare = prices(conn, shop.company_id, shop.ids["P4"], TODAY)
        assert prices(conn, shop.company_id, 999_999, TODAY) is None
    assert bare is not None
    assert (bare.list_price, bare.levels, bare.floor_e4) == (None, (), None)
