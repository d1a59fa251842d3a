"""答案里的商品：编码、名称、单位换算，够别人把数量说成“20箱8瓶”。"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, select

from core.catalog import product, product_unit
from core.values import MILLI, in_units

COLUMNS = tuple(product.c[name] for name in ("id", "code", "name", "spec", "brand", "category", "base_unit"))
CHUNK = 5000  # ids of one IN list; both databases have a limit on parameters


class Article(NamedTuple):
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
    units = units_of(conn, ids)
    rows = conn.execute(select(*COLUMNS).where(of_company(company_id), product.c.id.in_(ids))).all()
    return {row[0]: article_of(row, units) for row in rows}


def units_of(conn: Connection, ids: list[int] | Select[Any]) -> dict[int, dict[str, int]]:
    """{product: {unit: factor_milli}}, without the base unit; products sold in nothing else are absent."""
    c, units = product_unit.c, dict[int, dict[str, int]]()
    rows = conn.execute(select(c.product_id, c.unit, c.factor_milli).where(c.product_id.in_(ids))).all()
    for product_id, unit, factor in rows:
        units.setdefault(product_id, {})[unit] = factor
    return units


def article_of(columns: Sequence[Any], units: dict[int, dict[str, int]]) -> Article:
    """From one row of COLUMNS and what units_of() found."""
    of, code, name, spec, brand, category, base = columns
    title = f"{name} {spec}" if spec else name
    return Article(of, code, title, brand, category, base, {base: MILLI, **units.get(of, {})})
