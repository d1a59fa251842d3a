"""低库存：跌破安全库存的那一笔之后马上说一次，恢复前或一天之内不重复。"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select, text

from core import tasks
from core.books.low_stock import Low, low_stock
from core.company import the_company
from core.db import Books
from core.documents import document_line
from core.staff import Actor
from core.tasks import task
from core.values import to_day
from notifications.notice import Item, Moment
from notifications.wording import low_line

QUIET = timedelta(hours=24)  # not announced twice within this, unless the goods recovered meanwhile


def compose(moment: Moment, actor: Actor) -> list[Item]:
    """One message per product that newly fell below; `fallen` is [(Low, latch id)] (R34)."""
    fallen: list[tuple[Low, int]] = moment.body["fallen"]
    return [
        Item(
            str(low.article.id),
            str(latch),
            f"低库存 {low_line(low)}",
            (("查库存", f"库存 {low.article.code}"),),
        )
        for low, latch in fallen
        if actor.warehouse_id is None or actor.warehouse_id in low.warehouse_ids
    ]


# A latch is a task row named low/<product>: it falls due after QUIET and is gone when the goods recover.


def newly_fallen(books: Books, one: Any, now: datetime) -> dict[str, Any]:
    """{"fallen": what this document took below its safety stock and nobody was told of}."""
    document_id = one.body["document_id"]
    with books.read() as conn:
        line = document_line.c
        query = select(line.product_id).where(line.document_id == document_id, line.product_id.is_not(None))
        ids = set(conn.execute(query).scalars())
        if not ids:
            return {"fallen": []}
        today = to_day(now, the_company(conn, one.company_id).day_cut_hour)
        low = {row.article.id: row for row in low_stock(conn, one.company_id, today, ids)}
    with books.bookkeeping() as conn:
        _open_latches(conn, one.company_id, ids - low.keys(), low, now)
        latched = [(row, _latch(conn, one, of, now)) for of, row in sorted(low.items())]
    return {"fallen": [(row, latch) for row, latch in latched if latch]}


def _open_latches(
    conn: Connection, company_id: int, well: set[int], low: dict[int, Low], now: datetime
) -> None:
    """Those of goods that recovered, and those that have been shut long enough."""
    its, over = task.c.company_id == company_id, task.c.due_at <= now
    conn.execute(delete(task).where(its, task.c.name.in_([f"low/{of}" for of in well])))
    conn.execute(delete(task).where(its, task.c.name.in_([f"low/{of}" for of in low]), over))


def _latch(conn: Connection, one: Any, product_id: int, now: datetime) -> int | None:
    """Its id when this document shut it: now, or before it was interrupted and its message perhaps not written."""
    name, document_id = f"low/{product_id}", one.body["document_id"]
    made = tasks.put(conn, one.company_id, name, "latch", now + QUIET, {"after": document_id})
    if made is not None:
        return made
    row = conn.execute(
        select(task.c.id, task.c.body).where(
            task.c.company_id == one.company_id, task.c.name == name, text("task.done_at IS NULL")
        )
    ).one_or_none()
    return row.id if row is not None and row.body.get("after") == document_id else None
