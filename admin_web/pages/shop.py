"""店铺设置页：店名、逾期多久不再赊、低于成本怎么办；只有老板看得到。"""

import secrets
from typing import Any

from starlette.requests import Request

from core.commands import SetUpShop
from core.commands.set_up_shop import now_set
from core.company import the_company
from core.staff import May

BELOW_COST = {"ask": "等老板批", "warn": "只提醒，不用批"}


def may_set_up(request: Request) -> bool:
    return May.MANAGE_STAFF in request.state.actor.may


def shop_page(
    request: Request, written: dict[str, str] | None = None, wrong: str = "", field: str = ""
) -> dict[str, Any]:
    """The form as it is set, or as it was filled in and refused."""
    if written is None:
        row = the_company(request.state.session.connection(), request.state.actor.company_id)
        held = now_set(row)
        written = {
            "name": held.name,
            "overdue_days": str(held.overdue_days),
            "below_cost": held.below_cost,
            "key": secrets.token_hex(16),
        }
    return {
        "title": "店铺设置",
        "written": written,
        "choices": BELOW_COST,
        "wrong": wrong,
        "wrong_field": field,
    }


def asked_for(form: Any) -> tuple[dict[str, str], SetUpShop]:
    """(what was written, the command): a number that is none asks for -1 days, which the books refuse in words."""
    written = {
        name: str(form.get(name) or "").strip() for name in ("name", "overdue_days", "below_cost", "key")
    }
    days = written["overdue_days"]
    number = int(days) if days.isdecimal() and len(days) < 6 else -1
    return written, SetUpShop(written["name"], number, written["below_cost"])
