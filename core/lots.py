"""先到期先出：从哪些批次拿货；纯计算。"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Lot:
    """A batch at one place: free_milli is what may still be taken (goods minus picked); its cost is value_fen for pool_milli."""

    batch_id: int
    account_id: int
    batch_no: str
    mfg_date: date | None
    expiry_date: date | None
    received_on: date
    free_milli: int
    supplier_id: int | None = None
    warehouse_id: int = 0
    bin: str = ""
    picked_milli: int = 0  # set aside on pick lists, on top of what is free
    pool_milli: int = 0
    value_fen: int = 0

    @property
    def here_milli(self) -> int:
        """What lies there, free or set aside."""
        return self.free_milli + self.picked_milli

    def cost_of(self, qty_milli: int) -> int:
        """分, rounded down."""
        return self.value_fen * qty_milli // self.pool_milli if self.pool_milli else 0


@dataclass(frozen=True, slots=True)
class Taken:
    lot: Lot
    qty_milli: int


Walk = tuple[bool, tuple[tuple[str, int], ...]]


def walk(bin_code: str) -> Walk:
    """The order of a walk past the shelves: A1, A3, A10, B2, and at last what lies in no bin (features.md R65)."""
    parts = re.findall(r"(\D*)(\d*)", bin_code)
    return not bin_code, tuple((word, int(digits or 0)) for word, digits in parts if word or digits)


def acceptable(lot: Lot, today: date, min_life_permille: int) -> bool:
    """Not expired, and enough of its life left for this customer (允收期; features.md M2). No date = accepted."""
    if lot.expiry_date is None:
        return True
    if lot.expiry_date < today:
        return False
    if not min_life_permille or lot.mfg_date is None:
        return True
    life = (lot.expiry_date - lot.mfg_date).days
    return (lot.expiry_date - today).days * 1000 >= life * min_life_permille


def fefo_order(lot: Lot) -> tuple[bool, date, date, int, Walk]:
    """First expired first out, then first received; undated goods last. One batch in several bins: as one walks."""
    return (
        lot.expiry_date is None,
        lot.expiry_date or date.max,
        lot.received_on,
        lot.batch_id,
        walk(lot.bin),
    )


def pick(
    lots: Iterable[Lot], need_milli: int, today: date, min_life_permille: int = 0
) -> tuple[tuple[Taken, ...], int]:
    """(what to take from which lot, milli that could not be covered)."""
    taken: list[Taken] = []
    for lot in sorted((lot for lot in lots if acceptable(lot, today, min_life_permille)), key=fefo_order):
        part = min(need_milli, lot.free_milli)
        if part > 0:
            taken.append(Taken(lot, part))
            need_milli -= part
        if need_milli == 0:
            break
    return tuple(taken), need_milli
