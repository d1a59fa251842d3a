"""缺货与低于安全库存：还能用多少，够几天，建议订多少。"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from core.accounts import availability
from core.books.articles import CHUNK, Article, articles
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


def low_stock(
    conn: Connection,
    company_id: int,
    today: date,
    product_ids: Collection[int] | None = None,
    rates: dict[int, int] | None = None,
) -> tuple[Low, ...]:
    """Products below their safety stock over all warehouses (decision 73), the most urgent first."""
    c = product.c
    query = (
        select(
            c.id,
            c.supplier_id,
            c.safety_milli,
            c.shelf_life,
            func.coalesce(AVAILABLE, 0).label("available"),
            func.coalesce(func.sum(availability.c.on_order_milli), 0).label("on_order"),
        )
        .outerjoin(availability, availability.c.product_id == c.id)
        .where(c.company_id == company_id, c.active, c.safety_milli > 0)
        .group_by(c.id, c.supplier_id, c.safety_milli, c.shelf_life)
        .having(func.coalesce(AVAILABLE, 0) < c.safety_milli)
    )
    if product_ids is not None:
        query = query.where(c.id.in_(sorted(product_ids)))
    rows = conn.execute(query).all()
    ids = [row.id for row in rows]
    known, places = articles(conn, company_id, ids), _places(conn, ids)
    rates = sold(conn, company_id, today, ids) if rates is None else rates
    found = [_low(known[row.id], row, rates.get(row.id, 0), places.get(row.id, ())) for row in rows]
    return tuple(
        sorted(
            found,
            key=lambda low: (
                low.days_left_tenths is None,
                low.days_left_tenths,
                low.available_milli - low.safety_milli,
                low.article.id,
            ),
        )
    )


def _low(article: Article, row: Any, rate: int, places: tuple[int, ...]) -> Low:
    days_left = half_up(max(int(row.available), 0) * WINDOW_DAYS * 10, rate) if rate else None
    return Low(
        article,
        row.supplier_id,
        row.safety_milli,
        int(row.available),
        int(row.on_order),
        half_up(rate, WINDOW_DAYS),
        days_left,
        _suggestion(article, row, rate),
        places,
    )


def _suggestion(article: Article, row: Any, rate: int) -> int:
    """Safety plus COVER_DAYS of use (never more days than it keeps), less what is here and ordered."""
    life = shelf_life_days(row.shelf_life or "")
    cover = min(COVER_DAYS, life) if life else COVER_DAYS
    missing = int(row.safety_milli - row.available - row.on_order)
    pack = article.units[article.largest_unit]
    wanted = half_up(max(0, missing + half_up(rate * cover, WINDOW_DAYS)), pack) * pack
    at_least = -(-max(0, missing) // pack) * pack
    return max(wanted, at_least)


def shortages(conn: Connection, company_id: int, warehouse_id: int | None = None) -> tuple[Shortage, ...]:
    """Nothing free to promise while orders wait (features.md R03)."""
    query = (
        select(
            product.c.id,
            product.c.supplier_id,
            AVAILABLE.label("available"),
            func.sum(availability.c.reserved_milli).label("demand"),
            func.sum(availability.c.on_order_milli).label("on_order"),
        )
        .join(availability, availability.c.product_id == product.c.id)
        .where(product.c.company_id == company_id)
        .group_by(product.c.id, product.c.supplier_id)
        .having(AVAILABLE <= 0, func.sum(availability.c.reserved_milli) > 0)
        .order_by(func.sum(availability.c.reserved_milli).desc(), product.c.id)
    )
    if warehouse_id is not None:
        query = query.where(availability.c.warehouse_id == warehouse_id)
    rows = conn.execute(query).all()
    ids = [row.id for row in rows]
    known, places = articles(conn, company_id, ids), _places(conn, ids)
    return tuple(
        Shortage(
            known[row.id],
            row.supplier_id,
            int(row.demand),
            int(row.available),
            int(row.on_order),
            places.get(row.id, ()),
        )
        for row in rows
    )


def _places(conn: Connection, ids: list[int]) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    for start in range(0, len(ids), CHUNK):
        for product_id, warehouse_id in conn.execute(
            select(availability.c.product_id, availability.c.warehouse_id)
            .where(availability.c.product_id.in_(ids[start : start + CHUNK]))
            .order_by(availability.c.product_id, availability.c.warehouse_id)
        ):
            found[product_id] = (*found.get(product_id, ()), warehouse_id)
    return found
