"""提案：一个人还没确认的命令，存着预览，只能成交一次。"""

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, ForeignKey, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from core.conversations import conversation
from core.db import Base, Books

LIFE = timedelta(hours=24)
BARE_CONFIRM = timedelta(minutes=30)  # a bare 确认 reaches no older proposal (decision 36)


class Proposal(Base):
    __tablename__ = "proposal"
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    code: Mapped[str]
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversation.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    command: Mapped[str]
    body: Mapped[dict[str, Any]]
    preview: Mapped[dict[str, Any]]
    facts_digest: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))


proposal = Proposal.__table__


def propose(
    books: Books,
    company_id: int,
    staff_id: int,
    conversation_id: int | None,
    command: str,
    body: dict[str, Any],
    preview: dict[str, Any],
    digest: str,
    now: datetime,
    replaces: str | None = None,
) -> str:
    """Store it open, mark `replaces` replaced; returns the code people type (确认 7F3A)."""
    with books.bookkeeping() as conn:
        if replaces:
            close(conn, company_id, replaces, "replaced")
        code = _free_code(conn, company_id)
        conn.execute(
            proposal.insert(),
            {
                "company_id": company_id,
                "code": code,
                "conversation_id": conversation_id,
                "staff_id": staff_id,
                "command": command,
                "body": body,
                "preview": preview,
                "facts_digest": digest,
                "state": "open",
                "created_at": now,
                "expires_at": now + LIFE,
            },
        )
    return code


def _free_code(conn: Connection, company_id: int) -> str:
    """Hexadecimal with a digit in it, so that it cannot be a word; longer ones once the short ones are used up."""
    for length in (4, 4, 4, 4, 5, 5, 6, 6):
        code = secrets.token_hex(3)[:length].upper()
        if any(char.isdigit() for char in code) and by_code(conn, company_id, code) is None:
            return code
    return _free_code(conn, company_id)


def by_code(conn: Connection, company_id: int, code: str) -> Any | None:
    return conn.execute(
        select(proposal).where(proposal.c.company_id == company_id, proposal.c.code == code.upper())
    ).one_or_none()


def still_open(conn: Connection, conversation_id: int) -> list[Any]:
    """Open proposals of one conversation, newest first."""
    return list(
        conn.execute(
            select(proposal)
            .where(proposal.c.conversation_id == conversation_id, text("proposal.state = 'open'"))
            .order_by(proposal.c.id.desc())
        )
    )


def close(conn: Connection, company_id: int, code: str, state: str) -> bool:
    """open → state; False when it was not open any more."""
    changed = conn.execute(
        update(proposal)
        .where(proposal.c.company_id == company_id, proposal.c.code == code, proposal.c.state == "open")
        .values(state=state)
    )
    return bool(changed.rowcount)


def others_in_chat(conn: Connection, conversation_id: int) -> Any | None:
    """The newest open proposal another person made in the same group chat."""
    mine = (
        select(conversation.c.channel, conversation.c.account, conversation.c.chat_id)
        .where(conversation.c.id == conversation_id)
        .subquery()
    )
    same = (
        select(conversation.c.id)
        .join(
            mine,
            (conversation.c.channel == mine.c.channel)
            & (conversation.c.account == mine.c.account)
            & (conversation.c.chat_id == mine.c.chat_id),
        )
        .where(conversation.c.id != conversation_id)
    )
    return conn.execute(
        select(proposal)
        .where(proposal.c.conversation_id.in_(same), text("proposal.state = 'open'"))
        .order_by(proposal.c.id.desc())
        .limit(1)
    ).one_or_none()
