"""发件箱：要送出去的消息，按到期时间认领，任意多个进程都不会重送。"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, ForeignKey, or_, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Books, once


class OutboxRow(Base):
    """state: due → sent | failed. Unique per (what it is about, to whom)."""

    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    dedupe: Mapped[str]
    recipient: Mapped[str]
    channel: Mapped[str]
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"))
    body: Mapped[dict[str, Any]]
    state: Mapped[str]
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")


outbox = OutboxRow.__table__
CLAIM = timedelta(seconds=60)


def put(
    conn: Connection,
    company_id: int,
    dedupe: str,
    recipient: str,
    channel: str,
    body: dict[str, Any],
    now: datetime,
    conversation_id: int | None = None,
) -> None:
    """Queue one message; the same (dedupe, recipient) again changes nothing."""
    conn.execute(
        once(conn.dialect.name, outbox),
        {
            "company_id": company_id,
            "dedupe": dedupe,
            "recipient": recipient,
            "channel": channel,
            "conversation_id": conversation_id,
            "body": body,
            "state": "due",
            "tries": 0,
            "next_at": now,
            "error": "",
        },
    )


def _unclaimed(now: datetime) -> Any:
    # in the query, not after it: rows a dead process holds must not fill the limit and hide the ones behind them
    return or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until <= now)


def claim(books: Books, channels: list[str], now: datetime, limit: int = 20) -> list[Any]:
    """Due rows of these channels, now held for CLAIM; a crash lets them fall due again."""
    with books.bookkeeping() as conn:
        query = (
            select(outbox)
            .where(
                text("outbox.state = 'due'"),
                outbox.c.next_at <= now,
                outbox.c.channel.in_(channels),
                _unclaimed(now),
            )
            .order_by(outbox.c.next_at, outbox.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = conn.execute(query).all()
        if rows:
            conn.execute(
                update(outbox)
                .where(outbox.c.id.in_([row.id for row in rows]))
                .values(claimed_until=now + CLAIM)
            )
        return list(rows)


def sent(books: Books, row_id: int, now: datetime) -> None:
    with books.bookkeeping() as conn:
        conn.execute(
            update(outbox).where(outbox.c.id == row_id).values(state="sent", sent_at=now, claimed_until=None)
        )


def retry(books: Books, row_id: int, tries: int, at: datetime, error: str) -> None:
    with books.bookkeeping() as conn:
        conn.execute(
            update(outbox)
            .where(outbox.c.id == row_id)
            .values(tries=tries, next_at=at, claimed_until=None, error=error[:500])
        )


def failed(books: Books, row_id: int, error: str) -> None:
    with books.bookkeeping() as conn:
        conn.execute(
            update(outbox)
            .where(outbox.c.id == row_id)
            .values(state="failed", claimed_until=None, error=error[:500])
        )


def newest_notice(conn: Connection, company_id: int, recipient: str) -> Any | None:
    """The last notice that reached this person; replies do not count."""
    return conn.execute(
        select(outbox)
        .where(
            outbox.c.company_id == company_id,
            outbox.c.recipient == recipient,
            outbox.c.dedupe.not_like("reply/%"),
        )
        .order_by(outbox.c.id.desc())
        .limit(1)
    ).one_or_none()
