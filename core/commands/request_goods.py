"""采购申请、报价、按报价下单：先说要什么，再问几家什么价，选定一家才是订单。"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from core.catalog import Priced, list_price
from core.commands import order_goods
from core.commands.order_goods import OrderGoods, the_supplier
from core.documents import Draft, by_number, document, document_line
from core.drafting import (
    SaidLine,
    Want,
    card,
    card_line,
    goods_of,
    last_deals,
    line_amount,
    line_facts,
    newest,
    place_names,
    said_price,
    wants,
)
from core.errors import Blocked, Invalid, Need
from core.posting_rules import KIND_NAMES, Kind, Role
from core.prepared import Prepared
from core.requisitions import asked_lines, must_stand, the_requisition
from core.tx import Tx


@dataclass(frozen=True, slots=True)
class RequestGoods:
    lines: tuple[SaidLine, ...]
    needed_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class RecordQuote:
    """What a supplier asks for the goods of a requisition; freight_fen is for all of it together."""

    requisition: str
    partner_id: int
    lines: tuple[SaidLine, ...]
    freight_fen: int = 0
    lead_days: int | None = None
    valid_until: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class OrderByQuote:
    """选定: the purchase order that a quote becomes, at its prices and quantities."""

    quote: str
    promised_on: date | None = None
    note: str = ""


def prepare_request(tx: Tx, command: RequestGoods) -> Prepared:
    """An intention: no stock, no money. The amount is an estimate from list or last price, for the approval rules."""
    found = wants(tx, command.lines)
    if command.needed_on and command.needed_on < tx.today:
        raise Invalid("promised_past", f"要货日 {command.needed_on} 已经过了。请改成今天或以后的日期。")
    prices = _estimates(tx, found)
    lines = [
        want.line(
            Role.LINE,
            None,
            want.qty_milli,
            price_e4=priced.price_e4 if priced else None,
            price_unit=priced.unit if priced else None,
            amount_fen=line_amount(want, priced) if priced else 0,
        )
        for want, priced in zip(found, prices, strict=True)
    ]
    draft = Draft(Kind.REQUISITION, lines, tx.today, promised_on=command.needed_on, note=command.note)
    shown = card(
        tx,
        "采购申请",
        draft,
        warehouse=place_names(tx, found),
        arrives=str(command.needed_on or ""),
        reason=command.note,
        lines=[card_line(want, line, price_source="估价") for want, line in zip(found, lines, strict=True)],
    )
    facts = [draft.kind, command.needed_on, [(w.goods.id, w.warehouse_id, w.qty_milli) for w in found]]
    return Prepared(shown, facts, draft, amount_fen=draft.total_fen, goods=goods_of(found))


def _estimates(tx: Tx, found: list[Want]) -> list[Priced | None]:
    ids = [want.goods.id for want in found]
    listed, deals = list_price(tx.conn, ids, "P", None, None, tx.today), newest(last_deals(tx, ids, "P"))
    prices: list[Priced | None] = []
    for want in found:
        deal = deals.get(want.goods.id)
        prices.append(
            said_price(want, False, None)
            or listed.get(want.goods.id)
            or (Priced(deal.price_e4, deal.unit, "上次进价") if deal else None)
        )
    return prices


def prepare_quote(tx: Tx, command: RecordQuote) -> Prepared:
    """Only for goods that an approved requisition asks for; a supplier's newer quote replaces his older one."""
    request = the_requisition(tx, command.requisition)
    supplier = the_supplier(tx, command.partner_id)
    if command.valid_until and command.valid_until < tx.today:
        raise Invalid("quote_expired", f"报价只到 {command.valid_until}，已经过期。请问一个新价再记。")
    if command.freight_fen < 0 or (command.lead_days or 0) < 0:
        raise Invalid("negative", "运费和交期不能是负数。请改好再说一次。")
    found = wants(tx, command.lines)
    rows = asked_lines(tx, request, found)
    lines = []
    for number, (want, row) in enumerate(zip(found, rows, strict=True)):
        priced = said_price(want, False, None)
        if priced is None:
            raise Need(
                f"lines[{number}].price",
                f"{supplier.name} 的 {want.goods.title} 每{want.said.unit}报多少？回数字。",
            )
        lines.append(
            want.line(
                Role.LINE,
                None,
                want.qty_milli,
                price_e4=priced.price_e4,
                price_unit=priced.unit,
                amount_fen=line_amount(want, priced),
                order_id=request.id,
                order_line=row.line_no,
            )
        )
    terms = {
        "freight_fen": command.freight_fen,
        "lead_days": command.lead_days,
        "valid_until": str(command.valid_until or ""),
    }
    draft = Draft(
        Kind.QUOTE, lines, tx.today, supplier.id, parent_id=request.id, note=command.note, extra=terms
    )
    shown = card(
        tx,
        "记报价",
        draft,
        partner=supplier.name,
        lines=[card_line(want, line) for want, line in zip(found, lines, strict=True)],
        requisition=request.number,
        **terms,
    )
    facts = [draft.kind, request.id, supplier.id, line_facts(draft), sorted(terms.items(), key=str)]
    return Prepared(shown, facts, draft, amount_fen=draft.total_fen, goods=goods_of(found))


def prepare_order(tx: Tx, command: OrderByQuote) -> Prepared:
    """What OrderGoods raises, and Blocked for a quote that no longer stands or has run out."""
    quote = by_number(tx.conn, tx.company_id, command.quote)
    if quote.kind != Kind.QUOTE or quote.reverses_id is not None:
        raise Invalid(
            "not_quote", f"{quote.number} 是{KIND_NAMES[Kind(quote.kind)]}，不是报价。先记报价再选。"
        )
    must_stand(tx, quote, "选")
    until = (quote.extra or {}).get("valid_until")
    if until and date.fromisoformat(until) < tx.today:
        raise Blocked(
            "quote_expired", f"{quote.number} 的报价 {until} 就到期了。请问一个新价，记成新报价再选。"
        )
    request = tx.conn.execute(select(document).where(document.c.id == quote.parent_id)).one()
    rows = tx.conn.execute(
        select(document_line).where(document_line.c.document_id == quote.id).order_by(document_line.c.line_no)
    )
    said = tuple(
        SaidLine(
            row.product_id,
            row.said_milli,
            row.unit,
            row.price_e4,
            row.price_unit,
            row.amount_fen,
            row.warehouse_id,
        )
        for row in rows
    )
    order = OrderGoods(said, quote.partner_id, command.promised_on, None, command.note, request.number)
    prepared = order_goods.prepare(tx, order)
    assert prepared.draft is not None
    prepared.draft.parent_id = quote.id
    prepared.card["like"] = quote.number
    return prepared
