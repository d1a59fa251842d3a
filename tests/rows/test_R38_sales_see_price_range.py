"""R38 销售只看得到售价区间：成本、毛利、供应商一个字没有；区间外的等老板批；群里有销售，成本对老板也不说。"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from core.commands import Decide, DeliverGoods, PlaceOrder, ReceiveGoods
from core.company import company
from core.execute import preview
from core.outbox import outbox
from notifications.clock import tick
from tests.conftest import fresh_url
from tests.core.test_proof import behind_the_back
from tests.doors import open_door
from tests.make import Shop


def warned(shop: Shop, command: Any, by: str) -> list[str]:
    return preview(shop.books, shop.people[by], command, shop.now).warnings


def test_R38_outside_the_range_waits_or_is_at_least_said(shop: Shop) -> None:
    code, zhang = "P1", shop.parties["张姐火锅"]
    low = PlaceOrder((shop.line(code, 1, price="113"),), zhang)
    why = "海天金标生抽 500ml ¥113/箱 低于最低售价 ¥114/箱"
    asked = shop.run(low, by="小刘")
    assert (asked["state"], asked["waits_for"], asked["why"]) == ("draft", "老板", [why])
    assert warned(shop, low, "李老板") == [why]
    done = shop.run(Decide(asked["number"], True))
    assert (done["number"], done["total_fen"]) == (asked["number"], 11_300)
    assert shop.run(DeliverGoods(low.lines, zhang), by="老陈")["why"] == ["海天金标生抽 500ml 低于允许的价"]
    high = PlaceOrder((shop.line(code, 12, "瓶", price="11.5"),), zhang)
    assert warned(shop, high, "小刘") == ["海天金标生抽 500ml ¥11.5/瓶 高于最高售价 ¥132/箱"]
    assert warned(shop, DeliverGoods(high.lines, zhang), "李老板") == warned(shop, high, "小刘")
    assert warned(shop, DeliverGoods(high.lines, zhang), "老陈") == []
    exact = PlaceOrder((shop.line(code, 1, price="132"),), zhang)
    assert warned(shop, exact, "小刘") == []


def test_R38_below_cost_is_told_in_figures_only_to_who_sees_cost(shop: Shop) -> None:
    wang = shop.parties["王记饭店"]
    low = PlaceOrder((shop.line("P3", 2, price="129"),), wang)
    asked = shop.run(low, by="小刘")
    assert (asked["state"], asked["why"]) == ("draft", ["李锦记旧庄蚝油 510g 低于允许的价"])
    figures = "李锦记旧庄蚝油 510g ¥129/箱 低于成本 ¥130.00/箱，这一行亏 ¥2.00"
    assert "成本" not in str(asked)
    assert warned(shop, low, "李老板") == [figures]
    assert preview(shop.books, replace(shop.boss, in_group=True), low, shop.now).warnings == [
        "李锦记旧庄蚝油 510g 低于允许的价"
    ]
    tick(shop.books, shop.now)
    told = shop.rows(select(outbox.c.body).where(outbox.c.dedupe.like("approval/%")))
    assert told[0].body["notice"]["text"].endswith(f"⚠ {figures}")
    assert "state" not in shop.run(PlaceOrder((shop.line("P3", 2, price="130"),), wang), by="小刘")
    shop.run(Decide(asked["number"], True))


def test_R38_what_leaves_costs_what_its_batch_cost(shop: Shop) -> None:
    """An order is held against the average of what is here, a delivery against the batches that would go."""
    wang = shop.parties["王记饭店"]
    shop.run(ReceiveGoods((shop.line("P3", 5, price="200"),), shop.parties["成都总代"]))
    line = shop.line("P3", 1, price="150")
    assert "低于成本 ¥165.00/箱" in warned(shop, PlaceOrder((line,), wang), "李老板")[0]
    assert warned(shop, DeliverGoods((line,), wang), "李老板") == []  # B3 goes first, and cost ¥130
    all_of_it = DeliverGoods((shop.line("P3", 10, price="150"),), wang)
    assert "低于成本 ¥165.00/箱，这一行亏 ¥150.00" in warned(shop, all_of_it, "李老板")[0]
    assert warned(shop, DeliverGoods((shop.line("P3", 1, gift=True),), wang), "李老板") == []


def test_R38_a_shop_may_choose_only_to_be_warned(shop: Shop) -> None:
    with behind_the_back(shop) as conn:
        conn.execute(update(company).values(settings={"below_cost": "warn"}))
    low = PlaceOrder((shop.line("P3", 1, price="100"),), shop.parties["王记饭店"])
    assert warned(shop, low, "小刘") == ["李锦记旧庄蚝油 510g 低于允许的价"]
    assert "低于成本 ¥130.00/箱" in warned(shop, low, "李老板")[0]
    assert "state" not in shop.run(low, by="小刘")


def test_R38_in_the_chat_the_range_and_never_the_cost(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with open_door("console", fresh_url(request, "sqlite", "shop"), tmp_path) as door:
        told = door.say("小刘", "生抽价格")
        assert "可卖区间 ¥114–¥132/箱" in told
        for asked in ("生抽价格", "成本 生抽", "生抽 进价", "生抽 毛利", "生抽 多少钱进的", "库存 生抽"):
            answer = door.say("小刘", asked)
            assert not any(word in answer for word in ("¥96", "成都总代")), (asked, answer)
        assert "没有“查成本”的权限" in door.say("小刘", "成本 生抽")
        assert "¥96.00/箱" in door.say("李老板", "成本 生抽")


def test_R38_in_a_group_the_cost_goes_to_the_boss_alone(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with open_door("console", fresh_url(request, "sqlite", "shop"), tmp_path) as door:
        door.say("小刘", "库存 生抽", "销售群")
        answer = door.say("李老板", "成本 生抽", "销售群")
        assert answer == "这个在群里不方便说，已私聊发送。"
        with door.shop.books.read() as conn:
            sent = conn.execute(select(outbox).where(outbox.c.dedupe.like("private/%"))).all()
        assert [row.recipient for row in sent] == [f"web:main:{door.person('李老板').id}"]
        assert "¥96.00/箱" in sent[0].body["notice"]["text"]
        assert "没有“查成本”的权限" in door.say("小刘", "成本 生抽", "销售群")
        shown = door.say("李老板", "王记下单 生抽 1箱 单价90", "销售群")
        assert "低于允许的价" in shown
        assert not any(word in shown for word in ("¥", "成本", "114", "96"))
