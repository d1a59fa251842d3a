"""应收应付：谁欠多少、逾期多久（账龄），一家单位的每一笔未清。"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from core.accounts import STILL_OWED, open_item
from core.documents import document
from core.partners import partner

BUCKETS = ("未到期", "1–30天", "31–60天", "61–90天", "90天以上")
EDGES = (0, 30, 60, 90)  # days overdue at which the next bucket begins
ADVANCE = {"R": "预收", "P": "预付"}


@dataclass(frozen=True, slots=True)
class Owed:
    """One partner on one side. buckets follow BUCKETS; advance_fen: money paid with nothing to settle yet."""

    partner_id: int
    code: str
    name: str
    terms: str
    credit_limit_fen: int | None
    buckets: tuple[int, ...]
    advance_fen: int
    provisional_fen: int
    oldest_due: date | None

    @property
    def owed_fen(self) -> int:
        return sum(self.buckets) - self.advance_fen

    @property
    def overdue_fen(self) -> int:
        return sum(self.buckets[1:])


@dataclass(frozen=True, slots=True)
class OwedItem:
    """sign +1 owed, −1 an advance or credit; days_overdue ≤ 0 = not due yet."""

    document_id: int
    number: str
    kind: str
    business_date: date
    due_date: date | None
    sign: int
    amount_fen: int
    open_fen: int
    days_overdue: int
    provisional: bool

    @property
    def overdue(self) -> bool:
        return self.sign > 0 and self.days_overdue > 0


def owed(
    conn: Connection, company_id: int, side: str, today: date, partner_id: int | None = None
) -> tuple[Owed, ...]:
    """side 'R' 应收 or 'P' 应付: every partner with something open, the largest debt first."""
    c, amount = open_item.c, open_item.c.open_fen
    columns = [func.sum(case((and_(c.sign > 0, wanted), amount), else_=0)) for wanted in _buckets(today)]
    query = (
        select(
            partner.c.id,
            partner.c.code,
            partner.c.name,
            partner.c.terms,
            partner.c.credit_limit_fen,
            func.sum(case((c.sign < 0, amount), else_=0)),
            func.sum(case((and_(c.sign > 0, c.provisional), amount), else_=0)),
            func.min(case((c.sign > 0, c.due_date))),
            *columns,
        )
        .join(partner, partner.c.id == c.partner_id)
        .where(c.company_id == company_id, c.side == side, STILL_OWED)
        .group_by(partner.c.id, partner.c.code, partner.c.name, partner.c.terms, partner.c.credit_limit_fen)
    )
    if partner_id is not None:
        query = query.where(c.partner_id == partner_id)
    found = [
        Owed(
            of,
            code,
            name,
            terms,
            limit,
            tuple(int(one) for one in sums),
            int(advance),
            int(provisional),
            _day(oldest),
        )
        for of, code, name, terms, limit, advance, provisional, oldest, *sums in conn.execute(query)
    ]
    return tuple(sorted(found, key=lambda one: (-one.owed_fen, one.partner_id)))


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _buckets(today: date) -> list[ColumnElement[bool]]:
    """Conditions on the due date, one per bucket; no due date = not due."""
    due = open_item.c.due_date
    ends = [today - timedelta(days=days) for days in EDGES]
    first = due.is_(None) | (due >= ends[0])
    return [first, *(and_(due < later, due >= earlier) for later, earlier in pairwise(ends)), due < ends[-1]]


def items_of(
    conn: Connection, company_id: int, side: str, partner_id: int, today: date
) -> tuple[OwedItem, ...]:
    """Every open item of one partner, oldest due first."""
    c = open_item.c
    query = (
        select(
            document.c.id,
            document.c.number,
            document.c.kind,
            document.c.business_date,
            c.due_date,
            c.sign,
            c.amount_fen,
            c.open_fen,
            c.provisional,
        )
        .join(document, document.c.id == c.document_id)
        .where(c.company_id == company_id, c.side == side, c.partner_id == partner_id, STILL_OWED)
        .order_by(c.due_date, c.id)
    )
    return tuple(
        OwedItem(
            row.id,
            row.number,
            row.kind,
            row.business_date,
            row.due_date,
            row.sign,
            row.amount_fen,
            row.open_fen,
            (today - row.due_date).days if row.due_date else 0,
            row.provisional,
        )
        for row in conn.execute(query)
    )
