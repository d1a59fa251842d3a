"""核销、反核销、对冲、抹零坏账：指名的钱还指名的单，一分不多一分不少，撤得回来。"""

from typing import Any

import pytest
from sqlalchemy import select

from bot.replies import posted
from core.accounts import open_item, settlement
from core.commands import (
    Decide,
    DeliverGoods,
    NetOff,
    OpeningLine,
    ReceiveGoods,
    RecordOpening,
    ReopenItems,
    ReverseDocument,
    SaveRecord,
    SettleItems,
    TakePayment,
    WriteOff,
)
from core.documents import document
from core.errors import Blocked, BusinessError, Invalid, Need, NotAllowed
from core.proof import prove
from tests.make import Shop


def opens(shop: Shop) -> dict[str, int]:
    """{number: what is open of it, credits negative}."""
    rows = shop.rows(
        select(document.c.number, open_item.c.sign, open_item.c.open_fen)
        .join(open_item, open_item.c.document_id == document.c.id)
        .where(open_item.c.open_fen > 0)
    )
    return {row.number: row.sign * row.open_fen for row in rows}


def proved(shop: Shop) -> None:
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []


def two_sales(shop: Shop) -> tuple[str, str, str]:
    """DN 120 and DN 168 owed by 王记饭店, SK 150 that paid the first and part of the second."""
    wang = shop.parties["王记饭店"]
    first = shop.run(DeliverGoods((shop.line("P1", 1),), wang))["number"]
    second = shop.run(DeliverGoods((shop.line("P3", 1),), wang))["number"]
    return first, second, shop.run(TakePayment(wang, 15_000, "微信"), by="陈会计")["number"]


def test_an_automatic_settlement_is_undone_and_settled_otherwise(shop: Shop) -> None:
    first, second, paid = two_sales(shop)
    assert opens(shop) == {second: 13_800}
    undone = shop.run(ReopenItems(first, paid), by="陈会计")
    assert opens(shop) == {first: 12_000, second: 13_800, paid: -12_000}
    settled = shop.run(SettleItems(paid, (second,)), by="陈会计")
    assert opens(shop) == {first: 12_000, second: 1_800}
    assert (undone["number"], settled["number"]) == ("HX-20260115-0001", "HX-20260115-0002")
    assert posted(settled, shop.people["陈会计"]).text.split("\n")[:4] == [
        "✓ 已核销 HX-20260115-0002",
        "王记饭店",
        "核销 ¥120.00",
        f"核销 {second}（2026-01-15 到期）¥120.00，还欠 ¥18.00",
    ]
    assert f"{first} 又未清 ¥120.00" in posted(undone, shop.boss).text
    proved(shop)
    shop.run(ReverseDocument(settled["number"]), by="陈会计")
    assert opens(shop) == {first: 12_000, second: 13_800, paid: -12_000}
    with pytest.raises(Blocked, match="已经放开了，没有可撤的。要再核销请说"):
        shop.run(ReverseDocument(undone["number"]), by="陈会计")
    proved(shop)


def test_several_debts_in_the_order_said_and_no_more_than_there_is(shop: Shop) -> None:
    first, second, paid = two_sales(shop)
    shop.run(ReopenItems(paid, first))
    shop.run(ReopenItems(paid, second))
    with pytest.raises(Invalid, match=r"未清只有 ¥150\.00，不够 ¥150\.01"):
        shop.run(SettleItems(paid, (second, first), 15_001))
    shop.run(SettleItems(paid, (second, first), 14_900))
    assert opens(shop) == {first: 12_000, second: 1_900, paid: -100}
    proved(shop)


def test_a_settled_delivery_names_the_paper_in_the_way(shop: Shop) -> None:
    first, second, paid = two_sales(shop)
    shop.run(ReopenItems(paid, first))
    by_hand = shop.run(SettleItems(paid, (first,), 5_000))["number"]
    with pytest.raises(Blocked, match=by_hand):
        shop.run(ReverseDocument(first))
    shop.run(ReverseDocument(paid))  # a payment takes all its settlements with it (decision 66)
    assert opens(shop) == {first: 12_000, second: 16_800}
    with pytest.raises(Blocked, match="没有可撤的"):
        shop.run(ReverseDocument(by_hand))
    shop.run(ReverseDocument(first))
    proved(shop)


def test_a_payment_for_a_named_document_leaves_the_older_one_alone(shop: Shop) -> None:
    wang = shop.parties["王记饭店"]
    first = shop.run(DeliverGoods((shop.line("P1", 1),), wang))["number"]
    second = shop.run(DeliverGoods((shop.line("P3", 1),), wang))["number"]
    paid = shop.run(TakePayment(wang, 20_000, "微信", number=second), by="陈会计")
    assert [one["number"] for one in paid["settles"]] == [second]
    assert opens(shop) == {
        first: 12_000,
        paid["number"]: -3_200,
    }  # the rest is an advance until somebody says for what
    with pytest.raises(Invalid, match=f"王记饭店 的 {second} 没有未清的款。请核对单号"):
        shop.run(TakePayment(wang, 100, "微信", number=second))
    shop.run(ReverseDocument(paid["number"]))
    assert opens(shop) == {first: 12_000, second: 16_800}
    proved(shop)


def test_what_cannot_be_settled_is_refused(shop: Shop) -> None:
    first, second, paid = two_sales(shop)
    other = shop.run(DeliverGoods((shop.line("P1", 1),), shop.parties["张姐火锅"]))["number"]
    refusals: list[tuple[Any, str]] = [
        (SettleItems(paid, (second,)), "没有未清的款"),
        (SettleItems(paid, ()), "要说 .* 核销哪张单"),
        (ReopenItems(paid, other), "之间没有核销"),
    ]
    for command, words in refusals:
        with pytest.raises(Invalid, match=words):
            shop.run(command)
    shop.run(ReopenItems(paid, first))
    with pytest.raises(Invalid, match="不是同一家、同一边"):
        shop.run(SettleItems(paid, (other,)))
    with pytest.raises(Invalid, match=f"{other} 没有未清的款"):
        shop.run(SettleItems(paid, (first, other)))
    with pytest.raises(Invalid, match="核销金额要大于 0"):
        shop.run(SettleItems(paid, (first,), -5))
    for name in ("老陈", "小刘"):
        with pytest.raises(NotAllowed, match="核销和对冲"):
            shop.run(SettleItems(paid, (first,)), by=name)


def test_what_a_reversal_settled_stays_settled(shop: Shop) -> None:
    sold = shop.run(DeliverGoods((shop.line("P1", 1),), shop.parties["王记饭店"]))["number"]
    undone = shop.run(ReverseDocument(sold))["number"]
    with pytest.raises(Invalid, match="之间没有核销"):
        shop.run(ReopenItems(sold, undone))
    proved(shop)


# ── 对冲 ──


@pytest.fixture
def both(shop: Shop) -> Shop:
    """川西商行 owes us 168, we owe it 300."""
    values = {"name": "川西商行", "is_customer": True, "is_supplier": True, "terms": "30天"}
    shop.parties["川西商行"] = shop.run(SaveRecord("partner", values))["id"]
    shop.run(ReceiveGoods((shop.line("P3", 2, price="150"),), shop.parties["川西商行"]))
    shop.run(DeliverGoods((shop.line("P3", 1),), shop.parties["川西商行"]))
    return shop


def test_netting_takes_from_both_sides(both: Shop) -> None:
    who = both.parties["川西商行"]
    result = both.run(NetOff(who), by="陈会计")
    assert (result["number"], result["total_fen"]) == ("DC-20260115-0001", 16_800)
    assert opens(both) == {"GR-20260115-0001": 13_200}
    assert posted(result, both.people["陈会计"]).text.split("\n")[1:-1] == [
        "川西商行",
        "对冲 ¥168.00",
        "核销 DN-20260115-0001（2026-02-14 到期）¥168.00",
        "核销 GR-20260115-0001（2026-02-14 到期）¥168.00，还欠 ¥132.00",
        "应收余额 ¥168.00 → ¥0.00",
        "应付余额 ¥300.00 → ¥132.00",
    ]
    proved(both)
    with pytest.raises(Invalid, match=r"应收 ¥0\.00、应付 ¥132\.00，两边都欠着才能对冲"):
        both.run(NetOff(who))
    both.run(ReverseDocument("DC-20260115-0001"), by="陈会计")
    assert opens(both) == {"DN-20260115-0001": 16_800, "GR-20260115-0001": 30_000}
    proved(both)


def test_netting_no_more_than_the_smaller_debt(both: Shop) -> None:
    with pytest.raises(Invalid, match=r"川西商行 应收 未清只有 ¥168\.00，不够 ¥168\.01"):
        both.run(NetOff(both.parties["川西商行"], 16_801))
    both.run(NetOff(both.parties["川西商行"], 16_800))
    proved(both)


# ── 抹零与坏账 ──


def test_small_change_by_the_accountant_bad_debt_by_the_owner(shop: Shop) -> None:
    first, second, _ = two_sales(shop)
    wang = shop.parties["王记饭店"]
    asked = shop.run(WriteOff(wang), by="陈会计")
    assert (asked["state"], asked["waits_for"], opens(shop)[second]) == ("draft", "老板", 13_800)
    assert asked["why"] == ["王记饭店 ¥138.00 算坏账：一次抹零最多 ¥10.00"]
    done = shop.run(Decide(asked["number"], True))
    assert (done["number"], opens(shop)) == (asked["number"], {})
    shop.run(ReverseDocument(asked["number"]))
    asked = shop.run(WriteOff(wang), by="陈会计")
    small = shop.run(WriteOff(wang, 800, second), by="陈会计")
    assert (small["title"], opens(shop)) == ("抹零", {second: 13_000})
    shop.run(Decide(asked["number"], True))  # “all of it” is less by now
    assert opens(shop) == {}
    shop.run(ReverseDocument(asked["number"]))
    bad = shop.run(WriteOff(wang))
    assert (bad["title"], opens(shop)) == ("记坏账", {})
    proved(shop)
    shop.run(ReverseDocument(bad["number"]))
    shop.run(ReverseDocument(small["number"]))
    assert opens(shop) == {second: 13_800}
    with pytest.raises(Invalid, match=f"{first} 没有未清的款"):
        shop.run(WriteOff(wang, 100, first))
    proved(shop)


def test_the_named_document_is_written_off_not_the_oldest(shop: Shop) -> None:
    wang = shop.parties["王记饭店"]
    first = shop.run(DeliverGoods((shop.line("P1", 1),), wang))["number"]
    second = shop.run(DeliverGoods((shop.line("P3", 1),), wang))["number"]
    shop.run(WriteOff(wang, None, second))
    assert opens(shop) == {first: 12_000}
    with pytest.raises(Invalid, match="抹掉的款不能改核销别的"):
        shop.run(ReopenItems("HZ-20260115-0001", second))


def test_which_side_is_asked(both: Shop) -> None:
    who = both.parties["川西商行"]
    with pytest.raises(Need, match="要抹哪一边") as asked:
        both.run(WriteOff(who, 500))
    assert [choice.label for choice in asked.value.choices] == ["应收 ¥168.00", "应付 ¥300.00"]
    both.run(WriteOff(who, 500, owed="应付"))
    assert opens(both) == {"DN-20260115-0001": 16_800, "GR-20260115-0001": 29_500}
    proved(both)


def test_money_taken_too_much_becomes_income(shop: Shop) -> None:
    wang = shop.parties["王记饭店"]
    paid = shop.run(TakePayment(wang, 900, "现金"))["number"]
    result = shop.run(WriteOff(wang, 900, paid), by="陈会计")
    assert opens(shop) == {}
    assert "多收不退" in posted(result, shop.boss).text
    proved(shop)
    shop.run(ReverseDocument(result["number"]))
    assert opens(shop) == {paid: -900}
    proved(shop)


def test_the_debts_of_one_who_no_longer_buys_can_be_written_off(shop: Shop) -> None:
    wang = shop.parties["王记饭店"]
    shop.run(RecordOpening((OpeningLine("owed_to_us", 50_000, partner_id=wang),)))
    shop.run(SaveRecord("partner", {"active": False}, id=wang))
    shop.run(WriteOff(wang))
    assert opens(shop) == {}
    with pytest.raises(BusinessError, match="没有未清的款"):
        shop.run(WriteOff(wang))
    proved(shop)


def test_a_settlement_is_a_row_for_a_row(shop: Shop) -> None:
    first, _, paid = two_sales(shop)
    shop.run(ReopenItems(paid, first))
    rows = shop.rows(select(settlement.c.amount_fen, settlement.c.reverses_id).order_by(settlement.c.id))
    assert [tuple(row) for row in rows] == [(12_000, None), (3_000, None), (-12_000, 1)]
