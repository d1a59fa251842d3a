"""关单：剩下的不要了，放开锁定或在订。"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from core.catalog import goods_by_id
from core.documents import ORDER_STILL_OPEN, by_number, order_open
from core.drafting import card
from core.errors import Invalid
from core.locks import lock_availability, lock_documents
from core.pick_lists import being_picked
from core.picking import closing_drafts
from core.posting_rules import KIND_NAMES, Kind
from core.prepared import Prepared
from core.staff import May
from core.tx import Tx

CLOSES = {
    Kind.SALES_ORDER: (Kind.SALES_CLOSE, May.SELL),
    Kind.PURCHASE_ORDER: (Kind.PURCHASE_CLOSE, May.ORDER_GOODS),
}


@dataclass(frozen=True, slots=True)
class CloseOrder:
    number: str
    note: str = "剩下的不要了"


def prepare(tx: Tx, command: CloseOrder) -> Prepared:
    order = by_number(tx.conn, tx.company_id, command.number)
    if Kind(order.kind) not in CLOSES or order.reverses_id is not None:
        raise Invalid(
            "not_order",
            f"{order.number} 是{KIND_NAMES[Kind(order.kind)]}，只有订单能关。要倒回去请说“撤回 {order.number}”。",
        )
    kind, needs = CLOSES[Kind(order.kind)]
    tx.actor.require(needs)
    lock_documents(tx, [order.id])
    rows = list(
        tx.conn.execute(
            select(order_open)
            .where(order_open.c.order_id == order.id, ORDER_STILL_OPEN)
            .order_by(order_open.c.order_line)
        )
    )
    if not rows:
        raise Invalid("nothing_open", f"{order.number} 没有剩下的，不用关。")
    lock_availability(tx, {(row.product_id, row.warehouse_id) for row in rows})
    if any(row.picked_milli for row in rows):
        raise being_picked(tx, [order.id])
    draft = closing_drafts(tx, [(row, row.open_milli) for row in rows], command.note, kind)[0]
    draft.extra = None
    goods = goods_by_id(tx.conn, tx.company_id, {row.product_id for row in rows}, stopped_too=True)
    lines: list[dict[str, Any]] = [
        {
            "product_id": row.product_id,
            "product": goods[row.product_id].title,
            "warehouse_id": row.warehouse_id,
            "qty_milli": row.open_milli,
            "said": goods[row.product_id].words(row.open_milli),
        }
        for row in rows
    ]
    shown = card(tx, "关单", draft, of=order.number, lines=lines, reason=command.note)
    facts = [order.id, [(row.order_line, row.open_milli) for row in rows]]
    return Prepared(shown, facts, draft, goods=goods)
