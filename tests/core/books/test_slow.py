"""滞销：60 天没卖、压着多少钱。"""

from datetime import date, timedelta
from typing import Any

from core.books.slow import slow
from core.commands import DeliverGoods, ReceiveGoods
from tests.core.books.conftest import BOX, TODAY


def test_never_sold_counts_from_arrival(shop: Any) -> None:
    """Received 2025-11-01: 60 days on 12-31, 75 on 2026-01-15."""
    with shop.books.read() as conn:
        assert slow(conn, shop.company_id, date(2025, 12, 30)) == ()
        found = slow(conn, shop.company_id, TODAY)
    assert [
        (one.article.title, one.qty_milli, one.value_fen, one.idle_days, one.last_sold) for one in found
    ] == [
        ("海天金标生抽 500ml", 20 * BOX, 192_000, 75, None),
        ("李锦记旧庄蚝油 510g", 5 * BOX, 60_000, 75, None),
    ]


def test_a_sale_makes_it_move_for_sixty_days(shop: Any) -> None:
    shop.do(DeliverGoods((shop.line("P1", 1),), shop.ids["张姐"]))
    with shop.books.read() as conn:
        assert [one.article.title for one in slow(conn, shop.company_id, TODAY + timedelta(days=59))] == [
            "李锦记旧庄蚝油 510g"
        ]
        again = slow(conn, shop.company_id, TODAY + timedelta(days=60))
    assert [(one.idle_days, one.last_sold) for one in again if one.article.brand == "海天"] == [(60, TODAY)]


def test_goods_that_just_came_are_not_slow(shop: Any) -> None:
    shop.do(ReceiveGoods((shop.line("P4", 10, "斤", price_e4=20_000),), shop.ids["总代"]))
    with shop.books.read() as conn:
        assert "鲜面条" not in [one.article.title for one in slow(conn, shop.company_id, TODAY)]


def test_one_warehouse_holds_its_share_of_the_money(shop: Any) -> None:
    with shop.books.read() as conn:
        found = slow(conn, shop.company_id, TODAY, warehouse_id=shop.main)
        assert slow(conn, shop.company_id, TODAY, warehouse_id=shop.ids["一分店"]) == ()
    assert [one.value_fen for one in found] == [192_000, 60_000]
