"""一种通知：叫什么、谁能收、什么时候或跟在哪些单据后面、怎么写。"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection

from core.db import Books
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
    """When: `at` a time of day in Shanghai, or `on` a task of this name (core/tasks.py).

    compose() words it for what one person may see. gather(books, task, now) finds what all the messages of one
    occasion need, remember(books, company_id, now) keeps that they went out.
    """

    name: str
    word: str
    needs: May
    compose: Callable[[Moment, Actor], list[Item]]
    at: time | None = None
    on: str = ""
    gather: Callable[[Books, Any, datetime], dict[str, Any]] = lambda _books, one, _now: dict(one.body)
    remember: Callable[[Books, int, datetime], None] = lambda _books, _company_id, _now: None
