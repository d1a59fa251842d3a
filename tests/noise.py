"""把好好的一句话弄花：错字、同音、漏说、拼音、繁体、语音转写、闲话；什么算对，造的时候就知道，不问产品自己。"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from random import Random

from opencc import OpenCC

from intents.frame import Catalog
from tests.made_up import Made, catalog_of, made_up

PARTS = ("brand", "flavour", "word", "size")
READINGS = Path(__file__).parent / "data" / "readings.txt"
# 手误打成的字:常见,但不是数目,也不是单位,免得把话改成了另一个数量
COMMON = "的是了在我他这中大来上国和地到说时要就出会可也你对生能而那得于着下自之年过发后作用道行所然家种事成方多经么去法学如都同现当没动起看定分进好小部其些主样理心她前开但因从想实日者意无力它与长把机民第公此已工使情明性知全又点正业外将高由问很最重并物手应战向头文体政美相见被利什"
TWINS = ({"箱", "件"}, {"包", "袋"}, {"支", "瓶"})  # 只有其中一个单位的商品,说另一个也是它
COMMANDS = (  # 说法、意思、哪家
    ("入库 {goods} {amount}", "stock_in", None),
    ("{goods} {amount} 入库", "stock_in", None),
    ("宝丽送来 {goods} {amount}", "stock_in", "S01"),
    ("出库 {goods} {amount}", "stock_out", None),
    ("盘点 {goods} {amount}", "stocktake", None),
    ("报损 {goods} {amount}", "scrap", None),
    ("采购申请 {goods} {amount}", "purchase_request", None),
    ("喜来登下单 {goods} {amount}", "sales_order", "K01"),
    ("给大众食堂开单,{goods} {amount}", "sales_order", "K02"),
)
BEFORE = (
    "老板，",
    "麻烦帮我记一下，",
    "你好，",
    "那个，",
    "嗯，",
    "不好意思打扰了，",
    "哎呀刚才忘了，",
    "兄弟，",
)
AFTER = ("，谢谢", "，辛苦了", "哈", "，麻烦快点", "，今天真热", "，谢谢老板", "。", "！！")
# 每一种花样:漏不漏说、名字里的字怎么坏、整句怎么变
KINDS = {
    "原样": ("", "", ""),
    "错字": ("", "typo", ""),
    "同音": ("", "sound", ""),
    "漏说": ("drop", "", ""),
    "拼音": ("", "latin", ""),
    "繁体": ("", "", "traditional"),
    "语音": ("", "", "voice"),
    "闲话": ("", "", "chatter"),
    "两样都像": ("twins", "", ""),
    "漏说又错字": ("drop", "typo", ""),
    "漏说又同音": ("drop", "sound", ""),
    "语音又同音": ("", "sound", "voice"),
    "闲话又漏说": ("drop", "", "chatter"),
    "两样都像又繁体": ("twins", "", "traditional"),
    "两样都像又同音": ("twins", "sound", ""),
}


@lru_cache(maxsize=1)
def readings() -> tuple[dict[str, str], dict[str, str]]:
    """每个字怎么读(不带声调),和它的同音同调的字。"""
    sound, same = {}, {}
    for line in READINGS.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            reading, chars = line.split()
            sound.update(dict.fromkeys(chars, reading[:-1]))
            same.update(dict.fromkeys(chars, chars))
    return sound, same


@dataclass(frozen=True, slots=True)
class Said:
    """话里还剩下的名字:说了哪几样,哪一样的第几个字坏了、怎么坏的。"""

    words: dict[str, str]
    spoilt: str = ""
    spot: int = 0
    how: str = ""  # typo 这个字什么也没说 | sound 只剩读音 | latin 全名只剩拼音


@dataclass(frozen=True, slots=True)
class Message:
    """一句弄花了的话和它的答案;product 空着就是必须问。"""

    kind: str
    text: str
    intent: str
    partner: str | None
    product: str | None
    qty: str
    unit: str
    name: str  # 话里的商品名那一段
    fitting: tuple[str, ...]  # 还说得通的全部商品


@dataclass
class Shelf:
    """一家店的商品,按品名分好,找还说得通的快些。"""

    made: list[Made]
    catalog: Catalog
    by_word: dict[str, list[Made]] = field(default_factory=lambda: defaultdict(list))
    vocabulary: set[str] = field(default_factory=set)

    def fitting(self, said: Said, unit: str) -> list[Made]:
        """剩下的话还说得通的全部商品;一字不差的全名只算它自己。"""
        whole = "".join(said.words.values())
        rows = self.made if said.spoilt == "word" or said.how == "latin" else self.by_word[said.words["word"]]
        found = [one for one in rows if _fits(said, one) and sold_by(one, unit)]
        named = [] if said.how else [one for one in found if one.goods.name == whole]
        return named or found


def sold_by(one: Made, unit: str) -> bool:
    return any(unit == have or {unit, have} in TWINS for have in one.goods.units)


def spelled(text: str) -> str:
    sound = readings()[0]
    return "".join(sound.get(char, "?") for char in text)


def _fits(said: Said, one: Made) -> bool:
    if said.how == "latin":
        names = [part for part in said.words if part != "size"]
        return said.words.get("size", one.size) == one.size and spelled(
            "".join(getattr(one, part) for part in names)
        ) == spelled("".join(said.words[part] for part in names))
    return all(
        word == getattr(one, part) if part != said.spoilt else _could_be(said, word, getattr(one, part))
        for part, word in said.words.items()
    )


def _could_be(said: Said, word: str, have: str) -> bool:
    """坏了一个字的词会不会是它:别的字都在原处,坏的那个字读音对得上(错字就什么都说得通)。"""
    if len(word) == 1 and said.how == "typo":
        return True
    at, sound = said.spot, readings()[0]
    return (
        len(word) == len(have)
        and word[:at] + word[at + 1 :] == have[:at] + have[at + 1 :]
        and (said.how == "typo" or sound.get(word[at]) == sound.get(have[at]))
    )


def shelf_of(count: int, seed: int) -> Shelf:
    made = made_up(count, seed)
    shelf = Shelf(made, catalog_of(made))
    for one in made:
        shelf.by_word[one.word].append(one)
        shelf.vocabulary |= {one.brand, one.flavour, one.word}
    return shelf


def messages(shelf: Shelf, count: int, rng: Random) -> Iterator[Message]:
    """轮着每种花样出 count 句;弄花以后成了别的商品的话的不算。"""
    kinds = list(KINDS)
    made = 0
    while made < count:
        message = _message(shelf, kinds[made % len(kinds)], rng)
        if message is not None:
            made += 1
            yield message


def _message(shelf: Shelf, kind: str, rng: Random) -> Message | None:
    leave, letters, surface = KINDS[kind]
    one = rng.choice(shelf.made)
    unit = rng.choice(list(one.goods.units))
    words = {part: getattr(one, part) for part in PARTS}
    if leave:
        for part in rng.sample(("brand", "flavour", "size"), rng.choice((1, 1, 2))):
            del words[part]
    said = _spoil(words, letters, shelf, rng)
    if said is None:
        return None
    fitting = shelf.fitting(said, unit)
    if one not in fitting or (leave == "twins" and len(fitting) < 2):  # 正好是另一个商品的全名
        return None
    qty = rng.choice((1, 2, 3, 5, 8, 10, 12, 15, 20, 36, 50, 100))
    pattern, intent, partner = rng.choice(COMMANDS)
    goods, text = _text(pattern, said, qty, unit, surface, rng)
    return Message(
        kind,
        text,
        intent,
        partner,
        one.goods.code if len(fitting) == 1 else None,
        str(qty),
        unit,
        goods,
        tuple(other.goods.code for other in fitting),
    )


def _spoil(words: dict[str, str], how: str, shelf: Shelf, rng: Random) -> Said | None:
    """弄坏名字里的一个字;弄不成,或者坏得正好是别的商品的词,就不算。"""
    if not how:
        return Said(words)
    if how == "latin":
        return (
            None
            if "?" in spelled("".join(words[part] for part in words if part != "size"))
            else Said(words, how=how)
        )
    part = rng.choice([part for part in words if part != "size"])
    spot = rng.randrange(len(words[part]))
    old = words[part][spot]
    new = rng.choice(COMMON if how == "typo" else readings()[1].get(old, old))
    spoilt = words[part][:spot] + new + words[part][spot + 1 :]
    if new == old or any(word in spoilt for word in shelf.vocabulary):
        return None
    if how == "typo" and any(spelled(word) == spelled(spoilt) for word in shelf.vocabulary):
        return None
    return Said({**words, part: spoilt}, part, spot, how)


def _text(pattern: str, said: Said, qty: int, unit: str, surface: str, rng: Random) -> tuple[str, str]:
    """(商品名那一段, 整句话)。"""
    size = said.words.get("size", "")
    name = "".join(word for part, word in said.words.items() if part != "size")
    if said.how == "latin":
        name = spelled(name)
    amount = f"{qty}{unit}"
    if surface == "voice":
        size, amount = spoken(size), number(qty, counting=True) + unit
    goods = name + rng.choice(("", " ")) + size
    text = pattern.format(goods=goods, amount=amount)
    if surface == "voice":
        goods, text = ("".join(filter(str.isalnum, words)) for words in (goods, text))
    elif surface == "traditional":
        goods, text = map(_traditional().convert, (goods, text))
    elif surface == "chatter":
        text = rng.choice(BEFORE) + text + rng.choice(AFTER)
    return goods, text


@lru_cache(maxsize=1)
def _traditional() -> OpenCC:
    return OpenCC("s2t")


SPOKEN_UNITS = {"ml": "毫升", "kg": "公斤", "cm": "厘米", "mm": "毫米", "L": "升", "g": "克", "m": "米"}


def spoken(size: str) -> str:
    """规格念出来:1.6L 是一点六升,A4 照写。"""
    digits = size.rstrip("".join(char for char in size if not char.isdigit()))
    if not digits or not size[0].isdigit():
        return size
    unit = size[len(digits) :]
    whole, _, rest = digits.partition(".")
    said = number(int(whole)) + (
        "点" + "".join("零一二三四五六七八九"[int(char)] for char in rest) if rest else ""
    )
    return said + SPOKEN_UNITS.get(unit, unit)


def number(value: int, counting: bool = False) -> str:
    """一万以内的数念出来;数东西的二念两。"""
    if value == 2 and counting:
        return "两"
    digits, said, gap = "零一二三四五六七八九", "", False
    for size, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // size % 10
        if digit:
            said += ("零" if gap else "") + digits[digit] + name
            gap = False
        elif said:
            gap = True
    said = said or "零"
    return said[1:] if said.startswith("一十") else said
