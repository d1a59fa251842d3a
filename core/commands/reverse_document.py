"""红冲：把一张单原样倒回去；倒不回去就说清是谁挡着。"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, select, update

from core.accounts import open_item
from core.catalog import Goods, goods_by_id
from core.commands.put_away import live_in
from core.commands.turn_day import sweep_after
from core.documents import (
    Draft,
    Line,
    by_number,
    document,
    document_line,
    last_deal,
    stands,
)
from core.drafting import card, posted_result, with_parts
from core.errors import Blocked, NotFound, already_reversed, blocked_by
from core.late_costs import COST_CHANGES, mark_prices, retell_deal
from core.ledger import ORDERS, reverse
from core.locks import lock_availability, lock_documents, lock_partners
from core.partners import partner
from core.posting_rules import KIND_NAMES, Kind, Role
from core.prepared import Prepared
from core.staff import May
from core.tx import Tx
from core.undoing import HEADS, all_still_here, cost_unused, money_free, untouched
from core.values import MILLI, plain

OWN_LAST = timedelta(minutes=10)  # a bare 撤回 reaches one's own last document this long (decision 37)
# who may undo what: the right to make it is the right to unmake it
NEEDS = {
    Kind.REQUISITION: May.REQUEST_GOODS,
    Kind.QUOTE: May.ORDER_GOODS,
    Kind.PURCHASE_ORDER: May.ORDER_GOODS,
    Kind.PURCHASE_CLOSE: May.ORDER_GOODS,
    Kind.GOODS_RECEIPT: May.RECEIVE,
    Kind.PURCHASE_RETURN: May.ORDER_GOODS,
    Kind.CLAIM: May.CLAIM,
    Kind.MISC_IN: May.RECEIVE,
    Kind.SALES_ORDER: May.SELL,
    Kind.DELIVERY: May.DELIVER,
    Kind.SIGNED: May.SIGN,
    Kind.SALES_RETURN: May.TAKE_BACK,
    Kind.EXCHANGE: May.EXCHANGE,
    Kind.PICK_LIST: May.DELIVER,
    Kind.RELEASE: May.COUNT,
    Kind.HOLD: May.HOLD,
    Kind.UNHOLD: May.HOLD,
    Kind.PUT_AWAY: May.PUT_AWAY,
    Kind.TRANSFER_OUT: May.TRANSFER,
    Kind.TRANSFER_IN: May.TRANSFER,
    Kind.STOCKTAKE: May.COUNT,
    Kind.SCRAP: May.COUNT,
    Kind.MISC_OUT: May.DELIVER,
    Kind.PAYMENT_IN: May.TAKE_PAYMENT,
    Kind.PAYMENT_OUT: May.PAY,
    Kind.EXPENSE: May.KEEP_CASH,
    Kind.INCOME: May.KEEP_CASH,
    Kind.FUND_TRANSFER: May.KEEP_CASH,
    Kind.NETTING: May.SETTLE,
    Kind.SETTLEMENT: May.SETTLE,
    Kind.WRITE_OFF: May.SETTLE,
    Kind.LATE_COST: May.CORRECT_COST,
    Kind.PRICE_CUT: May.CORRECT_COST,
    Kind.OPENING: May.OPENING,
}


@dataclass(frozen=True, slots=True)
class ReverseDocument:
    """number None = my own last document of the last 10 minutes."""

    number: str | None = None


def prepare(tx: Tx, command: ReverseDocument) -> Prepared:
    """Raises NotFound, Stale (already reversed), Blocked naming the document that stands in the way."""
    original = by_number(tx.conn, tx.company_id, command.number) if command.number else _own_last(tx)
    kind = may_be_undone(tx, original)
    parts = _parts(tx, original)
    ids = [original.id, *(one.id for one in parts)]
    rows = list(
        tx.conn.execute(
            select(document_line)
            .where(document_line.c.document_id.in_(ids))
            .order_by(document_line.c.document_id, document_line.c.line_no)
        )
    )
    lock_documents(tx, {*ids} | {row.order_id for row in rows if row.order_id})
    lock_partners(
        tx,
        {original.partner_id}
        | set(
            tx.conn.execute(select(open_item.c.partner_id).where(open_item.c.document_id.in_(ids))).scalars()
        ),
    )
    _not_twice(tx, original)
    lock_availability(
        tx,
        {
            (row.product_id, place)
            for row in rows
            for place in (row.warehouse_id, row.to_warehouse_id)
            if row.product_id and place
        },
    )
    for one in (original, *parts):
        untouched(tx, one, ids)
        money_free(tx, one, ids)
    all_still_here(tx, original, ids)
    if kind in COST_CHANGES:
        cost_unused(tx, original)
    draft, *others = [_undoing(tx, one, rows) for one in (original, *parts)]
    goods = goods_by_id(
        tx.conn, tx.company_id, {row.product_id for row in rows if row.product_id}, stopped_too=True
    )
    shown = _card(tx, original, draft, goods)
    return Prepared(shown, [original.id], draft, amount_fen=original.total_fen, goods=goods, parts=others)


def may_be_undone(tx: Tx, original: Any) -> Kind:
    """It was posted, there is a way back, and who made it such may unmake it."""
    if original.state != "posted":
        raise _never_posted(original)
    kind = Kind(original.kind)
    if kind not in NEEDS:
        raise blocked_by(original.number, f"{KIND_NAMES[kind]}不能倒回去。要货请重新下单，过期的货请报损。")
    tx.actor.require(NEEDS[kind])
    _not_twice(tx, original)
    return kind


def _parts(tx: Tx, original: Any) -> list[Any]:
    """The documents it heads, the newest first: what was posted last is undone first."""
    if Kind(original.kind) not in HEADS:
        head = tx.conn.execute(select(document).where(document.c.id == original.parent_id)).one_or_none()
        if head is not None and Kind(head.kind) in HEADS and original.reverses_id is None:
            raise blocked_by(
                original.number,
                f"它是{KIND_NAMES[Kind(head.kind)]} {head.number} 的一部分。请撤回 {head.number}，一起倒回去。",
            )
        return []
    query = select(document).where(document.c.parent_id == original.id, stands())
    return list(tx.conn.execute(query.order_by(document.c.id.desc())))


def _undoing(tx: Tx, original: Any, rows: list[Any]) -> Draft:
    return Draft(
        Kind(original.kind),
        [_copy(original, row) for row in rows if row.document_id == original.id],
        tx.today,
        original.partner_id,
        parent_id=original.id,
        reverses_id=original.id,
        note=f"红冲 {original.number}",
    )


def _own_last(tx: Tx) -> Any:
    row = tx.conn.execute(
        select(document)
        .where(
            document.c.company_id == tx.company_id,
            document.c.staff_id == tx.actor.id,
            document.c.created_at > tx.now - OWN_LAST,
            stands() | (document.c.state == "draft"),
            ~_by_itself(),
        )
        .order_by(document.c.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        raise NotFound(
            "nothing_to_undo",
            "最近 10 分钟没有您自己记的单可撤。撤别的单请带单号，例如：撤回 GR-20260115-0001。",
        )
    return row


def _never_posted(original: Any) -> Blocked:
    if original.state == "draft":
        return blocked_by(original.number, f"它还在待审，没有记账。不要了请说“作废 {original.number}”。")
    return blocked_by(original.number, "它已作废，从来没有记过账，不用撤。")


def _by_itself() -> ColumnElement[bool]:
    """Made along with another document, not asked for: half of an exchange, goods that expired or were called back."""
    head = document.alias("head")
    half = exists().where(head.c.id == document.c.parent_id, head.c.kind.in_(sorted(HEADS)))
    held = (document.c.kind == Kind.HOLD.value) & document.c.parent_id.is_not(None)
    return half | held | (document.c.kind == Kind.EXPIRE.value)


def _not_twice(tx: Tx, original: Any) -> None:
    if original.reverses_id is not None:
        raise blocked_by(original.number, "它本身就是一张红冲单。要恢复请重新记一笔。")
    by = tx.conn.execute(select(document.c.number).where(document.c.reverses_id == original.id)).scalar()
    if by:
        raise already_reversed(original.number, by)


def _copy(original: Any, row: Any) -> Line:
    order = (original.id, row.line_no) if original.kind in ORDERS else (row.order_id, row.order_line)
    return Line(
        Role(row.role),
        row.product_id,
        row.warehouse_id,
        row.batch_id,
        row.said_milli,
        row.unit,
        row.qty_milli,
        row.price_e4,
        row.price_unit,
        row.amount_fen,
        row.cost_fen,
        order[0],
        order[1],
        to_warehouse_id=row.to_warehouse_id,
        reason=row.reason,
        bin=row.bin,
        to_bin=row.to_bin,
    )


def _card(tx: Tx, original: Any, draft: Draft, goods: dict[int, Goods]) -> dict[str, Any]:
    who = (
        tx.conn.execute(select(partner.c.name).where(partner.c.id == original.partner_id)).scalar()
        if original.partner_id
        else ""
    )
    lines = [
        {
            "product_id": line.product_id,
            "product": goods[line.product_id].title,
            "warehouse_id": line.warehouse_id,
            "qty_milli": line.qty_milli,
            "said": plain(line.said_milli, MILLI) + line.unit
            if line.said_milli and line.unit
            else plain(line.qty_milli, MILLI) + goods[line.product_id].base_unit,
        }
        for line in draft.lines
        if line.product_id
    ]
    return card(tx, "红冲", draft, of=original.number, partner=who or "", lines=lines)


def do(tx: Tx, _command: ReverseDocument, prepared: Prepared) -> dict[str, Any]:
    assert prepared.draft is not None
    for draft in (*prepared.parts, prepared.draft):
        original = tx.conn.execute(select(document).where(document.c.id == draft.reverses_id)).one()
        reverse(tx, original, draft)
        forget_deals(tx, original)
        if Kind(original.kind) in COST_CHANGES:
            mark_prices(tx, draft.lines)
        if original.kind == Kind.PUT_AWAY:
            live_in(tx, draft.lines[0], original.extra["home_bin"])
    for draft in (*prepared.parts, prepared.draft):
        sweep_after(tx, draft)
    result = posted_result(tx, prepared.draft, prepared.card, goods=prepared.goods)
    return result | with_parts(prepared)


def forget_deals(tx: Tx, original: Any) -> None:
    """A price that was undone is no “老价格”: the newest standing deal takes its place, or none."""
    gone = tx.conn.execute(select(last_deal).where(last_deal.c.document_id == original.id)).all()
    for row in gone:
        its = (
            (last_deal.c.product_id == row.product_id)
            & (last_deal.c.side == row.side)
            & (last_deal.c.partner_id == row.partner_id)
        )
        older = tx.conn.execute(
            select(
                document_line.c.price_e4, document_line.c.price_unit, document.c.business_date, document.c.id
            )
            .join(document, document.c.id == document_line.c.document_id)
            .where(
                document_line.c.product_id == row.product_id,
                document_line.c.role == Role.LINE.value,
                document_line.c.price_e4 > 0,
                document.c.kind == original.kind,
                document.c.partner_id == row.partner_id,
                document.c.id < original.id,
                stands(),
            )
            .order_by(document.c.id.desc(), document_line.c.line_no.desc())
            .limit(1)
        ).first()
        if older is None:
            tx.conn.execute(last_deal.delete().where(its))
        else:
            tx.conn.execute(
                update(last_deal)
                .where(its)
                .values(
                    price_e4=older.price_e4,
                    unit=older.price_unit,
                    on_day=older.business_date,
                    document_id=older.id,
                )
            )
            retell_deal(tx, older.id, row.product_id)
