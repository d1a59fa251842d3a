"""先到期先出：从哪些批次拿货；纯计算。"""

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
    pool_milli: int = 0
    value_fen: int = 0

    def cost_of(self, qty_milli: int) -> int:
        """分, rounded down."""
        return self.value_fen * qty_milli // self.pool_milli if self.pool_milli else 0


@dataclass(frozen=True, slots=True)
class Taken:
    lot: Lot
    qty_milli: int


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


def fefo_order(lot: Lot) -> tuple[bool, date, date, int]:
    """First expired first out, then first received; undated goods last."""
    return (lot.expiry_date is None, lot.expiry_date or date.max, lot.received_on, lot.batch_id)


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
