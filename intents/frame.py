"""一句话的读法(Frame)和读它要用的目录(Catalog):商品、往来单位、仓库。"""

from __future__ import annotations

import copy
import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from intents.lexicon import name_key

_NUMBERED = re.compile(r"[\u4e00-\u9fff]\d{1,2}号")
Slots = dict[str, Any]
Line = dict[str, Any]


@dataclass(frozen=True)
class Frame:
    """读出来的意思:做什么、要什么、缺什么、哪里有几种可能。"""

    outcome: str  # act | ask | answer | chat | reject
    intent: str
    slots: Slots = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    ambiguous: dict[str, tuple[str, ...]] = field(default_factory=dict)
    reason: str = ""  # 为什么问或拒绝
    said: dict[str, str] = field(default_factory=dict)
    exact: bool = False  # 每个名字都是编码、条码、全名或自己的别名,没有猜过

    def to_dict(self) -> dict[str, Any]:
        """变成能存成 JSON 的字典。"""
        body: dict[str, Any] = {"outcome": self.outcome, "intent": self.intent, "slots": self.slots}
        if self.missing:
            body["missing"] = list(self.missing)
        if self.ambiguous:
            body["ambiguous"] = {path: list(codes) for path, codes in self.ambiguous.items()}
        if self.reason:
            body["reason"] = self.reason
        if self.said:
            body["said"] = self.said
        if self.exact:
            body["exact"] = True
        return body

    @classmethod
    def from_dict(cls, body: dict[str, Any]) -> Frame:
        """从字典读回来,少了的按空算。"""
        return cls(
            outcome=body.get("outcome", "ask"),
            intent=body.get("intent", "unknown"),
            slots=body.get("slots") or {},
            missing=tuple(body.get("missing") or ()),
            ambiguous={path: tuple(codes) for path, codes in (body.get("ambiguous") or {}).items()},
            reason=body.get("reason", ""),
            said=body.get("said") or {},
            exact=bool(body.get("exact", False)),
        )


@dataclass(frozen=True)
class Alias:
    """商品的一个叫法,可以只属于某个客户或某个人。"""

    word: str
    partner_code: str | None = None
    staff_id: int | None = None


@dataclass(frozen=True)
class Goods:
    """一个商品;units 是单位对基本单位的千分倍数,基本单位是 1000。"""

    id: int
    code: str
    name: str
    brand: str = ""
    spec: str = ""
    category: str = ""
    base_unit: str = ""
    units: dict[str, int] = field(default_factory=dict)
    aliases: tuple[Alias, ...] = ()
    barcodes: dict[str, str] = field(default_factory=dict)
    shelf_life: str | None = None
    active: bool = True

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """写规矩了的名字(没写规格的带上规格再来一个)、人人可用的别名、牌子、规格;反复要看,第一次看才算。"""
        words = (word.word for word in self.aliases if word.partner_code is None and word.staff_id is None)
        name, spec, *rest = map(name_key, (self.name, self.spec, *words, self.brand))
        full = (name + spec,) if spec not in name else ()
        parts = "|".join(map(name_key, self.spec.split())) or spec  # “5W-30 4L”:两截规格不连成一串数
        return (name, *full, *rest, parts)


@dataclass(frozen=True)
class Party:
    """一个往来单位。"""

    id: int
    code: str
    name: str
    aliases: tuple[str, ...] = ()
    is_customer: bool = True
    is_supplier: bool = False
    category: str = ""


@dataclass(frozen=True)
class Place:
    """一个仓库或门店。"""

    id: int
    code: str
    name: str
    aliases: tuple[str, ...] = ()


class Catalog:
    """这家店的名字全在这里;改了几个商品用 overlay 叠上去,不必重建。"""

    def __init__(self, goods: Iterable[Goods], parties: Iterable[Party], places: Iterable[Place]) -> None:
        from intents.index import ProductIndex
        from intents.partners import Directory

        rows = tuple(row for row in goods if row.active)
        self.goods_by_code: dict[str, Goods] = {row.code: row for row in rows}
        self.party_by_code: dict[str, Party] = {row.code: row for row in parties}
        self.place_by_code: dict[str, Place] = {row.code: row for row in places}
        self.index = ProductIndex(rows)
        self.extra: ProductIndex | None = None
        self.memo: dict[Any, Any] = {}
        self.unit_words = _unit_words(rows)
        self.numbered = _numbered(rows)
        self.directory = Directory(self)
        self.speaker: int | None = None
        self._ears: dict[int, Catalog] = {}

    def heard_from(self, staff_id: int) -> Catalog:
        """替这个人听:他自己的叫法也算数,别的都共用;没有自己叫法的人就用原来这本。"""
        if staff_id not in self._ears:
            own = any(word.staff_id == staff_id for row in self.goods for word in row.aliases)
            ear = copy.copy(self) if own else self
            if own:
                ear.speaker, ear.memo = staff_id, {}
            self._ears[staff_id] = ear
        return self._ears[staff_id]

    @property
    def goods(self) -> tuple[Goods, ...]:
        """现有的全部商品。"""
        return tuple(self.goods_by_code.values())

    @property
    def parties(self) -> tuple[Party, ...]:
        """现有的全部往来单位。"""
        return tuple(self.party_by_code.values())

    @property
    def places(self) -> tuple[Place, ...]:
        """现有的全部仓库。"""
        return tuple(self.place_by_code.values())

    def indexes(self) -> tuple[Any, ...]:
        """要查的索引:底下一份,上面可能叠一份新改的。"""
        return (self.index,) if self.extra is None else (self.index, self.extra)

    def overlay(
        self, goods: Iterable[Goods] = (), parties: Iterable[Party] = (), places: Iterable[Place] = ()
    ) -> Catalog:
        """叠上新增或改过的行,返回新的目录;底下的大索引两边共用。"""
        from intents.index import ProductIndex
        from intents.partners import Directory

        new = object.__new__(Catalog)
        changed = {row.code: row for row in goods}
        parties, places = tuple(parties), tuple(places)
        new.goods_by_code = {**self.goods_by_code, **changed}
        for code, row in changed.items():
            if not row.active:
                del new.goods_by_code[code]
        new.party_by_code = {**self.party_by_code, **{row.code: row for row in parties}}
        new.place_by_code = {**self.place_by_code, **{row.code: row for row in places}}
        new.index = self.index
        new.memo, new.speaker, new._ears = {}, None, {}
        over = {row.code: row for row in self.extra.rows} if self.extra else {}
        over.update(changed)
        new.extra = ProductIndex(tuple(row for row in over.values() if row.active)) if over else None
        new.unit_words = self.unit_words | _unit_words(changed.values())
        new.numbered = self.numbered | _numbered(changed.values())
        same_people = not (parties or places)
        new.directory = self.directory if same_people else Directory(new)
        return new

    @classmethod
    def from_csv(cls, folder: str | Path, goods_file: str | Path | None = None) -> Catalog:
        """从语料夹的三个表读。"""
        base = Path(folder)
        goods = [_goods(i, row) for i, row in enumerate(_rows(Path(goods_file or base / "catalogue.csv")), 1)]
        parties = [_party(i, row) for i, row in enumerate(_rows(base / "partners.csv"), 1)]
        places = [_place(i, row) for i, row in enumerate(_rows(base / "warehouses.csv"), 1)]
        return cls(goods, parties, places)


def _numbered(rows: Iterable[Goods]) -> frozenset[str]:
    """名字里的“孚1号”“土1号”:那个号不是日子。"""
    return frozenset(found for row in rows if "号" in row.name for found in _NUMBERED.findall(row.name))


def _unit_words(rows: Iterable[Goods]) -> frozenset[str]:
    return frozenset(unit for row in rows for unit in row.units if unit and not unit.isdigit())


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _split(cell: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (cell or "").split(";") if word.strip())


def _units(base_unit: str, packs: str) -> dict[str, int]:
    units = {base_unit: 1000}
    waiting = [m.groups() for m in (re.fullmatch(r"(\D+?)=(\d+)(\D+)", x) for x in _split(packs)) if m]
    for _ in range(len(waiting)):
        for unit, count, inner in waiting:
            if inner in units:
                units.setdefault(unit, int(count) * units[inner])
    return units


def _goods(i: int, row: dict[str, str]) -> Goods:
    base_unit = row.get("base_unit") or ""
    days = row.get("shelf_life_days") or ""
    return Goods(
        id=i,
        code=row["code"],
        name=row["name"],
        brand=row.get("brand") or "",
        spec=row.get("spec") or "",
        category=row.get("category") or "",
        base_unit=base_unit,
        units=_units(base_unit, row.get("pack_units") or ""),
        aliases=tuple(Alias(word) for word in _split(row.get("aliases"))),
        barcodes=dict.fromkeys(_split(row.get("barcode")), base_unit),
        shelf_life=f"{days}d" if days else None,
    )


def _party(i: int, row: dict[str, str]) -> Party:
    kind = row.get("kind") or "customer"
    return Party(
        id=i,
        code=row["code"],
        name=row["name"],
        aliases=_split(row.get("aliases")),
        is_customer=kind in ("customer", "both"),
        is_supplier=kind in ("supplier", "both"),
        category=row.get("category") or "",
    )


def _place(i: int, row: dict[str, str]) -> Place:
    return Place(id=i, code=row["code"], name=row["name"], aliases=_split(row.get("aliases")))
