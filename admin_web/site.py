"""后台站点：列表、详情、表单、停用启用、绑定码、导出；单据和库存只读，谁来改都是 403。"""

import secrets
from typing import Any

from sqlalchemy import func, select
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette_admin.contrib.sqla import Admin
from starlette_admin.flash import flash
from starlette_admin.routing import route
from starlette_admin.types import RequestAction

from admin_web import forms
from admin_web.door import COOKIE, Csrf
from admin_web.export import as_csv
from admin_web.forms import KEY, Sheet
from admin_web.names import names_of, today_of
from admin_web.pages.reconcile import may_reconcile, reconciled
from admin_web.pages.shop import asked_for, may_set_up, shop_page
from admin_web.twins import product_like
from admin_web.view import BooksView
from core.accounts import entry
from core.commands import Decide, IssueBindingCode, SaveRecord
from core.company import company
from core.errors import BusinessError
from core.execute import FactsChanged
from core.sessions import close_sessions

# of the library's own routes only these are opened; its JSON lookups, imports and inline edits stay shut
OPEN = frozenset(
    {
        "list",
        "detail",
        "create",
        "edit",
        "active",
        "binding-code",
        "export",
        "changes",
        "more",
        "reconcile",
        "shop",
        "decide",
        "shut",
    }
)
SAY = {401: "请先登录", 403: "没有权限", 404: "没有这一页", 405: "不能这样操作", 400: "这个地址不对"}
TWIN_WORDS = "已经有一款很像的。是同一款吗？"


class BooksAdmin(Admin):
    """starlette-admin with every write going through core.execute."""

    def _init_csrf(self) -> None:
        self.middlewares.append(Middleware(Csrf, secret_key=str(self.secret_key)))

    def _collect_core_routes(self) -> list[Route]:
        found = [one for one in super()._collect_core_routes() if one.name in OPEN]
        return sorted(found, key=lambda one: one.name == "shut")  # what is shut comes after what is open

    def _view(self, request: Request, action: RequestAction) -> BooksView:
        """The page asked for; 403 for who may not see it."""
        request.state.action = action
        view = self._find_view_by_key(request.path_params.get("key"))
        if not isinstance(view, BooksView) or not view.is_accessible(request):
            raise HTTPException(403)
        return view

    async def _row(self, request: Request, view: BooksView, pk: str | None) -> Any:
        return await self._find_object_or_404(request, view, view.key, pk, "row")

    # ── looking ──

    @route("/{key}/detail", methods=["GET"], name="detail")
    async def _render_detail(self, request: Request) -> Response:
        view = self._view(request, RequestAction.DETAIL)
        if not view.can_view_detail(request):
            raise HTTPException(403)
        row = await self._row(request, view, request.query_params.get("pk"))
        shown = await view.serialize(row, request)
        context = {
            "view": view,
            "row": row,
            "shown": shown,
            "fields": view.get_fields_list(request),
            "page": view.page(request, row),
            "key": secrets.token_hex(16),
            "title": view.title_of_row(row),
        }
        return self._template_response(request, view.detail_template, context)

    @route("/{key}/export", methods=["GET"], name="export")
    async def _export(self, request: Request) -> Response:
        view = self._view(request, RequestAction.EXPORT)
        if not view.can_export(request):
            raise HTTPException(403)
        return await as_csv(request, view)

    @route("/changes", methods=["GET"], name="changes")
    async def _changes(self, request: Request) -> Response:
        """A word that differs as soon as something was posted or a record changed: pages look every 2 s."""
        session, company_id = request.state.session, request.state.actor.company_id
        newest = session.execute(
            select(func.max(entry.c.id)).where(entry.c.company_id == company_id)
        ).scalar()
        version = session.execute(
            select(company.c.catalog_version).where(company.c.id == company_id)
        ).scalar()
        return JSONResponse({"at": f"{newest or 0}-{version}"})

    @route("/more", methods=["GET"], name="more")
    async def _more(self, request: Request) -> Response:
        return self._template_response(request, "more.html", {"title": "更多"})

    @route("/reconcile", methods=["GET"], name="reconcile")
    async def _reconcile(self, request: Request) -> Response:
        if not may_reconcile(request):
            raise HTTPException(403)
        return self._template_response(request, "reconcile.html", reconciled(request))

    @route("/shop", methods=["GET", "POST"], name="shop")
    async def _shop(self, request: Request) -> Response:
        if not may_set_up(request):
            raise HTTPException(403)
        if request.method == "GET":
            return self._template_response(request, "shop.html", shop_page(request))
        written, wanted = asked_for(form := await request.form())
        try:
            await forms.save(request, wanted, _key(form))
        except BusinessError as refused:
            page = shop_page(request, written, str(refused), refused.facts.get("field", ""))
            return self._template_response(request, "shop.html", page, 422)
        flash(request, "店铺设置已保存。", "success")
        return RedirectResponse(f"{self.base_url}/shop", 303)

    # ── new and changed records ──

    @route("/{key}/create", methods=["GET", "POST"], name="create")
    async def _render_create(self, request: Request) -> Response:
        view = self._view(request, RequestAction.CREATE)
        if not view.can_create(request):
            raise HTTPException(403)
        if request.method == "GET":
            return self._form(request, view, forms.blank(request, view), None)
        form = await request.form()
        sheet = forms.submitted(request, view, form)
        wanted = forms.command(request, view, sheet, None)
        if view.table == "product" and not sheet.wrong and not form.get("not_twin"):
            sheet.twin = product_like(request, sheet.written, None)
            sheet.top = TWIN_WORDS if sheet.twin else ""
        return await self._save(request, view, sheet, wanted, None)

    @route("/{key}/edit", methods=["GET", "POST"], name="edit")
    async def _render_edit(self, request: Request) -> Response:
        view = self._view(request, RequestAction.EDIT)
        if not view.can_edit(request):
            raise HTTPException(403)
        row = await self._row(request, view, request.query_params.get("pk"))
        if request.method == "GET":
            return self._form(request, view, forms.filled(request, view, row), row)
        sheet = forms.submitted(request, view, await request.form())
        return await self._save(request, view, sheet, forms.command(request, view, sheet, row), row)

    async def _save(
        self, request: Request, view: BooksView, sheet: Sheet, wanted: SaveRecord, row: Any
    ) -> Response:
        if sheet.wrong:
            return self._form(request, view, sheet, row)
        try:
            saved = await forms.save(request, wanted, sheet.key)
        except BusinessError as refused:
            forms.refuse(request, view, sheet, refused, wanted.id)
            if row is not None:
                forms.show_difference(request, view, sheet, row, refused)
            return self._form(request, view, sheet, row)
        if view.table == "staff" and "password" in wanted.values:
            close_sessions(request.state.books, saved["id"], but=request.cookies.get(COOKIE))
        flash(request, f"已保存：{saved['name']}", "success")
        return RedirectResponse(f"{self.base_url}/{view.key}/detail?pk={saved['id']}", 303)

    def _form(self, request: Request, view: BooksView, sheet: Sheet, row: Any) -> Response:
        context = {
            "view": view,
            "sheet": sheet,
            "row": row,
            "fields": view.form_fields(request),
            "children": view.form_rows(request),
            "names": names_of(request),
            "today": today_of(request).isoformat(),
            "title": f"{'新建' if row is None else '修改'}{view.display_name}",
        }
        return self._template_response(request, "form.html", context, 422 if sheet.wrong else 200)

    # ── one-tap actions ──

    @route("/{key}/active", methods=["POST"], name="active")
    async def _active(self, request: Request) -> Response:
        """停用 instead of delete; what has history stays readable."""
        view = self._view(request, RequestAction.EDIT)
        if not view.can_edit(request):
            raise HTTPException(403)
        form = await request.form()
        row = await self._row(request, view, str(form.get("pk") or ""))
        on = form.get("active") == "1"
        name, row_id, changed = view.title_of_row(row), row.id, str(form.get("changed") or "")
        wanted = SaveRecord(view.table, {"active": on}, row_id, int(changed) if changed.isdecimal() else None)
        try:
            await forms.save(request, wanted, _key(form))
        except BusinessError as refused:
            flash(request, str(refused), "error")
        else:
            if view.table == "staff" and not on:
                close_sessions(request.state.books, row_id)
            flash(request, f"已{'启用' if on else '停用'}：{name}", "success")
        return RedirectResponse(f"{self.base_url}/{view.key}/detail?pk={row_id}", 303)

    @route("/staff/binding-code", methods=["POST"], name="binding-code")
    async def _binding_code(self, request: Request) -> Response:
        """The code is shown in this answer and nowhere else."""
        request.path_params["key"] = "staff"
        view = self._view(request, RequestAction.EDIT)
        form = await request.form()
        row = await self._row(request, view, str(form.get("pk") or ""))
        name, row_id = row.name, row.id
        try:
            made = await forms.save(request, IssueBindingCode(row_id), secrets.token_hex(16))
        except BusinessError as refused:
            flash(request, str(refused), "error")
            return RedirectResponse(f"{self.base_url}/staff/detail?pk={row_id}", 303)
        return self._template_response(
            request, "code.html", {"title": "绑定码", "code": made["secret"], "name": name, "pk": row_id}
        )

    @route("/document/decide", methods=["POST"], name="decide")
    async def _decide(self, request: Request) -> Response:
        """同意 is what the page showed, or it is shown again; whose turn it is, the books say."""
        request.path_params["key"] = "document"
        view = self._view(request, RequestAction.DETAIL)
        form = await request.form()
        row = await self._row(request, view, str(form.get("pk") or ""))
        number, row_id, yes = row.number, row.id, form.get("say") == "yes"
        wanted = Decide(number, yes, str(form.get("note") or "").strip())
        try:
            await forms.save(request, wanted, _key(form), str(form.get("digest") or "?") if yes else None)
        except FactsChanged:
            flash(request, "情况有变，请再看一眼。", "error")
        except BusinessError as refused:
            flash(request, str(refused), "error")
        else:
            flash(request, f"已{'同意' if yes else '驳回'}：{number}", "success")
        return RedirectResponse(f"{self.base_url}/document/detail?pk={row_id}", 303)

    @route("/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], name="shut")
    async def _shut(self, request: Request) -> Response:
        """Nothing else may be written, by nobody: posted documents are put right by 红冲 (R39)."""
        raise HTTPException(404 if request.method == "GET" else 403)

    async def _render_error(self, request: Request, exc: Exception | None = None) -> Response:
        code = exc.status_code if isinstance(exc, HTTPException) else 500
        if not getattr(request.state, "actor", None):
            return PlainTextResponse(SAY.get(code, "出错了"), code)
        context = {"title": SAY.get(code, "出错了"), "code": code}
        return self._template_response(request, "error.html", context, code)


def _key(form: Any) -> str:
    key = str(form.get("key") or "")
    return key if KEY.fullmatch(key) else secrets.token_hex(16)
