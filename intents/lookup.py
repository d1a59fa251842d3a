"""按叫法找候选商品:整词、拆字、带类别、同音、形近、差一个字、拼音。"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from intents import units
from intents.fits import apart, blocks_of, covers, has_spec, whole_in
from intents.frame import Catalog, Goods
from intents.index import ALIAS, BARCODE, BRAND, CATEGORY, CODE, FEW, NAME, ProductIndex
from intents.lexicon import LOOK_ALIKE, SYLLABLES, cut_pinyin, han_only, is_han, name_key, soft_sounds, sounds
from intents.mention import Mention
from intents.postings import CHAR, SOUND1, Ints

MOST_ALIKE = 10  # 最像的看这么多个
MOST_LOOKED = 400  # 一个叫法最多细看这么多个商品
ENOUGH = 60  # 对得上的多过这个数,反正要问,不再往下看
_LETTERS = re.compile(r"[a-z]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_TWINS = {**{pair[0]: pair[1] for pair in LOOK_ALIKE}, **{pair[1]: pair[0] for pair in LOOK_ALIKE}}


def is_current(catalog: Catalog, row: Goods) -> bool:
    """没有被改过的新写法盖住。"""
    return catalog.goods_by_code.get(row.code) is row


@dataclass(frozen=True)
class Search:
    """要找的是什么:叫法、说了的单位、在哪本目录里、替谁找。"""

    mention: Mention
    units: tuple[str, ...]
    catalog: Catalog
    partner: str | None

    def called(self, *pieces: str) -> Search:
        """同一样货换个叫法再找。"""
        return replace(self, mention=replace(self.mention, pieces=pieces))

    def docs(self, index: ProductIndex, how: str) -> Ints:
        """索引里含有这些字(或读音)的商品;一句话里同一个叫法要换着规格、单位问好几回,少的记着。"""
        said = self.mention.whole
        asked = han_only(said) if how == "chars" else said
        key = (how, asked, index is self.catalog.extra)
        docs: Ints | None = self.catalog.memo.get(key)
        if docs is None:
            docs = (
                index.with_chars(asked)
                if how == "chars"
                else index.with_sounds(asked, "".join(_things(asked)) if how == "soft" else "", how == "soft")
            )
            if len(docs) <= FEW:
                self.catalog.memo[key] = docs
        return docs

    def suits(self, row: Goods) -> bool:
        """规格和单位也对得上。"""
        return all(has_spec(row, *spec) for spec in self.mention.specs) and sold_by_all(row, self.units)

    def rows(
        self,
        ask: Callable[[ProductIndex], Ints],
        keep: Callable[[Goods], bool],
        numbers: tuple[tuple[Decimal, str], ...] = (),
    ) -> list[Goods]:
        """索引给的商品里叫得通的:规格单位都对的优先,一个都没有才给只是叫得通的。

        够多就停,反正要问;看不完又只见到一个,也不敢当唯一。numbers 是名字里夹的数,只拿来少看几个。
        """
        best: list[Goods] = []
        spare: list[Goods] = []
        left = MOST_LOOKED
        for index in self.catalog.indexes():
            docs = index.narrow(ask(index), (*self.mention.specs, *numbers), self.units)
            for doc in docs[:left].tolist():
                row = index.row(doc)
                if not is_current(self.catalog, row) or not keep(row):
                    continue
                if self.suits(row):
                    best.append(row)
                    if len(best) >= ENOUGH:
                        return best
                elif len(spare) < ENOUGH:
                    spare.append(row)
            left -= len(docs)
            if left < 0 and len(best) == 1:
                return []
        return best or spare


def sold_by_all(row: Goods, said: Iterable[str]) -> bool:
    """说了的单位这个商品都有。"""
    for unit in said:
        if unit not in row.units and not (unit == "打" and has_dozen(row)) and not units.fit(row, unit):
            return False
    return True


def has_dozen(row: Goods) -> bool:
    """能不能论打:按个数的商品一打是十二个基本单位。"""
    return row.base_unit not in units.WEIGHTS or "打" in row.units


def nearest(text: str, catalog: Catalog) -> list[tuple[float, Goods]]:
    """最像的几个现有商品和像的程度;一句话里要问两三回,记着。"""
    found: list[tuple[float, Goods]] | None = catalog.memo.get(("near", text))
    if found is None:
        found = [
            (score, index.row(doc))
            for index in catalog.indexes()
            for score, doc in index.near(text, MOST_ALIKE)
            if is_current(catalog, index.rows[doc])
        ]
        found.sort(key=lambda one: one[0], reverse=True)
        catalog.memo["near", text] = found
    return found


def candidates(search: Search, guess: bool = True, sure: bool = True) -> tuple[list[Goods], str]:
    """和叫法对得上的商品,和是怎么对上的;sure 是照字照音找,guess 是还要猜(照字找过没有的,不必再找)。"""
    if sure:
        found, how = _sure(search)
        if found:
            return found, how
    for guessed in SLOW if guess and search.mention.pieces else ():
        found = guessed(search)
        if found:
            return [*found, *_others(found, search)], "sound"
    if sure and search.mention.latin:
        return _by_pinyin(search), "sound"
    return (_by_mixed(search), "sound") if guess and _half_spelt(search.mention) else ([], "none")


def _half_spelt(mention: Mention) -> bool:
    """拼音夹着汉字。"""
    return len(mention.pieces) > 1 and any(map(_LETTERS.fullmatch, mention.pieces))


def _sure(search: Search) -> tuple[list[Goods], str]:
    mention = search.mention
    if mention.specs and mention.pieces:  # 全名加规格一字不差的优先
        said = "".join(f"{value:f}{unit}" for value, unit in mention.specs)
        found, how = by_phrase(mention.whole + name_key(said), search)
        if found and how == "name":
            return found, how
    found, how = by_phrase(mention.whole, search)
    if found:
        return found, how
    if mention.pieces:
        for finder, name in QUICK:
            found = finder(search)
            if found:
                return found, name
    return [], "none"


def by_phrase(word: str, search: Search) -> tuple[list[Goods], str]:
    """整个词就是编码、条码、别名、名字、类别、牌子。"""
    entries = [index.entries(word) for index in search.catalog.indexes()]
    known = {kind for found in entries for kind in found}

    def called(*kinds: int) -> list[Goods]:
        if known.isdisjoint(kinds):
            return []
        rows = search.rows(lambda index: index.phrase(word, *kinds), lambda row: True)
        return list({row.code: row for row in rows}.values())

    codes = called(CODE, BARCODE)
    if codes:
        return codes, "code"
    aliases = _narrowest(called(ALIAS), word, search)
    names = called(NAME)
    if aliases and (len(aliases) == 1 or not names):
        return aliases, "alias"
    if names:
        return names, "name"
    rows = called(CATEGORY)
    if rows:  # 类别名要连同整类一起问
        rows += by_words(search.called(word))
        return list({row.code: row for row in rows}.values()), "category"
    rows = called(BRAND)
    return rows, "brand" if rows else ""


def _narrowest(rows: list[Goods], word: str, search: Search) -> list[Goods]:
    """这个词对谁算数:这位客户的先于这个人的,这个人的先于大家的;更窄的有了,宽的不算。"""
    found: dict[int, dict[str, Goods]] = {}
    for row in rows:
        for one in row.aliases:
            if name_key(one.word) != word or one.partner_code not in (None, search.partner):
                continue
            if one.staff_id in (None, search.catalog.speaker):
                rank = 0 if one.partner_code else 1 if one.staff_id else 2
                found.setdefault(rank, {})[row.code] = row
    return list(found[min(found)].values()) if found else []


def by_words(search: Search) -> list[Goods]:
    """说的每个字都在名字、别名、牌子里。"""
    mention = search.mention
    asked = han_only(mention.whole)
    if not asked:
        return _by_literals(search)
    inside = tuple((Decimal(number), "") for number in _NUMBER.findall(name_key(" ".join(mention.pieces))))
    return search.rows(
        lambda index: search.docs(index, "chars"), lambda row: covers(row, mention.pieces), inside
    )


def _by_literals(search: Search) -> list[Goods]:
    """没有汉字的叫法(7up、m6)整段出现在名字里。"""
    word = search.mention.whole
    if len(word) < 2:
        return []
    head = re.compile(
        rf"{re.escape(word)}(?=[\u4e00-\u9fff]|$)"
    )  # 光说一个数的,要是名字打头的那个数(84消毒液)
    return search.rows(
        lambda index: index.with_tokens(word),
        lambda row: any(head.match(key) if word.isdigit() else whole_in(word, key) for key in row.keys),
    )


def _with_category(search: Search) -> list[Goods]:
    """名字后面带着类别的叫法:五得利面粉、番茄酱。"""
    asked, indexes = search.mention.whole, search.catalog.indexes()
    if not all(map(is_han, asked)):
        return []
    for head, tail in ((asked[:-1], asked[-1:]), (asked[:-2], asked[-2:]), (asked[2:], asked[:2])):
        if len(head) >= 2 and any(tail in word for index in indexes for word in index.categories):
            rows = by_words(search.called(head))
            found = [
                row
                for row in rows
                if tail in name_key(row.category)
                and (len(tail) > 1 or (row.brand and name_key(row.brand) in head))
            ]
            if found:
                return found
    return []


def _by_one_off(search: Search) -> list[Goods]:
    """四个字以上只有一个字的音差一点(白错→白醋)。"""
    from rapidfuzz.distance import Levenshtein

    from intents.lexicon import pinyin

    asked = search.mention.whole
    if not 4 <= len(asked) <= 16 or not all(map(is_han, asked)):
        return []
    heard, found = pinyin(asked), []
    for _, row in nearest(asked, search.catalog):
        if _other_word(asked, row):
            continue
        for key in map(han_only, row.keys[:-2]):
            windows = [key[at : at + len(asked)] for at in range(max(0, len(key) - len(asked)) + 1)]
            wrong = [
                [(a, b) for a, b, x, y in zip(heard, pinyin(window), asked, window, strict=False) if x != y]
                for window in windows
                if len(window) == len(asked)
            ]
            if any(len(pairs) == 1 and Levenshtein.distance(*pairs[0]) <= 1 for pairs in wrong):
                found.append(row)
    return list({row.code: row for row in found}.values())


def _by_sound(search: Search) -> list[Goods]:
    asked = search.mention.whole
    if not all(map(is_han, asked)):
        return []
    heard = sounds(asked)
    if len(asked) == 2:
        return _two_chars_heard(search, heard)
    if len(asked) < 3:
        return []
    return search.rows(
        lambda index: search.docs(index, "sounds"),
        lambda row: (
            _sounds_like(row, heard, asked, sounds)
            and (_in_one_breath(row, heard) or not _other_word(asked, row))
        ),
    )


def _two_chars_heard(search: Search, heard: str) -> list[Goods]:
    """“夏滑”“瑶住”:两个字的同音太多,词典里没有这个词、有一个字没错、正好是一个叫法、说了单位,才当是打错。"""
    from intents.segment import frequency

    asked = search.mention.whole
    if frequency(asked) or not search.units or search.mention.specs:
        return []
    return search.rows(
        lambda index: search.docs(index, "sounds"),
        lambda row: any(
            len(key) == 2
            and sounds(key) == heard
            and sum(a == b for a, b in zip(key, asked, strict=False)) == 1
            for key in row.keys[:-2]
        ),
    )


def _in_one_breath(row: Goods, heard: str) -> bool:
    """四个字以上一口气同音,或者和一个叫法从头到尾同音:不会是另一样东西。"""
    said = [sounds(key) for key in row.keys[:-2]]
    return heard in said or (len(heard) >= 4 and any(heard in key for key in said))


def _by_soft_sound(search: Search) -> list[Goods]:
    asked = search.mention.whole
    if not all(map(is_han, asked)) or len(asked) < 3:
        return []
    heard = soft_sounds(asked)
    return search.rows(
        lambda index: search.docs(index, "soft"),
        lambda row: not _other_word(asked, row) and _sounds_like(row, heard, asked, soft_sounds),
    )


def _by_look(search: Search) -> list[Goods]:
    asked = search.mention.whole
    if len(asked) < 3:
        return []
    for spot, char in enumerate(asked):
        if char in _TWINS:
            fixed = asked[:spot] + _TWINS[char] + asked[spot + 1 :]
            found = by_phrase(fixed, search.called(fixed))[0] or by_words(search.called(fixed))
            if found:
                return found
    return []


def _sounds_like(row: Goods, heard: str, asked: str, how: Callable[[str], str]) -> bool:
    """读音一致,而且要成段地一致。"""
    blocks = blocks_of(heard, apart(tuple(how("\n".join(row.keys)).split("\n")), heard)) or []
    ends = list(itertools.accumulate(map(len, blocks)))
    alone = [asked[end - 1] for block, end in zip(blocks, ends, strict=True) if len(block) == 1]
    if len(alone) > 1 or (alone and len(asked) <= 4):
        return False
    return bool(blocks) and all(
        any(char in key for key in row.keys) for char in alone
    )  # 落单的那个字要原样就有


def _other_word(asked: str, row: Goods) -> bool:
    """改了音的那个字在另一个正经词里,就不是打错(花胶不是花椒)。"""
    text = "".join(row.keys)
    return any(char not in text for word in _things(asked) for char in word)


@lru_cache(maxsize=4096)
def _things(asked: str) -> tuple[str, ...]:
    """叫法里的正经词;同一个叫法要和许多商品比,只切一次。"""
    from intents.segment import cut, is_thing

    return tuple(word for word in cut(asked) if len(word) >= 2 and is_thing(word))


def _by_pinyin(search: Search) -> list[Goods]:
    syllables = cut_pinyin("".join(search.mention.latin))
    if not syllables or len(syllables) < 2:
        return []
    ids = [SYLLABLES[name] for name in syllables]
    heard = "".join(chr(0xE000 + i) for i in ids)
    rows = search.rows(lambda index: index.with_all(SOUND1, ids), lambda row: True)
    whole = [row for row in rows if any(sounds(han_only(key)) == heard for key in row.keys[:-2])]
    return whole or [
        row
        for row in rows
        if all(
            len(block) >= 2 for block in blocks_of(heard, apart(tuple(map(sounds, row.keys)), heard)) or [""]
        )
    ]


def _by_mixed(search: Search) -> list[Goods]:
    """拼音夹汉字(qingdao经典、hong牛):拼音换成读音,汉字照原样都要有,连起来整段同音。"""
    heard, han = "", ""
    for piece in search.mention.pieces:
        letters = cut_pinyin(piece) if _LETTERS.fullmatch(piece) else None
        if letters is None and not all(map(is_han, piece)):
            return []
        heard += "".join(chr(0xE000 + SYLLABLES[name]) for name in letters or ()) or sounds(piece)
        han += "" if letters else piece
    if len(heard) < 2 or not han:
        return []
    rows = search.rows(
        lambda index: index.with_all(SOUND1, [ord(char) - 0xE000 for char in heard]),
        lambda row: all(any(char in key for key in row.keys) for char in han),
    )
    return [
        row
        for row in rows
        if any(sounds(han_only(key)) == heard for key in row.keys[:-2])
        or (len(heard) > 2 and any(heard in sounds(han_only(key)) for key in row.keys[:-2]))
    ]


def _others(found: list[Goods], search: Search) -> list[Goods]:
    """猜是打错的那些字不算,剩下的话还说得通的别的商品:有就一起问,猜的不能当唯一。"""
    asked = search.mention.whole
    sure = [any(char in key for row in found for key in row.keys) for char in asked]
    rest = "".join(itertools.compress(asked, sure))
    if len(rest) < 2 or len(rest) == len(asked):
        return []
    left = re.compile("".join(char if kept else ".{0,2}" for char, kept in zip(asked, sure, strict=True)))
    codes = {row.code for row in found}
    return search.rows(
        lambda index: index.with_all(CHAR, map(ord, rest)),
        lambda row: row.code not in codes and any(left.search(key) for key in row.keys),
    )


QUICK = ((by_words, "words"), (_with_category, "words"), (_by_sound, "sound"))
SLOW = (_by_soft_sound, _by_look, _by_one_off)  # 猜的成分大,剩下的字另有说得通的就要问
