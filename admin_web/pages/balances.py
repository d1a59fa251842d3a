"""往来单位详情里的余额：未清、逾期，一笔一笔看得到。"""

from typing import Any

from sqlalchemy import select, text
from starlette.requests import Request

from admin_web.names import names_of
from core.accounts import open_item
from core.documents import document
from core.rights import Rights, sees
from core.values import to_day, yuan

NEWEST = 20


def balance_of(request: Request, partner_id: int, side: str, rights: Rights) -> dict[str, Any] | None:
    """Open items of one side, oldest first; None for who may not see them."""
    if not sees(request.state.actor, rights):
        return None
    today = to_day(request.state.now, names_of(request).company.day_cut_hour)
    rows = request.state.session.execute(
        select(
            open_item.c.sign,
            open_item.c.open_fen,
            open_item.c.amount_fen,
            open_item.c.due_date,
            document.c.id,
            document.c.number,
        )
        .join(document, document.c.id == open_item.c.document_id)
        .where(
            open_item.c.company_id == request.state.actor.company_id,
            open_item.c.side == side,
            open_item.c.partner_id == partner_id,
            text("open_item.open_fen > 0"),
        )
        .order_by(open_item.c.due_date, open_item.c.id)
    ).all()
    late = sum(row.open_fen for row in rows if row.sign > 0 and row.due_date and row.due_date < today)
    return {
        "word": "应收" if side == "R" else "应付",
        "open": yuan(sum(row.sign * row.open_fen for row in rows)),
        "late": yuan(late) if late else "",
        "more": max(0, len(rows) - NEWEST),
        "items": [
            {
                "id": row.id,
                "number": row.number,
                "open": yuan(row.sign * row.open_fen),
                "amount": yuan(row.sign * row.amount_fen),
                "due": row.due_date,
                "late": bool(row.sign > 0 and row.due_date and row.due_date < today),
            }
            for row in rows[:NEWEST]
        ],
    }
