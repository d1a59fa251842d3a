"""采购申请的现况：批了没有、要什么、已经订了多少；报价和订单都要先问它。"""

from typing import Any

from sqlalchemy import func, select

from core.documents import Line, by_number, document, document_line, stands
from core.drafting import Want
from core.errors import Blocked, Invalid
from core.locks import lock_documents
from core.posting_rules import KIND_NAMES, Kind
from core.tx import Tx


def the_requisition(tx: Tx, number: str) -> Any:
    """Its row, held; raises for anything but an approved, standing requisition (R24: no step is skipped)."""
    row = by_number(tx.conn, tx.company_id, number)
    if row.kind != Kind.REQUISITION or row.reverses_id is not None:
        raise Invalid(
            "not_requisition",
            f"{row.number} 是{KIND_NAMES[Kind(row.kind)]}，不是采购申请。请说 PR- 开头的单号。",
        )
    lock_documents(tx, [row.id])
    must_stand(tx, row, "询价或下单")
    return row


def must_stand(tx: Tx, row: Any, verb: str) -> None:
    state = tx.conn.execute(select(document.c.state).where(document.c.id == row.id)).scalar()
    if state == "draft":
        raise Blocked("not_approved", f"{row.number} 还在待审，批了才能{verb}。")
    if state == "cancelled":
        raise Blocked("cancelled", f"{row.number} 已作废，不能{verb}。要的话请重新申请。")
    if not tx.conn.execute(select(document.c.id).where(document.c.id == row.id, stands())).first():
        raise Blocked("undone", f"{row.number} 已红冲，不能{verb}。要的话请重新记一张。")


def asked_for(tx: Tx, request: Any) -> list[Any]:
    """Lines of a requisition."""
    query = select(document_line).where(document_line.c.document_id == request.id)
    return list(tx.conn.execute(query.order_by(document_line.c.line_no)))


def ordered_of(tx: Tx, request: Any) -> dict[int, int]:
    """{line of the requisition: milli that standing purchase orders have taken up}."""
    rows = tx.conn.execute(
        select(document_line.c.order_line, func.sum(document_line.c.qty_milli).label("qty"))
        .join(document, document.c.id == document_line.c.document_id)
        .where(
            document_line.c.order_id == request.id,
            document.c.kind == Kind.PURCHASE_ORDER.value,
            stands(),
        )
        .group_by(document_line.c.order_line)
    )
    return {row.order_line: int(row.qty) for row in rows}


def asked_lines(tx: Tx, request: Any, found: list[Want]) -> list[Any]:
    """The requisition's line of each wanted one, whose place it takes unless another was said; raises Invalid for other goods."""
    asked, rows = asked_for(tx, request), []
    for want in found:
        same = [row for row in asked if row.product_id == want.goods.id]
        here = [row for row in same if row.warehouse_id == want.warehouse_id]
        row = next(iter(here or (same if want.said.warehouse_id is None else [])), None)
        if row is None:
            raise Invalid(
                "not_requested",
                f"{request.number} 里没有申请 {want.goods.title}。请核对单号、商品和仓库，或另开一张申请。",
            )
        want.warehouse_id = row.warehouse_id
        rows.append(row)
    return rows


def take_up(tx: Tx, request: Any, rows: list[Any], found: list[Want], lines: list[Line]) -> None:
    """Tie the lines of an order to those of the requisition; raises Invalid for more than is still asked for."""
    taken = ordered_of(tx, request)
    for row, want, line in zip(rows, found, lines, strict=True):
        left = row.qty_milli - taken.get(row.line_no, 0)
        if line.qty_milli > left:
            raise Invalid(
                "beyond_request",
                f"{request.number} 申请的 {want.goods.title} 还能订 {want.words(left)}，说的是 {want.said_text}。改小数量，多的另下采购订单。",
            )
        taken[row.line_no] = taken.get(row.line_no, 0) + line.qty_milli
        line.order_id, line.order_line = request.id, row.line_no
