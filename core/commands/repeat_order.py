"""再来一单：照上次的商品和数量，按今天的价格和可用重新下单。"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from core.commands import place_order
from core.commands.place_order import PlaceOrder
from core.documents import by_number, document, document_line, stands
from core.drafting import SaidLine
from core.errors import NotFound
from core.posting_rules import Kind, Role
from core.prepared import Prepared
from core.tx import Tx


@dataclass(frozen=True, slots=True)
class RepeatOrder:
    """The last order of a customer (within a period), or a named one."""

    partner_id: int | None = None
    number: str | None = None
    since: date | None = None
    until: date | None = None
    promised_on: date | None = None


def prepare(tx: Tx, command: RepeatOrder) -> Prepared:
    """Today's prices and stock (R71); raises what placing an order raises."""
    source = by_number(tx.conn, tx.company_id, command.number) if command.number else _last(tx, command)
    rows = tx.conn.execute(
        select(document_line)
        .where(document_line.c.document_id == source.id)
        .order_by(document_line.c.line_no)
    )
    lines = tuple(
        SaidLine(
            row.product_id,
            row.said_milli,
            row.unit,
            warehouse_id=row.warehouse_id,
            gift=row.role == Role.GIFT,
        )
        for row in rows
        if row.product_id and row.said_milli
    )
    if not lines or source.partner_id is None:
        raise NotFound("not_found", f"{source.number} 不是给客户的单，照不出新订单。请说客户和商品。")
    prepared = place_order.prepare(tx, PlaceOrder(lines, source.partner_id, command.promised_on))
    prepared.card["like"] = source.number
    prepared.defaulted.append(f"商品和数量照 {source.number}（{source.business_date}）")
    return prepared


def _last(tx: Tx, command: RepeatOrder) -> Any:
    query = select(document).where(
        document.c.company_id == tx.company_id,
        document.c.partner_id == command.partner_id,
        document.c.kind == Kind.SALES_ORDER.value,
        stands(),
    )
    if command.since:
        query = query.where(document.c.business_date >= command.since)
    if command.until:
        query = query.where(document.c.business_date <= command.until)
    row = tx.conn.execute(query.order_by(document.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        raise NotFound("no_order", "没找到他以前的订单。请直接说商品和数量，例如：张姐 下单 生抽 5箱。")
    return row
