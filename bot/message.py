"""聊天渠道与掌柜之间传递的东西：来的消息、发的消息、发不出去的原因。"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

Address = dict[str, Any]  # where an answer goes; each channel has its own keys, stored as JSON
Kind = Literal["typed", "voice", "button", "photo", "file"]
Failure = Literal["retry", "drop", "alert"]


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message as it arrived; `kind` 'file' with text '' is what cannot be read as words, 'photo' may show barcodes."""

    channel: str
    account: str
    message_id: str
    chat_id: str
    sender: str  # '' when the platform does not say who it is: nobody acts for an unknown person
    is_group: bool
    kind: Kind
    text: str
    reply_address: Address
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Button:
    text: str
    say: str  # pressing it is the same as sending these words


@dataclass(frozen=True, slots=True)
class Outgoing:
    text: str
    buttons: tuple[Button, ...] = ()
    key: str = ""
    alerts: tuple[str, ...] = ()  # what “报 1”, “报 2” … say for its numbered lines


class DeliveryError(Exception):
    """Not delivered: 'retry' later, 'drop' (will never reach this person), 'alert' (the owner must act)."""

    def __init__(self, message: str, kind: Failure, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message, self.kind, self.retry_after = message, kind, retry_after


class Channel(Protocol):
    name: str
    account: str

    def deliver(self, address: Address, message: Outgoing) -> None:
        """Blocking; returns when the platform has taken the message, else raises DeliveryError."""


@runtime_checkable
class HasPictures(Protocol):
    """A channel whose photos lie with its platform until somebody asks for them."""

    def pictures(self, raw: dict[str, Any]) -> Iterator[bytes]:
        """The photos of one 'photo' message, in its order. Blocking; raises DeliveryError when one cannot be fetched."""


# Stores the message durably: True new, False seen before, raises when it could not; acknowledged only after.
Receive = Callable[[Incoming], bool]


def storable(value: Any) -> Any:
    """The same JSON without what no database takes: NUL characters, halves of surrogate pairs, NaN."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {storable(key): storable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [storable(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
