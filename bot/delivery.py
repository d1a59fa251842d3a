"""送信：认领发件箱里到期的消息，交给各自的渠道；送不到就退避、换渠道，后台看得见。"""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select

from bot.message import Button, Channel, DeliveryError, Outgoing
from core import outbox
from core.conversations import conversation, inbox
from core.db import Books
from core.staff import identity, staff

log = structlog.get_logger()
PER_MINUTE = 25  # WeCom silently drops beyond 30 a minute per person
GIVE_UP_AFTER = 12


class Unanswered(Exception):
    """The reply is not worded yet: its message is still being worked on."""


class Delivery:
    """One loop for all channels of this process; wake() after something was queued."""

    def __init__(self, books: Books, channels: dict[str, Channel], clock: Callable[[], datetime]) -> None:
        self.books, self.channels, self.clock = books, channels, clock
        self._wake, self._stop = threading.Event(), threading.Event()
        self._sent_at: dict[str, deque[float]] = defaultdict(deque)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._loop, name="delivery", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._wake.set()
        if self._thread:
            self._thread.join(10)

    def wake(self) -> None:
        self._wake.set()

    def _loop(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(1.0)
            self._wake.clear()
            try:
                while self.deliver_due():
                    pass
            except Exception:  # the edge: a sick database must not end the loop
                log.exception("delivery loop")
                time.sleep(1)

    def deliver_due(self) -> int:
        """Send what is due now; returns how many rows were taken up."""
        rows = outbox.claim(self.books, sorted(self.channels), self.clock())
        for row in rows:
            self._deliver(row)
        return len(rows)

    def _deliver(self, row: Any) -> None:
        try:
            address, message = self._address(row), self._message(row)
            wait = self._too_fast(row.recipient)
            if wait:
                outbox.retry(self.books, row.id, row.tries, self.clock() + timedelta(seconds=wait), "")
                return
            self.channels[row.channel].deliver(address, message)
            outbox.sent(self.books, row.id, self.clock())
        except Unanswered:
            outbox.retry(self.books, row.id, row.tries, self.clock() + timedelta(seconds=2), "还在处理")
        except DeliveryError as error:
            self._failed(row, error)
        except Exception as error:  # the edge: one bad row must not hold up the others
            log.exception("delivery failed", outbox_id=row.id)
            self._failed(row, DeliveryError(f"{type(error).__name__}: {error}", "retry"))

    def _failed(self, row: Any, error: DeliveryError) -> None:
        if error.kind == "retry" and row.tries + 1 < GIVE_UP_AFTER:
            wait = error.retry_after or min(3600, 2 ** (row.tries + 1))
            outbox.retry(
                self.books, row.id, row.tries + 1, self.clock() + timedelta(seconds=wait), error.message
            )
            return
        log.error("not delivered", outbox_id=row.id, kind=error.kind, error=error.message)
        outbox.failed(self.books, row.id, error.message)
        self._fall_back(row)

    def _fall_back(self, row: Any) -> None:
        """A notice that cannot reach a person here is queued for the person's next identity."""
        if "notice" not in row.body:
            return
        channel, rest = row.recipient.split(":", 1)
        account, external_id = rest.rsplit(":", 1)  # a WeCom account is itself corp:agent
        now = self.clock()
        with self.books.bookkeeping() as conn:
            person = select(identity.c.staff_id).where(
                identity.c.channel == channel,
                identity.c.account == account,
                identity.c.external_id == external_id,
            )
            others = conn.execute(
                select(identity)
                .join(staff, staff.c.id == identity.c.staff_id)
                .where(
                    identity.c.staff_id.in_(person),
                    staff.c.active,
                    identity.c.channel.in_(sorted(self.channels)),
                )
                .order_by(identity.c.used_at.desc())
            )
            for other in others:
                if (other.channel, other.account, other.external_id) != (channel, account, external_id):
                    outbox.put(
                        conn,
                        row.company_id,
                        row.dedupe,
                        f"{other.channel}:{other.account}:{other.external_id}",
                        other.channel,
                        dict(row.body) | {"address": dict(other.address)},
                        now,
                    )
                    return

    def _address(self, row: Any) -> dict[str, Any]:
        if row.conversation_id is None:
            return dict(row.body.get("address") or {})
        with self.books.read() as conn:
            return dict(
                conn.execute(
                    select(conversation.c.reply_address).where(conversation.c.id == row.conversation_id)
                ).scalar_one()
            )

    def _message(self, row: Any) -> Outgoing:
        with self.books.read() as conn:
            return message_of(conn, row)

    def _too_fast(self, recipient: str) -> float:
        """Seconds to wait so that this person gets no more than PER_MINUTE."""
        times, now = self._sent_at[recipient], time.monotonic()
        while times and now - times[0] > 60:
            times.popleft()
        if len(times) >= PER_MINUTE and not recipient.startswith(("web:", "console:")):
            return 60 - (now - times[0])
        times.append(now)
        return 0


def message_of(conn: Any, row: Any) -> Outgoing:
    """The words of an outbox row: a notice carries its own, a reply is worded once and kept with its message."""
    if "notice" in row.body:
        body = row.body["notice"]
    else:
        inbox_id = int(row.dedupe.removeprefix("reply/"))
        body = conn.execute(select(inbox.c.reply).where(inbox.c.id == inbox_id)).scalar()
        if body is None:
            raise Unanswered
    return Outgoing(
        body["text"], tuple(Button(one["text"], one["say"]) for one in body.get("buttons") or ()), row.dedupe
    )
