"""商品目录：商品、单位换算、条码、别名、价目。"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, ForeignKey, ForeignKeyConstraint, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.db import Base
from core.errors import Invalid, no_such, not_positive, not_whole, too_large, unknown_unit
from core.values import GRAMS, MAX_QUANTITY_MILLI, MILLI, SAME_UNITS, in_units, plain


class Product(Base):
    __tablename__ = "product"
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    code: Mapped[str]
    name: Mapped[str]
    brand: Mapped[str] = mapped_column(default="")
    spec: Mapped[str] = mapped_column(default="")
    category: Mapped[str]
    base_unit: Mapped[str]
    countable: Mapped[bool] = mapped_column(default=True)
    stocked: Mapped[bool] = mapped_column(default=True)
    batched: Mapped[bool] = mapped_column(default=True)
    shelf_life: Mapped[str | None]
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"))
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouse.id"))
    safety_milli: Mapped[int] = mapped_column(default=0)
    floor_e4: Mapped[int | None]
    ceiling_e4: Mapped[int | None]
    accept_permille: Mapped[int | None]  # of its life that must be left when it arrives
    price_unit: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    changed: Mapped[int] = mapped_column(default=0)
    extra: Mapped[dict[str, Any] | None]
    units: Mapped[list["ProductUnit"]] = relationship(viewonly=True)
    barcodes: Mapped[list["Barcode"]] = relationship(
        viewonly=True, primaryjoin="Product.id == foreign(Barcode.product_id)"
    )
    aliases: Mapped[list["Alias"]] = relationship(viewonly=True)


class ProductUnit(Base):
    __tablename__ = "product_unit"
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True)
    factor_milli: Mapped[int]


class Barcode(Base):
    __tablename__ = "barcode"
    __table_args__ = (
        ForeignKeyConstraint(["product_id", "unit"], ["product_unit.product_id", "product_unit.unit"]),
    )
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[int]
    unit: Mapped[str]


class Alias(Base):
    __tablename__ = "alias"
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    word: Mapped[str]
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    told_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class Price(Base):
    __tablename__ = "price"
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    side: Mapped[str]
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"))
    level: Mapped[str | None]
    unit: Mapped[str]
    price_e4: Mapped[int]
    valid_from: Mapped[date]


product, product_unit, barcode, alias, price = (
    Product.__table__,
    ProductUnit.__table__,
    Barcode.__table__,
    Alias.__table__,
    Price.__table__,
)


@dataclass(frozen=True, slots=True)
class Goods:
    """A product as commands see it; units: unit → factor_milli (base unit = 1000)."""

    id: int
    code: str
    name: str
    brand: str
    spec: str
    category: str
    base_unit: str
    countable: bool
    batched: bool
    shelf_life: str | None
    supplier_id: int | None
    warehouse_id: int | None
    safety_milli: int
    floor_e4: int | None
    ceiling_e4: int | None
    price_unit: str
    active: bool
    units: dict[str, int]
    accept_permille: int | None = None

    @property
    def title(self) -> str:
        return f"{self.name} {self.spec}".strip()

    def words(self, qty_milli: int, said: str | None = None) -> str:
        """A base quantity as people say it; see values.in_units."""
        return in_units(qty_milli, self.units, self.base_unit, said)

    def unit_like(self, said: str) -> str | None:
        """The catalogue's own unit for a said one: itself, its only look-alike, or None."""
        if said in self.units:
            return said
        if said in GRAMS and self.base_unit in GRAMS:
            return said
        alike = [unit for pair in SAME_UNITS if said in pair for unit in pair if unit in self.units]
        return alike[0] if len(alike) == 1 else None

    def factor_milli(self, unit: str) -> int:
        """Milli base units in one `unit`; raises Invalid when the product is not counted in it."""
        own = self.unit_like(unit)
        if own is None:
            raise unknown_unit(self.title, unit, tuple(self.units))
        if own in self.units:
            return self.units[own]
        grams = GRAMS[own] * MILLI
        if grams % GRAMS[self.base_unit]:
            raise not_whole(self.title, f"1{unit}", self.base_unit)
        return grams // GRAMS[self.base_unit]

    def to_base(self, said_milli: int, unit: str) -> int:
        """said × factor in milli base units; must be whole, and whole pieces for countable goods (decision 28)."""
        if said_milli <= 0:
            raise not_positive(self.title)
        exact, rest = divmod(said_milli * self.factor_milli(unit), MILLI)
        if rest or (self.countable and exact % MILLI):
            raise not_whole(self.title, plain(said_milli, MILLI) + unit, self.base_unit)
        if exact > MAX_QUANTITY_MILLI:
            raise too_large(f"{self.title} 的数量")
        return exact


_GOODS = (
    select(product, product_unit.c.unit, product_unit.c.factor_milli)
    .outerjoin(product_unit, product_unit.c.product_id == product.c.id)
    .where(
        product.c.company_id == bindparam("company"), product.c.id.in_(bindparam("wanted", expanding=True))
    )
)


def goods_by_id(
    conn: Connection, company_id: int, ids: Iterable[int], stopped_too: bool = False
) -> dict[int, Goods]:
    """{id: Goods} in one statement; raises NotFound for one that is not of this company or stopped.

    stopped_too: for documents that finish or undo what was begun while the goods were still kept.
    """
    wanted = sorted(set(ids))
    rows = conn.execute(_GOODS, {"company": company_id, "wanted": wanted}).all()
    units: dict[int, dict[str, int]] = {}
    for row in rows:
        units.setdefault(row.id, {}).update({row.unit: row.factor_milli} if row.unit else {})
    found = {row.id: _goods(row, units[row.id]) for row in rows}
    for one in wanted:
        if one not in found or not (found[one].active or stopped_too):
            raise no_such(
                "商品", found[one].title if one in found else str(one), "它可能已停用，请在后台启用或换一个。"
            )
    return found


def _goods(row: Any, units: dict[str, int]) -> Goods:
    return Goods(
        row.id,
        row.code,
        row.name,
        row.brand,
        row.spec,
        row.category,
        row.base_unit,
        row.countable,
        row.batched,
        row.shelf_life,
        row.supplier_id,
        row.warehouse_id,
        row.safety_milli,
        row.floor_e4,
        row.ceiling_e4,
        row.price_unit,
        row.active,
        {row.base_unit: MILLI} | units,
        row.accept_permille,
    )


@dataclass(frozen=True, slots=True)
class Priced:
    """A price of the stated unit and where it came from (said, agreed, level, list, last deal)."""

    price_e4: int
    unit: str
    source: str


_PRICES = (
    select(price)
    .where(
        price.c.product_id.in_(bindparam("wanted", expanding=True)),
        price.c.side == bindparam("side"),
        price.c.valid_from <= bindparam("today"),
        price.c.partner_id.is_(None) | (price.c.partner_id == bindparam("partner")),
    )
    .order_by(price.c.valid_from, price.c.id)
)


def list_price(
    conn: Connection,
    product_ids: Iterable[int],
    side: str,
    partner_id: int | None,
    level: str | None,
    today: date,
) -> dict[int, Priced]:
    """{product: price}: agreed with this partner → its level → list; newest valid_from ≤ today (decision 29)."""
    product_ids = sorted(set(product_ids))
    if not product_ids:
        return {}
    rows = conn.execute(
        _PRICES, {"wanted": product_ids, "side": side, "today": today, "partner": partner_id}
    ).all()
    best: dict[int, tuple[int, Priced]] = {}
    for row in rows:
        if row.partner_id is not None:
            rank, source = (3, "协议价") if row.partner_id == partner_id else (0, "")
        elif row.level is not None:
            rank, source = (2, f"{row.level}价") if row.level == level else (0, "")
        else:
            rank, source = 1, "价目表"
        if rank and rank >= best.get(row.product_id, (0,))[0]:
            best[row.product_id] = (rank, Priced(row.price_e4, row.unit, source))
    return {product_id: priced for product_id, (_, priced) in best.items()}


def check_barcode(code: str) -> None:
    """EAN-8/12/13/14: digits with a right check digit; raises Invalid."""
    if not code.isdigit() or len(code) not in (8, 12, 13, 14):
        raise Invalid("barcode", f"条码“{code}”应是 8、12、13 或 14 位数字。请重新扫一遍。", barcode=code)
    digits = [int(c) for c in code[-2::-1]]
    check = -sum(d * (3 if i % 2 == 0 else 1) for i, d in enumerate(digits)) % 10
    if check != int(code[-1]):
        raise Invalid("barcode", f"条码“{code}”的校验位不对（应为 {check}）。请重新扫一遍。", barcode=code)
