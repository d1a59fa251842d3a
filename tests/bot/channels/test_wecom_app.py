"""企业微信：真的网络连接，假的平台。"""

import base64
import itertools
import json
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from fastapi import FastAPI

from bot.channels.wecom_api import WeComSettings
from bot.channels.wecom_app import WeComApp
from bot.channels.wording import split_bytes
from bot.message import Button, DeliveryError, Outgoing
from tests.fakes.fake_wecom import AES_KEY, CORP, SECRET, TOKEN, FakeWeCom, Sealer, message_xml, push
from tests.fakes.server import served
from tests.fakes.store import Store

VECTORS = json.loads((Path(__file__).parents[2] / "data" / "wecom_vectors.json").read_text("utf-8"))
VECTOR_TIME = 1409659813
SETTINGS = WeComSettings(CORP, 218, SECRET, TOKEN, AES_KEY, part_pause=0.0, timeout=2.0)
CONFIRM = (Button("确认入库", "确认 7F3A"), Button("取消", "取消 7F3A"))


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture(scope="module")
def door() -> Iterator[tuple[str, Store]]:
    store, app = Store(), FastAPI()
    app.include_router(WeComApp(SETTINGS, store).router)
    with served(app) as url:
        yield f"{url}/wecom/callback", store


@pytest.fixture
def callback(door: tuple[str, Store]) -> str:
    door[1].reset()
    return door[0]


@pytest.fixture
def store(door: tuple[str, Store], callback: str) -> Store:
    return door[1]


@pytest.fixture
def platform() -> Iterator[FakeWeCom]:
    with FakeWeCom() as fake:
        yield fake


def channel_to(platform: FakeWeCom, **changes: Any) -> WeComApp:
    return WeComApp(replace(SETTINGS, base_url=platform.base_url, **changes), Store())


# ---- callbacks -------------------------------------------------------------------------------------------


def test_public_vectors_open_through_our_own_route() -> None:
    store = Store()
    config = VECTORS["config"]
    settings = replace(SETTINGS, token=config["token"], encoding_aes_key=config["encoding_aes_key"])
    app = FastAPI()
    app.include_router(WeComApp(settings, store, now=lambda: VECTOR_TIME + 3).router)
    with served(app) as url:
        check = httpx.get(f"{url}/wecom/callback?{VECTORS['verify_url']['query_string']}")
        posted = VECTORS["message_post"]
        answer = httpx.post(f"{url}/wecom/callback", params=posted["params"], content=posted["body"])
    assert (check.status_code, check.text) == (200, VECTORS["verify_url"]["expected_response_body"])
    assert check.headers["content-type"].startswith("text/plain")
    assert (answer.status_code, answer.content) == (200, b"")
    (message,) = store.new
    assert (message.text, message.sender, message.chat_id) == ("hello", "mycreate", "mycreate")
    assert (message.message_id, message.account) == ("4561255354251345929", f"{CORP}:218")
    assert (message.kind, message.is_group, message.reply_address) == ("typed", False, {"user": "mycreate"})


def test_url_check_survives_a_plus_that_became_a_space(callback: str) -> None:
    sealer = Sealer()
    encrypted = next(e for e in (sealer.encrypt(b"12345") for _ in itertools.count()) if "+" in e)
    query = sealer.query(encrypted) | {"echostr": encrypted.replace("+", " ")}
    assert httpx.get(callback, params=query).text == "12345"


def test_the_same_message_three_times_is_one_new_message(callback: str, store: Store) -> None:
    query, body = Sealer().envelope(message_xml(Content="入库 酱油 20箱"))
    assert [httpx.post(callback, params=query, content=body).status_code for _ in range(3)] == [200] * 3
    assert [each.message_id for each in store.calls] == ["1001"] * 3
    assert len(store.new) == 1


def test_not_stored_means_not_acknowledged_and_sent_again(callback: str, store: Store) -> None:
    store.failures.extend([OSError("disk full"), OSError("disk full")])
    assert push(callback, message_xml(Content="出库 3箱")) == [503, 503, 200]
    assert [each.text for each in store.new] == ["出库 3箱"]


def test_a_slow_store_does_not_hold_up_others(callback: str, store: Store) -> None:
    store.open.clear()
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(push, callback, message_xml(Content="慢"))
        time.sleep(0.1)
        began = time.monotonic()
        assert httpx.get(callback).status_code == 403
        assert time.monotonic() - began < 0.5
        assert not slow.done()
        store.open.set()
        assert slow.result() == [200]


SCAN = "<ScanCodeInfo><ScanType>barcode</ScanType><ScanResult><![CDATA[{}]]></ScanResult></ScanCodeInfo>"


@pytest.mark.parametrize(
    ("xml", "kind", "text"),
    [
        (message_xml(Content=" 查库存 酱油 \n"), "typed", "查库存 酱油"),
        (message_xml(Content=""), "typed", ""),
        (message_xml("voice", MediaId="m1", Format="amr"), "file", ""),
        (message_xml("voice", MediaId="m1", Recognition="入库酱油二十箱"), "voice", "入库酱油二十箱"),
        (message_xml("image", MediaId="m1", PicUrl="http://x"), "photo", ""),
        (message_xml("image", PicUrl="http://x"), "file", ""),
        (message_xml("file", MediaId="m1"), "file", ""),
        (message_xml("location", Location_X="1"), "file", ""),
        (message_xml("event", msg_id=None, Event="click", EventKey="今日日报"), "button", "今日日报"),
        (message_xml("event", SCAN.format("EAN_13,6901234567892"), None, Event="scancode_waitmsg"), "typed", "6901234567892"),
        (message_xml("event", SCAN.format("QR_CODE,A,B"), None, Event="scancode_push"), "typed", "A,B"),
        (message_xml("event", SCAN.format("6901234567892"), None, Event="scancode_waitmsg"), "typed", "6901234567892"),
    ],
)  # fmt: skip
def test_what_arrives_is_read(callback: str, store: Store, xml: str, kind: str, text: str) -> None:
    assert push(callback, xml) == [200]
    assert [(each.kind, each.text, each.sender) for each in store.new] == [(kind, text, "zhangsan")]


@pytest.mark.parametrize("event", ["subscribe", "unsubscribe", "enter_agent", "LOCATION", "view"])
def test_events_nobody_answers_are_taken_and_forgotten(callback: str, store: Store, event: str) -> None:
    assert push(callback, message_xml("event", msg_id=None, Event=event, EventKey="")) == [200]
    assert store.calls == []


def click(key: str, code: str = "rc1") -> str:
    return message_xml("event", msg_id=None, Event="template_card_event", EventKey=key, TaskId="t1",
                       ResponseCode=code, CardType="button_interaction", CreateTime=int(time.time()) // 60 * 60)  # fmt: skip


def test_events_of_one_second_stay_apart_and_repeats_do_not(callback: str, store: Store) -> None:
    for key in ("确认 7F3A", "取消 7F3A", "确认 7F3A"):
        push(callback, click(key))
    assert [each.text for each in store.calls] == ["确认 7F3A", "取消 7F3A", "确认 7F3A"]
    assert [each.text for each in store.new] == ["确认 7F3A", "取消 7F3A"]
    assert store.new[0].kind == "button"
    assert store.new[0].reply_address["response_code"] == "rc1"


@pytest.mark.parametrize("msg_id", [None, "0", ""])
def test_a_missing_message_id_never_becomes_zero(callback: str, store: Store, msg_id: str | None) -> None:
    for text in ("一", "二"):
        push(callback, message_xml(msg_id=msg_id, Content=text))
    assert [each.text for each in store.new] == ["一", "二"]
    assert all(each.message_id.startswith("event-") for each in store.new)


@pytest.mark.parametrize(
    ("age", "status"), [(20, 200), (3 * 3600, 200), (-3 * 3600, 200), (25 * 3600, 403), (-25 * 3600, 403)]
)
def test_an_old_envelope_is_refused_and_a_late_retry_is_not(
    callback: str, store: Store, age: int, status: int
) -> None:
    assert push(callback, message_xml(Content="x", CreateTime=int(time.time()) - age), tries=1) == [status]
    assert len(store.new) == (status == 200)


def bad_callbacks() -> Iterator[tuple[str, dict[str, str], bytes, int]]:
    """(what is wrong, query, body, the answer)."""
    sealer, good = Sealer(), message_xml(Content="x")
    query, body = sealer.envelope(good)
    sealed = body.encode()

    def signed(encrypted: str) -> tuple[dict[str, str], bytes]:
        return sealer.query(encrypted), f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode()

    def inside(xml: str | bytes) -> tuple[dict[str, str], bytes]:
        return signed(sealer.encrypt(xml if isinstance(xml, bytes) else xml.encode()))

    yield "no query", {}, sealed, 403
    for name in query:
        yield f"no {name}", {each: value for each, value in query.items() if each != name}, sealed, 403
        yield f"empty {name}", query | {name: ""}, sealed, 403
    yield "zero signature", query | {"msg_signature": "0" * 40}, sealed, 403
    yield "long signature", query | {"msg_signature": query["msg_signature"] + "0"}, sealed, 403
    yield "signature in Chinese", query | {"msg_signature": "签名"}, sealed, 403
    yield "shifted timestamp", query | {"timestamp": query["timestamp"] + "1"}, sealed, 403
    yield "shifted nonce", query | {"nonce": "签" + query["nonce"]}, sealed, 403
    for name, content in {
        "empty": b"", "not XML": b"hello", "empty XML": b"<xml/>", "JSON": b'{"encrypt":"x"}',
        "Encrypt empty": b"<xml><Encrypt></Encrypt></xml>", "cut": sealed[:-30], "cut short": sealed[:20],
        "binary": bytes(range(256)) * 8, "not UTF-8": b"<xml>\xff\xfe</xml>", "NUL": b"\x00" * 100,
        "doctype": b"<!DOCTYPE x>" + sealed, "Doctype spaced": b"<! doctype x>" + sealed,
        "entity bomb": b'<!DOCTYPE l [<!ENTITY a "ha">]><xml>&a;</xml>' + sealed,
        "spaces": b"<Encrypt>" + b" " * 60_000, "letters": b"<Encrypt>" + b"A" * 60_000,
        "many Encrypt": b"<Encrypt>" * 7_000, "deep": b"<a>" * 20_000,
    }.items():  # fmt: skip
        yield name, query, content, 400
    yield "64 KiB and one", query, b"<" * (64 * 1024 + 1), 413
    yield "9 MiB", query, b"<xml>" * 1_900_000, 413
    yield "another corp", *_other(Sealer(corp="wxother"), good), 403
    yield "no corp", *_other(Sealer(corp=""), good), 403
    yield "another key", *_other(Sealer(aes_key=base64.b64encode(b"k" * 32).decode()[:43]), good), 403
    for name, encrypted in {
        "garbage": base64.b64encode(b"g" * 64).decode(), "one block": base64.b64encode(b"g" * 16).decode(),
        "odd length": base64.b64encode(b"g" * 17).decode(), "bad padding": "AAA", "signs": "====",
    }.items():  # fmt: skip
        yield f"signed {name}", *signed(encrypted), 403
    for name, xml in {
        "nothing": "", "text": "hello", "other root": "<a><b/></a>", "no sender": "<xml><MsgType>text</MsgType></xml>",
        "bare root": "<xml/>", "unclosed": "<xml><FromUserName>z", "doctype": "<!DOCTYPE x>" + good,
        "deep": "<a>" * 3_000,
    }.items():  # fmt: skip
        yield f"sealed {name}", *inside(xml), 400
    yield "sealed bytes that are no text", *inside(b"\xff\xfe<xml>"), 403
    yield "sealed for another app", *inside(message_xml(Content="x", AgentID=999)), 403
    yield "sealed without a time", *inside(message_xml(Content="x", CreateTime="")), 403
    yield "sealed with a time in words", *inside(message_xml(Content="x", CreateTime="昨天")), 403
    yield "sealed with an endless time", *inside(message_xml(Content="x", CreateTime="9" * 5_000)), 403


def _other(sealer: Sealer, xml: str) -> tuple[dict[str, str], bytes]:
    query, body = sealer.envelope(xml)
    return query, body.encode()


def test_bad_callbacks_are_refused_quickly_and_never_break(callback: str, store: Store) -> None:
    cases = list(bad_callbacks())
    assert len(cases) >= 40
    with httpx.Client(timeout=5) as client:
        for name, query, body, status in cases:
            seconds = []
            for _ in range(3):  # the fastest of three: the machine may be busy, the code may not be slow
                began = time.perf_counter()
                answer = client.post(callback, params=query, content=body)
                seconds.append(time.perf_counter() - began)
                assert answer.status_code == status, name
                assert answer.content == b"", name
            assert min(seconds) < 0.1, name
    assert store.calls == []


def test_a_body_of_unknown_length_is_cut_off_too(callback: str) -> None:
    query, _ = Sealer().envelope("x")
    pieces = (b"x" * 8192 for _ in range(1_000))
    assert httpx.post(callback, params=query, content=pieces).status_code == 413


@pytest.mark.parametrize("drop", [*("msg_signature", "timestamp", "nonce", "echostr"), "corp"])
def test_a_bad_url_check_is_refused(callback: str, drop: str) -> None:
    sealer = Sealer(corp="wxother") if drop == "corp" else Sealer()
    encrypted = sealer.encrypt(b"12345")
    query = sealer.query(encrypted) | {"echostr": encrypted}
    query.pop(drop, None)
    assert httpx.get(callback, params=query).status_code == 403


def test_a_wrong_key_is_named_in_the_settings() -> None:
    with pytest.raises(ValueError, match="EncodingAESKey 应是 43 个字符"):
        WeComApp(replace(SETTINGS, encoding_aes_key="c2hvcnQ"), Store())


# ---- sending ---------------------------------------------------------------------------------------------


def test_a_text_arrives(platform: FakeWeCom) -> None:
    channel_to(platform).deliver({"user": "zhangsan"}, Outgoing("已入库 20箱"))
    assert platform.sent == [
        {"touser": "zhangsan", "agentid": 218, "msgtype": "text", "text": {"content": "已入库 20箱"}}
    ]


def test_a_long_text_is_split_at_lines_and_nothing_is_lost(platform: FakeWeCom) -> None:
    text = "\n".join(f"{number} 海天金标生抽 500ml 库存 {number * 7} 瓶" for number in range(120))
    channel_to(platform).deliver({"user": "z"}, Outgoing(text))
    parts = [each["text"]["content"] for each in platform.sent]
    assert len(parts) > 2
    assert all(len(part.encode()) <= 2048 for part in parts)
    assert "\n".join(parts) == text


def test_one_endless_line_is_cut_between_characters() -> None:
    text = "酱油🧂" * 900
    parts = split_bytes(text, 2048)
    assert "".join(parts) == text
    assert all(len(part.encode()) <= 2048 for part in parts)


def test_a_crowd_shares_one_token_also_when_it_expires(platform: FakeWeCom) -> None:
    channel = channel_to(platform)

    def crowd() -> None:
        together = threading.Barrier(8)

        def one(number: int) -> None:
            together.wait()
            channel.deliver({"user": "z"}, Outgoing(f"第{number}条"))

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(one, range(8)))

    crowd()
    assert platform.token_requests == 1
    platform.token_expires_next = True
    crowd()
    assert (platform.token_requests, len(platform.sent)) == (2, 16)


def test_a_token_that_is_never_good_is_tried_twice_and_reported(platform: FakeWeCom) -> None:
    channel = channel_to(platform)
    platform.token_never_good = True
    with pytest.raises(DeliveryError, match="Secret 不对") as failed:
        channel.deliver({"user": "z"}, Outgoing("x"))
    assert failed.value.kind == "alert"
    assert (platform.calls, platform.token_requests) == (2, 2)


IP_WORDS = "not allow to access from your ip, hint: [1], from ip: 203.0.113.7, more info at https://x.invalid"


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ({"errcode": 45009, "errmsg": "api freq out of limit"}, "retry", "过一会儿再发"),
        ({"errcode": -1, "errmsg": "system busy"}, "retry", "过一会儿再发"),
        ({"errcode": 60020, "errmsg": IP_WORDS}, "alert", "企业可信IP”里加上 203.0.113.7（"),
        ({"errcode": 60020, "errmsg": "not allow"}, "alert", "出口地址"),
        ({"errcode": 81013, "errmsg": "all invalid"}, "drop", "找不到这个人"),
        ({"errcode": 40056, "errmsg": "invalid agentid"}, "alert", "40056"),
        ({"errcode": 0, "errmsg": "ok", "invaliduser": "lisi|zhangsan"}, "drop", "送不到 ZhangSan"),
        ({"errcode": 0, "errmsg": "ok", "unlicenseduser": "zhangsan"}, "drop", "送不到 ZhangSan"),
        (web.Response(status=502, text="bad gateway"), "retry", "HTTP 502"),
        (web.Response(text="<html>maintenance</html>"), "retry", "没有应答"),
        (web.Response(text="[]"), "retry", "没有应答"),
    ],
)
def test_an_error_inside_an_answer_is_told(platform: FakeWeCom, answer: Any, kind: str, words: str) -> None:
    platform.answers.append(answer)
    with pytest.raises(DeliveryError, match=words) as failed:
        channel_to(platform).deliver({"user": "ZhangSan"}, Outgoing("x"))
    assert failed.value.kind == kind
    assert (failed.value.retry_after is not None) == (kind == "retry")
    assert platform.sent == []


def test_another_person_left_out_is_not_our_failure(platform: FakeWeCom) -> None:
    platform.invalid = "lisi"
    channel_to(platform).deliver({"user": "zhangsan"}, Outgoing("x"))
    assert len(platform.sent) == 1


def test_wrong_credentials_are_an_alert(platform: FakeWeCom) -> None:
    for changes in ({"secret": "wrong"}, {"corp_id": "wxother"}):
        with pytest.raises(DeliveryError) as failed:
            channel_to(platform, **changes).deliver({"user": "z"}, Outgoing("x"))
        assert failed.value.kind == "alert"


def test_nobody_to_send_to_is_dropped(platform: FakeWeCom) -> None:
    with pytest.raises(DeliveryError) as failed:
        channel_to(platform).deliver({}, Outgoing("x"))
    assert (failed.value.kind, platform.token_requests) == ("drop", 0)


def test_silence_is_tried_again_and_no_key_is_told(
    platform: FakeWeCom, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    channel = channel_to(platform, timeout=0.3)
    channel.deliver({"user": "z"}, Outgoing("x"))
    platform.delay = 0.6
    nowhere = WeComApp(replace(SETTINGS, base_url="http://127.0.0.1:9/cgi-bin/"), Store())
    for each in (channel, nowhere):
        with pytest.raises(DeliveryError, match="没有应答") as failed:
            each.deliver({"user": "z"}, Outgoing("x"))
        assert failed.value.kind == "retry"
        assert failed.value.__suppress_context__
        assert "canary" not in str(failed.value)
    assert "canary" not in caplog.text
    assert "canary" not in repr(channel.settings)


def test_buttons_become_a_card_whose_keys_are_the_words_to_say(platform: FakeWeCom) -> None:
    channel_to(platform, cards=True).deliver(
        {"user": "z"}, Outgoing("确认入库？\n酱油 20箱", CONFIRM, "reply/7")
    )
    card = platform.sent[0]["template_card"]
    assert (card["card_type"], card["main_title"]["title"], card["sub_title_text"]) == (
        "button_interaction", "确认入库？", "酱油 20箱",
    )  # fmt: skip
    assert [(each["text"], each["key"]) for each in card["button_list"]] == [(b.text, b.say) for b in CONFIRM]
    assert card["task_id"].replace("-", "").isalnum()
    assert len(card["task_id"]) <= 128


def test_a_long_preview_comes_as_text_and_the_card_below(platform: FakeWeCom) -> None:
    text = "确认入库？\n" + "海天金标生抽 500ml 20箱\n" * 20
    channel_to(platform, cards=True).deliver({"user": "z"}, Outgoing(text, CONFIRM))
    assert [each["msgtype"] for each in platform.sent] == ["text", "template_card"]


def test_a_name_too_long_for_a_button_shows_what_to_say(platform: FakeWeCom) -> None:
    options = (Button("海天金标生抽 500ml", "1"), Button("海天金标生抽 1.28L", "2"))
    channel_to(platform, cards=True).deliver({"user": "z"}, Outgoing("哪一个？", options))
    assert [each["text"] for each in platform.sent[0]["template_card"]["button_list"]] == ["1", "2"]


@pytest.mark.parametrize(("cards", "count"), [(False, 2), (True, 7)])
def test_without_a_card_the_text_says_what_to_type(platform: FakeWeCom, cards: bool, count: int) -> None:
    buttons = tuple(Button(f"选{number}", f"选项{number}") for number in range(count))
    channel_to(platform, cards=cards).deliver({"user": "z"}, Outgoing("哪一个？", buttons))
    assert platform.sent[0]["msgtype"] == "text"
    assert all(button.say in platform.sent[0]["text"]["content"] for button in buttons)


def test_a_pressed_card_loses_its_buttons_and_the_answer_comes_anyway(platform: FakeWeCom) -> None:
    channel = channel_to(platform)
    address = {"user": "z", "response_code": "rc1", "clicked_at": int(time.time()), "clicked": "确认 7F3A"}
    channel.deliver(address, Outgoing("已入库"))
    platform.update_answer = {"errcode": 40008, "errmsg": "used"}
    channel.deliver(address, Outgoing("再说一次"))
    channel.deliver(address | {"clicked_at": 0}, Outgoing("很久以后"))
    assert [each["response_code"] for each in platform.updated] == ["rc1", "rc1"]
    assert platform.updated[0]["button"]["replace_name"] == "已选：确认 7F3A"
    assert [each["text"]["content"] for each in platform.sent] == ["已入库", "再说一次", "很久以后"]
