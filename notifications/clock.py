"""钟表：到点和单据之后该做的事，认领、写稿、放进发件箱；几个进程一起走也只发一次。"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import delete, func, select, text

from core import outbox, tasks
from core.books.expiring import expiring
from core.books.low_stock import low_stock
from core.commands import TurnDay
from core.company import company, the_company
from core.conversations import conversation
from core.db import Books, upsert
from core.documents import document_line
from core.execute import Order, execute
from core.staff import Actor, identity, staff, system_actor, to_actor
from core.tasks import task
from core.values import SHANGHAI, to_day
from notifications import NOTICES
from notifications.notice import Item, Moment, Notice

log = structlog.get_logger()
BY_NAME = {notice.name: notice for notice in NOTICES}
QUIET = timedelta(
    hours=24
)  # a product below its safety stock is not announced twice within this, unless it recovered


def tick(books: Books, now: datetime) -> int:
    """Turn the day, plan what is due by the clock, do what is due; returns how many tasks were done."""
    with books.read() as conn:
        rows = list(conn.execute(select(company.c.id, company.c.today, company.c.day_cut_hour)))
    for row in rows:
        today = to_day(now, row.day_cut_hour)
        if row.today < today:
            with books.read() as conn:
                keeper = system_actor(conn, row.id)
            execute(books, keeper, Order(TurnDay(today), f"turn/{today}", door="clock"), now)
        _plan(books, row.id, today, now)
    done = 0
    while claimed := tasks.claim(books, now):
        for one in claimed:
            _do(books, one, now)
            done += 1
    return done


def _plan(books: Books, company_id: int, today: Any, now: datetime) -> None:
    """A notice missed while the power was off is still sent the same day; its key makes it one."""
    local = now.astimezone(SHANGHAI)
    due = [notice for notice in NOTICES if notice.at and (local.date() > today or local.time() >= notice.at)]
    with books.read() as conn:
        known = set(
            conn.execute(
                select(task.c.name).where(
                    task.c.company_id == company_id,
                    task.c.key == str(today),
                    task.c.name.in_([f"notice/{one.name}" for one in due]),
                )
            ).scalars()
        )
    missing = [notice for notice in due if f"notice/{notice.name}" not in known]
    if missing:
        with books.bookkeeping() as conn:
            for notice in missing:
                tasks.put(conn, company_id, f"notice/{notice.name}", str(today), now, {})


def _do(books: Books, one: Any, now: datetime) -> None:
    try:
        JOBS.get(one.name.split("/")[0], _nothing)(books, one, now)
    except Exception as problem:  # the edge of the clock: one sick task must not stop the others
        log.exception("task failed", task=one.name, key=one.key)
        tasks.put_off(books, one, now, f"{type(problem).__name__}: {problem}")
        return
    tasks.finish(books, one.id, now)


def _nothing(_books: Books, _one: Any, _now: datetime) -> None:
    """A task nobody listens to any more is simply done."""


def _by_the_clock(books: Books, one: Any, now: datetime) -> None:
    notice = BY_NAME[one.name.removeprefix("notice/")]
    body = dict(one.body)
    if notice.name == "expiring":
        body |= {"told": _told(books, one.company_id)}
    _send(books, notice, one.company_id, now, body)
    if notice.name == "expiring":
        _remember_stages(books, one.company_id, now)


def _after(books: Books, one: Any, now: datetime) -> None:
    fallen = _latch(books, one, now)
    if fallen:
        _send(books, BY_NAME["low_stock"], one.company_id, now, {"fallen": fallen})


def _released(books: Books, one: Any, now: datetime) -> None:
    _send(books, BY_NAME["released"], one.company_id, now, dict(one.body))


JOBS: dict[str, Callable[[Books, Any, datetime], None]] = {
    "notice": _by_the_clock,
    "after": _after,
    "released": _released,
    "low": _nothing,
}


# ── low stock: a latch is a task row named low/<product>; it falls due after a day and is gone when the goods recover ──


def _latch(books: Books, one: Any, now: datetime) -> list[tuple[Any, int]]:
    with books.read() as conn:
        ids = set(
            conn.execute(
                select(document_line.c.product_id).where(
                    document_line.c.document_id == one.body["document_id"],
                    document_line.c.product_id.is_not(None),
                )
            ).scalars()
        )
        if not ids:
            return []
        today = to_day(now, the_company(conn, one.company_id).day_cut_hour)
        low = {row.article.id: row for row in low_stock(conn, one.company_id, today, ids)}
    fallen = []
    with books.bookkeeping() as conn:
        well = [f"low/{product_id}" for product_id in ids if product_id not in low]
        conn.execute(delete(task).where(task.c.company_id == one.company_id, task.c.name.in_(well)))
        conn.execute(
            delete(task).where(
                task.c.company_id == one.company_id,
                task.c.name.in_([f"low/{i}" for i in low]),
                task.c.due_at <= now,
            )
        )
        for product_id, row in sorted(low.items()):
            made = conn.execute(
                upsert(conn, task)
                .values(
                    company_id=one.company_id,
                    name=f"low/{product_id}",
                    key="latch",
                    due_at=now + QUIET,
                    tries=0,
                    error="",
                    body={"after": one.body["document_id"]},
                )
                .on_conflict_do_nothing()
                .returning(task.c.id)
            ).scalar()
            mine = made or _own_latch(conn, one, product_id)
            if mine:
                fallen.append((row, mine))
    return fallen


def _own_latch(conn: Any, one: Any, product_id: int) -> int | None:
    """The latch this very task set before it was interrupted: the message may not have been written yet."""
    row = conn.execute(
        select(task.c.id, task.c.body).where(
            task.c.company_id == one.company_id,
            task.c.name == f"low/{product_id}",
            text("task.done_at IS NULL"),
        )
    ).one_or_none()
    return row.id if row is not None and row.body.get("after") == one.body["document_id"] else None


# ── expiring: what stage each batch was last told in, kept in one task row ──


def _told(books: Books, company_id: int) -> dict[str, Any]:
    with books.read() as conn:
        body = conn.execute(
            select(task.c.body).where(task.c.company_id == company_id, task.c.name == "stages")
        ).scalar()
    return dict(body or {})


def _remember_stages(books: Books, company_id: int, now: datetime) -> None:

    with books.read() as conn:
        today = to_day(now, the_company(conn, company_id).day_cut_hour)
        stages = {str(lot.batch_id): lot.stage for lot in expiring(conn, company_id, today).near}
    with books.bookkeeping() as conn:
        made = upsert(conn, task).values(
            company_id=company_id,
            name="stages",
            key="told",
            due_at=now,
            done_at=now,
            tries=0,
            error="",
            body=stages,
        )
        conn.execute(
            made.on_conflict_do_update(
                index_elements=["company_id", "name", "key"], set_={"body": stages, "done_at": now}
            )
        )


# ── recipients ──


def _send(books: Books, notice: Notice, company_id: int, now: datetime, body: dict[str, Any]) -> None:
    """Compose for each person who may know, at the identity last used; one outbox row each, unique per subject and stage."""
    with books.read() as conn:
        today = to_day(now, the_company(conn, company_id).day_cut_hour)
        moment = Moment(conn, company_id, today, now, body)
        letters = [
            (recipient, item)
            for actor, recipient in recipients(conn, company_id, notice)
            for item in notice.compose(moment, actor)
        ]
    if not letters:
        return
    with books.bookkeeping() as conn:
        for (channel, account, external_id, address), item in letters:
            outbox.put(
                conn,
                company_id,
                f"{notice.name}/{item.subject}/{item.stage}",
                f"{channel}:{account}:{external_id}",
                channel,
                {"notice": _letter(item), "address": address},
                now,
            )


def _letter(item: Item) -> dict[str, Any]:
    return {
        "text": item.text,
        "buttons": [{"text": label, "say": say} for label, say in item.buttons],
        "alerts": list(item.alerts),
    }


def recipients(
    conn: Any, company_id: int, notice: Notice
) -> list[tuple[Actor, tuple[str, str, str, dict[str, Any]]]]:
    """(person, (channel, account, external id, address)): where each was last heard; the web chat when nowhere else."""
    found = []
    for row in conn.execute(
        select(staff).where(staff.c.company_id == company_id, staff.c.active).order_by(staff.c.id)
    ):
        actor = to_actor(row)
        if "系统" not in actor.roles and actor.sees(notice.needs):
            found.append((actor, _last_heard(conn, actor)))
    return found


def _last_heard(conn: Any, actor: Actor) -> tuple[str, str, str, dict[str, Any]]:
    heard = func.coalesce(conversation.c.seen_at, identity.c.used_at)
    row = conn.execute(
        select(identity, conversation.c.reply_address)
        .outerjoin(
            conversation,
            (conversation.c.channel == identity.c.channel)
            & (conversation.c.account == identity.c.account)
            & (conversation.c.sender_id == identity.c.external_id)
            & (conversation.c.is_group.is_(False)),
        )
        .where(identity.c.staff_id == actor.id)
        .order_by(heard.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return ("web", "main", str(actor.id), {})
    return (row.channel, row.account, row.external_id, dict(row.reply_address or row.address))
