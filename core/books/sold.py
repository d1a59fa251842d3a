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
    (found,) = sold_in(conn, company_id, today, (days,), product_ids, warehouse_id)
    return found


def sold_in(
    conn: Connection,
    company_id: int,
    today: date,
    windows: tuple[int, ...],
    product_ids: Collection[int] | None = None,
    warehouse_id: int | None = None,
) -> list[dict[int, int]]:
    """sold() for several windows from one reading of the longest."""
    since = today - timedelta(days=max(windows) - 1)
    line, head = document_line.c, document.c
    traded = (head.kind.in_([Kind.DELIVERY.value, Kind.SALES_RETURN.value]), head.business_date >= since)
    first = conn.execute(select(func.min(head.id)).where(head.company_id == company_id, *traded)).scalar()
    if first is None:
        return [{} for _ in windows]
    columns = [
        func.sum(case((head.business_date > today - timedelta(days=days), _net()), else_=0))
        for days in windows
    ]
    query = select(line.product_id, *columns).join(document, head.id == line.document_id).where(*traded)
    if product_ids is not None and len(product_ids) <= FEW:
        # + 0 keeps SQLite from reading the whole window by its date instead of these products' own lines
        query = query.where(
            line.product_id.in_(sorted(product_ids)),
            line.document_id >= first,
            head.company_id + 0 == company_id,
        )
    else:
        query = query.where(head.company_id == company_id)
    if warehouse_id is not None:
        query = query.where(line.warehouse_id == warehouse_id)
    rows = conn.execute(query.group_by(line.product_id)).all()
    return [{row[0]: int(row[n]) for row in rows if row[n] > 0} for n in range(1, len(windows) + 1)]


def _net() -> Any:
    """Delivered is plus, returned or undone is minus."""
    delivered, undone = document.c.kind == Kind.DELIVERY.value, document.c.reverses_id.is_not(None)
    left_us = (delivered & ~undone) | (~delivered & undone)
    return case((left_us, document_line.c.qty_milli), else_=-document_line.c.qty_milli)
