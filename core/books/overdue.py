"""过了约定日还没做完的订单：客户的该送没送，供应商的该到没到，晚了几天、还差多少。"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from core.books.articles import Article, articles
from core.commands.turn_day import RELEASE_AFTER
from core.documents import ORDER_STILL_OPEN, document, order_open
from core.partners import partner
from core.posting_rules import Kind


@dataclass(frozen=True, slots=True)
class Late:
    """lines: (goods, milli still open). released_on: the day the reservation is let go (sales orders only, decision 73)."""

    number: str
    kind: Kind
    partner: str
    promised_on: date
    days: int
    released_on: date | None
    lines: tuple[tuple[Article, int], ...]


def overdue(conn: Connection, company_id: int, kind: Kind, today: date) -> tuple[Late, ...]:
    """Orders of this kind (SALES_ORDER | PURCHASE_ORDER) promised before today and not done, the latest ones first."""
    rows = conn.execute(
        select(order_open, document.c.number, partner.c.name)
        .join(document, document.c.id == order_open.c.order_id)
        .join(partner, partner.c.id == order_open.c.partner_id)
        .where(
            order_open.c.company_id == company_id,
            order_open.c.kind == kind.value,
            order_open.c.promised_on < today,
            ORDER_STILL_OPEN,
        )
        .order_by(order_open.c.promised_on, order_open.c.order_id, order_open.c.order_line)
    ).all()
    known = articles(conn, company_id, {row.product_id for row in rows})
    found: dict[int, Late] = {}
    for row in rows:
        late = found.get(row.order_id) or Late(
            row.number,
            kind,
            row.name,
            row.promised_on,
            (today - row.promised_on).days,
            row.promised_on + RELEASE_AFTER if kind is Kind.SALES_ORDER else None,
            (),
        )
        lines = (*late.lines, (known[row.product_id], row.open_milli))
        found[row.order_id] = Late(
            late.number, kind, late.partner, late.promised_on, late.days, late.released_on, lines
        )
    return tuple(found.values())
