"""单据：只看；详情里有明细、批次、金额和来龙去脉。改错用红冲。"""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import registry
from starlette.requests import Request

from admin_web.fields import BookField, shows
from admin_web.filters import Days, Pick
from admin_web.names import names_of
from admin_web.pages.document import document_page
from admin_web.view import BooksView
from core.documents import document
from core.partners import partner
from core.posting_rules import KIND_NAMES, Kind
from core.rights import EVERYONE, kinds_seen, sees_money
from core.staff import staff
from core.values import yuan


class DocumentRow:
    """A document with the names to show it by."""


_undoing = document.alias("undoing")
_heads = (
    select(
        document.c.id,
        document.c.company_id,
        document.c.kind,
        document.c.number,
        document.c.state,
        document.c.business_date,
        document.c.posted_at,
        document.c.total_fen,
        document.c.note,
        document.c.partner_id,
        document.c.staff_id,
        document.c.promised_on,
        document.c.reverses_id,
        document.c.parent_id,
        staff.c.name.label("staff_name"),
        partner.c.name.label("partner_name"),
        _undoing.c.number.label("undone_by"),
        _undoing.c.id.label("undone_id"),
    )
    .join(staff, staff.c.id == document.c.staff_id)
    .outerjoin(partner, partner.c.id == document.c.partner_id)
    .outerjoin(_undoing, _undoing.c.reverses_id == document.c.id)
    .subquery("heads")
)
registry().map_imperatively(DocumentRow, _heads, primary_key=[_heads.c.id])
ROW: Any = DocumentRow
STATES = {"posted": "已记账", "draft": "待审", "cancelled": "已作废"}


def kind_name(kind: str) -> str:
    return KIND_NAMES.get(Kind(kind), kind) if kind in Kind._value2member_map_ else kind


def standing(row: Any) -> str:
    if row.undone_by:
        return "已红冲"
    return "红冲单" if row.reverses_id else STATES.get(row.state, row.state)


def money(request: Request, row: Any) -> str | None:
    if not sees_money(request.state.actor, row.kind) or not row.total_fen:
        return None
    return yuan(-row.total_fen if row.reverses_id else row.total_fen)


def other_side(request: Request, row: Any) -> str | None:
    return names_of(request).partners.get(row.partner_id)


class Documents(BooksView):
    key = "document"
    menu_label = display_name = "单据"
    icon = "page"
    search_hint = "搜单号、对方、经手人"
    sees = EVERYONE
    detail_template = "document.html"
    title_of = ("number",)
    search = (ROW.number, ROW.note, ROW.staff_name)
    sortable_fields = ("number", "business_date")
    fields_default_sort = (("id", True),)
    filters = (
        Pick(
            "kind",
            "种类",
            lambda names: [(kind, kind_name(kind)) for kind in kinds_seen(names.actor)],
            lambda value: ROW.kind == value,
        ),
        Pick(
            "partner",
            "对方",
            lambda names: [(str(one), name) for one, name in names.partners.items()],
            lambda value: ROW.partner_id == int(value),
        ),
        Days("day", "日期", ROW.business_date),
    )
    fields = (
        BookField("number", "单号", sees=EVERYONE),
        shows("kind", "种类", EVERYONE, lambda request, row: kind_name(row.kind)),
        shows("business_date", "日期", EVERYONE, lambda request, row: row.business_date.isoformat()),
        shows("partner", "对方", EVERYONE, other_side),
        shows("total", "金额", EVERYONE, money, number=True),
        shows("standing", "状态", EVERYONE, lambda request, row: standing(row)),
        shows("staff_name", "经手人", EVERYONE, lambda request, row: row.staff_name),
        shows("note", "备注", EVERYONE, lambda request, row: row.note or None),
    )

    def __init__(self) -> None:
        super().__init__(DocumentRow)

    def scope(self, request: Request) -> list[Any]:
        return [*super().scope(request), ROW.kind.in_(kinds_seen(request.state.actor))]

    def get_search_query(self, request: Request, term: str) -> Any:
        partners = [one for one, name in names_of(request).partners.items() if term in name]
        return super().get_search_query(request, term) | ROW.partner_id.in_(partners)

    def page(self, request: Request, row: Any) -> dict[str, Any]:
        return {
            "title": row.number,
            "children": [],
            "kind": kind_name(row.kind),
            "standing": standing(row),
            "total": money(request, row),
            "partner": other_side(request, row),
        } | document_page(request, row)

    def mood(self, request: Request, row: Any) -> str:
        return "faded" if row.undone_by or row.reverses_id else ""
