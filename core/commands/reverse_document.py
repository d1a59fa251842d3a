"""红冲：把一张单原样倒回去；倒不回去就说清是谁挡着。"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, select, update

from core.accounts import Chart, account, entry, open_item, settlement, stock
from core.catalog import Goods, goods_by_id
from core.commands.turn_day import sweep_after
from core.documents import (
    ORDER_STILL_OPEN,
    Draft,
    Line,
    by_number,
    document,
    document_line,
    last_deal,
    order_open,
    stands,
)
from core.drafting import card, posted_result
from core.errors import Blocked, NotFound, already_reversed, blocked_by
from core.ledger import ORDERS, deltas, reverse
from core.locks import lock_availability, lock_batches, lock_documents, lock_funds, lock_partners
from core.partners import partner
from core.posting_rules import KIND_NAMES, Kind, Measure, Role
from core.prepared import Prepared
from core.settling import PAYMENTS, standing
from core.staff import May
from core.tx import Tx
from core.values import MILLI, plain, yuan

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
    Kind.RELEASE: May.COUNT,
    Kind.HOLD: May.HOLD,
    Kind.UNHOLD: May.HOLD,
    Kind.TRANSFER_OUT: May.TRANSFER,
    Kind.TRANSFER_IN: May.TRANSFER,
    Kind.STOCKTAKE: May.COUNT,
    Kind.SCRAP: May.COUNT,
    Kind.MISC_OUT: May.DELIVER,
    Kind.PAYMENT_IN: May.TAKE_PAYMENT,
    Kind.PAYMENT_OUT: May.PAY,
    Kind.OPENING: May.OPENING,
}

HEADS = frozenset(
    {Kind.EXCHANGE, Kind.SIGNED}
)  # a document of these is undone together with those under it, never one of them alone
AFTERWARDS = {
    Kind.REQUISITION: "已经照它询过价或下过单",
    Kind.SALES_ORDER: "已经发过货",
    Kind.PURCHASE_ORDER: "已经到过货",
    Kind.GOODS_RECEIPT: "已经就它索赔",
    Kind.SCRAP: "已经就它索赔",
    Kind.DELIVERY: "客户已经签收或退过货",
    Kind.TRANSFER_OUT: "对方已经收货",
}


@dataclass(frozen=True, slots=True)
class ReverseDocument:
    """number None = my own last document of the last 10 minutes."""

    number: str | None = None


def prepare(tx: Tx, command: ReverseDocument) -> Prepared:
    """Raises NotFound, Stale (already reversed), Blocked naming the document that stands in the way."""
    original = by_number(tx.conn, tx.company_id, command.number) if command.number else _own_last(tx)
    if original.state != "posted":
        raise _never_posted(original)
    kind = Kind(original.kind)
    if kind not in NEEDS:
        raise blocked_by(original.number, f"{KIND_NAMES[kind]}不能倒回去。要货请重新下单，过期的货请报损。")
    tx.actor.require(NEEDS[kind])
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
    if tx.company.closed_through and tx.today <= tx.company.closed_through:
        raise Blocked("closed_day", f"今天已结账，不能红冲 {original.number}。请明天再办。")
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
        _untouched(tx, one, ids)
        _money_free(tx, one, ids)
    _all_still_here(tx, original, ids)
    draft, *others = [_undoing(tx, one, rows) for one in (original, *parts)]
    goods = goods_by_id(
        tx.conn, tx.company_id, {row.product_id for row in rows if row.product_id}, stopped_too=True
    )
    shown = _card(tx, original, draft, goods)
    return Prepared(shown, [original.id], draft, amount_fen=original.total_fen, goods=goods, parts=others)


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
    )


def _untouched(tx: Tx, original: Any, together: list[int]) -> None:
    """Nothing later may stand on a line of it: deliveries on orders, returns on deliveries, arrivals on transfers."""
    rows = (
        tx.conn.execute(
            select(document.c.number)
            .join(document_line, document_line.c.document_id == document.c.id)
            .where(document_line.c.order_id == original.id, document.c.id.not_in(together), stands())
            .distinct()
            .order_by(document.c.number)
            .limit(3)
        )
        .scalars()
        .all()
    )
    if rows and all(number.startswith(Kind.SALES_CLOSE) for number in rows):
        raise blocked_by(
            original.number, f"剩下的已经放开（{'、'.join(rows)}），没有可撤的了。要货请重新下单。"
        )
    if rows:
        raise blocked_by(
            original.number,
            f"{AFTERWARDS.get(Kind(original.kind), '后面已经有单')}（{'、'.join(rows)}）。先撤回那张单。",
        )


def _money_free(tx: Tx, original: Any, together: list[int]) -> None:
    """What others settled must be undone first; what it settled itself is undone with it, a payment's all (decisions 16, 66)."""
    if original.kind in PAYMENTS:
        return
    mine = select(open_item.c.id).where(open_item.c.document_id == original.id)
    numbers = (
        tx.conn.execute(
            select(document.c.number)
            .join(settlement, settlement.c.document_id == document.c.id)
            .where(
                settlement.c.debit_id.in_(mine) | settlement.c.credit_id.in_(mine),
                settlement.c.document_id.not_in(together),
                standing(),
            )
            .distinct()
            .order_by(document.c.number)
            .limit(3)
        )
        .scalars()
        .all()
    )
    if numbers:
        raise blocked_by(original.number, f"款项已核销（{'、'.join(numbers)}）。先撤回那张单，再来撤这张。")


def _all_still_here(tx: Tx, original: Any, ids: list[int]) -> None:
    """Goods that came in must still lie there, unreserved; their cost must still be in the pool and money in its fund."""
    rows = tx.conn.execute(select(entry).where(entry.c.document_id.in_(ids)).order_by(entry.c.id))
    accounts = Chart(tx.conn.execute(select(account).where(account.c.company_id == tx.company_id)))
    goods, pools, promised, cash = deltas([dict(row._mapping) for row in rows], accounts)
    _check_stock(tx, original, {(batch_id, place): by for (batch_id, place, _), by in goods.items()})
    _check_free(tx, original, {key: by["sellable_milli"] for key, by in promised.items()})
    _check_value(tx, original, {batch_id: value for batch_id, (_, value) in pools.items() if value})
    _check_cash(tx, original, cash)


def _check_stock(tx: Tx, original: Any, leave: dict[tuple[int, int], int]) -> None:
    leaving = {key: by for key, by in leave.items() if by > 0}
    if not leaving:
        return
    rows = tx.conn.execute(
        select(stock).where(stock.c.batch_id.in_(sorted({batch_id for batch_id, _ in leaving})))
    ).all()
    here = {(row.batch_id, row.account_id): row.qty_milli - row.picked_milli for row in rows}
    for (batch_id, account_id), by in leaving.items():
        if here.get((batch_id, account_id), 0) < by:
            raise blocked_by(
                original.number,
                f"其中的货已经动过（{_who_took(tx, original, batch_id)}）。先撤回那张单，再来撤这张。",
            )


def _who_took(tx: Tx, original: Any, batch_id: int) -> str:
    numbers = (
        tx.conn.execute(
            select(document.c.number)
            .join(entry, entry.c.document_id == document.c.id)
            .where(
                entry.c.batch_id == batch_id,
                entry.c.measure == int(Measure.GOODS),
                document.c.id > original.id,
                *(
                    (document.c.parent_id.is_distinct_from(original.id),)
                    if Kind(original.kind) in HEADS
                    else ()
                ),
                stands(),
            )
            .distinct()
            .order_by(document.c.number)
            .limit(3)
        )
        .scalars()
        .all()
    )
    return "、".join(numbers) or "其他单据"


def _check_free(tx: Tx, original: Any, free: dict[tuple[int, int], int]) -> None:
    rows = lock_availability(tx, [key for key, by in free.items() if by > 0])
    for key, row in rows.items():
        if row.sellable_milli - row.reserved_milli < free[key]:
            numbers = (
                tx.conn.execute(
                    select(document.c.number)
                    .join(order_open, order_open.c.order_id == document.c.id)
                    .where(
                        order_open.c.product_id == key[0],
                        order_open.c.warehouse_id == key[1],
                        ORDER_STILL_OPEN,
                    )
                    .order_by(document.c.id)
                    .limit(3)
                )
                .scalars()
                .all()
            )
            raise blocked_by(
                original.number, f"这批货已被订单锁定（{'、'.join(numbers)}）。先撤回订单，再来撤这张。"
            )


def _check_value(tx: Tx, original: Any, value: dict[int, int]) -> None:
    for batch_id, pool in lock_batches(tx, value).items():
        if pool.value_fen < value[batch_id]:
            raise blocked_by(
                original.number,
                f"它的成本已被后来的单用掉（{_who_took(tx, original, batch_id)}）。先撤回那张单。",
            )


def _check_cash(tx: Tx, original: Any, cash: dict[int, int]) -> None:
    for account_id, row in lock_funds(tx, cash).items():
        if not row.overdraft and row.balance_fen < cash[account_id]:
            raise blocked_by(
                original.number,
                f"{row.name} 余额只有 {yuan(row.balance_fen)}，退不出 {yuan(cash[account_id])}。先把钱补进这个账户，再来撤这张。",
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
    for draft in (*prepared.parts, prepared.draft):
        sweep_after(tx, draft)
    result = posted_result(tx, prepared.draft, prepared.card, goods=prepared.goods)
    also = [{"document_id": one.id, "kind": one.kind, "number": one.number} for one in prepared.parts]
    return result | ({"also": also} if also else {})


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
