"""钉钉机器人：长连接收消息，会话地址或接口发消息。"""

import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from bot.channels.dingtalk_api import CARD_TOPIC, ROBOT_TOPIC, DingTalkApi, DingTalkSettings
from bot.channels.dingtalk_link import LinkHealth, StreamLink
from bot.channels.dingtalk_read import download_codes, read_card_click, read_json, read_robot_message
from bot.channels.wording import split_bytes, with_choices
from bot.message import Address, Button, DeliveryError, Incoming, Outgoing, Receive
from bot.photos import LARGEST

log = logging.getLogger(__name__)

LONGEST_PART = 6000  # bytes of text in one message; the platform takes 15 000 of JSON
SAY_LINK = "dtmd://dingtalkclient/sendMessage?content="
WEBHOOK_MARGIN_MS = 5 * 60 * 1000
# Names and notes come from people; as full-width signs they cannot make links, headings or colours.
PLAIN = str.maketrans("[]<>*`#!_", "［］＜＞＊｀＃！＿")


class DingTalk:
    name = "dingtalk"

    def __init__(
        self, settings: DingTalkSettings, receive: Receive, now: Callable[[], float] = time.time
    ) -> None:
        self.settings, self.account = settings, settings.client_id
        self._receive, self._now = receive, now
        self._api = DingTalkApi(settings)
        self._link = self._new_link()

    def _new_link(self) -> StreamLink:
        takers = {ROBOT_TOPIC: self._take, CARD_TOPIC: self._take}
        return StreamLink(self.settings, self._api.open_connection, takers)

    def start(self) -> None:
        """May follow a stop(): the link belongs to whichever process holds the lease."""
        if self.health.state == "stopped":
            self._link = self._new_link()
        self._link.start()

    def stop(self, timeout: float = 10.0) -> None:
        self._link.stop(timeout)

    @property
    def health(self) -> LinkHealth:
        return self._link.health

    def _take(self, topic: str, frame_id: str, data: Any) -> Any:
        incoming = self._read(topic, frame_id, data)
        if incoming is not None:
            self._receive(incoming)
        return {} if topic == CARD_TOPIC else "OK"

    def _read(self, topic: str, frame_id: str, data: Any) -> Incoming | None:
        """None for what cannot be read; acknowledged all the same, or it would come again every minute."""
        try:
            fields = read_json(data) or {}
            if topic == CARD_TOPIC:
                return read_card_click(fields, self.account) if fields.get("outTrackId") else None
            return read_robot_message(fields, self.account, frame_id) if fields.get("msgtype") else None
        except Exception as broken:  # noqa: BLE001  # edge: data from outside, in whatever shape
            log.warning("dingtalk message cannot be read: %s", type(broken).__name__)
            return None

    def pictures(self, raw: dict[str, Any]) -> Iterator[bytes]:
        for code in download_codes(raw):
            yield self._api.download(code, self.settings.robot_code or self.account, LARGEST)

    def deliver(self, address: Address, message: Outgoing) -> None:
        if not address.get("user") and not (address.get("group") and address.get("conversation")):
            raise DeliveryError("没有钉钉收件人：对方没有员工号", "drop")
        parts = split_bytes(with_choices(message), LONGEST_PART)
        for part in parts[:-1]:
            self._send(address, part, ())
        for part in parts[-1:]:
            self._send(address, part, message.buttons)

    def _send(self, address: Address, text: str, buttons: tuple[Button, ...]) -> None:
        webhook = str(address.get("webhook") or "")
        alive = int(address.get("webhook_expires") or 0) - self._now() * 1000 > WEBHOOK_MARGIN_MS
        if webhook and alive and self._api.trusts(webhook):
            if self._api.reply(webhook, _session_body(address, text, buttons)):
                return
            log.info("dingtalk session webhook no longer works, sending by name")
        key, param = _named_body(text, buttons)
        body = {"robotCode": self.settings.robot_code or self.account, "msgKey": key, "msgParam": param}
        if address.get("group"):
            body["openConversationId"] = address["conversation"]
            self._api.call("/v1.0/robot/groupMessages/send", body)
            return
        user = str(address["user"])
        answer = self._api.call("/v1.0/robot/oToMessages/batchSend", {**body, "userIds": [user]})
        _check_recipient(user, answer)


def _session_body(address: Address, text: str, buttons: tuple[Button, ...]) -> dict[str, Any]:
    asker = address.get("user") if address.get("group") else None
    mention = {"at": {"atUserIds": [asker]}} if asker else {}
    if not buttons:
        return {"msgtype": "text", "text": {"content": text}, **mention}
    return {"msgtype": "markdown", "markdown": as_markdown(text, buttons), **mention}


def _named_body(text: str, buttons: tuple[Button, ...]) -> tuple[str, str]:
    """(msgKey, msgParam): the parameters are JSON inside a string."""
    if not buttons:
        return "sampleText", json.dumps({"content": text}, ensure_ascii=False)
    return "sampleMarkdown", json.dumps(as_markdown(text, buttons), ensure_ascii=False)


def as_markdown(text: str, buttons: tuple[Button, ...]) -> dict[str, str]:
    """The text with a link for every button; pressing one sends its words, needing no template."""
    lines = text.translate(PLAIN).split("\n")
    links = [f"[{each.text.translate(PLAIN)}]({SAY_LINK}{quote(each.say, safe='')})" for each in buttons]
    between = "　" if len(links) <= 2 else "  \n"
    return {"title": lines[0][:40] or "掌柜", "text": "  \n".join(lines) + "\n\n" + between.join(links)}


def _check_recipient(user: str, answer: dict[str, Any]) -> None:
    """HTTP 200 with the person in one of these lists means: not to this person."""
    if user in (answer.get("flowControlledStaffIdList") or []):
        raise DeliveryError(f"钉钉对 {user} 限了流，过一会儿再发", "retry", 60.0)
    for name in ("invalidStaffIdList", "filteredStaffIdList"):
        if user in (answer.get(name) or []):
            raise DeliveryError(f"钉钉送不到 {user}：查无此人，或机器人对他不可用", "drop")
