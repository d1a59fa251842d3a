"""老板、会计一天里常问的几句：今天咋样、谁拖得最久、哪些货压着不动、从哪家银行来的钱。"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.commands import KeepFund, OpeningLine, RecordOpening
from core.execute import Order, execute
from tests.conftest import fresh_url
from tests.doors import Door, open_door
from tests.make import NOW, find_shop


@pytest.fixture
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Door]:
    with open_door("console", fresh_url(request, "sqlite", "shop"), tmp_path) as opened:
        yield opened


def test_today_is_the_digest(door: Door) -> None:
    assert door.say("李老板", "今天咋样").startswith("日报 2026-01-15")
    assert "权限" in door.say("老陈", "今天咋样")


def test_who_is_late_comes_with_since_when_the_longest_first(door: Door) -> None:
    """Asked for what is late, nobody is listed who is not; the total stays the whole."""
    shop = find_shop(door.shop.books)
    owed = [
        OpeningLine(
            "owed_to_us", fen, partner_id=shop.parties[name], due_date=NOW.date() - timedelta(days=days)
        )
        for name, fen, days in (("张姐火锅", 50_000, 11), ("王记饭店", 12_000, 20))
    ]
    execute(shop.books, shop.boss, Order(RecordOpening(tuple(owed)), "test/owed"), door.shop.clock())
    rows = door.say("陈会计", "谁欠得最久").splitlines()
    assert rows[0] == "应收合计 ¥620.00，其中逾期 ¥620.00"
    assert [row.split(" 逾期")[0] for row in rows[1:]] == ["王记饭店", "张姐火锅"]
    assert "最久 20 天（共欠 ¥120.00）" in rows[1]
    assert door.say("陈会计", "应收").splitlines()[1] == "张姐火锅 ¥500.00（逾期 ¥500.00）"


def test_what_does_not_move_says_what_it_ties_up(door: Door) -> None:
    boss, keeper = door.say("李老板", "哪些货压着不动"), door.say("老陈", "滞销的有哪些")
    assert "李锦记旧庄蚝油 510g 5箱(60瓶)" in boss
    assert "占用 ¥650.00" in boss
    assert "李锦记旧庄蚝油 510g" in keeper
    assert "¥" not in keeper


def test_a_bank_is_the_bank_account_unless_it_has_one_of_its_own(door: Door) -> None:
    assert "收款 ¥500.00（银行）" in door.say("陈会计", "张姐火锅转了500过来 建行")
    assert "取消" in door.say("陈会计", "取消")
    shop = find_shop(door.shop.books)
    execute(shop.books, shop.boss, Order(KeepFund("建行"), "test/fund"), door.shop.clock())
    assert "收款 ¥500.00（建行）" in door.say("陈会计", "张姐火锅转了500过来 建行")


def test_a_customer_nobody_knows_is_named(door: Door) -> None:
    assert "没有“三哥冒菜”这个单位" in door.say("小刘", "老样子给三哥冒菜来一单")
