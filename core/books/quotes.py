"""比价：一张采购申请的几家报价，按同样的数量、连运费比，谁家便宜、几天到、上次什么价。"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from core.catalog import Goods, goods_by_id
from core.documents import by_number, document, document_line, last_deal, stands
from core.partners import partner
from core.posting_rules import Kind
from core.values import MILLI, amount_fen, half_up, share


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of the requisition."""

    line_no: int
    goods: Goods
    qty_milli: int


@dataclass(frozen=True, slots=True)
class Offered:
    """One line of an offer, for the whole quantity asked. net_e4: 1/10000 元 per base unit, freight included.

    last_e4: what was last paid this supplier per base unit, None if nothing was ever bought from him.
    """

    line_no: int
    price_e4: int
    price_unit: str
    amount_fen: int
    net_e4: int
    last_e4: int | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A supplier's newest standing quote; total_fen with freight. A partial or run-out one is ranked last."""

    quote: str
    partner_id: int
    supplier: str
    lines: tuple[Offered, ...]
    freight_fen: int
    total_fen: int
    lead_days: int | None
    valid_until: date | None
    complete: bool
    run_out: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    requisition: str
    asked: tuple[Asked, ...]
    offers: tuple[Offer, ...]  # the best first


def compare_quotes(conn: Connection, company_id: int, number: str, today: date) -> Comparison:
    """Raises NotFound for a number that is not ours; a requisition nobody has quoted for has no offers."""
    request = by_number(conn, company_id, number)
    lines = conn.execute(
        select(document_line)
        .where(document_line.c.document_id == request.id)
        .order_by(document_line.c.line_no)
    ).all()
    known = goods_by_id(conn, company_id, {line.product_id for line in lines}, stopped_too=True)
    asked = tuple(Asked(line.line_no, known[line.product_id], line.qty_milli) for line in lines)
    offers = [_offer(conn, quote, asked, today) for quote in _newest_quotes(conn, request.id)]
    return Comparison(request.number, asked, tuple(sorted(offers, key=_rank)))


def _rank(offer: Offer) -> tuple[bool, bool, int, str]:
    return (offer.run_out, not offer.complete, offer.total_fen, offer.quote)


def _newest_quotes(conn: Connection, request_id: int) -> list[Any]:
    rows = conn.execute(
        select(document, partner.c.name.label("supplier"))
        .join(partner, partner.c.id == document.c.partner_id)
        .where(document.c.parent_id == request_id, document.c.kind == Kind.QUOTE.value, stands())
        .order_by(document.c.id)
    )
    return list({row.partner_id: row for row in rows}.values())


def _offer(conn: Connection, quote: Any, asked: tuple[Asked, ...], today: date) -> Offer:
    rows = conn.execute(
        select(document_line).where(document_line.c.document_id == quote.id).order_by(document_line.c.line_no)
    )
    priced = {row.order_line: row for row in rows}
    wanted = [one for one in asked if one.line_no in priced]
    amounts = {
        one.line_no: amount_fen(
            one.qty_milli,
            priced[one.line_no].price_e4,
            one.goods.factor_milli(priced[one.line_no].price_unit),
        )
        for one in wanted
    }
    terms = quote.extra or {}
    freight, goods_fen = int(terms.get("freight_fen") or 0), sum(amounts.values())
    until = date.fromisoformat(terms["valid_until"]) if terms.get("valid_until") else None
    last = _last_paid(conn, quote.partner_id, wanted)
    lines = tuple(
        Offered(
            one.line_no,
            priced[one.line_no].price_e4,
            priced[one.line_no].price_unit,
            amounts[one.line_no],
            _per_base(amounts[one.line_no] + _share(freight, amounts[one.line_no], goods_fen), one.qty_milli),
            last.get(one.goods.id),
        )
        for one in wanted
    )
    return Offer(
        quote.number,
        quote.partner_id,
        quote.supplier,
        lines,
        freight,
        goods_fen + freight,
        terms.get("lead_days"),
        until,
        len(wanted) == len(asked),
        until is not None and until < today,
    )


def _share(freight: int, amount: int, whole: int) -> int:
    return share(freight, amount, whole) if whole else 0


def _per_base(fen: int, qty_milli: int) -> int:
    return half_up(fen * 100 * MILLI, qty_milli)


def _last_paid(conn: Connection, partner_id: int, wanted: list[Asked]) -> dict[int, int]:
    """{product: 1/10000 元 per base unit of the last deal with this supplier}."""
    goods = {one.goods.id: one.goods for one in wanted}
    rows = conn.execute(
        select(last_deal).where(
            last_deal.c.partner_id == partner_id,
            last_deal.c.side == "P",
            last_deal.c.product_id.in_(sorted(goods)),
        )
    )
    return {
        row.product_id: half_up(row.price_e4 * MILLI, goods[row.product_id].factor_milli(row.unit))
        for row in rows
    }
