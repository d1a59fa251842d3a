"""编账的人记得的事：货架上还有多少能卖、谁欠谁多少、最近卖得怎样。"""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from core.accounts import availability
from core.demo.catalogue import DemoGoods, DemoPartner
from core.demo.opening import Debts, Stage
from core.demo.pen import Pen

LOOK_BACK = 21


class Memory:
    """Read from the books each morning, then kept in step with what is written."""

    def __init__(self, pen: Pen, stage: Stage, debts: Debts, end: date) -> None:
        self.pen, self.stage, self.end, self.day = pen, stage, end, end
        self.debts: Debts = defaultdict(list, debts)
        self.free: dict[tuple[int, int], int] = {}
        self.sold: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.titles = {stage.ids[one.code]: f"{one.name} {one.spec}".strip() for one in stage.goods.values()}

    @property
    def days_to_end(self) -> int:
        return (self.end - self.day).days

    def next_day(self) -> date:
        """Tomorrow; no van on Sundays, but the last day's orders are for tomorrow all the same."""
        tomorrow = self.day + timedelta(days=1)
        return tomorrow + timedelta(days=1) if tomorrow.isoweekday() == 7 and self.days_to_end else tomorrow

    def look_at_shelves(self) -> None:
        with self.pen.books.read() as conn:
            self.free = {
                (row.product_id, row.warehouse_id): row.sellable_milli - row.reserved_milli
                for row in conn.execute(select(availability))
            }

    def free_of(self, one: DemoGoods, warehouse_id: int | None = None) -> int:
        place = warehouse_id or self.stage.ids.get(one.warehouse) or self.stage.ids["CK01"]
        return max(0, self.free.get((self.stage.ids[one.code], place), 0))

    def shift(self, cards: list[dict[str, Any]], sign: int) -> None:
        for card in cards:
            key = (card["product_id"], card["warehouse_id"])
            self.free[key] = self.free.get(key, 0) + sign * card["qty_milli"]

    def remember_sale(self, cards: list[dict[str, Any]]) -> None:
        for card in cards:
            factor = self.stage.goods[card["code"]].factor_milli
            self.sold[self.day][card["code"]] += card["qty_milli"] // factor or 1

    def weekly_rate(self, one: DemoGoods) -> int:
        """What sold in the last three weeks ÷ 3; before that, what is expected."""
        days = [self.day - timedelta(days=back) for back in range(1, LOOK_BACK + 1)]
        if days[-1] not in self.sold:
            return one.weekly
        return -(-sum(self.sold[day][one.code] for day in days) // 3)

    def due(self, who: DemoPartner) -> int:
        """What this partner settles today, taken off what is owed."""
        late = timedelta(days=who.late_days)
        ripe = [item for item in self.debts[who.code] if item[0] + late <= self.day]
        self.debts[who.code] = [item for item in self.debts[who.code] if item not in ripe]
        return sum(fen for _, fen in ripe)
