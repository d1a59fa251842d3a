"""临期：哪些批次快到期，还剩几天，照现在的卖法会剩多少卖不完；已过期的另列。"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from core.accounts import IN_STOCK, POOL_LEFT, account, batch, stock
from core.books.articles import COLUMNS, Article, article_of, of_company, units_of
from core.books.sold import WINDOW_DAYS, sold
from core.catalog import product
from core.posting_rules import ON_HAND, Account
from core.values import half_up, share, shelf_life_days

STAGES = (0, 7, 15, 30, 60)  # days left at which a batch is told about, once each
LONGEST = 60  # the cap of every alert window (features.md §6.3)
TIERS = ((180, 60), (90, 20), (30, 10), (16, 5), (0, 1))  # shelf life of at least so many days → window
OF_BATCH = ("id", "batch_no", "mfg_date", "expiry_date", "supplier_id", "qty_milli", "value_fen")
ALERT_DAYS = "alert_days"  # product.extra: the owner's own window for this product


class Lot(NamedTuple):  # thousands at a time: a frozen dataclass takes five times as long to make
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
    return STAGES[min(bisect_left(STAGES, days_left), len(STAGES) - 1)]


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
    lying = [one for one in _lying(conn, company_id, until, warehouse_id) if _due(one, today, days)]
    if not lying:
        return Expiring((), ())
    units = units_of(
        conn, select(batch.c.product_id).where(batch.c.expiry_date <= until, POOL_LEFT).distinct()
    )
    if rates is None:
        rates = sold(conn, company_id, today, {one.goods[0] for one in lying}, warehouse_id)
    known: dict[int, Article] = {}
    used: dict[int, int] = {}
    lots = []
    for one in lying:
        product_id = one.goods[0]
        if product_id not in known:
            known[product_id] = article_of(one.goods, units)
        lots.append(_lot(known[product_id], one, today, rates.get(product_id, 0), used))
    return Expiring(
        tuple(lot for lot in lots if lot.days_left >= 0), tuple(lot for lot in lots if lot.days_left < 0)
    )


class _Lying(NamedTuple):
    """One batch here: `goods` is a row of articles.COLUMNS, `places` {warehouse: milli}, `stale` = it stands in 过期."""

    goods: tuple[Any, ...]
    shelf_life: str | None
    extra: dict[str, Any] | None
    batch_id: int
    batch_no: str
    mfg_date: date | None
    expiry_date: date
    supplier_id: int | None
    pool_milli: int
    value_fen: int
    places: dict[int, int]
    stale: bool


def _lying(conn: Connection, company_id: int, until: date, warehouse_id: int | None) -> Iterator[_Lying]:
    """The soonest first. One statement brings the goods along: asking again for thousands of them costs as much."""
    goods = len(COLUMNS)
    own = (*COLUMNS, product.c.shelf_life, product.c.extra, *(batch.c[name] for name in OF_BATCH))
    query = (
        select(*own, account.c.warehouse_id, stock.c.qty_milli.label("here_milli"), account.c.role)
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
    rows = conn.execute(query).all()  # at once: row by row costs more than the query
    for _, parts in groupby(rows, key=itemgetter(goods + 2)):
        places: dict[int, int] = {}
        stale = False
        for row in parts:
            place, qty, role = row[-3:]
            places[place] = places.get(place, 0) + qty
            stale = stale or role == Account.STALE
        yield _Lying._make((row[:goods], *row[goods:-3], places, stale))


def _due(one: _Lying, today: date, days: int | None) -> bool:
    """Goods in 过期 always; the rest inside the asked window or the product's own."""
    left = (one.expiry_date - today).days
    return one.stale or left < 0 or left <= (alert_days(one.shelf_life, one.extra) if days is None else days)


def _lot(article: Article, one: _Lying, today: date, rate: int, used: dict[int, int]) -> Lot:
    """Batches of a product come soonest first: what an earlier one sells, a later one cannot."""
    left, qty, sells = (one.expiry_date - today).days, sum(one.places.values()), 0
    if rate and left > 0:
        sold_before = used.get(article.id, 0)
        sells = min(qty, max(0, rate * left // WINDOW_DAYS - sold_before))
        used[article.id] = sold_before + sells
    return Lot(
        article,
        one.batch_id,
        one.batch_no,
        one.mfg_date,
        one.expiry_date,
        one.supplier_id,
        tuple(one.places.items()),
        qty,
        share(one.value_fen, qty, one.pool_milli),
        left,
        stage_of(left),
        half_up(rate, WINDOW_DAYS) if rate else 0,
        qty - sells,
    )
