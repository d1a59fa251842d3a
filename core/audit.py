"""留痕：每次记账一行，随同事务；封条由一个封存者按顺序串成哈希链。"""

import hashlib
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, ForeignKey, func, select
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Books, to_json
from core.tx import Tx


class Audit(Base):
    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    at: Mapped[datetime]
    staff_id: Mapped[int | None]
    door: Mapped[str]
    inbox_id: Mapped[int | None]
    command: Mapped[str]
    document_id: Mapped[int | None]
    facts: Mapped[dict[str, Any]]
    digest: Mapped[str]


class AuditSeal(Base):
    """hash = sha256(previous hash ‖ audit digest); one sealer under a lease (decision 13)."""

    __tablename__ = "audit_seal"
    seq: Mapped[int] = mapped_column(primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"))
    hash: Mapped[str]


audit, audit_seal = Audit.__table__, AuditSeal.__table__
GENESIS = "0" * 64


def digest_of(*parts: Any) -> str:
    return hashlib.sha256(to_json(parts).encode()).hexdigest()


def row_digest(row: dict[str, Any]) -> str:
    """What an audit row's digest covers: everything but its id and the digest itself."""
    names = ("company_id", "at", "staff_id", "door", "inbox_id", "command", "document_id", "facts")
    return digest_of(*(_utc(row[name]) if isinstance(row[name], datetime) else row[name] for name in names))


def _utc(instant: datetime) -> str:
    # The digest is taken from what was passed in and checked against what comes back, which is always UTC.
    return instant.astimezone(UTC).isoformat()


_NEW = audit.insert()  # put together once, as all on the posting path


def write(tx: Tx, command: str, document_id: int | None, facts: dict[str, Any]) -> None:
    row = {
        "company_id": tx.company_id,
        "at": tx.now,
        "staff_id": tx.actor.id,
        "door": tx.door,
        "inbox_id": tx.inbox_id,
        "command": command,
        "document_id": document_id,
        "facts": facts,
    }
    tx.conn.execute(_NEW, row | {"digest": row_digest(row)})


def chained(previous: str, digest: str) -> str:
    return hashlib.sha256((previous + digest).encode()).hexdigest()


def seal(books: Books, limit: int = 5000) -> int:
    """Append the unsealed rows to the chain in id order; returns how many. Late commits join at the end."""
    with books.bookkeeping() as conn:
        last = conn.execute(select(audit_seal).order_by(audit_seal.c.seq.desc()).limit(1)).one_or_none()
        seq, head = (last.seq, last.hash) if last else (0, GENESIS)
        rows = conn.execute(_unsealed(conn, limit)).all()
        made = []
        for row in rows:
            seq, head = seq + 1, chained(head, row.digest)
            made.append({"seq": seq, "audit_id": row.id, "hash": head})
        if made:
            conn.execute(audit_seal.insert(), made)
        return len(made)


def _unsealed(conn: Connection, limit: int) -> Any:
    # Rows older than the newest sealed one may have committed late; a short look back finds them without a full scan.
    newest = conn.execute(select(func.max(audit_seal.c.audit_id))).scalar() or 0
    sealed = select(audit_seal.c.audit_id).where(audit_seal.c.audit_id > newest - 1000)
    return (
        select(audit.c.id, audit.c.digest)
        .where(audit.c.id > newest - 1000, audit.c.id.not_in(sealed))
        .order_by(audit.c.id)
        .limit(limit)
    )


def head(conn: Connection) -> str:
    return (
        conn.execute(select(audit_seal.c.hash).order_by(audit_seal.c.seq.desc()).limit(1)).scalar() or GENESIS
    )
