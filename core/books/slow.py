"""滞销：手里有货、多少天没卖过、压着多少钱。"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from core.accounts import IN_STOCK, account, batch, stock
from core.books.articles import CHUNK, Article, articles, of_company
from core.books.sold import sold
from core.catalog import product
from core.documents import last_deal
from core.posting_rules import ON_HAND
from core.values import share

IDLE_DAYS = 60


@dataclass(frozen=True, slots=True)
class Slow:
    """last_sold None = never sold; idle_days count from the last sale, or from when the oldest goods came."""

    article: Article
    qty_milli: int
    value_fen: int
    oldest_received: date
    last_sold: date | None
    idle_days: int


@dataclass(frozen=True, slots=True)
class Idle:
    """How many products there are, what they tie up together, and the dearest of them."""

    total: int
    value_fen: int
    rows: tuple[Slow, ...]


def slow(
    conn: Connection, company_id: int, today: date, days: int = IDLE_DAYS, warehouse_id: int | None = None
) -> tuple[Slow, ...]:
    """Goods here for `days` and not sold in that time, the dearest first."""
    return slow_top(conn, company_id, today, None, days, warehouse_id).rows


def slow_top(
    conn: Connection,
    company_id: int,
    today: date,
    most: int | None,
    days: int = IDLE_DAYS,
    warehouse_id: int | None = None,
    moving: Collection[int] | None = None,
) -> Idle:
    """The `most` dearest, and what all of them come to. `moving`: products sold in `days`, if known."""
    if moving is None:
        moving = sold(conn, company_id, today, None, warehouse_id, days)
    held = _held(conn, company_id) if warehouse_id is None else _held_in(conn, company_id, warehouse_id)
    since = today - timedelta(days=days)
    idle = [(of, *row) for of, row in held.items() if of not in moving and row[2] <= since]
    idle.sort(key=lambda row: (-row[2], row[0]))
    shown = {row[0] for row in idle[:most]}
    known, last = articles(conn, company_id, shown), _last_sold(conn, sorted(shown))
    rows = tuple(
        Slow(known[of], qty, value, oldest, last.get(of), (today - max(oldest, last.get(of, oldest))).days)
        for of, qty, value, oldest in idle[:most]
    )
    return Idle(len(idle), sum(value for _, _, value, _ in idle), rows)


def _held(conn: Connection, company_id: int) -> dict[int, tuple[int, int, date]]:
    query = (
        select(
            batch.c.product_id,
            func.sum(batch.c.qty_milli),
            func.sum(batch.c.value_fen),
            func.min(batch.c.received_on),
        )
        .join(product, product.c.id == batch.c.product_id)
        .where(of_company(company_id), batch.c.id.in_(select(stock.c.batch_id).where(IN_STOCK)))
        .group_by(batch.c.product_id)
    )
    return {of: (int(qty), int(value), oldest) for of, qty, value, oldest in conn.execute(query).all()}


def _held_in(conn: Connection, company_id: int, warehouse_id: int) -> dict[int, tuple[int, int, date]]:
    query = (
        select(
            stock.c.product_id,
            stock.c.qty_milli,
            batch.c.qty_milli.label("pool_milli"),
            batch.c.value_fen,
            batch.c.received_on,
        )
        .join(account, account.c.id == stock.c.account_id)
        .join(batch, batch.c.id == stock.c.batch_id)
        .where(
            account.c.company_id == company_id,
            account.c.warehouse_id == warehouse_id,
            account.c.role.in_(sorted(ON_HAND)),
            IN_STOCK,
        )
    )
    found: dict[int, tuple[int, int, date]] = {}
    for row in conn.execute(query):
        qty, value, oldest = found.get(row.product_id, (0, 0, row.received_on))
        found[row.product_id] = (
            qty + row.qty_milli,
            value + share(row.value_fen, row.qty_milli, row.pool_milli),
            min(oldest, row.received_on),
        )
    return found


def _last_sold(conn: Connection, ids: list[int]) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for start in range(0, len(ids), CHUNK):
        query = (
            select(last_deal.c.product_id, func.max(last_deal.c.on_day))
            .where(last_deal.c.side == "S", last_deal.c.product_id.in_(ids[start : start + CHUNK]))
            .group_by(last_deal.c.product_id)
        )
        found.update((of, day) for of, day in conn.execute(query))
    return found
