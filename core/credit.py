"""信用：已用多少、逾期多久；超了额度或拖得太久，先收款，或由老板放行。"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Date, and_, case, cast, func, literal, null, select, union_all

from core.accounts import STILL_OWED, open_item
from core.documents import ORDER_STILL_OPEN, document, document_line, order_open
from core.errors import Blocked, over_credit, overdue_too_long
from core.posting_rules import Kind
from core.staff import ROLES, May, staff
from core.tx import Tx
from core.values import yuan

OVERDUE_DAYS = (
    30  # more than this and nothing leaves on credit, unless company.settings["overdue_days"] says otherwise
)


@dataclass(frozen=True, slots=True)
class Standing:
    """used_fen: open AR − advances + undelivered orders (features.md §6.1); overdue: so many items, the oldest so many days."""

    used_fen: int
    overdue: int
    overdue_days: int

    @property
    def overdue_words(self) -> str:
        return f"逾期 {self.overdue} 笔，最久 {self.overdue_days} 天" if self.overdue else ""


def standing_of(tx: Tx, partner_id: int) -> Standing:
    """How a customer stands today, in one statement."""
    c = open_item.c
    late = and_(c.sign > 0, c.due_date < tx.today)
    owed = select(
        func.coalesce(func.sum(c.sign * c.open_fen), 0),
        literal(1),
        literal(1),
        func.coalesce(func.sum(case((late, 1), else_=0)), 0),
        func.min(case((late, c.due_date))),
    ).where(c.company_id == tx.company_id, c.side == "R", c.partner_id == partner_id, STILL_OWED)
    ordered = (
        select(
            document_line.c.amount_fen,
            order_open.c.open_milli,
            document_line.c.qty_milli,
            literal(0),
            cast(null(), Date),
        )
        .join(
            document_line,
            (document_line.c.document_id == order_open.c.order_id)
            & (document_line.c.line_no == order_open.c.order_line),
        )
        .where(
            order_open.c.company_id == tx.company_id,
            order_open.c.partner_id == partner_id,
            order_open.c.kind == Kind.SALES_ORDER.value,
            ORDER_STILL_OPEN,
        )
    )
    rows = tx.conn.execute(union_all(owed, ordered)).all()
    first = next((row[4] for row in rows if row[4]), None)
    oldest = date.fromisoformat(first) if isinstance(first, str) else first
    return Standing(
        # multiplied here, not in SQL: fen × milli does not fit into 64 bits
        sum(int(amount) * part // whole for amount, part, whole, *_ in rows),
        sum(int(row[3]) for row in rows),
        (tx.today - oldest).days if oldest else 0,
    )


def check_credit(tx: Tx, customer: Any, more_fen: int, orders: Iterable[int] = ()) -> list[str]:
    """Warnings; raises Blocked when `more_fen` goes over the limit or something is overdue too long.

    Who may go over (老板) is warned instead, and so is whoever delivers no more than the orders that such a person placed.
    """
    standing = standing_of(tx, customer.id)
    refusal = _refusal(tx, customer, standing, more_fen)
    if refusal is None:
        words = f"{customer.name} {standing.overdue_words}"
        return [words] if standing.overdue and tx.actor.sees(May.SEE_RECEIVABLE) else []
    if May.BREAK_CREDIT not in tx.actor.may and (more_fen or not _let_through(tx, orders)):
        raise refusal
    return [refusal.sentence] if tx.actor.sees(May.SEE_RECEIVABLE) else []


def _refusal(tx: Tx, customer: Any, standing: Standing, more_fen: int) -> Blocked | None:
    shown = tx.actor.sees(May.SEE_RECEIVABLE)
    limit = customer.credit_limit_fen
    if limit is not None and standing.used_fen + more_fen > limit:
        figures = {
            "limit": yuan(limit),
            "used": yuan(standing.used_fen),
            "this": yuan(more_fen),
            "pay": yuan(standing.used_fen + more_fen - limit),
            "overdue": standing.overdue_words,
        }
        return over_credit(customer.name, figures if shown else {})
    if standing.overdue_days > tx.company.settings.get("overdue_days", OVERDUE_DAYS):
        return overdue_too_long(customer.name, standing.overdue_words if shown else "逾期太久")
    return None


def _let_through(tx: Tx, orders: Iterable[int]) -> bool:
    """Whether every one of these orders was placed by somebody who may go over the limit."""
    query = (
        select(staff.c.roles)
        .join(document, document.c.staff_id == staff.c.id)
        .where(document.c.id.in_(sorted(orders)))
    )
    rows = tx.conn.execute(query).scalars().all()
    return bool(rows) and all(
        May.BREAK_CREDIT in {one for role in roles for one in ROLES[role]} for roles in rows
    )
