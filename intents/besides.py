"""回话里顺口一起说的:对方、哪天、哪个仓、单价、又添的货;放不进单子的就不算听懂。"""

from __future__ import annotations

from typing import Any

from intents import dates, numbers, units
from intents.choose import GOODS, customer, supplier
from intents.commands import FUTURE, NO_PARTY, SUPPLIER_SIDE
from intents.facts import Facts, single_day
from intents.lines import draft
from intents.page import Sheet

NO_DATE = frozenset(("purchase_request",))


def also(facts: Facts, intent: str, slots: dict[str, Any]) -> bool:
    """“要五箱,周六送”“是阿强,430一箱”:能放的放进去;有一样放不进就是没听懂。"""
    if intent not in GOODS:
        return True
    if not slots.get("partner") and intent not in NO_PARTY:
        codes = facts.party_codes(supplier if intent in SUPPLIER_SIDE else customer)
        if len(codes) == 1:
            slots["partner"] = codes[0]
    places = {code for _, codes, _ in facts.places for code in codes}
    if len(places) == 1 and intent != "transfer" and not slots.get("warehouse"):
        slots["warehouse"] = places.pop()
    return _day(facts, intent, slots) and _price(facts, slots)


def _day(facts: Facts, intent: str, slots: dict[str, Any]) -> bool:
    day = single_day(facts)
    if day is None or slots.get("date") or intent in NO_DATE:
        return True
    ahead = intent in FUTURE or (intent == "transfer" and day.start > facts.today)
    when = (dates.in_future if ahead else dates.in_past)(day, facts.today)
    if when > facts.today and not ahead:
        return False
    slots["date"] = when.isoformat()
    return True


def _price(facts: Facts, slots: dict[str, Any]) -> bool:
    said = facts.reading.of("price")
    lines = slots.get("lines") or []
    if not said or (lines and all(line.get("price") for line in lines)):
        return True
    goods = facts.catalog.goods_by_code.get(lines[0].get("product") or "") if len(lines) == 1 else None
    if goods is None or len(said) > 1:
        return False
    value, spoken = said[0].value
    unit = units.fit(goods, spoken) if spoken else lines[0].get("unit")
    if value < 0 or unit is None:
        return False
    lines[0]["price"] = numbers.money(value)
    if unit != lines[0].get("unit"):
        lines[0]["price_unit"] = unit
    return True


def more_lines(facts: Facts, intent: str, slots: dict[str, Any]) -> bool:
    """“2箱 再加文件盘1箱”:答完又添的货并进来;并不清楚就不算回话。"""
    lines = slots.get("lines") or []
    more = [item for item in facts.sheet.items if item.named and item.words and item.counted]
    if not lines or not more:
        return True
    found = draft(
        Sheet(items=more), facts.catalog, facts.today, slots.get("partner"), zero_ok=intent == "stocktake"
    )
    fresh = [line for line in found.lines if line.get("product") not in {old.get("product") for old in lines}]
    if not fresh:
        return True
    if found.reason or found.missing or found.ambiguous:
        return False
    lines += fresh
    return True
