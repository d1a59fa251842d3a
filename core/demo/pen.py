"""记账的笔：按一只往前走的钟，以某个人的名义，把命令一条条交给唯一的记账之门。"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any

from core.db import Books
from core.execute import Order, execute, turn_day
from core.staff import Actor, actor_by_name
from core.values import SHANGHAI

OPENS = time(7, 30)
STEP = timedelta(minutes=14)  # a usual day has some forty documents
LAST_DAY_DOCUMENTS = 60


class Pen:
    """`now` only moves forward and never beyond `until`."""

    def __init__(self, books: Books, company_id: int, rng: Random, until: datetime) -> None:
        self.books, self.company_id, self.rng, self.until = books, company_id, rng, until
        self.now = until
        self._step = STEP
        self._keys: Iterator[int] = count(1)
        self._actors: dict[str, Actor] = {}

    def start_day(self, day: date) -> None:
        """Turn the day just after midnight, then open the shop; the last day fits in before `until`."""
        midnight = datetime.combine(day, time(0), SHANGHAI).astimezone(UTC)
        turn_day(self.books, self.company_id, day, min(midnight, self.until))
        self.now = datetime.combine(day, OPENS, SHANGHAI).astimezone(UTC)
        if self.now + STEP * 40 > self.until:
            self.now = max(midnight, min(self.now, self.until - timedelta(hours=2)))
            self._step = (self.until - self.now) / LAST_DAY_DOCUMENTS

    def write(self, who: str, command: Any) -> dict[str, Any]:
        """One command by this person; raises what execute() raises."""
        self.now = min(self.until, self.now + self._step * self.rng.randint(50, 150) / 100)
        return execute(
            self.books, self.actor(who), Order(command, f"demo/{next(self._keys)}", door="demo"), self.now
        )

    def actor(self, who: str) -> Actor:
        if who not in self._actors:
            with self.books.read() as conn:
                self._actors[who] = actor_by_name(conn, self.company_id, who)
        return self._actors[who]
