"""要确认的时候改一处:数量、商品、单位、价钱、仓库、日期,加一样或去一样。"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from intents import dates, numbers, units
from intents.choose import customer, supplier
from intents.commands import SUPPLIER_SIDE, sums
from intents.facts import Facts, gather
from intents.fits import covers, matching_details
from intents.frame import Frame, Line, Slots
from intents.lines import draft
from intents.page import Item
from intents.products import resolve
from intents.reading import read

_UNIT = re.compile(
    r"(?:[哦噢啊,\s])*(?:单位)?(?:是|改成|换成|论|按)(?P<unit>[\u4e00-\u9fff]{1,2}?)(?:吧|的|啊|哈)?"
)
LONGEST_MODEL = 8  # 型号、尺码
LONGEST = 200  # 改一处的话不会更长
ADD = ("再加", "加", "另加", "多加", "追加", "再要", "添", "再添", "还要", "补上", "再来", "加上", "外加")
DROP = (
    "不要了",
    "不要",
    "去掉",
    "删了",
    "删掉",
    "删除",
    "拿掉",
    "划掉",
    "划了",
    "划去",
    "撤了",
    "撤掉",
    "删去",
    "剔掉",
    "剔除",
    "免了",
    "不用了",
    "取消",
    "减掉",
    "去了",
)
SWAP = re.compile(
    r"^(?P<old>[^,.;\n]{1,20}?)(?:就|都)?(?:不要|去掉|删[掉去]?|不用|不拿|划[掉去]?|撤掉?|取消)了?[\s,.;]*(?:换成|换|改成|改|要|来)(?P<new>.+)$"
)
CHANGE = re.compile(r"反|颠倒|改|换|错|不对|应该|更正|不是|写成|弄成|变成|重新|才对|(?:^|[,. ])是|搞混")
_NOT = re.compile(r"不是(?!.{0,3}吗)([^,.;\n]+?)(?=[,.;\n]|\s*(?:改|换)|而?是(?!不)|$)")


# 左边的说法换成右边的:怎么改说得更直
PLAINLY = tuple(
    (re.compile(pattern), word)
    for pattern, word in (
        (r"^(?:对了|另外|还有|哦|噢)[\s,]*(?=再|还|加|另)", ""),
        (
            r"^(?:还|再|另外?)(?:要|给[他她我]们?|帮[他她我])*(?:捎上|捎|搭上|搭|带上|带|配上|配|放|来|拿|加上|加)(?=[\d一二两三四五六七八九十半\u4e00-\u9fff])",
            "再加",
        ),
        (r"(?:[少多漏])(?:写|打|输|记|录|按)了?[一1]?个零[\s,]*", "改成"),
        (r"应该是|应该为|应该|应为|要写成?|得写成?|(?<=价)写成?", "改成"),
        (r"[\s,]*(?:别|不要|不|甭)(?:放|入|进|存|送|调|去|走)(?!了)[\u4e00-\u9fff]{2,6}(?=$|[,.;!])", ""),
        (r"[\s,]*(?:你|怎么|给)*(?:整|弄|搞|写|记|听|打|开|录)错?成[^,.;]{1,12}$", ""),
    )
)
_REASON_LAST = re.compile(r"^(?P<said>[^,.;\d]{2,14})[\s,]+[^,.;\d一二两三四五六七八九十]{2,8}$")


def _plainly(text: str) -> str:
    """绕着说的改法改成直说;“胎菊那行删了,客人嫌贵”只看前半句。"""
    for pattern, word in PLAINLY:
        text = pattern.sub(word, text)
    m = _REASON_LAST.match(text)
    return m["said"] if m and _op(m["said"]) == "remove" else text


def correction(text: str, facts: Facts, held: Frame) -> Frame | None:
    """改了什么;不像是在改就返回 None。"""
    plain = _plainly(text)
    if plain != text and len(text) <= LONGEST and plain.strip(" ,.!"):
        text = plain
        facts = gather(read(text, facts.catalog, facts.today), facts.catalog, facts.today)
    if (
        len(text) > LONGEST
        or facts.question
        or facts.supposed
        or facts.topics - {"query_price", "query_expiry"}
    ):
        return None
    if facts.parties and facts.counted and not facts.reading.has("fix") and not CHANGE.search(text):
        return None
    if (facts.dos and not _same_business(facts, held)) or (
        len(facts.dos) == 1
        and facts.counted
        and any(item.named and item.counted for item in facts.sheet.items)
        and facts.dos[0] == held.intent
        and not facts.reading.has("fix")
    ):
        return None
    kept = _NOT.sub(" ", text)
    if kept != text and not kept.strip(" ,.了吧哈的"):
        return Frame("ask", "correct", {}, ("lines",), {}, "which_product")
    if kept != text:
        facts = gather(read(kept, facts.catalog, facts.today), facts.catalog, facts.today)
    swapped = _swapped(text, facts, held)
    if swapped is not None:
        return swapped
    op = _op(text)
    unit = _unit_only(kept, facts, held)
    if unit:
        return Frame("act", "correct", {"lines": [{"unit": unit}]})
    slots: Slots = {}
    asked: dict[str, tuple[str, ...]] = {}
    if held.intent in ("receive_payment", "make_payment"):
        found = sums(facts)
        if len(found) == 1:
            slots["amount"] = numbers.money(found[0][1])
    else:
        line = _line(facts, held, op, asked)
        if line is None and not asked and facts.goods and not facts.parties and not facts.places:
            return None
        if line:
            slots["lines"] = line
    _heads(facts, held, slots, asked)
    if asked:
        return Frame("ask", "correct", slots, (), asked, "which_product")
    if not slots:
        return None
    if not (op or CHANGE.search(text) or _only_fact(facts, held)):
        return None
    return Frame("act", "correct", slots)


def _unit_only(text: str, facts: Facts, held: Frame) -> str | None:
    """“不是卡,是盒”:只改单位。"""
    m, old = _UNIT.fullmatch(text.strip(" ,.!")), held.slots.get("lines") or []
    goods = facts.catalog.goods_by_code.get(old[0].get("product") or "") if len(old) == 1 else None
    return units.fit(goods, m["unit"]) if m and goods is not None else None


def _swapped(text: str, facts: Facts, held: Frame) -> Frame | None:
    """“藿香不要了 换成布洛芬20盒”:去一样、添一样。"""
    m, old = SWAP.match(text), held.slots.get("lines") or []
    if m is None or len(old) < 2:
        return None
    gone = gather(read(m["old"], facts.catalog, facts.today), facts.catalog, facts.today)
    come = gather(read(m["new"], facts.catalog, facts.today), facts.catalog, facts.today)
    asked: dict[str, tuple[str, ...]] = {}
    removed = _removed(gone, old, asked)
    added = draft(come.sheet, facts.catalog, facts.today, held.slots.get("partner"))
    if not removed or not added.lines:
        return None
    if added.reason or added.missing or added.ambiguous:
        asked = {**added.ambiguous, **dict.fromkeys(added.missing, ())}
        return Frame("ask", "correct", {}, (), asked, "which_product")
    return Frame("act", "correct", {"lines": [*removed, *({**line, "op": "add"} for line in added.lines)]})


def _same_business(facts: Facts, held: Frame) -> bool:
    return all(name == held.intent for name in facts.dos)


def _only_fact(facts: Facts, held: Frame) -> bool:
    """只报了一样新东西:一个数、一个名字、一个单位;又报货又报数的是另一笔。"""
    items = facts.sheet.items
    if len(items) > 1 or any(token.kind == "junk" for token in facts.reading.tokens):
        return False
    kinds = [
        bool(facts.parties),
        bool(facts.places),
        any(item.named for item in items),
        any(item.counted for item in items),
    ]
    if sum(kinds) <= 1:
        return True
    codes = {line.get("product") for line in held.slots.get("lines") or []}
    return sum(kinds[:2]) == 0 and all(
        resolve(item.mention(), (), facts.catalog, None).one in codes for item in items
    )


def _op(text: str) -> str:
    if any(text.startswith(word) or f",{word}" in text or f" {word}" in text for word in ADD):
        return "add"
    if any(text.rstrip("了吧哈啦,. ").endswith(word.rstrip("了")) for word in DROP):
        return "remove"
    return ""


def _line(facts: Facts, held: Frame, op: str, asked: dict[str, tuple[str, ...]]) -> list[Line] | None:
    old = held.slots.get("lines") or []
    if op == "remove":
        return _removed(facts, old, asked)
    items = facts.sheet.items
    if op == "add":
        lines = draft(facts.sheet, facts.catalog, facts.today, held.slots.get("partner"))
        if lines.reason or not lines.lines:
            return None
        gone = _crossed_out(facts, old)
        if gone is None:
            return None
        asked.update(dict(lines.ambiguous.items()))
        asked.update(dict.fromkeys(lines.missing, ()))
        return [*gone, *({**line, "op": "add"} for line in lines.lines)] if not asked else None
    if len(items) > len(old) + 3:
        return None
    changes = [change for change in (_change(facts, item, old, asked) for item in items) if change]
    if not changes:
        changes = [change for change in (_dated(facts) or _loose(facts, old),) if change]
    if changes and len(old) > 1 and not all(change.get("product") for change in changes):
        asked["lines[0].product"] = tuple(line["product"] for line in old if line.get("product"))
        return None
    return changes or None


def _crossed_out(facts: Facts, old: list[Line]) -> list[Line] | None:
    """“番茄划掉,加5斤小葱”里划掉的那几样;有一样单子上没有,就不算听懂。"""
    held = {line.get("product") for line in old}
    found: list[Line] = []
    for item in facts.sheet.removed:
        here = [code for code in resolve(item.mention(), (), facts.catalog, None).codes if code in held]
        if len(here) != 1:
            return None
        found.append({"product": here[0], "op": "remove"})
    return found


def _removed(facts: Facts, old: list[Line], asked: dict[str, tuple[str, ...]]) -> list[Line] | None:
    text = re.sub("|".join(sorted(DROP, key=len, reverse=True)), " ", facts.reading.text)
    again = gather(read(text, facts.catalog, facts.today), facts.catalog, facts.today)
    codes = {line.get("product") for line in old}
    found = []
    for item in again.sheet.items:
        if item.counted:  # 软中华改2条 普五不要了:带数的是改,不带的是去
            change = _change(facts, item, old, asked)
            if change is None:
                return None
            found.append(change)
            continue
        match = resolve(item.mention(), (), facts.catalog, None)
        here = [code for code in match.codes if code in codes]
        if len(here) != 1:
            return None
        found.append({"product": here[0], "op": "remove"})
    return found or None


def _change(facts: Facts, item: Item, old: list[Line], asked: dict[str, tuple[str, ...]]) -> Line | None:
    change: Line = {}
    in_order = [line.get("product") for line in old]
    if item.named:
        match = resolve(item.mention(), [amount.unit for amount in item.amounts], facts.catalog, None)
        here = [code for code in match.codes if code in in_order]
        if len(here) == 1 and len(old) > 1:
            change["product"] = here[0]
        elif match.one and not match.reason:
            if not (len(old) == 1 and match.one == in_order[0]):
                change["product"] = match.one
        elif match.codes and not match.reason:
            asked["lines[0].product"] = match.codes
            return None
        elif len(old) == 1 and (sibling := _sibling(facts, item, in_order[0])):
            change["product"] = sibling
        else:
            return None
    current = next(
        (line for line in old if line.get("product") == change.get("product")),
        old[0] if len(old) == 1 else None,
    )
    goods = facts.catalog.goods_by_code.get((change.get("product") or (current or {}).get("product")) or "")
    if item.amounts and item.amounts[-1].value is not None:
        amount = item.amounts[-1]
        unit = (units.fit(goods, amount.unit) if goods is not None else None) or amount.unit
        change["qty"], change["unit"] = numbers.plain(amount.value or Decimal(0)), unit
        if (goods is not None and units.fit(goods, amount.unit) is None) or (amount.value or 0) <= 0:
            return None
    elif item.bare is not None:
        change["qty"] = numbers.plain(item.bare)
        if current and current.get("unit"):
            change["unit"] = current["unit"]
    _extras(facts, item, change)
    return change or None


def _sibling(facts: Facts, item: Item, code: str | None) -> str | None:
    """“换成0W-40的”:只说了规格型号,就在同牌子同类别里找,只有一个才算。"""
    held = facts.catalog.goods_by_code.get(code or "")
    said = item.mention()
    pieces = (*said.pieces, *said.latin)
    if held is None or not pieces or len("".join(pieces)) > LONGEST_MODEL:
        return None
    alike = [
        row
        for row in facts.catalog.goods
        if row.brand == held.brand and row.category == held.category and row is not held
    ]
    found = [row.code for row in matching_details([row for row in alike if covers(row, pieces)], said)]
    return found[0] if len(found) == 1 else None


def _extras(facts: Facts, item: Item, change: Line) -> None:
    if item.price is not None:
        change["price"] = numbers.money(item.price)
        if item.price_unit:
            change["price_unit"] = item.price_unit
    if item.batch:
        change["batch"] = item.batch
    if isinstance(item.made, dates.Day):
        change["production_date"] = dates.in_past(item.made, facts.today).isoformat()
    if isinstance(item.expire, dates.Day):
        change["expiry_date"] = dates.in_future(item.expire, facts.today).isoformat()


def _dated(facts: Facts) -> Line | None:
    """只改生产日期、到期日、批号。"""
    change: Line = {}
    for token in facts.reading.of("made", "expire", "batch"):
        if token.kind == "batch":
            change["batch"] = token.value
        elif token.kind == "made":
            change["production_date"] = dates.in_past(token.value, facts.today).isoformat()
        else:
            change["expiry_date"] = dates.in_future(token.value, facts.today).isoformat()
    return change or None


def _loose(facts: Facts, old: list[Line]) -> Line | None:
    """“价格改成345”“改成30”:只有一个数。"""
    values = sums(facts)
    if len(values) != 1 or not old:
        return None
    value = values[0][1]
    text = facts.reading.text
    if values[0][0].kind == "price":
        unit = values[0][0].value[1]
        return {
            "price": numbers.money(value),
            **({"price_unit": unit} if unit and unit != old[0].get("unit") else {}),
        }
    if re.search(r"价|块|元|钱|¥", text):
        return {"price": numbers.money(value)}
    change: dict[str, Any] = {"qty": numbers.plain(value)}
    if len(old) == 1 and old[0].get("unit"):
        change["unit"] = old[0]["unit"]
    return change


def _heads(facts: Facts, held: Frame, slots: Slots, asked: dict[str, tuple[str, ...]]) -> None:
    codes = facts.party_codes(supplier if held.intent in SUPPLIER_SIDE else customer)
    if len(codes) == 1:
        slots["partner"] = codes[0]
    elif codes:
        asked["partner"] = codes
    for _, found, role in facts.places:
        if len(found) == 1:
            path = "to_warehouse" if role == "to" and held.intent == "transfer" else "warehouse"
            slots[path] = found[0]
    days = [token.value for token in facts.days if token.value.single]
    if len(days) == 1 and not any("production_date" in line for line in slots.get("lines") or []):
        pick = dates.in_future if held.intent in ("sales_order", "purchase_order") else dates.in_past
        slots["date"] = pick(days[0], facts.today).isoformat()
    if facts.sheet.total is not None and "amount" not in slots:
        slots["amount"] = numbers.money(facts.sheet.total)
