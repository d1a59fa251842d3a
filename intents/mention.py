"""话里的一个商品叫法,和找出来的结果。"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from intents.lexicon import name_key
from intents.numbers import parse

MEASURES = {
    "ml": ("v", 1),
    "毫升": ("v", 1),
    "l": ("v", 1000),
    "升": ("v", 1000),
    "g": ("w", 1),
    "克": ("w", 1),
    "kg": ("w", 1000),
    "公斤": ("w", 1000),
    "千克": ("w", 1000),
    "斤": ("w", 500),
    "两": ("w", 50),
    "cm": ("d", 10),
    "厘米": ("d", 10),
    "公分": ("d", 10),
    "mm": ("d", 1),
    "毫米": ("d", 1),
    "米": ("d", 1000),
    "m": ("d", 1000),
}


_SPEC = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+|[\u4e00-\u9fff]{1,2})?")
_SPEC_IN_WORDS = re.compile(r"([一二三四五六七八九十]{1,3})([段联层号寸级度星芯孔格节号])")


def measured(text: str) -> list[tuple[str, str]]:
    """名字、规格里的数和跟着的单位;“三段”也是 3 段。"""
    found = _SPEC.findall(text)
    for said, unit in _SPEC_IN_WORDS.findall(text):
        value = parse(said)
        if value is not None:
            found.append((f"{value:f}", unit))
    return found


@dataclass(frozen=True)
class Mention:
    """话里的一个商品叫法,拆成名字、规格、大小、包装。"""

    pieces: tuple[str, ...] = ()
    specs: tuple[tuple[Decimal, str], ...] = ()
    sizes: tuple[tuple[str, str], ...] = ()  # (大, 大瓶)
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
        return Mention(
            self.pieces + other.pieces,
            self.specs + other.specs,
            self.sizes + other.sizes,
            self.packs + other.packs,
            self.latin + other.latin,
            f"{self.text} {other.text}".strip(),
        )


@dataclass(frozen=True)
class Match:
    """找的结果。"""

    codes: tuple[str, ...] = ()
    how: str = ""  # code name alias words sound near none
    reason: str = ""  # unknown_product unknown_unit spec_mismatch
    near: tuple[str, ...] = ()

    @property
    def one(self) -> str | None:
        """正好一个时是它的编码。"""
        return self.codes[0] if len(self.codes) == 1 else None

    @property
    def exact(self) -> bool:
        """是不是一字不差的编码、条码、全名、别名。"""
        return self.how in ("code", "name", "alias") and len(self.codes) == 1
