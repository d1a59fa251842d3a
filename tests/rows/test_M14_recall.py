"""M14 召回：一句话冻住一批剩下的全部，答出谁收过多少；召回没结束，这批货怎么回来都进冻结。"""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.replies import posted
from core.accounts import account, batch, stock
from core.books.trace import batch_trace
from core.commands import (
    CountStock,
    DeliverGoods,
    HoldGoods,
    PlaceOrder,
    RecallBatch,
    ReceiveGoods,
    ReceiveTransfer,
    ReleaseGoods,
    ReverseDocument,
    SaveRecord,
    ScrapGoods,
    SendBack,
    SendTransfer,
    TakeBack,
    UnholdGoods,
)
from core.documents import document
from core.errors import Need, NotAllowed, NotEnough, NotFound
from core.execute import preview
from core.proof import prove
from core.tasks import task
from tests.make import CASE, Shop


def lies(shop: Shop, batch_no: str = "B1") -> dict[str, int]:
    """{where: cases} of one batch."""
    rows = shop.rows(
        select(account.c.name, stock.c.qty_milli)
        .join(stock, stock.c.account_id == account.c.id)
        .join(batch, batch.c.id == stock.c.batch_id)
        .where(batch.c.batch_no == batch_no, stock.c.qty_milli > 0)
    )
    return {row.name: row.qty_milli // CASE for row in rows}


def proved(shop: Shop) -> bool:
    with shop.books.read() as conn:
        return prove(conn, shop.company_id) == []


def sell(shop: Shop, who: str, number: int) -> dict[str, Any]:
    return shop.run(DeliverGoods((shop.line("P1", number),), shop.parties[who]), by="老陈")


def test_M14_freezes_everywhere_and_says_who_has_it(shop: Shop) -> None:
    shop.run(SaveRecord("partner", {"phone": "13800000001"}, id=shop.parties["张姐火锅"]))
    first, second = sell(shop, "张姐火锅", 3), sell(shop, "王记饭店", 1)
    shop.run(TakeBack((shop.line("P1", 1),), shop.parties["张姐火锅"]))
    shop.run(SendTransfer((shop.line("P1", 1),), shop.places["主仓"], shop.places["一分店"]))
    shop.run(ReceiveTransfer("TR-20260115-0001"))
    assert lies(shop) == {"可售/主仓": 3, "待检/主仓": 1, "可售/一分店": 1}
    result = shop.run(RecallBatch("B1"), by="老陈")
    assert lies(shop) == {"冻结/主仓": 4, "冻结/一分店": 1}
    assert [
        (one["customer"], one["phone"], one["number"], one["qty_milli"] // CASE) for one in result["received"]
    ] == [
        ("王记饭店", "", second["number"], 1),
        ("张姐火锅", "13800000001", first["number"], 2),
    ]
    assert proved(shop)
    said = posted(result, shop.boss).text
    assert f"张姐火锅 13800000001 2箱(24瓶)（{first['number']}，2026-01-15）" in said
    assert "成都总代" in said
    assert "1380" not in posted(result, shop.people["小周"]).text  # a buyer may not read customers


def test_M14_orders_that_no_longer_fit_are_let_go_and_their_owner_is_told(shop: Shop) -> None:
    order = shop.run(PlaceOrder((shop.line("P1", 15),), shop.parties["张姐火锅"]), by="小刘")
    with pytest.raises(NotAllowed):
        shop.run(RecallBatch("B1"), by="小刘")
    assert order["number"] in preview(shop.books, shop.boss, RecallBatch("B1"), shop.now).warnings[0]
    shop.run(RecallBatch("B1"), by="老陈")
    told = shop.rows(select(task.c.body).where(task.c.name == "released"))
    assert [(one.body["order"], one.body["staff_id"], one.body["why"]) for one in told] == [
        (order["number"], shop.people["小刘"].id, "召回")
    ]
    assert proved(shop)


def test_M14_whatever_comes_back_is_frozen_too(shop: Shop) -> None:
    sold = sell(shop, "张姐火锅", 2)
    shop.run(SendTransfer((shop.line("P1", 1),), shop.places["主仓"], shop.places["一分店"]))
    recall = shop.run(RecallBatch("B1"))
    assert recall["on_the_way"] == ["1箱(12瓶)"]
    shop.run(ReceiveTransfer("TR-20260115-0001"))  # on its way when it was called back
    shop.run(TakeBack((shop.line("P1", 1),), shop.parties["张姐火锅"]))
    with pytest.raises(NotEnough, match="召回中的不能放行"):
        shop.run(ReleaseGoods((shop.line("P1", 1),)))
    shop.run(
        ReceiveGoods(
            (shop.line("P1", 4, price="96", batch_no="B1", mfg_date=date(2024, 9, 20)),),
            shop.parties["成都总代"],
        )
    )
    shop.run(ReverseDocument("ST-20260115-0001"))
    shop.run(ReverseDocument(sold["number"]))
    assert lies(shop) == {"冻结/主仓": 11, "冻结/一分店": 1}
    assert proved(shop)


def test_M14_the_recall_ends_when_the_batch_is_named_or_the_recall_is_undone(shop: Shop) -> None:
    recall = shop.run(RecallBatch("B1"))
    with pytest.raises(NotEnough, match="召回中的要点名批次"):
        shop.run(UnholdGoods(shop.goods["P1"]))
    ended = shop.run(UnholdGoods(batch_no="B1", reason="厂家说没事"))
    assert lies(shop) == {"可售/主仓": 8}
    shop.run(PlaceOrder((shop.line("P1", 20),), shop.parties["张姐火锅"]))
    shop.run(CountStock((shop.line("P1", 22),), reason="漏录出库"))
    shop.run(ReverseDocument("CT-20260115-0001"))
    shop.run(ReverseDocument("SO-20260115-0001"))
    shop.run(ReverseDocument(ended["number"]))  # the recall goes on
    assert lies(shop) == {"冻结/主仓": 8}
    shop.run(ReverseDocument(recall["number"]))
    assert lies(shop) == {"可售/主仓": 8}
    assert proved(shop)


def test_M14_a_batch_that_is_all_gone_can_still_be_called_back(shop: Shop) -> None:
    sell(shop, "张姐火锅", 8)
    result = shop.run(RecallBatch("B1"))
    assert result["lines"] == []
    assert result["received"][0]["qty"] == "8箱(96瓶)"
    shop.run(ReverseDocument("DN-20260115-0001"))
    assert lies(shop) == {"冻结/主仓": 8}
    shop.run(ScrapGoods((shop.line("P1", 8, batch_no="B1"),), reason="变质"))
    assert lies(shop) == {}
    assert proved(shop)


def test_M14_what_was_called_back_goes_back_to_the_supplier(shop: Shop) -> None:
    shop.run(RecallBatch("B1"))
    with pytest.raises(NotEnough):  # nobody named the batch: what is held stays held
        shop.run(SendBack((shop.line("P1", 13, price="96"),), shop.parties["成都总代"]))
    back = shop.run(SendBack((shop.line("P1", 6, price="95", batch_no="B1"),), shop.parties["成都总代"]))
    assert back["total_fen"] == 57_000
    assert lies(shop) == {"冻结/主仓": 2}
    assert proved(shop)
    shop.run(ReverseDocument(back["number"]))
    assert lies(shop) == {"冻结/主仓": 8}
    assert proved(shop)


def test_M14_doctor_names_a_recalled_batch_that_is_for_sale(
    lite_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    lite_shop.run(
        SendTransfer((lite_shop.line("P1", 1),), lite_shop.places["主仓"], lite_shop.places["一分店"])
    )
    lite_shop.run(RecallBatch("B1"))
    monkeypatch.setattr("core.commands.turn_day.hold_arrivals", lambda *_: None)
    lite_shop.run(ReceiveTransfer("TR-20260115-0001"))
    with lite_shop.books.read() as conn:
        assert [(one.what, one.row) for one in prove(conn, lite_shop.company_id)] == [
            ("召回", "海天金标生抽 批次B1")
        ]


def test_holding_a_quantity_asks_why_and_takes_what_expires_first(shop: Shop) -> None:
    some = HoldGoods(shop.goods["P1"], said_milli=9000, unit="箱")
    with pytest.raises(Need, match="为什么冻结"):
        shop.run(some)
    shop.run(HoldGoods(shop.goods["P1"], said_milli=9000, unit="箱", reason="客户投诉"), by="老陈")
    assert (lies(shop), lies(shop, "B2")) == ({"冻结/主仓": 8}, {"可售/主仓": 11, "冻结/主仓": 1})
    with pytest.raises(NotEnough, match=r"要 12箱，可用只剩 11箱"):
        shop.run(HoldGoods(shop.goods["P1"], said_milli=12_000, unit="箱", reason="客户投诉"))
    shop.run(UnholdGoods(shop.goods["P1"], said_milli=2000, unit="箱"))
    assert lies(shop) == {"可售/主仓": 2, "冻结/主仓": 6}
    shop.pass_days(60)  # B1 passes its date while it is held: it stays out of 可售
    with pytest.raises(NotEnough):
        shop.run(UnholdGoods(batch_no="B1"))
    shop.run(UnholdGoods(batch_no="B2"))
    assert proved(shop)


def test_a_batch_number_of_several_goods_is_a_question(shop: Shop) -> None:
    for code in ("P1", "P2"):
        shop.run(
            ReceiveGoods(
                (shop.line(code, 1, price="90", mfg_date=date(2025, 12, 1)),), shop.parties["成都总代"]
            )
        )
    with pytest.raises(Need) as asked:
        shop.run(RecallBatch("20251201"))
    assert [one.fill for one in asked.value.choices] == [
        {"lines[0].product": "P1"},
        {"lines[0].product": "P2"},
    ]
    shop.run(RecallBatch("20251201", shop.goods["P2"]))
    assert lies(shop, "20251201") == {"可售/主仓": 1, "冻结/主仓": 1}
    with pytest.raises(NotFound, match="没有找到批次"):
        shop.run(RecallBatch("没有这批"))


def test_the_trace_of_a_batch(lite_shop: Shop) -> None:
    sold = sell(lite_shop, "张姐火锅", 9)
    lite_shop.run(ReverseDocument(sold["number"]))
    sell(lite_shop, "王记饭店", 9)
    of = lite_shop.one(select(batch.c.id).where(batch.c.batch_no == "B2"))
    with lite_shop.books.read() as conn:
        trace = batch_trace(conn, of)
    assert (trace.supplier, trace.here) == ("成都总代", (("可售/主仓", 11 * CASE),))
    assert [(one.customer, one.qty_milli // CASE) for one in trace.received] == [("王记饭店", 1)]
    assert [number for number, _, _ in trace.came] == ["QC-20260115-0001"]
    assert lite_shop.one(select(func.count()).where(document.c.kind == "DJ")) == 0
