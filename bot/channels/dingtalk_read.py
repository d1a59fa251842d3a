"""钉钉推来的内容读成一条消息；读的是原始数据，平台少给一项也不出错。"""

import hashlib
import json
import re
from typing import Any

from bot.message import Address, Incoming, Kind, storable

MOST_PICTURES = 9  # as many as the app lets a person send at once
MENTION = re.compile(r"^\s*@\S+\s*")


def read_json(text: Any) -> dict[str, Any] | None:
    """The object in a JSON string; None for anything else, however strange."""
    try:
        value = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def read_robot_message(data: dict[str, Any], account: str, frame_id: str) -> Incoming:
    """A message to the robot; who cannot be told apart (no staff number) is ''."""
    data = storable(data)
    is_group = str(data.get("conversationType")) == "2"
    sender, chat = _text(data, "senderStaffId"), _text(data, "conversationId")
    kind, text = _words(data, is_group)
    address: Address = {
        "conversation": chat,
        "group": is_group,
        "user": sender,
        "webhook": _text(data, "sessionWebhook"),
        "webhook_expires": _number(data.get("sessionWebhookExpiredTime")),
    }
    return Incoming(
        channel="dingtalk", account=account,
        message_id=_text(data, "msgId") or frame_id or _fingerprint(data),
        chat_id=chat or sender, sender=sender, is_group=is_group,
        kind=kind, text=text, reply_address=address, raw=data,
    )  # fmt: skip


def read_card_click(data: dict[str, Any], account: str) -> Incoming:
    """A pressed card button; a place not known to be the robot's own chat counts as a group."""
    data = storable(data)
    user, card = _text(data, "userId"), _text(data, "outTrackId")
    action, said = _pressed(data)
    return Incoming(
        channel="dingtalk", account=account, message_id=f"card/{card}/{action}/{user}",
        chat_id=_text(data, "spaceId") or user, sender=user, is_group=data.get("spaceType") != "IM_ROBOT",
        kind="button", text=said or action, raw=data,
        reply_address={"conversation": "", "group": False, "user": user, "webhook": "", "webhook_expires": 0},
    )  # fmt: skip


def _words(data: dict[str, Any], is_group: bool) -> tuple[Kind, str]:
    sort, content = data.get("msgtype"), _inner(data, "content")
    if sort == "text":
        return "typed", _text(_inner(data, "text"), "content")
    if sort == "audio":
        heard = _text(content, "recognition")
        return ("voice", heard) if heard else ("file", "")
    if sort == "richText":
        written = _rich_text(content.get("richText"))
        # some phones repeat the mention as the first piece of the text
        written = MENTION.sub("", written, count=1) if is_group else written
        if download_codes(data):
            return "photo", written
        return ("typed", written) if written else ("file", "")
    if sort == "picture" and download_codes(data):
        return "photo", ""
    return "file", ""


def download_codes(data: dict[str, Any]) -> list[str]:
    """What each picture of a message is fetched with, in its order; at most MOST_PICTURES of them."""
    content = _inner(data, "content")
    pieces = content.get("richText") if data.get("msgtype") == "richText" else [content]
    pictures = [one for one in pieces if isinstance(one, dict)] if isinstance(pieces, list) else []
    found = [_text(one, "downloadCode") for one in pictures]
    return [code for code in found if code][:MOST_PICTURES]


def _rich_text(pieces: Any) -> str:
    if not isinstance(pieces, list):
        return ""
    words = [piece.get("text") for piece in pieces if isinstance(piece, dict)]
    return "".join(word for word in words if isinstance(word, str)).strip()


def _pressed(data: dict[str, Any]) -> tuple[str, str]:
    """(action, words to say): templates put both in different places."""
    content = _inner(data, "content")
    places = (
        _inner(content, "cardPrivateData"),
        _inner(content, "userPrivateData"),
        _inner(_inner(content, "actionData"), "cardPrivateData"),
        content,
        data,
    )
    actions = [_first(place.get("actionIds")) or _text(place, "actionId") for place in places]
    said = [_text(_inner(place, "params"), "say") for place in places]
    return next(filter(None, actions), ""), next(filter(None, said), "")


def _first(value: Any) -> str:
    return value[0] if isinstance(value, list) and value and isinstance(value[0], str) else ""


def _inner(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else read_json(value) or {}


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    return value.strip() if isinstance(value, str) else ""


def _number(value: Any) -> int:
    return int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else 0


def _fingerprint(data: dict[str, Any]) -> str:
    return "data-" + hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:40]
