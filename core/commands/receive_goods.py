"""入库：货进可售，钱挂应付；不记供应商的是其他入库。"""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select

from core.approvals import askable, submit
from core.batches import make_batches, name_batches, number_of, remember_deals, to_extra
from core.catalog import Priced, list_price
from core.documents import Draft, Line, last_deal, only_order, open_lines
from core.drafting import (
    SaidLine,
    Want,
    business_day,
    card,
    card_line,
    check_total,
    goods_of,
    last_deals,
    line_amount,
    line_facts,
    newest,
    place_names,
    post_prepared,
    said_price,
    wants,
)
from core.errors import Choice, Invalid, Need, future_date
from core.locks import Key, home_bins, lock_availability, lock_open_orders
from core.partners import due_date, partner, the_partner
from core.posting_rules import ESTIMATED, Kind, Role
from core.prepared import Prepared
from core.recalls import hold_arrivals
from core.receiving import OVER_RECEIPT_NEEDS, beyond_orders, divided, refused, short_life
from core.tx import Tx
from core.values import add_shelf_life, price_text, share

DATES_MAY_DIFFER = timedelta(days=2)  # said expiry against mfg date + shelf life (features.md §6.3)


@dataclass(frozen=True, slots=True)
class ReceiveGoods:
    lines: tuple[SaidLine, ...]
    partner_id: int | None = None
    no_partner: bool = False
    no_price: bool = False
    day: date | None = None
    total_fen: int | None = None
    note: str = ""
    rejected: tuple[SaidLine, ...] = ()  # 拒收: seen, not taken in
    reject_reason: str = ""


@dataclass(slots=True)
class Arrival:
    """A wanted line with its price and the batch it becomes; `batch` are the values of a batch row."""

    want: Want
    priced: Priced
    batch: dict[str, Any]
    marks: list[str] = field(default_factory=list)


def prepare(tx: Tx, command: ReceiveGoods) -> Prepared:
    """Order: warehouse → supplier → price → batch and dates. Raises Need for supplier or price, Invalid for dates.

    What goes beyond the orders becomes a receipt of its own that waits for approval (decisions 27, 73).
    """
    whole, arrivals, over = _arriving(tx, command)
    said = {
        i: f"{arrivals[i].want.goods.title} 比订单多到 {arrivals[i].want.words(qty)}"
        for i, qty in over.items()
    }
    steps = askable(tx, [OVER_RECEIPT_NEEDS], "比订单多到的货") if over else []
    if not steps:
        whole.warnings += said.values()
        return whole
    assert whole.draft is not None
    supplier_id = whole.draft.partner_id
    kept, rest = divided([a.want for a in arrivals], [a.priced for a in arrivals], over)
    first, _, _ = _arriving(tx, replace(command, lines=kept, total_fen=None, partner_id=supplier_id))
    first.waiting.append(ReceiveGoods(rest, supplier_id, day=command.day, note="比订单多到"))
    first.warnings += [f"{one}，另立一张等{steps[0]}审批" for one in said.values()]
    first.facts = [first.facts, whole.facts]
    return first


def _arriving(tx: Tx, command: ReceiveGoods) -> tuple[Prepared, list[Arrival], dict[int, int]]:
    """(the receipt of all that was said, its arrivals, milli beyond the orders by arrival)."""
    found = wants(tx, command.lines, command.total_fen) if command.lines or not command.rejected else []
    away = wants(tx, command.rejected) if command.rejected else []
    day = business_day(tx, command.day)
    defaulted: list[str] = []
    ids = [want.goods.id for want in (*found, *away)]
    deals = last_deals(tx, ids, "P")
    orders = [] if command.no_partner else _open_orders(tx, command.partner_id, ids)
    supplier = None if command.no_partner else _supplier(tx, command, found + away, deals, orders, defaulted)
    orders = [row for row in orders if supplier is not None and row.partner_id == supplier.id]
    arrivals = _priced(tx, command, found, supplier, orders, deals, defaulted)
    homes = home_bins(lock_availability(tx, {want.key for want in found}))
    _batches(tx, arrivals, supplier, day)
    over = beyond_orders(found, orders)
    short = [short_life(a.want.goods, a.batch["mfg_date"], a.batch["expiry_date"], day) for a in arrivals]
    lines = _lines(arrivals, orders, homes) + refused(away, orders, command.reject_reason)
    if supplier is not None:
        check_total(command.total_fen, lines)
    draft = Draft(
        Kind.GOODS_RECEIPT if supplier is not None else Kind.MISC_IN,
        lines,
        day,
        supplier.id if supplier is not None else None,
        due_date=due_date(supplier.terms, day) if supplier is not None else None,
        provisional=any(a.priced.source == ESTIMATED for a in arrivals),
        parent_id=only_order(lines),
        note=command.note,
    )
    shown = _card(tx, draft, arrivals, supplier, orders)
    shown["lines"] += [card_line(want, mark="拒收", note=command.reject_reason) for want in away]
    prepared = Prepared(
        shown,
        _facts(draft, arrivals),
        draft,
        defaulted,
        [one for one in short if one] + _warnings(arrivals, newest(deals)),
        draft.total_fen,
        goods=goods_of(found + away),
    )
    return prepared, arrivals, over


# ── supplier: named → the products' own → the last one → asked once ──


def _supplier(
    tx: Tx,
    command: ReceiveGoods,
    found: list[Want],
    deals: list[Any],
    orders: list[Any],
    defaulted: list[str],
) -> Any:
    if command.partner_id is not None:
        row = the_partner(tx, command.partner_id)
        if not row.is_supplier:
            raise Invalid(
                "not_supplier",
                f"{row.name} 不是供应商。客户退货请说“{row.name} 退货 …”；要当供应商，请在后台勾上。",
            )
        return row
    ordered = {row.partner_id for row in orders}
    last = newest(deals)
    ids = (
        ordered
        if len(ordered) == 1
        else {
            w.goods.supplier_id or (last[w.goods.id].partner_id if w.goods.id in last else None)
            for w in found
        }
    )
    only = next(iter(ids)) if len(ids) == 1 else None
    if only is None:
        raise _which_supplier(tx, {one for one in ids if one})
    row = the_partner(tx, only)
    defaulted.append(f"供应商按惯例 {row.name}")
    return row


def _which_supplier(tx: Tx, likely: set[int]) -> Need:
    query = select(partner.c.id, partner.c.code, partner.c.name).where(
        partner.c.company_id == tx.company_id, partner.c.is_supplier, partner.c.active
    )
    rows = list(tx.conn.execute(query.where(partner.c.id.in_(sorted(likely))))) if likely else []
    if not rows:
        recent = (
            select(last_deal.c.partner_id, last_deal.c.document_id)
            .where(last_deal.c.side == "P")
            .order_by(last_deal.c.document_id.desc())
            .limit(20)
        ).subquery()
        rows = list(
            dict.fromkeys(
                tx.conn.execute(
                    query.join(recent, recent.c.partner_id == partner.c.id).order_by(
                        recent.c.document_id.desc()
                    )
                )
            )
        )[:4]
    choices = [Choice(row.name, {"partner": row.code}, number) for number, row in enumerate(rows, 1)]
    choices.append(Choice("先不记供应商(其他入库)", {"no_partner": True}, 0))
    return Need("partner", "这批货是哪家供应商送的？回序号或名称。", tuple(choices))


# ── price: said → this supplier's list → its last deal → any last deal as provisional → asked ──


def _open_orders(tx: Tx, partner_id: int | None, product_ids: list[int]) -> list[Any]:
    """Open purchase order lines of these goods, the earliest order first; locked when writing."""
    ids = lock_open_orders(tx, Kind.PURCHASE_ORDER, product_ids, partner_id)
    return open_lines(tx.conn, ids, product_ids) if ids else []


def _priced(
    tx: Tx,
    command: ReceiveGoods,
    found: list[Want],
    supplier: Any,
    orders: list[Any],
    deals: list[Any],
    defaulted: list[str],
) -> list[Arrival]:
    supplier_id = supplier.id if supplier is not None else None
    listed = list_price(tx.conn, [want.goods.id for want in found], "P", supplier_id, None, tx.today)
    own, any_deal = newest(row for row in deals if row.partner_id == supplier_id), newest(deals)
    arrivals = []
    for number, want in enumerate(found):
        priced = (
            said_price(want, len(found) == 1, command.total_fen)
            or _ordered_at(want, orders)
            or listed.get(want.goods.id)
        )
        if priced is None and want.goods.id in own:
            priced = Priced(own[want.goods.id].price_e4, own[want.goods.id].unit, "上次进价")
        if priced is None and want.goods.id in any_deal:
            priced = Priced(any_deal[want.goods.id].price_e4, any_deal[want.goods.id].unit, ESTIMATED)
        if priced is None:
            priced = _unknown_price(command, want, number)
        if priced.source not in ("说的", "赠品"):
            defaulted.append(f"{want.goods.title} 进价按{priced.source}")
        arrivals.append(Arrival(want, priced, {}))
    return arrivals


def _ordered_at(want: Want, orders: list[Any]) -> Priced | None:
    row = next((row for row in orders if row.product_id == want.goods.id and row.price_e4), None)
    return Priced(row.price_e4, row.price_unit, f"订单 {row.number}") if row is not None else None


def _unknown_price(command: ReceiveGoods, want: Want, number: int) -> Priced:
    if command.no_price:
        return Priced(0, want.said.unit, ESTIMATED)
    raise Need(
        f"lines[{number}].price",
        f"{want.goods.title} 第一次进货，每{want.said.unit}进价多少？回数字；不知道就回 0，先记数量，列入待补价。",
        (Choice("不知道，先记数量", {"no_price": True}, 0),),
    )


# ── batches: number said, or the date, or 无日期 ──


def _batches(tx: Tx, arrivals: list[Arrival], supplier: Any, day: date) -> None:
    for arrival in arrivals:
        arrival.batch = _dates(tx, arrival, day) | {
            "product_id": arrival.want.goods.id,
            "supplier_id": supplier.id if supplier is not None else None,
            "received_on": day,
        }
    name_batches(tx, [arrival.batch for arrival in arrivals])


def _dates(tx: Tx, arrival: Arrival, day: date) -> dict[str, Any]:
    """{batch_no, mfg_date, expiry_date}; refuses a future production date and dates that contradict each other."""
    said, goods = arrival.want.said, arrival.want.goods
    if not goods.batched:
        return {"batch_no": "", "mfg_date": None, "expiry_date": None}
    made, expiry = said.mfg_date, said.expiry_date
    if made and made > tx.today:
        raise future_date("生产日期", made.isoformat())
    counted = add_shelf_life(made, goods.shelf_life) if made and goods.shelf_life else None
    if expiry and counted and abs(expiry - counted) > DATES_MAY_DIFFER:
        raise Invalid(
            "dates_differ",
            f"{goods.title} 生产 {made} 加保质期应到 {counted}，说的是 {expiry}。请核对后只说一个。",
        )
    if expiry and made and expiry <= made:
        raise Invalid("dates_order", f"到期日 {expiry} 不能早于生产日期 {made}。请核对后再说。")
    expiry = expiry or counted
    if expiry and expiry < tx.today:
        raise Invalid(
            "expired_goods", f"{goods.title} 已在 {expiry} 过期，不能入可售库存。请核对日期，或拒收。"
        )
    if not (made or expiry):
        arrival.marks.append("没说生产日期")
    number = number_of(said.batch_no, made, expiry, day)
    return {"batch_no": number, "mfg_date": made, "expiry_date": expiry}


def _lines(arrivals: list[Arrival], orders: list[Any], homes: dict[Key, str]) -> list[Line]:
    """One line per order line it fills and one for the rest."""
    left = {(row.order_id, row.order_line): row.open_milli for row in orders}
    lines = []
    for arrival in arrivals:
        want = arrival.want
        qty, amount = want.qty_milli, line_amount(want, arrival.priced)
        mine = [
            row for row in orders if (row.product_id, row.warehouse_id) == want.key and not want.said.gift
        ]
        for row in mine:
            part = min(qty, left[row.order_id, row.order_line])
            if part:
                piece = share(amount, part, qty)
                lines.append(_line(arrival, part, piece, row, homes))
                left[row.order_id, row.order_line] -= part
                qty, amount = qty - part, amount - piece
        if qty:
            lines.append(_line(arrival, qty, amount, None, homes))
    return lines


def _line(arrival: Arrival, qty_milli: int, amount: int, order: Any | None, homes: dict[Key, str]) -> Line:
    want = arrival.want
    return want.line(
        Role.GIFT if want.said.gift else Role.LINE,
        None,
        qty_milli,
        price_e4=arrival.priced.price_e4,
        price_unit=arrival.priced.unit,
        amount_fen=amount,
        order_id=order.order_id if order else None,
        order_line=order.order_line if order else None,
        open_milli=qty_milli if order else 0,
        reason=ESTIMATED if arrival.priced.source == ESTIMATED else "",
        to_bin=homes.get(want.key, ""),
        extra=to_extra(arrival.batch),
    )


def _warnings(arrivals: list[Arrival], deals: dict[int, Any]) -> list[str]:
    """A price far from the last one deserves a look."""
    found = []
    for arrival in arrivals:
        deal = deals.get(arrival.want.goods.id)
        if (
            deal
            and arrival.priced.source == "说的"
            and deal.price_e4
            and deal.unit == arrival.priced.unit
            and abs(arrival.priced.price_e4 - deal.price_e4) * 100 >= deal.price_e4 * 20
        ):
            found.append(
                f"{arrival.want.goods.title} 进价 {price_text(arrival.priced.price_e4)}，上次 {price_text(deal.price_e4)}，差得多，请看一眼"
            )
    return found


def _facts(draft: Draft, arrivals: list[Arrival]) -> list[Any]:
    return [
        draft.kind,
        draft.partner_id,
        draft.business_date,
        draft.due_date,
        line_facts(draft),
        [(a.batch["mfg_date"], a.batch["expiry_date"]) for a in arrivals],
    ]


def _card(tx: Tx, draft: Draft, arrivals: list[Arrival], supplier: Any, orders: list[Any]) -> dict[str, Any]:
    used = {line.order_id for line in draft.lines}
    lines = [
        card_line(
            a.want,
            Line(
                Role.LINE,
                price_e4=a.priced.price_e4,
                price_unit=a.priced.unit,
                amount_fen=line_amount(a.want, a.priced),
            ),
            batch=a.batch["batch_no"],
            mfg=a.batch["mfg_date"] and str(a.batch["mfg_date"]),
            expiry=a.batch["expiry_date"] and str(a.batch["expiry_date"]),
            price_source=a.priced.source,
            marks=a.marks,
            gift=a.want.said.gift,
        )
        for a in arrivals
    ]
    undated = any(a.marks for a in arrivals)
    owing = (
        {"partner": supplier.name, "due": str(draft.due_date), "owed": "应付"} if supplier is not None else {}
    )
    return card(
        tx,
        "入库" if supplier is not None else "其他入库",
        draft,
        warehouse=place_names(tx, [a.want for a in arrivals]),
        lines=lines,
        orders=sorted({row.number for row in orders if row.order_id in used}),
        asks=["没说生产日期：回日期，或直接确认(记为无日期批次)"] if undated else [],
        **owing,
    )


def do(tx: Tx, command: ReceiveGoods, prepared: Prepared) -> dict[str, Any]:
    """Make the batches, post, remember the price; a batch that is called back goes straight to 冻结."""
    assert prepared.draft is not None
    taken = [line for line in prepared.draft.lines if line.role is not Role.REJECTED]
    if taken:
        make_batches(tx, taken)
    result = post_prepared(tx, command, prepared)
    remember_deals(tx, prepared.draft, "P")
    hold_arrivals(tx, prepared.draft)
    return result | (
        {"also": [_held_back(tx, rest) for rest in prepared.waiting]} if prepared.waiting else {}
    )


def _held_back(tx: Tx, rest: ReceiveGoods) -> dict[str, Any]:
    """What goes beyond the orders, as a numbered draft of its own."""
    prepared, _, _ = _arriving(tx, rest)
    said = {"name": "ReceiveGoods", "body": TypeAdapter(ReceiveGoods).dump_python(rest, mode="json")}
    steps = askable(tx, [OVER_RECEIPT_NEEDS], "比订单多到的货")
    draft = submit(tx, said, prepared, steps)
    return {name: draft[name] for name in ("document_id", "kind", "number", "state", "waits_for")}
