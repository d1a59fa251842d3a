"""三账核对：收货、应付、付款，出货、应收、收款，三本账各算各的，对不上的说出是哪一张单。"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, select

from core.accounts import STILL_OWED, account, entry, open_item
from core.catalog import product
from core.documents import document, document_line
from core.partners import partner
from core.posting_rules import Account, Kind, Measure, Role
from core.values import share

# side → (account, what brings goods, what takes them back, money)
SIDES = {
    "P": (Account.PAYABLE, Kind.GOODS_RECEIPT, Kind.PURCHASE_RETURN, Kind.PAYMENT_OUT),
    "R": (Account.RECEIVABLE, Kind.DELIVERY, Kind.SALES_RETURN, Kind.PAYMENT_IN),
}


Own = tuple[ColumnElement[bool], ...]  # which documents


@dataclass(frozen=True, slots=True)
class Row:
    """One partner or product, 分. goods: documents of goods less returns · owed: what the ledger made of them ·
    paid: payments (of a product: the settled share of its documents) · other: 期初 索赔 运费 对冲 坏账 … ·
    left: still open now, whatever the period · wrong: numbers of the documents whose three figures differ."""

    id: int
    name: str
    goods_fen: int
    owed_fen: int
    paid_fen: int
    other_fen: int
    left_fen: int
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """P 进货 or R 出货: rows by partner and by product, the largest first."""

    partners: tuple[Row, ...]
    products: tuple[Row, ...]

    @property
    def wrong(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(number for row in self.partners for number in row.wrong))

    def total(self, figure: str) -> int:
        return sum(int(getattr(row, figure)) for row in self.partners)


@dataclass(slots=True)
class _Paper:
    """A document with its three figures, each from its own table: lines, entries, open items. Reversals count negative."""

    id: int
    number: str
    kind: Kind
    partner_id: int
    lines: int = 0
    ledger: int = 0
    items: int = 0
    open_of_it: int = 0

    def wrong(self, goods: Iterable[Kind]) -> bool:
        return self.ledger != self.items or (self.kind in goods and self.lines != self.ledger)


def three_way(conn: Connection, company_id: int, since: date, until: date) -> dict[str, Side]:
    """{"P": …, "R": …} over documents dated since … until (R11); reads what is dated then and what is open now."""
    return {side: _side(conn, company_id, side, since, until) for side in SIDES}


def _side(conn: Connection, company_id: int, side: str, since: date, until: date) -> Side:
    owed, brings, returns, money = SIDES[side]
    goods = (brings, returns)
    own = (
        document.c.company_id == company_id,
        document.c.state == "posted",
        document.c.business_date >= since,
        document.c.business_date <= until,
    )
    papers = _papers(conn, side, goods, own)
    left = dict(
        conn.execute(
            select(open_item.c.partner_id, func.sum(open_item.c.sign * open_item.c.open_fen))
            .where(open_item.c.company_id == company_id, open_item.c.side == side, STILL_OWED)
            .group_by(open_item.c.partner_id)
        ).all()
    )
    names = dict(
        conn.execute(
            select(partner.c.id, partner.c.name).where(
                partner.c.id.in_(sorted({one.partner_id for one in papers} | set(left)))
            )
        ).all()
    )
    partners = [
        Row(
            of,
            name,
            sum(one.lines for one in papers if one.partner_id == of and one.kind in goods),
            sum(one.ledger for one in papers if one.partner_id == of and one.kind in goods),
            -sum(one.ledger for one in papers if one.partner_id == of and one.kind is money),
            sum(one.ledger for one in papers if one.partner_id == of and one.kind not in (*goods, money)),
            int(left.get(of, 0)),
            tuple(one.number for one in papers if one.partner_id == of and one.wrong(goods)),
        )
        for of, name in names.items()
    ]
    return Side(_ordered(partners), _ordered(_by_product(conn, own, papers, goods, owed)))


def _ordered(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: (-abs(row.goods_fen), -abs(row.left_fen), row.id)))


def _papers(conn: Connection, side: str, goods: tuple[Kind, Kind], own: Own) -> list[_Paper]:
    """Documents of the days that have anything to do with this side; lines, entries and items are never joined with one another."""
    papers: dict[tuple[int, int], _Paper] = {}

    def of(row: Any) -> _Paper:
        key = (row.id, row.whose)
        return papers.setdefault(key, _Paper(row.id, row.number, Kind(row.kind), row.whose))

    head = (document.c.id, document.c.number, document.c.kind)
    for row in conn.execute(_lines(head, own, goods)):
        of(row).lines = _signed(row, goods) * int(row.fen)
    for row in conn.execute(_entries(head, own, SIDES[side][0])):
        of(row).ledger = int(row.fen) * (1 if side == "R" else -1)
    query = (
        select(
            *head,
            open_item.c.partner_id.label("whose"),
            func.sum(open_item.c.sign * open_item.c.amount_fen).label("fen"),
            func.sum(open_item.c.sign * open_item.c.open_fen).label("still"),
        )
        .join(open_item, open_item.c.document_id == document.c.id)
        .where(*own, open_item.c.side == side)
        .group_by(*head, open_item.c.partner_id)
    )
    for row in conn.execute(query):
        one = of(row)
        one.items, one.open_of_it = int(row.fen), int(row.still)
    return sorted(papers.values(), key=lambda one: one.id)


def _signed(row: Any, goods: tuple[Kind, Kind]) -> int:
    return (1 if row.kind == goods[0] else -1) * (-1 if row.reverses_id else 1)


def _lines(head: tuple[Any, ...], own: Own, goods: tuple[Kind, Kind]) -> Select[Any]:
    return (
        select(
            *head,
            document.c.reverses_id,
            document.c.partner_id.label("whose"),
            func.sum(document_line.c.amount_fen).label("fen"),
        )
        .join(document_line, document_line.c.document_id == document.c.id)
        .where(*own, document.c.kind.in_([kind.value for kind in goods]))
        .group_by(*head, document.c.reverses_id, document.c.partner_id)
    )


def _entries(head: tuple[Any, ...], own: Own, owed: Account) -> Select[Any]:
    """What enters less what leaves the account, by document and partner."""
    into = account.alias("into")
    sign = case((into.c.role == owed.value, 1), else_=-1)
    out_of = account.alias("out_of")
    return (
        select(*head, entry.c.partner_id.label("whose"), func.sum(sign * entry.c.amount).label("fen"))
        .join(entry, entry.c.document_id == document.c.id)
        .join(into, into.c.id == entry.c.target_id)
        .join(out_of, out_of.c.id == entry.c.source_id)
        .where(
            *own,
            entry.c.measure == int(Measure.MONEY),
            (into.c.role == owed.value) | (out_of.c.role == owed.value),
        )
        .group_by(*head, entry.c.partner_id)
    )


def _by_product(
    conn: Connection, own: Own, papers: list[_Paper], goods: tuple[Kind, Kind], owed: Account
) -> list[Row]:
    """The same goods documents once more, product by product: lines against entries, and what of them is settled."""
    known = {one.id: one for one in papers if one.kind in goods}
    if not known:
        return []
    rows = conn.execute(
        select(
            document_line.c.product_id,
            document_line.c.document_id,
            document.c.kind,
            document.c.reverses_id,
            func.sum(document_line.c.amount_fen).label("fen"),
        )
        .join(document, document.c.id == document_line.c.document_id)
        .where(
            *own,
            document.c.kind.in_([kind.value for kind in goods]),
            document_line.c.role != Role.REJECTED.value,
        )
        .group_by(
            document_line.c.product_id,
            document_line.c.document_id,
            document.c.kind,
            document.c.reverses_id,
        )
    ).all()
    said = {(row.product_id, row.document_id): _signed(row, goods) * int(row.fen) for row in rows}
    booked = _booked(conn, own, goods, owed)
    names = {
        row.id: f"{row.name} {row.spec}".strip()
        for row in conn.execute(
            select(product.c.id, product.c.name, product.c.spec).where(
                product.c.id.in_(sorted({of for of, _ in {*said, *booked}}))
            )
        )
    }
    found = []
    for of, name in names.items():
        mine = sorted({document_id for one, document_id in {*said, *booked} if one == of})
        lines = {one: said.get((of, one), 0) for one in mine}
        paid = sum(_settled(known[one], fen) for one, fen in lines.items())
        goods_fen, owed_fen = sum(lines.values()), sum(booked.get((of, one), 0) for one in mine)
        wrong = tuple(known[one].number for one in mine if lines[one] != booked.get((of, one), 0))
        found.append(Row(of, name, goods_fen, owed_fen, paid, 0, owed_fen - paid, wrong))
    return found


def _settled(paper: _Paper, fen: int) -> int:
    """A line's share of what its document is settled with."""
    return share(paper.items - paper.open_of_it, abs(fen), abs(paper.items)) if paper.items and fen else 0


def _booked(
    conn: Connection, own: Own, goods: tuple[Kind, Kind], owed: Account
) -> dict[tuple[int, int], int]:
    """{(product, document): 分} of the entries on 应付 or 应收."""
    into, out_of = account.alias("into"), account.alias("out_of")
    sign = case((into.c.role == owed.value, 1), else_=-1)
    rows = conn.execute(
        select(entry.c.product_id, entry.c.document_id, func.sum(sign * entry.c.amount))
        .join(document, document.c.id == entry.c.document_id)
        .join(into, into.c.id == entry.c.target_id)
        .join(out_of, out_of.c.id == entry.c.source_id)
        .where(
            *own,
            document.c.kind.in_([kind.value for kind in goods]),
            entry.c.measure == int(Measure.MONEY),
            (into.c.role == owed.value) | (out_of.c.role == owed.value),
        )
        .group_by(entry.c.product_id, entry.c.document_id)
    )
    turn = 1 if owed is Account.RECEIVABLE else -1
    return {(row[0], row[1]): turn * int(row[2]) for row in rows}
