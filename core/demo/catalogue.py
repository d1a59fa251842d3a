"""演示店的目录：读 data/ 里的四张表，价格由售价按等级折出来。"""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.values import MILLI, half_up, scaled

DATA = Path(__file__).parent / "data"
LEVELS = {"批发": 970, "重点": 950}  # permille of the list price
FLOOR_PERMILLE, CEILING_PERMILLE, AGREED_PERMILLE = 930, 1100, 940
E4 = 10_000


@dataclass(frozen=True, slots=True)
class DemoGoods:
    """A row of products.csv; quantities per price_unit, `weekly` = how many of them sell in a week."""

    code: str
    name: str
    brand: str
    spec: str
    category: str
    base_unit: str
    units: tuple[tuple[str, int], ...]
    shelf_life: str
    supplier: str
    warehouse: str
    buy_e4: int
    sell_e4: int
    price_unit: str
    safety: int
    weekly: int
    barcode: str
    box_barcode: str
    aliases: tuple[str, ...]

    @property
    def factor_milli(self) -> int:
        return dict(self.units).get(self.price_unit, MILLI)

    @property
    def weighed(self) -> bool:
        return self.base_unit == "斤"

    @property
    def batched(self) -> bool:
        return bool(self.shelf_life)

    def level_e4(self, permille: int) -> int:
        """A share of the list price, never below what it costs, rounded as a shop writes prices."""
        step = 5_000 if self.sell_e4 >= 20 * E4 else 1_000 if self.sell_e4 >= 5 * E4 else 500
        return max(half_up(self.sell_e4 * permille, MILLI * step) * step, self.buy_e4)


@dataclass(frozen=True, slots=True)
class DemoPartner:
    """A row of partners.csv. order_days: weekdays 1–7 on which it orders (a supplier: delivers)."""

    code: str
    name: str
    aliases: tuple[str, ...]
    is_customer: bool
    is_supplier: bool
    category: str
    level: str
    terms: str
    credit_fen: int | None
    min_life_permille: int | None
    buys: str
    order_days: tuple[int, ...]
    size: int
    late_days: int
    method: str


@dataclass(frozen=True, slots=True)
class DemoPerson:
    name: str
    roles: tuple[str, ...]
    warehouse: str


@dataclass(frozen=True, slots=True)
class DemoPlace:
    code: str
    name: str
    aliases: tuple[str, ...]


def goods() -> list[DemoGoods]:
    return [_goods(row) for row in _rows("products")]


def partners() -> list[DemoPartner]:
    return [_partner(row) for row in _rows("partners")]


def people() -> list[DemoPerson]:
    return [DemoPerson(row["name"], _split(row["roles"]), row["warehouse"]) for row in _rows("staff")]


def places() -> list[DemoPlace]:
    return [DemoPlace(row["code"], row["name"], _split(row["aliases"])) for row in _rows("warehouses")]


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _split(cell: str) -> tuple[str, ...]:
    return tuple(word for word in cell.split(";") if word)


def _number(text: str, scale: int) -> int:
    value = scaled(text, scale)
    if value is None:
        raise ValueError(text)
    return value


def _units(row: dict[str, str]) -> tuple[tuple[str, int], ...]:
    found = [re.fullmatch(r"(\D+)=(\d+)(\D+)", pack) for pack in _split(row["packs"])]
    return ((row["base_unit"], MILLI), *((one[1], int(one[2]) * MILLI) for one in found if one))


def _goods(row: dict[str, str]) -> DemoGoods:
    return DemoGoods(
        row["code"],
        row["name"],
        row["brand"],
        row["spec"],
        row["category"],
        row["base_unit"],
        _units(row),
        row["shelf_life"],
        row["supplier"],
        row["warehouse"],
        _number(row["buy"], E4),
        _number(row["sell"], E4),
        row["price_unit"],
        int(row["safety"]),
        int(row["weekly"]),
        row["barcode"],
        row["box_barcode"],
        _split(row["aliases"]),
    )


def _partner(row: dict[str, str]) -> DemoPartner:
    def maybe(cell: str, to: Callable[[str], int]) -> int | None:
        return to(cell) if cell else None

    return DemoPartner(
        row["code"],
        row["name"],
        _split(row["aliases"]),
        row["kind"] != "supplier",
        row["kind"] != "customer",
        row["category"],
        row["level"],
        row["terms"],
        maybe(row["credit_limit"], lambda cell: int(cell) * 100),
        maybe(row["min_life"], int),
        row["buys"],
        tuple(int(day) for day in row["order_days"]),
        int(row["size"] or 0),
        int(row["late_days"]),
        row["method"],
    )
