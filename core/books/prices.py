"""一个商品的价：价目表、等级价、协议价、最低最高售价、最近成交。"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from core.books.articles import Article, articles
from core.catalog import price, product
from core.documents import last_deal
from core.partners import partner

RECENT = 5


@dataclass(frozen=True, slots=True)
class Listed:
    """One price of the stated unit; `whom` is a level or a partner's name, '' = everybody."""

    price_e4: int
    unit: str
    valid_from: date
    whom: str = ""


@dataclass(frozen=True, slots=True)
class Deal:
    partner_id: int
    partner: str
    price_e4: int
    unit: str
    on_day: date


@dataclass(frozen=True, slots=True)
class PriceView:
    """All there is; the caller leaves out what the reader may not see (purchase side, floor, deals)."""

    article: Article
    price_unit: str
    list_price: Listed | None
    levels: tuple[Listed, ...]
    agreed: tuple[Listed, ...]
    floor_e4: int | None
    ceiling_e4: int | None
    sales: tuple[Deal, ...]
    purchase_list: tuple[Listed, ...]
    purchases: tuple[Deal, ...]


def prices(
    conn: Connection, company_id: int, product_id: int, today: date, partner_id: int | None = None
) -> PriceView | None:
    """`partner_id` narrows agreed prices and deals to one partner; None when there is no such product."""
    article = articles(conn, company_id, [product_id]).get(product_id)
    if article is None:
        return None
    row = conn.execute(
        select(product.c.price_unit, product.c.floor_e4, product.c.ceiling_e4).where(
            product.c.id == product_id
        )
    ).one()
    valid = _valid(conn, product_id, today)
    sales, bought = ([one for one in valid if one.side == side] for side in ("S", "P"))
    for_all = [one for one in sales if one.partner_id is None and one.level is None]
    return PriceView(
        article,
        row.price_unit,
        _listed(for_all[0]) if for_all else None,
        tuple(_listed(one) for one in sales if one.level is not None),
        tuple(
            _listed(one)
            for one in sales
            if one.partner_id is not None and partner_id in (None, one.partner_id)
        ),
        row.floor_e4,
        row.ceiling_e4,
        _deals(conn, product_id, "S", partner_id),
        tuple(
            _listed(one) for one in bought if partner_id in (None, one.partner_id) or one.partner_id is None
        ),
        _deals(conn, product_id, "P", partner_id),
    )


def _valid(conn: Connection, product_id: int, today: date) -> list[Any]:
    """The newest price of each (side, partner, level) that is valid today."""
    rows: Iterable[Any] = conn.execute(
        select(price, partner.c.name.label("partner"))
        .outerjoin(partner, partner.c.id == price.c.partner_id)
        .where(price.c.product_id == product_id, price.c.valid_from <= today)
        .order_by(price.c.valid_from, price.c.id)
    )
    newest = {(row.side, row.partner_id, row.level): row for row in rows}
    return sorted(newest.values(), key=lambda row: (row.level or "", row.partner_id or 0))


def _listed(row: Any) -> Listed:
    return Listed(row.price_e4, row.unit, row.valid_from, row.level or row.partner or "")


def _deals(conn: Connection, product_id: int, side: str, partner_id: int | None) -> tuple[Deal, ...]:
    c = last_deal.c
    query = (
        select(c.partner_id, partner.c.name, c.price_e4, c.unit, c.on_day)
        .join(partner, partner.c.id == c.partner_id)
        .where(c.product_id == product_id, c.side == side)
        .order_by(c.on_day.desc(), c.document_id.desc())
        .limit(RECENT)
    )
    if partner_id is not None:
        query = query.where(c.partner_id == partner_id)
    return tuple(Deal(*row) for row in conn.execute(query))
