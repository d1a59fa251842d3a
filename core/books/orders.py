"""一张单据的要点，和还没做完的订单。"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from core.approvals import approval
from core.books.articles import Article, articles
from core.documents import ORDER_STILL_OPEN, by_number, document, document_line, order_open, stands
from core.partners import partner
from core.posting_rules import Kind, Role
from core.staff import staff


@dataclass(frozen=True, slots=True)
class PaperLine:
    """`unit` is the one it was said in."""

    article: Article
    qty_milli: int
    unit: str | None


@dataclass(frozen=True, slots=True)
class Paper:
    """undone_by: the number of its reversal. open_lines: how many lines of an order still wait. No lines before it is posted."""

    number: str
    kind: Kind
    day: date
    who: str
    total_fen: int
    promised_on: date | None
    undone_by: str | None
    lines: tuple[PaperLine, ...]
    open_lines: int
    waits_for: str = ""  # the role whose approval it waits for
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class OpenOrder:
    number: str
    partner: str
    promised_on: date | None


def paper(conn: Connection, company_id: int, number: str) -> Paper:
    """Raises NotFound for a number that is not ours."""
    row = by_number(conn, company_id, number)
    lines = conn.execute(
        select(document_line)
        .where(document_line.c.document_id == row.id, document_line.c.product_id.is_not(None))
        .order_by(document_line.c.line_no)
    ).all()
    known = articles(conn, company_id, {line.product_id for line in lines})
    undone = conn.execute(select(document.c.number).where(document.c.reverses_id == row.id)).scalar()
    waiting = select(func.count()).where(order_open.c.order_id == row.id, ORDER_STILL_OPEN)
    return Paper(
        row.number,
        Kind(row.kind),
        row.business_date,
        conn.execute(select(staff.c.name).where(staff.c.id == row.staff_id)).scalar_one(),
        row.total_fen,
        row.promised_on,
        undone,
        tuple(PaperLine(known[line.product_id], line.qty_milli, line.unit) for line in lines),
        conn.execute(waiting).scalar_one(),
        _waits_for(conn, row.id) if row.state == "draft" else "",
        row.state == "cancelled",
    )


@dataclass(frozen=True, slots=True)
class LineProgress:
    """One line of an order: how much was ordered, came (or went), was refused at the door, and is still open."""

    article: Article
    ordered_milli: int
    moved_milli: int
    rejected_milli: int
    open_milli: int


def progress(conn: Connection, company_id: int, number: str) -> tuple[LineProgress, ...]:
    """How far an order is, line by line (R14: 未到, 拒收); raises NotFound."""
    row = by_number(conn, company_id, number)
    lines = conn.execute(
        select(document_line, order_open.c.open_milli)
        .outerjoin(
            order_open,
            (order_open.c.order_id == document_line.c.document_id)
            & (order_open.c.order_line == document_line.c.line_no),
        )
        .where(document_line.c.document_id == row.id)
        .order_by(document_line.c.line_no)
    ).all()
    sums: dict[tuple[int, bool], int] = {}
    for one in conn.execute(
        select(
            document_line.c.order_line, document_line.c.role, func.sum(document_line.c.qty_milli).label("qty")
        )
        .join(document, document.c.id == document_line.c.document_id)
        .where(
            document_line.c.order_id == row.id,
            document.c.kind.in_([Kind.GOODS_RECEIPT.value, Kind.DELIVERY.value]),
            stands(),
        )
        .group_by(document_line.c.order_line, document_line.c.role)
    ):
        key = (one.order_line, one.role == Role.REJECTED)
        sums[key] = sums.get(key, 0) + int(one.qty)
    known = articles(conn, company_id, {line.product_id for line in lines})
    return tuple(
        LineProgress(
            known[line.product_id],
            line.qty_milli,
            sums.get((line.line_no, False), 0),
            sums.get((line.line_no, True), 0),
            line.open_milli or 0,
        )
        for line in lines
    )


def _waits_for(conn: Connection, document_id: int) -> str:
    open_steps = select(approval.c.needs).where(
        approval.c.document_id == document_id, approval.c.decision.is_(None)
    )
    return str(conn.execute(open_steps.order_by(approval.c.step).limit(1)).scalar() or "")


def open_orders(
    conn: Connection, company_id: int, kind: Kind, partner_id: int | None = None, most: int = 12
) -> tuple[OpenOrder, ...]:
    """Orders of this kind that still promise something, the soonest first."""
    query = (
        select(document.c.number, partner.c.name, document.c.promised_on)
        .join(order_open, order_open.c.order_id == document.c.id)
        .join(partner, partner.c.id == document.c.partner_id)
        .where(order_open.c.company_id == company_id, order_open.c.kind == kind.value, ORDER_STILL_OPEN)
        .distinct()
        .order_by(document.c.promised_on, document.c.number)
        .limit(most)
    )
    if partner_id is not None:
        query = query.where(document.c.partner_id == partner_id)
    return tuple(OpenOrder(*row) for row in conn.execute(query))
