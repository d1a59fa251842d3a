"""R14 验收：收 18箱 拒 2箱，收的入库挂应付，拒的留在订单上；多到的另立一张等老板；谈定的赔款冲应付。"""

from datetime import date

import pytest
from sqlalchemy import func, select

from bot.replies import posted
from core.accounts import open_item
from core.audit import audit
from core.books.orders import progress
from core.commands import (
    ClaimSupplier,
    CloseOrder,
    Decide,
    OrderGoods,
    ReceiveGoods,
    ReverseDocument,
    SaveRecord,
    ScrapGoods,
)
from core.documents import document, document_line
from core.errors import Blocked, Invalid, Need, NotAllowed
from core.execute import preview
from core.proof import prove
from tests.make import CASE, Shop

PO = "PO-20260115-0001"


def proved(shop: Shop) -> None:
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []


@pytest.fixture
def ordered(shop: Shop) -> Shop:
    shop.run(OrderGoods((shop.line("P1", 20, price="96"),), shop.parties["成都总代"]), by="小周")
    return shop


def owed(shop: Shop) -> int:
    signed = func.coalesce(func.sum(open_item.c.sign * open_item.c.open_fen), 0)
    return int(shop.one(select(signed).where(open_item.c.side == "P")))


def lines(shop: Shop, number: str) -> list[tuple[str, int, int, str]]:
    return [
        tuple(row)
        for row in shop.rows(
            select(
                document_line.c.role,
                document_line.c.qty_milli,
                document_line.c.amount_fen,
                document_line.c.reason,
            )
            .join(document, document.c.id == document_line.c.document_id)
            .where(document.c.number == number)
            .order_by(document_line.c.line_no)
        )
    ]


def test_R14_what_is_taken_is_owed_and_what_is_refused_is_not(ordered: Shop) -> None:
    shop, chengdu = ordered, ordered.parties["成都总代"]
    command = ReceiveGoods((shop.line("P1", 18),), chengdu, rejected=(shop.line("P1", 2),))
    with pytest.raises(Need, match=r"为什么拒收 2箱") as asked:
        shop.run(command, by="老陈")
    assert asked.value.slot == "reject_reason"
    result = shop.run(
        ReceiveGoods((shop.line("P1", 18),), chengdu, rejected=(shop.line("P1", 2),), reject_reason="破损"),
        by="老陈",
    )
    assert "2. 拒收 海天金标生抽 500ml 2箱（24瓶）\n　破损" in posted(result, shop.people["老陈"]).text
    assert lines(shop, result["number"]) == [
        ("line", 18 * CASE, 172_800, ""),
        ("rejected", 2 * CASE, 0, "破损"),
    ]
    assert owed(shop) == 172_800
    with shop.books.read() as conn:
        [one] = progress(conn, shop.company_id, PO)
    assert (one.ordered_milli, one.moved_milli, one.rejected_milli, one.open_milli) == (
        20 * CASE,
        18 * CASE,
        2 * CASE,
        2 * CASE,
    )
    shop.run(CloseOrder(PO), by="小周")  # 未到 0
    with shop.books.read() as conn:
        assert progress(conn, shop.company_id, PO)[0].open_milli == 0
    proved(shop)
    shop.run(ReverseDocument("PC-20260115-0001"))
    shop.run(ReverseDocument(result["number"]))
    assert owed(shop) == 0
    proved(shop)


def test_R14_all_of_it_can_be_refused(ordered: Shop) -> None:
    result = ordered.run(
        ReceiveGoods((), rejected=(ordered.line("P1", 20),), reject_reason="临期"), by="老陈"
    )
    assert (result["partner"], result["total_fen"], owed(ordered)) == ("成都总代", 0, 0)
    proved(ordered)


def test_R14_more_than_ordered_waits_as_a_receipt_of_its_own(ordered: Shop) -> None:
    shop = ordered
    command = ReceiveGoods((shop.line("P1", 23, mfg_date=date(2025, 12, 1)),), shop.parties["成都总代"])
    seen = preview(shop.books, shop.people["老陈"], command, shop.now)
    assert "海天金标生抽 500ml 比订单多到 3箱(36瓶)，另立一张等老板审批" in seen.warnings
    result = shop.run(command, by="老陈", digest=seen.digest)
    assert lines(shop, result["number"]) == [("line", 20 * CASE, 192_000, "")]
    [waiting] = result["also"]
    assert (waiting["number"], waiting["state"]) == ("GR-20260115-0002", "draft")
    assert "GR-20260115-0002 等老板审批" in posted(result, shop.people["老陈"]).text
    assert shop.one(select(func.count()).where(audit.c.document_id == waiting["document_id"])) == 1
    assert owed(shop) == 192_000
    proved(shop)
    shop.run(Decide(waiting["number"], True))
    assert owed(shop) == 192_000 + 28_800  # at the price of the order
    assert lines(shop, waiting["number"]) == [("line", 3 * CASE, 28_800, "")]
    proved(shop)


def test_R14_a_said_total_is_shared_out_to_the_fen(ordered: Shop) -> None:
    shop = ordered
    command = ReceiveGoods((shop.line("P1", 23, amount="2000.01"),), shop.parties["成都总代"])
    result = shop.run(command, by="老陈")
    first = result["total_fen"]
    shop.run(Decide(result["also"][0]["number"], True))
    assert (first, owed(shop)) == (173_914, 200_001)
    proved(shop)


def test_R14_the_boss_himself_is_only_warned(ordered: Shop) -> None:
    command = ReceiveGoods((ordered.line("P1", 23),), ordered.parties["成都总代"])
    assert (
        "海天金标生抽 500ml 比订单多到 3箱(36瓶)"
        in preview(ordered.books, ordered.boss, command, ordered.now).warnings
    )
    result = ordered.run(command)
    assert [qty for _, qty, _, _ in lines(ordered, result["number"])] == [20 * CASE, 3 * CASE]


def test_R14_a_receipt_that_itself_waits_keeps_its_excess(ordered: Shop) -> None:
    shop = ordered
    shop.run(SaveRecord("approval_rule", {"name": "入库", "kind": "GR", "needs": "财务"}))
    asked = shop.run(ReceiveGoods((shop.line("P1", 23),), shop.parties["成都总代"]), by="老陈")
    assert asked["state"] == "draft"
    done = shop.run(Decide(asked["number"], True), by="陈会计")
    shop.run(Decide(done["also"][0]["number"], True))
    assert owed(shop) == 220_800
    proved(shop)


def test_R14_a_claim_lowers_what_we_owe(ordered: Shop) -> None:
    shop, chengdu = ordered, ordered.parties["成都总代"]
    received = shop.run(ReceiveGoods((shop.line("P1", 20),), chengdu), by="老陈")
    with pytest.raises(NotAllowed, match="索赔"):
        shop.run(ClaimSupplier(chengdu, 5000), by="小刘")
    with pytest.raises(Invalid, match="不是 川南粮油 的货"):
        shop.run(ClaimSupplier(shop.parties["川南粮油"], 5000, received["number"]))
    with pytest.raises(Invalid, match="只能就入库单或报损单"):
        shop.run(ClaimSupplier(chengdu, 5000, PO))
    claim = shop.run(ClaimSupplier(chengdu, 5000, received["number"], "破损 1箱"), by="小周")
    assert owed(shop) == 192_000 - 5000
    assert claim["settled"] == [{"number": received["number"], "fen": 5000}]
    said = posted(claim, shop.people["小周"]).text
    assert "就 GR-20260115-0001" in said
    assert "冲减应付 ¥50.00" in said
    with pytest.raises(Blocked, match=r"已经就它索赔（CL-20260115-0001）"):
        shop.run(ReverseDocument(received["number"]))
    proved(shop)
    shop.run(ReverseDocument(claim["number"]), by="小周")
    assert owed(shop) == 192_000
    scrapped = shop.run(ScrapGoods((shop.line("P1", 1),), reason="破损"), by="老陈")
    shop.run(ClaimSupplier(chengdu, 9600, scrapped["number"]), by="小周")
    proved(shop)
