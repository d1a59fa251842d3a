"""列表上方的筛选：选一个，或两头日期；不认识的值当没选。"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams

from admin_web import typed
from admin_web.names import Names
from core.rights import EVERYONE, Rights


@dataclass(frozen=True)
class Pick:
    """One of some values; `default` is what an untouched list shows."""

    name: str
    label: str
    choices: Callable[[Names], list[tuple[str, str]]]
    where: Callable[[str], Any]
    sees: Rights = EVERYONE
    default: str = ""

    def value(self, query: QueryParams) -> str:
        return query.get(self.name, self.default)

    def clauses(self, query: QueryParams, names: Names) -> list[Any]:
        value = self.value(query)
        return [self.where(value)] if value and value in dict(self.choices(names)) else []


@dataclass(frozen=True)
class Days:
    """From one day to another; both ends count."""

    name: str
    label: str
    column: Any
    sees: Rights = EVERYONE

    def ends(self, query: QueryParams) -> tuple[str, str]:
        return query.get(f"{self.name}_from", ""), query.get(f"{self.name}_to", "")

    def clauses(self, query: QueryParams, names: Names) -> list[Any]:
        first, last = self.ends(query)
        made = []
        for text, clause in ((first, self.column.__ge__), (last, self.column.__le__)):
            try:
                made.append(clause(typed.read_day(text)))
            except ValueError:
                continue
        return made
