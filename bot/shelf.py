"""货架：把数据库里的商品、往来、仓库变成看得懂话的目录，改过的立刻看得见。"""

import threading
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select

from core.catalog import alias, barcode, product, product_unit
from core.company import company
from core.db import Books
from core.partners import partner
from core.values import MILLI
from core.warehouses import warehouse
from intents.frame import Alias, Catalog, Goods, Party, Place


class Shelf:
    """The Catalog of one company in this process; each message asks for it and gets what is newer overlaid."""

    def __init__(self, books: Books, company_id: int) -> None:
        self._books, self._company_id = books, company_id
        self._version = -1
        self._catalog: Catalog | None = None
        self._lock = threading.Lock()

    def catalog(self) -> Catalog:
        with self._lock, self._books.read() as conn:
            version = conn.execute(
                select(company.c.catalog_version).where(company.c.id == self._company_id)
            ).scalar_one()
            if self._catalog is None:
                self._catalog = Catalog(
                    goods(conn, self._company_id),
                    parties(conn, self._company_id),
                    places(conn, self._company_id),
                )
            elif version != self._version:
                since = self._version
                self._catalog = self._catalog.overlay(
                    goods=goods(conn, self._company_id, since),
                    parties=parties(conn, self._company_id, since),
                    places=places(conn, self._company_id, since),
                )
            self._version = version
            return self._catalog


def goods(conn: Connection, company_id: int, since: int = -1) -> list[Goods]:
    rows = conn.execute(
        select(product).where(product.c.company_id == company_id, product.c.changed > since)
    ).all()
    ids = [row.id for row in rows]
    units = _grouped(conn, ids, since, product_unit)
    codes = _grouped(conn, ids, since, barcode)
    words = _grouped(conn, ids, since, alias)
    partner_codes = {
        row.id: row.code
        for row in conn.execute(
            select(partner.c.id, partner.c.code).where(partner.c.company_id == company_id)
        )
    }
    return [
        Goods(
            id=row.id,
            code=row.code,
            name=row.name,
            brand=row.brand,
            spec=row.spec,
            category=row.category,
            base_unit=row.base_unit,
            units={row.base_unit: MILLI} | {unit.unit: unit.factor_milli for unit in units.get(row.id, ())},
            aliases=tuple(
                Alias(word.word, partner_codes.get(word.partner_id), word.staff_id)
                for word in words.get(row.id, ())
            ),
            barcodes={code.code: code.unit for code in codes.get(row.id, ())},
            shelf_life=row.shelf_life,
            active=row.active,
        )
        for row in rows
    ]


def _grouped(conn: Connection, ids: list[int], since: int, table: Any) -> dict[int, list[Any]]:
    """Rows by product; the whole table at the first load, only the changed products' rows later."""
    query = select(table)
    if since >= 0:
        query = query.where(table.c.product_id.in_(ids))
    found: dict[int, list[Any]] = {}
    for row in conn.execute(query):
        found.setdefault(row.product_id, []).append(row)
    return found


def parties(conn: Connection, company_id: int, since: int = -1) -> Iterable[Party]:
    rows = conn.execute(
        select(partner).where(partner.c.company_id == company_id, partner.c.changed > since, partner.c.active)
    )
    return [
        Party(row.id, row.code, row.name, tuple(row.aliases), row.is_customer, row.is_supplier, row.category)
        for row in rows
    ]


def places(conn: Connection, company_id: int, since: int = -1) -> Iterable[Place]:
    rows = conn.execute(
        select(warehouse).where(
            warehouse.c.company_id == company_id, warehouse.c.changed > since, warehouse.c.active
        )
    )
    return [Place(row.id, row.code, row.name, tuple(row.aliases)) for row in rows]
