"""R01 三本笔记本：一次入库，采购、库存、应付三本账各多一行，同一个单号。此处验账，不验网页上的三张簿。"""

from sqlalchemy import func, select

from core.accounts import entry, open_item
from core.commands import ReceiveGoods
from core.documents import document
from tests.make import Shop


def test_R01_one_receipt_is_one_line_in_each_book(shop: Shop) -> None:
    chengdu = shop.parties["成都总代"]
    result = shop.run(ReceiveGoods((shop.line("P1", 20, price="96"),), chengdu), by="老陈")
    number = result["number"]
    assert shop.rows(
        select(document.c.number, document.c.total_fen).where(document.c.partner_id == chengdu)
    ) == [(number, 192_000)]
    mine = select(document.c.id).where(document.c.number == number).scalar_subquery()
    assert shop.rows(
        select(entry.c.measure, entry.c.amount).where(entry.c.document_id == mine).order_by(entry.c.measure)
    ) == [(1, 240_000), (3, 192_000)]
    assert shop.rows(
        select(open_item.c.side, open_item.c.open_fen).where(open_item.c.document_id == mine)
    ) == [("P", 192_000)]
    assert shop.one(select(func.count()).select_from(open_item)) == 1
