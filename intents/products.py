"""说的名字到底是哪个商品:说过的每一样都要对得上,只剩一个才算数,剩几个就问。"""

from __future__ import annotations

import re
from collections.abc import Iterable

from intents.fits import matching_details, prefer_same_name
from intents.frame import Catalog, Goods
from intents.index import BRAND, CATEGORY
from intents.lexicon import is_han, name_key
from intents.lookup import ENOUGH, Search, by_words, candidates, is_current, nearest, sold_by_all
from intents.mention import Match, Mention

_COLOUR = re.compile(r"(?<=[红黄蓝绿白黑灰紫橙粉棕青银金咖])(?:颜色|色)")
REMEMBERED = 4096  # 记住最近问过的这么多个叫法
LONGEST_NAME = 48  # 更长的不会是一个商品名
SHOWN = 60  # 最多带回多少个候选
GUESSES = 5  # 猜几个来问
NEAR_ENOUGH = 58.0  # 像到这个程度才问“是不是它”


def resolve(
    mention: Mention,
    said_units: Iterable[str],
    catalog: Catalog,
    partner: str | None = None,
    suggest: bool = True,
) -> Match:
    """找出和这句话全对得上的商品;suggest 是找不到时要不要猜几个来问。目录不变,问过的记着。"""
    key = (mention, tuple(said_units), partner, suggest)
    match: Match | None = catalog.memo.get(key)
    quick: Match | None = catalog.memo.get((*key[:3], False)) if suggest else None
    if match is None and quick is not None and quick.how != "none":  # 不猜就找到了的,要猜也是它
        match = quick
    if match is None:
        if len(catalog.memo) > REMEMBERED:
            catalog.memo.clear()
        tried = quick is not None and not quick.near  # 照字照音找过了,没有
        match = catalog.memo[key] = _resolve(mention, key[1], catalog, partner, suggest, not tried)
    return match


def _resolve(
    mention: Mention,
    said_units: tuple[str, ...],
    catalog: Catalog,
    partner: str | None,
    suggest: bool,
    sure: bool,
) -> Match:
    if len(mention.whole) > LONGEST_NAME or len(mention.latin) > 8:
        return Match(how="none", reason="unknown_product")
    wanted = tuple(dict.fromkeys(said_units))
    found, how = candidates(Search(mention, wanted, catalog, partner), False, sure)
    plainly = _colour(mention.pieces) if not found else ()
    if plainly:
        found, how = candidates(Search(mention, wanted, catalog, partner).called(*plainly), False, True)
    if not found and suggest:
        found, how = candidates(Search(mention, wanted, catalog, partner), True, False)
    if not found:
        return _nothing(mention, catalog) if suggest else Match(how="none", reason="unknown_product")
    if how == "words" and (_too_short(found, mention) or _flavour_only(found, mention)):
        return Match(how="none", reason="unknown_product", near=_ordered(found))
    kept = matching_details(found, mention)
    if not kept and how in ("alias", "name") and mention.sizes:  # “小金标”:叫金标的不止一种大小
        found = by_words(Search(mention, wanted, catalog, partner)) or found
        kept = matching_details(found, mention)
    if not kept:
        return (
            Match(codes=_ordered(found), how=how, reason="spec_mismatch", near=_ordered(found))
            if len(found)
            else Match(reason="unknown_product")
        )
    fitting = [row for row in kept if sold_by_all(row, wanted)]
    if not fitting:
        return Match(codes=(), how=how, reason="unknown_unit", near=_ordered(kept))
    if len(found) < ENOUGH:  # 没看完的,不敢再挑
        fitting = prefer_same_name(fitting, mention, how)
    elif len(fitting) == 1:
        fitting = found
    return Match(codes=_ordered(fitting), how=how)


def _colour(pieces: tuple[str, ...]) -> tuple[str, ...]:
    """“黄色”“白颜色的”就是规格里写的“黄”“白”;没说颜色就是空。"""
    said = "\n".join(pieces)
    plain = _COLOUR.sub("", said.replace("\n色", "色"))
    return tuple(plain.split("\n")) if plain != said else ()


def _too_short(rows: list[Goods], mention: Mention) -> bool:
    """一个字,或者两个字却不连着,对得上也只敢问。"""
    asked = mention.whole
    if not all(map(is_han, asked)) or mention.specs or mention.latin:
        return False
    return len(asked) == 1 or (len(asked) == 2 and not any(asked in key for row in rows for key in row.keys))


def _flavour_only(rows: list[Goods], mention: Mention) -> bool:
    """光说“鸡蛋”,只有一样鸡蛋味的沙琪玛:说的多半不是它。"""
    asked = mention.whole
    if len(rows) != 1 or len(asked) > 3 or mention.specs or not all(map(is_han, asked)):
        return False
    keys = [key for key in rows[0].keys[:-2] if asked in key]
    return bool(keys) and all(f"{asked}味" in key or f"{asked}风味" in key for key in keys)


def _ordered(rows: Iterable[Goods]) -> tuple[str, ...]:
    best = sorted(rows, key=lambda row: (len(row.name), row.code))
    return tuple(row.code for row in best[:SHOWN])


def _nothing(mention: Mention, catalog: Catalog) -> Match:
    text = mention.text or mention.whole or "".join(mention.latin)
    near = nearest(text[:40], catalog)
    codes = tuple(dict.fromkeys(row.code for score, row in near if score >= NEAR_ENOUGH))[:GUESSES]
    return Match(how="none", reason="unknown_product", near=codes)


def group_of(word: str, catalog: Catalog) -> tuple[str, str]:
    """这个词是不是正好一个牌子或一个类别。"""
    key = name_key(word)
    for kind in (BRAND, CATEGORY):
        for index in catalog.indexes():
            for doc in index.phrase(key, kind):
                if is_current(catalog, index.rows[doc]):
                    row = index.rows[doc]
                    return (row.brand, "") if kind == BRAND else ("", row.category)
    return "", ""
