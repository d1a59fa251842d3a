"""后台一页的样子：谁能看、谁能改、怎么找、怎么筛；改和新建都变成一条 SaveRecord。"""

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import Select, false, func, or_, select, true
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette_admin.contrib.sqla import ModelView
from starlette_admin.fields import BaseField
from starlette_admin.types import RequestAction

from admin_web.fields import BookField
from admin_web.filters import Days, Pick
from admin_web.names import names_of
from admin_web.rows import Rows
from core.rights import Rights, sees
from core.staff import May

MAX_SKIP = 1_000_000


def ACTIVE(model: Any) -> Pick:
    """在用 first; what is stopped is one tap away."""
    return Pick(
        "active",
        "状态",
        lambda names: [("1", "在用"), ("0", "已停用")],
        lambda value: model.active == (true() if value == "1" else false()),
        default="1",
    )


class BooksView(ModelView):
    """`table` is SaveRecord's name for it, '' = nobody writes here. Without `sees` nobody sees it."""

    table: ClassVar[str] = ""
    sees: ClassVar[Rights] = ()
    keeps: ClassVar[tuple[May, ...]] = ()  # all of them are needed to write
    search: ClassVar[tuple[Any, ...]] = ()
    filters: ClassVar[tuple[Pick | Days, ...]] = ()
    rows: ClassVar[tuple[Rows, ...]] = ()
    title_of: ClassVar[tuple[str, ...]] = ("name",)
    search_hint: ClassVar[str] = "搜名称、编码"
    link_key: ClassVar[str] = ""  # the page a row of the list opens, if not its own
    actions: Sequence[str] | None = ()
    row_actions: Sequence[str] | None = ()
    exporters: Sequence[Any] = ()
    importers: Sequence[Any] = ()
    searchable_fields: Sequence[str] | None = ()
    sortable_fields: Sequence[str] | None = ()
    page_size = 25
    page_size_options: Sequence[int] = (25, 50, 100)

    # ── rights ──

    def is_accessible(self, request: Request) -> bool:
        return sees(request.state.actor, self.sees)

    def can_create(self, request: Request) -> bool:
        return self.can_edit(request)

    def can_edit(self, request: Request) -> bool:
        actor = request.state.actor
        return bool(self.table and self.keeps) and all(actor.sees(one) for one in self.keeps)

    def can_delete(self, request: Request) -> bool:
        return False

    def can_import(self, request: Request) -> bool:
        return False

    def can_export(self, request: Request) -> bool:
        return sees(request.state.actor, (May.EXPORT,))

    def can_access_field(
        self, request: Request, field: BaseField, action: RequestAction | None = None
    ) -> bool:
        rights = field.sees if isinstance(field, BookField) else ()
        return sees(request.state.actor, rights) and super().can_access_field(request, field, action)

    def form_fields(self, request: Request) -> list[BookField]:
        return [field for field in self.get_fields_list(request) if isinstance(field, BookField)]

    def form_rows(self, request: Request) -> list[Rows]:
        return [rows for rows in self.rows if sees(request.state.actor, rows.sees)]

    # ── finding ──

    def scope(self, request: Request) -> list[Any]:
        """What of the table belongs to this company and this person."""
        return [self.model.company_id == request.state.actor.company_id]

    def filters_seen(self, request: Request) -> list[Pick | Days]:
        return [one for one in self.filters if sees(request.state.actor, one.sees)]

    def sifted(self, request: Request) -> bool:
        """Whether someone chose a filter, so that a phone shows them open."""
        return any(
            request.query_params.get(name, "") not in ("", getattr(one, "default", ""))
            for one in self.filters
            for name in (one.name, f"{one.name}_from", f"{one.name}_to")
        )

    def _narrowed(self, request: Request) -> list[Any]:
        clauses = self.scope(request)
        for one in self.filters_seen(request):
            clauses += one.clauses(request.query_params, names_of(request))
        return clauses

    def get_list_query(self, request: Request) -> Select[Any]:
        return select(self.model).where(*self._narrowed(request))

    def get_count_query(self, request: Request) -> Select[Any]:
        return select(func.count()).select_from(self.model).where(*self._narrowed(request))

    def get_detail_query(self, request: Request) -> Select[Any]:
        return select(self.model).where(*self.scope(request))

    def get_search_query(self, request: Request, term: str) -> Any:
        return or_(false(), *(column.icontains(term, autoescape=True) for column in self.search))

    async def find_by_pk(self, request: Request, pk: Any) -> Any:
        if not (str(pk).isdecimal() and len(str(pk)) < 19):
            raise HTTPException(404)
        return await super().find_by_pk(request, pk)

    async def find_all(
        self,
        request: Request,
        skip: int = 0,
        limit: int = 100,
        q: str | None = None,
        sorts: Any = None,
        filters: Any = None,
    ) -> Sequence[Any]:
        return await super().find_all(request, min(skip, MAX_SKIP), limit, q, sorts, filters)

    # ── showing ──

    def title_of_row(self, row: Any) -> str:
        return " ".join(filter(None, (getattr(row, name) for name in self.title_of)))

    def link_pk(self, row: Any) -> int:
        return int(row.id)

    def mood(self, request: Request, row: Any) -> str:
        """A class for the row's look."""
        return "" if getattr(row, "active", True) else "faded"

    async def serialize(
        self, obj: Any, request: Request, include_relationships: bool = True, include_select2: bool = False
    ) -> dict[str, Any]:
        shown = await super().serialize(obj, request, include_relationships, include_select2)
        return shown | {"_pk": self.link_pk(obj), "_mood": self.mood(request, obj)}

    async def repr(self, obj: Any, request: Request) -> str:
        return self.title_of_row(obj)

    def page(self, request: Request, row: Any) -> dict[str, Any]:
        """What the detail page shows besides the fields."""
        names, session = names_of(request), request.state.session
        children = [
            (rows, [rows.write(one, names) for one in rows.split(session, row.id, names)[0]])
            for rows in self.form_rows(request)
        ]
        return {"title": self.title_of_row(row), "children": children}

    # ── writing: never through this session; see forms.py and site.py ──

    async def create(self, request: Request, data: dict[str, Any]) -> Any:
        raise HTTPException(403)

    async def edit(self, request: Request, pk: Any, data: dict[str, Any]) -> Any:
        raise HTTPException(403)

    async def delete(self, request: Request, pks: list[Any]) -> int | None:
        raise HTTPException(403)

    def defaults(self) -> dict[str, Any]:
        """Values of a new row that no field of the form says."""
        return {}

    def check(self, request: Request, values: dict[str, Any]) -> dict[str, str]:
        """{field: what is wrong} for what only this page can know."""
        return {}
