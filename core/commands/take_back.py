"""客户退货：退回卖给他的那几批，先放待检，冲减应收，成本照原来的回来。"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select

from core.accounts import batch
from core.catalog import Priced
from core.commands.place_order import the_customer
from core.documents import Draft, Line, document, document_line, only_order, stands
from core.drafting import (
    SaidLine,
    Want,
    business_day,
    card,
    card_line,
    check_total,
    goods_of,
    place_names,
    said_price,
    wants,
)
from core.errors import Blocked
from core.locks import lock_availability, lock_documents
from core.posting_rules import Kind, Role
from core.prepared import Prepared
from core.tx import Tx
from core.values import amount_fen, share

LOOK_BACK = 300  # delivered lines of one product that are searched for what comes back


@dataclass(frozen=True, slots=True)
class TakeBack:
    lines: tuple[SaidLine, ...]
    partner_id: int
    day: date | None = None
    total_fen: int | None = None
    note: str = ""


@dataclass(slots=True)
class Sold:
    """A delivered line and how much of it can still come back."""

    row: Any
    left_milli: int


def prepare(tx: Tx, command: TakeBack) -> Prepared:
    """Newest delivery first (decision 31); refuses more than was ever sold to this customer."""
    return _prepared(tx, command, None)


def prepare_refusal(tx: Tx, command: TakeBack, delivery_id: int) -> Prepared:
    """拒收: the same, out of this one delivery."""
    return _prepared(tx, command, delivery_id)


def _prepared(tx: Tx, command: TakeBack, delivery_id: int | None) -> Prepared:
    found = wants(tx, command.lines, command.total_fen)
    if tx.writing:  # two returns of one delivery must not both see it untouched; documents before the partner
        lock_documents(tx, {delivery_id} if delivery_id else deliveries(tx, command.partner_id, found))
    customer = the_customer(tx, command.partner_id)
    day = business_day(tx, command.day)
    lock_availability(tx, {want.key for want in found})
    sold = _sold(tx, customer.id, found, delivery_id)
    lines, shown = [], []
    for want in found:
        priced = said_price(want, len(found) == 1, command.total_fen)
        mine = _lines(tx, customer, want, sold.get(want.goods.id, []), priced)
        lines += mine
        shown.append(
            card_line(
                want,
                Line(
                    Role.LINE,
                    price_e4=mine[0].price_e4,
                    price_unit=mine[0].price_unit,
                    amount_fen=sum(x.amount_fen for x in mine),
                ),
                batches=_batches(tx, want, mine),
            )
        )
    check_total(command.total_fen, lines)
    draft = Draft(
        Kind.SALES_RETURN,
        lines,
        day,
        customer.id,
        parent_id=only_order(lines),
        note=command.note,
    )
    returned = card(
        tx,
        "客户退货",
        draft,
        partner=customer.name,
        warehouse=place_names(tx, found),
        lines=shown,
        into="待检，放行后才能再卖",
        credits="应收",
    )
    facts = [
        draft.kind,
        customer.id,
        day,
        [(line.product_id, line.qty_milli, line.amount_fen, line.order_id) for line in lines],
    ]
    return Prepared(returned, facts, draft, [], [], draft.total_fen, goods=goods_of(found))


def deliveries(tx: Tx, partner_id: int, found: list[Want]) -> set[int]:
    """The documents that what comes back may have left with."""
    return {one.row.document_id for mine in _sold(tx, partner_id, found).values() for one in mine}


def _sold(
    tx: Tx, partner_id: int, found: list[Want], delivery_id: int | None = None
) -> dict[int, list[Sold]]:
    """{product: delivered and not yet returned lines, newest first}; of one delivery, or of all."""
    answers: dict[int, list[Sold]] = {}
    for product_id in sorted({want.goods.id for want in found}):
        rows = tx.conn.execute(
            select(document_line, document.c.number)
            .join(document, document.c.id == document_line.c.document_id)
            .where(
                document_line.c.product_id == product_id,
                document.c.kind == Kind.DELIVERY.value,
                document.c.partner_id == partner_id,
                stands(),
                document.c.company_id == tx.company_id,
                *(() if delivery_id is None else (document.c.id == delivery_id,)),
            )
            .order_by(document_line.c.document_id.desc(), document_line.c.line_no.desc())
            .limit(LOOK_BACK)
        ).all()
        back = _returned(tx, product_id, [row.document_id for row in rows])
        answers[product_id] = [
            Sold(row, row.qty_milli - back.get((row.document_id, row.line_no), 0)) for row in rows
        ]
    return answers


def _returned(tx: Tx, product_id: int, delivery_ids: list[int]) -> dict[tuple[int, int], int]:
    rows = tx.conn.execute(
        select(
            document_line.c.order_id,
            document_line.c.order_line,
            func.sum(document_line.c.qty_milli).label("qty"),
        )
        .join(document, document.c.id == document_line.c.document_id)
        .where(
            document_line.c.order_id.in_(delivery_ids),
            document_line.c.product_id == product_id,
            document.c.kind == Kind.SALES_RETURN.value,
            stands(),
        )
        .group_by(document_line.c.order_id, document_line.c.order_line)
    )
    return {(row.order_id, row.order_line): int(row.qty) for row in rows}


def _lines(tx: Tx, customer: Any, want: Want, sold: list[Sold], priced: Priced | None) -> list[Line]:
    need, lines = want.qty_milli, []
    amount_left = None
    if priced is not None:
        amount_left = (
            want.said.amount_fen
            if want.said.amount_fen is not None
            else amount_fen(want.qty_milli, priced.price_e4, want.goods.factor_milli(priced.unit))
        )
    for one in sold:
        part = min(need, one.left_milli)
        if part <= 0 or (want.said.batch_no and not _is_batch(tx, one.row.batch_id, want.said.batch_no)):
            continue
        amount = (
            share(one.row.amount_fen, part, one.row.qty_milli)
            if amount_left is None
            else share(amount_left, part, need)
        )
        amount_left = None if amount_left is None else amount_left - amount
        lines.append(
            want.line(
                Role(one.row.role),
                one.row.batch_id,
                part,
                price_e4=priced.price_e4 if priced else one.row.price_e4,
                price_unit=priced.unit if priced else one.row.price_unit,
                amount_fen=amount,
                cost_fen=share(one.row.cost_fen, part, one.row.qty_milli),
                order_id=one.row.document_id,
                order_line=one.row.line_no,
            )
        )
        one.left_milli -= part
        need -= part
        if not need:
            return lines
    words = want.words(want.qty_milli - need)
    raise Blocked(
        "never_sold",
        f"{customer.name} 能退的 {want.goods.title} 只有 {words}（卖给他、还没退的）。请核对客户和数量。",
        product=want.goods.title,
    )


def _is_batch(tx: Tx, batch_id: int, batch_no: str) -> bool:
    return tx.conn.execute(select(batch.c.batch_no).where(batch.c.id == batch_id)).scalar() == batch_no


def _batches(tx: Tx, want: Want, lines: list[Line]) -> list[dict[str, str]]:
    rows = {
        row.id: row
        for row in tx.conn.execute(
            select(batch).where(batch.c.id.in_(sorted({line.batch_id or 0 for line in lines})))
        )
    }
    sums: dict[int, int] = {}
    for line in lines:
        sums[line.batch_id or 0] = sums.get(line.batch_id or 0, 0) + line.qty_milli
    return [
        {
            "batch": rows[batch_id].batch_no,
            "qty": want.words(qty),
            "expiry": str(rows[batch_id].expiry_date or ""),
        }
        for batch_id, qty in sums.items()
        if rows[batch_id].batch_no
    ]
