"""批次去向：谁供的货、什么时候来的、现在在哪里、哪些客户收过多少（召回要问的）。"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from core.accounts import IN_STOCK, account, batch, stock
from core.documents import document, document_line, stands
from core.partners import partner
from core.posting_rules import Kind


@dataclass(frozen=True, slots=True)
class Received:
    """A delivery of the batch; qty_milli is what the customer kept, returns taken off."""

    partner_id: int
    customer: str
    phone: str
    number: str
    day: date
    qty_milli: int


@dataclass(frozen=True, slots=True)
class BatchTrace:
    """came: (receipt, day, milli), the oldest first. here: (where and in what condition, milli)."""

    product_id: int
    batch_no: str
    expiry_date: date | None
    supplier: str
    came: tuple[tuple[str, date, int], ...]
    here: tuple[tuple[str, int], ...]
    received: tuple[Received, ...]


def batch_trace(conn: Connection, batch_id: int) -> BatchTrace:
    """Where one batch came from and where it went (features.md M14); the newest delivery first."""
    one = conn.execute(
        select(batch, partner.c.name.label("supplier"))
        .outerjoin(partner, partner.c.id == batch.c.supplier_id)
        .where(batch.c.id == batch_id)
    ).one()
    came = _lines(conn, one, (Kind.GOODS_RECEIPT, Kind.MISC_IN, Kind.OPENING))
    here = conn.execute(
        select(account.c.name, stock.c.qty_milli)
        .join(account, account.c.id == stock.c.account_id)
        .where(stock.c.batch_id == batch_id, IN_STOCK)
        .order_by(account.c.id)
    )
    return BatchTrace(
        one.product_id,
        one.batch_no,
        one.expiry_date,
        one.supplier or "",
        tuple((row.number, row.business_date, row.qty_milli) for row in came),
        tuple((row.name, row.qty_milli) for row in here),
        _received(conn, one),
    )


def _received(conn: Connection, one: Any) -> tuple[Received, ...]:
    sold = _lines(conn, one, (Kind.DELIVERY,))
    back = {
        (row.order_id, row.order_line): int(row.qty)
        for row in conn.execute(
            select(
                document_line.c.order_id,
                document_line.c.order_line,
                func.sum(document_line.c.qty_milli).label("qty"),
            )
            .join(document, document.c.id == document_line.c.document_id)
            .where(
                document_line.c.product_id == one.product_id,
                document_line.c.batch_id == one.id,
                document.c.kind == Kind.SALES_RETURN.value,
                stands(),
            )
            .group_by(document_line.c.order_id, document_line.c.order_line)
        )
    }
    kept: dict[int, Received] = {}
    for row in sold:
        qty = row.qty_milli - back.get((row.document_id, row.line_no), 0)
        old = kept.get(row.document_id)
        kept[row.document_id] = Received(
            row.partner_id,
            row.name,
            row.phone,
            row.number,
            row.business_date,
            qty + (old.qty_milli if old else 0),
        )
    return tuple(kept[of] for of in sorted(kept, reverse=True) if kept[of].qty_milli)


def _lines(conn: Connection, one: Any, kinds: tuple[Kind, ...]) -> list[Any]:
    """Standing lines of the batch on documents of these kinds, with number, day and partner."""
    query = (
        select(
            document_line.c.document_id,
            document_line.c.line_no,
            document_line.c.qty_milli,
            document.c.number,
            document.c.business_date,
            document.c.partner_id,
            partner.c.name,
            partner.c.phone,
        )
        .join(document, document.c.id == document_line.c.document_id)
        .outerjoin(partner, partner.c.id == document.c.partner_id)
        .where(
            document_line.c.product_id == one.product_id,
            document_line.c.batch_id == one.id,
            document.c.kind.in_([kind.value for kind in kinds]),
            stands(),
        )
        .order_by(document_line.c.document_id, document_line.c.line_no)
    )
    return list(conn.execute(query))
