"""翻日：过期的货离开可售，太久没提的订单放开锁定，然后才是新的一天。"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update

from core.accounts import IN_STOCK, POOL_LEFT, account, batch, stock
from core.company import company
from core.documents import ORDER_STILL_OPEN, Draft, all_of, order_open
from core.drafting import post_release
from core.ledger import post
from core.locks import TryAgain, lock_availability, lock_documents
from core.pick_lists import let_go_picks, unpicked
from core.picking import closing_drafts, holders, let_go
from core.posting_rules import Account, Kind
from core.prepared import Prepared
from core.recalls import hold_arrivals
from core.tx import Tx

RELEASE_AFTER = timedelta(days=4)  # reservations end on the fourth day after the promised date (decision 73)


@dataclass(frozen=True, slots=True)
class TurnDay:
    day: date


def prepare(tx: Tx, command: TurnDay) -> Prepared:
    return Prepared({"title": "翻日", "day": str(command.day)}, [command.day])


def do(tx: Tx, command: TurnDay, prepared: Prepared) -> dict[str, Any]:
    """One EXPIRE document, before it SALES_CLOSE for what can no longer be held; then the company's day moves on."""
    numbers, expired, released = sweep(tx, command.day)
    tx.conn.execute(update(company).where(company.c.id == tx.company_id).values(today=command.day))
    return prepared.card | {"documents": numbers, "expired": expired, "released": released, "kind": ""}


def sweep(tx: Tx, day: date, forgotten: bool = True) -> tuple[list[str], int, int]:
    """Take what is expired out of 可售; (numbers of the documents, batches expired, order lines released).

    Whatever brings goods back into 可售 that may be past their date (a reversal, a release, an arrival) calls it too.
    """
    _, _, keys, orders = _due(tx, day, forgotten)
    if not keys:
        return [], 0, 0
    lock_documents(tx, orders)
    balances = lock_availability(tx, keys)
    stale, overdue, seen, held = _due(tx, day, forgotten)
    if not (seen <= keys and held <= orders):
        raise TryAgain
    ended = let_go_picks(tx, (row.batch_id for row in stale if row.picked_milli), "货已过期")
    numbers = [post_release(tx, draft) for draft in ended]
    forgot = [(row, part) for row in overdue if (part := unpicked(row, ended))]
    closed = closing_drafts(tx, forgot, "超过约定日 4 天未提")
    leaving = [((row.product_id, row.warehouse_id), row.qty_milli) for row in stale]
    closed += let_go(tx, leaving, balances, "货已过期", forgot, ended)
    numbers += [post_release(tx, draft) for draft in closed]
    if stale:
        draft = Draft(Kind.EXPIRE, [all_of(row, "过期") for row in stale], day)
        post(tx, draft)
        numbers.append(draft.number)
    return numbers, len(stale), sum(len(draft.lines) for draft in closed)


def sweep_after(tx: Tx, draft: Draft) -> None:
    """Goods that were called back, or passed their date while they were away, do not stay in 可售, where this document has put them."""
    hold_arrivals(tx, draft)
    ids = sorted({line.batch_id for line in draft.lines if line.batch_id})
    if (
        ids
        and tx.conn.execute(
            select(batch.c.id).where(batch.c.id.in_(ids), batch.c.expiry_date < tx.today, POOL_LEFT).limit(1)
        ).first()
    ):
        sweep(tx, tx.today, forgotten=False)


def _due(tx: Tx, day: date, forgotten: bool) -> tuple[list[Any], list[Any], set[tuple[int, int]], set[int]]:
    """(expired stock, forgotten order lines, the goods and places they concern, the orders that hold these)."""
    stale, overdue = _expired(tx, day), _forgotten(tx, day) if forgotten else []
    keys = {(row.product_id, row.warehouse_id) for row in (*stale, *overdue)}
    return stale, overdue, keys, {row.order_id for row in (*overdue, *(holders(tx, keys) if keys else ()))}


def _expired(tx: Tx, day: date) -> list[Any]:
    return list(
        tx.conn.execute(
            select(
                stock.c.batch_id,
                stock.c.product_id,
                stock.c.qty_milli,
                account.c.warehouse_id,
                account.c.bin,
                stock.c.picked_milli,
            )
            .join(batch, batch.c.id == stock.c.batch_id)
            .join(account, account.c.id == stock.c.account_id)
            .where(
                batch.c.expiry_date < day,
                POOL_LEFT,
                IN_STOCK,
                account.c.company_id == tx.company_id,
                account.c.role == Account.OK.value,
            )
            .order_by(stock.c.product_id, stock.c.batch_id)
        )
    )


def _forgotten(tx: Tx, day: date) -> list[Any]:
    return list(
        tx.conn.execute(
            select(order_open)
            .where(
                order_open.c.company_id == tx.company_id,
                order_open.c.kind == Kind.SALES_ORDER.value,
                order_open.c.promised_on <= day - RELEASE_AFTER,
                ORDER_STILL_OPEN,
            )
            .order_by(order_open.c.order_id, order_open.c.order_line)
        )
    )
