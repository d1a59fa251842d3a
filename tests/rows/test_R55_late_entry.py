"""R55 迟录：每张单有业务日和录入时间；补录进不了结掉的日子；结账先列没办完的事，反结账只有老板。"""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text, update

from bot.replies import posted, preview
from core.audit import audit
from core.books.late import late_entries
from core.commands import (
    AddCost,
    CloseBooks,
    CorrectPrice,
    DeliverGoods,
    OpeningLine,
    ReceiveGoods,
    ReceiveTransfer,
    RecordOpening,
    ReopenBooks,
    ReverseDocument,
    SendTransfer,
    TakePayment,
)
from core.company import company
from core.errors import Blocked, Invalid, NotAllowed
from core.execute import preview as look
from core.proof import prove
from tests.core.test_proof import behind_the_back
from tests.make import TODAY, Shop, e4

YESTERDAY = TODAY - timedelta(days=1)


def closed(shop: Shop) -> date | None:
    found: date | None = shop.one(select(company.c.closed_through).where(company.c.id == shop.company_id))
    return found


def test_R55_late_entries_by_person(shop: Shop) -> None:
    shop.run(
        DeliverGoods((shop.line("P1", 1),), shop.parties["王记饭店"], day=TODAY - timedelta(days=2)),
        by="老陈",
    )
    shop.run(TakePayment(shop.parties["王记饭店"], 100, "现金", day=YESTERDAY), by="陈会计")
    shop.run(TakePayment(shop.parties["王记饭店"], 100, "现金"), by="陈会计")
    with shop.books.read() as conn:
        found = late_entries(conn, shop.company_id, TODAY - timedelta(days=30), TODAY)
    assert [(one.number[:2], one.who, one.days) for one in found] == [("DN", "老陈", 2), ("SK", "陈会计", 1)]


def test_R55_a_closed_day_takes_nothing_more(shop: Shop) -> None:
    sold = shop.run(DeliverGoods((shop.line("P1", 1),), shop.parties["王记饭店"], day=YESTERDAY))
    result = shop.run(CloseBooks(YESTERDAY), by="陈会计")
    assert posted(result, shop.people["陈会计"]).text == (
        "✓ 已结账\n结到 2026-01-14（原来 没有结过），这天及以前不能再记单"
    )
    with pytest.raises(Blocked, match="2026-01-14 及以前已结账，不能再记 2026-01-14 的单。请改用今天的日期"):
        shop.run(TakePayment(shop.parties["王记饭店"], 100, "现金", day=YESTERDAY))
    with pytest.raises(Blocked, match="已经结过账，不能再录期初"):
        shop.run(RecordOpening((OpeningLine("cash", 100, fund="现金"),)))
    shop.run(TakePayment(shop.parties["王记饭店"], 100, "现金"))
    undone = shop.run(ReverseDocument("SK-20260115-0001"))  # of an open day
    assert undone["number"] == "SK-20260115-0002"
    shop.run(
        ReverseDocument(sold["number"])
    )  # of a closed day: the reversal is of today, that day stays as it was
    rows = shop.rows(text("SELECT COUNT(*) FROM entry WHERE business_date <= '2026-01-14'"))
    assert rows[0][0] == 3
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []


def test_R55_a_day_that_is_not_over_or_closed_already(shop: Shop) -> None:
    with pytest.raises(Invalid, match="2026-01-15 还没过完"):
        shop.run(CloseBooks(TODAY))
    shop.run(CloseBooks(YESTERDAY))
    with pytest.raises(Invalid, match="已经结到 2026-01-14"):
        shop.run(CloseBooks(YESTERDAY))
    with pytest.raises(Invalid, match="没有要打开的日子"):
        shop.run(ReopenBooks(YESTERDAY))


def test_R55_what_is_open_is_listed_first(shop: Shop) -> None:
    chengdu, p2 = shop.parties["成都总代"], shop.goods["P2"]
    estimated = shop.run(ReceiveGoods((shop.line("P2", 2),), chengdu, no_price=True, day=YESTERDAY))["number"]
    sent = shop.run(
        SendTransfer((shop.line("P1", 1),), shop.places["主仓"], shop.places["一分店"], day=YESTERDAY)
    )["number"]
    with pytest.raises(Blocked) as refused:
        shop.run(CloseBooks(YESTERDAY), by="陈会计")
    assert str(refused.value).split("\n") == [
        "还不能结到 2026-01-14，先办完这些：",
        f"1. 入库还是暂估价 1 张：{estimated}，请补价",
        f"2. 调拨还在途 1 张：{sent}，请收货",
        "办完再结；非结不可请老板来办。",
    ]
    with pytest.raises(NotAllowed, match="反结账"):
        shop.run(CloseBooks(YESTERDAY, anyway=True), by="陈会计")
    forced = look(shop.books, shop.boss, CloseBooks(YESTERDAY, anyway=True), shop.now)
    assert len(forced.warnings) == 2
    assert "⚠ 入库还是暂估价" in preview(forced.card, shop.boss, "7F3A", [], forced.warnings).text
    shop.run(AddCost(estimated, 100))  # freight is no price
    with pytest.raises(Blocked, match="暂估价"):
        shop.run(CloseBooks(YESTERDAY), by="陈会计")
    shop.run(CorrectPrice(estimated, p2, e4("100")))
    shop.run(ReceiveTransfer(sent))
    shop.run(CloseBooks(YESTERDAY), by="陈会计")
    assert closed(shop) == YESTERDAY


def test_R55_wrong_books_are_never_closed(shop: Shop) -> None:
    shop.run(TakePayment(shop.parties["王记饭店"], 100, "现金"))
    with behind_the_back(shop) as conn:
        conn.execute(text("UPDATE fund SET balance_fen = balance_fen + 1 WHERE balance_fen > 0"))
    with pytest.raises(Blocked, match=r"账不平 1 处：资金 现金 账上 ¥1\.01，应为 ¥1\.00"):
        shop.run(CloseBooks(YESTERDAY, anyway=True))


def test_R55_only_the_owner_opens_a_closed_day_and_it_is_kept(shop: Shop) -> None:
    shop.run(CloseBooks(YESTERDAY), by="陈会计")
    with pytest.raises(NotAllowed, match="反结账"):
        shop.run(ReopenBooks(), by="陈会计")
    with pytest.raises(NotAllowed, match="结账"):
        shop.run(CloseBooks(YESTERDAY), by="老陈")
    shop.run(ReopenBooks(YESTERDAY - timedelta(days=3)))
    assert closed(shop) == date(2026, 1, 11)
    shop.run(TakePayment(shop.parties["王记饭店"], 100, "现金", day=YESTERDAY))
    opened = shop.run(ReopenBooks())
    assert posted(opened, shop.boss).text == "✓ 已反结账\n原来结到 2026-01-11，改为 没有结过"
    assert closed(shop) is None
    kept = shop.rows(select(audit.c.command, audit.c.facts).order_by(audit.c.id.desc()).limit(1))[0]
    assert kept.command == "反结账"
    assert (kept.facts["result"]["before"], kept.facts["result"]["through"]) == ("2026-01-11", "没有结过")


def test_R55_nothing_slips_into_a_day_that_is_just_being_closed(shop: Shop) -> None:
    """Somebody closes the day and has not committed; a payment dated back waits for him and then hears of it."""
    late = TakePayment(shop.parties["王记饭店"], 100, "现金", day=YESTERDAY)
    with ThreadPoolExecutor(1) as pool:
        with shop.books.transaction() as conn:
            conn.execute(update(company).values(closed_through=YESTERDAY))
            waiting = pool.submit(shop.run, late)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.4)
        with pytest.raises(Blocked, match="已结账"):
            waiting.result(timeout=20)


def test_R55_a_draft_stands_in_the_way(shop: Shop) -> None:
    sold = shop.run(DeliverGoods((shop.line("P1", 1),), shop.parties["王记饭店"], day=YESTERDAY))["number"]
    from core.commands.close_books import (
        _open,
    )  # a draft has no command yet; the question is asked of the table
    from core.documents import document
    from core.tx import Tx

    with behind_the_back(shop) as conn:
        conn.execute(update(document).where(document.c.number == sold).values(state="draft", posted_at=None))
    with shop.books.read() as conn:
        row = conn.execute(select(company)).one()
        assert _open(Tx(conn, shop.boss, row, TODAY, shop.now), YESTERDAY) == [
            f"草稿没处理 1 张：{sold}，请记账或作废"
        ]
