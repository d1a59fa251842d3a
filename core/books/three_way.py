"""三账核对：收货、应付、付款，出货、应收、收款，三本账各算各的，对不上的说出是哪一张单。"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, case, func, select

from core.accounts import STILL_OWED, account, entry, open_item
from core.catalog import product
from core.documents import document, document_line
from core.partners import partner
from core.posting_rules import Account, Kind, Measure, Role
from core.rights import PAYABLE, RECEIVABLE, Rights
from core.values import share


class Rule(NamedTuple):
    """What belongs to one side, who may see it, and its words: 大类 · goods · owed · paid · left."""

    account: Account
    brings: Kind
    returns: Kind
    money: Kind
    rights: Rights
    words: tuple[str, str, str, str, str]


SIDES = {
    "P": Rule(
        Account.PAYABLE,
        Kind.GOODS_RECEIPT,
        Kind.PURCHASE_RETURN,
        Kind.PAYMENT_OUT,
        PAYABLE,
        ("进货", "收货", "应付", "已付", "现在未付"),
    ),
    "R": Rule(
        Account.RECEIVABLE,
        Kind.DELIVERY,
        Kind.SALES_RETURN,
        Kind.PAYMENT_IN,
        RECEIVABLE,
        ("出货", "出货", "应收", "已收", "现在未收"),
    ),
}

Own = tuple[ColumnElement[bool], ...]  # which documents
HEAD = (document.c.id, document.c.number, document.c.kind)


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
    """A document on one partner's account with its three figures in 分, each from its own table: lines and entries by product,
    open items as a whole. Reversals count negative."""

    id: int
    number: str
    kind: Kind
    partner_id: int
    lines: Counter[int | None] = field(default_factory=Counter)
    entries: Counter[int | None] = field(default_factory=Counter)
    items: int = 0
    still_open: int = 0

    def settled(self, fen: int) -> int:
        """A line's share of what the document is settled with."""
        return share(self.items - self.still_open, abs(fen), abs(self.items)) if self.items and fen else 0


def three_way(conn: Connection, company_id: int, since: date, until: date) -> dict[str, Side]:
    """{"P": …, "R": …} over documents dated since … until (R11); reads what is dated then and what is open now."""
    own = (
        document.c.company_id == company_id,
        document.c.state == "posted",
        document.c.business_date >= since,
        document.c.business_date <= until,
    )
    sides = {}
    for side, rule in SIDES.items():
        papers = _papers(conn, side, rule, own)
        left = dict(
            conn.execute(
                select(open_item.c.partner_id, func.sum(open_item.c.sign * open_item.c.open_fen))
                .where(open_item.c.company_id == company_id, open_item.c.side == side, STILL_OWED)
                .group_by(open_item.c.partner_id)
            ).all()
        )
        sides[side] = Side(_by_partner(conn, papers, left, rule), _by_product(conn, papers, rule))
    return sides


def _by_partner(conn: Connection, papers: list[_Paper], left: dict[int, Any], rule: Rule) -> tuple[Row, ...]:
    goods = (rule.brings, rule.returns)
    whose: dict[int, list[_Paper]] = {of: [] for of in left}
    for paper in papers:
        whose.setdefault(paper.partner_id, []).append(paper)
    rows = []
    for of, name in conn.execute(select(partner.c.id, partner.c.name).where(partner.c.id.in_(sorted(whose)))):
        moved = [one for one in whose[of] if one.kind in goods]
        paid = sum(one.entries.total() for one in whose[of] if one.kind is rule.money)
        owed = sum(one.entries.total() for one in moved)
        wrong = tuple(
            one.number
            for one in whose[of]
            if one.entries.total() != one.items or (one.kind in goods and one.lines.total() != one.items)
        )
        rows.append(
            Row(
                of,
                name,
                sum(one.lines.total() for one in moved),
                owed,
                -paid,
                sum(one.entries.total() for one in whose[of]) - owed - paid,
                int(left.get(of, 0)),
                wrong,
            )
        )
    return _ordered(rows)


def _by_product(conn: Connection, papers: list[_Paper], rule: Rule) -> tuple[Row, ...]:
    """The goods documents once more, product by product: lines against entries, and what of them is settled."""
    having: dict[int, list[_Paper]] = {}
    for paper in papers:
        if paper.kind in (rule.brings, rule.returns):
            for of in paper.lines.keys() | paper.entries.keys():
                having.setdefault(of or 0, []).append(paper)
    query = select(product.c.id, product.c.name, product.c.spec).where(product.c.id.in_(sorted(having)))
    rows = []
    for of, name, spec in conn.execute(query):
        goods = sum(one.lines[of] for one in having[of])
        owed = sum(one.entries[of] for one in having[of])
        paid = sum(one.settled(one.lines[of]) for one in having[of])
        wrong = tuple(one.number for one in having[of] if one.lines[of] != one.entries[of])
        rows.append(Row(of, f"{name} {spec}".strip(), goods, owed, paid, 0, owed - paid, wrong))
    return _ordered(rows)


def _ordered(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: (-abs(row.goods_fen), -abs(row.left_fen), row.id)))


def _papers(conn: Connection, side: str, rule: Rule, own: Own) -> list[_Paper]:
    """Documents of the days that have anything to do with this side; lines, entries and items are never joined with one another."""
    papers: dict[tuple[int, int], _Paper] = {}

    def of(row: Any) -> _Paper:
        key = (row.id, row.partner_id)
        return papers.setdefault(key, _Paper(row.id, row.number, Kind(row.kind), row.partner_id))

    for row in conn.execute(_lines(rule, own)):
        sign = (1 if row.kind == rule.brings else -1) * (-1 if row.reverses_id else 1)
        of(row).lines[row.product_id] += sign * int(row.fen)
    for row in conn.execute(_entries(rule, own)):
        of(row).entries[row.product_id] += int(row.fen) * (1 if side == "R" else -1)
    for row in conn.execute(_items(side, own)):
        one = of(row)
        one.items, one.still_open = int(row.fen), int(row.still_open)
    return sorted(papers.values(), key=lambda one: one.id)


def _lines(rule: Rule, own: Own) -> Select[Any]:
    of = (*HEAD, document.c.reverses_id, document.c.partner_id, document_line.c.product_id)
    return (
        select(*of, func.sum(document_line.c.amount_fen).label("fen"))
        .join(document_line, document_line.c.document_id == document.c.id)
        .where(
            *own,
            document.c.kind.in_([rule.brings.value, rule.returns.value]),
            document_line.c.role != Role.REJECTED.value,
        )
        .group_by(*of)
    )


def _entries(rule: Rule, own: Own) -> Select[Any]:
    """What enters less what leaves the account, by document, partner and product."""
    into, out_of = account.alias("into"), account.alias("out_of")
    enters, leaves = into.c.role == rule.account.value, out_of.c.role == rule.account.value
    of = (*HEAD, entry.c.partner_id, entry.c.product_id)
    return (
        select(*of, func.sum(case((enters, 1), else_=-1) * entry.c.amount).label("fen"))
        .join(entry, entry.c.document_id == document.c.id)
        .join(into, into.c.id == entry.c.target_id)
        .join(out_of, out_of.c.id == entry.c.source_id)
        .where(*own, entry.c.measure == int(Measure.MONEY), enters | leaves)
        .group_by(*of)
    )


def _items(side: str, own: Own) -> Select[Any]:
    of = (*HEAD, open_item.c.partner_id)
    return (
        select(
            *of,
            func.sum(open_item.c.sign * open_item.c.amount_fen).label("fen"),
            func.sum(open_item.c.sign * open_item.c.open_fen).label("still_open"),
        )
        .join(open_item, open_item.c.document_id == document.c.id)
        .where(*own, open_item.c.side == side)
        .group_by(*of)
    )
