"""痕迹：一张单、一份资料是谁、几点几分几秒、从哪扇门、凭哪句话动的；资料连改前改后。"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from core.audit import audit
from core.conversations import inbox
from core.documents import document
from core.proposals import proposal
from core.staff import staff

MOST = 20
EARLIER = 8  # messages looked back for where a matter began


@dataclass(frozen=True, slots=True)
class Trace:
    """One act. said: the sentences it came from, the first one first. door is "" for a chat's own channel in `channel`."""

    at: datetime
    who: str
    door: str
    by_chat: bool
    what: str
    number: str
    said: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


def document_history(conn: Connection, document_id: int) -> list[Trace]:
    """Its own traces and those of what undid it, in the order they were made."""
    ids = select(document.c.id).where(
        or_(document.c.id == document_id, document.c.reverses_id == document_id)
    )
    return _traces(conn, audit.c.document_id.in_(ids), newest=False)


def record_history(conn: Connection, company_id: int, table: str, row_id: int) -> list[Trace]:
    """Who changed a product, a partner …, the newest first."""
    its = and_(
        audit.c.company_id == company_id,
        audit.c.command == "维护资料",
        audit.c.facts["command"]["table"].as_string() == table,
        audit.c.facts["result"]["id"].as_integer() == row_id,
    )
    return _traces(conn, its, newest=True)


def _traces(conn: Connection, which: Any, newest: bool) -> list[Trace]:
    query = (
        select(audit, staff.c.name, document.c.number)
        .outerjoin(staff, staff.c.id == audit.c.staff_id)
        .outerjoin(document, document.c.id == audit.c.document_id)
        .where(which)
        .order_by(audit.c.id.desc() if newest else audit.c.id)
        .limit(MOST)
    )
    return [
        Trace(
            row.at,
            row.name or "",
            row.door,
            row.inbox_id is not None,
            row.command,
            row.number or "",
            tuple(_said(conn, row)),
            row.facts,
        )
        for row in conn.execute(query).all()
    ]


def _said(conn: Connection, row: Any) -> list[str]:
    """What was said when the proposal was made, back to where the matter began; without a proposal, the message itself."""
    if row.inbox_id is None:
        return []
    first = _proposed_by(conn, row) or conn.execute(select(inbox).where(inbox.c.id == row.inbox_id)).one()
    earlier = conn.execute(
        select(inbox)
        .where(inbox.c.conversation_id == first.conversation_id, inbox.c.id < first.id)
        .order_by(inbox.c.id.desc())
        .limit(EARLIER)
    ).all()
    return [one.text for one in reversed([first, *_asked_on(earlier)])]


def _proposed_by(conn: Connection, row: Any) -> Any | None:
    """The message that was being answered when what was confirmed here was proposed."""
    code = row.facts.get("proposal")
    made = conn.execute(
        select(proposal.c.conversation_id, proposal.c.created_at).where(
            proposal.c.company_id == row.company_id, proposal.c.code == code
        )
    ).one_or_none()
    if made is None or made.conversation_id is None:
        return None
    return conn.execute(
        select(inbox)
        .where(inbox.c.conversation_id == made.conversation_id, inbox.c.received_at <= made.created_at)
        .order_by(inbox.c.id.desc())
        .limit(1)
    ).first()


def _asked_on(earlier: Iterable[Any]) -> list[Any]:
    """The messages just before that were answered with a question or a preview: the same matter."""
    same = []
    for one in earlier:
        if (one.reply or {}).get("outcome") not in ("ask", "confirm"):
            break
        same.append(one)
    return same
