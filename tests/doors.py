"""四扇门：同一段对话从网页、终端、企业微信、钉钉走进同一家店。"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from bot.app import create_app
from bot.channels.dingtalk import DingTalk
from bot.channels.dingtalk_api import DingTalkSettings
from bot.channels.wecom_api import WeComSettings
from bot.channels.wecom_app import WeComApp
from bot.message import Incoming
from bot.settings import Settings
from bot.shop import Shop as RunningShop
from bot.shop import configured, open_shop
from core.commands import IssueBindingCode, IssueToken
from core.execute import Order, execute
from core.staff import Actor, actor_by_name
from notifications.clock import tick
from tests.fakes.fake_dingtalk import CLIENT_ID, CLIENT_SECRET, FakeDingTalk
from tests.fakes.fake_wecom import AES_KEY, CORP, SECRET, TOKEN, FakeWeCom, message_xml, push
from tests.fakes.server import eventually, served
from tests.make import NOW

Say = Callable[[str, str], str]


def ticking() -> Callable[[], datetime]:
    """The fixture's day, with seconds that pass."""
    start = time.monotonic()
    return lambda: NOW + timedelta(seconds=time.monotonic() - start)


class Door(ABC):
    """say(name, text) → what comes back to that person; `exact` doors show the words unchanged."""

    exact = True

    def __init__(self, shop: RunningShop) -> None:
        self.shop = shop

    def person(self, name: str) -> Actor:
        with self.shop.books.read() as conn:
            return actor_by_name(conn, self.shop.company_id, name)

    def secret(self, command: object) -> str:
        return str(
            execute(
                self.shop.books, self.person("李老板"), Order(command, f"test/{uuid4()}"), self.shop.clock()
            )["secret"]
        )

    @abstractmethod
    def say(self, name: str, text: str, group: str = "") -> str: ...

    def photograph(self, name: str, picture: bytes, words: str = "") -> str:
        """Send a photo, with words where the platform has a way to; the console has no camera."""
        raise NotImplementedError


class ConsoleDoor(Door):
    def say(self, name: str, text: str, group: str = "") -> str:
        incoming = Incoming(
            "console",
            "main",
            uuid4().hex,
            f"group/{group}" if group else "console",
            str(self.person(name).id),
            bool(group),
            "typed",
            text,
            {},
            {},
        )
        return self.shop.inbox.answer(incoming).text


class WebDoor(Door):
    """Real HTTP with a bearer token, as an integration would."""

    def __init__(self, shop: RunningShop, url: str) -> None:
        super().__init__(shop)
        self.url, self.tokens = url, dict[str, str]()

    def say(self, name: str, text: str, group: str = "") -> str:
        if name not in self.tokens:
            self.tokens[name] = self.secret(IssueToken(self.person(name).id))
        body = {"message_id": uuid4().hex, "text": text} | ({"group": group} if group else {})
        answer = httpx.post(
            f"{self.url}/api/v1/chat",
            json=body,
            headers={"Authorization": f"Bearer {self.tokens[name]}"},
            timeout=20,
        )
        answer.raise_for_status()
        return str(answer.json()["text"])

    def photograph(self, name: str, picture: bytes, words: str = "") -> str:
        self.say(name, "在吗")
        answer = httpx.post(
            f"{self.url}/api/v1/chat/photo",
            params={"message_id": uuid4().hex, "text": words},
            content=picture,
            headers={"Authorization": f"Bearer {self.tokens[name]}", "Content-Type": "image/jpeg"},
            timeout=20,
        )
        answer.raise_for_status()
        return str(answer.json()["text"])


class WeComDoor(Door):
    """Encrypted callbacks in, message/send out; each person binds with a code first."""

    exact = False

    def __init__(self, shop: RunningShop, url: str, platform: FakeWeCom) -> None:
        super().__init__(shop)
        self.url, self.platform, self.bound = f"{url}/wecom/callback", platform, dict[str, str]()

    def say(self, name: str, text: str, group: str = "") -> str:
        if name not in self.bound:
            self.bound[name] = f"user{len(self.bound) + 1}"
            assert "绑定好了" in self.send(
                name, f"绑定 {self.secret(IssueBindingCode(self.person(name).id))}"
            )
        return self.send(name, text)

    def photograph(self, name: str, picture: bytes, words: str = "") -> str:
        """The platform has no photo with words: they come as the next message."""
        self.say(name, "在吗")
        media = uuid4().hex
        self.platform.media[media] = picture
        seen = self.post(name, "image", MediaId=media, PicUrl="http://127.0.0.1/never-asked")
        return self.say(name, words) if words else seen

    def send(self, name: str, text: str, msg_id: str | None = None) -> str:
        return self.post(name, "text", msg_id, Content=text)

    def post(self, name: str, sort: str, msg_id: str | None = None, **fields: str) -> str:
        before = len(self.platform.sent)
        number = msg_id or str(uuid4().int % 10**18)
        xml = message_xml(sort, msg_id=number, FromUserName=self.bound[name], **fields)
        assert push(self.url, xml) == [200]
        eventually(lambda: len(self.platform.sent) > before)
        return "\n".join(body["text"]["content"] for body in self.platform.sent[before:])


class DingTalkDoor(Door):
    exact = False

    def __init__(self, shop: RunningShop, platform: FakeDingTalk) -> None:
        super().__init__(shop)
        self.platform, self.bound = platform, dict[str, str]()

    def say(self, name: str, text: str, group: str = "") -> str:
        if name not in self.bound:
            self.bound[name] = f"staff{len(self.bound) + 1}"
            assert "绑定好了" in self.send(
                name, f"绑定 {self.secret(IssueBindingCode(self.person(name).id))}"
            )
        return self.send(name, text)

    def photograph(self, name: str, picture: bytes, words: str = "") -> str:
        """With words it is what the app calls rich text: pieces, one of them the picture."""
        self.say(name, "在吗")
        code = uuid4().hex
        self.platform.files[code] = picture
        shot = {"downloadCode": code, "pictureDownloadCode": f"p{code}"}
        if not words:
            return self.send(name, None, sort="picture", content=shot)
        pieces = [{"text": words}, {"text": "\n"}, {"type": "picture", **shot}]
        return self.send(name, None, sort="richText", content={"richText": pieces})

    def send(self, name: str, text: str | None, **more: Any) -> str:
        before = len(self.platform.said)
        who = self.bound[name]
        message = self.platform.robot_message(text, senderStaffId=who, conversationId=f"cid{who}", **more)
        frame = self.platform.frame(message)
        self.platform.ack_of(self.platform.push(frame))
        eventually(lambda: len(self.platform.said) > before)
        return "\n".join(_words(body) for body in self.platform.said[before:])


def _words(body: dict[str, dict[str, str]]) -> str:
    return body["markdown"]["text"] if "markdown" in body else body["text"]["content"]


@contextmanager
def open_door(kind: str, database_url: str, home: Path) -> Iterator[Door]:
    """A running shop behind one door; everything real but the platform and the clock's day."""
    settings = Settings(home=home, database_url=database_url)
    with ExitStack() as stack:
        channels = configured(settings)
        if kind == "wecom_app":
            wecom = stack.enter_context(FakeWeCom())
            channels.append(
                lambda shop: WeComApp(
                    WeComSettings(CORP, 218, SECRET, TOKEN, AES_KEY, base_url=wecom.base_url, part_pause=0),
                    shop.receive,
                )
            )
        if kind == "dingtalk":
            dingtalk = stack.enter_context(FakeDingTalk())
            channels.append(
                lambda shop: DingTalk(
                    DingTalkSettings(
                        CLIENT_ID,
                        CLIENT_SECRET,
                        api_url=dingtalk.url,
                        webhook_origins=(dingtalk.url,),
                        timeout=2.0,
                        first_delay=0.02,
                    ),
                    shop.receive,
                )
            )
        shop = open_shop(settings, ticking(), channels)
        stack.callback(shop.stop)
        shop.start()
        tick(shop.books, shop.clock())  # the morning's notices are out before anybody is bound
        if kind == "console":
            yield ConsoleDoor(shop)
            return
        url = stack.enter_context(served(create_app(shop)))
        if kind == "web":
            yield WebDoor(shop, url)
        elif kind == "wecom_app":
            yield WeComDoor(shop, url, wecom)
        else:
            dingtalk.wait_connected(1)
            yield DingTalkDoor(shop, dingtalk)
