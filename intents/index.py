"""商品名索引:一个字、两个字、读音各记一份“在哪些商品里出现”,查一句话不必翻整个目录。"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from intents.frame import Goods
from intents.lexicon import (
    FIRST,
    SOFT,
    SOUND,
    SYLLABLES,
    cut_pinyin,
    han_only,
    is_han,
    loose,
    name_key,
    name_keys,
    plain,
    sounds,
)
from intents.mention import MEASURES, measured
from intents.units import SAME, WEIGHTS
from intents.units import WORDS as UNIT_WORDS

Ints = np.ndarray[Any, np.dtype[Any]]

# 特征的种类:字、双字、读音、双读音、宽读音、双宽读音、首字母三连、数字和字母、规格里的数、规格的大小、论什么卖
CHAR, PAIR, SOUND1, SOUND2, SOFT1, SOFT2, INITIALS, TOKEN, NUMBER, SIZE, UNIT = range(1, 12)
WEIGHT = {
    CHAR: 0.35,
    PAIR: 1.0,
    SOUND1: 0.2,
    SOUND2: 0.75,
    SOFT1: 0.1,
    SOFT2: 0.45,
    INITIALS: 0.5,
    TOKEN: 0.8,
}
# 词条的种类
CODE, BARCODE, ALIAS, NAME, SHORT, BRAND, CATEGORY, SPEC = range(8)

POSTING_BUDGET = 3000  # 找近似时最多翻这么多条
SHORT_LIST = 16  # 再细比的个数
TELLING = frozenset((CHAR, PAIR, SOUND2, TOKEN))  # 太常见的里头还值得对一对的
LONGEST_PHRASE = 24
FEW = 60  # 比这个少就不必先排再看
_TOKEN = re.compile(r"\d+(?:\.\d+)?(?:\*\d+(?:\.\d+)?)*(?:ml|l|kg|g|cm|mm)?|[a-z]{2,}")
_PLAIN_SPEC = re.compile(r"\d+(?:\.\d+)?(?:ml|l|g|kg)")  # 这种按数比,不按字比
_SIZE = re.compile(r"\d+(?:\.\d+)?(?:ml|l|kg|g|cm|mm|[\u4e00-\u9fff]{1,2}$)?")
_FIELD = "|"


def _codes(text: str) -> Ints:
    bytes16 = "".join(char if ord(char) < 65536 else " " for char in text).encode("utf-16-le", "replace")
    return np.frombuffer(bytes16, np.uint16)


def _token_hash(token: str) -> int:
    return hash(token) & 0xFFFFFFFF


def _mark(kind: int, codes: Ints) -> Ints:
    return (np.uint64(kind) << np.uint64(56)) | codes.astype(np.uint64)


def _double(left: Ints, right: Ints) -> Ints:
    return (left.astype(np.uint64) << np.uint64(16)) | right.astype(np.uint64)


def _features(text: str, doc_break: int) -> list[tuple[Ints, Ints]]:
    """一大串文字里每个特征和它属于第几个商品。"""
    codes = _codes(text)
    doc = np.cumsum(codes == doc_break).astype(np.int32)
    han = (codes >= 0x4E00) & (codes <= 0x9FFF)
    sound, soft, first = SOUND[codes], SOFT[codes], FIRST[codes]
    two = han[:-1] & han[1:]
    three = two[:-1] & han[2:]
    found = []

    def add(kind: int, values: Ints, mask: Ints, docs: Ints) -> None:
        found.append((_mark(kind, values[mask]), docs[mask]))

    add(CHAR, codes, han, doc)
    add(SOUND1, sound, han, doc)
    add(SOFT1, soft, han, doc)
    add(PAIR, _double(codes[:-1], codes[1:]), two, doc[:-1])
    add(SOUND2, _double(sound[:-1], sound[1:]), two, doc[:-1])
    add(SOFT2, _double(soft[:-1], soft[1:]), two, doc[:-1])
    letters = (
        (first[:-2].astype(np.uint64) << np.uint64(16))
        | (first[1:-1].astype(np.uint64) << np.uint64(8))
        | first[2:].astype(np.uint64)
    )
    add(INITIALS, letters, three, doc[:-2])
    return found


def _telling(spec: str) -> bool:
    """一看就是规格,不会当成数量的:带字母、乘号,或者后面的字不是单位(80果)。"""
    if any("a" <= char <= "z" or char == "*" for char in spec):
        return True
    return spec[0].isdigit() and spec.lstrip("0123456789.") not in UNIT_WORDS


@lru_cache(maxsize=65536)
def _number_marks(number: str, unit: str) -> tuple[int, ...]:
    """规格里的一个数:原数一个记号,有量纲的再按化成的大小记一个(500ml 和 0.5L 同一个)。"""
    milli = int(Decimal(number) * 1000)
    marks = [(NUMBER << 56) | (milli & 0xFFFFFFFFFFFF)]
    kind, size = MEASURES.get(unit, MEASURES.get(unit[:1], ("", 0)))
    if kind:
        marks.append((SIZE << 56) | (ord(kind) << 48) | (milli * size & 0xFFFFFFFFFFFF))
    return tuple(marks)


@lru_cache(maxsize=65536)
def _unit_marks(base: str, own: tuple[str, ...]) -> tuple[int, ...]:
    """这个商品论什么卖说得通,只多不少:有的单位、能互相代替的、折得出来的。"""
    fitting = {*own, *(twin for group in SAME if group & set(own) for twin in group)}
    fitting |= WEIGHTS if base in WEIGHTS else {"打"}
    return tuple((UNIT << 56) | _token_hash(unit) for unit in fitting)


def both(some: Ints, others: Ints) -> Ints:
    """两串从小到大的编号里都有的;some 宜短。"""
    if not len(some) or not len(others):
        return some[:0]
    spot = np.searchsorted(others, some)
    spot[spot == len(others)] = len(others) - 1
    found: Ints = some[others[spot] == some]
    return found


class ProductIndex:
    """一批商品的索引;只读,建好不再变。"""

    def __init__(self, rows: Sequence[Goods]) -> None:
        self.rows = tuple(rows)
        fields: list[str] = []
        for row in self.rows:
            fields += (
                row.name,
                row.brand,
                row.spec,
                row.category,
                row.code,
                *(alias.word for alias in row.aliases),
            )
        flat = name_keys(fields) if fields else []
        texts: list[str] = []
        phrases: list[tuple[int, int, int]] = []
        self.longest = 2
        at = 0
        for doc, row in enumerate(self.rows):
            keys = flat[at : at + 5 + len(row.aliases)]
            at += len(keys)
            texts.append(_FIELD.join(dict.fromkeys((keys[0], *keys[5:], keys[1], keys[2]))))
            phrases += self._phrases(doc, row, keys)
        self.categories = frozenset(map(name_key, {row.category for row in self.rows if row.category}))
        self._build_postings(texts)
        self._build_phrases(phrases)

    def _phrases(self, doc: int, row: Goods, keys: list[str]) -> list[tuple[int, int, int]]:
        name, brand, spec, category, code = keys[:5]
        words = [(code, CODE), (name, NAME), (brand, BRAND), (category, CATEGORY)]
        words += [(alias, ALIAS) for alias in keys[5:]] + [(barcode, BARCODE) for barcode in row.barcodes]
        if spec and spec not in name:
            words += [(name + spec, NAME)]
        for part in dict.fromkeys((spec, *map(name_key, row.spec.split()))):
            if part and not _PLAIN_SPEC.fullmatch(part) and _telling(part):
                words.append((part, SPEC))
        if "/" in row.spec:
            words.append((plain(row.spec).replace(" ", ""), SPEC))
        if brand and name.startswith(brand) and len(name) > len(brand) + 1:
            words.append((name[len(brand) :], SHORT))
        if brand and not name.startswith(brand):
            words.append((brand + name, NAME))
        self.longest = min(LONGEST_PHRASE, max([self.longest, *(len(word) for word, _ in words)]))
        return [(hash(word), doc, kind) for word, kind in words if word]

    def _build_postings(self, texts: list[str]) -> None:
        parts = _features("\n".join(texts), 10) if texts else []
        tokens = [
            (_token_hash(token), doc)
            for doc, text in enumerate(texts)
            for token in dict.fromkeys(_TOKEN.findall(text))
        ]
        if tokens:
            pairs = np.array(tokens, np.uint64)
            parts.append((_mark(TOKEN, pairs[:, 0]), pairs[:, 1].astype(np.int32)))
        details = [
            (mark, doc)
            for doc, (text, row) in enumerate(zip(texts, self.rows, strict=True))
            for mark in {
                *(mark for found in measured(text) for mark in _number_marks(*found)),
                *_unit_marks(row.base_unit, tuple(row.units)),
            }
        ]
        if details:
            pairs = np.array(details, np.uint64)
            parts.append((pairs[:, 0], pairs[:, 1].astype(np.int32)))
        keys, begins, ends, posts, base = [], [], [], [], 0
        for key, doc in parts:
            order = np.argsort(key, kind="stable")
            key, doc = key[order], doc[order]
            keep = np.ones(len(key), bool)
            keep[1:] = (key[1:] != key[:-1]) | (doc[1:] != doc[:-1])
            key, doc = key[keep], doc[keep]
            if not len(key):
                continue
            start = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
            keys.append(key[start])
            begins.append((start + base).astype(np.int32))
            ends.append((np.r_[start[1:], len(key)] + base).astype(np.int32))
            posts.append(doc)
            base += len(doc)
        if not keys:
            self.keys, self.begin, self.end = (
                np.zeros(0, np.uint64),
                np.zeros(0, np.int32),
                np.zeros(0, np.int32),
            )
            self.posts = np.zeros(0, np.int32)
            return
        everything = np.concatenate(keys)
        order = np.argsort(everything, kind="stable")
        self.keys = everything[order]
        self.begin, self.end = np.concatenate(begins)[order], np.concatenate(ends)[order]
        self.posts = np.concatenate(posts)

    def _build_phrases(self, phrases: list[tuple[int, int, int]]) -> None:
        table = np.array(phrases, np.int64).reshape(-1, 3)
        order = np.lexsort((table[:, 1], table[:, 2], table[:, 0]))
        self.phrase_hash = table[order, 0].copy()
        self.phrase_doc, self.phrase_kind = table[order, 1].astype(np.int32), table[order, 2].astype(np.int8)

    # ---- 查 ----
    def phrase(self, word: str, *kinds: int) -> Ints:
        """哪些商品的编码、条码、别名、名字、牌子或类别(kinds)整个就是这个词。"""
        key = hash(word)
        left, right = np.searchsorted(self.phrase_hash, [key, key + 1 if key < 2**63 - 1 else key])
        if left == right:
            return np.zeros(0, np.int32)
        within = self.phrase_kind[left:right]
        parts = []
        for kind in kinds:
            start, stop = np.searchsorted(within, [kind, kind + 1])
            parts.append(self.phrase_doc[left + start : left + stop])
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def known(self, words: Sequence[str]) -> list[bool]:
        """一批词里哪些是词条。"""
        if not words or not len(self.phrase_hash):
            return [False] * len(words)
        keys = np.fromiter((hash(word) for word in words), np.int64, len(words))
        spot = np.searchsorted(self.phrase_hash, keys)
        spot[spot == len(self.phrase_hash)] = 0
        found: list[bool] = (self.phrase_hash[spot] == keys).tolist()
        return found

    def has(self, marks: Ints) -> Ints:
        """这些特征在不在目录里。"""
        if not len(self.keys) or not len(marks):
            return np.zeros(len(marks), bool)
        spot = np.searchsorted(self.keys, marks)
        spot[spot == len(self.keys)] = 0
        found: Ints = self.keys[spot] == marks
        return found

    def _spans(self, marks: Iterable[int]) -> list[tuple[int, int, int]]:
        wanted = np.array(list(marks), np.uint64)
        if not len(self.keys) or not len(wanted):
            return []
        spot = np.searchsorted(self.keys, wanted)
        spot[spot == len(self.keys)] = 0
        hit = self.keys[spot] == wanted
        return [
            (int(self.begin[s]), int(self.end[s]), int(m))
            for s, m, ok in zip(spot, wanted, hit, strict=True)
            if ok
        ]

    def with_all(self, kind: int, values: Iterable[int]) -> Ints:
        """同时有这些字(或读音)的商品。"""
        return self._with_marks({(kind << 56) | value for value in values})

    def narrow(self, docs: Ints, specs: Iterable[tuple[Decimal, str]], said_units: Iterable[str]) -> Ints:
        """其中规格和单位可能对得上的,只多不少;规格都对不上就按单位,单位也没有就是最前面几个,好说哪里不对。"""
        marks = {_number_marks(f"{value:f}", unit)[-1 if unit in MEASURES else 0] for value, unit in specs}
        sized = both(docs, self._with_marks(marks)) if marks else docs
        if not len(sized):
            return docs[:FEW]
        sold = {(UNIT << 56) | _token_hash(unit) for unit in said_units}
        fitting = both(sized, self._with_marks(sold)) if sold else sized
        return fitting if len(fitting) else sized[:FEW]

    def _with_marks(self, marks: set[int]) -> Ints:
        spans = self._spans(marks)
        if not marks or len(spans) < len(marks):
            return np.zeros(0, np.int32)
        spans.sort(key=lambda span: span[1] - span[0])
        docs = self.posts[spans[0][0] : spans[0][1]]
        for begin, end, _ in spans[1:]:
            docs = both(docs, self.posts[begin:end])
            if not len(docs):
                break
        return docs

    def with_chars(self, text: str) -> Ints:
        """含有这些汉字的商品,字连得多的在前。"""
        docs = self.with_all(CHAR, {ord(char) for char in text})
        return self._joined_first(docs, PAIR, [ord(char) for char in text])

    def with_sounds(self, text: str, soft: bool = False) -> Ints:
        """含有这些读音的商品,音连得多的在前。"""
        table, kind, pair = (SOFT, SOFT1, SOFT2) if soft else (SOUND, SOUND1, SOUND2)
        heard = [int(table[ord(char)]) for char in text]
        return self._joined_first(self.with_all(kind, set(heard)), pair, heard)

    def _joined_first(self, docs: Ints, kind: int, values: list[int]) -> Ints:
        if len(docs) <= FEW:
            return docs
        hits = np.zeros(len(docs), np.int16)
        for begin, end, _ in self._spans((kind << 56) | (a << 16) | b for a, b in itertools.pairwise(values)):
            spot = np.searchsorted(self.posts[begin:end], docs)
            spot[spot == end - begin] -= 1
            hits += self.posts[begin:end][spot] == docs
        ordered: Ints = docs[np.argsort(-hits, kind="stable")]
        return ordered

    def near(self, text: str, limit: int = 5) -> list[tuple[float, int]]:
        """最像的几个商品和像的程度(0 到 100),只拿来问,不拿来记账。"""
        query = name_key(text)
        if not query:
            return []
        marks, syllables, letters = _query_marks(query)
        spans = sorted(self._spans(marks), key=lambda span: span[1] - span[0])
        if not spans:
            return []
        docs, weights, common, spent = [], [], [], 0
        for begin, end, mark in spans:
            size = end - begin
            weight = WEIGHT[mark >> 56] * float(np.log1p(len(self.rows) / size))
            if spent and spent + size > POSTING_BUDGET:
                if mark >> 56 in TELLING:
                    common.append((begin, end, weight))
                continue
            docs.append(self.posts[begin : min(end, begin + POSTING_BUDGET)])
            weights.append(weight)
            spent += size
        found, where = np.unique(np.concatenate(docs), return_inverse=True)
        score = np.bincount(where, np.repeat(weights, [len(part) for part in docs]))
        for begin, end, weight in common:  # 太常见的不翻,只看找到的这些里有没有
            spot = np.searchsorted(self.posts[begin:end], found)
            score += weight * (self.posts[np.minimum(spot + begin, end - 1)] == found)
        best = found[np.argsort(-score, kind="stable")[:SHORT_LIST]].tolist()
        like = _Likeness(query, syllables, letters)
        ranked = [(like.of(self.rows[doc]), doc) for doc in best]
        ranked.sort(key=lambda pair: -pair[0])  # 一样像的,对上的特征多的在前
        return ranked[:limit]

    def memory(self) -> int:
        """索引自己占多少字节。"""
        arrays = (
            self.keys,
            self.begin,
            self.end,
            self.posts,
            self.phrase_hash,
            self.phrase_doc,
            self.phrase_kind,
        )
        return sum(int(array.nbytes) for array in arrays)


def _query_marks(query: str) -> tuple[list[int], str, str]:
    marks: list[int] = []
    for left, right in zip(query, query[1:] + " ", strict=True):
        if not is_han(left):
            continue
        a, b = ord(left), ord(right)
        marks += [(CHAR << 56) | a, (SOUND1 << 56) | int(SOUND[a])]
        if is_han(right):
            marks += [
                (PAIR << 56) | (a << 16) | b,
                (SOUND2 << 56) | (int(SOUND[a]) << 16) | int(SOUND[b]),
                (SOFT2 << 56) | (int(SOFT[a]) << 16) | int(SOFT[b]),
            ]
    marks += [(TOKEN << 56) | _token_hash(token) for token in _TOKEN.findall(query)]
    bare = _SIZE.sub("", query)
    word = "".join(char for char in bare if "a" <= char <= "z")
    syllables = letters = ""
    if word and not han_only(bare):
        cut = cut_pinyin(word)
        if cut and len(cut) <= len(word) * 0.7:
            ids = [SYLLABLES[name] for name in cut]
            soft = [SYLLABLES["~" + loose(name)] for name in cut]
            syllables = "".join(chr(0xE000 + i) for i in ids)
            marks += [(SOUND1 << 56) | i for i in ids]
            marks += [(SOUND2 << 56) | (a << 16) | b for a, b in itertools.pairwise(ids)]
            marks += [(SOFT2 << 56) | (a << 16) | b for a, b in itertools.pairwise(soft)]
        else:
            letters = word
            values = [ord(char) - 96 for char in word]
            marks += [
                (INITIALS << 56) | (a << 16) | (b << 8) | c
                for a, b, c in zip(values, values[1:], values[2:], strict=False)
            ]
    return list(dict.fromkeys(marks)), syllables, letters


def _initials_likeness(letters: str, word: str) -> float:
    initials = "".join(
        chr(96 + int(FIRST[ord(char)])) if is_han(char) else char for char in _SIZE.sub("", word)
    )
    close = LCSseq.normalized_similarity(letters, initials)
    return 60 * close + 0.4 * fuzz.ratio(letters, initials) + (15 if letters in initials else 0)


class _Likeness:
    """一个叫法和各个商品有多像;叫法这一边只算一次。"""

    def __init__(self, query: str, syllables: str, letters: str) -> None:
        self.letters = letters
        self.asked = han_only(query)
        self.heard = sounds(self.asked) or syllables
        self.numbers = set(_TOKEN.findall(query))

    def of(self, row: Goods) -> float:
        words = row.keys[:-2]
        if self.letters:
            return max(_initials_likeness(self.letters, word) for word in words)
        return max(self._word(word, row.keys[-1]) for word in words)

    def _word(self, word: str, spec: str) -> float:
        asked, heard, have = self.asked, self.heard, han_only(word)
        text = 0.0
        if asked and have:
            text = 0.6 * LCSseq.similarity(asked, have) / len(asked) + 0.004 * fuzz.ratio(asked, have)
        if heard and have:
            said = sounds(have)
            text = max(
                text,
                0.9 * (0.55 * LCSseq.similarity(heard, said) / len(heard) + 0.0045 * fuzz.ratio(heard, said)),
            )
        if self.numbers:
            agree = len(self.numbers & set(_TOKEN.findall(word + _FIELD + spec))) / len(self.numbers)
            text = 0.72 * text + 0.28 * agree if heard else agree
        return 100 * text
