"""过了约定日的订单：谁的、晚几天、还差多少、哪天放开锁定。"""

from datetime import date

from core.books.overdue import overdue
from core.commands import DeliverGoods, OrderGoods, PlaceOrder
from core.posting_rules import Kind
from tests.make import CASE, Shop


def test_late_on_both_sides(shop: Shop) -> None:
    shop.run(PlaceOrder((shop.line("P1", 4), shop.line("P3", 1)), shop.parties["张姐火锅"]))  # for the 16th
    shop.run(PlaceOrder((shop.line("P1", 1),), shop.parties["王记饭店"], date(2026, 1, 18)))
    shop.run(DeliverGoods((shop.line("P1", 1),), shop.parties["张姐火锅"]))
    shop.run(OrderGoods((shop.line("P1", 9, price="96"),), shop.parties["成都总代"], date(2026, 1, 15)))
    shop.run(OrderGoods((shop.line("P1", 9, price="96"),), shop.parties["成都总代"]))  # no day was promised
    with shop.books.read() as conn:
        assert overdue(conn, shop.company_id, Kind.SALES_ORDER, date(2026, 1, 16)) == ()
        [late] = overdue(conn, shop.company_id, Kind.SALES_ORDER, date(2026, 1, 18))
        [coming] = overdue(conn, shop.company_id, Kind.PURCHASE_ORDER, date(2026, 1, 18))
    assert (late.partner, late.days, late.released_on) == ("张姐火锅", 2, date(2026, 1, 20))
    assert [(article.code, milli // CASE) for article, milli in late.lines] == [("P1", 3), ("P3", 1)]
    assert (coming.number, coming.days, coming.released_on) == ("PO-20260115-0001", 3, None)
