"""R33 入库即挂应付：金额、到期日按账期，同一秒查得到；验收拒收和“应付 …”的回话在别处验。"""

from datetime import date

from sqlalchemy import select

from core.accounts import open_item
from core.commands import PaySupplier, ReceiveGoods, TakePayment
from tests.make import Shop


def test_R33_payable_is_there_with_its_due_date(shop: Shop) -> None:
    chengdu = shop.parties["成都总代"]
    result = shop.run(ReceiveGoods((shop.line("P1", 18, price="96"),), chengdu), by="老陈")
    assert result["total_fen"] == 172_800
    assert shop.rows(
        select(
            open_item.c.partner_id,
            open_item.c.side,
            open_item.c.sign,
            open_item.c.open_fen,
            open_item.c.due_date,
        )
    ) == [(chengdu, "P", 1, 172_800, date(2026, 2, 14))]


def test_R33_an_advance_settles_it_at_once(shop: Shop) -> None:
    chengdu = shop.parties["成都总代"]
    shop.run(TakePayment(shop.parties["王记饭店"], 100_000, "银行"), by="陈会计")
    ahead = shop.run(PaySupplier(chengdu, 100_000, "银行"), by="陈会计")
    result = shop.run(ReceiveGoods((shop.line("P1", 18, price="96"),), chengdu), by="老陈")
    assert result["settled"] == [{"number": ahead["number"], "fen": 100_000}]
    assert (
        shop.one(select(open_item.c.open_fen).where(open_item.c.document_id == result["document_id"]))
        == 72_800
    )
