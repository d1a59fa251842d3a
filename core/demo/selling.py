"""演示店卖货：客户来要货，先锁后送或当场拉走；送晚了、写错了、临期的不收，都和真的一样。"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from core.commands import Decide, DeliverGoods, PlaceOrder, ReceiveGoods, SaidLine
from core.demo import script
from core.demo.buying import buy_fresh, undone
from core.demo.catalogue import DemoGoods, DemoPartner
from core.demo.memory import Memory
from core.demo.opening import keeps_short
from core.errors import BusinessError, Need
from core.values import MILLI

TYPO_IN = 70
FRESH_DAYS = (1, 3, 5)
CANTEENS = ("KH011", "KH012", "KH013", "KH021", "KH014")
AT_BRANCH = ("KH009", "KH015")
USED_UP = ("BC008", "YL010", "BC005", "JW001", "TZ003")


@dataclass(slots=True)
class Waiting:
    """An order to be delivered on its day."""

    customer: DemoPartner
    lines: tuple[SaidLine, ...]
    promised: date


def sell_to_all(memory: Memory) -> list[Waiting]:
    """The day's customers; returns what is promised for later."""
    waiting = [
        _sell(memory, customer)
        for customer in memory.stage.partners.values()
        if customer.buys and _comes(memory, customer)
    ]
    return [order for order in waiting if order]


def _comes(memory: Memory, customer: DemoPartner) -> bool:
    usual = memory.day.isoweekday() in customer.order_days
    return memory.pen.rng.randrange(100) < (62 if usual else 2)


def _sell(memory: Memory, customer: DemoPartner) -> Waiting | None:
    rng = memory.pen.rng
    if customer.code in AT_BRANCH and rng.randrange(3) == 0:
        deliver(memory, customer, _branch_basket(memory), script.BRANCH_KEEPER)
        return None
    lines = _basket(memory, customer)
    if customer.terms == "现结" or rng.randrange(100) < 25:
        deliver(memory, customer, lines, rng.choice(script.DELIVERERS))
        return None
    return _order(memory, customer, lines)


def _order(memory: Memory, customer: DemoPartner, lines: tuple[SaidLine, ...]) -> Waiting | None:
    seller = script.SELLERS[memory.stage.ids[customer.code] % len(script.SELLERS)]
    promised = memory.next_day()
    try:
        done = memory.pen.write(seller, PlaceOrder(lines, memory.stage.ids[customer.code], promised))
    except (BusinessError, Need):
        return None
    if _waits(memory, done):
        return None
    if memory.pen.rng.randrange(TYPO_IN) == 0 and undone(memory, seller, done["number"]):
        return None
    memory.shift(done["lines"], -1)
    return Waiting(customer, lines, promised)


def deliver_waiting(memory: Memory, waiting: list[Waiting]) -> list[Waiting]:
    """Deliver what is promised for today; returns the rest."""
    for order in (order for order in waiting if order.promised <= memory.day):
        deliver(memory, order.customer, order.lines, memory.pen.rng.choice(script.DELIVERERS), ordered=True)
    return [order for order in waiting if order.promised > memory.day]


def deliver(
    memory: Memory, customer: DemoPartner, lines: tuple[SaidLine, ...], who: str, ordered: bool = False
) -> None:
    """`ordered` goods are already taken off what is free."""
    if not lines:
        return
    command = DeliverGoods(lines, memory.stage.ids[customer.code])
    try:
        done = memory.pen.write(who, command)
    except BusinessError as refused:  # too near its date for this customer
        deliver(memory, customer, _without(memory, lines, refused), who, ordered)
        return
    if _waits(memory, done):
        return
    if memory.pen.rng.randrange(TYPO_IN) == 0 and undone(memory, who, done["number"]):
        done = memory.pen.write(who, command)
    memory.debts[customer.code].append((date.fromisoformat(done["due"]), done["total_fen"]))
    memory.remember_sale(done["lines"])
    if not ordered:
        memory.shift(done["lines"], -1)


def _waits(memory: Memory, done: dict[str, Any]) -> bool:
    """Over the credit limit or too cheap: the owner says no by the evening, today's still lies on his desk."""
    if done.get("state") != "draft":
        return False
    if memory.day < memory.end:
        memory.pen.write(script.OWNER, Decide(done["number"], False, "先把前面的款收回来"))
    return True


def _without(memory: Memory, lines: tuple[SaidLine, ...], refused: BusinessError) -> tuple[SaidLine, ...]:
    """The lines that were not the trouble; none when it was not about goods."""
    rest = tuple(line for line in lines if memory.titles[line.product_id] != refused.facts.get("product"))
    return rest if len(rest) < len(lines) else ()


def _basket(memory: Memory, customer: DemoPartner) -> tuple[SaidLine, ...]:
    """A few kinds by how well they sell, each as far as it is free."""
    rng = memory.pen.rng
    wanted = [
        one
        for one in memory.stage.goods.values()
        if one.category in script.BASKETS[customer.buys]
        and one.code not in script.UNSOLD
        and not keeps_short(one)
    ]
    weights = [one.weekly // 4 + 1 if one.weighed else one.weekly for one in wanted]
    picked = rng.choices(wanted, weights, k=rng.randint(6, 9 + customer.size))
    lines = [line_of(memory, one, rng.randint(1, 1 + customer.size // 2)) for one in dict.fromkeys(picked)]
    return tuple(line for line in lines if line)


def _branch_basket(memory: Memory) -> tuple[SaidLine, ...]:
    codes = memory.pen.rng.sample(script.BRANCH, 3)
    lines = [line_of(memory, memory.stage.goods[code], 1, memory.stage.ids["CK03"]) for code in codes]
    return tuple(line for line in lines if line)


def line_of(memory: Memory, one: DemoGoods, qty: int, warehouse_id: int | None = None) -> SaidLine | None:
    """So many whole units as are free, at most `qty`; goods by weight in fives."""
    whole = min(qty * 5 if one.weighed else qty, memory.free_of(one, warehouse_id) // one.factor_milli)
    if not whole:
        return None
    return SaidLine(memory.stage.ids[one.code], whole * MILLI, one.price_unit, warehouse_id=warehouse_id)


def sell_fresh(memory: Memory) -> None:
    """Comes in the morning and is gone in the evening; the last day keeps what is left."""
    if memory.day.isoweekday() not in FRESH_DAYS and memory.days_to_end:
        return
    fresh = [one for one in memory.stage.goods.values() if keeps_short(one)]
    buy_fresh(memory, memory.pen.rng.sample(fresh, 4))
    if memory.days_to_end:
        left = [line_of(memory, one, 99) for one in fresh]
        canteen = memory.stage.partners[memory.pen.rng.choice(CANTEENS)]
        deliver(memory, canteen, tuple(line for line in left if line), "老马")


def use_up_some(memory: Memory) -> None:
    """自用、样品, and now and then what turned up again."""
    rng = memory.pen.rng
    if rng.randrange(5):
        return
    one = memory.stage.goods[rng.choice(USED_UP)]
    line = SaidLine(memory.stage.ids[one.code], rng.randint(1, 4) * MILLI, one.base_unit)
    try:
        done = memory.pen.write(
            "老陈", DeliverGoods((line,), no_partner=True, reason=rng.choice(("自用", "样品", "赠送")))
        )
    except BusinessError:
        return
    memory.shift(done["lines"], -1)
    if rng.randrange(3) == 0:
        done = memory.pen.write("老陈", ReceiveGoods((line,), no_partner=True, note="盘点多出来的"))
        memory.shift(done["lines"], 1)
