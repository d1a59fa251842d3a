"""信用：已用多少、逾期多久；超了额度或拖得太久，先收款，或等老板放行。"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, and_, case, cast, func, literal, null, select, union_all

from core.accounts import STILL_OWED, open_item
from core.documents import ORDER_STILL_OPEN, document, document_line, order_open
from core.gates import Barrier, lifted
from core.posting_rules import Kind
from core.staff import ROLES, May, staff
from core.tx import Tx
from core.values import yuan

OVERDUE_DAYS = (
    30  # more than this and nothing leaves on credit, unless company.settings["overdue_days"] says otherwise
)


@dataclass(frozen=True, slots=True)
class Standing:
    """used_fen: open AR − advances + undelivered orders (features.md §6.1); overdue: so many items, the oldest so many days;
    late_fen: of them, what has been owed for too long."""

    used_fen: int
    overdue: int
    overdue_days: int
    late_fen: int = 0

    @property
    def overdue_words(self) -> str:
        return f"逾期 {self.overdue} 笔，最久 {self.overdue_days} 天" if self.overdue else ""


def standing_of(tx: Tx, partner_id: int) -> Standing:
    """How a customer stands today, in one statement."""
    c = open_item.c
    late = and_(c.sign > 0, c.due_date < tx.today)
    too_late = and_(c.sign > 0, c.due_date < tx.today - timedelta(days=_days_allowed(tx)))
    owed = select(
        func.coalesce(func.sum(c.sign * c.open_fen), 0),
        literal(1),
        literal(1),
        func.coalesce(func.sum(case((late, 1), else_=0)), 0),
        func.min(case((late, c.due_date))),
        func.coalesce(func.sum(case((too_late, c.open_fen), else_=0)), 0),
    ).where(c.company_id == tx.company_id, c.side == "R", c.partner_id == partner_id, STILL_OWED)
    ordered = (
        select(
            document_line.c.amount_fen,
            order_open.c.open_milli,
            document_line.c.qty_milli,
            literal(0),
            cast(null(), Date),
            literal(0),
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
        sum(int(row[5]) for row in rows),
    )


def _days_allowed(tx: Tx) -> int:
    return int(tx.company.settings.get("overdue_days", OVERDUE_DAYS))


def check_credit(
    tx: Tx, customer: Any, more_fen: int, orders: Iterable[int] = ()
) -> tuple[list[str], list[Barrier]]:
    """(what deserves a look, what stands in the way) when `more_fen` goes over the limit or something is overdue too long.

    Delivering no more than orders that were let through (by who placed them, or who agreed to them) is no barrier again.
    """
    standing = standing_of(tx, customer.id)
    barrier = _barrier(tx, customer, standing, more_fen)
    if barrier is None:
        words = f"{customer.name} {standing.overdue_words}"
        return [words] if standing.overdue and tx.actor.sees(May.SEE_RECEIVABLE) else [], []
    if not more_fen and _let_through(tx, orders):
        return [barrier.full] if tx.actor.sees(May.SEE_RECEIVABLE) else [], []
    return [], [barrier]


def _barrier(tx: Tx, customer: Any, standing: Standing, more_fen: int) -> Barrier | None:
    """Used / limit, what is overdue, this document, and how much cash would let it pass."""
    limit = customer.credit_limit_fen
    over = standing.used_fen + more_fen - limit if limit is not None else 0
    too_late = standing.overdue_days > _days_allowed(tx)
    if over <= 0 and not too_late:
        return None
    used = f"已用 {yuan(standing.used_fen)}" + (f"/{yuan(limit)}" if limit is not None else "")
    parts = [used, standing.overdue_words, f"本单 {yuan(more_fen)}" if more_fen else "本单已算在内"]
    pay = max(over, standing.late_fen if too_late else 0)
    return Barrier(
        "credit",
        f"{customer.name} {'，'.join(part for part in parts if part)}：先收 {yuan(pay)} 可放行",
        f"{customer.name} {'超了信用额度' if over > 0 else '逾期太久'}",
        pay,
    )


def _let_through(tx: Tx, orders: Iterable[int]) -> bool:
    """Whether every one of these orders was placed by somebody who may go over the limit, or was agreed to by one."""
    query = (
        select(staff.c.roles, document.c.extra)
        .join(document, document.c.staff_id == staff.c.id)
        .where(document.c.id.in_(sorted(orders)))
    )
    rows = tx.conn.execute(query).all()
    return bool(rows) and all(
        May.BREAK_CREDIT in {one for role in row.roles for one in ROLES[role]}
        or any(one.gate == "credit" for one in lifted(row.extra))
        for row in rows
    )
