"""调拨：货从一个仓到另一个仓，路上算在途；对方收货时少了的记调拨差异。"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select

from core.catalog import Goods, goods_by_id
from core.commands.turn_day import sweep_after
from core.documents import Draft, Line, by_number, document, document_line
from core.drafting import SaidLine, business_day, card, card_line, goods_of, post_prepared, wants
from core.errors import Blocked, Invalid, already_reversed
from core.locks import home_bins, lock_availability, lock_documents
from core.lots import pick
from core.picking import after, batch_texts, lots_here, shortage
from core.posting_rules import Kind, Role
from core.prepared import Prepared
from core.tx import Tx
from core.warehouses import warehouse_names


@dataclass(frozen=True, slots=True)
class SendTransfer:
    lines: tuple[SaidLine, ...]
    warehouse_id: int
    to_warehouse_id: int
    day: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReceiveTransfer:
    """lines empty = everything arrived; else what arrived per product, the rest is missing."""

    number: str
    lines: tuple[SaidLine, ...] = ()
    note: str = ""


def prepare_sending(tx: Tx, command: SendTransfer) -> Prepared:
    """FEFO out of what no order holds; the target's availability row is locked too."""
    if command.warehouse_id == command.to_warehouse_id:
        raise Invalid("same_warehouse", "调出和调入是同一个仓库。请说清从哪个仓到哪个仓。")
    found = wants(tx, tuple(replace(line, warehouse_id=command.warehouse_id) for line in command.lines))
    day = business_day(tx, command.day)
    balances = lock_availability(
        tx, {key for want in found for key in (want.key, (want.goods.id, command.to_warehouse_id))}
    )
    free = {key: row.sellable_milli - row.reserved_milli for key, row in balances.items()}
    lots = lots_here(tx, found)
    lines, shown = [], []
    for want in found:
        taken, missing = pick(lots.get(want.key, []), want.qty_milli, tx.today)
        if missing or want.qty_milli > free.get(want.key, 0):
            raise shortage(want, min(want.qty_milli - missing, max(0, free.get(want.key, 0))))
        free[want.key] -= want.qty_milli
        lots[want.key] = after(lots[want.key], taken)
        lines += [want.out_of(Role.LINE, one, to_warehouse_id=command.to_warehouse_id) for one in taken]
        shown.append(card_line(want, batches=batch_texts(want, taken)))
    names = warehouse_names(tx.conn, tx.company_id)
    draft = Draft(Kind.TRANSFER_OUT, lines, day, note=command.note)
    places = f"{names[command.warehouse_id]} → {names[command.to_warehouse_id]}"
    sent = card(tx, "调拨", draft, warehouse=places, lines=shown, next="对方收到后回：收货 {number}")
    facts = [
        draft.kind,
        command.warehouse_id,
        command.to_warehouse_id,
        day,
        [(want.goods.id, want.qty_milli) for want in found],
    ]
    return Prepared(sent, facts, draft, goods=goods_of(found))


def prepare_receiving(tx: Tx, command: ReceiveTransfer) -> Prepared:
    """Each transfer is received once; what did not arrive leaves the books as 调拨差异."""
    sent = by_number(tx.conn, tx.company_id, command.number)
    if sent.kind != Kind.TRANSFER_OUT or sent.reverses_id is not None:
        raise Invalid("not_transfer", f"{sent.number} 不是调拨单。收调拨请说“收货 TR-…”。")
    lock_documents(tx, [sent.id])
    _not_received(tx, sent)
    rows = list(
        tx.conn.execute(
            select(document_line)
            .where(document_line.c.document_id == sent.id)
            .order_by(document_line.c.line_no)
        )
    )
    homes = home_bins(lock_availability(tx, {(row.product_id, row.to_warehouse_id) for row in rows}))
    arrived = _arrived(tx, command, rows)
    lines: list[Line] = []
    for row in rows:
        part = min(
            arrived.get(row.product_id, row.qty_milli) if command.lines else row.qty_milli, row.qty_milli
        )
        if command.lines:
            arrived[row.product_id] = arrived.get(row.product_id, 0) - part
        for role, qty in ((Role.LINE, part), (Role.MISSING, row.qty_milli - part)):
            if qty:
                lines.append(
                    Line(
                        role,
                        row.product_id,
                        row.to_warehouse_id,
                        row.batch_id,
                        unit=row.unit,
                        qty_milli=qty,
                        order_id=row.document_id,
                        order_line=row.line_no,
                        to_bin=homes.get((row.product_id, row.to_warehouse_id), ""),
                    )
                )
    draft = Draft(Kind.TRANSFER_IN, lines, tx.today, parent_id=sent.id, note=command.note)
    goods = goods_by_id(tx.conn, tx.company_id, {row.product_id for row in rows}, stopped_too=True)
    facts = [sent.id, [(line.role, line.product_id, line.qty_milli) for line in lines]]
    return Prepared(_card(tx, sent, rows, draft, goods), facts, draft, goods=goods)


def do_receiving(tx: Tx, command: ReceiveTransfer, prepared: Prepared) -> dict[str, Any]:
    result = post_prepared(tx, command, prepared)
    assert prepared.draft is not None
    sweep_after(tx, prepared.draft)
    return result


def _not_received(tx: Tx, sent: Any) -> None:
    undone = select(document.c.reverses_id).where(document.c.reverses_id.is_not(None))
    later = tx.conn.execute(
        select(document.c.number, document.c.kind, document.c.reverses_id).where(
            document.c.parent_id == sent.id, document.c.id.not_in(undone)
        )
    ).all()
    for row in later:
        if row.reverses_id == sent.id:
            raise already_reversed(sent.number, row.number)
        if row.kind == Kind.TRANSFER_IN and row.reverses_id is None:
            raise Blocked(
                "received",
                f"{sent.number} 已经收过了（{row.number}）。收错了请先撤回 {row.number}。",
                number=row.number,
            )


def _arrived(tx: Tx, command: ReceiveTransfer, rows: list[Any]) -> dict[int, int]:
    sent = {row.product_id: 0 for row in rows}
    for row in rows:
        sent[row.product_id] += row.qty_milli
    arrived = dict.fromkeys(sent, 0) if command.lines else {}
    goods = goods_by_id(tx.conn, tx.company_id, [line.product_id for line in command.lines], stopped_too=True)
    for line in command.lines:
        one = goods[line.product_id]
        if line.product_id not in sent:
            raise Invalid("not_sent", f"这张调拨单里没有 {one.title}。请核对单号和商品。")
        arrived[line.product_id] += one.to_base(line.said_milli, line.unit)
        if arrived[line.product_id] > sent[line.product_id]:
            raise Invalid(
                "more_than_sent",
                f"{one.title} 只发了 {one.words(sent[line.product_id], line.unit)}，不能多收。多出来的请用盘点记。",
            )
    return arrived


def _card(tx: Tx, sent: Any, rows: list[Any], draft: Draft, goods: dict[int, Goods]) -> dict[str, Any]:
    names = warehouse_names(tx.conn, tx.company_id)
    shown, missing = [], []
    for line in draft.lines:
        one = goods[line.product_id or 0]
        words = one.words(line.qty_milli, line.unit)
        entry = {
            "product_id": one.id,
            "product": one.title,
            "said": words,
            "qty_milli": line.qty_milli,
            "warehouse_id": line.warehouse_id,
        }
        if line.role is Role.LINE:
            shown.append(entry)
        else:
            missing.append(f"{one.title} 少 {words}，记调拨差异")
    place = names[rows[0].to_warehouse_id]
    return card(tx, "调拨收货", draft, warehouse=place, lines=shown, of=sent.number, asks=missing)
