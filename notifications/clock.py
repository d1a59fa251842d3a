"""钟表：到点和单据之后该做的事，认领、写稿、放进发件箱；几个进程一起走也只发一次。"""

from datetime import date, datetime
from typing import Any

import structlog
from sqlalchemy import Connection, func, select

from core import outbox, tasks
from core.company import company, the_company
from core.conversations import conversation
from core.db import Books
from core.execute import turn_day
from core.staff import Actor, identity, people
from core.tasks import task
from core.values import SHANGHAI, to_day
from notifications import NOTICES
from notifications.notice import Item, Moment, Notice

log = structlog.get_logger()

Recipient = tuple[str, str, str, dict[str, Any]]  # channel, account, external id, address


def tick(books: Books, now: datetime) -> int:
    """Turn the day, plan what is due by the clock, do what is due; returns how many tasks were done."""
    with books.read() as conn:
        rows = list(conn.execute(select(company.c.id, company.c.today, company.c.day_cut_hour)))
    for row in rows:
        today = to_day(now, row.day_cut_hour)
        if row.today < today:
            turn_day(books, row.id, today, now)
        _plan(books, row.id, today, now)
    done = 0
    while claimed := tasks.claim(books, now):
        for one in claimed:
            _do(books, one, now)
            done += 1
    return done


def _plan(books: Books, company_id: int, today: date, now: datetime) -> None:
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
        for notice in _listening(one.name):
            _send(books, notice, one.company_id, now, notice.gather(books, one, now))
            notice.remember(books, one.company_id, now)
    except Exception as problem:  # the edge of the clock: one sick task must not stop the others
        log.exception("task failed", task=one.name, key=one.key)
        tasks.put_off(books, one, now, f"{type(problem).__name__}: {problem}")
        return
    tasks.finish(books, one.id, now)


def _listening(name: str) -> list[Notice]:
    """Who speaks on this task; one nobody listens to is simply done."""
    return [one for one in NOTICES if name in (one.on, f"notice/{one.name}")]


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
        for recipient, item in letters:
            put_letter(conn, company_id, f"{notice.name}/{item.subject}/{item.stage}", recipient, item, now)


def put_letter(
    conn: Connection, company_id: int, dedupe: str, to: Recipient, item: Item, now: datetime
) -> None:
    """Queue one message that nobody's words are waiting for; the same (dedupe, to) again changes nothing."""
    channel, account, external_id, address = to
    notice = {
        "text": item.text,
        "buttons": [{"text": label, "say": say} for label, say in item.buttons],
        "alerts": list(item.alerts),
    }
    body = {"notice": notice, "address": address}
    outbox.put(conn, company_id, dedupe, f"{channel}:{account}:{external_id}", channel, body, now)


def recipients(conn: Connection, company_id: int, notice: Notice) -> list[tuple[Actor, Recipient]]:
    """Everybody who may know it and where he is reached."""
    reached = (actor for actor in people(conn, company_id) if actor.sees(notice.needs))
    return [(actor, last_heard(conn, actor)) for actor in reached]


def last_heard(conn: Connection, actor: Actor) -> Recipient:
    """Where this person last spoke alone; the web chat when nowhere yet."""
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
