"""对账单：一家单位一段日子，期初加减每一张单，等于期末。"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from core.accounts import STILL_OWED, open_item
from core.documents import document
from core.posting_rules import Kind


@dataclass(frozen=True, slots=True)
class StatementLine:
    """fen > 0 adds to what is owed, < 0 takes off it; balance_fen after it."""

    number: str
    kind: Kind
    day: date
    fen: int
    balance_fen: int


@dataclass(frozen=True, slots=True)
class Statement:
    opening_fen: int
    lines: tuple[StatementLine, ...]

    @property
    def closing_fen(self) -> int:
        return self.lines[-1].balance_fen if self.lines else self.opening_fen


def statement(
    conn: Connection, company_id: int, partner_id: int, side: str, since: date, until: date
) -> Statement:
    """side R 应收, P 应付 (features.md §6.1 对账单). The opening is what is open now less all that came since: no history is read."""
    mine = (
        open_item.c.company_id == company_id,
        open_item.c.side == side,
        open_item.c.partner_id == partner_id,
    )
    now = conn.execute(
        select(func.coalesce(func.sum(open_item.c.sign * open_item.c.open_fen), 0)).where(*mine, STILL_OWED)
    ).scalar_one()
    rows = conn.execute(
        select(
            document.c.number,
            document.c.kind,
            document.c.business_date,
            func.sum(open_item.c.sign * open_item.c.amount_fen).label("fen"),
        )
        .join(open_item, open_item.c.document_id == document.c.id)
        .where(
            *mine,
            document.c.company_id == company_id,
            (document.c.partner_id == partner_id) | (document.c.kind == Kind.OPENING.value),
            document.c.business_date >= since,
        )
        .group_by(document.c.id, document.c.number, document.c.kind, document.c.business_date)
        .order_by(document.c.business_date, document.c.id)
    ).all()
    balance = opening = int(now) - sum(int(row.fen) for row in rows)
    lines = []
    for row in rows:
        if row.business_date <= until:
            balance += int(row.fen)
            lines.append(StatementLine(row.number, Kind(row.kind), row.business_date, int(row.fen), balance))
    return Statement(opening, tuple(lines))
