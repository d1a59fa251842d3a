"""临期：每批每到一个阶段（60、30、15、7、0 天）提醒一次，带着卖不完多少、值多少钱。"""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.books.expiring import Lot, expiring
from core.company import the_company
from core.db import Books, upsert
from core.staff import Actor, May
from core.tasks import task
from core.values import to_day
from notifications.notice import Item, Moment
from notifications.wording import lot_line

SHOWN = 12


def compose(moment: Moment, actor: Actor) -> list[Item]:
    """One message a day with the batches that entered a stage this person has not been told of (R45)."""
    near = expiring(moment.conn, moment.company_id, moment.today, warehouse_id=actor.warehouse_id).near
    fresh = [lot for lot in near if _enters_today(lot, moment)]
    if not fresh:
        return []
    money = actor.sees(May.SEE_COST)
    rows = [f"临期提醒 {moment.today}：{len(fresh)} 批"]
    rows += [f"{number}. {lot_line(lot, money)}" for number, lot in enumerate(fresh[:SHOWN], 1)]
    if len(fresh) > SHOWN:
        rows.append(f"还有 {len(fresh) - SHOWN} 批，发“临期”看全部")
    rows.append("回“报 1”接着办：促销、退供应商。")
    return [
        Item(
            "stages",
            str(moment.today),
            "\n".join(rows),
            (("看全部临期", "临期"), ("知道了", "知道了")),
            tuple(f"临期 {lot.article.code}" for lot in fresh[:SHOWN]),
        )
    ]


def _enters_today(lot: Lot, moment: Moment) -> bool:
    """In its stage since the last morning this notice went out: once per batch and stage, also after days of silence."""
    told = moment.body.get("told", {})
    return str(lot.stage) != str(told.get(str(lot.batch_id)))


# What stage each batch was last told in is kept in one task row, named "stages" and done from the start.


def told_so_far(books: Books, one: Any, _now: datetime) -> dict[str, Any]:
    """{"told": {batch: stage}}."""
    with books.read() as conn:
        query = select(task.c.body).where(task.c.company_id == one.company_id, task.c.name == "stages")
        return {"told": dict(conn.execute(query).scalar() or {})}


def remember(books: Books, company_id: int, now: datetime) -> None:
    with books.read() as conn:
        today = to_day(now, the_company(conn, company_id).day_cut_hour)
        stages = {str(lot.batch_id): lot.stage for lot in expiring(conn, company_id, today).near}
    row = {"company_id": company_id, "name": "stages", "key": "told", "due_at": now, "tries": 0, "error": ""}
    kept = {"body": stages, "done_at": now}
    with books.bookkeeping() as conn:
        made = upsert(conn, task).values(row | kept)
        conn.execute(made.on_conflict_do_update(index_elements=["company_id", "name", "key"], set_=kept))
