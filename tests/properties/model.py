"""一本极小的账：不看数据库怎么算，只照规矩自己推可售、锁定、欠款、现金。"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

Place = tuple[int, int]  # product, warehouse


@dataclass
class Lot:
    expiry: date | None
    received: date
    qty: int = 0


@dataclass
class OrderLine:
    """A promise to a customer (or of a supplier); the smaller the number the older."""

    number: int
    partner: int
    place: Place
    promised: date | None
    open: int


@dataclass
class Effect:
    """What one document did, so that its reversal can do the opposite."""

    lots: dict[tuple[Place, int], int] = field(default_factory=lambda: defaultdict(int))
    orders: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    bought: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    owed: dict[tuple[int, str], int] = field(default_factory=lambda: defaultdict(int))
    cash: int = 0


class Model:
    def __init__(self) -> None:
        self.lots: dict[Place, dict[int, Lot]] = defaultdict(dict)  # 可售 only, by batch
        self.orders: dict[int, OrderLine] = {}
        self.bought: dict[int, OrderLine] = {}
        self.owed: dict[tuple[int, str], int] = defaultdict(int)
        self.cash = 0

    def sellable(self, place: Place) -> int:
        return sum(lot.qty for lot in self.lots[place].values())

    def reserved(self, place: Place) -> int:
        return sum(line.open for line in self.orders.values() if line.place == place)

    def on_order(self, place: Place) -> int:
        return sum(line.open for line in self.bought.values() if line.place == place)

    def free(self, place: Place) -> int:
        return self.sellable(place) - self.reserved(place)

    def apply(self, effect: Effect, sign: int = 1) -> None:
        for (place, batch), qty in effect.lots.items():
            self.lots[place][batch].qty += sign * qty
        for number, qty in effect.orders.items():
            self.orders[number].open += sign * qty
        for number, qty in effect.bought.items():
            self.bought[number].open += sign * qty
        for key, amount in effect.owed.items():
            self.owed[key] += sign * amount
        self.cash += sign * effect.cash

    def fefo(self, place: Place, need: int) -> dict[int, int]:
        """Twenty lines against which the real picking is held (P8): first expired first out, undated last."""
        taken: dict[int, int] = {}

        def order(batch: int) -> tuple[bool, date, date, int]:
            lot = self.lots[place][batch]
            return (lot.expiry is None, lot.expiry or date.max, lot.received, batch)

        for batch in sorted(self.lots[place], key=order):
            part = min(need, self.lots[place][batch].qty)
            if part:
                taken[batch] = part
                need -= part
        assert need == 0, "asked the model for more than it has"
        return taken

    def use_up(
        self, lines: dict[int, OrderLine], partner: int, place: Place, need: int
    ) -> tuple[dict[int, int], int]:
        """(milli by order line, the oldest promise first; what no order covers)."""
        used: dict[int, int] = {}
        mine = [
            line for line in lines.values() if line.partner == partner and line.place == place and line.open
        ]
        for line in sorted(mine, key=lambda line: (line.promised or date.min, line.number)):
            part = min(need, line.open)
            if part:
                used[line.number] = part
                need -= part
        return used, need

    def turn(self, day: date) -> None:
        """What was not fetched for four days is let go; what expired leaves; then the youngest promises that no longer fit."""
        for line in self.orders.values():
            if line.promised and line.promised + timedelta(days=4) <= day:
                line.open = 0
        self.expire(day)

    def expire(self, day: date) -> None:
        for place, lots in self.lots.items():
            for lot in lots.values():
                if lot.expiry and lot.expiry < day:
                    lot.qty = 0
            self.shrink(place)

    def shrink(self, place: Place) -> None:
        for line in sorted(self.orders.values(), key=lambda line: -line.number):
            if line.place == place and self.free(place) < 0:
                line.open -= min(line.open, -self.free(place))


def total(effects: Iterable[int]) -> int:
    return sum(effects)
