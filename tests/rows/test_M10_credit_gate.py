"""M10 信用一键闸：已用、额度、逾期几笔几天、先收多少；下单、出库、关了再下都过这道闸，过不去的等老板批。"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from core.accounts import entry
from core.commands import (
    CloseOrder,
    Decide,
    DeliverGoods,
    PlaceOrder,
    RepeatOrder,
    ReverseDocument,
    SaveRecord,
    TakePayment,
)
from core.documents import document
from core.errors import Blocked, NotAllowed
from core.execute import FactsChanged, preview
from core.outbox import outbox
from core.proof import prove
from notifications.clock import tick
from tests.make import Shop, e4


def limit(shop: Shop, fen: int | None, name: str = "张姐火锅") -> None:
    shop.run(SaveRecord("partner", {"credit_limit_fen": fen}, id=shop.parties[name]))


def warned(shop: Shop, command: Any, by: str) -> list[str]:
    return preview(shop.books, shop.people[by], command, shop.now).warnings


def waits(shop: Shop, command: Any, by: str) -> dict[str, Any]:
    """It is not posted: a numbered draft for 老板, nothing moved."""
    before = shop.one(select(func.count()).select_from(entry))
    asked = shop.run(command, by=by)
    assert (asked["state"], asked["waits_for"]) == ("draft", "老板")
    assert shop.one(select(func.count()).select_from(entry)) == before
    return asked


def test_M10_the_sentence_says_what_to_take_first(shop: Shop) -> None:
    zhang = shop.parties["张姐火锅"]
    shop.run(DeliverGoods((shop.line("P1", 3),), zhang))  # 360
    limit(shop, 60_000)
    order = PlaceOrder((shop.line("P1", 3),), zhang)
    why = "张姐火锅 已用 ¥360.00/¥600.00，本单 ¥360.00：先收 ¥120.00 可放行"
    assert warned(shop, order, "小刘") == [why, "确认后还要老板审批，批了才记账"]
    assert waits(shop, order, "小刘")["why"] == [why]
    shop.run(TakePayment(zhang, 12_000, "现金"))
    assert "state" not in shop.run(order, by="小刘")


def test_M10_who_may_not_see_the_debt_is_not_told_it(shop: Shop) -> None:
    zhang = shop.parties["张姐火锅"]
    limit(shop, 10_000)
    sale = DeliverGoods((shop.line("P1", 1),), zhang)
    asked = waits(shop, sale, "老陈")
    assert asked["why"] == ["张姐火锅 超了信用额度"]
    assert "已用" not in str(asked)
    assert warned(shop, sale, "李老板") == ["张姐火锅 已用 ¥0.00/¥100.00，本单 ¥120.00：先收 ¥20.00 可放行"]
    boss = replace(shop.boss, in_group=True)
    assert preview(shop.books, boss, sale, shop.now).warnings == ["张姐火锅 超了信用额度"]


def test_M10_the_boss_is_told_what_he_lifts_and_the_order_goes_on_by_itself(shop: Shop) -> None:
    zhang = shop.parties["张姐火锅"]
    shop.run(DeliverGoods((shop.line("P1", 3),), zhang))
    limit(shop, 60_000)
    shop.now += timedelta(days=41)
    promised = shop.now.date() + timedelta(days=2)
    asked = waits(shop, PlaceOrder((shop.line("P1", 3),), zhang, promised), "小刘")
    number = asked["number"]
    tick(shop.books, shop.now)
    said = shop.rows(select(outbox.c.body, outbox.c.recipient).where(outbox.c.dedupe.like("approval/%")))
    assert len(said) == 1
    notice = said[0].body["notice"]
    cash = "收款 张姐火锅 120元 现金"
    assert [one["say"] for one in notice["buttons"]] == [f"同意 {number}", f"驳回 {number}", cash]
    assert notice["text"] == (
        f"{number} 销售订单 ¥360.00 等您审批（小刘提的）\n张姐火锅\n　海天金标生抽 500ml 3箱\n"
        "⚠ 张姐火锅 已用 ¥360.00/¥600.00，逾期 1 笔，最久 11 天，本单 ¥360.00：先收 ¥120.00 可放行"
    )
    with pytest.raises(NotAllowed, match="您自己提的"):
        shop.run(Decide(number, True), by="小刘")
    with pytest.raises(NotAllowed, match="等老板审批"):
        shop.run(Decide(number, True), by="陈会计")
    seen = preview(shop.books, shop.boss, Decide(number, True), shop.now)
    assert seen.warnings == [
        "张姐火锅 已用 ¥360.00/¥600.00，逾期 1 笔，最久 11 天，本单 ¥360.00：先收 ¥120.00 可放行"
    ]
    shop.run(TakePayment(zhang, 1_000, "现金"))
    with pytest.raises(FactsChanged):  # it is another sum by now: he looks again
        shop.run(Decide(number, True), digest=seen.digest)
    done = shop.run(Decide(number, True))
    assert (done["number"], done["document_id"]) == (number, asked["document_id"])
    sold = shop.run(
        DeliverGoods((shop.line("P1", 3),), zhang), by="老陈"
    )  # what was let through is delivered
    assert "state" not in sold
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []


def test_M10_only_the_gate_that_was_asked_for_is_lifted(shop: Shop) -> None:
    """Stock and every other limit are looked at again when it is agreed to."""
    zhang = shop.parties["张姐火锅"]
    limit(shop, 10_000)
    asked = waits(shop, PlaceOrder((shop.line("P1", 15),), zhang), "小刘")
    shop.run(SaveRecord("product", {"floor_e4": e4("121")}, id=shop.goods["P1"]))
    with pytest.raises(Blocked, match="现在记不了：海天金标生抽 500ml 低于允许的价，提的时候没有这一条"):
        shop.run(Decide(asked["number"], True))
    shop.run(SaveRecord("product", {"floor_e4": None}, id=shop.goods["P1"]))
    shop.run(PlaceOrder((shop.line("P1", 10),), shop.parties["王记饭店"]))
    with pytest.raises(Blocked, match="现在记不了：海天金标生抽 500ml 要 15箱，可用只剩 10箱"):
        shop.run(Decide(asked["number"], True))
    shop.run(Decide(asked["number"], False, "先收款"))
    assert shop.one(select(document.c.state).where(document.c.number == asked["number"])) == "cancelled"


def test_M10_overdue_is_told_and_when_too_long_refused(shop: Shop) -> None:
    wang = shop.parties["王记饭店"]  # 现结, no limit
    shop.run(DeliverGoods((shop.line("P1", 1),), wang))
    order = PlaceOrder((shop.line("P3", 1),), wang)
    assert warned(shop, order, "小刘") == []
    shop.now += timedelta(days=11)
    assert warned(shop, order, "小刘") == ["王记饭店 逾期 1 笔，最久 11 天"]
    shop.now += timedelta(days=20)
    assert waits(shop, order, "小刘")["why"] == [
        "王记饭店 已用 ¥120.00，逾期 1 笔，最久 31 天，本单 ¥168.00：先收 ¥120.00 可放行"
    ]
    assert waits(shop, DeliverGoods((shop.line("P3", 1),), wang), "老陈")["why"] == ["王记饭店 逾期太久"]
    shop.run(order)  # the owner may
    shop.run(TakePayment(wang, 12_000, "现金"))
    shop.run(order, by="小刘")


def test_M10_overdue_since_the_order_stops_the_delivery(shop: Shop) -> None:
    wang = shop.parties["王记饭店"]
    shop.run(DeliverGoods((shop.line("P1", 1),), wang))
    shop.now += timedelta(days=30)
    promised = shop.now.date() + timedelta(days=3)
    shop.run(PlaceOrder((shop.line("P3", 1),), wang, promised), by="小刘")
    shop.now += timedelta(days=1)
    waits(shop, DeliverGoods((shop.line("P3", 1),), wang), "老陈")
    shop.run(PlaceOrder((shop.line("P3", 1),), wang, promised))  # one the owner let through
    waits(shop, DeliverGoods((shop.line("P3", 1),), wang), "老陈")  # 小刘's order is still the older one
    shop.run(CloseOrder("SO-20260214-0001"), by="小刘")
    shop.run(DeliverGoods((shop.line("P3", 1),), wang), by="老陈")


def test_M10_a_lowered_limit_stops_the_delivery_of_an_accepted_order(shop: Shop) -> None:
    zhang = shop.parties["张姐火锅"]
    shop.run(PlaceOrder((shop.line("P1", 5),), zhang), by="小刘")
    limit(shop, 50_000)
    sale = DeliverGoods((shop.line("P1", 5),), zhang)
    assert warned(shop, sale, "李老板") == [
        "张姐火锅 已用 ¥600.00/¥500.00，本单已算在内：先收 ¥100.00 可放行"
    ]
    waits(shop, sale, "老陈")
    shop.run(TakePayment(zhang, 10_000, "现金"))
    assert "state" not in shop.run(sale, by="老陈")


def test_M10_closing_and_ordering_again_is_no_way_round(shop: Shop) -> None:
    zhang = shop.parties["张姐火锅"]
    made = shop.run(PlaceOrder((shop.line("P1", 5),), zhang), by="小刘")["number"]
    shut = shop.run(CloseOrder(made), by="小刘")["number"]
    limit(shop, 50_000)
    for again in (PlaceOrder((shop.line("P1", 5),), zhang), RepeatOrder(number=made)):
        assert "先收 ¥100.00 可放行" in waits(shop, again, "小刘")["why"][0]
    with pytest.raises(Blocked, match="要货请重新下单"):  # a closed order is not opened again
        shop.run(ReverseDocument(shut), by="小刘")


def test_M10_undoing_a_delivery_opens_nothing_that_was_not_counted(shop: Shop) -> None:
    zhang = shop.parties["张姐火锅"]
    shop.run(PlaceOrder((shop.line("P1", 5),), zhang), by="小刘")
    limit(shop, 60_000)
    sold = shop.run(DeliverGoods((shop.line("P1", 5),), zhang), by="老陈")["number"]
    shop.run(ReverseDocument(sold), by="老陈")
    assert "已用 ¥600.00" in waits(shop, PlaceOrder((shop.line("P3", 1),), zhang), "小刘")["why"][0]
