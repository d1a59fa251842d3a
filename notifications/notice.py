"""一种通知：叫什么、谁能收、什么时候或跟在哪些单据后面、怎么写。"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection

from core.posting_rules import Kind
from core.staff import Actor, May


@dataclass(frozen=True, slots=True)
class Moment:
    """What a notice is composed from; `body` is that of its task (the document, say)."""

    conn: Connection
    company_id: int
    today: date
    now: datetime
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """One message to one person. (subject, stage) makes it unique: the same again is not sent."""

    subject: str
    stage: str
    text: str
    buttons: tuple[tuple[str, str], ...] = ()  # (label, what pressing it says)
    alerts: tuple[str, ...] = ()  # what “报 1”, “报 2” … say for the numbered lines


@dataclass(frozen=True, slots=True)
class Notice:
    """at = time of day in Shanghai, or `after` these documents; compose() words it for what this person may see."""

    name: str
    word: str
    needs: May
    compose: Callable[[Moment, Actor], list[Item]]
    at: time | None = None
    after: frozenset[Kind] = frozenset()
