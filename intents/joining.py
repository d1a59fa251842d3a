"""补在后面的说明并回前一行,连着说的几个名字拆开成几行。"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from intents.borrowed import found, said_units
from intents.frame import Catalog
from intents.page import Item
from intents.products import resolve

MOST_WORDS = 12  # 一样货的叫法最多拆成这么几段


def joined(items: list[Item], catalog: Catalog, partner: str | None) -> list[Item]:
    """补在后面的说明(“天坛的”“火锅专用的那种”)并回前一行,连在一起的几个名字拆开。"""
    done: list[Item] = []
    for item in items:
        if item.each and item.counted:
            for other in reversed(done):
                if other.counted or not other.named or other.row != item.row:
                    break
                other.amounts, other.bare, other.vague, other.each = item.amounts, item.bare, item.vague, True
        if item.only_measure and item.named and done and done[-1].counted and done[-1].row == item.row:
            spec = replace(item, amounts=[], specs=[*item.specs, *_as_specs(item)])  # A4纸5箱 得力70克的
            item = spec if _explains(done[-1], spec, catalog, partner) else item
        if (
            done
            and not item.counted
            and item.named
            and item.row == done[-1].row
            and done[-1].counted
            and _explains(done[-1], item, catalog, partner)
        ):
            last = done[-1]
            last.words += item.words
            last.specs += item.specs
            last.sizes += item.sizes
            last.packs += item.packs
            if item.price is not None and last.price is None:
                last.price, last.price_unit = item.price, item.price_unit
            continue
        pieces = _split(item, catalog, partner)
        if (
            len(pieces) > 1
            and done
            and not pieces[0].counted
            and done[-1].counted
            and item.row == done[-1].row
            and _explains(done[-1], pieces[0], catalog, partner)
        ):
            done[-1].words += pieces.pop(0).words  # 鸡中翅5件 圣农的 鸡爪3件
        done += pieces
    return done


def _as_specs(item: Item) -> list[tuple[Decimal, str]]:
    return [(amount.value, amount.unit) for amount in item.amounts if amount.value is not None]


def _explains(last: Item, item: Item, catalog: Catalog, partner: str | None) -> bool:
    if not last.named:
        return True
    alone = resolve(last.mention(), said_units(last), catalog, partner, suggest=False)
    both = resolve(last.mention().plus(item.mention()), said_units(last), catalog, partner, suggest=False)
    return (
        bool(both.codes)
        and both.how != "sound"
        and both.reason == ""
        and (set(both.codes) <= set(alone.codes) or not alone.codes)
    )


def _split(item: Item, catalog: Catalog, partner: str | None) -> list[Item]:
    if (
        not 2 <= len(item.words) <= MOST_WORDS
        or resolve(item.mention(), said_units(item), catalog, partner, suggest=False).codes
    ):
        return [item]
    every = range(1, len(item.words))
    sure = [cut for cut in every if item.each and _just_one(item, cut, catalog, partner)]
    for cut in (*sure, *every):  # 晨光红笔蓝笔各5盒:先看拆出来的头一段正好是一样货的
        head, tail = (
            Item(words=item.words[:cut], row=item.row, part=item.part),
            replace(item, words=item.words[cut:]),
        )
        if item.each:
            head.amounts, head.bare, head.vague = item.amounts, item.bare, item.vague
        if min(len(head.mention().whole), len(tail.mention().whole)) < 2:
            continue
        if found(head, catalog, partner) and found(tail, catalog, partner):
            return [head, tail]
        if item.each and found(head, catalog, partner) and len(rest := _split(tail, catalog, partner)) > 1:
            return [head, *rest]
    return [item]


def _just_one(item: Item, cut: int, catalog: Catalog, partner: str | None) -> bool:
    head = Item(words=item.words[:cut]).mention()
    return resolve(head, said_units(item), catalog, partner, suggest=False).one is not None
