"""最像的商品:对上的特征多的先挑出来,再一个字一个音地比;只拿来问,不拿来记账。"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from intents.lexicon import (
    FIRST,
    SYLLABLES,
    cut_pinyin,
    han_only,
    is_han,
    loose,
    name_key,
    plain,
    soft_sounds,
    sounds,
)
from intents.numbers import parse
from intents.postings import (
    CHAR,
    INITIALS,
    PAIR,
    SOFT2,
    SOUND1,
    SOUND2,
    TOKEN,
    TOKENS,
    Ints,
    Postings,
    both,
    token_hash,
)

WEIGHT = {CHAR: 0.35, PAIR: 1.0, SOUND1: 0.2, SOUND2: 0.75, SOFT2: 0.45, INITIALS: 0.5, TOKEN: 0.8}
TELLING = frozenset((CHAR, PAIR, SOUND2, TOKEN))  # 太常见的里头还值得对一对的
POSTING_BUDGET = 2000  # 最多翻这么多条,目录大了多翻些
WORTH_A_LOOK = 192  # 翻到的里头,再和常见的特征对一对的个数
SHORT_LIST = 16  # 一个字一个音地细比的个数
SAME_KIND = 8  # 其中留给“常见的特征都有”的
TOO_FAR = 0.5  # 特征对得上的比最好的少到这样,就不必细比
_SIZE = re.compile(r"\d+(?:\.\d+)?(?:ml|l|kg|g|cm|mm|[\u4e00-\u9fff]{1,2}$)?")
_SPOKEN = re.compile(r"[零一二两三四五六七八九十百千点]+(?=毫升|公斤|千克|克|升|厘米|毫米|ml|l|kg|g|cm|mm)")
_SOUND = 0xE000  # lexicon.sounds 把读音写成从这里起的码位
_SHIFT = 24  # 编号和分数并在一个数里


class _Asked(NamedTuple):
    """叫法里的特征(和它属于哪个字),连写的拼音,首字母。"""

    marks: dict[int, int]
    syllables: str
    letters: str


class _List(NamedTuple):
    """一个特征在表里的一段、值多少分、要不要紧。"""

    size: int
    begin: int
    score: int
    telling: bool

    def docs(self, postings: Postings) -> Ints:
        """有这个特征的商品。"""
        return postings.posts[self.begin : self.begin + self.size]


def asked_key(text: str) -> str:
    """叫法的规矩写法;念出来的规格(二点五公斤)写成数字。"""

    def digits(m: re.Match[str]) -> str:
        value = parse(m[0])
        return m[0] if value is None else f"{value:f}"

    return name_key(_SPOKEN.sub(digits, plain(text)))


def nearest(
    query: str,
    postings: Postings,
    sizes: Ints,
    keys: Callable[[list[int]], list[tuple[str, ...]]],
    limit: int,
) -> list[tuple[float, int]]:
    """最像的几个商品和像的程度(0 到 100);sizes 是每个商品的字数,keys 是它们的写法。"""
    asked = _marks(query)
    lists = _weighed(asked.marks, postings, len(sizes))
    if not lists:
        return []
    docs = _shortest(_with_everything(lists, postings), sizes, SHORT_LIST)
    if len(docs) < limit:
        docs = list(dict.fromkeys((*docs, *_short_list(lists, postings, sizes))))
    like = _Likeness(query, asked)
    ranked = []
    for words, doc in zip(keys(docs), docs, strict=True):
        score, written = like.of(words)
        ranked.append((score, query in words[:-2], written, doc))
    ranked.sort(key=lambda one: one[:3], reverse=True)  # 一样像的,一字不差的在前,再是同样的字多的
    return [(score, doc) for score, _, _, doc in ranked[:limit]]


# ---- 叫法里的特征 ----
def _marks(query: str) -> _Asked:
    marks: dict[int, int] = {}
    codes = list(map(ord, query))
    heard, soft = list(map(ord, sounds(query))), list(map(ord, soft_sounds(query)))
    add = marks.setdefault
    for at, code in enumerate(codes):
        if code == heard[at]:  # 不是汉字
            continue
        add((CHAR << 56) | code, 2 * at)
        add((SOUND1 << 56) | (heard[at] - _SOUND), 2 * at)
        if at + 1 < len(codes) and codes[at + 1] != heard[at + 1]:
            spot = 2 * at + 1
            add((PAIR << 56) | (code << 16) | codes[at + 1], spot)
            add((SOUND2 << 56) | (heard[at] - _SOUND << 16) | (heard[at + 1] - _SOUND), spot)
            add((SOFT2 << 56) | (soft[at] - _SOUND << 16) | (soft[at + 1] - _SOUND), spot)
    own = itertools.count(-1, -1)
    for token in TOKENS.findall(query):
        marks.setdefault((TOKEN << 56) | token_hash(token), next(own))
    bare = _SIZE.sub("", query)
    word = "".join(char for char in bare if "a" <= char <= "z")
    if not word or han_only(bare):
        return _Asked(marks, "", "")
    cut = cut_pinyin(word)
    if cut and len(cut) <= len(word) * 0.7:
        ids = [SYLLABLES[name] for name in cut]
        soft_ids = [SYLLABLES["~" + loose(name)] for name in cut]
        for one in ids:
            marks.setdefault((SOUND1 << 56) | one, next(own))
        for kind, values in ((SOUND2, ids), (SOFT2, soft_ids)):
            for a, b in itertools.pairwise(values):
                marks.setdefault((kind << 56) | (a << 16) | b, next(own))
        return _Asked(marks, "".join(chr(0xE000 + one) for one in ids), "")
    values = [ord(char) - 96 for char in word]
    for a, b, c in zip(values, values[1:], values[2:], strict=False):
        marks.setdefault((INITIALS << 56) | (a << 16) | (b << 8) | c, next(own))
    return _Asked(marks, "", word)


def _weighed(marks: dict[int, int], postings: Postings, count: int) -> list[_List]:
    """目录里有的特征,少见的在前。

    同一个字的双字和双读音一样多,就是同一串商品,并成一个;双字有了,双读音和单个的字就不要紧。
    """
    found: list[_List] = []
    kinds = [one >> 56 for one in marks]
    begins, sizes = postings.spans(tuple(marks))
    scores = 1000 * np.log1p(count / np.maximum(sizes, 1)) * [WEIGHT[kind] for kind in kinds]
    before = None
    alone: dict[int, int] = {}
    covered: list[int] = []
    for spot, kind, begin, size, score in zip(
        marks.values(),
        kinds,
        begins.tolist(),
        sizes.tolist(),
        scores.astype(np.int64).tolist(),
        strict=True,
    ):
        if not size:
            continue
        if spot != before:
            found.append(_List(size, begin, score, kind in TELLING))
            if kind == CHAR:
                alone[spot] = len(found) - 1
            elif kind in (PAIR, SOUND2):
                covered += (spot - 1, spot + 1)
            before = spot
        elif found[-1].size == size:
            found[-1] = _List(size, begin, found[-1].score + score, found[-1].telling)
        else:
            found.append(_List(size, begin, score, telling=False))
    for at in {alone[spot] for spot in covered if spot in alone}:
        found[at] = _List(*found[at][:3], telling=False)
    found.sort()
    return found


# ---- 挑出来 ----
def _with_everything(lists: list[_List], postings: Postings) -> Ints:
    """目录里有的、要紧的特征全都有的商品;没有别的能比它们对上的更多。"""
    telling = [one for one in lists if one.telling] or lists
    docs = telling[0].docs(postings)
    for one in telling[1:]:
        docs = both(docs, one.docs(postings))
    return docs


def _shortest(docs: Ints, sizes: Ints, count: int) -> list[int]:
    """名字短的几个。"""
    if len(docs) > count:
        docs = docs[np.argsort(sizes[docs], kind="stable")[:count]]
    found: list[int] = docs.tolist()
    return found


def _short_list(lists: list[_List], postings: Postings, sizes: Ints) -> list[int]:
    """值得细比的商品:少见的特征全翻,常见的只看翻到的里头有没有;再加上常见的特征凑得最齐的。"""
    rare, spent, budget = 0, 0, max(POSTING_BUDGET, len(sizes) // 50)
    while rare < len(lists) and (not rare or spent + lists[rare].size <= budget):
        spent += lists[rare].size
        rare += 1
    found, score = _added_up([one.docs(postings)[:budget] for one in lists[:rare]], lists)
    common = [one for one in lists[rare:] if one.telling]
    least = int(score.max()) * TOO_FAR - sum(one.score for one in common)
    able = (score >= least).nonzero()[0]
    if len(able) > WORTH_A_LOOK:
        able = able[np.argpartition(score[able], len(able) - WORTH_A_LOOK)[-WORTH_A_LOOK:]]
        able.sort()
    found, score = found[able], score[able]
    for one in common:
        some = one.docs(postings)
        score += one.score * (some.take(some.searchsorted(found), mode="clip") == found)
    order = np.argsort(sizes[found] - score * 64, kind="stable")[:SHORT_LIST]  # 一样多的,名字短的在前
    most, score = found[order], score[order]
    most = most[score > score[0] * TOO_FAR]
    agreed = _shortest(_agreed(lists, postings), sizes, SAME_KIND)
    return list(dict.fromkeys((*most.tolist()[: SHORT_LIST - len(agreed)], *agreed)))


def _added_up(parts: list[Ints], lists: Sequence[_List]) -> tuple[Ints, Ints]:
    """这些特征里出现过的商品,和各自的分。"""
    packed = np.concatenate(parts).astype(np.int64)
    packed <<= _SHIFT
    packed |= np.repeat([one.score for one in lists[: len(parts)]], list(map(len, parts)))
    packed.sort()
    docs = packed >> _SHIFT
    first = np.flatnonzero(docs[1:] != docs[:-1])
    first += 1
    first = np.concatenate((_ZERO, first))
    return docs[first].astype(np.int32), np.add.reduceat(packed & ((1 << _SHIFT) - 1), first)


_ZERO = np.zeros(1, np.int64)


def _agreed(lists: list[_List], postings: Postings) -> Ints:
    """要紧的特征一个一个都要有;哪个要了就没有了,就不要它。"""
    wanted = sorted(
        (one for one in lists if one.telling and one.size > SAME_KIND), key=lambda one: -one.score
    )
    docs = wanted[0].docs(postings) if wanted else _ZERO[:0]
    for one in wanted[1:]:
        if len(docs) <= SAME_KIND:
            break
        some = one.docs(postings)
        kept = both(docs, some) if len(docs) <= len(some) else both(some, docs)
        docs = kept if len(kept) else docs
    return docs


# ---- 细比 ----
def _initials_likeness(letters: str, word: str) -> float:
    initials = "".join(
        chr(96 + int(FIRST[ord(char)])) if is_han(char) else char for char in _SIZE.sub("", word)
    )
    close = LCSseq.normalized_similarity(letters, initials)
    return 60 * close + 0.4 * fuzz.ratio(letters, initials) + (15 if letters in initials else 0)


class _Likeness:
    """一个叫法和各个商品有多像;叫法这一边只算一次。"""

    def __init__(self, query: str, asked: _Asked) -> None:
        self.letters = asked.letters
        self.asked = "" if asked.syllables else han_only(query)  # 拼音后面的“抽”是规格
        self.heard = sounds(self.asked) or asked.syllables
        self.numbers = set(TOKENS.findall(query))

    def of(self, keys: tuple[str, ...]) -> tuple[float, int]:
        """多像,和有几个字一样;keys 是一个商品的全部写法。"""
        words = keys[:-2]
        if self.letters:
            return max(_initials_likeness(self.letters, word) for word in words), 0
        text, written = max(map(self._word, dict.fromkeys(map(han_only, words))))
        if self.numbers:
            said = "|".join((*words, keys[-1]))
            agree = 0.0
            if any(number in said for number in self.numbers):
                agree = len(self.numbers.intersection(TOKENS.findall(said))) / len(self.numbers)
            text = 0.72 * text + 0.28 * agree if self.heard else agree
        return 100 * text, written

    def _word(self, have: str) -> tuple[float, int]:
        """最长公共子序列占叫法的几成,和两边合起来的几成(就是 rapidfuzz 的 ratio)。"""
        asked, heard = self.asked, self.heard
        if not have or not heard:
            return 0.0, 0
        text, same = 0.0, 0
        if asked:
            same = LCSseq.similarity(asked, have)
            text = same * (0.6 / len(asked) + 0.8 / (len(asked) + len(have)))
            if same == len(asked):
                return text, same
        alike = LCSseq.similarity(heard, sounds(have))
        return max(text, 0.9 * alike * (0.55 / len(heard) + 0.9 / (len(heard) + len(have)))), same
