"""答案里的商品：编码、名称、单位换算，够别人把数量说成“20箱8瓶”。"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from core.catalog import product, product_unit
from core.values import MILLI, in_units

CHUNK = 5000  # ids of one IN list; both databases have a limit on parameters


@dataclass(frozen=True, slots=True)
class Article:
    """units: unit → factor_milli, base unit included."""

    id: int
    code: str
    title: str
    brand: str
    category: str
    base_unit: str
    units: dict[str, int]

    def words(self, qty_milli: int) -> str:
        """A base quantity as people say it, in the largest unit."""
        return in_units(qty_milli, self.units, self.base_unit, self.largest_unit)

    @property
    def largest_unit(self) -> str:
        return max(self.units, key=lambda unit: self.units[unit])


def of_company(company_id: int) -> ColumnElement[bool]:
    """Product of this company, said so that no index of product is tempting.

    SQLite would otherwise start from every product and walk all the batches it ever had, not those here now.
    """
    return product.c.company_id + 0 == company_id


def articles(conn: Connection, company_id: int, ids: Collection[int] | Select[Any]) -> dict[int, Article]:
    """{id: article} of this company, stopped ones too; for very many, `ids` is better a query than a list."""
    if isinstance(ids, Select):
        return _some(conn, company_id, ids)
    wanted, found = sorted(set(ids)), dict[int, Article]()
    for start in range(0, len(wanted), CHUNK):
        found |= _some(conn, company_id, wanted[start : start + CHUNK])
    return found


def _some(conn: Connection, company_id: int, ids: list[int] | Select[Any]) -> dict[int, Article]:
    units: dict[int, dict[str, int]] = {}
    for product_id, unit, factor in conn.execute(
        select(product_unit.c.product_id, product_unit.c.unit, product_unit.c.factor_milli).where(
            product_unit.c.product_id.in_(ids)
        )
    ).all():
        units.setdefault(product_id, {})[unit] = factor
    c = product.c
    rows = conn.execute(
        select(c.id, c.code, c.name, c.spec, c.brand, c.category, c.base_unit).where(
            of_company(company_id), c.id.in_(ids)
        )
    ).all()
    return {
        of: Article(
            of, code, f"{name} {spec}".strip(), brand, category, base, {base: MILLI} | units.get(of, {})
        )
        for of, code, name, spec, brand, category, base in rows
    }
