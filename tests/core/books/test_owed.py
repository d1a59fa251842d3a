"""应收应付：账龄的五栏、预收、一家的每一笔。"""

from datetime import date, timedelta
from typing import Any

from core.books.owed import BUCKETS, items_of, owed
from core.commands import DeliverGoods, OpeningLine, ReceiveGoods, RecordOpening, ReverseDocument, TakePayment
from tests.core.books.conftest import TODAY


def _opening(shop: Any, *due: tuple[int, int]) -> None:
    shop.do(
        RecordOpening(
            tuple(
                OpeningLine(
                    "owed_to_us", fen, partner_id=shop.ids["张姐"], due_date=TODAY - timedelta(days=late)
                )
                for late, fen in due
            ),
            day=date(2025, 11, 1),
        )
    )


def test_edges_of_the_buckets(shop: Any) -> None:
    """Due today is not overdue; 1 and 30 days late are the second bucket, 31 the third, 91 the last."""
    _opening(
        shop,
        (-5, 1),
        (0, 10),
        (1, 100),
        (30, 1_000),
        (31, 10_000),
        (60, 100_000),
        (61, 1_000_000),
        (90, 10_000_000),
        (91, 100_000_000),
    )
    with shop.books.read() as conn:
        (one,) = owed(conn, shop.company_id, "R", TODAY)
    assert len(BUCKETS) == len(one.buckets)
    assert one.buckets == (11, 1_100, 110_000, 11_000_000, 100_000_000)
    assert (one.owed_fen, one.overdue_fen, one.oldest_due) == (
        111_111_111,
        111_111_100,
        TODAY - timedelta(days=91),
    )
    assert (one.name, one.credit_limit_fen) == ("张姐火锅", 2_000_000)


def test_payments_take_the_oldest_and_the_rest_is_an_advance(shop: Any) -> None:
    _opening(shop, (40, 50_000), (5, 30_000))
    shop.do(TakePayment(shop.ids["张姐"], 60_000))
    with shop.books.read() as conn:
        (one,) = owed(conn, shop.company_id, "R", TODAY)
        (item,) = items_of(conn, shop.company_id, "R", shop.ids["张姐"], TODAY)
    assert (one.buckets, one.advance_fen) == ((0, 20_000, 0, 0, 0), 0)
    assert (item.amount_fen, item.open_fen, item.days_overdue, item.sign, item.kind) == (
        30_000,
        20_000,
        5,
        1,
        "QC",
    )
    shop.do(TakePayment(shop.ids["张姐"], 25_000))
    with shop.books.read() as conn:
        (ahead,) = owed(conn, shop.company_id, "R", TODAY)
    assert (ahead.owed_fen, ahead.advance_fen, ahead.overdue_fen, ahead.oldest_due) == (
        -5_000,
        5_000,
        0,
        None,
    )


def test_both_sides_are_apart_largest_first(shop: Any) -> None:
    shop.do(DeliverGoods((shop.line("P1", 1),), shop.ids["张姐"]))
    shop.do(DeliverGoods((shop.line("P1", 2),), shop.ids["王记"]))
    shop.do(ReceiveGoods((shop.line("P1", 1, price_e4=960_000),), shop.ids["总代"]))
    with shop.books.read() as conn:
        assert [(one.name, one.owed_fen) for one in owed(conn, shop.company_id, "R", TODAY)] == [
            ("王记饭店", 24_000),
            ("张姐火锅", 11_500),
        ]
        (payable,) = owed(conn, shop.company_id, "P", TODAY)
        assert owed(conn, shop.company_id, "R", TODAY, shop.ids["总代"]) == ()
    assert (payable.name, payable.buckets[0]) == ("成都总代", 9_600)


def test_what_was_reversed_is_owed_by_nobody(shop: Any) -> None:
    done = shop.do(DeliverGoods((shop.line("P1", 1),), shop.ids["张姐"]))
    shop.do(ReverseDocument(done["number"]))
    with shop.books.read() as conn:
        assert owed(conn, shop.company_id, "R", TODAY) == ()
        assert items_of(conn, shop.company_id, "R", shop.ids["张姐"], TODAY) == ()
