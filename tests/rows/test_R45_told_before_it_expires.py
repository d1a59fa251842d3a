"""R45 临期提醒：提前 60 天，每批每个阶段只说一次；说几箱、值多少、剩几天、日均多少、照现在卖法会剩多少；短保的不从出生就报。"""

from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from bot.message import Incoming
from bot.talk import Reply
from core.commands import DeliverGoods, ReceiveGoods
from core.execute import Order, execute
from notifications.clock import tick
from tests.conftest import fresh_url
from tests.doors import Door, open_door
from tests.make import NOW, Shop, find_shop
from tests.notifications.test_notices import letters

EXPIRES = date(2026, 3, 14)  # B1, 8箱


def told(shop: Shop, day: date) -> dict[str, str]:
    """What each person was told that morning that he had not been told before."""
    before = len(letters(shop, "expiring"))
    shop.now = NOW + (day - NOW.date()) * 1
    tick(shop.books, shop.now)
    return dict(letters(shop, "expiring")[before:])


def test_R45_sixty_days_ahead_and_not_a_day_before(lite_shop: Shop) -> None:
    shop = lite_shop
    shop.now = NOW - timedelta(days=3)
    tick(shop.books, NOW - timedelta(days=3))  # 2026-01-12: 61 days
    assert letters(shop, "expiring") == []
    morning = told(shop, EXPIRES - timedelta(days=60))
    assert "还有 60 天" in morning["老陈"]


def test_R45_each_batch_once_per_stage(lite_shop: Shop) -> None:
    shop, seen = lite_shop, {}
    for left in range(58, -2, -1):
        words = told(shop, EXPIRES - timedelta(days=left)).get("李老板", "")
        if "批次 B1" in words:
            seen[left] = words
    assert list(seen) == [58, 30, 15, 7, 0]
    assert "今天到期" in seen[0]
    assert "促销、退供应商" in seen[30]


def test_R45_says_how_much_is_worth_how_much_sells_and_what_will_be_left(lite_shop: Shop) -> None:
    shop = lite_shop
    for _ in range(2):
        shop.run(DeliverGoods((shop.line("P1", 1),), shop.parties["张姐火锅"]))
    words = told(shop, NOW.date() + timedelta(days=1))
    assert (
        "海天金标生抽 500ml 批次 B1 6箱(72瓶) ¥576.00，还有 57 天，日均 1瓶，照现在卖法将剩 2箱3瓶 卖不完"
        in words["李老板"]
    )
    assert "¥" not in words["老陈"]  # he does not see cost
    assert "批次 B1 6箱" in words["老陈"]


@pytest.mark.parametrize(("age", "heard"), [(0, False), (1, False), (2, True)])
def test_R45_goods_that_live_three_days_are_not_told_of_from_birth(
    lite_shop: Shop, age: int, heard: bool
) -> None:
    """P4 鲜面条, 保质期 3 天: its window is one day (features.md §6.3)."""
    shop = lite_shop
    made = NOW.date() - timedelta(days=age)
    shop.run(ReceiveGoods((shop.line("P4", 10, "kg", price="2", mfg_date=made),), shop.parties["川南粮油"]))
    tick(shop.books, NOW)
    assert ("鲜面条" in dict(letters(shop, "expiring")).get("李老板", "")) == heard


def asked(door: Door, who: str, words: str) -> Reply:
    sender = str(door.person(who).id)
    return door.shop.inbox.answer(
        Incoming("console", "main", uuid4().hex, "console", sender, False, "typed", words, {}, {})
    )


def test_R45_every_line_of_the_notice_can_be_acted_on(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """“报 1” shows the batch with what this person may do about it: sell it off, send it back, or let it be."""
    with open_door("console", fresh_url(request, "sqlite", "shop"), tmp_path) as door:
        shop = find_shop(door.shop.books)
        made = NOW.date() - timedelta(days=520)
        old = ReceiveGoods((shop.line("P1", 3, price="96", mfg_date=made),), shop.parties["成都总代"])
        execute(shop.books, shop.boss, Order(old, "test/old"), door.shop.clock())
        assert "1. 海天金标生抽 500ml" in asked(door, "李老板", "临期").text
        boss = asked(door, "李老板", "报 1")
        back = f"退给成都总代 P1 36瓶 批次{made:%Y%m%d}"
        assert [(one.text, one.say) for one in boss.buttons] == [
            ("促销", "促销 P1"),
            ("退供应商", back),
            ("知道了", "知道了"),
        ]
        assert f"批次 {made:%Y%m%d} 36瓶" in asked(door, "李老板", back).text
        assert [one.text for one in asked(door, "小周", "临期 生抽").buttons] == ["退供应商", "知道了"]
        assert [one.text for one in asked(door, "小刘", "临期 生抽").buttons] == ["促销", "知道了"]
        assert "还没有人买过" in asked(door, "小刘", "促销 生抽").text
        assert "权限" in asked(door, "小周", "促销 生抽").text
