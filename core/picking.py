"""拿货：一个仓库里有哪些批次，按什么顺序拿，锁定放给谁。"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from core.accounts import IN_STOCK, account, batch, stock
from core.costing import Pool
from core.documents import ORDER_STILL_OPEN, Draft, Line, document, order_open
from core.drafting import Want
from core.errors import short_of
from core.locks import Key, lock_documents
from core.lots import Lot, Taken
from core.pick_lists import unpicked
from core.posting_rules import Account, Kind, Role
from core.tx import Tx


def lots_here(tx: Tx, found: Iterable[Want], place: Account = Account.OK) -> dict[Key, list[Lot]]:
    """{(product, warehouse): lots} lying under one condition, locked when writing."""
    wanted = list(found)
    query = (
        select(
            stock.c.batch_id,
            stock.c.account_id,
            stock.c.product_id,
            account.c.warehouse_id,
            account.c.bin,
            batch.c.batch_no,
            batch.c.mfg_date,
            batch.c.expiry_date,
            batch.c.received_on,
            batch.c.supplier_id,
            batch.c.qty_milli.label("pool_milli"),
            batch.c.value_fen,
            (stock.c.qty_milli - stock.c.picked_milli).label("free_milli"),
            stock.c.picked_milli,
        )
        .join(account, account.c.id == stock.c.account_id)
        .join(batch, batch.c.id == stock.c.batch_id)
        .where(
            stock.c.product_id.in_(sorted({w.goods.id for w in wanted})),
            IN_STOCK,
            account.c.company_id == tx.company_id,
            account.c.role == place.value,
            account.c.warehouse_id.in_(sorted({w.warehouse_id for w in wanted})),
        )
        .order_by(stock.c.batch_id, stock.c.account_id)
    )
    lots: dict[Key, list[Lot]] = {}
    for row in tx.conn.execute(tx.locking(query, of=stock)):
        lots.setdefault((row.product_id, row.warehouse_id), []).append(
            Lot(
                row.batch_id,
                row.account_id,
                row.batch_no,
                row.mfg_date,
                row.expiry_date,
                row.received_on,
                row.free_milli,
                row.supplier_id,
                row.warehouse_id,
                row.bin,
                row.picked_milli,
                row.pool_milli,
                row.value_fen,
            )
        )
    return lots


def after(lots: list[Lot], taken: tuple[Taken, ...]) -> list[Lot]:
    """The lots with what was taken gone."""
    gone = {(one.lot.batch_id, one.lot.account_id): one.qty_milli for one in taken}
    return [
        replace(lot, free_milli=lot.free_milli - gone.get((lot.batch_id, lot.account_id), 0)) for lot in lots
    ]


def in_order(lots: Iterable[Lot], need_milli: int) -> tuple[tuple[Taken, ...], int]:
    """Take in the order given, whatever the dates: for goods that leave because they are bad or go back."""
    taken = []
    for lot in lots:
        part = min(need_milli, lot.free_milli)
        if part > 0:
            taken.append(Taken(lot, part))
            need_milli -= part
    return tuple(taken), need_milli


def cost_of(tx: Tx, lines: Iterable[Line]) -> int:
    """分 that these lines would take out of their pools as they stand: what a document without prices is worth to an approval rule."""
    leaving = [(line.batch_id, line.qty_milli) for line in lines if line.batch_id]
    rows = tx.conn.execute(
        select(batch.c.id, batch.c.qty_milli, batch.c.value_fen).where(
            batch.c.id.in_(sorted({of for of, _ in leaving}))
        )
    )
    pools = {row.id: Pool(row.qty_milli, row.value_fen) for row in rows}
    return sum(pools[of].issue(qty) for of, qty in leaving)


def shortage(want: Want, available: int, hint: str = "改小数量再说一次，或等到货。") -> Exception:
    return short_of(want.goods.title, want.said_text, want.words(available), hint)


def batch_texts(want: Want, taken: Iterable[Taken]) -> list[dict[str, str]]:
    """What a card says of the batches a line takes."""
    return [
        {
            "batch": one.lot.batch_no,
            "qty": want.words(one.qty_milli),
            "expiry": str(one.lot.expiry_date or ""),
        }
        for one in taken
        if one.lot.batch_no
    ]


# ── reservations that can no longer be held ──


def let_go(
    tx: Tx,
    leaving: Iterable[tuple[Key, int]],
    balances: dict[Key, Any],
    why: str,
    closed: Collection[tuple[Any, int]] = (),
    ended: Iterable[Draft] = (),
) -> list[Draft]:
    """SALES_CLOSE drafts on the youngest orders for what `leaving` takes from under their reservations (books.md §4).

    leaving: ((product, warehouse), milli), less than 0 for what comes in with it. `closed`: (order line, milli) being let go of already. `ended`: pick lists that end with it;
    what the others hold lies apart and stays promised.
    """
    missing = Counter({key: row.reserved_milli - row.sellable_milli for key, row in balances.items()})
    for key, milli in leaving:
        missing[key] += milli
    for row, part in closed:
        missing[row.product_id, row.warehouse_id] -= part
    short = {key for key, by in missing.items() if by > 0}
    if not short:
        return []
    done = {(row.order_id, row.order_line) for row, _ in closed}
    closing: list[tuple[Any, int]] = []
    for row in holders(tx, short):
        key = (row.product_id, row.warehouse_id)
        part = min(missing[key], unpicked(row, ended))
        if part > 0 and (row.order_id, row.order_line) not in done:
            closing.append((row, part))
            missing[key] -= part
    return closing_drafts(tx, closing, why)


def holders(tx: Tx, keys: set[Key]) -> list[Any]:
    """Open sales order lines of these goods, the youngest first."""
    rows = tx.conn.execute(
        select(order_open)
        .where(
            order_open.c.company_id == tx.company_id,
            order_open.c.kind == Kind.SALES_ORDER.value,
            order_open.c.product_id.in_(sorted({p for p, _ in keys})),
            ORDER_STILL_OPEN,
        )
        .order_by(order_open.c.order_id.desc(), order_open.c.order_line.desc())
    )
    return [row for row in rows if (row.product_id, row.warehouse_id) in keys]


def closing_drafts(
    tx: Tx, closing: list[tuple[Any, int]], why: str, kind: Kind = Kind.SALES_CLOSE
) -> list[Draft]:
    """One draft per order that lets go of `milli` of each of its lines."""
    orders: dict[int, list[tuple[Any, int]]] = {}
    for row, part in closing:
        orders.setdefault(row.order_id, []).append((row, part))
    lock_documents(tx, orders)
    heads = {
        row.id: row for row in tx.conn.execute(select(document).where(document.c.id.in_(sorted(orders))))
    }
    return [
        Draft(
            kind,
            [
                Line(
                    Role.LINE,
                    row.product_id,
                    row.warehouse_id,
                    qty_milli=part,
                    open_milli=part,
                    order_id=row.order_id,
                    order_line=row.order_line,
                    reason=why,
                )
                for row, part in rows
            ],
            tx.today,
            heads[order_id].partner_id,
            parent_id=order_id,
            note=why,
            extra={"order": heads[order_id].number, "staff_id": heads[order_id].staff_id},
        )
        for order_id, rows in sorted(orders.items())
    ]
