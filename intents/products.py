"""说的名字到底是哪个商品:说过的每一样都要对得上,只剩一个才算数,剩几个就问。"""
from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache

from intents import units
from intents.frame import Catalog, Goods
from intents.index import ALIAS, BARCODE, BRAND, CATEGORY, CODE, NAME, ProductIndex
from intents.lexicon import LOOK_ALIKE, SYLLABLES, cut_pinyin, han_only, is_han, name_key, soft_sounds, sounds

ENOUGH = 200                     # 候选多过这个数,反正要问,不再细看
LONGEST_NAME = 48                # 更长的不会是一个商品名
SHOWN = 24                       # 最多带回多少个候选
NEAR_ENOUGH = 58.0               # 像到这个程度才问“是不是它”
MEASURES = {"ml": ("v", 1), "毫升": ("v", 1), "l": ("v", 1000), "升": ("v", 1000), "g": ("w", 1), "克": ("w", 1), "kg": ("w", 1000), "公斤": ("w", 1000), "千克": ("w", 1000),
            "斤": ("w", 500), "两": ("w", 50), "cm": ("d", 10), "厘米": ("d", 10), "公分": ("d", 10), "mm": ("d", 1), "毫米": ("d", 1), "米": ("d", 1000), "m": ("d", 1000)}
_SPEC = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+|[\u4e00-\u9fff]{1,2})?")
_TWINS = {**{pair[0]: pair[1] for pair in LOOK_ALIKE}, **{pair[1]: pair[0] for pair in LOOK_ALIKE}}


@dataclass(frozen=True)
class Mention:
    """话里的一个商品叫法,拆成名字、规格、大小、包装。"""

    pieces: tuple[str, ...] = ()
    specs: tuple[tuple[Decimal, str], ...] = ()
    sizes: tuple[tuple[str, str], ...] = ()        # (大, 大瓶)
    packs: tuple[str, ...] = ()
    latin: tuple[str, ...] = ()
    text: str = ""

    @property
    def whole(self) -> str:
        """连起来的叫法。"""
        return name_key("".join(self.pieces))

    @property
    def named(self) -> bool:
        """有没有名字;只有规格大小的要借前一个的名字。"""
        return bool(self.pieces or self.latin)

    def plus(self, other: Mention) -> Mention:
        """两段话说的是同一个商品。"""
        return Mention(self.pieces + other.pieces, self.specs + other.specs, self.sizes + other.sizes,
                       self.packs + other.packs, self.latin + other.latin, f"{self.text} {other.text}".strip())


@dataclass(frozen=True)
class Match:
    """找的结果。"""

    codes: tuple[str, ...] = ()
    how: str = ""                                  # code name alias words sound near none
    reason: str = ""                               # unknown_product unknown_unit spec_mismatch
    near: tuple[str, ...] = ()
    brand: str = ""
    category: str = ""
    groups: tuple[str, ...] = field(default=())

    @property
    def one(self) -> str | None:
        """正好一个时是它的编码。"""
        return self.codes[0] if len(self.codes) == 1 else None

    @property
    def exact(self) -> bool:
        """是不是一字不差的编码、条码、全名、别名。"""
        return self.how in ("code", "name", "alias") and len(self.codes) == 1


def resolve(mention: Mention, said_units: Iterable[str], catalog: Catalog, partner: str | None = None, suggest: bool = True) -> Match:
    """找出和这句话全对得上的商品;suggest 是找不到时要不要猜几个来问。"""
    if len(mention.whole) > LONGEST_NAME or len(mention.latin) > 8:
        return Match(how="none", reason="unknown_product")
    wanted = tuple(dict.fromkeys(said_units))
    found, how = _candidates(mention, catalog, partner, suggest)
    if not found:
        return _nothing(mention, catalog) if suggest else Match(how="none", reason="unknown_product")
    if how == "words" and _too_short(found, mention):
        return Match(how="none", reason="unknown_product", near=_ordered(found))
    kept = _filter_details(found, mention)
    if not kept:
        return Match(codes=_ordered(found), how=how, reason="spec_mismatch", near=_ordered(found)) if len(found) else Match(reason="unknown_product")
    fitting = [row for row in kept if all(unit == "打" and has_dozen(row) or units.fit(row, unit) for unit in wanted)]
    if not fitting:
        return Match(codes=(), how=how, reason="unknown_unit", near=_ordered(kept))
    fitting = _prefer_same_name(fitting, mention, how)
    return Match(codes=_ordered(fitting), how=how)


def _too_short(rows: list[Goods], mention: Mention) -> bool:
    """一个字,或者两个字却不连着,对得上也只敢问。"""
    asked = mention.whole
    if not all(map(is_han, asked)) or mention.specs or mention.latin:
        return False
    return len(asked) == 1 or len(asked) == 2 and not any(asked in key for row in rows for key in _fields(row))


def has_dozen(row: Goods) -> bool:
    """能不能论打:按个数的商品一打是十二个基本单位。"""
    return row.base_unit not in units.WEIGHT_MILLI or "打" in row.units


def _ordered(rows: Iterable[Goods]) -> tuple[str, ...]:
    best = sorted(rows, key=lambda row: (len(row.name), row.code))
    return tuple(row.code for row in best[:SHOWN])


def _nothing(mention: Mention, catalog: Catalog) -> Match:
    text = mention.text or mention.whole or "".join(mention.latin)
    near: list[tuple[float, str]] = []
    for index in catalog.indexes():
        near += [(score, index.rows[doc].code) for score, doc in index.near(text[:40], 5) if _live(catalog, index, doc)]
    near.sort(reverse=True)
    codes = tuple(dict.fromkeys(code for score, code in near if score >= NEAR_ENOUGH))[:5]
    return Match(how="none", reason="unknown_product", near=codes)


def _live(catalog: Catalog, index: ProductIndex, doc: int) -> bool:
    row = index.rows[doc]
    return catalog.goods_by_code.get(row.code) is row


# ---- 候选 ----
def _candidates(mention: Mention, catalog: Catalog, partner: str | None, thorough: bool = True) -> tuple[list[Goods], str]:
    if mention.specs and mention.pieces:          # 全名加规格一字不差的优先
        said = "".join(f"{value:f}{unit}" for value, unit in mention.specs)
        found, how = _by_phrase(mention.whole + name_key(said), catalog, partner)
        if found and how == "name":
            return found, how
    found, how = _by_phrase(mention.whole, catalog, partner)
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


def _by_phrase(word: str, catalog: Catalog, partner: str | None) -> tuple[list[Goods], str]:
    groups: dict[int, list[Goods]] = {}
    for index in catalog.indexes():
        for kind, doc in index.phrase(word) if word else ():
            row = index.rows[doc]
            if _live(catalog, index, doc) and (kind != ALIAS or _alias_open(row, word, partner)):
                groups.setdefault(kind, []).append(row)
    for kinds, how in (((CODE, BARCODE), "code"), ((ALIAS,), "alias"), ((NAME,), "name")):
        rows = [row for kind in kinds for row in groups.get(kind, ())]
        if how == "alias" and len(rows) != 1 and NAME in groups:
            continue
        if rows:
            return list({row.code: row for row in rows}.values()), how
    if CATEGORY in groups:                        # 类别名要连同整类一起问
        rows = groups[CATEGORY] + _by_words(Mention((word,)), catalog)
        return list({row.code: row for row in rows}.values()), "category"
    if BRAND in groups:
        return groups[BRAND], "brand"
    return [], ""


def _alias_open(row: Goods, word: str, partner: str | None) -> bool:
    return any(name_key(alias.word) == word and alias.partner_code in (None, partner) and alias.staff_id is None for alias in row.aliases)


def _by_words(mention: Mention, catalog: Catalog) -> list[Goods]:
    asked = han_only(mention.whole)
    if not asked:
        return _by_literals(mention, catalog)
    return [row for row in _rows(catalog, lambda index: index.with_chars(asked)) if covers(row, mention.pieces)]


def _by_literals(mention: Mention, catalog: Catalog) -> list[Goods]:
    """没有汉字的叫法(7up、m6)整段出现在名字里。"""
    word = mention.whole
    if len(word) < 2:
        return []
    from intents.index import TOKEN, _TOKEN, _token_hash

    marks = [_token_hash(token) for token in _TOKEN.findall(word)]
    return [row for row in _rows(catalog, lambda index: index.with_all(TOKEN, marks)) if any(word in key for key in _fields(row))]


def _rows(catalog: Catalog, ask: object) -> list[Goods]:
    found = []
    for index in catalog.indexes():
        docs = ask(index)  # type: ignore[operator]
        found += [index.rows[doc] for doc in docs[:ENOUGH].tolist() if _live(catalog, index, doc)]
    return found


def _with_category(mention: Mention, catalog: Catalog) -> list[Goods]:
    """名字后面带着类别的叫法:五得利面粉、番茄酱。"""
    asked = mention.whole
    if not all(map(is_han, asked)):
        return []
    for head, tail in ((asked[:-1], asked[-1:]), (asked[:-2], asked[-2:]), (asked[2:], asked[:2])):
        if len(head) >= 2:
            rows = _by_words(Mention((head,)), catalog)
            found = [row for row in rows if tail in name_key(row.category) and (len(tail) > 1 or row.brand and name_key(row.brand) in head)]
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
            if _live(catalog, index, doc) and not _other_word(asked, row):
                for key in map(han_only, _fields(row)[:-2]):
                    windows = [key[at:at + len(asked)] for at in range(max(0, len(key) - len(asked)) + 1)]
                    wrong = [[(a, b) for a, b, x, y in zip(heard, pinyin(window), asked, window) if x != y] for window in windows if len(window) == len(asked)]
                    if any(len(pairs) == 1 and Levenshtein.distance(*pairs[0]) <= 1 for pairs in wrong):
                        found.append(row)
    return list({row.code: row for row in found}.values())


def _by_sound(mention: Mention, catalog: Catalog) -> list[Goods]:
    asked = mention.whole
    if len(asked) < 3 or not all(map(is_han, asked)):        # 两个字的同音太多,只拿来问
        return []
    rows = _rows(catalog, lambda index: index.with_sounds(asked))
    return [row for row in rows if _sounds_like(row, asked, sounds) and not _other_word(asked, row)]


def _by_soft_sound(mention: Mention, catalog: Catalog) -> list[Goods]:
    asked = mention.whole
    if not all(map(is_han, asked)) or len(asked) < 3:
        return []
    rows = _rows(catalog, lambda index: index.with_sounds(asked, soft=True))
    return [row for row in rows if _sounds_like(row, asked, soft_sounds) and not _other_word(asked, row)]


def _by_look(mention: Mention, catalog: Catalog) -> list[Goods]:
    asked = mention.whole
    if len(asked) < 3:
        return []
    for spot, char in enumerate(asked):
        if char in _TWINS:
            fixed = asked[:spot] + _TWINS[char] + asked[spot + 1:]
            found = _by_phrase(fixed, catalog, None)[0] or _by_words(Mention((fixed,)), catalog)
            if found:
                return found
    return []


def _sounds_like(row: Goods, asked: str, how: object) -> bool:
    """读音一致,而且要成段地一致。"""
    heard: str = how(asked)  # type: ignore[operator]
    blocks = _blocks(heard, tuple(how(key) for key in _fields(row)))  # type: ignore[operator]
    same = sum(char in "".join(_fields(row)) for char in asked)
    return bool(blocks) and all(len(block) >= 2 for block in blocks) and (same >= 1 or len(asked) >= 3) and (len(asked) > 2 or len(blocks) == 1)


def _other_word(asked: str, row: Goods) -> bool:
    """改了音的那个字在另一个正经词里,就不是打错(花胶不是花椒)。"""
    from intents.segment import cut, frequency

    text = "".join(_fields(row))
    return any(len(word) >= 2 and word not in text and frequency(word) > 5 and any(char not in text for char in word) for word in cut(asked))


def _by_pinyin(mention: Mention, catalog: Catalog) -> list[Goods]:
    syllables = cut_pinyin("".join(mention.latin))
    if not syllables or len(syllables) < 2:
        return []
    ids = [SYLLABLES[name] for name in syllables]
    heard = "".join(chr(0xE000 + i) for i in ids)
    from intents.index import SOUND1

    rows = _rows(catalog, lambda index: index.with_all(SOUND1, ids))
    whole = [row for row in rows if any(sounds(han_only(key)) == heard for key in _fields(row)[:-2])]
    return whole or [row for row in rows if all(len(block) >= 2 for block in _blocks(heard, tuple(sounds(key) for key in _fields(row))) or [""])]


# ---- 对得上 ----
@lru_cache(maxsize=16384)
def _keys(name: str, brand: str, spec: str, aliases: tuple[str, ...]) -> tuple[str, ...]:
    return (name_key(name), *(name_key(word) for word in aliases), name_key(brand), name_key(spec))


def _fields(row: Goods) -> tuple[str, ...]:
    return _keys(row.name, row.brand, row.spec, tuple(alias.word for alias in row.aliases if alias.partner_code is None and alias.staff_id is None))


def covers(row: Goods, pieces: tuple[str, ...]) -> bool:
    """每个字都能在这个商品的名字、别名、牌子里找到,而且不是东拼西凑。"""
    asked = name_key("".join(pieces))
    fields = _fields(row)
    if fields[-2] not in asked:                    # 牌子要说就说全,“可乐”不是“可口可乐的雪碧”
        fields = (*fields[:-2], "", fields[-1])
    literal = [piece for piece in map(name_key, pieces) if not all(map(is_han, piece))]
    if any(not any(_whole_in(piece, key) for key in fields) for piece in literal):
        return False
    blocks = _blocks(han_only(asked), fields)
    if blocks is None:
        return False
    singles = [block for block in blocks if len(block) == 1]
    if not singles:
        return True
    brand = name_key(row.brand)
    body = "".join(fields[:-2]).replace(brand, "") if brand else "".join(fields[:-2])
    if any(char not in body for char in singles):
        return False
    return _close_in_order(han_only(asked), fields) or (len(singles) <= 2 and len(singles) * 2 <= len(asked) and len(asked) >= 3)


def _whole_in(piece: str, key: str) -> bool:
    """整段在里面,前后不能还连着数字(500ml 不算 1500ml)。"""
    at = key.find(piece)
    while at >= 0:
        before, after = key[at - 1:at], key[at + len(piece):at + len(piece) + 1]
        letters = piece[0].isascii() and piece[0].isalpha() and before.isascii() and before.isalpha() or piece[-1].isascii() and piece[-1].isalpha() and after.isascii() and after.isalpha()
        if not letters and not (piece[0].isdigit() and (before.isdigit() or before == ".") or piece[-1].isdigit() and (after.isdigit() or after == ".")):
            return True
        at = key.find(piece, at + 1)
    return False


def _close_in_order(asked: str, fields: tuple[str, ...]) -> bool:
    """省了中间一两个字的叫法:菜油→菜籽油。"""
    pattern = re.compile(".{0,2}".join(map(re.escape, asked))) if len(asked) <= 12 else None
    return pattern is not None and any(pattern.search(key) for key in fields[:-2])


def _blocks(asked: str, fields: tuple[str, ...]) -> list[str] | None:
    """从左到右切成尽量长的、整段出现过的块;有字没出现过就是 None。"""
    blocks, at = [], 0
    while at < len(asked):
        end = next((stop for stop in range(min(len(asked), at + 24), at, -1) if any(asked[at:stop] in key for key in fields)), None)
        if end is None:
            return None
        blocks.append(asked[at:end])
        at = end
    return blocks


def _filter_details(rows: list[Goods], mention: Mention) -> list[Goods]:
    for value, unit in mention.specs:
        rows = [row for row in rows if has_spec(row, value, unit)]
    for pack in mention.packs:
        rows = [row for row in rows if any(pack in key for key in _fields(row))] or [row for row in rows if _packed(row, pack)]
    for size, said in mention.sizes:
        rows = _by_size(rows, size, said)
    return rows


@lru_cache(maxsize=16384)
def _spec_numbers(spec: str, name: str) -> tuple[tuple[Decimal, str, Decimal], ...]:
    """规格里的数:(原数, 量纲, 化成最小单位)。"""
    found = []
    for number, unit in _SPEC.findall(name_key(spec) + " " + name_key(name)):
        kind, size = MEASURES.get(unit, MEASURES.get(unit[:1], (unit[:1], 1)))
        found.append((Decimal(number), kind, Decimal(number) * size))
    return tuple(found)


def has_spec(row: Goods, value: Decimal, unit: str) -> bool:
    """规格里有没有说的这个数。"""
    numbers = _spec_numbers(row.spec, " ".join((row.name, *(alias.word for alias in row.aliases))))
    if not unit:
        return any(value == raw for raw, _, _ in numbers)
    kind, size = MEASURES.get(unit, (unit[:1], 1))
    if any(value * size == small and kind == have for raw, have, small in numbers):
        return True
    return unit not in MEASURES and any(value == raw for raw, _, _ in numbers)


def _packed(row: Goods, pack: str) -> bool:
    word = pack.rstrip("的装")
    if any(pack in key or word + "装" in key for key in _fields(row)):
        return True
    return bool(word) and word != "散" and (row.base_unit in word or units.fit(row, word) == row.base_unit)


def _volume(row: Goods) -> Decimal | None:
    numbers = _spec_numbers(row.spec, "")
    return numbers[0][2] if numbers else None


def _by_size(rows: list[Goods], size: str, said: str) -> list[Goods]:
    """大、小:名字里有就按名字,否则只有两种规格时才分得清。"""
    word = said.rstrip("的")
    literal = [row for row in rows if any(word in key for key in _fields(row))] if len(word) > 1 else []
    if literal:
        return literal
    sizes = sorted({volume for volume in map(_volume, rows) if volume is not None})
    if len(sizes) == 1 and len(word) == 1:         # 只有一种,又没有哪个叫“大…”:不敢当
        return [row for row in rows if any(word in key for key in _fields(row))]
    if len(sizes) != 2 or size == "中":
        return rows
    wanted = sizes[-1] if size == "大" else sizes[0]
    return [row for row in rows if _volume(row) == wanted]


def _prefer_same_name(rows: list[Goods], mention: Mention, how: str) -> list[Goods]:
    """去掉牌子正好同名的,胜过只是拿它打头的(红糖→太古红糖,不是红糖糍粑)。"""
    if how != "words" or len(rows) < 2:
        return rows
    asked = mention.whole
    same = [row for row in rows if bare_name(row) == asked]
    heads = [row for row in rows if name_key(row.name).endswith(asked)]
    return same if len(same) == 1 and len(heads) == 1 else rows


def bare_name(row: Goods) -> str:
    """不带牌子的名字。"""
    name, brand = name_key(row.name), name_key(row.brand)
    return name[len(brand):] if brand and name.startswith(brand) else name


def group_of(word: str, catalog: Catalog) -> tuple[str, str]:
    """这个词是不是正好一个牌子或一个类别。"""
    for index in catalog.indexes():
        for kind, doc in index.phrase(name_key(word)):
            if kind == BRAND:
                return index.rows[doc].brand, ""
            if kind == CATEGORY:
                return "", index.rows[doc].category
    return "", ""


def without(mention: Mention, piece: str) -> Mention:
    """去掉一段名字。"""
    return replace(mention, pieces=tuple(word for word in mention.pieces if word != piece))


QUICK = ((_by_words, "words"), (_with_category, "words"), (_by_sound, "sound"))
SLOW = ((_by_soft_sound, "sound"), (_by_look, "sound"), (_by_one_off, "sound"))
