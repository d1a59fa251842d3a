"""按叫法找候选商品:整词、拆字、带类别、同音、形近、差一个字、拼音。"""

from __future__ import annotations

from collections.abc import Callable

from intents.fits import blocks_of, covers, fields_of, whole_in
from intents.frame import Catalog, Goods
from intents.index import ALIAS, BARCODE, BRAND, CATEGORY, CODE, NAME, Ints, ProductIndex
from intents.lexicon import LOOK_ALIKE, SYLLABLES, cut_pinyin, han_only, is_han, name_key, soft_sounds, sounds
from intents.mention import Mention

MOST_LOOKED = 1500  # 一个叫法最多细看这么多个商品
ENOUGH = 60  # 对得上的多过这个数,反正要问,不再往下看
_TWINS = {**{pair[0]: pair[1] for pair in LOOK_ALIKE}, **{pair[1]: pair[0] for pair in LOOK_ALIKE}}


def is_current(catalog: Catalog, index: ProductIndex, doc: int) -> bool:
    row = index.rows[doc]
    return catalog.goods_by_code.get(row.code) is row


def candidates(
    mention: Mention, catalog: Catalog, partner: str | None, thorough: bool = True
) -> tuple[list[Goods], str]:
    if mention.specs and mention.pieces:  # 全名加规格一字不差的优先
        said = "".join(f"{value:f}{unit}" for value, unit in mention.specs)
        found, how = by_phrase(mention.whole + name_key(said), catalog, partner)
        if found and how == "name":
            return found, how
    found, how = by_phrase(mention.whole, catalog, partner)
    if found:
        return found, how
    if mention.pieces:
        for finder, name in (*QUICK, *SLOW) if thorough else QUICK:
            found = finder(mention, catalog)
            if found:
                return found, name
    if mention.latin:
        return _by_pinyin(mention, catalog), "sound"
    return [], "none"


def by_phrase(word: str, catalog: Catalog, partner: str | None) -> tuple[list[Goods], str]:
    groups: dict[int, list[Goods]] = {}
    for index in catalog.indexes():
        for kind, doc in index.phrase(word) if word else ():
            row = index.rows[doc]
            if is_current(catalog, index, doc) and (kind != ALIAS or _alias_open(row, word, partner)):
                groups.setdefault(kind, []).append(row)
    for kinds, how in (((CODE, BARCODE), "code"), ((ALIAS,), "alias"), ((NAME,), "name")):
        rows = [row for kind in kinds for row in groups.get(kind, ())]
        if how == "alias" and len(rows) != 1 and NAME in groups:
            continue
        if rows:
            return list({row.code: row for row in rows}.values()), how
    if CATEGORY in groups:  # 类别名要连同整类一起问
        rows = groups[CATEGORY] + by_words(Mention((word,)), catalog)
        return list({row.code: row for row in rows}.values()), "category"
    if BRAND in groups:
        return groups[BRAND], "brand"
    return [], ""


def _alias_open(row: Goods, word: str, partner: str | None) -> bool:
    return any(
        name_key(alias.word) == word and alias.partner_code in (None, partner) and alias.staff_id is None
        for alias in row.aliases
    )


def by_words(mention: Mention, catalog: Catalog) -> list[Goods]:
    asked = han_only(mention.whole)
    if not asked:
        return _by_literals(mention, catalog)
    return _rows(catalog, lambda index: index.with_chars(asked), lambda row: covers(row, mention.pieces))


def _by_literals(mention: Mention, catalog: Catalog) -> list[Goods]:
    """没有汉字的叫法(7up、m6)整段出现在名字里。"""
    word = mention.whole
    if len(word) < 2:
        return []
    from intents.index import _TOKEN, TOKEN, _token_hash

    marks = [_token_hash(token) for token in _TOKEN.findall(word)]
    return _rows(
        catalog,
        lambda index: index.with_all(TOKEN, marks),
        lambda row: any(whole_in(word, key) for key in fields_of(row)),
    )


def _rows(
    catalog: Catalog, ask: Callable[[ProductIndex], Ints], keep: Callable[[Goods], bool]
) -> list[Goods]:
    """索引给的商品里对得上的;够多就停,反正要问;看不完又只见到一个,也不敢当唯一。"""
    found: list[Goods] = []
    left = MOST_LOOKED
    for index in catalog.indexes():
        docs = ask(index)
        for doc in docs[:left].tolist():
            row = index.rows[doc]
            if is_current(catalog, index, doc) and keep(row):
                found.append(row)
                if len(found) >= ENOUGH:
                    return found
        left -= len(docs)
        if left < 0:
            return found if len(found) > 1 else []
    return found


def _with_category(mention: Mention, catalog: Catalog) -> list[Goods]:
    """名字后面带着类别的叫法:五得利面粉、番茄酱。"""
    asked = mention.whole
    if not all(map(is_han, asked)):
        return []
    for head, tail in ((asked[:-1], asked[-1:]), (asked[:-2], asked[-2:]), (asked[2:], asked[:2])):
        if len(head) >= 2:
            rows = by_words(Mention((head,)), catalog)
            found = [
                row
                for row in rows
                if tail in name_key(row.category)
                and (len(tail) > 1 or (row.brand and name_key(row.brand) in head))
            ]
            if found:
                return found
    return []


def _by_one_off(mention: Mention, catalog: Catalog) -> list[Goods]:
    """四个字以上只有一个字的音差一点(白错→白醋)。"""
    from rapidfuzz.distance import Levenshtein

    from intents.lexicon import pinyin

    asked = mention.whole
    if not 4 <= len(asked) <= 16 or not all(map(is_han, asked)):
        return []
    heard, found = pinyin(asked), []
    for index in catalog.indexes():
        for _, doc in index.near(asked, 10):
            row = index.rows[doc]
            if is_current(catalog, index, doc) and not _other_word(asked, row):
                for key in map(han_only, fields_of(row)[:-2]):
                    windows = [key[at : at + len(asked)] for at in range(max(0, len(key) - len(asked)) + 1)]
                    wrong = [
                        [
                            (a, b)
                            for a, b, x, y in zip(heard, pinyin(window), asked, window, strict=False)
                            if x != y
                        ]
                        for window in windows
                        if len(window) == len(asked)
                    ]
                    if any(len(pairs) == 1 and Levenshtein.distance(*pairs[0]) <= 1 for pairs in wrong):
                        found.append(row)
    return list({row.code: row for row in found}.values())


def _by_sound(mention: Mention, catalog: Catalog) -> list[Goods]:
    asked = mention.whole
    if len(asked) < 3 or not all(map(is_han, asked)):  # 两个字的同音太多,只拿来问
        return []
    return _rows(
        catalog,
        lambda index: index.with_sounds(asked),
        lambda row: _sounds_like(row, asked, sounds) and not _other_word(asked, row),
    )


def _by_soft_sound(mention: Mention, catalog: Catalog) -> list[Goods]:
    asked = mention.whole
    if not all(map(is_han, asked)) or len(asked) < 3:
        return []
    return _rows(
        catalog,
        lambda index: index.with_sounds(asked, soft=True),
        lambda row: _sounds_like(row, asked, soft_sounds) and not _other_word(asked, row),
    )


def _by_look(mention: Mention, catalog: Catalog) -> list[Goods]:
    asked = mention.whole
    if len(asked) < 3:
        return []
    for spot, char in enumerate(asked):
        if char in _TWINS:
            fixed = asked[:spot] + _TWINS[char] + asked[spot + 1 :]
            found = by_phrase(fixed, catalog, None)[0] or by_words(Mention((fixed,)), catalog)
            if found:
                return found
    return []


def _sounds_like(row: Goods, asked: str, how: Callable[[str], str]) -> bool:
    """读音一致,而且要成段地一致。"""
    blocks = blocks_of(how(asked), tuple(how(key) for key in fields_of(row))) or []
    same = sum(char in "".join(fields_of(row)) for char in asked)
    return (
        bool(blocks)
        and all(len(block) >= 2 for block in blocks)
        and (same >= 1 or len(asked) >= 3)
        and (len(asked) > 2 or len(blocks) == 1)
    )


def _other_word(asked: str, row: Goods) -> bool:
    """改了音的那个字在另一个正经词里,就不是打错(花胶不是花椒)。"""
    from intents.segment import cut, frequency

    text = "".join(fields_of(row))
    return any(
        len(word) >= 2 and word not in text and frequency(word) > 5 and any(char not in text for char in word)
        for word in cut(asked)
    )


def _by_pinyin(mention: Mention, catalog: Catalog) -> list[Goods]:
    syllables = cut_pinyin("".join(mention.latin))
    if not syllables or len(syllables) < 2:
        return []
    ids = [SYLLABLES[name] for name in syllables]
    heard = "".join(chr(0xE000 + i) for i in ids)
    from intents.index import SOUND1

    rows = _rows(catalog, lambda index: index.with_all(SOUND1, ids), lambda row: True)
    whole = [row for row in rows if any(sounds(han_only(key)) == heard for key in fields_of(row)[:-2])]
    return whole or [
        row
        for row in rows
        if all(
            len(block) >= 2
            for block in blocks_of(heard, tuple(sounds(key) for key in fields_of(row))) or [""]
        )
    ]


QUICK = ((by_words, "words"), (_with_category, "words"), (_by_sound, "sound"))
SLOW = ((_by_soft_sound, "sound"), (_by_look, "sound"), (_by_one_off, "sound"))
