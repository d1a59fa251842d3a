"""锁：先单据，再往来单位，再可用，再批次、资金；人人按这个次序，就不会互相等死。"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy import tuple_ as sql_tuple

from core.accounts import account, availability, batch, fund
from core.costing import Pool
from core.db import upsert
from core.documents import ORDER_STILL_OPEN, document, order_open
from core.partners import partner
from core.posting_rules import Kind
from core.tx import Tx

Key = tuple[int, int]


class TryAgain(Exception):
    """Somebody was faster between looking and locking: execute() starts the whole transaction again."""


# ── locks: parent document → partner → availability (sorted) → stock, batch → fund → counter ──


def lock_documents(tx: Tx, ids: Iterable[int]) -> None:
    wanted = sorted(set(ids))
    if tx.writing and wanted:
        tx.conn.execute(
            tx.locking(select(document.c.id).where(document.c.id.in_(wanted)).order_by(document.c.id))
        )


def lock_open_orders(
    tx: Tx, kind: Kind, product_ids: Iterable[int], partner_id: int | None = None
) -> frozenset[int]:
    """The orders that still promise these goods, locked when writing: what they hold can only grow from here on.

    A command that uses them up takes this lock before the partner's and then reads order_open of these orders only.
    """
    wanted: dict[str, Any] = {
        "company": tx.company_id,
        "kind": kind.value,
        "wanted": sorted(set(product_ids)),
    }
    if partner_id is not None:
        wanted["partner"] = partner_id
    return frozenset(tx.conn.execute(_open_orders(partner_id is not None, tx.writing), wanted).scalars())


@cache
def _open_orders(his: bool, writing: bool) -> Select[Any]:
    wanted = select(order_open.c.order_id).where(
        order_open.c.company_id == bindparam("company"),
        order_open.c.kind == bindparam("kind"),
        order_open.c.product_id.in_(bindparam("wanted", expanding=True)),
        ORDER_STILL_OPEN,
        *((order_open.c.partner_id == bindparam("partner"),) if his else ()),
    )
    query = select(document.c.id).where(document.c.id.in_(wanted)).order_by(document.c.id)
    return query.with_for_update(key_share=True) if writing else query


def lock_partners(tx: Tx, ids: Iterable[int | None]) -> None:
    """Whoever opens, settles or re-opens what a partner owes holds the partner."""
    wanted = sorted({one for one in ids if one})
    if tx.writing and wanted:
        tx.conn.execute(
            tx.locking(select(partner.c.id).where(partner.c.id.in_(wanted)).order_by(partner.c.id))
        )


def lock_availability(tx: Tx, keys: Iterable[Key]) -> dict[Key, Any]:
    """{(product, warehouse): row}; when writing, the rows are made and locked, always in the same order."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    if tx.writing:
        made = upsert(tx.conn, availability)
        made = made.on_conflict_do_update(
            index_elements=["product_id", "warehouse_id"],
            set_={"sellable_milli": availability.c.sellable_milli},
        ).returning(availability)
        found = tx.conn.execute(
            made,
            [
                {
                    "product_id": p,
                    "warehouse_id": w,
                    "sellable_milli": 0,
                    "reserved_milli": 0,
                    "on_order_milli": 0,
                    "in_transit_milli": 0,
                }
                for p, w in wanted
            ],
        )
    else:
        found = tx.conn.execute(
            select(availability).where(
                sql_tuple(availability.c.product_id, availability.c.warehouse_id).in_(wanted)
            )
        )
    return {(row.product_id, row.warehouse_id): row for row in found}


def home_bins(rows: dict[Key, Any]) -> dict[Key, str]:
    """{(product, warehouse): the bin what arrives is put into}; '' = no bin yet."""
    return {key: row.home_bin for key, row in rows.items()}


def lock_batches(tx: Tx, ids: Iterable[int]) -> dict[int, Pool]:
    """{batch: its cost pool}; a batch is shared by all warehouses, so it has a lock of its own."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    # the order in which receipts make and lock them
    query = (
        select(batch.c.id, batch.c.qty_milli, batch.c.value_fen)
        .where(batch.c.id.in_(wanted))
        .order_by(
            batch.c.product_id,
            batch.c.batch_no if tx.conn.dialect.name == "sqlite" else batch.c.batch_no.collate("C"),
        )
    )
    return {row.id: Pool(row.qty_milli, row.value_fen) for row in tx.conn.execute(tx.locking(query))}


def lock_funds(tx: Tx, ids: Iterable[int]) -> dict[int, Any]:
    """{account: row of fund joined with its name}."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    query = (
        select(fund, account.c.name)
        .join(account, account.c.id == fund.c.account_id)
        .where(fund.c.account_id.in_(wanted))
        .order_by(fund.c.account_id)
    )
    return {row.account_id: row for row in tx.conn.execute(tx.locking(query, of=fund))}
