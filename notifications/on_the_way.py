"""调拨在途：货一发出，马上告诉收货那边的人来了什么、收到说什么。"""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.books.orders import paper
from core.db import Books
from core.documents import document, document_line
from core.posting_rules import Kind
from core.staff import Actor, people
from core.values import in_units
from core.warehouses import warehouse_names
from notifications.notice import Item, Moment

SHOWN = 8  # lines of the document that the message repeats


def just_sent(books: Books, one: Any, _now: datetime) -> dict[str, Any]:
    """What left for another warehouse and who keeps that one; {} for every other document."""
    if one.body["kind"] != Kind.TRANSFER_OUT:
        return {}
    with books.read() as conn:
        row = conn.execute(select(document).where(document.c.id == one.body["document_id"])).one()
        if row.reverses_id is not None:
            return {}
        sent = paper(conn, one.company_id, row.number)
        target = conn.execute(
            select(document_line.c.to_warehouse_id).where(document_line.c.document_id == row.id).limit(1)
        ).scalar_one()
        keepers = {actor.id for actor in people(conn, one.company_id) if actor.warehouse_id == target}
        return {
            "number": row.number,
            "sender": row.staff_id,
            "by": sent.who,
            "to": warehouse_names(conn, one.company_id)[target],
            "keepers": keepers,
            "lines": [
                f"　{line.article.title} "
                + in_units(line.qty_milli, line.article.units, line.article.base_unit, line.unit)
                for line in sent.lines
            ],
        }


def compose(moment: Moment, actor: Actor) -> list[Item]:
    """To those who keep the receiving warehouse; where nobody does, to all who may take it in but the sender (R59)."""
    body = moment.body
    if not body or actor.id == body["sender"] or (body["keepers"] and actor.id not in body["keepers"]):
        return []
    more = len(body["lines"]) - SHOWN
    rows = [
        f"{body['by']} 发来一车到 {body['to']}（{body['number']}），在路上：",
        *body["lines"][:SHOWN],
        *([f"　还有 {more} 行"] if more > 0 else []),
        f"收到照单全收回“收货 {body['number']}”，数不对就说实收多少。",
    ]
    return [Item(body["number"], "sent", "\n".join(rows), (("收货", f"收货 {body['number']}"),))]
