"""翻日：过期的货离开可售，太久没提的订单放开锁定，然后才是新的一天。"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, text, update

from core import tasks
from core.accounts import account, batch, stock
from core.company import company
from core.documents import Draft, Line, document, order_open
from core.ledger import ORDER_STILL_OPEN, lock_availability, lock_documents, post
from core.posting_rules import Account, Kind, Role
from core.prepared import Prepared
from core.tx import Tx

RELEASE_AFTER = timedelta(days=4)  # reservations end on the fourth day after the promised date (decision 73)


@dataclass(frozen=True, slots=True)
class TurnDay:
    day: date


def prepare(tx: Tx, command: TurnDay) -> Prepared:
    return Prepared({"title": "翻日", "day": str(command.day)}, [command.day])


def do(tx: Tx, command: TurnDay, prepared: Prepared) -> dict[str, Any]:
    """One EXPIRE document, before it SALES_CLOSE for what can no longer be held; then the company's day moves on."""
    stale = _expired(tx, command.day)
    overdue = _forgotten(tx, command.day)
    keys = {(row.product_id, row.warehouse_id) for row in (*stale, *overdue)}
    lock_documents(tx, {row.order_id for row in overdue} | {row.order_id for row in _holders(tx, keys)})
    free = lock_availability(tx, keys)
    closing = [(row, row.open_milli, "超过约定日 4 天未提") for row in overdue]
    closing += _cannot_hold(tx, stale, free, overdue)
    numbers = [_close(tx, command.day, rows) for rows in _by_order(closing)]
    if stale:
        draft = Draft(Kind.EXPIRE, [Line(Role.LINE, r.product_id, r.warehouse_id, r.batch_id, qty_milli=r.qty_milli, reason="过期") for r in stale], command.day)
        post(tx, draft)
        numbers.append(draft.number)
    tx.conn.execute(update(company).where(company.c.id == tx.company_id).values(today=command.day))
    return prepared.card | {"documents": numbers, "expired": len(stale), "released": len(closing), "kind": ""}


def _expired(tx: Tx, day: date) -> list[Any]:
    return list(tx.conn.execute(
        select(stock.c.batch_id, stock.c.product_id, stock.c.qty_milli, account.c.warehouse_id)
        .join(batch, batch.c.id == stock.c.batch_id).join(account, account.c.id == stock.c.account_id)
        .where(batch.c.expiry_date < day, text("batch.qty_milli > 0"), text("stock.qty_milli > 0"), account.c.company_id == tx.company_id,
               account.c.role == Account.OK.value).order_by(stock.c.product_id, stock.c.batch_id)))


def _forgotten(tx: Tx, day: date) -> list[Any]:
    return list(tx.conn.execute(
        select(order_open).where(order_open.c.company_id == tx.company_id, order_open.c.promised_on <= day - RELEASE_AFTER, ORDER_STILL_OPEN)
        .order_by(order_open.c.order_id, order_open.c.order_line)))


def _holders(tx: Tx, keys: set[tuple[int, int]]) -> list[Any]:
    """Open order lines of these goods, the youngest first."""
    rows = tx.conn.execute(select(order_open).where(order_open.c.company_id == tx.company_id, order_open.c.kind == Kind.SALES_ORDER.value,
                                                    order_open.c.product_id.in_(sorted({p for p, _ in keys})), ORDER_STILL_OPEN)
                           .order_by(order_open.c.order_id.desc(), order_open.c.order_line.desc()))
    return [row for row in rows if (row.product_id, row.warehouse_id) in keys]


def _cannot_hold(tx: Tx, stale: list[Any], free: dict[tuple[int, int], Any], overdue: list[Any]) -> list[tuple[Any, int, str]]:
    released = {(row.order_id, row.order_line) for row in overdue}
    missing: dict[tuple[int, int], int] = {}
    for key, row in free.items():
        leaving = sum(r.qty_milli for r in stale if (r.product_id, r.warehouse_id) == key)
        let_go = sum(r.open_milli for r in overdue if (r.product_id, r.warehouse_id) == key)
        missing[key] = (row.reserved_milli - let_go) - (row.sellable_milli - leaving)
    closing = []
    for row in _holders(tx, {key for key, short in missing.items() if short > 0}):
        key = (row.product_id, row.warehouse_id)
        part = min(missing[key], row.open_milli)
        if part > 0 and (row.order_id, row.order_line) not in released:
            closing.append((row, part, "货已过期"))
            missing[key] -= part
    return closing


def _by_order(closing: list[tuple[Any, int, str]]) -> list[list[tuple[Any, int, str]]]:
    orders: dict[int, list[tuple[Any, int, str]]] = {}
    for one in closing:
        orders.setdefault(one[0].order_id, []).append(one)
    return [orders[k] for k in sorted(orders)]


def _close(tx: Tx, day: date, rows: list[tuple[Any, int, str]]) -> str:
    order = tx.conn.execute(select(document).where(document.c.id == rows[0][0].order_id)).one()
    draft = Draft(Kind.SALES_CLOSE, [Line(Role.LINE, row.product_id, row.warehouse_id, qty_milli=part, open_milli=part, order_id=row.order_id,
                                          order_line=row.order_line, reason=why) for row, part, why in rows],
                  day, order.partner_id, parent_id=order.id, note=rows[0][2])
    post(tx, draft)
    tasks.put(tx.conn, tx.company_id, "released", draft.number, tx.now,
              {"document_id": draft.id, "order": order.number, "staff_id": order.staff_id, "why": rows[0][2]})
    return draft.number
