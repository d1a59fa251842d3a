"""M10 信用一键闸：已用、额度、逾期几笔几天、先收多少；下单、出库、关了再下都过这道闸。售价区间外的都提醒。"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.commands import (
    CloseOrder,
    DeliverGoods,
    PlaceOrder,
    RepeatOrder,
    ReverseDocument,
    SaveRecord,
    TakePayment,
)
from core.errors import Blocked, NotAllowed
from core.execute import preview
from tests.make import Shop


def limit(shop: Shop, fen: int | None, name: str = "张姐火锅") -> None:
    shop.run(SaveRecord("partner", {"credit_limit_fen": fen}, id=shop.parties[name]))


def warned(shop: Shop, command: Any, by: str) -> list[str]:
    return preview(shop.books, shop.people[by], command, shop.now).warnings


def test_M10_the_sentence_says_what_to_take_first(shop: Shop) -> None:
    zhang = shop.parties["张姐火锅"]
    shop.run(DeliverGoods((shop.line("P1", 3),), zhang))  # 360
    limit(shop, 60_000)
    with pytest.raises(
        Blocked,
        match=r"^张姐火锅 信用额度 ¥600\.00，已用 ¥360\.00，加上本单 ¥360\.00 就超了。先收 ¥120\.00 再开单，或请老板放行。$",
    ):
        shop.run(PlaceOrder((shop.line("P1", 3),), zhang), by="小刘")
    shop.run(TakePayment(zhang, 12_000, "现金"))
    shop.run(PlaceOrder((shop.line("P1", 3),), zhang), by="小刘")


def test_M10_who_may_not_see_the_debt_is_not_told_it(shop: Shop) -> None:
    zhang = shop.parties["张姐火锅"]
    limit(shop, 10_000)
    with pytest.raises(Blocked, match=r"^张姐火锅 超了信用额度。先收款再开单，或请老板放行。$") as refused:
        shop.run(DeliverGoods((shop.line("P1", 1),), zhang), by="老陈")
    assert refused.value.facts == {"partner": "张姐火锅"}
    assert warned(shop, DeliverGoods((shop.line("P1", 1),), zhang), "李老板") == [
        "张姐火锅 信用额度 ¥100.00，已用 ¥0.00，加上本单 ¥120.00 就超了。先收 ¥20.00 再开单，或请老板放行。"
    ]
    boss = replace(shop.boss, in_group=True)
    assert preview(shop.books, boss, DeliverGoods((shop.line("P1", 1),), zhang), shop.now).warnings == []


def test_M10_overdue_is_told_and_when_too_long_refused(shop: Shop) -> None:
    wang = shop.parties["王记饭店"]  # 现结, no limit
    shop.run(DeliverGoods((shop.line("P1", 1),), wang))
    order = PlaceOrder((shop.line("P3", 1),), wang)
    assert warned(shop, order, "小刘") == []
    shop.now += timedelta(days=11)
    assert warned(shop, order, "小刘") == ["王记饭店 逾期 1 笔，最久 11 天"]
    shop.now += timedelta(days=20)
    with pytest.raises(
        Blocked, match="王记饭店 逾期 1 笔，最久 31 天，不能再赊。先收回逾期的款，或请老板放行"
    ):
        shop.run(order, by="小刘")
    with pytest.raises(Blocked, match="王记饭店 逾期太久，不能再赊"):
        shop.run(DeliverGoods((shop.line("P3", 1),), wang), by="老陈")
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
    with pytest.raises(Blocked, match="不能再赊"):
        shop.run(DeliverGoods((shop.line("P3", 1),), wang), by="老陈")
    shop.run(PlaceOrder((shop.line("P3", 1),), wang, promised))  # one the owner let through
    with pytest.raises(Blocked, match="不能再赊"):  # 小刘's order is still the older one
        shop.run(DeliverGoods((shop.line("P3", 1),), wang), by="老陈")
    shop.run(CloseOrder("SO-20260214-0001"), by="小刘")
    shop.run(DeliverGoods((shop.line("P3", 1),), wang), by="老陈")


def test_M10_a_lowered_limit_stops_the_delivery_of_an_accepted_order(shop: Shop) -> None:
    zhang = shop.parties["张姐火锅"]
    shop.run(PlaceOrder((shop.line("P1", 5),), zhang), by="小刘")
    limit(shop, 50_000)
    with pytest.raises(Blocked, match="超了信用额度"):
        shop.run(DeliverGoods((shop.line("P1", 5),), zhang), by="老陈")
    shop.run(TakePayment(zhang, 10_000, "现金"))
    shop.run(DeliverGoods((shop.line("P1", 5),), zhang), by="老陈")


def test_M10_closing_and_ordering_again_is_no_way_round(shop: Shop) -> None:
    zhang = shop.parties["张姐火锅"]
    made = shop.run(PlaceOrder((shop.line("P1", 5),), zhang), by="小刘")["number"]
    shut = shop.run(CloseOrder(made), by="小刘")["number"]
    limit(shop, 50_000)
    for again in (PlaceOrder((shop.line("P1", 5),), zhang), RepeatOrder(number=made)):
        with pytest.raises(Blocked, match=r"先收 ¥100\.00 再开单"):
            shop.run(again, by="小刘")
    with pytest.raises(Blocked, match="要货请重新下单"):  # a closed order is not opened again
        shop.run(ReverseDocument(shut), by="小刘")


def test_M10_undoing_a_delivery_opens_nothing_that_was_not_counted(shop: Shop) -> None:
    zhang = shop.parties["张姐火锅"]
    shop.run(PlaceOrder((shop.line("P1", 5),), zhang), by="小刘")
    limit(shop, 60_000)
    sold = shop.run(DeliverGoods((shop.line("P1", 5),), zhang), by="老陈")["number"]
    shop.run(ReverseDocument(sold), by="老陈")
    with pytest.raises(Blocked, match=r"已用 ¥600\.00"):
        shop.run(PlaceOrder((shop.line("P3", 1),), zhang), by="小刘")


def test_R38_outside_the_range_is_refused_or_at_least_said(shop: Shop) -> None:
    code, zhang = "P1", shop.parties["张姐火锅"]
    with pytest.raises(NotAllowed, match="¥113/箱 低于最低售价 ¥114/箱"):
        shop.run(PlaceOrder((shop.line(code, 1, price="113"),), zhang), by="小刘")
    low = PlaceOrder((shop.line(code, 1, price="113"),), zhang)
    assert warned(shop, low, "李老板") == ["海天金标生抽 500ml ¥113/箱 低于最低售价 ¥114/箱"]
    high = PlaceOrder((shop.line(code, 12, "瓶", price="11.5"),), zhang)
    assert warned(shop, high, "小刘") == ["海天金标生抽 500ml ¥11.5/瓶 高于最高售价 ¥132/箱"]
    assert warned(shop, DeliverGoods(high.lines, zhang), "李老板") == warned(shop, high, "小刘")
    assert warned(shop, DeliverGoods(high.lines, zhang), "老陈") == []
    exact = PlaceOrder((shop.line(code, 1, price="132"),), zhang)
    assert warned(shop, exact, "小刘") == []
