"""一个商品和说的名字对不对得上:字、规格、大小、包装。"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from intents import units
from intents.frame import Goods
from intents.lexicon import is_han, name_key
from intents.mention import MEASURES, Mention, measured

LONGEST_BLOCK = 24
_SIZE_AT_END = re.compile(r"[a-z]?\d[\d.*a-z]*[\u4e00-\u9fff]{0,2}$")


@lru_cache(maxsize=4096)
def _asked(pieces: tuple[str, ...]) -> tuple[str, str, tuple[str, ...]]:
    """整个叫法、其中的汉字、不全是汉字的几段。"""
    asked = name_key("".join(pieces))
    keys = [name_key(piece) for piece in pieces]
    literal = tuple(key for key in keys if not all(map(is_han, key)))  # 整段照原样找,里面的汉字不再拆
    return asked, "".join(key for key in keys if key not in literal), literal


def covers(row: Goods, pieces: tuple[str, ...]) -> bool:
    """每个字都能在这个商品的名字、别名、牌子里找到,而且不是东拼西凑。"""
    asked, han, literal = _asked(pieces)
    if 2 <= len(asked) <= LONGEST_BLOCK and not literal and asked in bare_key(row):
        return True
    fields = apart(row.keys, asked)
    if any(not any(whole_in(piece, key) for key in fields) for piece in literal):
        return False
    blocks = blocks_of(han, fields)
    if blocks is None:
        return False
    singles = [block for block in blocks if len(block) == 1]
    if not singles:
        return True
    brand = name_key(row.brand)
    body = "".join(fields[:-2]).replace(brand, "") if brand else "".join(fields[:-2])
    if any(char not in body for char in singles):
        return False
    return _close_in_order(han, fields) or (
        len(singles) <= 2 and len(singles) * 2 <= len(asked) and len(asked) >= 3
    )


def apart(keys: tuple[str, ...], asked: str) -> tuple[str, ...]:
    """牌子要说就说全:“可乐”不是“可口可乐的雪碧”,“达三鲜水饺”不是“源达三鲜水饺”;字和读音都这样比。"""
    brand = keys[-2]
    if not brand or brand in asked:
        return keys
    return (*(key.replace(brand, brand + "|", 1) for key in keys[:-2]), "", keys[-1])


def whole_in(piece: str, key: str) -> bool:
    """整段在里面,前后不能还连着数字(500ml 不算 1500ml)。"""
    at = key.find(piece)
    while at >= 0:
        before, after = key[at - 1 : at], key[at + len(piece) : at + len(piece) + 1]
        letters = (piece[0].isascii() and piece[0].isalpha() and before.isascii() and before.isalpha()) or (
            piece[-1].isascii() and piece[-1].isalpha() and after.isascii() and after.isalpha()
        )
        if not letters and not (
            (piece[0].isdigit() and (before.isdigit() or before == "."))
            or (piece[-1].isdigit() and (after.isdigit() or after == "."))
        ):
            return True
        at = key.find(piece, at + 1)
    return False


def _close_in_order(asked: str, fields: tuple[str, ...]) -> bool:
    """省了中间一两个字的叫法:菜油→菜籽油。"""
    gap = ".{0,3}" if len(asked) == 2 else ".{0,2}"  # 圆盒→圆形打包盒;两个字的另要规格才算数
    pattern = re.compile(gap.join(map(re.escape, asked))) if len(asked) <= 12 else None
    return pattern is not None and any(pattern.search(key) for key in fields[:-2])


def blocks_of(asked: str, fields: tuple[str, ...]) -> list[str] | None:
    """从左到右切成尽量长的、整段出现过的块;有字没出现过就是 None。"""
    text = "\n".join(fields)
    blocks, at = [], 0
    while at < len(asked):
        end = at
        while end < len(asked) and end - at < LONGEST_BLOCK and asked[at : end + 1] in text:
            end += 1
        if end == at:
            return None
        blocks.append(asked[at:end])
        at = end
    return blocks


def matching_details(rows: list[Goods], mention: Mention) -> list[Goods]:
    for value, unit in mention.specs:
        rows = [row for row in rows if has_spec(row, value, unit)]
    for pack in mention.packs:
        rows = [row for row in rows if any(pack in key for key in row.keys)] or [
            row for row in rows if _packed(row, pack)
        ]
    for size, said in mention.sizes:
        rows = _by_size(rows, size, said)
    return rows


@lru_cache(maxsize=16384)
def _spec_numbers(spec: str, *names: str) -> tuple[tuple[Decimal, str, Decimal], ...]:
    """规格里的数:(原数, 量纲, 化成最小单位)。"""
    found = []
    for number, unit in measured(
        " ".join((*map(name_key, spec.replace("/", " ").split()), name_key(" ".join(names))))
    ):
        kind, size = MEASURES.get(unit, MEASURES.get(unit[:1], (unit[:1], 1)))
        found.append((Decimal(number), kind, Decimal(number) * size))
    return tuple(found)


def has_spec(row: Goods, value: Decimal, unit: str) -> bool:
    """规格里有没有说的这个数。"""
    numbers = _spec_numbers(row.spec, row.name, *[alias.word for alias in row.aliases])
    kind, size = MEASURES.get(unit, (unit[:1], 1))
    wanted, plain_number = value * size, not unit or unit not in MEASURES
    for raw, have, small in numbers:
        if (plain_number and value == raw) or (unit and wanted == small and kind == have):
            return True
    return False


def _packed(row: Goods, pack: str) -> bool:
    word = pack.rstrip("的装")
    if any(pack in key or word + "装" in key for key in row.keys):
        return True
    return bool(word) and word != "散" and (row.base_unit in word or units.fit(row, word) == row.base_unit)


def _volume(row: Goods) -> Decimal | None:
    numbers = _spec_numbers(row.spec)
    return numbers[0][2] if numbers else None


def _by_size(rows: list[Goods], size: str, said: str) -> list[Goods]:
    """大、小:名字里有就按名字,否则只有两种规格时才分得清。"""
    word = said.rstrip("的")
    sold = [row for row in rows if len(word) == 2 and units.fit(row, word[1])]  # 大瓶:只在论瓶的里头分大小
    rows = sold or rows
    literal = [row for row in rows if any(word in key for key in row.keys)] if len(word) > 1 else []
    if literal:
        return literal
    marked = [row for row in rows if name_key(row.spec).startswith(size)]  # 规格写着“大盆”“小号”
    if marked and len(marked) < len(rows):
        return marked
    sizes = sorted({volume for volume in map(_volume, rows) if volume is not None})
    if len(sizes) == 1 and len(word) == 1:  # 只有一种,又没有哪个叫“大…”:不敢当
        return [row for row in rows if any(word in key for key in row.keys)]
    if len(sizes) != 2 or size == "中":
        return rows
    wanted = sizes[-1] if size == "大" else sizes[0]
    return [row for row in rows if _volume(row) == wanted]


def prefer_same_name(rows: list[Goods], mention: Mention, how: str) -> list[Goods]:
    """去掉牌子正好同名的,胜过只是拿它打头的(红糖→太古红糖,不是红糖糍粑);多写了规格的也是同名。"""
    if how != "words" or len(rows) < 2:
        return rows
    asked = mention.whole
    same = [row for row in rows if bare_name(row) == asked]
    heads = [row for row in rows if _SIZE_AT_END.sub("", name_key(row.name)).endswith(asked)]
    return same if len(same) == 1 and len(heads) == 1 else rows


def bare_key(row: Goods) -> str:
    """写规矩了的名字去掉打头的牌子;牌子在中间的,只到牌子为止。"""
    name, brand = row.keys[0], row.keys[-2]
    if not brand:
        return name
    return name[len(brand) :] if name.startswith(brand) else name.partition(brand)[0]


def bare_name(row: Goods) -> str:
    """不带牌子的名字。"""
    name, brand = name_key(row.name), name_key(row.brand)
    return name[len(brand) :] if brand and name.startswith(brand) else name
