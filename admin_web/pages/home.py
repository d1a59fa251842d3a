"""后台首页：今天记了什么、快到期的、最近的单据。"""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route
from starlette_admin.views import CustomView

from admin_web.names import names_of, today_of
from admin_web.pages.life import life_of
from admin_web.views.documents import ROW as DOCUMENT
from admin_web.views.documents import kind_name, money, other_side, standing
from core.accounts import POOL_LEFT, batch
from core.catalog import product
from core.rights import kinds_seen

SOON = timedelta(days=60)
NEWEST, OLDEST = 8, 6


class HomePage(CustomView):
    menu_label = "首页"
    icon = "home"
    path = "/"
    route_name = "index"
    add_to_menu = False

    @route("")
    async def index(self, request: Request) -> Response:
        names = names_of(request)
        today = today_of(request)
        context = {
            "title": names.company.name,
            "today": today,
            "counts": _today(request, today),
            "newest": _newest(request),
            "ageing": _ageing(request, today),
        }
        return self._admin._template_response(request, "home.html", context)  # type: ignore[union-attr]


def _today(request: Request, today: Any) -> list[tuple[str, str, int]]:
    """(kind, its name, how many today), of the kinds this person sees."""
    actor = request.state.actor
    rows = request.state.session.execute(
        select(DOCUMENT.kind, func.count())
        .where(
            DOCUMENT.company_id == actor.company_id,
            DOCUMENT.business_date == today,
            DOCUMENT.state == "posted",
            DOCUMENT.kind.in_(kinds_seen(actor)),
        )
        .group_by(DOCUMENT.kind)
    )
    counted = dict(rows.all())
    return [(kind, kind_name(kind), counted[kind]) for kind in kinds_seen(actor) if kind in counted]


def _newest(request: Request) -> list[dict[str, Any]]:
    actor = request.state.actor
    rows = request.state.session.execute(
        select(DOCUMENT)
        .where(DOCUMENT.company_id == actor.company_id, DOCUMENT.kind.in_(kinds_seen(actor)))
        .order_by(DOCUMENT.id.desc())
        .limit(NEWEST)
    ).scalars()
    return [
        {
            "id": row.id,
            "number": row.number,
            "kind": kind_name(row.kind),
            "partner": other_side(request, row) or "",
            "total": money(request, row) or "",
            "standing": standing(row),
            "day": row.business_date,
        }
        for row in rows
    ]


def _ageing(request: Request, today: Any) -> list[dict[str, Any]]:
    rows = request.state.session.execute(
        select(
            product.c.id,
            product.c.name,
            product.c.spec,
            product.c.base_unit,
            batch.c.batch_no,
            batch.c.mfg_date,
            batch.c.expiry_date,
            batch.c.qty_milli,
        )
        .join(batch, batch.c.product_id == product.c.id)
        .where(
            product.c.company_id == request.state.actor.company_id,
            POOL_LEFT,
            batch.c.expiry_date <= today + SOON,
        )
        .order_by(batch.c.expiry_date, batch.c.id)
        .limit(OLDEST)
    ).all()
    return [
        {
            "id": row.id,
            "title": f"{row.name} {row.spec}".strip(),
            "batch": row.batch_no,
            "life": life_of(row.mfg_date, row.expiry_date, today),
        }
        for row in rows
    ]
