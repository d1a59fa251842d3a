"""同一条消息来几遍，只记一次，回同一句话；每扇门都一样。"""

from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select

from bot.channels.web import WebChat
from bot.message import Incoming
from bot.settings import Settings
from bot.shop import open_shop
from core.documents import document
from core.outbox import outbox
from tests.conftest import fresh_url
from tests.doors import DingTalkDoor, Door, WebDoor, WeComDoor, open_door, ticking
from tests.fakes.fake_wecom import message_xml, push
from tests.fakes.server import eventually


def posted(door: Door, kind: str = "DN") -> int:
    with door.shop.books.read() as conn:
        return int(
            conn.execute(
                select(func.count()).select_from(document).where(document.c.kind == kind)
            ).scalar_one()
        )


def test_web_same_message_id_three_times(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with open_door("web", fresh_url(request, "sqlite", "shop"), tmp_path) as door:
        assert isinstance(door, WebDoor)
        door.say("老陈", "出库 王记 生抽 2箱")
        body = {"message_id": "same", "text": "确认"}
        answers = [
            httpx.post(
                f"{door.url}/api/v1/chat",
                json=body,
                headers={"Authorization": f"Bearer {door.tokens['老陈']}"},
            ).json()
            for _ in range(3)
        ]
        assert posted(door) == 1
        assert answers[0] == answers[1] == answers[2]
        assert answers[0]["documents"] == ["DN-20260115-0001"]


def test_a_confirmation_said_twice_posts_once(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Two messages, one intention: the button and the word (books.md decision 1)."""
    with open_door("console", fresh_url(request, "sqlite", "shop"), tmp_path) as door:
        said = door.say("老陈", "出库 王记 生抽 2箱")
        code = said.split("编号 ")[1][:4]
        first = door.say("老陈", f"确认 {code}")
        again = door.say("老陈", f"确认 {code}")
        assert posted(door) == 1
        assert first == again
        assert "没有等您确认的单" in door.say("老陈", "确认")


def test_the_same_command_within_ten_minutes_is_asked_about(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with open_door("console", fresh_url(request, "sqlite", "shop"), tmp_path) as door:
        door.say("老陈", "出库 王记 生抽 2箱")
        door.say("老陈", "确认")
        assert "已记过同样的一笔 DN-20260115-0001" in door.say("老陈", "出库 王记 生抽 2箱")


def test_wecom_redelivery(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """The platform repeats the callback three times: one posting, one answer."""
    with open_door("wecom_app", fresh_url(request, "sqlite", "shop"), tmp_path) as door:
        assert isinstance(door, WeComDoor)
        door.say("老陈", "出库 王记 生抽 2箱")
        before, msg_id = len(door.platform.sent), str(uuid4().int % 10**18)
        xml = message_xml(msg_id=msg_id, FromUserName=door.bound["老陈"], Content="确认")
        for _ in range(3):
            assert push(door.url, xml) == [200]
        eventually(lambda: len(door.platform.sent) > before)
        door.say("老陈", "库存 蚝油")  # whatever was still on its way has come by now
        confirmations = [body for body in door.platform.sent[before:] if "已出库" in str(body)]
        assert posted(door) == 1
        assert len(confirmations) == 1


def test_wecom_token_expires_in_the_middle(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with open_door("wecom_app", fresh_url(request, "sqlite", "shop"), tmp_path) as door:
        assert isinstance(door, WeComDoor)
        door.say("老陈", "出库 王记 生抽 2箱")
        door.platform.token_expires_next = True
        assert "已出库" in door.say("老陈", "确认")


def test_dingtalk_redelivery_and_disconnect(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with open_door("dingtalk", fresh_url(request, "sqlite", "shop"), tmp_path) as door:
        assert isinstance(door, DingTalkDoor)
        door.say("老陈", "出库 王记 生抽 2箱")
        fake, who = door.platform, door.bound["老陈"]
        data = fake.robot_message("确认", senderStaffId=who, conversationId=f"cid{who}")
        before = len(fake.said)
        for _ in range(2):
            fake.ack_of(fake.push(fake.frame(data)))
        fake.reset()
        fake.wait_connected(2)
        fake.ack_of(fake.push(fake.frame(data)))
        eventually(lambda: len(fake.said) > before)
        assert posted(door) == 1
        assert len([body for body in fake.said[before:] if "已出库" in str(body)]) == 1


def test_an_error_inside_http_200_is_tried_again(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """errcode -1 (busy) is no delivery: the row stays due and goes out a little later."""
    with open_door("wecom_app", fresh_url(request, "sqlite", "shop"), tmp_path) as door:
        assert isinstance(door, WeComDoor)
        door.say("老陈", "帮助")
        door.platform.answers.append({"errcode": -1, "errmsg": "system busy"})
        assert "在库" in door.say("老陈", "库存 蚝油")


def test_a_message_stored_before_a_crash_is_answered_after_it(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Stored and acknowledged, then the power went: the next process answers it, once."""
    url = fresh_url(request, "sqlite", "shop")
    settings = Settings(home=tmp_path, database_url=url)
    with open_door("console", url, tmp_path) as door:
        sender = str(door.person("老陈").id)
    first = open_shop(settings, ticking(), [lambda _shop: WebChat()])
    stored = first.inbox.receive(
        Incoming("web", "main", "m1", "web", sender, False, "typed", "库存 蚝油", {}, {})
    )
    first.books.close()
    second = open_shop(settings, ticking(), [lambda _shop: WebChat()])
    second.start()
    try:

        def answered() -> bool:
            with second.books.read() as conn:
                return (
                    conn.execute(
                        select(outbox.c.state).where(outbox.c.dedupe == f"reply/{stored.inbox_id}")
                    ).scalar()
                    == "sent"
                )

        eventually(answered)
        with second.books.read() as conn:
            assert (
                conn.execute(
                    select(func.count()).select_from(outbox).where(outbox.c.dedupe.like("reply/%"))
                ).scalar_one()
                == 1
            )
    finally:
        second.stop()
