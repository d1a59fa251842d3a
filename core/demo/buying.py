"""演示店进货：按供应商的送货日补货，补分店，临走捡几批便宜的近期货。"""

from collections import defaultdict
from datetime import date, timedelta

from core.commands import ReceiveGoods, ReverseDocument, SaidLine
from core.demo import script
from core.demo.catalogue import DemoGoods, DemoPartner
from core.demo.memory import Memory
from core.demo.opening import keeps_short
from core.errors import BusinessError
from core.values import MILLI, shelf_life_days

REORDER_DAYS, FILL_DAYS = 12, 24
TYPO_IN = 40  # one receipt in so many is written wrong, reversed and written again


def receive_all(memory: Memory) -> None:
    for supplier in memory.stage.partners.values():
        if supplier.is_supplier and memory.day.isoweekday() in supplier.order_days:
            wanted = [
                _refill(memory, one) for one in memory.stage.goods.values() if one.supplier == supplier.code
            ]
            book(
                memory,
                supplier,
                tuple(line for line in wanted if line),
                memory.pen.rng.choice(script.RECEIVERS),
            )
    if memory.day.isoweekday() == 1:
        _refill_branch(memory)
    _bargains(memory)


def _refill(memory: Memory, one: DemoGoods) -> SaidLine | None:
    dry = one.code in script.OUT_OF_STOCK and memory.days_to_end < script.OUT_OF_STOCK_DAYS
    if dry or one.code in script.UNSOLD or keeps_short(one):
        return None
    rate, here = memory.weekly_rate(one), memory.free_of(one) // one.factor_milli
    cover = min(FILL_DAYS, shelf_life_days(one.shelf_life) // 3) if one.batched else FILL_DAYS
    if here * 7 > rate * min(REORDER_DAYS, cover):
        return None
    return _bought(memory, one, max(1, rate * cover // 7 - here + 1))


def _bought(memory: Memory, one: DemoGoods, qty: int, warehouse_id: int | None = None) -> SaidLine:
    rng = memory.pen.rng
    oldest = max(1, min(50, shelf_life_days(one.shelf_life) // 6))
    made = memory.day - timedelta(days=rng.randint(1, oldest)) if one.batched else None
    moved = rng.choice((97, 98, 99, 101, 102, 103)) if rng.randrange(8) == 0 else None
    price = one.buy_e4 * moved // 100 // 1000 * 1000 if moved else None
    return SaidLine(
        memory.stage.ids[one.code],
        qty * MILLI,
        one.price_unit,
        price_e4=price,
        warehouse_id=warehouse_id,
        mfg_date=made,
    )


def book(memory: Memory, supplier: DemoPartner, lines: tuple[SaidLine, ...], who: str) -> None:
    if not lines:
        return
    command = ReceiveGoods(lines, memory.stage.ids[supplier.code])
    done = memory.pen.write(who, command)
    if memory.pen.rng.randrange(TYPO_IN) == 0 and undone(memory, who, done["number"]):
        done = memory.pen.write(who, command)
    memory.debts[supplier.code].append((date.fromisoformat(done["due"]), done["total_fen"]))
    memory.shift(done["lines"], 1)


def undone(memory: Memory, who: str, number: str) -> bool:
    try:
        memory.pen.write(who, ReverseDocument(number))
    except BusinessError:
        return False
    return True


def _refill_branch(memory: Memory) -> None:
    by_supplier: dict[str, list[SaidLine]] = defaultdict(list)
    branch = memory.stage.ids["CK03"]
    for code in script.BRANCH:
        one = memory.stage.goods[code]
        if memory.free_of(one, branch) < 3 * one.factor_milli:
            by_supplier[one.supplier].append(_bought(memory, one, memory.pen.rng.randint(3, 6), branch))
    for code, lines in by_supplier.items():
        book(memory, memory.stage.partners[code], tuple(lines), script.BRANCH_KEEPER)


def _bargains(memory: Memory) -> None:
    """Near-date goods at four fifths of the price, for the last days' 临期 list."""
    for code, (before, boxes, left) in script.NEAR_DATE.items():
        if memory.days_to_end == before:
            one = memory.stage.goods[code]
            line = SaidLine(
                memory.stage.ids[code],
                boxes * MILLI,
                one.price_unit,
                price_e4=one.buy_e4 * 4 // 5,
                expiry_date=memory.end + timedelta(days=left),
            )
            book(memory, memory.stage.partners[one.supplier], (line,), "小周")


def buy_fresh(memory: Memory, some: list[DemoGoods]) -> None:
    """豆腐 and 牛奶 of today."""
    for code in dict.fromkeys(one.supplier for one in some):
        lines = tuple(
            SaidLine(
                memory.stage.ids[one.code],
                memory.pen.rng.randint(2, 5) * MILLI,
                one.price_unit,
                mfg_date=memory.day,
            )
            for one in some
            if one.supplier == code
        )
        book(memory, memory.stage.partners[code], lines, "小蒋")
