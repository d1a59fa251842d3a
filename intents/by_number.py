"""草稿里点名改一行:“3 改5箱”“2 不要”“第一个要大瓶”。"""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

from intents import numbers, units
from intents.facts import Facts, gather
from intents.fill import finish, required
from intents.fits import covers, matching_details
from intents.frame import Frame
from intents.intent import words as listed
from intents.lines import Draft, details
from intents.mention import Mention
from intents.page import Item
from intents.products import resolve
from intents.reading import read

_N = r"\d{1,2}|[一二两三四五六七八九十]{1,3}"
_POINT = re.compile(
    rf"^(?:第(?P<said>{_N})(?:个|行|样|条|项|款|种|号)?|(?P<bare>\d{{1,2}})(?:号|行)?(?=[\s.、:,]|改|换|要|不|去|删|划))"
    r"[\s.、:,的]*(?P<rest>\D.*|\d.*)$"
)
DROPS = frozenset(
    listed(
        "不要 不要了 不用 不用了 去掉 去了 删了 删掉 删 划掉 取消 免了 没有了 先不要 先不要了 不拿了 不需要"
    )
)
_CHANGE = re.compile(
    r"^(?:那个|就|也)?(?:改成|改为|改到|换成|换为|应该是|应是|改|换|要|来|拿|弄|按|是|给)\s*"
)
_INDEX = re.compile(r"lines\[(\d+)\]")
Paths = dict[str, tuple[str, ...]]


def pointed(text: str, facts: Facts, held: Frame, pending: str) -> Frame | None:
    """这句话点了哪一行、要怎么改;不是点名就返回 None。

    等确认时给出只含改动的 correct(说的是第几行放在 said["at"]);还在问的时候给出改好的整张草稿。
    """
    lines = held.slots.get("lines") or []
    m = _POINT.match(text.strip()) if len(lines) > 1 else None
    if m is None:
        return None
    number = numbers.parse(m["said"] or m["bare"])
    if number is None or not 1 <= number <= len(lines):
        return None
    at, rest = int(number) - 1, m["rest"].strip(" ,.!吧啊哈")
    if rest in DROPS:
        return _dropped(facts, held, at, pending)
    if not (m["said"] or _CHANGE.match(rest) or _is_unit(rest, lines[at], facts)):
        return None
    return _changed(_CHANGE.sub("", rest), facts, held, at, pending)


def _is_unit(rest: str, line: dict[str, Any], facts: Facts) -> bool:
    goods = facts.catalog.goods_by_code.get(line.get("product") or "")
    return goods is not None and units.fit(goods, rest) is not None


def _dropped(facts: Facts, held: Frame, at: int, pending: str) -> Frame:
    lines = held.slots["lines"]
    if pending == "confirm":
        gone = {"product": lines[at].get("product"), "op": "remove"}
        return Frame("act", "correct", {"lines": [gone]}, said={"at": str(at)})
    slots = copy.deepcopy(held.slots) | {"lines": [line for i, line in enumerate(lines) if i != at]}
    return _still_open(
        facts,
        replace(
            held,
            slots=slots,
            missing=tuple(moved for path in held.missing if (moved := _moved_up(path, at))),
            ambiguous={
                moved: codes for path, codes in held.ambiguous.items() if (moved := _moved_up(path, at))
            },
            said={moved: words for path, words in held.said.items() if (moved := _moved_up(path, at))},
        ),
    )


def _moved_up(path: str, gone: int) -> str:
    """去掉一行以后,后面各行的位置往前一格;那一行自己的没有了。"""
    m = _INDEX.match(path)
    if not m or int(m[1]) < gone:
        return path
    return "" if int(m[1]) == gone else f"lines[{int(m[1]) - 1}]{path[m.end() :]}"


def _changed(rest: str, facts: Facts, held: Frame, at: int, pending: str) -> Frame | None:
    again = gather(read(rest, facts.catalog, facts.today), facts.catalog, facts.today)
    items = again.sheet.items
    if again.parties or again.places or again.dos or again.question or len(items) > 1:
        return None
    line = held.slots["lines"][at]
    change: dict[str, Any] = {}
    asked: Paths = {}
    item = _size_said(items[0] if items else Item(), line, facts)
    if item.named and not _product(item, facts, held, at, change, asked):
        return None
    goods = facts.catalog.goods_by_code.get(change.get("product") or line.get("product") or "")
    if item.vague is not None or not _quantity(rest, item, goods, line, change):
        return None
    also = Draft()
    details(change, item, goods, facts.today, also)
    if also.reason or not (change or asked):
        return None
    if pending == "confirm":
        if asked:
            return Frame(
                "ask", "correct", {}, (), {"lines[0].product": next(iter(asked.values()))}, "which_product"
            )
        if "product" not in change and line.get("product"):
            change = {"product": line["product"], **change}
        return Frame("act", "correct", {"lines": [change]}, said={"at": str(at)})
    slots = copy.deepcopy(held.slots)
    slots["lines"][at] = line | change
    mine = f"lines[{at}]."
    others = {path: codes for path, codes in held.ambiguous.items() if not path.startswith(mine)}
    if "product" not in change and not asked:  # 只说了数量,是哪个商品还照样问
        asked = {path: codes for path, codes in held.ambiguous.items() if path == f"{mine}product"}
    missing = tuple(path for path in held.missing if not path.startswith(mine)) + _lacks(
        slots, at, facts, asked
    )
    return _still_open(facts, replace(held, slots=slots, missing=missing, ambiguous=others | asked))


def _size_said(item: Item, line: dict[str, Any], facts: Facts) -> Item:
    """“要1.9L的”:这个商品不论升卖,说的就是规格。"""
    goods = facts.catalog.goods_by_code.get(line.get("product") or "")
    amounts = item.amounts
    if item.words or not amounts or not item.only_measure or (goods and units.fit(goods, amounts[0].unit)):
        return item
    specs = [(amount.value or Decimal(0), amount.unit) for amount in amounts]
    return replace(item, amounts=[], specs=[*item.specs, *specs])


def _product(item: Item, facts: Facts, held: Frame, at: int, change: dict[str, Any], asked: Paths) -> bool:
    """说的是哪个商品:先在这一行的候选里找,再和原来的叫法连起来找,最后单独找。"""
    path, mention = f"lines[{at}].product", item.mention()
    line = held.slots["lines"][at]
    wanted = [amount.unit for amount in item.amounts] or [unit for unit in (line.get("unit"),) if unit]
    offered = [
        row
        for code in held.ambiguous.get(path, ())
        if (row := facts.catalog.goods_by_code.get(code)) is not None
        and (not mention.pieces or covers(row, mention.pieces))
    ]
    codes = tuple(row.code for row in matching_details(offered, mention)) if offered else ()
    first = held.said.get(path, "")
    joined = replace(mention, pieces=(first, *mention.pieces)) if first else mention
    for tried in (joined, mention):
        codes = codes or _codes(tried, wanted, facts) or _codes(tried, [], facts)
    if len(codes) == 1:
        change["product"] = codes[0]
    elif codes:
        asked[path] = codes
    return bool(codes)


def _codes(mention: Mention, wanted: list[str], facts: Facts) -> tuple[str, ...]:
    if not mention.named:
        return ()
    match = resolve(mention, wanted, facts.catalog, None, suggest=False)
    return match.codes if not match.reason and match.how != "none" else ()


def _quantity(rest: str, item: Item, goods: Any, line: dict[str, Any], change: dict[str, Any]) -> bool:
    """数量单位记下;说不通(单位没有、不大于零)返回 False。"""
    if item.amounts:
        amount = item.amounts[-1]
        unit = units.fit(goods, amount.unit) if goods is not None else amount.unit
        if len(item.amounts) > 1 or unit is None or not amount.value or amount.value < 0:
            return False
        change["qty"], change["unit"] = numbers.plain(amount.value), unit
    elif item.bare is not None:
        if item.bare <= 0:
            return False
        change["qty"] = numbers.plain(item.bare)
    elif not item.named and goods is not None and (unit := units.fit(goods, rest)):
        change["unit"] = unit
    elif not item.named and (value := numbers.parse(rest)) is not None and value > Decimal(0):
        change["qty"] = numbers.plain(value)
    return True


def _lacks(slots: dict[str, Any], at: int, facts: Facts, asked: Paths) -> tuple[str, ...]:
    line, mine = slots["lines"][at], f"lines[{at}]"
    goods = facts.catalog.goods_by_code.get(line.get("product") or "")
    lacks = []
    if not line.get("product") and f"{mine}.product" not in asked:
        lacks.append(f"{mine}.product")
    if not line.get("qty"):
        lacks.append(f"{mine}.qty")
    elif not line.get("unit") or (goods is not None and units.fit(goods, line["unit"]) is None):
        line.pop("unit", None)
        if goods is not None and len(goods.units) == 1:
            line["unit"] = next(iter(goods.units))
        else:
            lacks.append(f"{mine}.unit")
    return tuple(lacks)


def _still_open(facts: Facts, draft: Frame) -> Frame:
    """改好以后还缺什么:缺就接着问,不缺就能办。"""
    left = list(draft.missing)
    if not draft.slots["lines"]:
        left.append("lines")
    left += [
        path
        for path in required(draft.intent, draft.slots)
        if path not in left and path not in draft.ambiguous
    ]
    return replace(finish(facts, draft.intent, draft.slots, left, dict(draft.ambiguous)), said=draft.said)
