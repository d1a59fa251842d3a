"""一天的账：卖了多少、进了多少、收付多少钱、毛利、新欠、库存值多少。"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, case, func, select

from core.accounts import IN_STOCK, batch, open_item, stock
from core.books.articles import of_company
from core.catalog import product
from core.documents import document, document_line
from core.posting_rules import Kind, Role


@dataclass(frozen=True, slots=True)
class DayBook:
    """Business day; reversals and returns count negative on their own day. stock_value_fen is as of now."""

    day: date
    sales_fen: int
    sales_cost_fen: int
    promotion_fen: int
    purchases_fen: int
    orders_fen: int
    money_in_fen: int
    money_out_fen: int
    expenses_fen: int
    other_income_fen: int
    new_receivable_fen: int
    stock_value_fen: int
    documents: tuple[tuple[str, int], ...]

    @property
    def margin_fen(self) -> int:
        return self.sales_fen - self.sales_cost_fen


def day_book(conn: Connection, company_id: int, day: date) -> DayBook:
    """The figures of one day, from documents of that day only."""
    heads = {row.kind: row for row in _heads(conn, company_id, day)}
    sold, back = (_lines(conn, company_id, day, kind) for kind in (Kind.DELIVERY, Kind.SALES_RETURN))
    late, cut = (_gone(conn, company_id, day, kind) for kind in (Kind.LATE_COST, Kind.PRICE_CUT))
    documents = tuple((kind.value, heads[kind].count) for kind in Kind if kind in heads)

    def total(kind: Kind) -> int:
        return int(heads[kind].fen) if kind in heads else 0

    return DayBook(
        day,
        sold[Role.LINE][0] - back[Role.LINE][0],
        sold[Role.LINE][1] - back[Role.LINE][1] + late - cut,
        sold[Role.GIFT][1] - back[Role.GIFT][1],
        total(Kind.GOODS_RECEIPT) - total(Kind.PURCHASE_RETURN),
        total(Kind.SALES_ORDER),
        total(Kind.PAYMENT_IN),
        total(Kind.PAYMENT_OUT),
        total(Kind.EXPENSE),
        total(Kind.INCOME),
        _still_owed(conn, company_id, day),
        stock_value(conn, company_id),
        documents,
    )


def _signed(column: Any) -> Any:
    return func.sum(case((document.c.reverses_id.is_(None), column), else_=-column))


def _heads(conn: Connection, company_id: int, day: date) -> Any:
    return conn.execute(
        select(document.c.kind, func.count().label("count"), _signed(document.c.total_fen).label("fen"))
        .where(
            document.c.company_id == company_id,
            document.c.kind.in_([kind.value for kind in Kind]),
            document.c.business_date == day,
            document.c.state == "posted",
        )
        .group_by(document.c.kind)
    )


def _lines(conn: Connection, company_id: int, day: date, kind: Kind) -> dict[str, tuple[int, int]]:
    """{role: (amount, cost)} of the day's deliveries or returns."""
    rows = conn.execute(
        select(document_line.c.role, _signed(document_line.c.amount_fen), _signed(document_line.c.cost_fen))
        .join(document, document.c.id == document_line.c.document_id)
        .where(
            document.c.company_id == company_id,
            document.c.kind == kind.value,
            document.c.business_date == day,
        )
        .group_by(document_line.c.role)
    )
    nothing: dict[str, tuple[int, int]] = {Role.LINE: (0, 0), Role.GIFT: (0, 0)}
    return nothing | {role: (int(amount), int(cost)) for role, amount, cost in rows}


def _gone(conn: Connection, company_id: int, day: date, kind: Kind) -> int:
    """What the day's changes of cost put on goods that had left: 销售成本调整."""
    of_day = (document.c.business_date == day, document_line.c.role == Role.LINE.value)
    query = (
        select(func.coalesce(_signed(document_line.c.amount_fen - document_line.c.cost_fen), 0))
        .join(document, document.c.id == document_line.c.document_id)
        .where(document.c.company_id == company_id, document.c.kind == kind.value, *of_day)
    )
    return int(conn.execute(query).scalar_one())


def _still_owed(conn: Connection, company_id: int, day: date) -> int:
    """What customers still owe for the day's deliveries."""
    mine = select(document.c.id).where(
        document.c.company_id == company_id,
        document.c.kind == Kind.DELIVERY.value,
        document.c.business_date == day,
    )
    return int(
        conn.execute(
            select(func.coalesce(func.sum(open_item.c.open_fen), 0)).where(
                open_item.c.document_id.in_(mine), open_item.c.side == "R", open_item.c.sign > 0
            )
        ).scalar_one()
    )


def stock_value(conn: Connection, company_id: int) -> int:
    """What all goods cost, in 分, as of now."""
    return int(
        conn.execute(
            select(func.coalesce(func.sum(batch.c.value_fen), 0))
            .join(product, product.c.id == batch.c.product_id)
            .where(of_company(company_id), batch.c.id.in_(select(stock.c.batch_id).where(IN_STOCK)))
        ).scalar_one()
    )
