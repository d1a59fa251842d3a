"""待办与租约：单据之后或到点要做的事；同一个名字和键只做一次。"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, ForeignKey, delete, or_, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Books, once, upsert


class Task(Base):
    __tablename__ = "task"
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    name: Mapped[str]
    key: Mapped[str]
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
    body: Mapped[dict[str, Any]]


class Lease(Base):
    __tablename__ = "lease"
    name: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    until: Mapped[datetime]
    fence: Mapped[int]


task, lease = Task.__table__, Lease.__table__
CLAIM = timedelta(seconds=120)


def put(
    conn: Connection, company_id: int, name: str, key: str, due_at: datetime, body: dict[str, Any]
) -> int | None:
    """The row's id; the same (name, key) again changes nothing and is None."""
    return conn.execute(
        once(conn.dialect.name, task),
        {
            "company_id": company_id,
            "name": name,
            "key": key,
            "due_at": due_at,
            "body": body,
            "tries": 0,
            "error": "",
        },
    ).scalar()


def _unclaimed(now: datetime) -> Any:
    # in the query, not after it: rows a dead process holds must not fill the limit and hide the ones behind them
    return or_(task.c.claimed_until.is_(None), task.c.claimed_until <= now)


def claim(books: Books, now: datetime, limit: int = 10) -> list[Any]:
    with books.bookkeeping() as conn:
        query = (
            select(task)
            .where(text("task.done_at IS NULL"), task.c.due_at <= now, _unclaimed(now))
            .order_by(task.c.due_at, task.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = conn.execute(query).all()
        if rows:
            conn.execute(
                update(task).where(task.c.id.in_([row.id for row in rows])).values(claimed_until=now + CLAIM)
            )
        return list(rows)


def finish(books: Books, row_id: int, now: datetime) -> None:
    with books.bookkeeping() as conn:
        conn.execute(update(task).where(task.c.id == row_id).values(done_at=now, claimed_until=None))


def put_off(books: Books, row: Any, now: datetime, error: str) -> None:
    """Try again later, each time twice as late, at most an hour."""
    wait = timedelta(seconds=min(3600, 5 * 2**row.tries))
    with books.bookkeeping() as conn:
        conn.execute(
            update(task)
            .where(task.c.id == row.id)
            .values(due_at=now + wait, tries=row.tries + 1, claimed_until=None, error=error[:500])
        )


def release(books: Books, name: str, owner: str) -> None:
    """Give the lease back; one that somebody else has taken over meanwhile stays theirs."""
    with books.bookkeeping() as conn:
        conn.execute(delete(lease).where(lease.c.name == name, lease.c.owner == owner))


def hold(books: Books, name: str, owner: str, now: datetime, seconds: int = 15) -> bool:
    """Take or keep the lease; False while another holds it."""
    until = now + timedelta(seconds=seconds)
    with books.bookkeeping() as conn:
        made = upsert(conn, lease).values(name=name, owner=owner, until=until, fence=1)
        taken = conn.execute(
            made.on_conflict_do_update(
                index_elements=["name"],
                set_={"owner": owner, "until": until, "fence": lease.c.fence + 1},
                where=(lease.c.owner == owner) | (lease.c.until < now),
            ).returning(lease.c.owner)
        ).scalar()
    return taken == owner
