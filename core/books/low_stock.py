"""缺货与低于安全库存：还能用多少，够几天，建议订多少。"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Connection, cast, func, select

from core.accounts import availability
from core.books.articles import CHUNK, Article, articles, of_company
from core.books.sold import WINDOW_DAYS, sold
from core.catalog import product
from core.values import half_up, shelf_life_days

COVER_DAYS = 17  # an order should last two weeks and the three days until it comes
AVAILABLE = func.sum(availability.c.sellable_milli - availability.c.reserved_milli)


@dataclass(frozen=True, slots=True)
class Low:
    """days_left_tenths: 39 = 3.9 days, None = nothing sold lately.

    suggest_milli: whole largest units, on top of what is on order.
    """

    article: Article
    supplier_id: int | None
    safety_milli: int
    available_milli: int
    on_order_milli: int
    daily_milli: int
    days_left_tenths: int | None
    suggest_milli: int
    warehouse_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shortage:
    """demand_milli: what open orders still wait for; available ≤ 0."""

    article: Article
    supplier_id: int | None
    demand_milli: int
    available_milli: int
    on_order_milli: int
    warehouse_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Lacking:
    """How many products are low, and the most urgent of them."""

    total: int
    rows: tuple[Low, ...]


def low_stock(
    conn: Connection, company_id: int, today: date, product_ids: Collection[int] | None = None
) -> tuple[Low, ...]:
    """Products below their safety stock over all warehouses (decision 73), the most urgent first."""
    return low_stock_top(conn, company_id, today, None, product_ids).rows


def low_stock_top(
    conn: Connection,
    company_id: int,
    today: date,
    most: int | None,
    product_ids: Collection[int] | None = None,
    rates: dict[int, int] | None = None,
) -> Lacking:
    """The `most` urgent, and how many there are. `rates` = {product: milli sold in 30 days}, if known."""
    found = _below(conn, company_id, product_ids)
    if rates is None:
        rates = sold(conn, company_id, today, [row.id for row in found])
    found.sort(
        key=lambda row: (*_urgency(row, rates.get(row.id, 0)), row.available - row.safety_milli, row.id)
    )
    ids = [row.id for row in found[:most]]
    known, places = articles(conn, company_id, ids), _places(conn, ids)
    rows = tuple(
        _low(known[row.id], row, rates.get(row.id, 0), places.get(row.id, {})) for row in found[:most]
    )
    return Lacking(len(found), rows)


def _below(conn: Connection, company_id: int, product_ids: Collection[int] | None) -> list[Any]:
    c = product.c
    here = (
        select(func.sum(availability.c.sellable_milli - availability.c.reserved_milli))
        .where(availability.c.product_id == c.id)
        .scalar_subquery()
    )
    available = cast(func.coalesce(here, 0), BigInteger)  # PostgreSQL sums to numeric
    query = select(c.id, c.supplier_id, c.safety_milli, c.shelf_life, available.label("available")).where(
        c.company_id == company_id, c.active, c.safety_milli > 0, available < c.safety_milli
    )
    if product_ids is not None:
        query = query.where(c.id.in_(sorted(product_ids)))
    return list(conn.execute(query).all())


def _urgency(row: Any, rate: int) -> tuple[bool, int]:
    """Days left in tenths, goods that did not sell lately last."""
    return (not rate, half_up(max(row.available, 0) * WINDOW_DAYS * 10, rate) if rate else 0)


def _low(article: Article, row: Any, rate: int, places: dict[int, int]) -> Low:
    on_order, (_, days_left) = sum(places.values()), _urgency(row, rate)
    return Low(
        article,
        row.supplier_id,
        row.safety_milli,
        row.available,
        on_order,
        half_up(rate, WINDOW_DAYS),
        days_left if rate else None,
        _suggestion(article, row, rate, on_order),
        tuple(places),
    )


def _suggestion(article: Article, row: Any, rate: int, on_order: int) -> int:
    """Safety plus COVER_DAYS of use (never more days than it keeps), less what is here and ordered."""
    life = shelf_life_days(row.shelf_life or "")
    cover = min(COVER_DAYS, life) if life else COVER_DAYS
    missing = int(row.safety_milli - row.available - on_order)
    pack = article.units[article.largest_unit]
    wanted = half_up(max(0, missing + half_up(rate * cover, WINDOW_DAYS)), pack) * pack
    at_least = -(-max(0, missing) // pack) * pack
    return max(wanted, at_least)


def shortages(conn: Connection, company_id: int, warehouse_id: int | None = None) -> tuple[Shortage, ...]:
    """Nothing free to promise while orders wait (features.md R03)."""
    reserved = func.sum(availability.c.reserved_milli)
    query = (
        select(availability.c.product_id, product.c.supplier_id, AVAILABLE, reserved)
        .join(product, product.c.id == availability.c.product_id)
        .where(of_company(company_id))
        .group_by(availability.c.product_id, product.c.supplier_id)
        .having(AVAILABLE <= 0, reserved > 0)
        .order_by(reserved.desc(), availability.c.product_id)
    )
    if warehouse_id is not None:
        query = query.where(availability.c.warehouse_id == warehouse_id)
    rows = conn.execute(query).all()
    ids = [row[0] for row in rows]
    known, places = articles(conn, company_id, ids), _places(conn, ids)
    return tuple(
        Shortage(
            known[of], supplier_id, int(demand), int(available), sum(places[of].values()), tuple(places[of])
        )
        for of, supplier_id, available, demand in rows
    )


def _places(conn: Connection, ids: list[int]) -> dict[int, dict[int, int]]:
    """{product: {warehouse: milli on order}}."""
    found: dict[int, dict[int, int]] = {}
    c = availability.c
    for start in range(0, len(ids), CHUNK):
        for product_id, warehouse_id, on_order in conn.execute(
            select(c.product_id, c.warehouse_id, c.on_order_milli)
            .where(c.product_id.in_(ids[start : start + CHUNK]))
            .order_by(c.product_id, c.warehouse_id)
        ):
            found.setdefault(product_id, {})[warehouse_id] = on_order
    return found
