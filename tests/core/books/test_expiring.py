"""临期：窗口、阶段、卖不完的数。"""

from datetime import date, timedelta
from typing import Any

import pytest

from core.books.expiring import alert_days, expiring, stage_of
from core.commands import DeliverGoods, ReceiveGoods, SaveRecord
from tests.core.books.conftest import BOX, NOW, TODAY

SIXTY_BEFORE = date(2026, 1, 13)  # 60 days before B1 expires on 2026-03-14


@pytest.mark.parametrize(
    ("shelf_life", "days"),
    [
        ("540d", 60),
        ("18m", 60),
        ("180d", 60),
        ("179d", 20),
        ("90d", 20),
        ("89d", 10),
        ("30d", 10),
        ("29d", 5),
        ("16d", 5),
        ("15d", 1),
        ("3d", 1),
        (None, 60),
    ],
)
def test_window_by_shelf_life(shelf_life: str | None, days: int) -> None:
    assert alert_days(shelf_life) == days


def test_owners_own_window_wins_up_to_the_cap() -> None:
    assert alert_days("540d", {"alert_days": 45}) == 45
    assert alert_days("540d", {"alert_days": 400}) == 60
    assert alert_days("540d", {"alert_days": 0}) == 0


@pytest.mark.parametrize(
    ("left", "stage"),
    [(60, 60), (31, 60), (30, 30), (16, 30), (15, 15), (8, 15), (7, 7), (1, 7), (0, 0), (-3, 0)],
)
def test_stages(left: int, stage: int) -> None:
    assert stage_of(left) == stage


def test_b1_enters_sixty_days_before_and_not_a_day_earlier(shop: Any) -> None:
    with shop.books.read() as conn:
        assert expiring(conn, shop.company_id, SIXTY_BEFORE - timedelta(days=1)).near == ()
        (lot,) = expiring(conn, shop.company_id, SIXTY_BEFORE).near
    assert (lot.batch_no, lot.days_left, lot.stage, lot.qty_milli, lot.value_fen) == (
        "20240920",
        60,
        60,
        8 * BOX,
        76_800,
    )
    assert (lot.daily_milli, lot.unsold_milli, lot.places) == (0, 8 * BOX, ((shop.main, 8 * BOX),))


def test_what_will_not_be_sold_in_time(shop: Any) -> None:
    """3箱 in 30 days = 36瓶/30天; 58 days left → 69.6瓶 can be sold of the 60瓶 that are left: nothing remains."""
    shop.do(DeliverGoods((shop.line("P1", 3),), shop.ids["张姐"]))
    with shop.books.read() as conn:
        (lot,) = expiring(conn, shop.company_id, TODAY).near
        (later,) = expiring(conn, shop.company_id, TODAY + timedelta(days=29)).near
    assert (lot.qty_milli, lot.daily_milli, lot.unsold_milli) == (5 * BOX, 1_200, 0)
    assert (later.days_left, later.unsold_milli) == (29, 60_000 - 36_000 * 29 // 30)


def test_an_earlier_batch_eats_the_sales_of_a_later_one(shop: Any) -> None:
    """Two batches of 12瓶; 30瓶 sold in 30 days = 1/day: the first (5 days) leaves 7, the second (20 days) 0 of its 12."""
    for left in (5, 20):
        shop.do(
            ReceiveGoods(
                (shop.line("P3", 1, price_e4=1_200_000, expiry_date=TODAY + timedelta(days=left)),),
                shop.ids["总代"],
            )
        )
    with shop.books.read() as conn:
        near = expiring(conn, shop.company_id, TODAY, days=30, rates={shop.ids["P3"]: 30_000}).near
    assert [(lot.days_left, lot.stage, lot.unsold_milli) for lot in near] == [(5, 7, 7_000), (20, 30, 0)]


def test_short_life_goods_do_not_alert_from_birth(shop: Any) -> None:
    shop.do(ReceiveGoods((shop.line("P4", 10, "斤", price_e4=20_000, mfg_date=TODAY),), shop.ids["总代"]))
    with shop.books.read() as conn:
        assert [lot.article.title for lot in expiring(conn, shop.company_id, TODAY).near] == [
            "海天金标生抽 500ml"
        ]
        two_days_on = expiring(conn, shop.company_id, TODAY + timedelta(days=2)).near
    assert (two_days_on[0].article.title, two_days_on[0].days_left) == ("鲜面条", 1)


def test_expired_has_its_own_list_before_and_after_the_day_turns(shop: Any) -> None:
    gone = date(2026, 3, 15)
    with shop.books.read() as conn:
        before = expiring(conn, shop.company_id, gone)
    shop.do(
        SaveRecord("warehouse", {"name": "冷库"}), NOW.replace(month=3, day=15)
    )  # any command turns the day
    with shop.books.read() as conn:
        after = expiring(conn, shop.company_id, gone)
    assert before == after
    assert (after.near, [(lot.days_left, lot.qty_milli, lot.value_fen) for lot in after.expired]) == (
        (),
        [(-1, 8 * BOX, 76_800)],
    )


def test_another_warehouse_sees_its_own(shop: Any) -> None:
    with shop.books.read() as conn:
        assert expiring(conn, shop.company_id, TODAY, warehouse_id=shop.ids["一分店"]).near == ()
        assert expiring(conn, shop.company_id, TODAY, warehouse_id=shop.main).value_fen == 76_800
