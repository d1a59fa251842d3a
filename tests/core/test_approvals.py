"""审批：超过金额的单有号待审，不动账；批的人不是提的人；同意照原请求记账，驳回作废留号，自己的能作废。"""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select, text

from bot.replies import posted, preview
from core.accounts import availability, entry, fund
from core.approvals import approval
from core.books.orders import paper
from core.commands import (
    Decide,
    DeliverGoods,
    OrderGoods,
    PaySupplier,
    PlaceOrder,
    ReceiveGoods,
    RepeatOrder,
    ReverseDocument,
    SaveRecord,
    ScrapGoods,
    TakePayment,
    WithdrawDraft,
)
from core.documents import document, document_line
from core.errors import Blocked, Clash, Invalid, NotAllowed, Stale
from core.execute import FactsChanged, Order, execute
from core.execute import preview as look
from core.outbox import outbox
from core.proof import prove
from core.staff import actor_by_name
from notifications.clock import tick
from tests.core.test_proof import behind_the_back
from tests.make import CASE, Shop, e4


def rule(shop: Shop, kind: str, over: int | None, needs: str = "老板") -> None:
    shop.run(
        SaveRecord(
            "approval_rule", {"name": f"{kind} 超 {over}", "kind": kind, "over_fen": over, "needs": needs}
        )
    )


def hire(shop: Shop, name: str, *roles: str) -> None:
    shop.run(SaveRecord("staff", {"name": name, "roles": list(roles)}))
    with shop.books.read() as conn:
        shop.people[name] = actor_by_name(conn, shop.company_id, name)


def order(shop: Shop, cases: int = 55, price: str = "96") -> OrderGoods:
    return OrderGoods((shop.line("P1", cases, price=price),), shop.parties["成都总代"])


def state(shop: Shop, number: str) -> str:
    return str(shop.one(select(document.c.state).where(document.c.number == number)))


def proved(shop: Shop) -> None:
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []


def told(shop: Shop) -> list[tuple[str, str]]:
    tick(shop.books, shop.now)
    names = {one.id: name for name, one in shop.people.items()}
    return [
        (names[int(row.recipient.split(":")[-1])], row.body["notice"]["text"])
        for row in shop.rows(
            select(outbox)
            .where(outbox.c.dedupe.like("approval/%") | outbox.c.dedupe.like("decided/%"))
            .order_by(outbox.c.id)
        )
    ]


def test_what_is_over_the_limit_waits_and_moves_nothing(shop: Shop) -> None:
    rule(shop, "PO", 500_000)
    small = shop.run(order(shop, 52), by="小周")
    assert "state" not in small
    before = int(shop.one(select(func.count()).select_from(entry)))
    assert (
        look(shop.books, shop.people["小周"], order(shop), shop.now).warnings[-1]
        == "确认后还要老板审批，批了才记账"
    )
    result = shop.run(order(shop), by="小周")
    assert (result["number"], result["state"], result["waits_for"]) == ("PO-20260115-0002", "draft", "老板")
    assert "等老板审批，批了才记账" in posted(result, shop.people["小周"]).text
    assert shop.one(select(func.count()).select_from(entry)) == before
    assert shop.one(select(func.count()).where(document_line.c.document_id == result["document_id"])) == 0
    assert told(shop) == [
        (
            "李老板",
            "PO-20260115-0002 采购订单 ¥5,280.00 等您审批（小周提的）\n成都总代\n　海天金标生抽 500ml 55箱",
        )
    ]
    proved(shop)


def test_agreed_is_posted_under_its_number_in_the_name_of_who_asked(shop: Shop) -> None:
    rule(shop, "PO", 500_000)
    asked = shop.run(order(shop), by="小周")
    shop.pass_days(1)
    seen = look(shop.books, shop.boss, Decide(asked["number"], True), shop.now)
    said = preview(seen.card, shop.boss, "7F3A", [], seen.warnings).text
    assert said.startswith("请确认同意 PO-20260115-0001")
    assert "55箱" in said
    done = shop.run(Decide(asked["number"], True, "可以"), digest=seen.digest)
    assert (done["number"], done["document_id"]) == (asked["number"], asked["document_id"])
    assert posted(done, shop.boss).text.startswith("✓ 已同意 PO-20260115-0001")
    row = shop.rows(select(document).where(document.c.id == asked["document_id"]))[0]
    assert (row.state, row.staff_id, row.business_date) == (
        "posted",
        shop.people["小周"].id,
        date(2026, 1, 16),
    )
    assert (
        shop.one(select(availability.c.on_order_milli).where(availability.c.product_id == shop.goods["P1"]))
        == 55 * CASE
    )
    step = shop.rows(select(approval))[0]
    assert (step.staff_id, step.decision, step.note) == (shop.boss.id, "yes", "可以")
    assert told(shop)[-1] == ("小周", "PO-20260115-0001 李老板同意了：可以。已记账。")
    with pytest.raises(Stale, match="已经批准记账"):
        shop.run(Decide(asked["number"], True))
    shop.run(ReverseDocument(asked["number"]), by="小周")
    proved(shop)


def test_the_question_about_it_says_what_it_waits_for(shop: Shop) -> None:
    rule(shop, "PO", 500_000)
    asked = shop.run(order(shop), by="小周")
    with shop.books.read() as conn:
        assert paper(conn, shop.company_id, asked["number"]).waits_for == "老板"
    shop.run(WithdrawDraft(asked["number"]), by="小周")
    with shop.books.read() as conn:
        one = paper(conn, shop.company_id, asked["number"])
    assert (one.waits_for, one.cancelled) == ("", True)


def test_refused_is_cancelled_and_keeps_its_number(shop: Shop) -> None:
    rule(shop, "PO", 500_000)
    asked = shop.run(order(shop), by="小周")
    result = shop.run(Decide(asked["number"], False, "太贵"))
    assert posted(result, shop.boss).text == "✓ 已驳回 PO-20260115-0001，没有记账，单号留着。"
    assert state(shop, asked["number"]) == "cancelled"
    assert told(shop)[-1] == (
        "小周",
        "PO-20260115-0001 李老板驳回了：太贵。单已作废，号留着；要的话改好重开一张。",
    )
    assert shop.run(order(shop, 1), by="小周")["number"] == "PO-20260115-0002"
    with pytest.raises(Stale, match="已经作废"):
        shop.run(Decide(asked["number"], True))
    with pytest.raises(Blocked, match="从来没有记过账"):
        shop.run(ReverseDocument(asked["number"]))
    proved(shop)


def test_only_the_right_person_and_never_the_one_who_asked(shop: Shop) -> None:
    hire(shop, "王老板", "老板")
    rule(shop, "PO", 500_000)
    asked = shop.run(order(shop), by="李老板")  # two bosses: even a boss asks the other
    assert asked["state"] == "draft"
    with pytest.raises(NotAllowed, match="要另一位老板来批"):
        shop.run(Decide(asked["number"], True))
    for other in ("小周", "陈会计"):
        with pytest.raises(NotAllowed, match="等老板审批，您批不了"):
            shop.run(Decide(asked["number"], True), by=other)
    assert [name for name, _ in told(shop)] == ["王老板"]
    shop.run(Decide(asked["number"], True), by="王老板")
    assert state(shop, asked["number"]) == "posted"
    proved(shop)


def test_the_only_boss_needs_nobody_but_others_are_never_let_through(shop: Shop) -> None:
    rule(shop, "PO", 500_000)
    assert "state" not in shop.run(order(shop))
    rule(shop, "SO", None, "采购")
    for name in ("小周", "老陈"):
        shop.run(SaveRecord("staff", {"active": False}, id=shop.people[name].id))
    with pytest.raises(Blocked, match="要采购审批，可现在没有采购"):
        shop.run(PlaceOrder((shop.line("P1", 1),), shop.parties["张姐火锅"]), by="小刘")


def test_two_steps_one_after_the_other(shop: Shop) -> None:
    rule(shop, "PO", None, "财务")
    rule(shop, "PO", 500_000, "老板")
    asked = shop.run(order(shop), by="小周")
    assert asked["waits_for"] == "财务"
    with pytest.raises(NotAllowed, match="等财务审批"):
        shop.run(Decide(asked["number"], True))
    passed = shop.run(Decide(asked["number"], True), by="陈会计")
    assert posted(passed, shop.people["陈会计"]).text == "✓ 已同意 PO-20260115-0001，接着等老板审批。"
    assert [name for name, _ in told(shop)] == ["陈会计", "李老板"]
    shop.run(Decide(asked["number"], True))
    assert state(shop, asked["number"]) == "posted"
    proved(shop)


def test_ones_own_can_be_withdrawn(shop: Shop) -> None:
    rule(shop, "PO", 500_000)
    asked = shop.run(order(shop), by="小周")
    with pytest.raises(Blocked, match="不要了请说“作废 PO-20260115-0001”"):
        shop.run(ReverseDocument(), by="小周")
    with pytest.raises(NotAllowed, match="不是您提的"):
        shop.run(WithdrawDraft(asked["number"]), by="老陈")
    shop.run(WithdrawDraft(asked["number"]), by="小周")
    assert state(shop, asked["number"]) == "cancelled"
    with pytest.raises(Stale):
        shop.run(Decide(asked["number"], True))
    proved(shop)


def test_approval_is_no_way_round_the_facts(shop: Shop) -> None:
    rule(shop, "SO", 100_000)
    asked = shop.run(PlaceOrder((shop.line("P1", 12),), shop.parties["张姐火锅"]), by="小刘")
    shop.run(
        SaveRecord(
            "product",
            {},
            id=shop.goods["P1"],
            children={
                "prices": [{"side": "S", "unit": "箱", "price_e4": e4(130), "valid_from": date(2025, 1, 1)}]
            },
        )
    )
    with pytest.raises(Blocked, match=r"提的时候是 ¥1,440\.00，现在要 ¥1,560\.00"):
        shop.run(Decide(asked["number"], True))
    shop.run(
        SaveRecord(
            "product",
            {},
            id=shop.goods["P1"],
            children={
                "prices": [{"side": "S", "unit": "箱", "price_e4": e4(118), "valid_from": date(2025, 1, 1)}]
            },
        )
    )
    seen = look(shop.books, shop.boss, Decide(asked["number"], True), shop.now)
    assert seen.warnings == ["提的时候是 ¥1,440.00，现在是 ¥1,416.00"]
    shop.run(DeliverGoods((shop.line("P1", 10),), shop.parties["王记饭店"]))
    with pytest.raises(Blocked, match=r"现在记不了：海天金标生抽 500ml 要 12箱，可用只剩 10箱"):
        shop.run(Decide(asked["number"], True))
    shop.run(ReverseDocument("DN-20260115-0001"))
    shop.run(
        SaveRecord(
            "product",
            {},
            id=shop.goods["P1"],
            children={
                "prices": [{"side": "S", "unit": "箱", "price_e4": e4(116), "valid_from": date(2025, 1, 1)}]
            },
        )
    )
    with pytest.raises(FactsChanged):  # what was shown is not what is true now
        shop.run(Decide(asked["number"], True), digest=seen.digest)
    shop.run(SaveRecord("staff", {"active": False}, id=shop.people["小刘"].id))
    with pytest.raises(Blocked, match="的人已停用"):
        shop.run(Decide(asked["number"], True))
    proved(shop)


def test_other_goods_than_were_asked_for_are_not_posted(shop: Shop) -> None:
    """再来一单 asks for the last order: if there is a newer one by then, agreeing to it would be agreeing to something else."""
    first = PlaceOrder((shop.line("P1", 2),), shop.parties["张姐火锅"])
    shop.run(first)
    rule(shop, "SO", None)
    asked = shop.run(RepeatOrder(shop.parties["张姐火锅"]), by="小刘")
    newer = shop.run(PlaceOrder((shop.line("P1", 1),), shop.parties["张姐火锅"]), by="小刘")
    shop.run(Decide(newer["number"], True))
    with pytest.raises(Blocked, match="和提的时候不一样了"):
        shop.run(Decide(asked["number"], True))
    proved(shop)


def test_money_going_out_can_wait_too(shop: Shop) -> None:
    shop.run(TakePayment(shop.parties["张姐火锅"], 100_000, "现金"))
    rule(shop, "FK", 50_000)
    asked = shop.run(PaySupplier(shop.parties["成都总代"], 60_000, "现金"), by="陈会计")
    assert shop.one(select(func.sum(fund.c.balance_fen))) == 100_000
    shop.run(Decide(asked["number"], True))
    assert shop.one(select(func.sum(fund.c.balance_fen))) == 40_000
    proved(shop)


def test_goods_thrown_away_are_worth_what_they_cost(shop: Shop) -> None:
    """No price is on a scrapping or on own use; the rule is held against the cost."""
    for kind in ("SP", "QO"):
        rule(shop, kind, 20_000)
    assert "state" not in shop.run(ScrapGoods((shop.line("P1", 2),), reason="破损"), by="老陈")
    asked = shop.run(ScrapGoods((shop.line("P1", 3),), reason="破损"), by="老陈")
    own = shop.run(DeliverGoods((shop.line("P1", 3),), no_partner=True), by="老陈")
    assert (asked["state"], own["state"]) == ("draft", "draft")
    shop.run(Decide(asked["number"], True))
    shop.run(Decide(own["number"], True))
    left = select(availability.c.sellable_milli).where(availability.c.product_id == shop.goods["P1"])
    assert shop.one(left) == 12 * CASE
    proved(shop)


def test_a_receipt_that_waited_is_posted_whole(shop: Shop) -> None:
    """Batches and the remembered price are made when it is agreed, not before."""
    rule(shop, "GR", None)
    asked = shop.run(
        ReceiveGoods((shop.line("P2", 2, price="90", mfg_date=date(2025, 12, 1)),), shop.parties["成都总代"]),
        by="老陈",
    )
    assert state(shop, asked["number"]) == "draft"
    shop.run(Decide(asked["number"], True))
    assert (
        shop.one(select(availability.c.sellable_milli).where(availability.c.product_id == shop.goods["P2"]))
        == 2 * CASE
    )
    shop.run(ReverseDocument(asked["number"]), by="老陈")
    proved(shop)


def test_the_same_key_decides_once(shop: Shop) -> None:
    rule(shop, "PO", None)
    asked = shop.run(order(shop), by="小周")
    first = shop.run(Decide(asked["number"], True), key="web/1")
    assert execute(shop.books, shop.boss, Order(Decide(asked["number"], True), "web/1"), shop.now) == first


def test_rules_are_kept_by_who_keeps_the_staff(lite_shop: Shop) -> None:
    values = {"name": "大单", "kind": "PO", "over_fen": 1, "needs": "老板"}
    with pytest.raises(NotAllowed, match="管理员工"):
        lite_shop.run(SaveRecord("approval_rule", values), by="小周")
    for wrong, word in (
        ({"kind": "CT"}, "不能设审批"),
        ({"needs": "系统"}, "谁来批"),
        ({"over_fen": -1}, "负数"),
    ):
        with pytest.raises(Invalid, match=word):
            lite_shop.run(SaveRecord("approval_rule", values | wrong))
    lite_shop.run(SaveRecord("approval_rule", values))
    with pytest.raises(Clash):
        lite_shop.run(SaveRecord("approval_rule", values | {"name": "又一条"}))


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE approval SET decision = NULL",
        "UPDATE approval SET decision = 'no'",
        "UPDATE approval SET staff_id = (SELECT staff_id FROM document WHERE id = approval.document_id)",
        "UPDATE document SET state = 'draft', posted_at = NULL WHERE id = (SELECT document_id FROM approval)",
        "UPDATE document SET state = 'cancelled', posted_at = NULL WHERE id = (SELECT document_id FROM approval)",
    ],
)
def test_doctor_names_what_no_approval_allowed(lite_shop: Shop, damage: str) -> None:
    rule(lite_shop, "PO", None)
    asked: dict[str, Any] = lite_shop.run(order(lite_shop), by="小周")
    lite_shop.run(Decide(asked["number"], True))
    with behind_the_back(lite_shop) as conn:
        conn.execute(text(damage))
    with lite_shop.books.read() as conn:
        assert ("审批", asked["number"]) in [(one.what, one.row) for one in prove(conn, lite_shop.company_id)]
