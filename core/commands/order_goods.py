"""采购下单：跟供应商订货，记在订，不动钱。"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from core.accounts import availability
from core.catalog import Priced, list_price
from core.documents import ORDER_STILL_OPEN, Draft, document, order_open
from core.drafting import (
    SaidLine,
    Want,
    card,
    card_line,
    check_total,
    goods_of,
    last_deals,
    line_amount,
    line_facts,
    newest,
    place_names,
    said_price,
    wants,
)
from core.errors import Invalid, Need
from core.locks import lock_availability
from core.partners import the_partner
from core.posting_rules import Kind, Role
from core.prepared import Prepared
from core.requisitions import asked_lines, take_up, the_requisition
from core.tx import Tx


@dataclass(frozen=True, slots=True)
class OrderGoods:
    lines: tuple[SaidLine, ...]
    partner_id: int
    promised_on: date | None = None  # when the supplier should bring it
    total_fen: int | None = None
    note: str = ""
    requisition: str | None = None  # the approved 采购申请 it carries out


def prepare(tx: Tx, command: OrderGoods) -> Prepared:
    """Order: warehouse → supplier → price. Warns of goods that are already on order or on the way (R62)."""
    found = wants(tx, command.lines, command.total_fen)
    request = the_requisition(tx, command.requisition) if command.requisition else None
    asked = asked_lines(tx, request, found) if request else []
    supplier = the_supplier(tx, command.partner_id)
    if command.promised_on and command.promised_on < tx.today:
        raise Invalid("promised_past", f"到货日 {command.promised_on} 已经过了。请改成今天或以后的日期。")
    defaulted: list[str] = []
    prices = _prices(tx, found, supplier, command.total_fen, defaulted)
    lock_availability(tx, {want.key for want in found})
    lines = [
        w.line(
            Role.LINE,
            None,
            w.qty_milli,
            price_e4=p.price_e4,
            price_unit=p.unit,
            amount_fen=line_amount(w, p),
        )
        for w, p in zip(found, prices, strict=True)
    ]
    check_total(command.total_fen, lines)
    if request:
        take_up(tx, request, asked, found, lines)
    draft = Draft(
        Kind.PURCHASE_ORDER, lines, tx.today, supplier.id, promised_on=command.promised_on, note=command.note
    )
    draft.parent_id = request.id if request else None
    shown = card(
        tx,
        "采购下单",
        draft,
        partner=supplier.name,
        warehouse=place_names(tx, found),
        arrives=str(command.promised_on or ""),
        requisition=request.number if request else "",
        lines=[
            card_line(w, line, price_source=p.source) for w, line, p in zip(found, lines, prices, strict=True)
        ],
    )
    facts = [draft.kind, supplier.id, draft.promised_on, draft.parent_id, line_facts(draft)]
    warnings = _already_coming(tx, found)
    return Prepared(shown, facts, draft, defaulted, warnings, draft.total_fen, goods=goods_of(found))


def the_supplier(tx: Tx, partner_id: int) -> Any:
    row = the_partner(tx, partner_id)
    if not row.is_supplier:
        raise Invalid(
            "not_supplier",
            f"{row.name} 不是供应商。客户要货请说“{row.name} 下单 …”；要当供应商，请在后台勾上。",
        )
    return row


def _prices(
    tx: Tx, found: list[Want], supplier: Any, total_fen: int | None, defaulted: list[str]
) -> list[Priced]:
    """said → this supplier's list → its last deal → asked."""
    ids = [want.goods.id for want in found]
    listed = list_price(tx.conn, ids, "P", supplier.id, None, tx.today)
    deals = newest(last_deals(tx, ids, "P", supplier.id))
    prices = []
    for number, want in enumerate(found):
        priced = said_price(want, len(found) == 1, total_fen) or listed.get(want.goods.id)
        if priced is None and want.goods.id in deals:
            priced = Priced(deals[want.goods.id].price_e4, deals[want.goods.id].unit, "上次进价")
        if priced is None:
            raise Need(
                f"lines[{number}].price",
                f"{want.goods.title} 没向 {supplier.name} 进过，每{want.said.unit}多少钱？回数字。",
            )
        if priced.source not in ("说的", "赠品"):
            defaulted.append(f"{want.goods.title} 进价按{priced.source}")
        prices.append(priced)
    return prices


def _already_coming(tx: Tx, found: list[Want]) -> list[str]:
    ids = sorted({want.goods.id for want in found})
    rows = tx.conn.execute(
        select(order_open.c.product_id, document.c.number, order_open.c.open_milli)
        .join(document, document.c.id == order_open.c.order_id)
        .where(
            order_open.c.company_id == tx.company_id,
            order_open.c.kind == Kind.PURCHASE_ORDER.value,
            order_open.c.product_id.in_(ids),
            ORDER_STILL_OPEN,
        )
    )
    goods = goods_of(found)
    said = [
        f"{goods[row.product_id].title} 已在 {row.number} 订了 {goods[row.product_id].words(row.open_milli)} 还没到"
        for row in rows
    ]
    moving = tx.conn.execute(
        select(availability.c.product_id, availability.c.in_transit_milli).where(
            availability.c.product_id.in_(ids), availability.c.in_transit_milli > 0
        )
    )
    return said + [
        f"{goods[row.product_id].title} 有 {goods[row.product_id].words(row.in_transit_milli)} 调拨在途"
        for row in moving
    ]
