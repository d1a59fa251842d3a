"""要撤一张单，后面哪些单得一起撤：压在它的行上的、核销了它的款的、动了它的货的、锁了它的货的、用了它的成本的。"""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy import tuple_ as sql_tuple

from core.accounts import Chart, account, availability, batch, entry, open_item, settlement, stock
from core.documents import ORDER_STILL_OPEN, document, document_line, order_open, stands
from core.errors import Blocked
from core.late_costs import COST_CHANGES
from core.ledger import deltas
from core.pick_lists import not_an_ended_pick, unfinished
from core.posting_rules import Account, Kind, Measure
from core.settling import PAYMENTS, standing
from core.tx import Tx
from core.undoing import HEADS

MOST = 20  # more than this is not one mistake: it is taken apart step by step


def all_to_undo(tx: Tx, original: Any) -> list[Any]:
    """The document and what must go with it, the newest first; a head stands for its parts. Raises Blocked when it is too much."""
    chosen = {original.id: original}
    while True:
        ids = with_parts(tx, chosen.values())
        found = _attached(tx, ids) or _cost_used(tx, chosen.values(), ids) or _missing(tx, ids)
        chosen |= {row.id: row for row in _heads(tx, found)}
        if len(chosen) > MOST:
            raise Blocked(
                "too_many",
                f"{original.number} 后面连着的单不止 {MOST} 张，不能一起撤。请从最后的单开始，一张一张撤。",
            )
        if not found:
            return sorted(chosen.values(), key=lambda row: (row.posted_at, row.id), reverse=True)


def with_parts(tx: Tx, rows: Iterable[Any]) -> set[int]:
    """Their ids, with those of the documents that the heads among them made."""
    every = list(rows)
    heads = [row.id for row in every if Kind(row.kind) in HEADS]
    parts = tx.conn.execute(select(document.c.id).where(document.c.parent_id.in_(heads), stands())).scalars()
    return {row.id for row in every} | set(parts)


def _heads(tx: Tx, rows: list[Any]) -> list[Any]:
    """Half of an exchange is undone by undoing the exchange."""
    parents = [row.parent_id for row in rows if row.parent_id]
    heads = {
        row.id: row
        for row in tx.conn.execute(
            select(document).where(document.c.id.in_(parents), document.c.kind.in_(sorted(HEADS)))
        )
    }
    return [heads.get(row.parent_id, row) for row in rows]


def _others(ids: Collection[int]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return document.c.id.not_in(sorted(ids)), stands()


def _attached(tx: Tx, ids: Collection[int]) -> list[Any]:
    """What stands on a line of theirs, and what settled their money: a payment's own settlements go with the payment."""
    on_lines = select(document_line.c.document_id).where(document_line.c.order_id.in_(sorted(ids)))
    items = (
        select(open_item.c.id)
        .join(document, document.c.id == open_item.c.document_id)
        .where(document.c.id.in_(sorted(ids)), document.c.kind.not_in(sorted(PAYMENTS)))
    )
    settling = select(settlement.c.document_id).where(
        settlement.c.debit_id.in_(items) | settlement.c.credit_id.in_(items), standing()
    )
    query = select(document).where(
        document.c.id.in_(on_lines) | document.c.id.in_(settling), *_others(ids), not_an_ended_pick()
    )
    return list(tx.conn.execute(query))


def _cost_used(tx: Tx, chosen: Iterable[Any], ids: Collection[int]) -> list[Any]:
    """A change of cost goes back whole: whatever took cost out of its batches since goes first."""
    changes = [row for row in chosen if Kind(row.kind) in COST_CHANGES]
    if not changes:
        return []
    batches = select(document_line.c.batch_id).where(
        document_line.c.document_id.in_([row.id for row in changes]), document_line.c.batch_id.is_not(None)
    )
    query = _takers(tx, ids, entry.c.batch_id.in_(batches), _out_of_stock_value(tx))
    return list(tx.conn.execute(query.where(document.c.id > min(row.id for row in changes))))


def _missing(tx: Tx, ids: Collection[int]) -> list[Any]:
    """Once these are gone, goods, cost or promises would be below zero: the newest document that took of them, if any."""
    rows = tx.conn.execute(select(entry).where(entry.c.document_id.in_(sorted(ids))).order_by(entry.c.id))
    accounts = Chart(tx.conn.execute(select(account).where(account.c.company_id == tx.company_id)))
    goods, pools, promised, _ = deltas([dict(row._mapping) for row in rows], accounts)
    for query in (
        *_goods_short(tx, ids, goods),
        *_value_short(tx, ids, {of: value for of, (_, value) in pools.items() if value > 0}),
        *_promised_short(tx, ids, promised),
    ):
        newest = tx.conn.execute(
            query.order_by(document.c.posted_at.desc(), document.c.id.desc()).limit(1)
        ).first()
        if newest is not None:
            return [newest]
    return []


def _goods_short(
    tx: Tx, ids: Collection[int], goods: dict[tuple[int, int, int], list[int]]
) -> Iterable[Select[Any]]:
    leaving = {(of, place): by for (of, place, _), (by, _) in goods.items() if by > 0}
    rows = tx.conn.execute(select(stock).where(stock.c.batch_id.in_(sorted({of for of, _ in leaving}))))
    here = {(row.batch_id, row.account_id): row.qty_milli - row.picked_milli for row in rows}
    for (of, place), by in leaving.items():
        if here.get((of, place), 0) < by:
            picked = (entry.c.batch_id == of, entry.c.measure == int(Measure.PROMISE))
            yield _takers(tx, ids, *picked).where(unfinished())  # set aside on a pick list
            yield _takers(
                tx,
                ids,
                entry.c.batch_id == of,
                entry.c.source_id == place,
                entry.c.measure == int(Measure.GOODS),
            )


def _value_short(tx: Tx, ids: Collection[int], value: dict[int, int]) -> Iterable[Select[Any]]:
    query = select(batch.c.id, batch.c.value_fen).where(batch.c.id.in_(sorted(value)))
    for row in tx.conn.execute(query):
        if row.value_fen < value[row.id]:
            yield _takers(tx, ids, entry.c.batch_id == row.id, _out_of_stock_value(tx))


def _promised_short(
    tx: Tx, ids: Collection[int], promised: dict[tuple[int, int], dict[str, int]]
) -> Iterable[Select[Any]]:
    """Undoing a receipt takes from under the orders that hold the goods; undoing these orders gives it back."""
    net = {key: by.get("sellable_milli", 0) - by.get("reserved_milli", 0) for key, by in promised.items()}
    wanted = sorted(key for key, by in net.items() if by > 0)
    rows = tx.conn.execute(
        select(availability).where(
            sql_tuple(availability.c.product_id, availability.c.warehouse_id).in_(wanted)
        )
    )
    for row in rows:
        key = (row.product_id, row.warehouse_id)
        if row.sellable_milli - row.reserved_milli < net[key]:
            for order in (_reopened(ids), ORDER_STILL_OPEN):
                yield (
                    select(document)
                    .join(order_open, order_open.c.order_id == document.c.id)
                    .where(
                        order_open.c.product_id == row.product_id,
                        order_open.c.warehouse_id == row.warehouse_id,
                        order_open.c.kind == Kind.SALES_ORDER.value,
                        order,
                        *_others(ids),
                    )
                )


def _reopened(ids: Collection[int]) -> ColumnElement[bool]:
    """Orders that hold goods again once their deliveries are undone."""
    delivered = select(document_line.c.order_id).where(
        document_line.c.document_id.in_(sorted(ids)), document_line.c.order_id.is_not(None)
    )
    return order_open.c.order_id.in_(delivered)


def _takers(tx: Tx, ids: Collection[int], *what: ColumnElement[bool]) -> Select[Any]:
    """Standing documents with such entries."""
    took = select(entry.c.document_id).where(entry.c.company_id == tx.company_id, *what)
    return select(document).where(document.c.id.in_(took), *_others(ids))


def _out_of_stock_value(tx: Tx) -> ColumnElement[bool]:
    inventory = select(account.c.id).where(
        account.c.company_id == tx.company_id, account.c.role == Account.INVENTORY.value
    )
    return (entry.c.measure == int(Measure.MONEY)) & entry.c.source_id.in_(inventory)
