"""R02 “生抽还有多少”：一条消息说清在库、锁定、可用、在途、每批到期，够不够；一秒前记的也算在内。"""

from pathlib import Path

import pytest

from tests.conftest import fresh_url
from tests.doors import open_door


@pytest.mark.parametrize("asked", ["生抽还有多少", "库存 生抽", "查一下生抽库存", "生抽还剩好多"])
def test_R02_everything_in_one_message(asked: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with open_door("console", fresh_url(request, "sqlite", "shop"), tmp_path) as door:
        assert door.say("小刘", asked).splitlines() == [
            "海天金标生抽 500ml",
            "在库 20箱(240瓶)",
            "锁定 0箱，可用 20箱(240瓶)，在途 0箱",
            "　批次 B1 8箱(96瓶)，到期 2026-03-14（还有 58 天）",
            "　批次 B2 12箱(144瓶)，到期 2027-01-23（还有 373 天）",
        ]


def test_R02_what_was_posted_a_moment_ago_counts(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with open_door("console", fresh_url(request, "sqlite", "shop"), tmp_path) as door:
        door.say("小刘", "张姐下单 生抽 12箱")
        door.say("小刘", "确认")
        assert "锁定 12箱(144瓶)，可用 8箱(96瓶)" in door.say("老陈", "生抽还有多少")
        door.say("老陈", "出库 张姐 生抽 12箱")
        door.say("老陈", "确认")
        assert "在库 8箱(96瓶)" in door.say("小刘", "生抽还有多少")


def test_R02_is_it_enough(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with open_door("console", fresh_url(request, "sqlite", "shop"), tmp_path) as door:
        assert "要 15箱(180瓶)：够，还剩 5箱(60瓶)" in door.say("小刘", "张姐要15箱生抽，库里够吗")
        assert "要 25箱(300瓶)：不够，差 5箱(60瓶)" in door.say("小刘", "张姐要25箱生抽，库里够不够")
