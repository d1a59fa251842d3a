"""是同一款吗：新建的和已有的像，就把已有的摆出来给人看。"""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from starlette.requests import Request

from admin_web.typed import tidy
from core.approvals import approval_rule
from core.catalog import barcode, product
from core.partners import partner
from core.staff import staff
from core.warehouses import warehouse

_BLANKS = re.compile(r"[\s·\-_*×]+")
TABLES: dict[str, Any] = {
    "partner": partner,
    "warehouse": warehouse,
    "staff": staff,
    "approval_rule": approval_rule,
}


@dataclass(frozen=True)
class Twin:
    """The record that is already there."""

    id: int
    title: str
    code: str
    active: bool


def twin_of(
    request: Request, table: str, written: dict[str, Any], cells: dict[str, Any], row_id: int | None
) -> Twin | None:
    """The record a refused one clashed with: same name, code or barcode."""
    if table == "product":
        return (
            product_like(request, written, row_id)
            or _same_code(request, written, row_id)
            or _same_barcode(request, cells, row_id)
        )
    source = TABLES[table]
    columns = [source.c.id, source.c.name, source.c.active]
    said = source.c.name == written.get("name", "")
    if "code" in source.c:
        said = said | (source.c.code == written.get("code", ""))
    row = request.state.session.execute(
        select(*columns)
        .where(source.c.company_id == request.state.actor.company_id, said, source.c.id != (row_id or 0))
        .limit(1)
    ).first()
    return Twin(row.id, row.name, "", row.active) if row else None


def product_like(request: Request, written: dict[str, Any], row_id: int | None) -> Twin | None:
    """The product whose brand, name and spec read the same, blanks and a repeated brand left out."""
    mine = _Read.of(written.get("name", ""), written.get("brand", ""), written.get("spec", ""))
    query = select(
        product.c.id, product.c.name, product.c.brand, product.c.spec, product.c.code, product.c.active
    ).where(product.c.company_id == request.state.actor.company_id, product.c.id != (row_id or 0))
    for row in request.state.session.execute(query):
        if mine.like(_Read.of(row.name, row.brand, row.spec)):
            return _twin(row)
    return None


@dataclass(frozen=True)
class _Read:
    """How a product reads aloud: with the brand before the name, in the name, or left out."""

    brand: str
    name: str  # without the brand
    spec: str

    @classmethod
    def of(cls, name: str, brand: str, spec: str) -> "_Read":
        bare, maker, size = (_BLANKS.sub("", tidy(part)).lower() for part in (name, brand, spec))
        return cls(maker, bare.removeprefix(maker), size)

    def like(self, other: "_Read") -> bool:
        if self.spec != other.spec:
            return False
        if self.brand and other.brand and self.brand != other.brand:
            return False
        return self.name == other.name or self.brand + self.name == other.brand + other.name


def _same_code(request: Request, written: dict[str, Any], row_id: int | None) -> Twin | None:
    row = request.state.session.execute(
        select(product).where(
            product.c.company_id == request.state.actor.company_id,
            product.c.code == written.get("code", ""),
            product.c.id != (row_id or 0),
        )
    ).first()
    return _twin(row) if row else None


def _same_barcode(request: Request, cells: dict[str, Any], row_id: int | None) -> Twin | None:
    codes = [tidy(line["code"]) for line in cells.get("barcodes", [])]
    row = request.state.session.execute(
        select(product)
        .join(barcode, barcode.c.product_id == product.c.id)
        .where(
            barcode.c.company_id == request.state.actor.company_id,
            barcode.c.code.in_(codes),
            product.c.id != (row_id or 0),
        )
    ).first()
    return _twin(row) if row else None


def _twin(row: Any) -> Twin:
    return Twin(
        row.id,
        " ".join(filter(None, (row.brand if row.brand not in row.name else "", row.name, row.spec))),
        row.code,
        row.active,
    )
