"""新建和修改的表单：读出人写的字，变成一条 SaveRecord，被拒时一个字都不丢。"""

import re
import secrets
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import anyio.to_thread
from starlette.requests import Request

from admin_web.fields import BookField, Given
from admin_web.names import names_of
from admin_web.rows import Cells, Row, read_rows
from admin_web.twins import Twin, twin_of
from admin_web.view import BooksView
from core.commands import SaveRecord
from core.errors import BusinessError, Clash, Stale
from core.execute import Order, execute
from core.values import MILLI

KEY = re.compile(r"[0-9a-f]{32}")
SAVED_BEFORE = "这张表单已经保存过了。要再改，请刷新页面。"


@dataclass
class Sheet:
    """A form on its way: what is written in it, and what is wrong with it."""

    written: dict[str, Any]
    cells: dict[str, list[Cells]]
    key: str = field(default_factory=lambda: secrets.token_hex(16))
    changed: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    cell_errors: dict[str, dict[int, Cells]] = field(default_factory=dict)
    top: str = ""
    twin: Twin | None = None
    now_is: dict[str, str] = field(default_factory=dict)  # what the books say, where it differs (stale forms)
    now_changed: str = ""

    @property
    def wrong(self) -> bool:
        return bool(self.errors or any(self.cell_errors.values()) or self.top)


def blank(request: Request, view: BooksView) -> Sheet:
    names = names_of(request)
    return Sheet(
        {f.name: f.written(f.default, names) for f in view.form_fields(request)},
        {rows.name: [] for rows in view.form_rows(request)},
    )


def filled(request: Request, view: BooksView, row: Any) -> Sheet:
    names, session = names_of(request), request.state.session
    written = {
        f.name: f.written(f.getter(request, row) if f.getter else getattr(row, f.name, None), names)
        for f in view.form_fields(request)
    }
    cells = {
        rows.name: [rows.write(one, names) for one in rows.split(session, row.id, names)[0]]
        for rows in view.form_rows(request)
    }
    return Sheet(written, cells, changed=str(getattr(row, "changed", "")))


def submitted(request: Request, view: BooksView, form: Any) -> Sheet:
    key = str(form.get("key") or "")
    written: dict[str, Any] = {}
    for one in view.form_fields(request):
        if one.kind == "checks":
            written[one.name] = [str(value) for value in form.getlist(one.name)]
        else:
            written[one.name] = (
                one.name in form if one.kind == "switch" else str(form.get(one.name) or "").strip()
            )
    return Sheet(
        written,
        {rows.name: rows.cells(form) for rows in view.form_rows(request)},
        key if KEY.fullmatch(key) else secrets.token_hex(16),
        str(form.get("overwrite") or form.get("changed") or ""),
    )


def command(request: Request, view: BooksView, sheet: Sheet, row: Any | None) -> SaveRecord:
    """The command this form asks for; `sheet.wrong` says when it must not be sent."""
    given = _given(request, view, sheet, row)
    children = _children(request, view, sheet, given, row)
    values = view.defaults() if row is None else {}
    for one in view.form_fields(request):
        _read_field(one, sheet, given, values)
    if not values.get("code"):
        values.pop("code", None)  # not said: the books give one, or keep the old
    sheet.errors |= {
        name: text for name, text in view.check(request, values).items() if name not in sheet.errors
    }
    changed = int(sheet.changed) if row is not None and sheet.changed.isdecimal() else None
    return SaveRecord(view.table, values, None if row is None else row.id, changed, children)


def _given(request: Request, view: BooksView, sheet: Sheet, row: Any | None) -> Given:
    base = str(sheet.written.get("base_unit") or getattr(row, "base_unit", ""))
    return Given(names_of(request), sheet.key, request.state.secret, base, {base: MILLI})


def _read_field(one: BookField, sheet: Sheet, given: Given, values: dict[str, Any]) -> None:
    text = sheet.written[one.name]
    if one.required and not text:
        sheet.errors[one.name] = f"“{one.label}”不能空着，请填上。"
        return
    try:
        value = one.read(text, given)
    except ValueError as wrong:
        sheet.errors[one.name] = str(wrong)
        return
    if one.kind != "password" or value is not None:
        values[one.name] = value


def _children(
    request: Request, view: BooksView, sheet: Sheet, given: Given, row: Any | None
) -> dict[str, list[Row]]:
    children: dict[str, list[Row]] = {}
    for rows in view.form_rows(request):
        kept = rows.split(request.state.session, row.id, given.names)[1] if row is not None else []
        read, wrong = read_rows(rows, sheet.cells[rows.name], given)
        sheet.cell_errors[rows.name] = wrong
        children[rows.name] = kept + read
    return children


async def save(request: Request, wanted: Any, key: str, digest: str | None = None) -> dict[str, Any]:
    """Through the only door. The own snapshot ends first: a reader must not stand in the writer's way."""
    await anyio.to_thread.run_sync(request.state.session.rollback)
    order = Order(wanted, f"web/{key}", digest=digest)
    return await anyio.to_thread.run_sync(
        partial(execute, request.state.books, request.state.actor, order, request.state.now)
    )


def refuse(
    request: Request, view: BooksView, sheet: Sheet, refused: BusinessError, row_id: int | None
) -> None:
    """Put a refusal where it belongs on the form."""
    place = refused.facts.get("field", "")
    if refused.code == "key_reused":
        sheet.top = SAVED_BEFORE
    elif any(one.name == place for one in view.form_fields(request)):
        sheet.errors[place] = str(refused)
    elif not _refuse_cell(sheet, refused):
        sheet.top = str(refused)
    if isinstance(refused, Clash):
        sheet.twin = twin_of(request, view.table, sheet.written, sheet.cells, row_id)


def _refuse_cell(sheet: Sheet, refused: BusinessError) -> bool:
    code = refused.facts.get("code")
    for number, cells in enumerate(sheet.cells.get("barcodes", [])):
        if code and cells["code"] == code:
            sheet.cell_errors.setdefault("barcodes", {})[number] = {"code": str(refused)}
            return True
    return False


def show_difference(
    request: Request, view: BooksView, sheet: Sheet, row: Any, refused: BusinessError
) -> None:
    """A stale form: say what the books hold now, and let the person decide."""
    if not isinstance(refused, Stale):
        return
    now = filled(request, view, row)
    sheet.now_changed = now.changed
    for one in view.form_fields(request):
        if one.kind != "password" and now.written[one.name] != sheet.written[one.name]:
            sheet.now_is[one.name] = one.shown_written(now.written[one.name])
