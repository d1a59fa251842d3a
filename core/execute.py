"""唯一的记账之门：一把钥匙一次，权限、翻日、上锁、再预备、记账、留痕、发件，同一个事务。"""

import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from core import audit, outbox, proposals, tasks
from core.commands import COMMANDS, TurnDay
from core.company import the_company
from core.db import RETRIES, Base, Books
from core.errors import BusinessError, expired, fired_already, key_reused
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
            _turn_day(books, actor, order, now)
            return _once(books, actor, order, now)
        except DBAPIError as error:
            if attempt == RETRIES or not _worth_retrying(error):
                raise
            time.sleep(random.uniform(0.002, 0.02) * 2**attempt)
    raise AssertionError("unreachable")


def _worth_retrying(error: DBAPIError) -> bool:
    if isinstance(error, IntegrityError):
        return "done" in str(error.orig)  # two of the same key at once: the second finds the first's result
    state = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or state in RETRY_SQLSTATES or (
        isinstance(error, OperationalError) and ("locked" in str(error.orig) or "busy" in str(error.orig)))


def _turn_day(books: Books, actor: Actor, order: Order, now: datetime) -> None:
    """The first act of a new day, whoever comes first: what expired leaves 可售 before anything else is posted."""
    if isinstance(order.command, TurnDay):
        return
    with books.read() as conn:
        company = the_company(conn, actor.company_id)
        today = to_day(now, company.day_cut_hour)
        if company.today >= today:
            return
        keeper = system_actor(conn, actor.company_id)
    _once(books, keeper, Order(TurnDay(today), f"turn/{today}", door="clock"), now)


def _once(books: Books, actor: Actor, order: Order, now: datetime) -> dict[str, Any]:
    handler = COMMANDS[type(order.command)]
    digest = command_digest(actor, order.command)
    with books.transaction() as conn:
        before = conn.execute(select(done.c.digest, done.c.result).where(
            done.c.company_id == actor.company_id, done.c.key == order.key)).one_or_none()
        if before:
            if before.digest != digest:
                log.error("key reused with other content", key=order.key, staff=actor.name)
                raise key_reused(order.key)
            return dict(before.result)
        actor.require(handler.needs)
        company = the_company(conn, actor.company_id)
        tx = Tx(conn, actor, company, to_day(now, company.day_cut_hour), now, order.key, order.door,
                order.reply.inbox_id if order.reply else None, writing=True)
        _use_up(tx, order)
        prepared = handler.prepare(tx, order.command)
        if order.digest and prepared.digest != order.digest:
            raise FactsChanged(prepared)
        result = handler.do(tx, order.command, prepared)
        _leave_traces(tx, handler, order, digest, result)
        return result


def _use_up(tx: Tx, order: Order) -> None:
    if order.proposal is None:
        return
    row = proposals.by_code(tx.conn, tx.company_id, order.proposal)
    if row is not None and row.expires_at < tx.now:
        raise expired(order.proposal)
    if row is None or not proposals.close(tx.conn, tx.company_id, order.proposal, "done"):
        raise fired_already(order.proposal)


def _leave_traces(tx: Tx, handler: Handler, order: Order, digest: str, result: dict[str, Any]) -> None:
    document_id = result.get("document_id")
    result = {name: value for name, value in result.items() if name != "secret"}  # shown once, kept nowhere
    audit.write(tx, handler.name, document_id, {"command": dump(order.command), "result": result})
    if document_id:
        tasks.put(tx.conn, tx.company_id, "after", str(document_id), tx.now, {"kind": result["kind"], "document_id": document_id})
    if order.reply:
        outbox.put(tx.conn, tx.company_id, f"reply/{order.reply.inbox_id}", order.reply.recipient, order.reply.channel,
                   {"result": result}, tx.now, order.reply.conversation_id)
    tx.conn.execute(done.insert(), {"company_id": tx.company_id, "key": order.key, "digest": digest, "result": result, "at": tx.now})


# ── looking before leaping ──

def preview(books: Books, actor: Actor, command: Any, now: datetime, door: str = "web") -> Prepared:
    """prepare() without writing; raises what execute() would."""
    handler = COMMANDS[type(command)]
    actor.require(handler.needs)
    with books.read() as conn:
        company = the_company(conn, actor.company_id)
        tx = Tx(conn, actor, company, to_day(now, company.day_cut_hour), now, door=door)
        prepared = handler.prepare(tx, command)
        twin = twin_of(tx, command)
        if twin:
            prepared.warnings.append(twin)
        return prepared


def twin_of(tx: Tx, command: Any) -> str | None:
    """The same command by the same person within 10 minutes is never posted without asking (decision 3)."""
    row = tx.conn.execute(
        select(done.c.result, done.c.at).where(done.c.company_id == tx.company_id, done.c.digest == command_digest(tx.actor, command),
                                               done.c.at > tx.now - TWIN).order_by(done.c.at.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    minutes = int((tx.now - row.at).total_seconds() // 60)
    when = f"{minutes} 分钟前" if minutes else "刚才"
    return f"{when}已记过同样的一笔 {row.result.get('number', '')}，确认就会再记一笔。"


def command_digest(actor: Actor, command: Any) -> str:
    return audit.digest_of(actor.id, type(command).__name__, dump(command))


def dump(command: Any) -> dict[str, Any]:
    """A command as JSON."""
    return dict(TypeAdapter(type(command)).dump_python(command, mode="json"))


def load(name: str, body: dict[str, Any]) -> Any:
    """A command back from JSON."""
    kind = next(kind for kind in COMMANDS if kind.__name__ == name)
    return TypeAdapter(kind).validate_python(body)


__all__ = ["BusinessError", "FactsChanged", "Order", "ReplyTo", "dump", "execute", "load", "preview"]
