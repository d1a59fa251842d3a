"""建演示店：从九十天前开张，一天天记到现在。"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import update

from core.commands import DeliverGoods, PlaceOrder, SaidLine
from core.db import Books
from core.demo import script
from core.demo.opening import Stage, give_identities, record_opening, set_up
from core.demo.pen import Pen
from core.demo.trade import Trade
from core.errors import BusinessError, Need
from core.founding import Founding, found_company
from core.tasks import task
from core.values import MILLI, to_day

NAME = "蜀味源调味品批发"
DAYS = 90
SEED = 20260115


def found_demo(books: Books, now: datetime, progress: Callable[[float, str], Any] = lambda _part, _what: None) -> Founding:
    """The whole shop through the same commands people use; the same `now` gives the same books."""
    start = now - timedelta(days=DAYS)
    founding = found_company(books, NAME, script.OWNER, start, "food", {"demo": True})
    pen = Pen(books, founding.company_id, Random(SEED), start + timedelta(hours=4))  # noqa: S311 — a story, not a secret
    pen.now = start
    stage = set_up(pen, founding, progress)
    end, first = to_day(now), to_day(start)
    debts = record_opening(pen, stage, first, end)
    pen.until = now
    trade = Trade(pen, stage, debts, end)
    for number in range(1, DAYS + 1):
        trade.run(first + timedelta(days=number))
        progress(0.16 + 0.82 * number / DAYS, f"记第 {number} 天的账")
    _finish(trade, stage)
    give_identities(books, pen, stage, now)
    _forget_old_tasks(books, founding.company_id, now)
    progress(1.0, "好了")
    return founding


def _finish(trade: Trade, stage: Stage) -> None:
    """The last touches: what ran dry is below its safety stock, and tomorrow's orders take the last boxes."""
    for code in script.OUT_OF_STOCK:
        one = stage.goods[code]
        spare = trade._free_of(one) // one.factor_milli - one.safety // 2
        if spare > 0:
            trade._deliver(stage.partners["KH013"], (SaidLine(stage.ids[code], spare * MILLI, one.price_unit),), script.OWNER)
    for code, customer in zip(script.SOLD_OUT, ("KH001", "KH003", "KH022", "KH023"), strict=True):
        one = stage.goods[code]
        last = trade._free_of(one) // MILLI
        if last > 0:
            line = SaidLine(stage.ids[code], last * MILLI, one.base_unit)
            trade.pen.write(script.OWNER, PlaceOrder((line,), stage.ids[customer]))


def _forget_old_tasks(books: Books, company_id: int, now: datetime) -> None:
    """Nobody wants to be told now of what happened last month."""
    with books.bookkeeping() as conn:
        conn.execute(update(task).where(task.c.company_id == company_id, task.c.done_at.is_(None)).values(done_at=now))


__all__ = ["DAYS", "BusinessError", "DeliverGoods", "Need", "date", "found_demo"]
