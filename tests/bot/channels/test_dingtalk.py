"""钉钉：真的网络连接，假的平台。"""

import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from bot.channels.dingtalk import DingTalk
from bot.channels.dingtalk_api import DingTalkSettings
from bot.channels.dingtalk_read import read_card_click, read_robot_message
from bot.message import Button, DeliveryError, Incoming, Outgoing, Receive
from tests.fakes.fake_dingtalk import CARD_TOPIC, CLIENT_ID, CLIENT_SECRET, ROBOT_TOPIC, FakeDingTalk
from tests.fakes.server import eventually
from tests.fakes.store import Store

CONFIRM = (Button("确认入库", "确认 7F3A"), Button("取消", "取消 7F3A"))
BATCH, GROUP = "/v1.0/robot/oToMessages/batchSend", "/v1.0/robot/groupMessages/send"


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def platform() -> Iterator[FakeDingTalk]:
    with FakeDingTalk() as fake:
        yield fake


@pytest.fixture
def store() -> Store:
    return Store()


def settings_for(platform: FakeDingTalk, **changes: Any) -> DingTalkSettings:
    settings = DingTalkSettings(
        CLIENT_ID,
        CLIENT_SECRET,
        api_url=platform.url,
        webhook_origins=(platform.url,),
        timeout=2.0,
        first_delay=0.02,
    )
    return replace(settings, **changes)


@contextmanager
def linked(platform: FakeDingTalk, receive: Receive, **changes: Any) -> Iterator[DingTalk]:
    channel = DingTalk(settings_for(platform, **changes), receive)
    channel.start()
    try:
        platform.wait_connected(1)
        yield channel
    finally:
        channel.stop()


def sender_to(platform: FakeDingTalk, **changes: Any) -> DingTalk:
    return DingTalk(settings_for(platform, **changes), Store())


def address_in(platform: FakeDingTalk, **more: Any) -> dict[str, Any]:
    return read_robot_message(platform.robot_message("x", **more), CLIENT_ID, "f").reply_address


# ---- the link --------------------------------------------------------------------------------------------


def test_a_message_comes_is_acknowledged_and_answered(platform: FakeDingTalk, store: Store) -> None:
    with linked(platform, store) as channel:
        ack = platform.ack_of(
            platform.push(platform.frame(platform.robot_message(" 入库 酱油 20箱", msgId="m1")))
        )
        (message,) = store.new
        channel.deliver(message.reply_address, Outgoing("收到"))
        health = channel.health
    assert (ack["code"], json.loads(ack["data"])) == (200, {"response": "OK"})
    assert (message.channel, message.account, message.message_id) == ("dingtalk", CLIENT_ID, "m1")
    assert (message.sender, message.chat_id, message.is_group) == ("manager807", "cidFAKE==", False)
    assert (message.kind, message.text) == ("typed", "入库 酱油 20箱")
    assert platform.said == [{"msgtype": "text", "text": {"content": "收到"}}]
    assert (health.state, health.attempts, channel.health.state) == ("up", 1, "stopped")
    assert time.time() - 5 < (health.last_frame_at or 0) <= (health.last_ack_at or 0)


def test_acknowledged_only_when_stored(platform: FakeDingTalk, store: Store) -> None:
    with linked(platform, store):
        store.open.clear()
        identity = platform.push(platform.frame(platform.robot_message("x")))
        time.sleep(0.15)
        assert platform.acks == []
        store.open.set()
        platform.ack_of(identity)
    assert len(store.new) == 1


def test_not_stored_means_not_acknowledged_and_sent_again(platform: FakeDingTalk, store: Store) -> None:
    store.failures.append(OSError("disk full"))
    with linked(platform, store):
        first = platform.push(platform.frame(platform.robot_message("一", msgId="m1")))
        platform.ack_of(platform.push(platform.frame(platform.robot_message("二", msgId="m2"))))
        assert list(platform.unacked) == [first]
        platform.redeliver()
        platform.ack_of(first)
    assert [each.message_id for each in store.new] == ["m2", "m1"]


def test_the_same_message_three_times_is_one_new_message(platform: FakeDingTalk, store: Store) -> None:
    with linked(platform, store):
        for _ in range(3):  # another frame each time, the same message
            platform.ack_of(platform.push(platform.frame(platform.robot_message("x", msgId="m1"))))
    assert [each.message_id for each in store.calls] == ["m1"] * 3
    assert len(store.new) == 1


def test_disconnect_is_acknowledged_and_what_was_not_comes_once_more(
    platform: FakeDingTalk, store: Store
) -> None:
    store.failures.append(OSError("database is locked"))
    with linked(platform, store):
        lost = platform.push(platform.frame(platform.robot_message("x", msgId="m1")))
        eventually(lambda: not store.failures)
        goodbye = platform.push(platform.frame({"reason": "upgrade"}, "disconnect", "SYSTEM"))
        assert platform.ack_of(goodbye)["code"] == 200
        platform.wait_connected(2)
        platform.ack_of(lost)
        assert platform.unacked == {}
    assert [each.message_id for each in store.calls] == ["m1"]
    assert len(platform.opens) == 2


def test_what_is_being_stored_is_acknowledged_before_a_disconnect(
    platform: FakeDingTalk, store: Store
) -> None:
    with linked(platform, store):
        store.open.clear()
        waiting = platform.push(platform.frame(platform.robot_message("x")))
        platform.ack_of(platform.push(platform.frame({"reason": "upgrade"}, "disconnect", "SYSTEM")))
        store.open.set()
        platform.ack_of(waiting)
        platform.wait_connected(2)
    assert len(store.calls) == 1


def test_an_acknowledgement_never_goes_out_on_a_later_link(platform: FakeDingTalk, store: Store) -> None:
    with linked(platform, store, steady_after=0.0):
        store.open.clear()
        identity = platform.push(platform.frame(platform.robot_message("x", msgId="m1")))
        platform.unacked.clear()  # so that the second link does not bring it again
        time.sleep(0.1)
        platform.reset()
        time.sleep(0.1)
        store.open.set()
        platform.wait_connected(2)
        platform.ack_of(platform.push(platform.frame(platform.robot_message("y", msgId="m2"))))
        assert identity not in [ack["headers"]["messageId"] for ack in platform.acks]
    assert [each.message_id for each in store.new] == ["m1", "m2"]


@pytest.mark.parametrize("cut", ["reset", "close"])
def test_a_lost_link_is_made_again(platform: FakeDingTalk, store: Store, cut: str) -> None:
    with linked(platform, store):
        for number in (1, 2):
            began = time.monotonic()
            getattr(platform, cut)()
            platform.wait_connected(number + 1)
            assert time.monotonic() - began < 1.0
        platform.ack_of(platform.push(platform.frame(platform.robot_message("还在"))))
    assert [each.text for each in store.new] == ["还在"]


def test_a_server_that_closes_at_once_is_not_stormed(platform: FakeDingTalk, store: Store) -> None:
    with linked(platform, store, first_delay=0.2):
        platform.close_at_once = True
        platform.close()
        time.sleep(2.0)  # 0.2 + 0.4 + 0.8 + 1.6, at least three quarters of each
        assert 2 <= len(platform.opens) - 1 <= 4
        platform.close_at_once = False
        platform.wait_connected(2)


def test_a_link_that_lived_starts_again_with_the_first_delay(platform: FakeDingTalk, store: Store) -> None:
    with linked(platform, store, first_delay=0.1, steady_after=0.0):
        for number in range(1, 5):
            platform.close()
            platform.wait_connected(number + 1)
    pauses = [later - earlier for earlier, later in zip(platform.opens, platform.opens[1:], strict=False)]
    assert max(pauses) < 0.6


def test_a_refused_app_says_so_and_comes_back_when_it_is_right(platform: FakeDingTalk, store: Store) -> None:
    platform.gateway_status = 401
    channel = DingTalk(settings_for(platform), store)
    channel.start()
    try:
        eventually(lambda: channel.health.state == "down")
        assert "Client Secret" in channel.health.trouble
        platform.gateway_status = 503
        eventually(lambda: "503" in channel.health.trouble)
        platform.gateway_status = 200
        eventually(lambda: channel.health.state == "up")
        assert channel.health.trouble == ""
    finally:
        channel.stop()


def test_it_stops_at_once_while_the_gateway_hangs(platform: FakeDingTalk, store: Store) -> None:
    platform.gateway_delay = 1.5
    channel = DingTalk(settings_for(platform), store)
    channel.start()
    eventually(lambda: platform.opens)
    began = time.monotonic()
    channel.stop()
    assert time.monotonic() - began < 0.5
    assert channel.health.state == "stopped"


def test_it_can_be_started_again(platform: FakeDingTalk, store: Store) -> None:
    with linked(platform, store) as channel:
        channel.stop()
        channel.start()
        platform.wait_connected(2)
        platform.ack_of(platform.push(platform.frame(platform.robot_message("又来了"))))
    assert [each.text for each in store.new] == ["又来了"]


MALFORMED = [
    "", "not json", "{", "[]", "null", "1", '"x"', "{}", '{"type": "CALLBACK"}', '{"headers": 7}', '{"headers": null, "type": "SYSTEM"}',
    '{"type": "CALLBACK", "headers": []}', '{"type": "NEW", "headers": {"topic": "x"}}', "[" * 100_000, '{"a":' * 5_000,
    '{"type": "SYSTEM", "headers": {"topic": "disconnect2"}, "data": "{"}', '{"type": ["CALLBACK"], "headers": {"topic": ["x"]}}',
]  # fmt: skip
UNREADABLE: list[Any] = [
    "",
    "x",
    "null",
    "[]",
    "7",
    None,
    7,
    [],
    "{}",
    '{"msgId": 1}',
    "[" * 50_000,
    '{"text": {"content": "x"}}',
    '{"msgtype": null}',
]


def test_malformed_frames_do_not_cost_the_link(platform: FakeDingTalk, store: Store) -> None:
    with linked(platform, store):
        for raw in MALFORMED:
            platform.send_raw(raw)
        for data in UNREADABLE:
            frame = platform.frame({}) | {"data": data}
            assert platform.ack_of(platform.push(frame))["code"] == 200, data
        platform.ack_of(platform.push(platform.frame(platform.robot_message("还在"))))
        assert len(platform.opens) == 1
    assert len(MALFORMED) + len(UNREADABLE) >= 30
    assert [each.text for each in store.calls] == ["还在"]


def test_system_frames_events_and_unknown_topics_are_answered(platform: FakeDingTalk, store: Store) -> None:
    with linked(platform, store):
        ping = platform.ack_of(platform.push(platform.frame({"opaque": "钉-1"}, "ping", "SYSTEM")))
        event = platform.ack_of(platform.push(platform.frame({"x": 1}, "*", "EVENT")))
        unknown = platform.ack_of(platform.push(platform.frame({}, "/v1.0/unknown")))
    assert (ping["code"], json.loads(ping["data"])) == (200, {"opaque": "钉-1"})
    assert json.loads(event["data"]) == {"status": "SUCCESS"}
    assert unknown["code"] == 404
    assert store.calls == []


def test_a_flood_is_bounded_and_the_rest_comes_again(platform: FakeDingTalk, store: Store) -> None:
    with linked(platform, store, max_inflight=3):
        store.open.clear()
        for number in range(8):
            platform.push(platform.frame(platform.robot_message(str(number), msgId=f"m{number}")))
        time.sleep(0.2)
        store.open.set()
        eventually(lambda: len(store.calls) == 3)
        time.sleep(0.1)
        assert len(platform.unacked) == 5
        for left in (2, 0):  # three at a time, or all when they are stored as fast as they come
            platform.redeliver()
            eventually(lambda left=left: len(platform.unacked) <= left)  # type: ignore[misc]
    assert sorted(each.text for each in store.new) == [str(number) for number in range(8)]


def test_messages_are_stored_in_the_order_in_which_they_came(platform: FakeDingTalk, store: Store) -> None:
    def uneven(incoming: Incoming) -> bool:
        time.sleep(0.01 if int(incoming.text) % 2 == 0 else 0)
        return store(incoming)

    with linked(platform, uneven):
        for number in range(30):
            platform.push(platform.frame(platform.robot_message(str(number))))
        eventually(lambda: platform.unacked == {})
    assert [each.text for each in store.new] == [str(number) for number in range(30)]


def test_keys_and_tickets_are_never_logged(
    platform: FakeDingTalk, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with linked(platform, store) as channel:
        platform.ack_of(platform.push(platform.frame(platform.robot_message("x"))))
        channel.deliver(store.new[0].reply_address, Outgoing("收到"))
        platform.webhook_answer = {"errcode": 300001, "errmsg": "session 不存在"}
        channel.deliver(store.new[0].reply_address, Outgoing("收到"))
        platform.ack_of(platform.push(platform.frame({}) | {"data": '{"sessionWebhook": "canary-session"'}))
        platform.reset()
        platform.wait_connected(2)
        assert "canary" not in repr(channel.settings)
    assert "dingtalk" in caplog.text
    assert "canary" not in caplog.text


# ---- reading ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort", "content", "kind", "text"),
    [
        ("audio", {"duration": 3000, "recognition": "入库酱油二十箱"}, "voice", "入库酱油二十箱"),
        ("audio", {"duration": 3000, "downloadCode": "x"}, "file", ""),
        ("audio", json.dumps({"recognition": "查库存"}), "voice", "查库存"),
        ("picture", {"downloadCode": "x"}, "photo", ""),
            ("picture", {"pictureDownloadCode": "x"}, "file", ""),
        ("video", {"downloadCode": "x"}, "file", ""),
        ("file", {"fileName": "对账单.xlsx"}, "file", ""),
        ("richText", {"richText": [{"text": "入库 "}, {"text": "\n"}, {"type": "picture"}, {"text": "酱油"}]}, "typed", "入库 \n酱油"),
        ("richText", {"richText": [{"type": "picture", "downloadCode": "x"}]}, "photo", ""),
            ("richText", {"richText": [{"text": "入库 20箱"}, {"type": "picture", "downloadCode": "x"}]}, "photo", "入库 20箱"),
            ("richText", {"richText": 7}, "file", ""),
        ("richText", {"richText": "x"}, "file", ""),
        ("unknownMsgType", {"unknownMsgType": "x"}, "file", ""),
        ("text", None, "typed", ""),
        ("audio", None, "file", ""),
        ("audio", [1], "file", ""),
    ],
)  # fmt: skip
def test_what_arrives_is_read(platform: FakeDingTalk, sort: str, content: Any, kind: str, text: str) -> None:
    message = read_robot_message(platform.robot_message(sort=sort, content=content), CLIENT_ID, "f")
    assert (message.kind, message.text) == (kind, text)


def test_in_a_group_a_repeated_mention_is_taken_off(platform: FakeDingTalk) -> None:
    content = {"richText": [{"text": "@掌柜 "}, {"text": "查库存"}]}
    message = read_robot_message(
        platform.robot_message(sort="richText", group=True, content=content), CLIENT_ID, "f"
    )
    assert (message.text, message.is_group) == ("查库存", True)


@pytest.mark.parametrize("staff", ["", None, 7])
def test_without_a_staff_number_nobody_is_meant(platform: FakeDingTalk, staff: Any) -> None:
    assert read_robot_message(platform.robot_message("x", senderStaffId=staff), CLIENT_ID, "f").sender == ""


def test_without_a_message_id_the_frame_or_the_content_tells_it_apart(platform: FakeDingTalk) -> None:
    data = platform.robot_message("x", msgId=None)
    assert read_robot_message(data, CLIENT_ID, "frame-1").message_id == "frame-1"
    keys = {
        read_robot_message(each, CLIENT_ID, "").message_id
        for each in (data, dict(data), data | {"createAt": 1})
    }
    assert len(keys) == 2


def test_what_no_database_takes_is_cleaned(platform: FakeDingTalk) -> None:
    data = json.loads(r'{"msgtype": "text", "text": {"content": "a\u0000b\ud83dc"}, "x": NaN}')
    message = read_robot_message(data, CLIENT_ID, "f")
    assert message.text == "ab?c"
    json.dumps(message.raw, allow_nan=False, ensure_ascii=False).encode()


CARD = {
    "type": "actionCallback",
    "outTrackId": "card-1",
    "userId": "manager807",
    "spaceType": "IM",
    "spaceId": "cid=",
}


@pytest.mark.parametrize(
    "content",
    [
        {"cardPrivateData": {"actionIds": ["confirm"], "params": {"say": "确认 7F3A"}}},
        json.dumps({"cardPrivateData": {"actionIds": ["confirm"], "params": {"say": "确认 7F3A"}}}),
        {"userPrivateData": {"actionIds": ["confirm"], "params": {"say": "确认 7F3A"}}},
        {"actionData": {"cardPrivateData": {"actionIds": ["confirm"], "params": {"say": "确认 7F3A"}}}},
        {"actionId": "confirm", "params": {"say": "确认 7F3A"}},
    ],
)
def test_a_card_click_is_the_words_on_its_button(content: Any) -> None:
    click = read_card_click(CARD | {"content": content}, CLIENT_ID)
    assert (click.kind, click.text, click.sender) == ("button", "确认 7F3A", "manager807")
    assert (click.message_id, click.is_group) == ("card/card-1/confirm/manager807", True)


def test_a_card_click_comes_over_the_link(platform: FakeDingTalk, store: Store) -> None:
    data = CARD | {"content": json.dumps({"cardPrivateData": {"actionIds": ["确认 7F3A"]}})}
    with linked(platform, store):
        ack = platform.ack_of(platform.push(platform.frame(data, CARD_TOPIC)))
        platform.ack_of(platform.push(platform.frame(data, CARD_TOPIC)))
    assert json.loads(ack["data"]) == {"response": {}}
    assert [each.text for each in store.new] == ["确认 7F3A"]
    assert len(store.calls) == 2


def test_a_topic_is_what_the_library_says() -> None:
    from bot.channels import dingtalk_api

    assert (dingtalk_api.ROBOT_TOPIC, dingtalk_api.CARD_TOPIC) == (ROBOT_TOPIC, CARD_TOPIC)


# ---- sending ---------------------------------------------------------------------------------------------


def test_buttons_are_links_that_say_the_words(platform: FakeDingTalk) -> None:
    sender_to(platform).deliver(address_in(platform), Outgoing("入库 20箱？", CONFIRM))
    (said,) = platform.said
    markdown = said["markdown"]["text"]
    assert said["msgtype"] == "markdown"
    assert "[确认入库](dtmd://dingtalkclient/sendMessage?content=%E7%A1%AE%E8%AE%A4%207F3A)" in markdown
    assert "也可以直接回复：确认 7F3A、取消 7F3A" in markdown


@pytest.mark.parametrize(
    "hostile",
    ["[点我](javascript:alert(1))", "<font color=red>酱油</font>", "# 大标题", "**粗**", "![x](http://x)"],
)
def test_names_cannot_become_markup(platform: FakeDingTalk, hostile: str) -> None:
    buttons = (Button(hostile, f"要 {hostile}"),)
    sender_to(platform).deliver(address_in(platform), Outgoing(f"哪一个？\n{hostile}", buttons))
    markdown = platform.said[0]["markdown"]["text"]
    assert markdown.count("](") == 1
    assert markdown.count("[") == 1
    assert not any(sign in markdown for sign in "<>*#!`")


@pytest.mark.parametrize("minutes", [4, -10, None])
def test_a_webhook_near_its_end_is_not_used(platform: FakeDingTalk, minutes: int | None) -> None:
    address = address_in(platform)
    address["webhook_expires"] = 0 if minutes is None else int((time.time() + minutes * 60) * 1000)
    sender_to(platform).deliver(address, Outgoing("提醒"))
    assert platform.said == []
    assert platform.called == [
        (BATCH, {"robotCode": CLIENT_ID, "msgKey": "sampleText", "msgParam": '{"content": "提醒"}', "userIds": ["manager807"]})
    ]  # fmt: skip


def test_an_expired_session_inside_http_200_falls_back(platform: FakeDingTalk) -> None:
    platform.webhook_answer = {"errcode": 300001, "errmsg": "session 不存在"}
    sender_to(platform).deliver(address_in(platform), Outgoing("入库？", CONFIRM))
    ((path, body),) = platform.called
    assert (path, body["msgKey"], body["userIds"]) == (BATCH, "sampleMarkdown", ["manager807"])
    assert "dtmd://" in json.loads(body["msgParam"])["text"]


def test_a_group_is_answered_in_the_group_and_the_asker_is_named(platform: FakeDingTalk) -> None:
    address = address_in(platform, group=True)
    sender_to(platform).deliver(address, Outgoing("已记"))
    assert platform.said[0]["at"] == {"atUserIds": ["manager807"]}
    sender_to(platform).deliver(address | {"webhook": ""}, Outgoing("日报"))
    ((path, body),) = platform.called
    assert (path, body["openConversationId"], "userIds" in body) == (GROUP, "cidFAKE==", False)


@pytest.mark.parametrize(
    "webhook",
    ["http://169.254.169.254/latest", "file:///etc/passwd", "{url}@evil.invalid/x", "http://[::1", "//x", "{url}.evil.invalid/", "HTTP://127.0.0.1/"],
)  # fmt: skip
def test_only_the_platforms_own_addresses_are_called(platform: FakeDingTalk, webhook: str) -> None:
    channel = sender_to(platform)
    address = address_in(platform) | {"webhook": webhook.format(url=platform.url)}
    channel.deliver(address, Outgoing("x"))
    assert [path for path, _ in platform.called] == [BATCH]
    assert DingTalkSettings("a", "b").webhook_origins == (
        "https://oapi.dingtalk.com",
        "https://api.dingtalk.com",
    )


@pytest.mark.parametrize(
    ("status", "answer", "kind", "words"),
    [
        (200, {"invalidStaffIdList": ["manager807"]}, "drop", "查无此人"),
        (200, {"filteredStaffIdList": ["manager807"]}, "drop", "查无此人"),
        (200, {"flowControlledStaffIdList": ["manager807"]}, "retry", "限了流"),
        (200, {"code": "send.too.fast", "message": "x"}, "retry", "发得太快"),
        (400, {"code": "send.byToken.tooFast", "message": "x"}, "retry", "发得太快"),
        (429, {}, "retry", "发得太快"),
        (400, {"code": "Throttling.Api", "message": "x"}, "retry", "发得太快"),
        (500, {}, "retry", "HTTP 500"),
        (502, "<html>bad gateway</html>", "retry", "没有应答"),
        (200, "<html>maintenance</html>", "retry", "没有应答"),
        (400, {"code": "staffId.notExisted", "message": "x"}, "drop", "找不到这个人"),
        (400, {"code": "invalidParameter.robotCode", "message": "robot 不存在"}, "alert", "robot 不存在"),
        (200, {"errcode": 43, "errmsg": "odd"}, "alert", "odd"),
    ],
)
def test_an_error_inside_an_answer_is_told(
    platform: FakeDingTalk, status: int, answer: Any, kind: str, words: str
) -> None:
    platform.answers.append((status, answer))
    with pytest.raises(DeliveryError, match=words) as failed:
        sender_to(platform).deliver(address_in(platform) | {"webhook": ""}, Outgoing("x"))
    assert failed.value.kind == kind
    assert (failed.value.retry_after is not None) == (kind == "retry")
    assert platform.called == []


def test_another_person_left_out_is_not_our_failure(platform: FakeDingTalk) -> None:
    platform.answers.append((200, {"invalidStaffIdList": ["lisi"], "flowControlledStaffIdList": ["wang"]}))
    sender_to(platform).deliver(address_in(platform) | {"webhook": ""}, Outgoing("x"))
    assert not platform.answers


def test_a_busy_webhook_is_tried_again_later_and_not_gone_around(platform: FakeDingTalk) -> None:
    platform.webhook_answer = {"errcode": 130101, "errmsg": "send too fast"}
    with pytest.raises(DeliveryError) as failed:
        sender_to(platform).deliver(address_in(platform), Outgoing("x"))
    assert (failed.value.kind, platform.called) == ("retry", [])


def test_a_crowd_shares_one_token_also_when_it_expires(platform: FakeDingTalk) -> None:
    channel, address = sender_to(platform), address_in(platform) | {"webhook": ""}

    def crowd() -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: channel.deliver(address, Outgoing(f"第{number}条")), range(8)))

    crowd()
    assert platform.token_requests == 1
    platform.token_expires_next = True
    crowd()
    assert (platform.token_requests, len(platform.called)) == (2, 16)


def test_a_token_that_is_never_good_is_tried_twice_and_reported(platform: FakeDingTalk) -> None:
    platform.token_never_good = True
    with pytest.raises(DeliveryError, match="接口权限") as failed:
        sender_to(platform).deliver(address_in(platform) | {"webhook": ""}, Outgoing("x"))
    assert (failed.value.kind, platform.token_requests) == ("alert", 2)


def test_silence_is_tried_again_and_no_key_is_told(platform: FakeDingTalk) -> None:
    platform.delay = 0.6
    nowhere = settings_for(platform, api_url="http://127.0.0.1:9", webhook_origins=())
    for channel in (sender_to(platform, timeout=0.2), DingTalk(nowhere, Store())):
        with pytest.raises(DeliveryError, match="没有应答") as failed:
            channel.deliver(address_in(platform), Outgoing("x"))
        assert failed.value.kind == "retry"
        assert failed.value.__suppress_context__
        assert "canary" not in str(failed.value)


@pytest.mark.parametrize(
    "address", [{}, {"user": "", "group": False, "conversation": "cid="}, {"group": True}]
)
def test_nobody_to_send_to_is_dropped(platform: FakeDingTalk, address: dict[str, Any]) -> None:
    with pytest.raises(DeliveryError) as failed:
        sender_to(platform).deliver(address, Outgoing("x"))
    assert (failed.value.kind, platform.token_requests) == ("drop", 0)


def test_a_long_text_is_split_and_the_buttons_come_last(platform: FakeDingTalk) -> None:
    text = "\n".join(f"{number} 海天金标生抽 500ml 库存 {number * 7} 瓶" for number in range(500))
    sender_to(platform).deliver(address_in(platform), Outgoing(text, (Button("更多", "更多"),)))
    assert [each["msgtype"] for each in platform.said] == ["text", "text", "text", "markdown"]
    first = "\n".join(each["text"]["content"] for each in platform.said[:-1])
    assert text.startswith(first)
    assert "499 海天" in platform.said[-1]["markdown"]["text"]
