"""最近卖了多少：按商品加总出库单，退货和红冲的抵掉；只读窗口里的单据。"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, case, func, select

from core.documents import document, document_line
from core.posting_rules import Kind

WINDOW_DAYS = 30  # 日均 = what was delivered in this many days, today included, divided by it
FEW = 200  # up to so many products are looked up one by one instead of reading the whole window


def sold(
    conn: Connection,
    company_id: int,
    today: date,
    product_ids: Collection[int] | None = None,
    warehouse_id: int | None = None,
    days: int = WINDOW_DAYS,
) -> dict[int, int]:
    """{product: milli delivered in the last `days` days}; products that sold nothing are absent."""
    since = today - timedelta(days=days - 1)
    first = conn.execute(select(func.min(document.c.id)).where(*_traded_since(company_id, since))).scalar()
    if first is None:
        return {}
    delivered, undone = document.c.kind == Kind.DELIVERY.value, document.c.reverses_id.is_not(None)
    left_us = (delivered & ~undone) | (~delivered & undone)
    net = func.sum(case((left_us, document_line.c.qty_milli), else_=-document_line.c.qty_milli))
    query = (
        select(document_line.c.product_id, net)
        .join(document, document.c.id == document_line.c.document_id)
        .where(*_traded_since(company_id, since))
        .group_by(document_line.c.product_id)
    )
    if product_ids is not None and len(product_ids) <= FEW:
        query = query.where(
            document_line.c.product_id.in_(sorted(product_ids)), document_line.c.document_id >= first
        )
    if warehouse_id is not None:
        query = query.where(document_line.c.warehouse_id == warehouse_id)
    return {product_id: int(qty) for product_id, qty in conn.execute(query) if qty > 0}


def _traded_since(company_id: int, since: date) -> tuple[Any, ...]:
    return (
        document.c.company_id == company_id,
        document.c.kind.in_([Kind.DELIVERY.value, Kind.SALES_RETURN.value]),
        document.c.business_date >= since,
    )
