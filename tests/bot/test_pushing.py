"""推送真的送到人手上：绑定的企业微信、钉钉，或者网页聊天。"""

from pathlib import Path

import httpx
import pytest

from core.commands import DeliverGoods, IssueToken, SaidLine
from core.execute import Order, execute
from notifications.clock import tick
from tests.conftest import fresh_url
from tests.doors import DingTalkDoor, Door, WebDoor, WeComDoor, open_door
from tests.fakes.server import eventually


def sell(door: Door, cases: int) -> None:
    """A delivery at the counter that drops 生抽 below its safety stock."""
    party = door.shop.inbox.clerk.shelf.catalog().party_by_code["C2"].id
    goods = door.shop.inbox.clerk.shelf.catalog().goods_by_code["P1"].id
    execute(
        door.shop.books,
        door.person("李老板"),
        Order(DeliverGoods((SaidLine(goods, cases * 1000, "箱"),), party), "sell"),
        door.shop.clock(),
    )
    tick(door.shop.books, door.shop.clock())
    door.shop.delivery.wake()


def test_to_the_bound_person_on_wecom(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with open_door("wecom_app", fresh_url(request, "sqlite", "shop"), tmp_path) as door:
        assert isinstance(door, WeComDoor)
        door.say("小周", "你好")
        sell(door, 12)
        eventually(lambda: any("低库存" in str(body) for body in door.platform.sent))
        assert [body["touser"] for body in door.platform.sent if "低库存" in str(body)] == [
            door.bound["小周"]
        ]


def test_to_the_bound_person_on_dingtalk(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with open_door("dingtalk", fresh_url(request, "sqlite", "shop"), tmp_path) as door:
        assert isinstance(door, DingTalkDoor)
        door.say("小周", "你好")
        sell(door, 12)

        def sent() -> list[str]:
            return [str(one) for one in (*door.platform.said, *door.platform.called)]

        eventually(lambda: any("低库存" in body for body in sent()))


def test_to_the_web_chat_of_everyone_else(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with open_door("web", fresh_url(request, "sqlite", "shop"), tmp_path) as door:
        assert isinstance(door, WebDoor)
        sell(door, 12)
        token = door.secret(IssueToken(door.person("小周").id))
        got = httpx.get(
            f"{door.url}/api/v1/chat/messages", headers={"Authorization": f"Bearer {token}"}
        ).json()["messages"]
        low = [one for one in got if "低库存" in one["text"]]
        assert [one["kind"] for one in low] == ["notice"]
        nobody = door.secret(IssueToken(door.person("小刘").id))
        others = httpx.get(
            f"{door.url}/api/v1/chat/messages", headers={"Authorization": f"Bearer {nobody}"}
        ).json()["messages"]
        assert not [one for one in others if "低库存" in one["text"]]
