"""叫法：哪些词是哪个商品，对谁算数，谁教的。"""

from typing import Any

from sqlalchemy import Connection, select

from core.catalog import alias, product
from core.partners import partner
from core.staff import staff


def names_told(conn: Connection, company_id: int, staff_id: int | None = None) -> list[Any]:
    """Rows (id, word, product_id, title, partner_id, partner, staff_id, staff, told_by), newest first.

    staff_id: only those this person told, or that are his own.
    """
    teller = staff.alias()
    query = (
        select(
            alias.c.id,
            alias.c.word,
            alias.c.product_id,
            (product.c.name + " " + product.c.spec).label("title"),
            alias.c.partner_id,
            partner.c.name.label("partner"),
            alias.c.staff_id,
            teller.c.name.label("staff"),
            alias.c.told_by,
        )
        .join(product, product.c.id == alias.c.product_id)
        .outerjoin(partner, partner.c.id == alias.c.partner_id)
        .outerjoin(teller, teller.c.id == alias.c.staff_id)
        .where(alias.c.company_id == company_id)
        .order_by(alias.c.id.desc())
    )
    if staff_id is not None:
        query = query.where((alias.c.told_by == staff_id) | (alias.c.staff_id == staff_id))
    return list(conn.execute(query))
