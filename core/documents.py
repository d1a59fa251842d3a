"""单据：抬头、明细、编号。记账后不再改，红冲是另一张单。"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, ForeignKey, ForeignKeyConstraint, exists, select, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, insert_of
from core.errors import no_such
from core.posting_rules import Kind, Role


class Document(Base):
    __tablename__ = "document"
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    kind: Mapped[str]
    number: Mapped[str]
    state: Mapped[str]
    business_date: Mapped[date]
    created_at: Mapped[datetime]
    posted_at: Mapped[datetime | None]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    promised_on: Mapped[date | None]
    total_fen: Mapped[int] = mapped_column(default=0)
    command: Mapped[dict[str, Any]]
    note: Mapped[str] = mapped_column(default="")
    extra: Mapped[dict[str, Any] | None]


class DocumentLine(Base):
    __tablename__ = "document_line"
    __table_args__ = (
        ForeignKeyConstraint(
            ["order_id", "order_line"], ["document_line.document_id", "document_line.line_no"]
        ),
    )
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str]
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouse.id"))
    to_warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouse.id"))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"))
    said_milli: Mapped[int | None]
    unit: Mapped[str | None]
    qty_milli: Mapped[int] = mapped_column(default=0)
    price_e4: Mapped[int | None]
    price_unit: Mapped[str | None]
    amount_fen: Mapped[int] = mapped_column(default=0)
    cost_fen: Mapped[int] = mapped_column(default=0)
    order_id: Mapped[int | None]
    order_line: Mapped[int | None]
    reason: Mapped[str] = mapped_column(default="")
    bin: Mapped[str] = mapped_column(default="")
    to_bin: Mapped[str] = mapped_column(default="")
    extra: Mapped[dict[str, Any] | None]


class OrderOpen(Base):
    """What each order line still promises: a cache of its promise entries, proved by doctor."""

    __tablename__ = "order_open"
    __table_args__ = (
        ForeignKeyConstraint(
            ["order_id", "order_line"], ["document_line.document_id", "document_line.line_no"]
        ),
    )
    order_id: Mapped[int] = mapped_column(primary_key=True)
    order_line: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    kind: Mapped[str]
    partner_id: Mapped[int | None]
    product_id: Mapped[int]
    warehouse_id: Mapped[int]
    promised_on: Mapped[date | None]
    open_milli: Mapped[int]
    picked_milli: Mapped[int] = mapped_column(default=0)  # of open_milli, what lies on pick lists


class LastDeal(Base):
    """The newest price with this partner: 老价格 without reading history."""

    __tablename__ = "last_deal"
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    side: Mapped[str] = mapped_column(primary_key=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"), primary_key=True)
    price_e4: Mapped[int]
    unit: Mapped[str]
    on_day: Mapped[date]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))


class Counter(Base):
    __tablename__ = "counter"
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"), primary_key=True)
    prefix: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    last: Mapped[int]


document, document_line = Document.__table__, DocumentLine.__table__
order_open, last_deal, counter = OrderOpen.__table__, LastDeal.__table__, Counter.__table__
ORDER_STILL_OPEN = text("order_open.open_milli > 0")  # literal, so that the partial index is used
_LATER = document.alias("later")


def stands() -> ColumnElement[bool]:
    """A posted document that neither undoes another nor was undone."""
    return (
        (document.c.state == "posted")
        & document.c.reverses_id.is_(None)
        & ~exists().where(_LATER.c.reverses_id == document.c.id)
    )


@dataclass(slots=True)
class Line:
    """A line to be posted. qty_milli is base quantity, said_milli what was said in `unit`; cost is filled by post()."""

    role: Role
    product_id: int | None = None
    warehouse_id: int | None = None
    batch_id: int | None = None
    said_milli: int | None = None
    unit: str | None = None
    qty_milli: int = 0
    price_e4: int | None = None
    price_unit: str | None = None
    amount_fen: int = 0
    cost_fen: int = 0
    order_id: int | None = None
    order_line: int | None = None
    open_milli: int = 0  # how much of its order line this line uses up
    fund_id: int | None = None
    to_fund_id: int | None = None  # where money goes that moves from fund to fund
    partner_id: int | None = None  # opening balances name one per line
    due_date: date | None = None
    to_warehouse_id: int | None = None
    reason: str = ""
    bin: str = ""  # the bin goods of 可售 are taken from
    to_bin: str = ""  # … and are put into
    extra: dict[str, Any] | None = None


def all_of(row: Any, reason: str, **more: Any) -> Line:
    """The line that takes everything a row of stock, or a line of an earlier document, stands for."""
    return Line(
        Role.LINE,
        row.product_id,
        row.warehouse_id,
        row.batch_id,
        qty_milli=row.qty_milli,
        reason=reason,
        bin=row.bin,
        **more,
    )


@dataclass(slots=True)
class Draft:
    """A document about to be posted; post() gives it id and number."""

    kind: Kind
    lines: list[Line]
    business_date: date
    partner_id: int | None = None
    parent_id: int | None = None
    reverses_id: int | None = None
    promised_on: date | None = None
    due_date: date | None = None
    provisional: bool = False
    against: tuple[int, ...] = ()  # open items it settles instead of the oldest
    note: str = ""
    command: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] | None = None
    id: int = 0
    number: str = ""

    @property
    def total_fen(self) -> int:
        return sum(line.amount_fen for line in self.lines)


def next_number(conn: Connection, company_id: int, kind: Kind, day: date) -> str:
    """'GR-20260115-0001': gap-free per kind and day, because it commits with its document."""
    first = {"company_id": company_id, "prefix": kind.value, "day": day, "last": 1}
    last = conn.execute(_next(conn.dialect.name), first).scalar_one()
    return f"{kind.value}-{day:%Y%m%d}-{last:04d}"


@cache
def _next(dialect: str) -> Any:
    return (
        insert_of(dialect, counter)
        .on_conflict_do_update(
            index_elements=["company_id", "prefix", "day"], set_={"last": counter.c.last + 1}
        )
        .returning(counter.c.last)
    )


def only_order(lines: Iterable[Line]) -> int | None:
    """The order all these lines belong to; None when there are several or none."""
    ids = {line.order_id for line in lines if line.order_id}
    return ids.pop() if len(ids) == 1 else None


def open_lines(
    conn: Connection, order_ids: Iterable[int], product_ids: Iterable[int] | None = None
) -> list[Any]:
    """What these orders still promise of these goods, with number, price and role; the oldest order first."""
    query = (
        select(
            order_open,
            document.c.number,
            document_line.c.price_e4,
            document_line.c.price_unit,
            document_line.c.role,
        )
        .join(document, document.c.id == order_open.c.order_id)
        .join(
            document_line,
            (document_line.c.document_id == order_open.c.order_id)
            & (document_line.c.line_no == order_open.c.order_line),
        )
        .where(
            order_open.c.order_id.in_(sorted(order_ids)),
            *(() if product_ids is None else (order_open.c.product_id.in_(sorted(set(product_ids))),)),
            ORDER_STILL_OPEN,
        )
        .order_by(order_open.c.order_id, order_open.c.order_line)
    )
    return list(conn.execute(query))


def by_number(conn: Connection, company_id: int, number: str) -> Any:
    """The document row of a number in full or short form ('GR-20260115-0001', 'GR202601150001', 'SO-7' = newest #7)."""
    wanted = number.upper().replace(" ", "")
    prefix, digits = wanted[:2], wanted[2:].replace("-", "")
    query = select(document).where(document.c.company_id == company_id)
    if len(digits) > 8:
        query = query.where(document.c.number == f"{prefix}-{digits[:8]}-{int(digits[8:] or 0):04d}")
    else:
        query = (
            query.where(document.c.number.like(f"{prefix}-%-{int(digits or 0):04d}"))
            .order_by(document.c.id.desc())
            .limit(1)
        )
    row = conn.execute(query).one_or_none() if prefix.isalpha() and digits.isdigit() else None
    if row is None:
        raise no_such("单据", number, "请核对单号，例如 GR-20260115-0001。")
    return row
