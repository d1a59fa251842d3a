"""待补价：货到了、进价还是暂估的入库行，先到的先补。"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from core.documents import document, document_line, stands
from core.late_costs import corrected
from core.partners import partner
from core.posting_rules import ESTIMATED, Kind


@dataclass(frozen=True, slots=True)
class Unpriced:
    """A line of a receipt; price_e4 per price_unit is the estimate, 0 = not even that."""

    number: str
    day: date
    supplier: str
    product_id: int
    qty_milli: int
    price_e4: int
    price_unit: str


def unpriced(conn: Connection, company_id: int) -> tuple[Unpriced, ...]:
    """Every receipt line whose price is an estimate that no correction has replaced, the oldest first."""
    line = document_line.c
    query = (
        select(
            document.c.number,
            document.c.business_date,
            partner.c.name,
            line.product_id,
            line.qty_milli,
            line.price_e4,
            line.price_unit,
        )
        .join(document_line, line.document_id == document.c.id)
        .join(partner, partner.c.id == document.c.partner_id)
        .where(
            document.c.company_id == company_id,
            document.c.kind == Kind.GOODS_RECEIPT.value,
            line.reason == ESTIMATED,
            stands(),
            ~corrected(document.c.id, line.line_no),
        )
        .order_by(document.c.id, line.line_no)
    )
    return tuple(Unpriced(*row) for row in conn.execute(query))
