"""R64 下单到签收有始有终：签收记日期，当场拒收的退回待检、冲应收，和签收一起记、一起撤。（周期的统计另有其处。）"""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.replies import posted
from core.accounts import account, open_item, stock
from core.commands import DeliverGoods, ExchangeGoods, PlaceOrder, ReverseDocument, SignDelivery, TakeBack
from core.documents import document, document_line
from core.errors import Blocked, Invalid, NotAllowed
from core.proof import prove
from tests.make import CASE, Shop

DN = "DN-20260115-0001"


@pytest.fixture
def sent(shop: Shop) -> dict[str, Any]:
    shop.run(PlaceOrder((shop.line("P1", 10),), shop.parties["张姐火锅"]), by="小刘")
    return shop.run(DeliverGoods((shop.line("P1", 10),), shop.parties["张姐火锅"]), by="老陈")


def proved(shop: Shop) -> None:
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []


def owed(shop: Shop) -> int:
    return int(shop.one(select(func.coalesce(func.sum(open_item.c.sign * open_item.c.open_fen), 0))))


def waiting_for_inspection(shop: Shop) -> int:
    query = select(func.coalesce(func.sum(stock.c.qty_milli), 0)).join(
        account, account.c.id == stock.c.account_id
    )
    return int(shop.one(query.where(account.c.role == "待检"))) // CASE


def test_R64_signed_once_on_a_day(shop: Shop, sent: dict[str, Any]) -> None:
    shop.pass_days(1)
    with pytest.raises(Invalid, match="才出库"):
        shop.run(SignDelivery(DN, day=date(2026, 1, 14)))
    with pytest.raises(NotAllowed, match="签收"):
        shop.run(SignDelivery(DN), by="陈会计")
    signed = shop.run(SignDelivery(DN, signed_by="张姐"), by="老陈")
    row = shop.rows(select(document).where(document.c.id == signed["document_id"]))[0]
    assert (row.parent_id, row.business_date, row.extra) == (
        sent["document_id"],
        date(2026, 1, 16),
        {"signed_by": "张姐"},
    )
    assert "签收人 张姐" in posted(signed, shop.boss).text
    with pytest.raises(Blocked, match="已经签收过了（QS-20260116-0001）"):
        shop.run(SignDelivery(DN), by="老陈")
    with pytest.raises(Blocked, match="客户已经签收或退过货（QS-20260116-0001）"):
        shop.run(ReverseDocument(DN))
    assert owed(shop) == 120_000
    shop.run(ReverseDocument(signed["number"]), by="老陈")
    shop.run(SignDelivery(DN), by="老陈")
    proved(shop)


def test_R64_what_is_refused_at_the_door_comes_back_at_once(shop: Shop, sent: dict[str, Any]) -> None:
    signed = shop.run(SignDelivery(DN, (shop.line("P1", 3),), "外箱破了"), by="小刘")
    assert (owed(shop), waiting_for_inspection(shop)) == (84_000, 3)
    lines = shop.rows(
        select(document_line.c.role, func.sum(document_line.c.qty_milli))
        .where(document_line.c.document_id == signed["document_id"])
        .group_by(document_line.c.role)
        .order_by(document_line.c.role)
    )
    assert [(role, int(qty) // CASE) for role, qty in lines] == [("back", 3), ("line", 7)]
    said = posted(signed, shop.boss).text
    assert "拒收 海天金标生抽 500ml 3箱(36瓶)" in said
    assert "拒收的冲减应收 ¥360.00" in said
    [back] = signed["also"]
    with pytest.raises(Blocked, match="是签收单 QS-20260115-0001 的一部分"):
        shop.run(ReverseDocument(back["number"]))
    proved(shop)
    shop.run(ReverseDocument(), by="小刘")
    assert (owed(shop), waiting_for_inspection(shop)) == (120_000, 0)
    proved(shop)


def test_R64_only_what_this_delivery_brought_can_be_refused(shop: Shop, sent: dict[str, Any]) -> None:
    shop.run(DeliverGoods((shop.line("P1", 5),), shop.parties["张姐火锅"]))
    shop.run(TakeBack((shop.line("P1", 12),), shop.parties["张姐火锅"]))  # all of the newer one, 7 of this
    with pytest.raises(Blocked, match="只有 3箱"):
        shop.run(SignDelivery(DN, (shop.line("P1", 4),), "临期"))
    shop.run(SignDelivery(DN, (shop.line("P1", 3),), "临期"))
    proved(shop)


def test_R64_a_replacement_is_signed_for_too(shop: Shop, sent: dict[str, Any]) -> None:
    shop.run(ExchangeGoods((shop.line("P1", 1),), shop.parties["张姐火锅"]))
    shop.run(SignDelivery("DN-20260115-0002"))
    with pytest.raises(Blocked, match="客户已经签收"):
        shop.run(ReverseDocument("HH-20260115-0001"))
    for wrong in ("HH-20260115-0001", "SO-20260115-0001"):
        with pytest.raises(Invalid, match="签收的是出库单"):
            shop.run(SignDelivery(wrong))
    proved(shop)


def test_R64_a_delivery_that_was_undone_is_not_signed(shop: Shop, sent: dict[str, Any]) -> None:
    shop.now += timedelta(minutes=1)
    shop.run(ReverseDocument(DN))
    with pytest.raises(Blocked, match="已红冲，不能签收"):
        shop.run(SignDelivery(DN))
