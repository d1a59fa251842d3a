"""唯一的记账之门：一把钥匙一次，权限、翻日、上锁、再预备、记账、留痕、发件，同一个事务。"""

import json
import random
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from pydantic import TypeAdapter
from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from core import approvals, audit, outbox, proposals, tasks
from core.commands import COMMANDS, RebuildBalances, TurnDay
from core.company import company, the_company
from core.db import RETRIES, Base, Books, to_json
from core.errors import BusinessError, expired, fired_already, key_reused
from core.locks import TryAgain
from core.prepared import Handler, Prepared
from core.staff import Actor, system_actor
from core.tx import Tx
from core.values import to_day

log = structlog.get_logger()


class Done(Base):
    """One row per intention carried out; its result is what a repeat of the key gets."""

    __tablename__ = "done"
    company_id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    result: Mapped[dict[str, Any]]
    at: Mapped[datetime]


done = Done.__table__
TWIN = timedelta(minutes=10)
RETRY_SQLSTATES = frozenset({"40001", "40P01", "55P03"})
UNIQUE = "23505"
ADAPTERS: dict[type, TypeAdapter[Any]] = {}


# the day's own turning, and mending: goods must not be moved by a balance that is about to be put right
ON_ANY_DAY = (TurnDay, RebuildBalances)


class DayBehind(Exception):
    """The company's day is behind the clock: it is turned first, then the command starts again."""

    def __init__(self, day: date) -> None:
        super().__init__(day)
        self.day = day


class FactsChanged(Exception):
    """Between preview and confirmation something changed; nothing was posted. Carries what is true now."""

    def __init__(self, prepared: Prepared) -> None:
        super().__init__("facts changed")
        self.prepared = prepared


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """Where the result of a chat command goes: written to the outbox with the posting."""

    inbox_id: int
    conversation_id: int
    channel: str
    recipient: str


@dataclass(frozen=True, slots=True)
class Order:
    """What execute() is asked to do, once. `proposal` and `digest` are those of the preview that was confirmed."""

    command: Any
    key: str
    door: str = "web"
    proposal: str | None = None
    digest: str | None = None
    reply: ReplyTo | None = None


def execute(books: Books, actor: Actor, order: Order, now: datetime) -> dict[str, Any]:
    """Do it once; the same key again changes nothing and returns the first result.

    Raises BusinessError (refused, nothing written), Need (a question), FactsChanged (the preview is stale).
    """
    return books.writer.submit(_with_retries, books, actor, order, now).result()


def _with_retries(books: Books, actor: Actor, order: Order, now: datetime) -> dict[str, Any]:
    for attempt in range(1, RETRIES + 1):
        try:
            return _once(books, actor, order, now)
        except DayBehind as behind:
            _turn_day(books, actor.company_id, behind.day, now)
        except (TryAgain, DBAPIError) as error:
            if attempt >= _tries(error):
                raise
            time.sleep(random.uniform(0.002, 0.02) * 2**attempt)  # noqa: S311 — jitter, no secret
    raise AssertionError("the day does not turn")


def _tries(error: Exception) -> int:
    """How often a transaction that ended like this is started in all."""
    if isinstance(error, TryAgain):
        return RETRIES
    if not isinstance(error, DBAPIError):
        return 1
    state = getattr(error.orig, "sqlstate", None)
    if state == UNIQUE:  # two made the same row at once: the second, trying again, finds the first's
        return 3
    busy = isinstance(error, OperationalError) and ("locked" in str(error.orig) or "busy" in str(error.orig))
    return RETRIES if busy or state in RETRY_SQLSTATES or error.connection_invalidated else 1


def turn_day(books: Books, company_id: int, today: date, now: datetime) -> None:
    """The first act of a new day, whoever comes first: what expired leaves 可售 before anything else is posted."""
    books.writer.submit(_turn_day, books, company_id, today, now).result()


def _turn_day(books: Books, company_id: int, today: date, now: datetime) -> None:
    with books.read() as conn:
        keeper = system_actor(conn, company_id)
    _with_retries(books, keeper, Order(TurnDay(today), f"turn/{today}", door="clock"), now)


def _company_and_done(conn: Connection, company_id: int, key: str) -> Any:
    """The company's row, with what this key did before (done_digest NULL = nothing yet) and whether it has approval rules."""
    row = conn.execute(
        select(
            company,
            done.c.digest.label("done_digest"),
            done.c.result.label("done_result"),
            approvals.has_rules(company.c.id).label("has_rules"),
        )
        .outerjoin(done, (done.c.company_id == company.c.id) & (done.c.key == key))
        .where(company.c.id == company_id)
    ).one_or_none()
    if row is None:
        raise LookupError(f"company {company_id}")
    return row


def _once(books: Books, actor: Actor, order: Order, now: datetime) -> dict[str, Any]:
    handler = COMMANDS[type(order.command)]
    digest = command_digest(actor, order.command)
    with books.transaction() as conn:
        row = _company_and_done(conn, actor.company_id, order.key)
        if row.done_digest is not None:
            if row.done_digest != digest:
                log.error("key reused with other content", key=order.key, staff=actor.name)
                raise key_reused(order.key)
            return dict(row.done_result)
        actor.require(handler.needs)
        tx = Tx(
            conn,
            actor,
            row,
            to_day(now, row.day_cut_hour),
            now,
            order.key,
            order.door,
            order.reply.inbox_id if order.reply else None,
            writing=True,
        )
        if row.today < tx.today and not isinstance(order.command, ON_ANY_DAY):
            raise DayBehind(tx.today)
        _use_up(tx, order)
        prepared = handler.prepare(tx, order.command)
        steps = approvals.look(tx, prepared)
        if order.digest and prepared.digest != order.digest:
            raise FactsChanged(prepared)
        done_now = (
            _held_back(tx, order.command, prepared, steps)
            if steps
            else handler.do(tx, order.command, prepared)
        )
        result: dict[str, Any] = json.loads(to_json(done_now))  # the first answer is like every later one
        _leave_traces(tx, handler, order, digest, result)
        return result


def _held_back(tx: Tx, command: Any, prepared: Prepared, steps: list[str]) -> dict[str, Any]:
    """Not posted: a numbered draft that waits for who must agree."""
    said = {"name": type(command).__name__, "body": dump(command)}
    return approvals.submit(tx, said, prepared, steps)


def _use_up(tx: Tx, order: Order) -> None:
    if order.proposal is None:
        return
    row = proposals.by_code(tx.conn, tx.company_id, order.proposal)
    if row is not None and row.expires_at < tx.now:
        raise expired(order.proposal)
    if row is None or not proposals.close(tx.conn, tx.company_id, row.code, "done"):
        raise fired_already(order.proposal)


def _leave_traces(tx: Tx, handler: Handler, order: Order, digest: str, result: dict[str, Any]) -> None:
    document_id = result.get("document_id")
    result = {name: value for name, value in result.items() if name != "secret"}  # shown once, kept nowhere
    facts: dict[str, Any] = {"command": _told(order.command), "result": result}
    if order.proposal:
        facts["proposal"] = order.proposal  # leads back to the sentence it was proposed on
    audit.write(tx, handler.name, document_id, facts)
    for one in result.get("also", ()):  # the other documents of the same act
        audit.write(tx, handler.name, one["document_id"], {"with": result["number"]})
    posted = [one for one in (result, *result.get("also", ())) if document_id and not one.get("state")]
    for one in posted:
        tasks.put(
            tx.conn,
            tx.company_id,
            "after",
            str(one["document_id"]),
            tx.now,
            {"kind": one["kind"], "document_id": one["document_id"]},
        )
    if order.reply:
        outbox.put(
            tx.conn,
            tx.company_id,
            f"reply/{order.reply.inbox_id}",
            order.reply.recipient,
            order.reply.channel,
            {"result": result},
            tx.now,
            order.reply.conversation_id,
        )
    tx.conn.execute(
        done.insert(),
        {"company_id": tx.company_id, "key": order.key, "digest": digest, "result": result, "at": tx.now},
    )


def _told(command: Any) -> dict[str, Any]:
    """The command as the trail keeps it: that a password was set, never its hash."""
    body = dump(command)
    if "password" in body.get("values", {}):
        body["values"]["password"] = "（已设）"  # noqa: S105
    return body


# ── looking before leaping ──


def preview(books: Books, actor: Actor, command: Any, now: datetime, door: str = "web") -> Prepared:
    """prepare() without writing; raises what execute() would."""
    handler = COMMANDS[type(command)]
    actor.require(handler.needs)
    with books.read() as conn:
        row = the_company(conn, actor.company_id)
        tx = Tx(conn, actor, row, to_day(now, row.day_cut_hour), now, door=door)
        prepared = handler.prepare(tx, command)
        approvals.look(tx, prepared)
        twin = twin_of(tx, command)
        if twin:
            prepared.warnings.append(twin)
        return prepared


def twin_of(tx: Tx, command: Any) -> str | None:
    """The same command by the same person within 10 minutes is never posted without asking (decision 3)."""
    row = tx.conn.execute(
        select(done.c.result, done.c.at)
        .where(
            done.c.company_id == tx.company_id,
            done.c.digest == command_digest(tx.actor, command),
            done.c.at > tx.now - TWIN,
        )
        .order_by(done.c.at.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    minutes = int((tx.now - row.at).total_seconds() // 60)
    when = f"{minutes} 分钟前" if minutes else "刚才"
    return f"{when}已记过同样的一笔 {row.result.get('number', '')}，确认就会再记一笔。"


def command_digest(actor: Actor, command: Any) -> str:
    return audit.digest_of(actor.id, type(command).__name__, dump(command))


def _adapter(kind: type) -> TypeAdapter[Any]:
    if kind not in ADAPTERS:
        ADAPTERS[kind] = TypeAdapter(kind)  # building one costs as much as a small posting
    return ADAPTERS[kind]


def dump(command: Any) -> dict[str, Any]:
    """A command as JSON."""
    return dict(_adapter(type(command)).dump_python(command, mode="json"))


def load(name: str, body: dict[str, Any]) -> Any:
    """A command back from JSON."""
    kind = next(kind for kind in COMMANDS if kind.__name__ == name)
    return _adapter(kind).validate_python(body)


__all__ = [
    "BusinessError",
    "FactsChanged",
    "Order",
    "ReplyTo",
    "dump",
    "execute",
    "load",
    "preview",
    "turn_day",
]
