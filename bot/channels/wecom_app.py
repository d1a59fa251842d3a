"""企业微信自建应用：回调收消息，接口发消息。"""

import asyncio
import hashlib
import logging
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from bot.channels.wecom_api import WeComApi, WeComSettings
from bot.channels.wecom_callback import (
    BadCallback,
    Seal,
    check_ours,
    encrypted_part,
    read_fields,
    to_incoming,
)
from bot.channels.wording import split_bytes, with_choices
from bot.message import Address, Button, DeliveryError, Outgoing, Receive
from bot.photos import LARGEST

log = logging.getLogger(__name__)

LARGEST_CALLBACK = 64 * 1024
LONGEST_TEXT = 2048  # bytes; the platform cuts the rest without a word
CARD_TITLE, CARD_TEXT, CARD_BUTTON, CARD_BUTTONS = 26, 112, 10, 6
CLICK_IS_FRESH = 300  # seconds in which the clicked card is still marked; its code works once


class WeComApp:
    name = "wecom_app"

    def __init__(
        self, settings: WeComSettings, receive: Receive, now: Callable[[], float] = time.time
    ) -> None:
        self.settings, self.account = settings, settings.account
        self._receive, self._now = receive, now
        self._seal, self._api = Seal(settings), WeComApi(settings)
        self.router = APIRouter(include_in_schema=False)
        self.router.add_api_route("/wecom/callback", self._check_url, methods=["GET"])
        self.router.add_api_route("/wecom/callback", self._take, methods=["POST"])

    async def _check_url(self, request: Request) -> Response:
        """The admin console's test of our address: the text must come back bare."""
        query = request.query_params
        try:
            # a proxy that decodes once too often turns + into a space; base64 has no spaces
            text = self._seal.open(query, query.get("echostr", "").replace(" ", "+"))
        except BadCallback as bad:
            return self._refuse(bad)
        return Response(text, media_type="text/plain")

    async def _take(self, request: Request) -> Response:
        try:
            fields = read_fields(self._seal.open(request.query_params, encrypted_part(await _body(request))))
            check_ours(fields, self.settings, self._now())
        except BadCallback as bad:
            return self._refuse(bad)
        incoming = to_incoming(fields, self.account, self._now())
        if incoming is None:
            return Response(status_code=200)
        try:
            await asyncio.to_thread(self._receive, incoming)
        except Exception:  # edge: whatever kept it from being stored, the platform shall send it again
            log.exception("wecom message could not be stored")
            return Response(status_code=503)
        return Response(status_code=200)

    def _refuse(self, bad: BadCallback) -> Response:
        log.warning("wecom callback refused: %s", bad.reason)
        return Response(status_code=bad.status)

    def pictures(self, raw: dict[str, Any]) -> Iterator[bytes]:
        yield self._api.download("media/get", {"media_id": str(raw.get("MediaId") or "")}, LARGEST)

    def deliver(self, address: Address, message: Outgoing) -> None:
        user = str(address.get("user") or "")
        if not user:
            raise DeliveryError("没有企业微信收件人", "drop")
        self._mark_clicked(user, address)
        if self.settings.cards and message.buttons and _fits_card(message.buttons):
            return self._send_card(user, message)
        return self._send_text(user, with_choices(message))

    def _send_text(self, user: str, text: str) -> None:
        for number, part in enumerate(split_bytes(text, LONGEST_TEXT)):
            if number:
                time.sleep(self.settings.part_pause)
            self._send(user, {"msgtype": "text", "text": {"content": part}})

    def _send_card(self, user: str, message: Outgoing) -> None:
        first, _, rest = message.text.strip().partition("\n")
        short = len(first) <= CARD_TITLE and len(rest) <= CARD_TEXT
        if not short:
            self._send_text(user, message.text)
        card = button_card("请选择", "", message) if not short else button_card(first, rest, message)
        self._send(user, {"msgtype": "template_card", "template_card": card})

    def _send(self, user: str, content: dict[str, Any]) -> None:
        body = {"touser": user, "agentid": self.settings.agent_id, **content}
        answer = self._api.call("message/send", body)
        left_out = [str(answer.get(name) or "") for name in ("invaliduser", "unlicenseduser")]
        if user.lower() in "|".join(left_out).lower().split("|"):  # errcode is 0 all the same
            raise DeliveryError(f"企业微信送不到 {user}：他看不到这个应用，或没有许可", "drop")

    def _mark_clicked(self, user: str, address: Address) -> None:
        """Take the buttons off the card that was just pressed; the answer itself does not depend on it."""
        code, clicked_at = address.get("response_code"), int(address.get("clicked_at") or 0)
        if not code or self._now() - clicked_at > CLICK_IS_FRESH:
            return
        done = {"replace_name": f"已选：{address.get('clicked', '')}"[:CARD_BUTTON]}
        body = {"userids": [user], "agentid": self.settings.agent_id, "response_code": code, "button": done}
        try:
            self._api.call("message/update_template_card", body)
        except DeliveryError as trouble:
            log.info("clicked card not marked: %s", trouble.message)


def button_card(title: str, text: str, message: Outgoing) -> dict[str, Any]:
    """A card whose buttons send back exactly the words that typing would."""
    identity = hashlib.sha256((message.key or uuid.uuid4().hex).encode()).hexdigest()[:40]
    return {
        "card_type": "button_interaction",
        "task_id": f"zg-{identity}",
        "main_title": {"title": title},
        "sub_title_text": text,
        "button_list": [
            {"text": _label(button), "style": 1 if number == 0 else 2, "key": button.say}
            for number, button in enumerate(message.buttons)
        ],
    }


def _label(button: Button) -> str:
    """A name cut off could stand for two products; the words to say cannot."""
    return button.text if len(button.text) <= CARD_BUTTON else button.say[:CARD_BUTTON]


def _fits_card(buttons: tuple[Button, ...]) -> bool:
    return len(buttons) <= CARD_BUTTONS and all(len(button.say.encode()) <= 1024 for button in buttons)


async def _body(request: Request) -> bytes:
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_CALLBACK:
                raise BadCallback(413, "too large")
    except ClientDisconnect:
        raise BadCallback(400, "cut off") from None
    return body
