"""R11 三账核对：收货、应付、付款，出货、应收、收款；对得上就说三账一致，对不上说出是哪一张单。"""

from datetime import date

from sqlalchemy import text

from core.books.statement import statement
from core.books.three_way import Row, three_way
from core.commands import (
    ClaimSupplier,
    DeliverGoods,
    PaySupplier,
    ReceiveGoods,
    ReverseDocument,
    SendBack,
    TakeBack,
    TakePayment,
)
from tests.core.test_proof import behind_the_back
from tests.make import Shop

JANUARY = (date(2026, 1, 1), date(2026, 1, 31))


def trade(shop: Shop) -> None:
    """收货 960 + 480 − 退 96；应付 again, 索赔 50 off it; paid 500. 出货 360 + 120 − 退 120; paid 200; one delivery undone."""
    chengdu, zhang = shop.parties["成都总代"], shop.parties["张姐火锅"]
    shop.run(ReceiveGoods((shop.line("P1", 10, price="96"), shop.line("P3", 3, price="160")), chengdu))
    shop.run(SendBack((shop.line("P1", 1, price="96"),), chengdu))
    shop.run(ClaimSupplier(chengdu, 5_000))
    shop.run(PaySupplier(chengdu, 50_000, "微信"))
    shop.run(DeliverGoods((shop.line("P1", 4, price="120"),), zhang))
    shop.run(TakeBack((shop.line("P1", 1),), zhang))
    shop.run(TakePayment(zhang, 20_000, "微信"))
    undone = shop.run(DeliverGoods((shop.line("P1", 2, price="120"),), zhang))
    shop.run(ReverseDocument(undone["number"]))


def rows(shop: Shop, side: str, which: str = "partners") -> list[Row]:
    with shop.books.read() as conn:
        return list(getattr(three_way(conn, shop.company_id, *JANUARY)[side], which))


def test_R11_by_partner(shop: Shop) -> None:
    shop.run(TakePayment(shop.parties["张姐火锅"], 60_000, "微信"))  # so that there is something to pay with
    trade(shop)
    bought, sold = rows(shop, "P"), rows(shop, "R")
    assert [
        (row.name, row.goods_fen, row.owed_fen, row.paid_fen, row.other_fen, row.left_fen) for row in bought
    ] == [("成都总代", 134_400, 134_400, 50_000, -5_000, 79_400)]
    assert [
        (row.name, row.goods_fen, row.owed_fen, row.paid_fen, row.other_fen, row.left_fen) for row in sold
    ] == [("张姐火锅", 36_000, 36_000, 80_000, 0, -44_000)]
    assert not [row for row in (*bought, *sold) if row.wrong]
    for row in (*bought, *sold):  # nothing was owed before: what moved this month is what is open now
        assert row.owed_fen - row.paid_fen + row.other_fen == row.left_fen


def test_R11_by_product(shop: Shop) -> None:
    shop.run(TakePayment(shop.parties["张姐火锅"], 60_000, "微信"))
    trade(shop)
    bought, sold = rows(shop, "P", "products"), rows(shop, "R", "products")
    assert [(row.name, row.goods_fen, row.owed_fen) for row in bought] == [
        ("海天金标生抽 500ml", 86_400, 86_400),
        ("李锦记旧庄蚝油 510g", 48_000, 48_000),
    ]
    assert [(row.name, row.goods_fen, row.owed_fen, row.paid_fen) for row in sold] == [
        ("海天金标生抽 500ml", 36_000, 36_000, 48_000)  # the return is a credit nothing has used yet
    ]
    assert all(row.left_fen == row.owed_fen - row.paid_fen and not row.wrong for row in (*bought, *sold))


def test_R11_what_differs_is_named_by_its_document(shop: Shop) -> None:
    shop.run(TakePayment(shop.parties["张姐火锅"], 60_000, "微信"))
    trade(shop)
    with behind_the_back(shop) as conn:
        conn.execute(
            text(
                "UPDATE document_line SET amount_fen = amount_fen + 100 WHERE line_no = 1 AND document_id = (SELECT id FROM document WHERE number = 'GR-20260115-0001')"
            )
        )
        conn.execute(
            text(
                "UPDATE open_item SET amount_fen = amount_fen - 1 WHERE document_id = (SELECT id FROM document WHERE number = 'DN-20260115-0001')"
            )
        )
    assert [row.wrong for row in rows(shop, "P")] == [("GR-20260115-0001",)]
    assert [row.wrong for row in rows(shop, "P", "products")] == [("GR-20260115-0001",), ()]
    assert [row.wrong for row in rows(shop, "R")] == [("DN-20260115-0001",)]
    assert rows(shop, "P")[0].goods_fen - rows(shop, "P")[0].owed_fen == 100


def test_R11_other_months_are_left_alone(shop: Shop) -> None:
    trade_day = shop.now
    shop.run(TakePayment(shop.parties["张姐火锅"], 60_000, "微信"))
    trade(shop)
    shop.now = trade_day
    shop.pass_days(20)
    shop.run(DeliverGoods((shop.line("P1", 1, price="120"),), shop.parties["张姐火锅"]))
    with shop.books.read() as conn:
        february = three_way(conn, shop.company_id, date(2026, 2, 1), date(2026, 2, 28))
    assert [(row.goods_fen, row.paid_fen) for row in february["R"].partners] == [(12_000, 0)]
    assert [(row.goods_fen, row.left_fen) for row in february["P"].partners] == [(0, 79_400)]


def test_R11_a_statement_is_opening_and_documents_and_closing(shop: Shop) -> None:
    zhang = shop.parties["张姐火锅"]
    shop.run(DeliverGoods((shop.line("P1", 1, price="120"),), zhang))
    shop.pass_days(20)
    shop.run(DeliverGoods((shop.line("P1", 2, price="120"),), zhang))
    shop.run(TakePayment(zhang, 10_000, "微信"))
    shop.pass_days(30)
    shop.run(TakePayment(zhang, 5_000, "微信"))
    with shop.books.read() as conn:
        found = statement(conn, shop.company_id, zhang, "R", date(2026, 2, 1), date(2026, 2, 28))
        later = statement(conn, shop.company_id, zhang, "R", date(2026, 3, 1), date(2026, 3, 31))
    assert (found.opening_fen, [(line.fen, line.balance_fen) for line in found.lines], found.closing_fen) == (
        12_000,
        [(24_000, 36_000), (-10_000, 26_000)],
        26_000,
    )
    assert (later.opening_fen, later.closing_fen) == (26_000, 21_000)
