"""后台的字段：账里是整数和编号，页面上是人写的字；每个字段写明谁看得到。"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette_admin.fields import BaseField

from admin_web import typed
from admin_web.names import Names, names_of
from core.rights import Rights
from core.staff import KEEPER_ROLE, ROLES
from core.values import MILLI, in_units, plain, price_text, yuan


@dataclass
class Given:
    """What reading a form may need: names, and the units written in the same form."""

    names: Names
    key: str
    secret: str
    base_unit: str = ""
    units: dict[str, int] = field(default_factory=dict)


@dataclass
class BookField(BaseField):
    """`sees` empty = nobody. `kind` is how the form shows it: text, switch, checks or password."""

    sees: Rights = ()
    kind: str = "text"
    section: str = ""
    placeholder: str = ""
    after: str = ""
    suggest: str = ""  # attribute of Names that fills the input's suggestions
    number: bool = False

    async def serialize_value(self, request: Request, value: Any) -> Any:
        return self.shown(value, names_of(request))

    def shown(self, value: Any, names: Names) -> str:
        """In lists and on the detail page."""
        return str(value)

    def written(self, value: Any, names: Names) -> Any:
        """In the form."""
        return "" if value is None else str(value)

    def read(self, text: Any, given: Given) -> Any:
        """What the books keep. Raises ValueError with the sentence to show."""
        return typed.tidy(text)

    def shown_written(self, written: Any) -> str:
        """What stands in a form, as a few words."""
        return _few_words(written)


@dataclass
class Optional(BookField):
    """An empty input is kept as `blank`."""

    blank: Any = None

    def written(self, value: Any, names: Names) -> Any:
        return "" if value is None else self.to_text(value)

    def read(self, text: Any, given: Given) -> Any:
        return self.from_text(text) if typed.tidy(text) else self.blank

    def shown(self, value: Any, names: Names) -> str:
        return self.to_text(value)

    def to_text(self, value: Any) -> str:
        return str(value)

    def from_text(self, text: str) -> Any:
        return typed.tidy(text)


@dataclass
class Money(Optional):
    after: str = "元"
    number: bool = True

    def to_text(self, value: Any) -> str:
        return typed.money_text(value)

    def from_text(self, text: str) -> Any:
        return typed.read_money(text)

    def shown(self, value: Any, names: Names) -> str:
        return yuan(value)


@dataclass
class Price(Optional):
    after: str = "元"
    number: bool = True

    def to_text(self, value: Any) -> str:
        return typed.price_plain(value)

    def from_text(self, text: str) -> Any:
        return typed.read_price(text)

    def shown(self, value: Any, names: Names) -> str:
        return price_text(value)


@dataclass
class ShelfLife(Optional):
    def to_text(self, value: Any) -> str:
        return typed.shelf_life_text(value)

    def from_text(self, text: str) -> Any:
        return typed.read_shelf_life(text)


@dataclass
class Share(Optional):
    number: bool = True

    def to_text(self, value: Any) -> str:
        return typed.share_text(value)

    def from_text(self, text: str) -> Any:
        return typed.read_share(text)


@dataclass
class Quantity(BookField):
    """The value is (milli, units, base unit): see `of_product`."""

    number: bool = True

    def shown(self, value: Any, names: Names) -> str:
        milli, units, base = value
        return in_units(milli, units, base)

    def written(self, value: Any, names: Names) -> Any:
        if value is None:
            return ""
        milli, units, base = value
        unit = max(units, key=units.__getitem__)
        whole, rest = divmod(milli, units[unit])
        if unit == base or not whole:
            return plain(milli, MILLI) + base
        return f"{whole}{unit}" + (plain(rest, MILLI) + base if rest else "")

    def read(self, text: Any, given: Given) -> Any:
        return typed.read_quantity(text, given.units, given.base_unit) if typed.tidy(text) else 0


@dataclass
class Unit(BookField):
    """One of the units written in the same form; nothing said is the base unit."""

    suggest: str = "units"

    def read(self, text: Any, given: Given) -> Any:
        unit = typed.tidy(text)
        if unit and unit not in given.units:
            raise ValueError(f"“{unit}”还没写在单位换算里。可以用：{'、'.join(given.units)}。")
        return unit or given.base_unit


@dataclass
class Reference(BookField):
    """A name standing for an id; `suggest` says among which names."""

    missing: str = "没有叫“{}”的。请从提示里选一个，或先去建好。"

    def shown(self, value: Any, names: Names) -> str:
        return str(getattr(names, self.suggest).get(value, ""))

    def written(self, value: Any, names: Names) -> Any:
        return "" if value is None else self.shown(value, names)

    def read(self, text: Any, given: Given) -> Any:
        return read_name(typed.tidy(text), getattr(given.names, self.suggest), self.missing)


def read_name(said: str, known: dict[int, str], missing: str) -> int | None:
    """The id of a name, None for nothing said. Raises ValueError for an unknown name."""
    if not said:
        return None
    for number, name in known.items():
        if name == said:
            return number
    raise ValueError(missing.format(said))


@dataclass
class Flag(BookField):
    kind: str = "switch"
    yes: str = "是"
    no: str = "否"

    def shown(self, value: Any, names: Names) -> str:
        return self.yes if value else self.no

    def written(self, value: Any, names: Names) -> Any:
        return bool(value)

    def read(self, text: Any, given: Given) -> Any:
        return bool(text)


@dataclass
class Words(BookField):
    """A short list of words, written with 、 between them."""

    def shown(self, value: Any, names: Names) -> str:
        return "、".join(value)

    def written(self, value: Any, names: Names) -> Any:
        return "、".join(value or [])

    def read(self, text: Any, given: Given) -> Any:
        return typed.read_words(text)


@dataclass
class Checks(BookField):
    """Several of the roles."""

    kind: str = "checks"
    choices: tuple[str, ...] = tuple(role for role in ROLES if role != KEEPER_ROLE)

    def shown(self, value: Any, names: Names) -> str:
        return "、".join(value)

    def written(self, value: Any, names: Names) -> Any:
        return list(value or [])

    def read(self, text: Any, given: Given) -> Any:
        return [role for role in self.choices if role in text]


def status(sees: Rights, yes: str = "在用") -> Flag:
    """在用 or 已停用: changed by its own button, never in a form."""
    return Flag(
        "active", "状态", sees=sees, yes=yes, no="已停用", exclude_from_create=True, exclude_from_edit=True
    )


def shows(name: str, label: str, sees: Rights, get: Callable[[Request, Any], Any], **more: Any) -> BookField:
    """A column worked out from the row; never in a form."""
    return BookField(
        name, label, sees=sees, getter=get, exclude_from_create=True, exclude_from_edit=True, **more
    )


def _few_words(written: Any) -> str:
    if isinstance(written, bool):
        return "开" if written else "关"
    return "、".join(written) if isinstance(written, list) else str(written or "（空）")
