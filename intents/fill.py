"""补上缺的那一样,把没写完的单子写完。"""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

from core import warehouses
from intents import dates, numbers, units
from intents.among import party_among
from intents.besides import also, more_lines
from intents.borrowed import said_units
from intents.choose import GOODS, MONEY, command, customer, guess, supplier
from intents.commands import NEEDS_PARTY, SUPPLIER_SIDE, sums
from intents.facts import Facts
from intents.frame import Frame
from intents.lexicon import normalise
from intents.lines import Draft, details, draft, whole
from intents.page import Sheet
from intents.products import resolve
from intents.spans import Token
from intents.words import BUSINESS_IN_A_WORD

_LINE = re.compile(r"lines\[(\d+)\]\.(\w+)")
FROM_TO = re.compile(
    r"(?:从|由)\s*(?P<a>[^\s,0-9]{1,10}?)\s*(?:转?到|去|往|至|→|->)\s*(?P<b>[^\s,0-9]{1,10})"
)
BIN: str = warehouses.BIN.lower()  # 读的时候都是小写:a1、b12、c-2-3
RETURNS = ("sales_return", "purchase_return")


def fill(facts: Facts, held: Frame) -> Frame | None:
    """回话补得上就返回写完的(或还缺别的)单子;补不上返回 None。"""
    if _still_vague(facts, held):
        return replace(held, outcome="ask")
    if facts.question or facts.topics - {"query_price"} or facts.negated or facts.supposed:
        return None
    if command(facts)[0] in MONEY and held.intent not in MONEY:
        return None
    slots = copy.deepcopy(held.slots)
    open_paths = [*held.missing, *(path for path in held.ambiguous if path not in held.missing)]
    intent = held.intent
    if "intent" in open_paths:
        chosen = _intent(facts, held)
        if chosen is None:
            return None
        intent = chosen
        open_paths.remove("intent")
    elif facts.dos and intent not in facts.dos:
        return None
    left: list[str] = []
    asked: dict[str, tuple[str, ...]] = {}
    done = held.intent != intent
    now = _asked_now(open_paths, facts, slots.get("lines") or [])
    if now is None:
        return None
    for path in open_paths:
        if path not in now:  # 一次只问一样,别的留着
            if held.ambiguous.get(path):
                asked[path] = held.ambiguous[path]
            else:
                left.append(path)
            continue
        among = held.ambiguous.get("partner") if path == "partner" else None
        chosen_party = party_among(facts, facts.reading.text.strip(" ,.!?"), list(among)) if among else []
        if len(chosen_party) == 1:
            slots["partner"], done = chosen_party[0], True
            continue
        state = _one(facts, intent, slots, path, asked)
        done = done or state
        if not state:
            left.append(path)
    if not done or not more_lines(facts, intent, slots) or not also(facts, intent, slots):
        return None
    if slots.get("lines"):
        slots["lines"] = [part for line in slots["lines"] for part in (line, line.pop("rest", None)) if part]
    left += [path for path in required(intent, slots) if path not in left and path not in asked]
    left = [path for path in left if path not in asked]
    return replace(finish(facts, intent, slots, left, asked), said=held.said)


def _still_vague(facts: Facts, held: Frame) -> bool:
    """问多少,答“没数 大概二十来袋”:还得问。"""
    return (
        any(path.endswith(".qty") for path in held.missing)
        and bool(facts.reading.of("vague"))
        and not facts.reading.of("qty", "num")
        and not (facts.dos or facts.parties or facts.topics)
        and not any(item.words for item in facts.sheet.items)
        and not facts.reading.has("question", "many")
    )


def _asked_now(open_paths: list[str], facts: Facts, lines: list[dict[str, Any]]) -> list[str] | None:
    """这句话答的是哪几样:单据头上的,加上第一行没说全的;说了别的货名就是那一行,单位可以几行一起答。

    说的货名哪一行都不是,返回 None:这不是在回话。
    """
    line_paths = [path for path in open_paths if path.startswith("lines[")]
    heads = [path for path in open_paths if path not in line_paths]
    if not line_paths:
        return heads
    first = line_paths[0].partition("]")[0] + "]"
    spoken = {
        f"lines[{at}]"
        for item in facts.sheet.items
        if item.words and len(lines) > 1 and not line_paths[0].endswith("product")
        for at, line in enumerate(lines)
        if line.get("product") in resolve(item.mention(), (), facts.catalog, None, suggest=False).codes
    }
    if spoken and first not in spoken:
        first = min(spoken)
    mine = [path for path in line_paths if path.startswith(first + ".")]
    units_too = mine and all(path.endswith(".unit") for path in mine) and not spoken
    return (
        heads
        + mine
        + [path for path in line_paths if units_too and path.endswith(".unit") and path not in mine]
    )


def finish(
    facts: Facts, intent: str, slots: dict[str, Any], left: list[str], asked: dict[str, tuple[str, ...]]
) -> Frame:
    """写完的草稿:说不通的拒绝,还缺的接着问,都有了能办。"""
    reason = _wrong(facts, slots, intent)
    if reason:
        return Frame("reject", intent, slots, tuple(left), asked, reason)
    if left or asked:
        return Frame("ask", intent, slots, tuple(left), asked)
    if intent == "unknown":
        return Frame("ask", intent, slots, ("intent",))
    return Frame("act", intent, slots)


def _wrong(facts: Facts, slots: dict[str, Any], intent: str) -> str:
    for line in slots.get("lines") or []:
        goods = facts.catalog.goods_by_code.get(line.get("product") or "")
        if goods is None or not line.get("qty") or not line.get("unit"):
            continue
        value, fitted = Decimal(line["qty"]), units.fit(goods, line["unit"])
        if fitted is None:
            return "unknown_unit"
        line["unit"] = fitted
        if value < 0 or (value == 0 and intent != "stocktake"):
            return "not_positive"
        if not whole(goods, value, fitted):
            return "not_whole"
    return ""


def _intent(facts: Facts, held: Frame) -> str | None:
    """补的是办什么事。"""
    dos = [name for name in facts.dos if name != "back"]
    allowed = held.ambiguous.get("intent")
    if allowed and set(allowed) == set(RETURNS):
        text = facts.reading.text
        if (
            "sales_return" in dos
            or "客户" in text
            or (
                facts.parties
                and all(
                    facts.catalog.party_by_code[code].is_customer
                    and not facts.catalog.party_by_code[code].is_supplier
                    for code in facts.party_codes()
                )
            )
        ):
            return "sales_return"
        if "purchase_return" in dos or "供应商" in text or "厂家" in text or facts.parties:
            return "purchase_return"
        return None
    if len(dos) == 1:
        return dos[0]
    said = "".join(
        token.text
        for token in facts.reading.tokens
        if token.kind == "word" and token.text in BUSINESS_IN_A_WORD
    )
    return BUSINESS_IN_A_WORD.get(said) or guess(facts)


def required(intent: str, slots: dict[str, Any]) -> list[str]:
    """这件事还缺的栏目。"""
    found = []
    if intent in NEEDS_PARTY | {"receive_payment", "make_payment"} and not slots.get("partner"):
        found.append("partner")
    if intent == "repeat_order" and not slots.get("partner") and not slots.get("document_no"):
        found.append("partner")
    if intent == "transfer":
        found += [path for path in ("warehouse", "to_warehouse") if not slots.get(path)]
    if intent in ("receive_payment", "make_payment") and not slots.get("amount"):
        found.append("amount")
    if intent in GOODS:
        found += [
            f"lines[{at}].qty" for at, line in enumerate(slots.get("lines") or []) if not line.get("qty")
        ]
    return found


def _one(
    facts: Facts, intent: str, slots: dict[str, Any], path: str, asked: dict[str, tuple[str, ...]]
) -> bool:
    m = _LINE.fullmatch(path)
    if m:
        lines = slots.setdefault("lines", [])
        at = int(m[1])
        return at < len(lines) and _line(facts, lines[at], m[2], path, asked, intent)
    readers = {
        "reason": _reason,
        "reject_reason": _reason,
        "note": _reason,
        "name": _reason,
        "others": _document,
        "funds": _funds,
        "to_bin": _to_bin,
        "partner": _partner,
        "amount": _amount,
        "warehouse": _place,
        "to_warehouse": _place,
        "document_no": _document,
        "code": _code,
        "lines": _lines,
        "date": _date,
    }
    reader = readers.get(path)
    return reader is not None and reader(facts, intent, slots, path, asked)


def _line(
    facts: Facts, line: dict[str, Any], part: str, path: str, asked: dict[str, tuple[str, ...]], intent: str
) -> bool:
    items = facts.sheet.items
    amounts = [amount for item in items for amount in item.amounts]
    goods = facts.catalog.goods_by_code.get(line.get("product") or "")
    if part == "product":
        return _product(facts, line, path, asked)
    if part == "qty":
        if len(amounts) == 1 and amounts[0].value is not None:
            return _set_amount(line, amounts[0].value, amounts[0].unit, goods) and _facts_too(
                facts, line, goods
            )
        if len(amounts) == 2 and goods is not None and len(items) == 1 and not items[0].words:
            return _two_amounts(facts, line, items[0], goods, intent)
        unsure = facts.reading.of("vague")
        if unsure and not amounts:  # “十来斤”:单位记下,数再问
            line["unit"] = (units.fit(goods, unsure[0].value) if goods else None) or line.get("unit", "")
            asked[path] = ()
            return True
        bare = _bare_number(facts)
        if bare is not None and not amounts:
            line["qty"] = numbers.plain(bare)
            if not line.get("unit"):
                only = list(goods.units) if goods is not None else []
                if len(only) != 1:
                    asked[path.replace("qty", "unit")] = tuple(only)
                else:
                    line["unit"] = only[0]
            return True
        return False
    if part == "unit":
        return _unit(facts, line, goods, amounts)
    if part == "price":
        return _price(facts, line)
    return False


def _two_amounts(facts: Facts, line: dict[str, Any], item: Any, goods: Any, intent: str) -> bool:
    """“两箱零七盒”:照“货名 两箱零七盒”读,一样货两行。"""
    whole_name = replace(item, words=[Token("phrase", goods.name, 0, 0)])
    found = draft(Sheet(items=[whole_name]), facts.catalog, facts.today, None, zero_ok=intent == "stocktake")
    if found.reason or found.missing or found.ambiguous or len(found.lines) != 2:
        return False
    line |= found.lines[0]
    line["rest"] = found.lines[1]
    return True


def _facts_too(facts: Facts, line: dict[str, Any], goods: Any) -> bool:
    """“30斤 8块一斤 6月1号产的”:补数量时顺口说的价钱、日期、批号一起记;记不下的就不算听懂。"""
    item, also = next(item for item in facts.sheet.items if item.amounts), Draft()
    details(line, item, goods, facts.today, also)
    return not also.reason and not [token for token in facts.sheet.left if token.kind != "word"]


def _price(facts: Facts, line: dict[str, Any]) -> bool:
    """单问价钱时,一个光数字就是单价。"""
    said = {value for _, value in sums(facts)}
    bare = _bare_number(facts)
    if not said and bare is not None:
        said = {bare}
    if len(said) != 1 or (value := said.pop()) <= 0:
        return False
    line["price"] = numbers.money(value)
    return True


def _set_amount(line: dict[str, Any], value: Decimal, unit: str, goods: Any) -> bool:
    if unit == "打" and goods is not None and "打" not in goods.units:
        value, unit = value * 12, goods.base_unit
    line["qty"], line["unit"] = numbers.plain(value), unit
    return True


def _bare_number(facts: Facts) -> Decimal | None:
    found = [token.value for token in facts.reading.tokens if token.kind == "num"]
    return found[0] if len(found) == 1 else None


def _unit(facts: Facts, line: dict[str, Any], goods: Any, amounts: list[Any]) -> bool:
    if len(amounts) == 1 and amounts[0].value is not None:
        return _set_amount(line, amounts[0].value, amounts[0].unit, goods)
    text = "".join(
        token.text for token in facts.reading.tokens if token.kind in ("word", "run", "junk", "phrase")
    )
    for size in (2, 1):
        for at in range(len(text) - size + 1):
            word = units.SPOKEN.get(text[at : at + size], text[at : at + size])
            fitted = units.fit(goods, word) if goods is not None and word else None
            if fitted:
                line["unit"] = fitted
                return True
    return False


def _product(facts: Facts, line: dict[str, Any], path: str, asked: dict[str, tuple[str, ...]]) -> bool:
    items = [item for item in facts.sheet.items if item.named]
    if len(items) != 1:
        return False
    item = items[0]
    wanted = [line["unit"]] if line.get("unit") else list(said_units(item))
    match = resolve(item.mention(), wanted, facts.catalog, None)
    if match.one and not match.reason:
        line["product"] = match.one
        if item.amounts and not line.get("qty") and item.amounts[0].value is not None:
            _set_amount(
                line, item.amounts[0].value, item.amounts[0].unit, facts.catalog.goods_by_code[match.one]
            )
        return True
    if match.codes:
        asked[path] = match.codes
        return True
    return False


def _partner(
    facts: Facts, intent: str, slots: dict[str, Any], path: str, asked: dict[str, tuple[str, ...]]
) -> bool:
    codes = facts.party_codes(supplier if intent in SUPPLIER_SIDE else customer)
    if len(codes) == 1:
        slots["partner"] = codes[0]
    elif codes:
        asked["partner"] = codes
    return bool(codes)


def _amount(
    facts: Facts, intent: str, slots: dict[str, Any], path: str, asked: dict[str, tuple[str, ...]]
) -> bool:
    found = sums(facts)
    if len(found) == 1:
        slots["amount"] = numbers.money(found[0][1])
        return Decimal(slots["amount"]) > 0
    return False


def _place(
    facts: Facts, intent: str, slots: dict[str, Any], path: str, asked: dict[str, tuple[str, ...]]
) -> bool:
    wanted = "from" if path == "warehouse" else "to"
    free = [codes for _, codes, role in facts.places if role in (wanted, "", "at") or len(facts.places) == 1]
    used = {slots.get("warehouse"), slots.get("to_warehouse")}
    fresh = [codes for codes in free if len(codes) == 1 and codes[0] not in used]
    if fresh:
        slots[path] = fresh[0][0]
    return bool(fresh)


def _document(
    facts: Facts, intent: str, slots: dict[str, Any], path: str, asked: dict[str, tuple[str, ...]]
) -> bool:
    number = facts.doc()
    if number:
        slots[path] = [number] if path == "others" else number
    return bool(number)


def _funds(
    facts: Facts, intent: str, slots: dict[str, Any], path: str, asked: dict[str, tuple[str, ...]]
) -> bool:
    m = FROM_TO.search(facts.reading.text)
    if m:
        slots |= {"source": m["a"], "target": m["b"]}
    return m is not None


def _to_bin(
    facts: Facts, intent: str, slots: dict[str, Any], path: str, asked: dict[str, tuple[str, ...]]
) -> bool:
    said = re.fullmatch(
        rf"(?:放到?|上到?|在)?\s*({BIN})(?:库位|货位|那格|吧)?", facts.reading.text.strip(" ,.!")
    )
    if said:
        slots[path] = said[1].upper()
    return bool(said)


def _code(
    facts: Facts, intent: str, slots: dict[str, Any], path: str, asked: dict[str, tuple[str, ...]]
) -> bool:
    said = re.findall(
        r"(?<![a-z0-9])(?=[a-z\-]*\d)[a-z0-9\-]{4,12}(?![a-z0-9])", normalise(facts.reading.text)
    )
    if len(said) == 1:
        slots["code"] = said[0].upper()
    return len(said) == 1


def _reason(
    facts: Facts, intent: str, slots: dict[str, Any], path: str, asked: dict[str, tuple[str, ...]]
) -> bool:
    """问为什么、叫什么时,整句话就是回答。"""
    said = facts.reading.text.strip()[:40]
    if said and not facts.counted:
        slots[path] = said
    return path in slots


def _date(
    facts: Facts, intent: str, slots: dict[str, Any], path: str, asked: dict[str, tuple[str, ...]]
) -> bool:
    days = [token.value for token in facts.days if token.value.single]
    if len(days) == 1:
        slots["date"] = dates.in_future(days[0], facts.today).isoformat()
    return len(days) == 1


def _lines(
    facts: Facts, intent: str, slots: dict[str, Any], path: str, asked: dict[str, tuple[str, ...]]
) -> bool:
    if not facts.goods:
        return False
    lines = draft(
        facts.sheet, facts.catalog, facts.today, slots.get("partner"), zero_ok=intent == "stocktake"
    )
    if not lines.lines or lines.unknown == len(lines.lines):
        return False
    slots["lines"] = lines.lines
    asked.update(lines.ambiguous)
    asked.update(dict.fromkeys(lines.missing, ()))
    return True
