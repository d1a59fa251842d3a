"""建演示店：从九十天前开张，一天天记到现在。"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy import update

from core.commands import PlaceOrder, SaidLine
from core.db import Books
from core.demo import script
from core.demo.buying import receive_all
from core.demo.cashier import pay_suppliers, take_money
from core.demo.memory import Memory
from core.demo.opening import give_identities, record_opening, set_up
from core.demo.pen import Pen
from core.demo.selling import Waiting, deliver, deliver_waiting, line_of, sell_fresh, sell_to_all, use_up_some
from core.demo.shelves import leave_on_the_desk, shelve
from core.founding import Founding, found_company
from core.tasks import task
from core.values import MILLI, to_day

NAME = "蜀味源调味品批发"
DAYS = 90
SEED = 20260115


def found_demo(
    books: Books,
    now: datetime,
    progress: Callable[[float, str], None] = lambda _part, _what: None,
    days: int = DAYS,
) -> Founding:
    """The whole shop through the same commands people use; the same `now` gives the same books."""
    start = now - timedelta(days=days)
    founding = found_company(books, NAME, script.OWNER, start, "food", {"demo": True})
    pen = Pen(books, founding.company_id, Random(SEED), start)  # noqa: S311 — a story, not a secret
    stage = set_up(pen, founding, progress)
    memory = Memory(pen, stage, record_opening(pen, stage, to_day(start), to_day(now)), to_day(now))
    give_identities(books, pen, stage, start)
    pen.until = now
    shelve(memory)
    _trade(memory, to_day(start), progress)
    _finish(memory)
    leave_on_the_desk(memory)
    _forget_old_tasks(books, founding.company_id, now)
    progress(1.0, "好了")
    return founding


def _trade(memory: Memory, first: date, progress: Callable[[float, str], None]) -> None:
    waiting: list[Waiting] = []
    days = (memory.end - first).days
    for number in range(1, days + 1):
        memory.day = first + timedelta(days=number)
        memory.pen.start_day(memory.day)
        memory.look_at_shelves()
        receive_all(memory)
        waiting = deliver_waiting(memory, waiting)
        waiting += sell_to_all(memory)
        sell_fresh(memory)
        use_up_some(memory)
        take_money(memory)
        pay_suppliers(memory)
        progress(0.15 + 0.84 * number / days, f"第 {number} 天")


def _finish(memory: Memory) -> None:
    """The last touches: what ran dry is below its safety stock, and tomorrow's orders take the last boxes."""
    stage = memory.stage
    dry = [stage.goods[code] for code in script.OUT_OF_STOCK]
    spare = [
        line_of(memory, one, memory.free_of(one) // one.factor_milli - one.safety // 2)
        for one in dry
        if memory.free_of(one) // one.factor_milli > one.safety // 2
    ]
    deliver(memory, stage.partners["KH003"], tuple(line for line in spare if line), script.OWNER)
    for code, customer in script.SOLD_OUT.items():
        last = memory.free_of(stage.goods[code]) // MILLI
        if last:
            line = SaidLine(stage.ids[code], last * MILLI, stage.goods[code].base_unit)
            memory.pen.write(script.OWNER, PlaceOrder((line,), stage.ids[customer]))


def _forget_old_tasks(books: Books, company_id: int, now: datetime) -> None:
    """Nobody wants to be told now of what happened last month."""
    with books.bookkeeping() as conn:
        conn.execute(
            update(task).where(task.c.company_id == company_id, task.c.done_at.is_(None)).values(done_at=now)
        )
