"""查库存：R02 的数字逐个对。"""

from datetime import date
from typing import Any

from core.books.stock import stock_of
from core.commands import DeliverGoods, PlaceOrder, ReceiveGoods
from tests.core.books.conftest import BOX, NOW


def test_one_product_with_its_batches_in_fefo_order(shop: Any) -> None:
    with shop.books.read() as conn:
        (answer,) = stock_of(conn, shop.company_id, [shop.ids["P1"]])
    assert (answer.on_hand_milli, answer.sellable_milli, answer.reserved_milli, answer.available_milli) == (
        20 * BOX,
        20 * BOX,
        0,
        20 * BOX,
    )
    assert (answer.in_transit_milli, answer.on_order_milli, answer.stale_milli) == (0, 0, 0)
    (place,) = answer.places
    assert place.warehouse == "主仓"
    assert [(lot.batch_no, lot.expiry_date, lot.qty_milli) for lot in place.batches] == [
        ("20240920", date(2026, 3, 14), 8 * BOX),
        ("20250801", date(2027, 1, 23), 12 * BOX),
    ]
    assert answer.article.units == {"瓶": 1000, "箱": BOX}
    assert answer.article.largest_unit == "箱"
    assert answer.article.title == "海天金标生抽 500ml"


def test_orders_reserve_and_deliveries_take(shop: Any) -> None:
    shop.do(PlaceOrder((shop.line("P1", 12),), shop.ids["张姐"]))
    shop.do(DeliverGoods((shop.line("P1", 10),), shop.ids["张姐"]))
    with shop.books.read() as conn:
        (answer,) = stock_of(conn, shop.company_id, [shop.ids["P1"]])
    assert (answer.on_hand_milli, answer.reserved_milli, answer.available_milli) == (
        10 * BOX,
        2 * BOX,
        8 * BOX,
    )
    assert [(lot.batch_no, lot.qty_milli) for lot in answer.places[0].batches] == [("20250801", 10 * BOX)]


def test_two_places_add_up_and_one_can_be_asked(shop: Any) -> None:
    branch = shop.ids["一分店"]
    shop.do(
        ReceiveGoods(
            (shop.line("P1", 3, warehouse_id=branch, price_e4=960_000, mfg_date=date(2025, 12, 1)),),
            shop.ids["总代"],
        )
    )
    with shop.books.read() as conn:
        (both,) = stock_of(conn, shop.company_id, [shop.ids["P1"]])
        (one,) = stock_of(conn, shop.company_id, [shop.ids["P1"]], branch)
    assert [(place.warehouse, place.on_hand_milli) for place in both.places] == [
        ("主仓", 20 * BOX),
        ("一分店", 3 * BOX),
    ]
    assert (both.available_milli, one.available_milli) == (23 * BOX, 3 * BOX)


def test_never_stocked_is_zero_and_order_of_asking_is_kept(shop: Any) -> None:
    wanted = [shop.ids["P4"], shop.ids["P1"], shop.ids["P3"]]
    with shop.books.read() as conn:
        answers = stock_of(conn, shop.company_id, [*wanted, 999_999])
    assert [answer.article.id for answer in answers] == wanted
    assert answers[0].places == ()
    assert answers[0].available_milli == 0


def test_expired_goods_are_on_hand_but_not_available(shop: Any) -> None:
    later = NOW.replace(month=3, day=15)
    shop.do(
        ReceiveGoods((shop.line("P3", 1, price_e4=1_200_000, mfg_date=date(2026, 3, 1)),), shop.ids["总代"]),
        later,
    )
    with shop.books.read() as conn:
        (answer,) = stock_of(conn, shop.company_id, [shop.ids["P1"]])
    assert (answer.on_hand_milli, answer.available_milli, answer.stale_milli) == (20 * BOX, 12 * BOX, 8 * BOX)
    assert [(lot.batch_no, lot.stale) for lot in answer.places[0].batches] == [
        ("20240920", True),
        ("20250801", False),
    ]
