"""库存：在库、可售、锁定、可用、在途、在订、待检冻结、过期，每个仓库、每个批次。"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from core.accounts import IN_STOCK, POOL_LEFT, account, availability, batch, stock
from core.books.articles import Article, articles
from core.posting_rules import ON_HAND, Account
from core.warehouses import warehouse_names

IN_PLACE = ON_HAND - {Account.TRANSIT}


@dataclass(frozen=True, slots=True)
class BatchHere:
    """What lies of one batch in one warehouse under one condition (可售, 待检, 冻结, 过期)."""

    batch_id: int
    batch_no: str
    mfg_date: date | None
    expiry_date: date | None
    received_on: date
    qty_milli: int
    picked_milli: int
    condition: Account
    bin: str = ""

    @property
    def stale(self) -> bool:
        """Moved out of 可售 because it expired."""
        return self.condition is Account.STALE


@dataclass(frozen=True, slots=True)
class PlaceStock:
    warehouse_id: int
    warehouse: str
    sellable_milli: int
    reserved_milli: int
    on_order_milli: int
    in_transit_milli: int
    stale_milli: int
    set_aside_milli: int
    batches: tuple[BatchHere, ...]

    @property
    def on_hand_milli(self) -> int:
        return self.sellable_milli + self.stale_milli + self.set_aside_milli

    @property
    def available_milli(self) -> int:
        return self.sellable_milli - self.reserved_milli


@dataclass(frozen=True, slots=True)
class StockOf:
    """One product; figures are over the places asked for, batches in FEFO order within a place."""

    article: Article
    places: tuple[PlaceStock, ...]
    on_hand_milli: int
    sellable_milli: int
    reserved_milli: int
    available_milli: int
    in_transit_milli: int
    on_order_milli: int
    stale_milli: int
    set_aside_milli: int


def stock_of(
    conn: Connection, company_id: int, product_ids: Collection[int], warehouse_id: int | None = None
) -> tuple[StockOf, ...]:
    """One answer per product, in the order asked; a product never stocked has no places and zeros."""
    known = articles(conn, company_id, product_ids)
    balances = _balances(conn, sorted(known), warehouse_id)
    lots = _lots(conn, company_id, sorted(known), warehouse_id)
    names = warehouse_names(conn, company_id)
    answers = []
    for product_id in dict.fromkeys(product_ids):
        if product_id in known:
            keys = sorted({key for key in (*balances, *lots) if key[0] == product_id})
            places = tuple(
                _place(key[1], names[key[1]], balances.get(key), lots.get(key, [])) for key in keys
            )
            answers.append(_answer(known[product_id], places))
    return tuple(answers)


def pools_of(conn: Connection, product_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """{product: (milli, fen)}: what is here and what it cost, all its batches and places together."""
    query = (
        select(batch.c.product_id, func.sum(batch.c.qty_milli), func.sum(batch.c.value_fen))
        .where(batch.c.product_id.in_(sorted(product_ids)), POOL_LEFT)
        .group_by(batch.c.product_id)
    )
    return {of: (int(qty), int(value)) for of, qty, value in conn.execute(query)}


def _balances(conn: Connection, ids: list[int], warehouse_id: int | None) -> dict[tuple[int, int], Any]:
    query = select(availability).where(availability.c.product_id.in_(ids))
    if warehouse_id is not None:
        query = query.where(availability.c.warehouse_id == warehouse_id)
    return {(row.product_id, row.warehouse_id): row for row in conn.execute(query)}


def _lots(
    conn: Connection, company_id: int, ids: list[int], warehouse_id: int | None
) -> dict[tuple[int, int], list[BatchHere]]:
    query = (
        select(
            stock.c.product_id,
            account.c.warehouse_id,
            account.c.role,
            account.c.bin,
            batch.c.id,
            batch.c.batch_no,
            batch.c.mfg_date,
            batch.c.expiry_date,
            batch.c.received_on,
            stock.c.qty_milli,
            stock.c.picked_milli,
        )
        .join(account, account.c.id == stock.c.account_id)
        .join(batch, batch.c.id == stock.c.batch_id)
        .where(
            stock.c.product_id.in_(ids),
            IN_STOCK,
            account.c.company_id == company_id,
            account.c.role.in_(sorted(IN_PLACE)),
        )
        .order_by(batch.c.expiry_date.is_(None), batch.c.expiry_date, batch.c.received_on, batch.c.id)
    )
    if warehouse_id is not None:
        query = query.where(account.c.warehouse_id == warehouse_id)
    found: dict[tuple[int, int], list[BatchHere]] = {}
    for row in conn.execute(query):
        found.setdefault((row.product_id, row.warehouse_id), []).append(
            BatchHere(
                row.id,
                row.batch_no,
                row.mfg_date,
                row.expiry_date,
                row.received_on,
                row.qty_milli,
                row.picked_milli,
                Account(row.role),
                row.bin,
            )
        )
    return found


def _place(warehouse_id: int, name: str, row: Any | None, lots: list[BatchHere]) -> PlaceStock:
    def balance(column: str) -> int:
        return int(row._mapping[column]) if row is not None else 0

    return PlaceStock(
        warehouse_id,
        name,
        balance("sellable_milli"),
        balance("reserved_milli"),
        balance("on_order_milli"),
        balance("in_transit_milli"),
        sum(lot.qty_milli for lot in lots if lot.stale),
        sum(lot.qty_milli for lot in lots if lot.condition in (Account.CHECK, Account.HELD)),
        tuple(lots),
    )


def _answer(article: Article, places: tuple[PlaceStock, ...]) -> StockOf:
    def total(name: str) -> int:
        return sum(getattr(place, name) for place in places)

    return StockOf(
        article,
        places,
        total("on_hand_milli"),
        total("sellable_milli"),
        total("reserved_milli"),
        total("available_milli"),
        total("in_transit_milli"),
        total("on_order_milli"),
        total("stale_milli"),
        total("set_aside_milli"),
    )
