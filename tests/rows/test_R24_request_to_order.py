"""R24 采购申请→比价→审批→下单：一步接一步，哪一步都跳不过去；订单认得它的申请和报价。"""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.replies import preview as worded
from core.accounts import availability
from core.books.quotes import compare_quotes
from core.commands import (
    Decide,
    OrderByQuote,
    OrderGoods,
    ReceiveGoods,
    RecordQuote,
    RequestGoods,
    ReverseDocument,
    SaveRecord,
)
from core.documents import document, document_line
from core.errors import Blocked, Invalid, Need, NotAllowed
from core.execute import preview
from core.proof import prove
from tests.make import CASE, TODAY, Shop, fen

FRIDAY = date(2026, 1, 23)
PR, CHENGDU, CHUANNAN = "PR-20260115-0001", "成都总代", "川南粮油"


def proved(shop: Shop) -> None:
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []


def rule(shop: Shop, kind: str, over: int | None) -> None:
    shop.run(SaveRecord("approval_rule", {"name": kind, "kind": kind, "over_fen": over, "needs": "老板"}))


def request(shop: Shop, by: str = "小周") -> dict[str, object]:
    return shop.run(RequestGoods((shop.line("P1", 50), shop.line("P3", 4)), FRIDAY), by=by)


def quote(shop: Shop, who: str, soy: str, oyster: str | None = "128", **more: object) -> dict[str, object]:
    lines = (shop.line("P1", 50, price=soy),)
    lines += (shop.line("P3", 4, price=oyster),) if oyster else ()
    return shop.run(RecordQuote(PR, shop.parties[who], lines, **more), by="小周")  # type: ignore[arg-type]


def test_R24_the_whole_way(shop: Shop) -> None:
    rule(shop, "PR", None)
    rule(shop, "PO", 500_000)
    asked = request(shop)
    assert (asked["number"], asked["state"]) == (PR, "draft")
    shop.run(Decide(PR, True))
    quote(shop, CHENGDU, "96", lead_days=3)
    cheaper = quote(shop, CHUANNAN, "94", freight_fen=fen(30), lead_days=5, valid_until=date(2026, 1, 20))
    with shop.books.read() as conn:
        best = compare_quotes(conn, shop.company_id, PR, TODAY).offers[0]
    assert best.quote == cheaper["number"]
    waiting = shop.run(OrderByQuote(best.quote, FRIDAY), by="小周")
    assert (waiting["state"], waiting["total_fen"]) == ("draft", 50 * 9400 + 4 * 12800)
    done = shop.run(Decide(waiting["number"], True))
    lines = shop.rows(
        select(document_line.c.order_id, document_line.c.order_line, document_line.c.qty_milli).where(
            document_line.c.document_id == done["document_id"]
        )
    )
    assert lines == [(asked["document_id"], 1, 50 * CASE), (asked["document_id"], 2, 4 * CASE)]
    parent = shop.one(select(document.c.parent_id).where(document.c.id == done["document_id"]))
    assert parent == cheaper["document_id"]
    assert (
        shop.one(select(availability.c.on_order_milli).where(availability.c.product_id == shop.goods["P1"]))
        == 50 * CASE
    )
    receipt = shop.run(
        ReceiveGoods((shop.line("P1", 50), shop.line("P3", 4)), shop.parties[CHUANNAN]), by="老陈"
    )
    assert (receipt["orders"], receipt["total_fen"]) == ([done["number"]], waiting["total_fen"])
    proved(shop)


def test_R24_compared_for_the_same_quantity_with_freight(shop: Shop) -> None:
    shop.run(ReceiveGoods((shop.line("P1", 1, price="97"),), shop.parties[CHENGDU]))
    request(shop)
    quote(shop, CHENGDU, "99")
    quote(shop, CHENGDU, "96", lead_days=3)  # replaces the one before
    quote(shop, CHUANNAN, "95", None, freight_fen=fen(20))  # does not offer 蚝油
    with shop.books.read() as conn:
        found = compare_quotes(conn, shop.company_id, PR, TODAY)
        later = compare_quotes(conn, shop.company_id, PR, TODAY + timedelta(days=9))
    assert [one.supplier for one in found.offers] == [CHENGDU, CHUANNAN]
    first, second = found.offers
    assert (first.total_fen, first.complete, first.lead_days) == (50 * 9600 + 4 * 12800, True, 3)
    assert (first.lines[0].net_e4, first.lines[0].last_e4) == (
        80_000,
        80_833,
    )  # ¥8 a bottle; last time ¥8.0833
    assert (second.total_fen, second.complete) == (50 * 9500 + 2000, False)
    assert second.lines[0].net_e4 == 79_500  # (¥4,750 + ¥20) ÷ 600 瓶
    assert [one.run_out for one in later.offers] == [False, False]


def test_R24_no_step_can_be_skipped(shop: Shop) -> None:
    rule(shop, "PR", None)
    request(shop)
    order = OrderGoods((shop.line("P1", 5, price="96"),), shop.parties[CHENGDU], requisition=PR)
    with pytest.raises(Blocked, match="还在待审，批了才能询价或下单"):
        quote(shop, CHENGDU, "96")
    with pytest.raises(Blocked, match="还在待审"):
        shop.run(order, by="小周")
    with pytest.raises(NotAllowed):
        shop.run(Decide(PR, True), by="小周")
    shop.run(Decide(PR, False))
    for illegal in (order, RecordQuote(PR, shop.parties[CHENGDU], (shop.line("P1", 5, price="96"),))):
        with pytest.raises(Blocked, match="已作废"):
            shop.run(illegal, by="小周")
    with pytest.raises(Invalid, match="不是报价"):
        shop.run(OrderByQuote(PR), by="小周")
    proved(shop)


def test_R24_only_what_was_asked_and_no_more(shop: Shop) -> None:
    request(shop)
    chengdu = shop.parties[CHENGDU]
    with pytest.raises(Invalid, match="里没有申请 海天老抽"):
        shop.run(RecordQuote(PR, chengdu, (shop.line("P2", 5, price="96"),)))
    with pytest.raises(Need, match="每箱报多少"):
        shop.run(RecordQuote(PR, chengdu, (shop.line("P1", 5),)))
    shop.run(OrderGoods((shop.line("P1", 30, price="96"),), chengdu, requisition=PR), by="小周")
    with pytest.raises(Invalid, match=r"还能订 20箱\(240瓶\)，说的是 21箱"):
        shop.run(OrderGoods((shop.line("P1", 21, price="96"),), chengdu, requisition=PR), by="小周")
    with pytest.raises(Blocked, match=r"已经照它询过价或下过单（PO-20260115-0001）"):
        shop.run(ReverseDocument(PR))
    shop.run(ReverseDocument("PO-20260115-0001"))
    shop.run(OrderGoods((shop.line("P1", 50, price="96"),), chengdu, requisition=PR), by="小周")
    proved(shop)


def test_R24_a_quote_that_ran_out_or_was_taken_back_is_not_ordered(shop: Shop) -> None:
    request(shop)
    first = quote(shop, CHENGDU, "96", valid_until=TODAY)
    shop.pass_days(1)
    with pytest.raises(Blocked, match="就到期了"):
        shop.run(OrderByQuote(str(first["number"])), by="小周")
    second = quote(shop, CHENGDU, "95")
    shop.run(ReverseDocument(str(second["number"])), by="小周")
    with pytest.raises(Blocked, match="已红冲，不能选"):
        shop.run(OrderByQuote(str(second["number"])), by="小周")
    with shop.books.read() as conn:
        assert [one.run_out for one in compare_quotes(conn, shop.company_id, PR, shop.now.date()).offers] == [
            True
        ]


def test_R24_who_may(lite_shop: Shop) -> None:
    for who in ("小刘", "陈会计"):
        with pytest.raises(NotAllowed, match="采购申请"):
            request(lite_shop, by=who)
    seen = preview(
        lite_shop.books,
        lite_shop.people["小周"],
        RequestGoods((lite_shop.line("P1", 2),), FRIDAY, "过年"),
        lite_shop.now,
    )
    text = worded(seen.card, lite_shop.people["小周"], "7F3A", [], []).text
    assert "请确认采购申请" in text
    assert "预计到货 2026-01-23" in text
