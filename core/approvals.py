"""审批：规则说哪种单超过多少要谁批；没批之前是一张有号的待审单，什么账都不动。"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, exists, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from core import gates, tasks
from core.db import Base
from core.documents import Draft, document, next_number
from core.errors import Blocked
from core.posting_rules import KIND_NAMES, Kind
from core.prepared import Prepared
from core.staff import people
from core.tx import Tx


class ApprovalRule(Base):
    """A document of this kind over this amount (NULL = every one) waits for somebody with this role."""

    __tablename__ = "approval_rule"
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    name: Mapped[str]
    kind: Mapped[str]
    over_fen: Mapped[int | None]
    needs: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    changed: Mapped[int] = mapped_column(default=0)


class Approval(Base):
    """One step of a document's approval; decision None = it waits. The lowest open step is whose turn it is."""

    __tablename__ = "approval"
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    needs: Mapped[str]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decision: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime | None]


approval_rule, approval = ApprovalRule.__table__, Approval.__table__
YES, NO, WITHDRAWN = "yes", "no", "withdrawn"
DECISIONS = {YES: "同意", NO: "驳回", WITHDRAWN: "作废"}
# Counts and what the day itself posts cannot wait: they would be posted against other books than were seen.
APPROVABLE = frozenset(
    {
        Kind.REQUISITION,
        Kind.PURCHASE_ORDER,
        Kind.GOODS_RECEIPT,
        Kind.PURCHASE_RETURN,
        Kind.SALES_ORDER,
        Kind.DELIVERY,
        Kind.SALES_RETURN,
        Kind.SCRAP,
        Kind.MISC_IN,
        Kind.MISC_OUT,
        Kind.PAYMENT_OUT,
    }
)


def has_rules(company_id: Any) -> ColumnElement[bool]:
    """Asked with what is read anyway, so that a shop without rules pays nothing for them."""
    return exists().where(approval_rule.c.company_id == company_id, approval_rule.c.active)


def steps_for(tx: Tx, prepared: Prepared) -> list[str]:
    """The roles that must agree before this is posted, one after the other; [] = nobody.

    Nobody decides on his own request. Whoever holds the role himself needs no approval if there is nobody else to ask.
    Raises Blocked when a rule asks for somebody who does not exist.
    """
    draft = prepared.draft
    if draft is None or draft.reverses_id is not None:
        return []
    roles = _by_rule(tx, draft, prepared) + gates.who_lifts(prepared.barriers, tx.actor)
    return askable(tx, roles, KIND_NAMES[draft.kind]) if roles else []


def look(tx: Tx, prepared: Prepared) -> list[str]:
    """steps_for(), and the warnings say what stands in the way and that it will wait."""
    steps = steps_for(tx, prepared)
    prepared.warnings += gates.told(prepared.barriers, tx.actor)
    if steps:
        prepared.warnings.append(f"确认后还要{'、'.join(steps)}审批，批了才记账")
        prepared.card["waits_for"] = steps[0]
    return steps


def _by_rule(tx: Tx, draft: Draft, prepared: Prepared) -> list[str]:
    if draft.kind not in APPROVABLE or not getattr(tx.company, "has_rules", True):
        return []
    amount = max(prepared.amount_fen, draft.total_fen)
    rules = tx.conn.execute(
        select(approval_rule)
        .where(
            approval_rule.c.company_id == tx.company_id,
            approval_rule.c.kind == draft.kind.value,
            approval_rule.c.active,
            approval_rule.c.over_fen.is_(None) | (approval_rule.c.over_fen < amount),
        )
        .order_by(func.coalesce(approval_rule.c.over_fen, -1), approval_rule.c.id)
    )
    return [rule.needs for rule in rules]


def askable(tx: Tx, roles: Iterable[str], what: str) -> list[str]:
    """Those of the roles that somebody other than the actor holds."""
    staff = people(tx.conn, tx.company_id)
    steps = []
    for role in dict.fromkeys(roles):
        if any(role in one.roles and one.id != tx.actor.id for one in staff):
            steps.append(role)
        elif role not in tx.actor.roles:
            raise Blocked(
                "no_approver",
                f"{what}要{role}审批，可现在没有{role}。请老板在后台“员工”里安排一位。",
                needs=role,
            )
    return steps


def submit(tx: Tx, said: dict[str, Any], prepared: Prepared, steps: Sequence[str]) -> dict[str, Any]:
    """A numbered draft that holds its command, and who must agree; the first of them is told (decision 15).

    said: {"name": command, "body": its JSON}. The number stays with the document whatever is decided.
    """
    draft, card = prepared.draft, prepared.card
    assert draft is not None
    draft.number = next_number(tx.conn, tx.company_id, draft.kind, tx.today)
    draft.id = tx.conn.execute(
        document.insert().returning(document.c.id),
        {
            "company_id": tx.company_id,
            "kind": draft.kind.value,
            "number": draft.number,
            "state": "draft",
            "business_date": draft.business_date,
            "created_at": tx.now,
            "staff_id": tx.actor.id,
            "partner_id": draft.partner_id,
            "parent_id": draft.parent_id,
            "promised_on": draft.promised_on,
            "total_fen": draft.total_fen,
            "command": said,
            "note": draft.note,
            "extra": {"card": card, "amount_fen": prepared.amount_fen, "goods": goods_asked(draft)}
            | gates.waiting(prepared.barriers),
        },
    ).scalar_one()
    rows = [
        {"document_id": draft.id, "step": number, "needs": role, "note": ""}
        for number, role in enumerate(steps, 1)
    ]
    tx.conn.execute(approval.insert(), rows)
    result = card | {
        "document_id": draft.id,
        "kind": draft.kind.value,
        "number": draft.number,
        "name": KIND_NAMES[draft.kind],
        "total_fen": draft.total_fen,
        "state": "draft",
        "waits_for": steps[0],
        "why": gates.told(prepared.barriers, tx.actor),
    }
    tell_approvers(tx, result, tx.actor.id, tx.actor.name, 1, steps[0], prepared.barriers)
    return result


def goods_asked(draft: Draft) -> list[list[Any]]:
    """[product, warehouse, role, milli], batches put together: what may not be other goods when it is agreed to."""
    sums: dict[tuple[int, int, str], int] = {}
    for line in draft.lines:
        key = (line.product_id or 0, line.warehouse_id or 0, line.role.value)
        sums[key] = sums.get(key, 0) + line.qty_milli
    return [[*key, qty] for key, qty in sorted(sums.items())]


def tell_approvers(
    tx: Tx,
    result: dict[str, Any],
    staff_id: int,
    requester: str,
    step: int,
    role: str,
    barriers: Iterable[gates.Barrier],
) -> None:
    """A task that notifications/approvals.py words for everybody with the role but the requester."""
    names = ("document_id", "kind", "number", "name", "partner", "total_fen", "lines")
    body = (
        {name: result.get(name) for name in names}
        | gates.waiting(barriers)
        | {
            "needs": role,
            "staff_id": staff_id,
            "requester": requester,
        }
    )
    tasks.put(tx.conn, tx.company_id, "approval", f"{result['document_id']}/{step}", tx.now, body)


def tell_requester(tx: Tx, row: Any, decision: str, note: str) -> None:
    body = {
        "document_id": row.id,
        "number": row.number,
        "kind": row.kind,
        "staff_id": row.staff_id,
        "decision": decision,
        "by": tx.actor.name,
        "note": note,
    }
    tasks.put(tx.conn, tx.company_id, "decided", str(row.id), tx.now, body)


def steps_of(tx: Tx, document_id: int) -> list[Any]:
    query = select(approval).where(approval.c.document_id == document_id).order_by(approval.c.step)
    return list(tx.conn.execute(query))


def decide(tx: Tx, step: Any, decision: str, note: str) -> None:
    """Write down who decided what about one step."""
    tx.conn.execute(
        update(approval)
        .where(approval.c.document_id == step.document_id, approval.c.step == step.step)
        .values(staff_id=tx.actor.id, decision=decision, note=note, at=tx.now)
    )


def cancel(tx: Tx, document_id: int) -> None:
    """draft → cancelled; it keeps its number, so that there is no gap."""
    tx.conn.execute(
        update(document)
        .where(document.c.id == document_id, document.c.state == "draft")
        .values(state="cancelled")
    )
