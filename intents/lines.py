"""把一行行的货对上商品和单位,变成单据的行;缺什么、几种可能都记下来。"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import zip_longest

from intents import dates, numbers, units
from intents.borrowed import found, heads, of_same_kind, said_units, same_again, told_once, variant
from intents.frame import Catalog, Goods, Line
from intents.joining import joined
from intents.mention import MEASURES, Match, Mention
from intents.page import Item, Sheet
from intents.products import resolve
from intents.segment import is_talk
from intents.sizes import strung
from intents.spans import Amount

OUR_ROOM = re.compile(r"[\u4e00-\u9fff]{1,5}[间房池部组台班科室区队处楼坊棚厨]")  # 烘焙房、后厨、净菜间
TOO_MANY = 10_000_000  # 再多就是手滑


@dataclass
class Draft:
    """正在拼的单据。"""

    lines: list[Line] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    ambiguous: dict[str, tuple[str, ...]] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    problem: str = ""  # ask | reject
    unknown: int = 0
    exact: bool = True
    notes: list[str] = field(default_factory=list)

    def trouble(self, reason: str, problem: str) -> None:
        """记下第一个问题。"""
        if not self.reason:
            self.reason, self.problem = reason, problem


def draft(
    sheet: Sheet,
    catalog: Catalog,
    today: date,
    partner: str | None,
    *,
    zero_ok: bool = False,
    notes_ok: bool = False,
    ours: bool = False,
) -> Draft:
    """所有的货行;ours 是这件事没有往来单位,话里的生人只会是自己家的。"""
    result = Draft()
    before: Item | None = None
    items = told_once(joined(strung(sheet.items, catalog, partner), catalog, partner), catalog, partner)
    for item, after in zip_longest(items, items[1:]):
        if sheet.every is not None and item.counted and item.price is None:
            item.price, item.price_unit = sheet.every
        item = _without_talk(item, catalog, partner, ours)
        own = mention = item.mention()
        if before is not None and variant(item, own, catalog, partner):
            item, mention = of_same_kind(item, own, before, catalog, partner)
        if after is not None and heads(item, after, catalog, partner):
            before = item
            continue
        if _late_price(result, item, mention, catalog, partner):
            continue
        if not mention.text and item.amounts and same_again(result.lines, item.amounts, catalog):
            continue
        remark = notes_ok or any(other.counted for other in sheet.items)
        _line(result, item, mention, catalog, today, partner, zero_ok, notes_ok, remark)
        if item.mention().named and mention == own:  # 借来的名字不转借:运动裤140、150、160 都借头一行的
            before = item
    _take_back(result, sheet, catalog, partner, zero_ok)
    if sheet.doubt:
        result.trouble(sheet.doubt, "ask")
        result.missing.append("lines")
    return result


def _without_talk(item: Item, catalog: Catalog, partner: str | None, ours: bool) -> Item:
    """“元旦我值班 飞鹤三段”:空格隔开的前一段是在说话,后一段才是货;隔着动词的前一段是自己哪个部门。"""
    if item.cut:
        rest = replace(item, words=item.words[item.cut :], cut=0)
        match = resolve(rest.mention(), said_units(rest), catalog, partner, suggest=False)
        head = "".join(token.text for token in item.words[: item.cut])
        if match.codes and not match.reason and match.how not in ("sound", "none"):
            whole = found(item, catalog, partner)
            if match.exact if whole else (ours and OUR_ROOM.fullmatch(head)):
                return rest
    for at in range(len(item.words) - 1, 0, -1):
        if item.words[at].start > item.words[at - 1].end:
            talk = "".join(token.text for token in item.words[:at])
            rest = replace(item, words=item.words[at:])
            if is_talk(talk) and not found(item, catalog, partner) and found(rest, catalog, partner):
                return rest
            return item
    return item


def _late_price(result: Draft, item: Item, mention: Mention, catalog: Catalog, partner: str | None) -> bool:
    """“……,黄油22.5一块”:前面说过的货,后面补一句价钱。"""
    if item.counted or item.price is None or not mention.named:
        return False
    codes = resolve(mention, (), catalog, partner, suggest=False).codes
    lines = [line for line in result.lines if line.get("product") in codes and "price" not in line]
    if len(lines) != 1:
        return False
    goods = catalog.goods_by_code[lines[0]["product"]]
    lines[0]["price"] = numbers.money(item.price)
    unit = units.fit(goods, item.price_unit) if item.price_unit else lines[0].get("unit")
    if unit is None:
        result.trouble("unknown_unit", "ask")
    elif unit != lines[0].get("unit"):
        lines[0]["price_unit"] = unit
    return True


def _line(
    result: Draft,
    item: Item,
    mention: Mention,
    catalog: Catalog,
    today: date,
    partner: str | None,
    zero_ok: bool,
    notes_ok: bool,
    remark: bool,
) -> None:
    path = f"lines[{len(result.lines)}]"
    match, amounts = _match(item, mention, catalog, partner)
    if (
        not item.counted
        and not match.codes
        and not match.reason.startswith("unknown_unit")
        and (notes_ok or _only_noise(item) or (remark and len(mention.text) > 1 and is_talk(mention.text)))
    ):
        if notes_ok or (remark and len(mention.text) > 1 and is_talk(mention.text)):
            result.notes.append(mention.text)
            return
        result.trouble("unexplained", "ask")
    line: Line = {"product": match.one}
    result.said[f"{path}.product"] = mention.text
    result.exact = result.exact and match.exact
    _product_state(result, path, match, mention)
    goods = catalog.goods_by_code.get(match.one or "")
    details(line, item, goods, today, result)
    if len(amounts) > 1 and goods is not None and not _descending(match, amounts, catalog):
        result.trouble("said_twice", "ask")  # 5把 再加2把:不知道是加还是改
        result.missing.append(f"{path}.qty")
        result.lines.append(line)
        return
    if len(amounts) > 1 and goods is not None:
        _compound(result, line, amounts, goods, path, item)
        return
    _quantity(result, line, item, amounts, goods, path, zero_ok)
    twin = _twin(result, line)
    if twin is None:
        result.lines.append(line)
    elif item.corrects:  # 老姜2袋……老姜调1袋就行
        twin.update({key: value for key, value in line.items() if value is not None})
    else:
        result.lines.append(line)
        result.trouble("said_twice", "ask")
        result.missing.append(f"{path}.qty")


def _take_back(result: Draft, sheet: Sheet, catalog: Catalog, partner: str | None, zero_ok: bool) -> None:
    """说了又不要的那一样划掉;盘点时说没了的是零。"""
    for item in sheet.removed:
        if zero_ok and item.none_left:
            goods = catalog.goods_by_code.get(resolve(item.mention(), (), catalog, partner).one or "")
            nothing = [Amount(Decimal(0), goods.base_unit)] if goods else []
            counted = replace(item, amounts=nothing, bare=None if nothing else Decimal(0))
            _line(result, counted, item.mention(), catalog, date.min, partner, True, False, False)
            continue
        match = resolve(item.mention(), (), catalog, partner, suggest=False)
        gone = [line for line in result.lines if line.get("product") in match.codes]
        if item.words and (not match.codes or match.how == "sound") and not _goes_on(item, sheet):
            # “阿姨不要了”:最后说不要的不是哪样货,是整张单
            result.trouble("unexplained", "ask")
            result.missing.append("lines")
        elif gone and (result.missing or result.ambiguous):
            result.trouble("unexplained", "ask")
        elif gone:
            result.lines = [line for line in result.lines if line not in gone]


def _goes_on(gone: Item, sheet: Sheet) -> bool:
    """划掉这一样以后又接着说别的货。"""
    return any(item.words and item.words[0].start > gone.words[0].start for item in sheet.items)


def _twin(result: Draft, line: Line) -> Line | None:
    """同一样货、同一单位、同一价说过一次了:可能是改口,不敢加起来。"""
    same = ("product", "unit", "price", "price_unit", "batch", "production_date", "expiry_date", "gift")
    for old in result.lines:
        if line.get("product") and line.get("qty") and all(old.get(key) == line.get(key) for key in same):
            return old
    return None


def _only_noise(item: Item) -> bool:
    return all(token.kind == "junk" for token in item.words)


def _match(item: Item, mention: Mention, catalog: Catalog, partner: str | None) -> tuple[Match, list[Amount]]:
    """两个数量挨着:先当“3箱5瓶”,不成再当“规格 数量”。"""
    amounts = list(item.amounts)
    if not (mention.named or mention.specs or mention.sizes or mention.packs):
        return Match(), amounts
    if item.tail:
        return _with_tail(item, mention, catalog, partner)
    if len(amounts) == 2 and (
        (amounts[0].unit in MEASURES and amounts[0].unit not in ("斤", "公斤"))
        or not _descending(resolve(mention, said_units(item), catalog, partner), amounts, catalog)
    ):
        spec = replace(mention, specs=(*mention.specs, (amounts[0].value or Decimal(0), amounts[0].unit)))
        match = resolve(spec, [amounts[1].unit], catalog, partner)
        if match.codes and not match.reason:
            return match, amounts[1:]
    return resolve(mention, said_units(item), catalog, partner), amounts


def _with_tail(
    item: Item, mention: Mention, catalog: Catalog, partner: str | None
) -> tuple[Match, list[Amount]]:
    """数量、名字、又一个数:后一个是规格;不成就前一个是规格(2.5平方铜芯线6卷)。"""
    best: tuple[Match, list[Amount]] | None = None
    for spec, amounts in ((item.tail, item.amounts), (item.amounts, item.tail)):
        said = tuple((amount.value or Decimal(0), amount.unit) for amount in spec)
        match = resolve(
            replace(mention, specs=(*mention.specs, *said)),
            [amount.unit for amount in amounts],
            catalog,
            partner,
        )
        if match.codes and not match.reason and not _packs(match, spec, catalog):
            return match, list(amounts)
        best = best or (match, list(amounts))
    return best or (Match(), list(item.amounts))


def _packs(match: Match, spec: list[Amount], catalog: Catalog) -> bool:
    """当规格的那个数带的是这样货卖的单位,就还是数量。"""
    rows = [catalog.goods_by_code[code] for code in match.codes]
    return any(amount.unit not in MEASURES and units.fit(row, amount.unit) for amount in spec for row in rows)


def _descending(match: Match, amounts: list[Amount], catalog: Catalog) -> bool:
    if not match.codes:
        return False
    goods = catalog.goods_by_code[match.codes[0]]
    sizes = [units.factor(goods, units.fit(goods, amount.unit) or "") for amount in amounts]
    return (
        all(size is not None for size in sizes)
        and sizes == sorted(sizes, key=lambda size: -(size or 0))
        and len(set(sizes)) == len(sizes)
    )


def _product_state(result: Draft, path: str, match: Match, mention: Mention) -> None:
    if match.one and match.reason != "spec_mismatch":
        return
    if not mention.text:
        result.missing.append(f"{path}.product")
    elif match.reason == "unknown_unit":
        result.trouble("unknown_unit", "reject")
        result.said["unit_choices"] = ",".join(match.near[:1])
        result.missing.append(f"{path}.unit")
    elif match.reason == "spec_mismatch" or (match.reason == "unknown_product" and match.near):
        result.unknown += match.reason == "unknown_product"
        result.trouble(match.reason, "ask")
        result.ambiguous[f"{path}.product"] = match.near
        result.said[f"{path}.near"] = mention.text
    elif match.reason == "unknown_product" or not match.codes:
        result.unknown += 1
        result.trouble("unknown_product", "ask")
        result.missing.append(f"{path}.product")
    else:
        result.ambiguous[f"{path}.product"] = match.codes


def details(line: Line, item: Item, goods: Goods | None, today: date, result: Draft) -> None:
    if item.batch:
        line["batch"] = item.batch
    if isinstance(item.made, dates.Day):
        line["production_date"] = dates.in_past(item.made, today).isoformat()
    if isinstance(item.expire, dates.Day):
        line["expiry_date"] = dates.in_future(item.expire, today).isoformat()
    if item.gift:
        line["gift"], line["price"] = True, "0.00"
    elif item.price is not None:
        if item.price < 0:
            result.trouble("not_positive", "reject")
        line["price"] = numbers.money(item.price)
        if item.price_unit and goods is not None:
            fitted = units.fit(goods, item.price_unit)
            if fitted is None:
                result.trouble("unknown_unit", "ask")
            line["price_unit"] = fitted or item.price_unit
        elif item.price_unit:
            line["price_unit"] = item.price_unit


def _quantity(
    result: Draft,
    line: Line,
    item: Item,
    amounts: list[Amount],
    goods: Goods | None,
    path: str,
    zero_ok: bool,
) -> None:
    if item.vague is not None:
        if item.vague:
            line["unit"] = (units.fit(goods, item.vague) if goods else None) or item.vague
        result.missing.append(f"{path}.qty")
    elif amounts:
        _amount(result, line, amounts[-1], goods, path, zero_ok)
    elif item.bare is not None:
        line["qty"] = numbers.plain(item.bare)
        only = _only_unit(goods, item)
        if only:
            line["unit"] = only
            _check(result, item.bare, goods, only, zero_ok)
        else:
            if item.bare < 0 or (item.bare == 0 and not zero_ok):
                result.trouble("not_positive", "reject")
            result.missing.append(f"{path}.unit")
    else:
        result.missing.append(f"{path}.qty")
    if line.get("price_unit") and line.get("price_unit") == line.get("unit"):
        del line["price_unit"]


def _only_unit(goods: Goods | None, item: Item) -> str:
    """不说也知道的单位:只有一个单位的商品,或者扫的就是整箱那个条码。"""
    if goods is None:
        return ""
    if len(goods.units) == 1:
        return goods.base_unit
    scanned = goods.barcodes.get(item.mention().whole, goods.base_unit)
    return scanned if scanned != goods.base_unit else ""


def _amount(result: Draft, line: Line, amount: Amount, goods: Goods | None, path: str, zero_ok: bool) -> None:
    value, unit = amount.value or Decimal(0), amount.unit
    if unit == "打" and goods is not None and "打" not in goods.units:
        value, unit = value * 12, goods.base_unit
    fitted = units.fit(goods, unit) if goods is not None else unit
    line["qty"], line["unit"] = numbers.plain(value), fitted or unit
    result.said.setdefault(f"{path}.unit", amount.unit)
    _check(result, value, goods, fitted, zero_ok)


def _check(result: Draft, value: Decimal, goods: Goods | None, unit: str | None, zero_ok: bool) -> None:
    if value < 0 or (value == 0 and not zero_ok):
        result.trouble("not_positive", "reject")
    elif value >= TOO_MANY:
        result.trouble("too_many", "reject")
    elif goods is not None and unit is not None and not whole(goods, value, unit):
        result.trouble("not_whole", "reject")


def whole(goods: Goods, value: Decimal, unit: str) -> bool:
    """数量能不能化成整的基本单位(论斤的可以到千分之一)。"""
    milli = value * (units.factor(goods, unit) or 0)
    if goods.base_unit in units.WEIGHTS:
        return milli == int(milli)
    return milli % 1000 == 0


def _compound(result: Draft, line: Line, amounts: list[Amount], goods: Goods, path: str, item: Item) -> None:
    """3箱零5瓶:同一个商品两行。"""
    first_unit = ""
    for spot, amount in enumerate(amounts):
        part = dict(line)
        _amount(result, part, amount, goods, f"lines[{len(result.lines)}]", spot > 0)
        if spot == 0:
            first_unit = part["unit"]
            if part.get("price_unit") == first_unit:
                del part["price_unit"]
        elif part.get("price") and not part.get("gift"):
            part.setdefault("price_unit", first_unit)
        result.lines.append(part)


def any_line(result: Draft) -> bool:
    """有没有一行认得出商品。"""
    return any(line.get("product") for line in result.lines)
