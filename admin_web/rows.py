"""表单里的子表：一行一条，读得进，写得回；看不到的行原样留着。"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from admin_web.fields import Given
from admin_web.names import Names
from core.rights import EVERYONE, Rights

Cells = dict[str, str]
Row = dict[str, Any]


class CellError(ValueError):
    """What is wrong with one cell of a row."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True)
class Column:
    name: str
    label: str
    placeholder: str = ""
    required: bool = False
    kind: str = "text"  # text | day | choice
    suggest: str = ""
    choices: Callable[[Names], list[tuple[str, str]]] | None = None
    numeric: bool = False


@dataclass(frozen=True)
class Rows:
    """`name` is the child's name in SaveRecord. write: row → cells; read: cells → row, raising CellError."""

    name: str
    label: str
    columns: tuple[Column, ...]
    load: Callable[[Session, int], list[Row]]
    write: Callable[[Row, Names], Cells]
    read: Callable[[Cells, Given], Row]
    sees: Rights = EVERYONE
    visible: Callable[[Row, Names], bool] = lambda row, names: True
    hint: str = ""
    twice: tuple[str, ...] = field(default=())  # columns that may not repeat together

    def split(self, session: Session, parent_id: int, names: Names) -> tuple[list[Row], list[Row]]:
        """(rows this person sees, rows kept as they are)."""
        seen: list[Row] = []
        kept: list[Row] = []
        for row in self.load(session, parent_id):
            (seen if self.visible(row, names) else kept).append(row)
        return seen, kept

    def cells(self, form: Any) -> list[Cells]:
        """The rows of a submitted form that are not empty, in their order."""
        prefix = f"rows.{self.name}."
        numbers = sorted(
            {
                int(key[len(prefix) :].split(".")[0])
                for key in form
                if key.startswith(prefix) and key[len(prefix) :].split(".")[0].isdecimal()
            }
        )
        found = [
            {
                column.name: str(form.get(f"{prefix}{n}.{column.name}") or "").strip()
                for column in self.columns
            }
            for n in numbers
        ]
        return [cells for cells in found if any(cells[c.name] for c in self.columns if c.kind == "text")]


def read_rows(rows: Rows, cells: list[Cells], given: Given) -> tuple[list[Row], dict[int, Cells]]:
    """(what to keep, {row number: {column: what is wrong}})."""
    kept: list[Row] = []
    wrong: dict[int, Cells] = {}
    seen: set[tuple[Any, ...]] = set()
    for number, line in enumerate(cells):
        try:
            _required(rows, line)
            row = rows.read(line, given)
            same = tuple(row[name] for name in rows.twice)
            if rows.twice and same in seen:
                raise CellError(rows.columns[0].name, "写了两次，请删掉一行。")
            seen.add(same)
            kept.append(row)
        except CellError as bad:
            wrong[number] = {bad.column: str(bad)}
    return kept, wrong


def _required(rows: Rows, line: Cells) -> None:
    for column in rows.columns:
        if column.required and not line[column.name]:
            raise CellError(column.name, f"“{column.label}”不能空着。")
