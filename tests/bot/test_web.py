"""网页和接口：没登录、太大、空的、乱的，都有一句中文；群里只回公开的。"""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from core.commands import IssueToken
from tests.conftest import fresh_url
from tests.doors import WebDoor, open_door


@pytest.fixture
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WebDoor]:
    with open_door("web", fresh_url(request, "sqlite", "shop"), tmp_path) as opened:
        assert isinstance(opened, WebDoor)
        yield opened


def auth(door: WebDoor, name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {door.secret(IssueToken(door.person(name).id))}"}


def test_nobody_gets_nothing(door: WebDoor) -> None:
    for method, path in (
        ("POST", "/api/v1/chat"),
        ("GET", "/api/v1/chat/messages"),
        ("GET", "/api/v1/chat/history"),
        ("GET", "/api/v1/chat/me"),
    ):
        answer = httpx.request(
            method,
            door.url + path,
            json={"message_id": "1", "text": "库存 生抽"} if method == "POST" else None,
        )
        assert answer.status_code == 401, path
        assert "登录" in answer.json()["detail"], path
    assert httpx.get(f"{door.url}/chat").headers["location"] == "/login?next=/chat"
    assert (
        httpx.post(
            f"{door.url}/api/v1/chat",
            json={"message_id": "1", "text": "x"},
            headers={"Authorization": "Bearer nonsense"},
        ).status_code
        == 401
    )
    assert (
        httpx.post(
            f"{door.url}/api/v1/chat/as", json={"staff_id": 1}, headers={"X-Requested-With": "zhanggui"}
        ).status_code
        == 403
    )


def test_too_large_and_malformed(door: WebDoor) -> None:
    who = auth(door, "老陈")
    large = httpx.post(f"{door.url}/api/v1/chat", content=b"x" * 300_000, headers=who)
    assert large.status_code == 413
    assert "内容太大" in large.json()["detail"]
    for body in (
        {"text": "库存"},
        {"message_id": "", "text": "x"},
        {"message_id": "1", "text": "字" * 4001},
        {"message_id": "1" * 129, "text": "x"},
    ):
        assert httpx.post(f"{door.url}/api/v1/chat", json=body, headers=who).status_code == 422, body
    assert (
        "听不懂"
        in httpx.post(f"{door.url}/api/v1/chat", json={"message_id": "e", "text": "   "}, headers=who).json()[
            "text"
        ]
    )


def test_the_answer_has_the_promised_shape(door: WebDoor) -> None:
    answer = httpx.post(
        f"{door.url}/api/v1/chat",
        json={"message_id": "1", "text": "入库 生抽 2箱 成都总代 单价96"},
        headers=auth(door, "老陈"),
    ).json()
    assert set(answer) == {"text", "buttons", "outcome", "intent", "proposal", "documents", "files", "key"}
    assert answer["intent"] == "stock_in"
    assert len(answer["proposal"]) == 4
    assert [button["text"] for button in answer["buttons"]] == ["确认", "取消"]
    assert [set(button) for button in answer["buttons"]] == [{"text", "say"}] * 2


def test_a_group_sees_only_what_is_public(door: WebDoor) -> None:
    who = auth(door, "李老板")
    said = httpx.post(
        f"{door.url}/api/v1/chat", json={"message_id": "1", "text": "应收", "group": "仓库群"}, headers=who
    ).json()
    assert "私聊" in said["text"]
    assert "¥" not in said["text"]
    preview = httpx.post(
        f"{door.url}/api/v1/chat",
        json={"message_id": "2", "text": "出库 王记 生抽 1箱", "group": "仓库群"},
        headers=who,
    ).json()
    assert "¥" not in preview["text"]
    assert "请确认出库" in preview["text"]


def test_a_cookie_alone_cannot_be_used_from_elsewhere(door: WebDoor) -> None:
    from admin_web.door import COOKIE
    from core.sessions import open_session

    token = open_session(door.shop.books, door.person("老陈").id, door.shop.clock())
    body = {"message_id": "1", "text": "库存 生抽"}
    assert httpx.post(f"{door.url}/api/v1/chat", json=body, cookies={COOKIE: token}).status_code == 403
    own = httpx.post(
        f"{door.url}/api/v1/chat",
        json=body,
        cookies={COOKIE: token},
        headers={"X-Requested-With": "zhanggui"},
    )
    assert own.status_code == 200
    assert "在库 20箱" in own.json()["text"]


def test_a_leaver_is_out_at_once(door: WebDoor) -> None:
    from core.commands import SaveRecord
    from core.execute import Order, execute

    who = auth(door, "小刘")
    assert httpx.get(f"{door.url}/api/v1/chat/history", headers=who).status_code == 200
    execute(
        door.shop.books,
        door.person("李老板"),
        Order(SaveRecord("staff", {"active": False}, door.person("小刘").id), "leave"),
        door.shop.clock(),
    )
    assert httpx.get(f"{door.url}/api/v1/chat/history", headers=who).status_code == 401


def test_history_and_polling_show_each_message_once(door: WebDoor) -> None:
    who = auth(door, "老陈")
    for number, text in enumerate(("你好", "库存 生抽")):
        httpx.post(f"{door.url}/api/v1/chat", json={"message_id": str(number), "text": text}, headers=who)
    history = httpx.get(f"{door.url}/api/v1/chat/history", headers=who).json()["messages"]
    assert [one["who"] for one in history if one.get("kind") != "notice"] == ["me", "bot", "me", "bot"]
    last = max(one["id"] for one in history)
    assert httpx.get(f"{door.url}/api/v1/chat/messages?after={last}", headers=who).json() == {"messages": []}


def test_health_and_contract(door: WebDoor) -> None:
    assert httpx.get(f"{door.url}/healthz").json() == {"name": "zhanggui", "status": "ok"}
    assert httpx.get(f"{door.url}/readyz").json() == {"ready": True}
    assert "zhanggui_inbox_waiting" in httpx.get(f"{door.url}/metrics").text
    assert "/api/v1/chat" in httpx.get(f"{door.url}/api/v1/openapi.json").json()["paths"]
