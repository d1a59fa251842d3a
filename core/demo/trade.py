"""演示店的一天：送昨天的单、进货、接今天的单、收钱、付钱，偶尔写错了再红冲。"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from core.accounts import availability, funds
from core.commands import (
    DeliverGoods,
    PaySupplier,
    PlaceOrder,
    ReceiveGoods,
    ReverseDocument,
    SaidLine,
    TakePayment,
)
from core.demo import script
from core.demo.catalogue import DemoGoods, DemoPartner
from core.demo.opening import Stage, life_days
from core.demo.pen import Pen
from core.errors import BusinessError, Need
from core.values import MILLI

SHORT_LIFE = 15  # goods that keep no longer are bought and sold the same day
REORDER_DAYS, FILL_DAYS = 12, 24


@dataclass(slots=True)
class Waiting:
    """An order to be delivered tomorrow."""

    customer: DemoPartner
    lines: tuple[SaidLine, ...]


class Trade:
    """The shop as the generator remembers it: what is free to sell, who owes what, what sold lately."""

    def __init__(self, pen: Pen, stage: Stage, debts: dict[str, list[list[Any]]], end: date) -> None:
        self.pen, self.stage, self.end = pen, stage, end
        self.debts: dict[str, list[list[Any]]] = defaultdict(list, debts)
        self.waiting: list[Waiting] = []
        self.free: dict[tuple[int, int], int] = {}
        self.sold: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.branch = stage.ids["CK03"]
        self.titles = {stage.ids[one.code]: f"{one.name} {one.spec}".strip() for one in stage.goods.values()}
        self.day = end

    def run(self, day: date) -> None:
        self.day = day
        self.pen.start_day(day)
        self._look_at_shelves()
        quiet = day.isoweekday() == 7
        self._receive()
        self._deliver_waiting()
        self._near_date_bargains()
        for customer in self.stage.partners.values():
            if customer.buys and self._comes_today(customer, quiet):
                self._sell(customer)
        self._sell_short_lived()
        self._use_up_some()
        self._take_money()
        if day.isoweekday() in (3, 6):
            self._pay_suppliers()

    def _look_at_shelves(self) -> None:
        with self.pen.books.read() as conn:
            self.free = {(row.product_id, row.warehouse_id): row.sellable_milli - row.reserved_milli
                         for row in conn.execute(select(availability))}

    def _comes_today(self, customer: DemoPartner, quiet: bool) -> bool:
        usual = self.day.isoweekday() in customer.order_days
        chance = 85 if usual and not quiet else 3
        return self.pen.rng.randrange(100) < chance

    # ── goods in ──

    def _receive(self) -> None:
        for supplier in self.stage.partners.values():
            if not supplier.is_supplier or self.day.isoweekday() not in supplier.order_days:
                continue
            lines = [line for one in self.stage.goods.values() if one.supplier == supplier.code
                     for line in self._refill(one)]
            if lines:
                self._book_receipt(supplier, tuple(lines))
        if self.day.isoweekday() == 1:
            self._refill_branch()

    def _refill(self, one: DemoGoods) -> list[SaidLine]:
        if self._never_ordered(one) or self._short(one):
            return []
        rate = self._weekly_rate(one)
        here = self._free_of(one) // one.factor_milli
        cover = min(FILL_DAYS, life_days(one) // 3) if one.batched else FILL_DAYS
        if here * 7 > rate * min(REORDER_DAYS, cover):
            return []
        return [self._bought(one, max(1, rate * cover // 7 - here + 1))]

    def _never_ordered(self, one: DemoGoods) -> bool:
        dry = one.code in script.OUT_OF_STOCK and (self.end - self.day).days < script.OUT_OF_STOCK_DAYS
        return dry or one.code in script.UNSOLD

    def _weekly_rate(self, one: DemoGoods) -> int:
        """What sold in the last three weeks ÷ 3; before that, what is expected."""
        days = [self.day - timedelta(days=back) for back in range(1, 22)]
        if days[-1] not in self.sold:
            return one.weekly
        return -(-sum(self.sold[day][one.code] for day in days) // 3)

    def _bought(self, one: DemoGoods, qty: int, warehouse_id: int | None = None) -> SaidLine:
        rng = self.pen.rng
        made = self.day - timedelta(days=rng.randint(1, max(1, min(50, life_days(one) // 6)))) if one.batched else None
        moved = rng.choice((97, 98, 99, 101, 102, 103)) if rng.randrange(8) == 0 else None
        price = one.buy_e4 * moved // 100 // 1000 * 1000 if moved else None
        return SaidLine(self.stage.ids[one.code], qty * MILLI, one.price_unit, price_e4=price, warehouse_id=warehouse_id,
                        mfg_date=made)

    def _book_receipt(self, supplier: DemoPartner, lines: tuple[SaidLine, ...], who: str = "") -> None:
        keeper = who or self.pen.rng.choice(script.RECEIVERS)
        done = self.pen.write(keeper, ReceiveGoods(lines, self.stage.ids[supplier.code]))
        if self.pen.rng.randrange(40) == 0 and self._undone(keeper, done["number"]):
            done = self.pen.write(keeper, ReceiveGoods(lines, self.stage.ids[supplier.code]))
        self.debts[supplier.code].append([date.fromisoformat(done["due"]), done["total_fen"]])
        for card in done["lines"]:
            self._shift(card, 1)

    def _refill_branch(self) -> None:
        by_supplier: dict[str, list[SaidLine]] = defaultdict(list)
        for code in script.BRANCH:
            one = self.stage.goods[code]
            if self.free.get((self.stage.ids[code], self.branch), 0) < 3 * one.factor_milli:
                by_supplier[one.supplier].append(self._bought(one, self.pen.rng.randint(3, 6), self.branch))
        for code, lines in by_supplier.items():
            self._book_receipt(self.stage.partners[code], tuple(lines), script.BRANCH_KEEPER)

    def _near_date_bargains(self) -> None:
        for code, (before, boxes, left) in script.NEAR_DATE.items():
            if (self.end - self.day).days == before:
                one = self.stage.goods[code]
                line = SaidLine(self.stage.ids[code], boxes * MILLI, one.price_unit, price_e4=one.buy_e4 * 4 // 5,
                                expiry_date=self.end + timedelta(days=left))
                self._book_receipt(self.stage.partners[one.supplier], (line,), "小周")

    # ── goods out ──

    def _sell(self, customer: DemoPartner) -> None:
        at_branch = customer.code in ("KH009", "KH015") and self.pen.rng.randrange(3) == 0
        lines = self._branch_basket() if at_branch else self._basket(customer)
        if not lines:
            return
        if at_branch:
            self._deliver(customer, lines, script.BRANCH_KEEPER)
        elif customer.terms == "现结" or self.pen.rng.randrange(100) < 25:
            self._deliver(customer, lines, self.pen.rng.choice(script.DELIVERERS))
        else:
            self._order(customer, lines)

    def _order(self, customer: DemoPartner, lines: tuple[SaidLine, ...]) -> None:
        seller = script.SELLERS[self.stage.ids[customer.code] % len(script.SELLERS)]
        try:
            done = self.pen.write(seller, PlaceOrder(lines, self.stage.ids[customer.code]))
        except (BusinessError, Need):  # over the credit limit: no order, as in life
            return
        if self.pen.rng.randrange(60) == 0 and self._undone(seller, done["number"]):
            return
        for card in done["lines"]:
            self._shift(card, -1)
        self.waiting.append(Waiting(customer, lines))

    def _deliver_waiting(self) -> None:
        waiting, self.waiting = self.waiting, []
        for order in waiting:
            self._deliver(order.customer, order.lines, self.pen.rng.choice(script.DELIVERERS), ordered=True)

    def _deliver(self, customer: DemoPartner, lines: tuple[SaidLine, ...], who: str, ordered: bool = False) -> None:
        command = DeliverGoods(lines, self.stage.ids[customer.code])
        try:
            done = self.pen.write(who, command)
        except BusinessError as refused:  # too near its date for this customer, or over the limit
            rest = self._without(lines, refused)
            if rest:
                self._deliver(customer, rest, who, ordered)
            return
        if self.pen.rng.randrange(70) == 0 and self._undone(who, done["number"]):
            done = self.pen.write(who, command)
        self.debts[customer.code].append([date.fromisoformat(done["due"]), done["total_fen"]])
        for card in done["lines"]:
            self.sold[self.day][card["code"]] += card["qty_milli"] // self.stage.goods[card["code"]].factor_milli or 1
            if not ordered:
                self._shift(card, -1)

    def _without(self, lines: tuple[SaidLine, ...], refused: BusinessError) -> tuple[SaidLine, ...]:
        """The lines that were not the trouble; nothing when it was not about goods."""
        named = refused.facts.get("product")
        rest = tuple(line for line in lines if self.titles[line.product_id] != named)
        return rest if len(rest) < len(lines) else ()

    def _undone(self, who: str, number: str) -> bool:
        try:
            self.pen.write(who, ReverseDocument(number))
        except BusinessError:
            return False
        return True

    def _basket(self, customer: DemoPartner) -> tuple[SaidLine, ...]:
        """A few kinds by how well they sell, each as far as it is free."""
        rng = self.pen.rng
        wanted = [one for one in self.stage.goods.values() if one.category in script.BASKETS[customer.buys]
                  and one.code not in script.UNSOLD and not self._short(one)]
        picked = rng.choices(wanted, [one.weekly if not one.weighed else one.weekly // 4 + 1 for one in wanted],
                             k=rng.randint(4, 6 + customer.size))
        lines = [self._line(one, rng.randint(1, 1 + customer.size // 2)) for one in dict.fromkeys(picked)]
        return tuple(line for line in lines if line)

    def _branch_basket(self) -> tuple[SaidLine, ...]:
        codes = self.pen.rng.sample(script.BRANCH, 3)
        lines = [self._line(self.stage.goods[code], 1, self.branch) for code in codes]
        return tuple(line for line in lines if line)

    def _line(self, one: DemoGoods, qty: int, warehouse_id: int | None = None) -> SaidLine | None:
        qty *= 5 if one.weighed else 1
        whole = min(qty, max(0, self._free_of(one, warehouse_id)) // one.factor_milli)
        if not whole:
            return None
        return SaidLine(self.stage.ids[one.code], whole * MILLI, one.price_unit, warehouse_id=warehouse_id)

    def _sell_short_lived(self) -> None:
        """豆腐 and 牛奶 come in the morning and are gone in the evening; the last day keeps what is left."""
        if self.day.isoweekday() not in (1, 3, 5) and self.day != self.end:
            return
        fresh = [one for one in self.stage.goods.values() if self._short(one)]
        some = self.pen.rng.sample(fresh, 3)
        for supplier in dict.fromkeys(one.supplier for one in some):
            lines = tuple(self._bought_today(one) for one in some if one.supplier == supplier)
            self._book_receipt(self.stage.partners[supplier], lines, "小蒋")
        if self.day == self.end:
            return
        left = [self._line(one, 99) for one in fresh]
        canteen = self.stage.partners[self.pen.rng.choice(("KH011", "KH012", "KH013", "KH021", "KH014"))]
        self._deliver(canteen, tuple(line for line in left if line), "老马")

    def _bought_today(self, one: DemoGoods) -> SaidLine:
        return SaidLine(self.stage.ids[one.code], self.pen.rng.randint(2, 5) * MILLI, one.price_unit, mfg_date=self.day)

    def _use_up_some(self) -> None:
        if self.pen.rng.randrange(6):
            return
        one = self.stage.goods[self.pen.rng.choice(("BC008", "YL010", "BC005", "JW001", "TZ003"))]
        unit = one.base_unit
        line = SaidLine(self.stage.ids[one.code], self.pen.rng.randint(1, 4) * MILLI, unit)
        reason = self.pen.rng.choice(("自用", "样品", "赠送"))
        try:
            self.pen.write("老陈", DeliverGoods((line,), no_partner=True, reason=reason))
        except BusinessError:
            return
        if self.pen.rng.randrange(3) == 0:
            self.pen.write("老陈", ReceiveGoods((line,), no_partner=True, note="盘点多出来的"))

    def _free_of(self, one: DemoGoods, warehouse_id: int | None = None) -> int:
        place = warehouse_id or self.stage.ids.get(one.warehouse) or self.stage.ids["CK01"]
        return self.free.get((self.stage.ids[one.code], place), 0)

    def _shift(self, card: dict[str, Any], sign: int) -> None:
        key = (card["product_id"], card["warehouse_id"])
        self.free[key] = self.free.get(key, 0) + sign * card["qty_milli"]

    @staticmethod
    def _short(one: DemoGoods) -> bool:
        return one.batched and life_days(one) <= SHORT_LIFE

    # ── money ──

    def _take_money(self) -> None:
        for customer in self.stage.partners.values():
            on_day = customer.terms == "现结" or self.day.isoweekday() in (2, 5)
            if customer.is_customer and on_day and customer.late_days < 365:
                fen = self._due(customer)
                if fen:
                    if self.pen.rng.randrange(4) == 0 and fen > 50_000:
                        self.debts[customer.code].append([self.day, fen % 10_000])
                        fen -= fen % 10_000
                    who = self.pen.rng.choice(script.CASHIERS)
                    self.pen.write(who, TakePayment(self.stage.ids[customer.code], fen, customer.method))

    def _due(self, who: DemoPartner) -> int:
        """What this partner pays today, taken off what it owes."""
        late = timedelta(days=who.late_days)
        ripe = [item for item in self.debts[who.code] if item[0] + late <= self.day]
        self.debts[who.code] = [item for item in self.debts[who.code] if item not in ripe]
        return sum(fen for _, fen in ripe)

    def _pay_suppliers(self) -> None:
        with self.pen.books.read() as conn:
            balance = {row.name: row.balance_fen for row in funds(conn, self.pen.company_id)}
        for supplier in self.stage.partners.values():
            if not supplier.is_supplier or supplier.is_customer:
                continue
            fen = self._due(supplier)
            fund = max(balance, key=lambda name: balance[name])
            if fen and balance[fund] - 200_000 > fen:
                self.pen.write(self.pen.rng.choice(script.CASHIERS), PaySupplier(self.stage.ids[supplier.code], fen, fund))
                balance[fund] -= fen
            elif fen:
                self.debts[supplier.code].append([self.day, fen])
