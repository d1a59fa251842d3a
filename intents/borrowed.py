"""只说了规格、口味的一行:名字借前一行的。"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from intents import units
from intents.fits import bare_name
from intents.frame import Catalog, Line
from intents.lexicon import is_han
from intents.mention import Mention
from intents.page import Item
from intents.products import resolve
from intents.spans import Amount

SAME_LINE = 2  # 去掉牌子,名字开头至少这么多字一样,才是一路货
COLOURS = frozenset((*"红黄蓝绿白黑灰紫橙粉棕青银金色", "颜色"))
SHORT_MODEL = 4  # 型号、尺码的字母不会比这更长


def said_units(item: Item) -> tuple[str, ...]:
    """这行说了哪些单位。"""
    found = [amount.unit for amount in item.amounts]
    if item.vague:
        found.append(item.vague)
    return tuple(dict.fromkeys(found))


def found(item: Item, catalog: Catalog, partner: str | None) -> bool:
    match = resolve(item.mention(), said_units(item), catalog, partner, suggest=False)
    return bool(match.codes) and match.how not in ("sound", "none")


def variant(item: Item, mention: Mention, catalog: Catalog, partner: str | None) -> bool:
    """只说了规格、型号、大小的一行(“L 12箱”“4平方 2卷”“黑的十盒”):名字在前一行。"""
    if mention.pieces or mention.latin:
        short = len(mention.whole or "".join(mention.latin)) <= SHORT_MODEL
        alone = resolve(mention, said_units(item), catalog, partner, suggest=False)
        return short and (alone.how in ("sound", "none") or len(alone.codes) != 1)
    return item.named or (len(item.amounts) == 2 and item.amounts[0].unit != item.amounts[1].unit)


def heads(item: Item, after: Item, catalog: Catalog, partner: str | None) -> bool:
    """“安全鞋到货:40码2箱 41码5箱”:先说是哪样货,后面一行一种规格;借了名字正好是一个商品才算。"""
    if item.counted or item.price is not None or not item.words or not after.counted:
        return False
    own = after.mention()
    if not variant(after, own, catalog, partner):
        return False
    borrowed = of_same_kind(after, own, item, catalog, partner)
    match = resolve(borrowed[1], said_units(after), catalog, partner, suggest=False)
    return match.one is not None and not match.reason and match.how in ("words", "name", "alias")


def of_same_kind(
    item: Item, mention: Mention, before: Item, catalog: Catalog, partner: str | None
) -> tuple[Item, Mention]:
    """借前一行的名字:整个借,或去掉前一行自己的那个规格再借,借了只剩一个商品才算。"""
    name = tuple(token for token in before.words if any(map(is_han, token.text)))
    own = (*mention.pieces, *mention.latin)
    plain = tuple(token for token in name if token.text not in COLOURS)
    lent = [
        name,
        *([plain] if len(plain) < len(name) else []),
        *(name[:at] + name[at + 1 :] for at in range(len(name) - 1, -1, -1) if len(name) > 1),
    ]
    if not own:
        lent = [name]
    ending = "".join(token.text for token in name)[: -len(mention.whole) or None]
    swapped = replace(mention, pieces=(ending, *own), latin=())
    if own and len(ending) > 1:  # 中性笔黑2箱 红的1箱:末尾一样长的字换掉
        match = resolve(swapped, said_units(item), catalog, partner, suggest=False)
        if match.one and match.how in ("words", "name", "alias") and not match.reason:
            return item, swapped
    for words in lent:
        pieces = tuple(token.text for token in words)
        tried = replace(mention, pieces=(*pieces, *own), latin=())
        if words is lent[0] and not own:
            return replace(item, words=list(words)), tried
        match = resolve(tried, said_units(item), catalog, partner, suggest=False)
        if match.one and match.how in ("words", "name", "alias") and not match.reason:
            return item, tried
    sibling = _sibling(item, mention, before, catalog, partner)
    if sibling:
        return item, replace(mention, pieces=(sibling,), latin=())
    return item, replace(mention, pieces=(*(token.text for token in name), *own), latin=()) if not any(
        map(is_han, mention.whole)
    ) else mention


def _sibling(item: Item, mention: Mention, before: Item, catalog: Catalog, partner: str | None) -> str | None:
    """“安慕希草莓3箱 原味5箱”:叫原味的几样里,和前一行同牌子同类别的只有一样。"""
    last = resolve(before.mention(), said_units(before), catalog, partner, suggest=False).one
    held = catalog.goods_by_code.get(last or "")
    alone = resolve(mention, said_units(item), catalog, partner, suggest=False)
    if held is None or not held.brand or alone.reason or alone.how in ("sound", "none"):
        return None
    rows = [catalog.goods_by_code[code] for code in alone.codes]
    kept = [
        row.code
        for row in rows
        if (row.brand, row.category) == (held.brand, held.category)
        and bare_name(row)[:SAME_LINE] == bare_name(held)[:SAME_LINE]
    ]
    return kept[0] if len(kept) == 1 and kept[0] != last else None


def told_once(items: list[Item], catalog: Catalog, partner: str | None) -> list[Item]:
    """“到货机滤空滤,机滤5箱空滤3箱”“订轮胎,朝阳205的要8条”:先提了一句、后面才说数的,只算说数的那一回。"""
    later: set[str] = set()
    kept: list[Item] = []
    for item in reversed(items):
        plain = item.words and not item.counted and item.price is None and not item.batch
        if (plain and later) or item.counted:
            match = resolve(item.mention(), said_units(item), catalog, partner, suggest=False)
            if plain and not later.isdisjoint(match.codes) and not match.reason:
                continue
            if item.counted and match.one and not match.reason:
                later.add(match.one)
        kept.append(item)
    return kept[::-1]


def same_again(lines: list[Line], amounts: list[Amount], catalog: Catalog) -> bool:
    """“200片莫比新,就是两盒”:同样多换个单位又说一遍。"""
    last = lines[-1] if lines else {}
    goods = catalog.goods_by_code.get(last.get("product") or "")
    if goods is None or len(amounts) != 1 or not last.get("qty") or amounts[0].unit == last.get("unit"):
        return False
    sizes = [
        units.factor(goods, units.fit(goods, unit) or "")
        for unit in (last.get("unit") or "", amounts[0].unit)
    ]
    values = (Decimal(last["qty"]), amounts[0].value or Decimal(0))
    return all(sizes) and values[0] * (sizes[0] or 0) == values[1] * (sizes[1] or 0)
