"""往来单位详情里的余额：未清、逾期，一笔一笔看得到。"""

from typing import Any

from starlette.requests import Request

from admin_web.names import today_of
from core.books.owed import items_of
from core.rights import Rights, sees
from core.values import yuan

NEWEST = 20


def balance_of(request: Request, partner_id: int, side: str, rights: Rights) -> dict[str, Any] | None:
    """Open items of one side, oldest first; None for who may not see them."""
    actor = request.state.actor
    if not sees(actor, rights):
        return None
    conn = request.state.session.connection()
    items = items_of(conn, actor.company_id, side, partner_id, today_of(request))
    late = sum(one.open_fen for one in items if one.overdue)
    return {
        "word": "应收" if side == "R" else "应付",
        "open": yuan(sum(one.sign * one.open_fen for one in items)),
        "late": yuan(late) if late else "",
        "more": max(0, len(items) - NEWEST),
        "items": [
            {
                "id": one.document_id,
                "number": one.number,
                "open": yuan(one.sign * one.open_fen),
                "amount": yuan(one.sign * one.amount_fen),
                "due": one.due_date,
                "late": one.overdue,
            }
            for one in items[:NEWEST]
        ],
    }
