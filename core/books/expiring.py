"""临期：哪些批次快到期，还剩几天，照现在的卖法会剩多少卖不完；已过期的另列。"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, select

from core.accounts import IN_STOCK, POOL_LEFT, account, batch, stock
from core.books.articles import Article, articles, of_company
from core.books.sold import WINDOW_DAYS, sold
from core.catalog import product
from core.posting_rules import ON_HAND, Account
from core.values import half_up, share, shelf_life_days

STAGES = (60, 30, 15, 7, 0)  # days left at which a batch is told about, once each
LONGEST = 60  # the cap of every alert window (features.md §6.3)
TIERS = ((180, 60), (90, 20), (30, 10), (16, 5), (0, 1))  # shelf life of at least so many days → window
ALERT_DAYS = "alert_days"  # product.extra: the owner's own window for this product


@dataclass(frozen=True, slots=True)
class Lot:
    """One batch: `places` is (warehouse, milli); unsold_milli will be left over on the day it expires."""

    article: Article
    batch_id: int
    batch_no: str
    mfg_date: date | None
    expiry_date: date
    supplier_id: int | None
    places: tuple[tuple[int, int], ...]
    qty_milli: int
    value_fen: int
    days_left: int
    stage: int
    daily_milli: int
    unsold_milli: int


@dataclass(frozen=True, slots=True)
class Expiring:
    """Near: inside the window, the soonest first. Expired: past its date and still lying here."""

    near: tuple[Lot, ...]
    expired: tuple[Lot, ...]

    @property
    def value_fen(self) -> int:
        return sum(lot.value_fen for lot in self.near)


def alert_days(shelf_life: str | None, extra: dict[str, Any] | None = None) -> int:
    """The window of a product: its own setting, else by shelf life; unknown shelf life has the longest."""
    own = (extra or {}).get(ALERT_DAYS)
    if own is not None:
        return max(0, min(LONGEST, int(own)))
    return _window(shelf_life or "")


@cache
def _window(shelf_life: str) -> int:
    days = shelf_life_days(shelf_life)
    return next(window for least, window in TIERS if days >= least) if days else LONGEST


def stage_of(days_left: int) -> int:
    """The smallest stage not yet passed: 60 days → 60, 31 → 60, 30 → 30, 1 → 7, today and expired → 0."""
    return min((stage for stage in STAGES if days_left <= stage), default=STAGES[0])


def expiring(
    conn: Connection,
    company_id: int,
    today: date,
    days: int | None = None,
    warehouse_id: int | None = None,
    rates: dict[int, int] | None = None,
) -> Expiring:
    """`days` replaces every window. `rates` = {product: milli sold in 30 days}, if the caller has them."""
    until = today + timedelta(days=LONGEST if days is None else days)
    rows = _rows(conn, company_id, until, warehouse_id)
    wanted = [row for row in _by_batch(rows) if _due(row[0], today, days)]
    if not wanted:
        return Expiring((), ())
    known = articles(
        conn, company_id, select(batch.c.product_id).where(batch.c.expiry_date <= until, POOL_LEFT)
    )
    if rates is None:
        rates = sold(conn, company_id, today, {row.product_id for row, _, _ in wanted}, warehouse_id)
    used: dict[int, int] = {}
    lots = [
        _lot(known[row.product_id], row, places, qty, today, rates.get(row.product_id, 0), used)
        for row, places, qty in wanted
    ]
    return Expiring(
        tuple(lot for lot in lots if lot.days_left >= 0), tuple(lot for lot in lots if lot.days_left < 0)
    )


def _rows(conn: Connection, company_id: int, until: date, warehouse_id: int | None) -> Iterable[Any]:
    query = (
        select(
            batch.c.id,
            batch.c.product_id,
            batch.c.batch_no,
            batch.c.mfg_date,
            batch.c.expiry_date,
            batch.c.supplier_id,
            batch.c.qty_milli.label("pool_milli"),
            batch.c.value_fen,
            stock.c.qty_milli,
            account.c.warehouse_id,
            account.c.role,
            product.c.shelf_life,
            product.c.extra,
        )
        .join(stock, stock.c.batch_id == batch.c.id)
        .join(account, account.c.id == stock.c.account_id)
        .join(product, product.c.id == batch.c.product_id)
        .where(
            batch.c.expiry_date <= until,
            POOL_LEFT,
            IN_STOCK,
            of_company(company_id),
            account.c.role.in_(sorted(ON_HAND)),
        )
        .order_by(batch.c.expiry_date, batch.c.id, account.c.warehouse_id, account.c.id)
    )
    if warehouse_id is not None:
        query = query.where(account.c.warehouse_id == warehouse_id)
    return conn.execute(query).all()  # at once: row by row costs more than the query


def _by_batch(rows: Iterable[Any]) -> list[tuple[Any, dict[int, int], int]]:
    found: dict[int, tuple[Any, dict[int, int], int]] = {}
    for row in rows:
        first, places, qty = found.get(row.id, (row, {}, 0))
        places[row.warehouse_id] = places.get(row.warehouse_id, 0) + row.qty_milli
        found[row.id] = (first, places, qty + row.qty_milli)
    return list(found.values())


def _due(row: Any, today: date, days: int | None) -> bool:
    """Goods in 过期 always; the rest inside the asked window or the product's own."""
    if row.role == Account.STALE or row.expiry_date < today:
        return True
    window = alert_days(row.shelf_life, row.extra) if days is None else days
    return bool((row.expiry_date - today).days <= window)


def _lot(
    article: Article, row: Any, places: dict[int, int], qty: int, today: date, rate: int, used: dict[int, int]
) -> Lot:
    """Batches of a product come soonest first: what an earlier one sells, a later one cannot."""
    left = (row.expiry_date - today).days
    can_sell = max(0, rate * max(left, 0) // WINDOW_DAYS - used.get(article.id, 0))
    sells = min(qty, can_sell)
    used[article.id] = used.get(article.id, 0) + sells
    return Lot(
        article,
        row.id,
        row.batch_no,
        row.mfg_date,
        row.expiry_date,
        row.supplier_id,
        tuple(places.items()),
        qty,
        share(row.value_fen, qty, row.pool_milli),
        left,
        stage_of(left),
        half_up(rate, WINDOW_DAYS),
        qty - sells,
    )
