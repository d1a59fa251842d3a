"""数后面跟的不是卖的单位(43码、6寸):说的是哪一种,不是多少。"""

from __future__ import annotations

from dataclasses import replace

from intents import units
from intents.borrowed import said_units
from intents.facts import Facts
from intents.frame import Catalog, Goods
from intents.mention import MEASURES, Mention
from intents.page import Item
from intents.products import resolve


def only_sizes(facts: Facts) -> bool:
    """“安全鞋43码库存”:说的数全是尺码,不是多少。"""
    for item in facts.sheet.items:
        codes = resolve(item.mention(), (), facts.catalog, None, suggest=False).codes
        rows = [facts.catalog.goods_by_code[code] for code in codes]
        sold = any(units.fit(row, amount.unit) for row in rows for amount in item.amounts)
        if item.counted and (not item.amounts or not rows or sold):
            return False
    return True


def of_that_size(facts: Facts, item: Item, mention: Mention, codes: tuple[str, ...]) -> list[str]:
    """“安全鞋43码还有多少”:43码不是卖的单位,是说哪一种。"""
    rows = [facts.catalog.goods_by_code[code] for code in codes]
    said = tuple(
        (amount.value, amount.unit)
        for amount in item.amounts
        if amount.value is not None
        and amount.unit not in MEASURES
        and not any(units.fit(row, amount.unit) for row in rows)
    )
    if not said or len(rows) == 1:
        return list(codes)
    narrow = resolve(replace(mention, specs=(*mention.specs, *said)), (), facts.catalog, None, suggest=False)
    return list(narrow.codes if narrow.codes and not narrow.reason else codes)


def strung(items: list[Item], catalog: Catalog, partner: str | None) -> list[Item]:
    """“安全鞋,41码,20双”“BV线,2.5平方的,红的,5卷”:一样货的名字、规格、数用逗号隔开说,并成一行。"""
    done: list[Item] = []
    at = 0
    while at < len(items):
        size = _length(items[at:], catalog, partner) if len(items) - at > 1 else 0
        if size:
            head = _described(items[at])
            for piece in items[at + 1 : at + size - 1]:
                head = _with(head, piece)
            last = items[at + size - 1]
            done.append(replace(_with(head, replace(last, amounts=[])), amounts=last.amounts))
        else:
            done.append(items[at])
        at += size or 1
    return done


def _length(items: list[Item], catalog: Catalog, partner: str | None) -> int:
    """从头一段起,连着几段说的是同一样货;不是这样就是零。"""
    head = items[0]
    after = items[1]
    if (
        not head.words
        or head.price is not None
        or head.bare is not None
        or head.vague
        or len(head.amounts) > 1
    ):
        return 0
    if after.row != head.row or after.part <= head.part or not (head.amounts or len(items) > 2):
        return 0
    if head.amounts and (after.words or not after.amounts):
        return 0  # 平常的一行一行,不必再找一遍
    match = resolve(_described(head).mention(), (), catalog, partner, suggest=False)
    rows = [] if match.reason else [catalog.goods_by_code[code] for code in match.codes]
    if head.amounts and _sold(head, rows):
        return 0
    enough, head = (2 if head.amounts else 3), _described(head)
    for size, piece in enumerate(items[1:], 2):
        if not rows or piece.row != items[0].row or (piece.price is not None and not piece.amounts):
            return 0
        last = _sold(piece, rows)
        tried = _with(head, replace(piece, amounts=[]) if last else piece)
        match = resolve(tried.mention(), (), catalog, partner, suggest=False)
        if (
            match.reason
            or match.how in ("sound", "none")
            or not set(match.codes) <= {row.code for row in rows}
        ):
            return 0
        if last:
            return size if size >= enough else 0
        if len(piece.amounts) > 1 or piece.bare is not None or piece.vague:
            return 0
        head, rows = tried, [catalog.goods_by_code[code] for code in match.codes]
    return 0


def _described(head: Item) -> Item:
    """安全鞋41码:41码是说哪一种。"""
    return replace(_with(replace(head, amounts=[]), Item(amounts=head.amounts)), amounts=[])


def _with(head: Item, piece: Item) -> Item:
    said = [(amount.value, amount.unit) for amount in piece.amounts if amount.value is not None]
    return replace(
        head,
        price=piece.price if head.price is None else head.price,
        price_unit=piece.price_unit or head.price_unit,
        batch=piece.batch or head.batch,
        made=piece.made or head.made,
        expire=piece.expire or head.expire,
        gift=piece.gift or head.gift,
        words=[*head.words, *piece.words],
        specs=[*head.specs, *piece.specs, *said],
        sizes=[*head.sizes, *piece.sizes],
        packs=[*head.packs, *piece.packs],
    )


def _sold(piece: Item, rows: list[Goods]) -> bool:
    return any(units.fit(row, unit) for row in rows for unit in said_units(piece))
