"""对账页：三本账按单位、按商品摆在一起，付了几成一眼看到，对不上的单点得开。"""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from starlette.requests import Request

from admin_web.names import today_of
from core.books.three_way import SIDES, Row, Side, three_way
from core.documents import document
from core.rights import sees
from core.values import add_months, yuan


def may_reconcile(request: Request) -> bool:
    return any(sees(request.state.actor, rule.rights) for rule in SIDES.values())


def reconciled(request: Request) -> dict[str, Any]:
    """The page of one month; only the sides this person may see."""
    today = today_of(request)
    month = _month(request.query_params.get("month"), today)
    until = min(add_months(month, 1) - timedelta(days=1), today)
    actor, session = request.state.actor, request.state.session
    found = three_way(session.connection(), actor.company_id, month, until)
    mine = {side: found[side] for side, rule in SIDES.items() if sees(actor, rule.rights)}
    wrong = list(dict.fromkeys(number for side in mine.values() for number in side.wrong))
    ids = dict(
        session.execute(
            select(document.c.number, document.c.id).where(
                document.c.company_id == actor.company_id, document.c.number.in_(wrong)
            )
        ).all()
    )
    return {
        "title": "对账",
        "month": f"{month:%Y-%m}",
        "since": month,
        "until": until,
        "wrong": [{"number": number, "id": ids[number]} for number in wrong],
        "sides": [_side(SIDES[name].words, side) for name, side in mine.items()],
    }


def _month(said: str | None, today: date) -> date:
    """'2026-01' → its first day; anything else is this month."""
    try:
        found = date.fromisoformat(f"{said}-01")
    except ValueError:
        found = today
    return min(found, today).replace(day=1)


def _side(heads: tuple[str, ...], side: Side) -> dict[str, Any]:
    figures = ("goods_fen", "owed_fen", "paid_fen", "other_fen", "left_fen")
    return {
        "title": heads[0],
        "heads": heads[1:],
        "total": [yuan(side.total(figure)) for figure in figures],
        "tables": [
            ("按单位", True, [_row(row, row.paid_fen + row.left_fen) for row in side.partners]),
            ("按商品", False, [_row(row, row.owed_fen) for row in side.products]),
        ],
    }


def _row(row: Row, whole_fen: int) -> dict[str, Any]:
    """share: how much of the whole is paid, in %; a partner's whole is what he has paid this month and what is still open."""
    return {
        "id": row.id,
        "name": row.name,
        "goods": yuan(row.goods_fen),
        "owed": yuan(row.owed_fen),
        "paid": yuan(row.paid_fen),
        "other": yuan(row.other_fen) if row.other_fen else "",
        "left": yuan(row.left_fen),
        "share": max(0, min(100, row.paid_fen * 100 // whole_fen)) if whole_fen > 0 else None,
        "wrong": "、".join(row.wrong),
    }
