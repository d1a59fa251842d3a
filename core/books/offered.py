"""草稿旁边的参考：这几样现在卖给这位客户什么价、可用还有多少。"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from core.accounts import availability
from core.books.articles import Article, articles
from core.catalog import Priced, list_price
from core.partners import partner


@dataclass(frozen=True, slots=True)
class Offered:
    """price: of its own unit, None when no list has one · available_milli: sellable − reserved over all warehouses."""

    article: Article
    price: Priced | None
    available_milli: int


def offered(
    conn: Connection, company_id: int, product_ids: Collection[int], partner_id: int | None, today: date
) -> dict[int, Offered]:
    """{product: what a salesperson looks up before answering a customer}; price order of decision 29."""
    level = (
        conn.execute(select(partner.c.level).where(partner.c.id == partner_id)).scalar()
        if partner_id
        else None
    )
    prices = list_price(conn, product_ids, "S", partner_id, level, today)
    a = availability.c
    free = {
        row.product_id: int(row.free)
        for row in conn.execute(
            select(a.product_id, func.sum(a.sellable_milli - a.reserved_milli).label("free"))
            .where(a.product_id.in_(sorted(set(product_ids))))
            .group_by(a.product_id)
        )
    }
    return {
        of: Offered(article, prices.get(of), free.get(of, 0))
        for of, article in articles(conn, company_id, product_ids).items()
    }
