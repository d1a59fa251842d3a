"""倒排表:一个字、两个字、读音、规格各记一份“在哪些商品里出现”,商品编号从小到大。"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np

from intents.frame import Goods
from intents.lexicon import FIRST, SOFT, SOUND
from intents.mention import MEASURES, measured
from intents.units import SAME, WEIGHTS

Ints = np.ndarray[Any, np.dtype[Any]]

# 特征的种类:字、双字、读音、双读音、宽读音、双宽读音、首字母三连、数字和字母、规格里的数、规格的大小、论什么卖
CHAR, PAIR, SOUND1, SOUND2, SOFT1, SOFT2, INITIALS, TOKEN, NUMBER, SIZE, UNIT = range(1, 12)
TOKENS = re.compile(r"\d+(?:\.\d+)?(?:\*\d+(?:\.\d+)?)*(?:ml|l|kg|g|cm|mm)?|[a-z]{2,}")


def codes_of(text: str) -> Ints:
    """每个字一个编码;很偏的字当成空格。"""
    bytes16 = "".join(char if ord(char) < 65536 else " " for char in text).encode("utf-16-le", "replace")
    return np.frombuffer(bytes16, np.uint16)


def token_hash(token: str) -> int:
    """数字和字母的一段,或者一个单位。"""
    return hash(token) & 0xFFFFFFFF


def mark(kind: int, codes: Ints) -> Ints:
    """种类和值并成一个特征。"""
    return (np.uint64(kind) << np.uint64(56)) | codes.astype(np.uint64)


def double(left: Ints, right: Ints) -> Ints:
    """前后两个并成一个值。"""
    return (left.astype(np.uint64) << np.uint64(16)) | right.astype(np.uint64)


def _features(text: str, doc_break: int) -> list[tuple[Ints, Ints]]:
    """一大串文字里每个特征和它属于第几个商品。"""
    codes = codes_of(text)
    doc = np.cumsum(codes == doc_break).astype(np.int32)
    han = (codes >= 0x4E00) & (codes <= 0x9FFF)
    sound, soft, first = SOUND[codes], SOFT[codes], FIRST[codes]
    two = han[:-1] & han[1:]
    three = two[:-1] & han[2:]
    found = []

    def add(kind: int, values: Ints, mask: Ints, docs: Ints) -> None:
        found.append((mark(kind, values[mask]), docs[mask]))

    add(CHAR, codes, han, doc)
    add(SOUND1, sound, han, doc)
    add(SOFT1, soft, han, doc)
    add(PAIR, double(codes[:-1], codes[1:]), two, doc[:-1])
    add(SOUND2, double(sound[:-1], sound[1:]), two, doc[:-1])
    add(SOFT2, double(soft[:-1], soft[1:]), two, doc[:-1])
    letters = (
        (first[:-2].astype(np.uint64) << np.uint64(16))
        | (first[1:-1].astype(np.uint64) << np.uint64(8))
        | first[2:].astype(np.uint64)
    )
    add(INITIALS, letters, three, doc[:-2])
    return found


@lru_cache(maxsize=65536)
def number_marks(number: str, unit: str) -> tuple[int, ...]:
    """规格里的一个数:原数一个记号,有量纲的再按化成的大小记一个(500ml 和 0.5L 同一个)。"""
    milli = int(Decimal(number) * 1000)
    marks = [(NUMBER << 56) | (milli & 0xFFFFFFFFFFFF)]
    kind, size = MEASURES.get(unit, MEASURES.get(unit[:1], ("", 0)))
    if kind:
        marks.append((SIZE << 56) | (ord(kind) << 48) | (milli * size & 0xFFFFFFFFFFFF))
    return tuple(marks)


def unit_mark(unit: str) -> int:
    """论这个单位卖。"""
    return (UNIT << 56) | token_hash(unit)


@lru_cache(maxsize=65536)
def _unit_marks(base: str, own: tuple[str, ...]) -> tuple[int, ...]:
    """这个商品论什么卖说得通,只多不少:有的单位、能互相代替的、折得出来的。"""
    fitting = {*own, *(twin for group in SAME if group & set(own) for twin in group)}
    fitting |= WEIGHTS if base in WEIGHTS else {"打"}
    return tuple(map(unit_mark, fitting))


def _parts(texts: list[str], rows: Sequence[Goods]) -> list[tuple[Ints, Ints]]:
    """全部特征和它所在的商品。"""
    parts = _features("\n".join(texts), 10) if texts else []
    tokens = [
        (token_hash(token), doc)
        for doc, text in enumerate(texts)
        for token in dict.fromkeys(TOKENS.findall(text))
    ]
    if tokens:
        pairs = np.array(tokens, np.uint64)
        parts.append((mark(TOKEN, pairs[:, 0]), pairs[:, 1].astype(np.int32)))
    details = [
        (one, doc)
        for doc, (text, row) in enumerate(zip(texts, rows, strict=True))
        for one in {
            *(one for found in measured(text) for one in number_marks(*found)),
            *_unit_marks(row.base_unit, tuple(row.units)),
        }
    ]
    if details:
        pairs = np.array(details, np.uint64)
        parts.append((pairs[:, 0], pairs[:, 1].astype(np.int32)))
    return parts


def both(some: Ints, others: Ints) -> Ints:
    """两串从小到大的编号里都有的;some 宜短。"""
    if not len(some) or not len(others):
        return some[:0]
    found: Ints = some[others.take(others.searchsorted(some), mode="clip") == some]
    return found


class Postings:
    """特征到商品的表,只读。"""

    def __init__(self, texts: list[str], rows: Sequence[Goods]) -> None:
        keys, begins, ends, posts, base = [], [], [], [], 0
        for key, doc in _parts(texts, rows):
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
        everything = np.concatenate(keys or [np.zeros(0, np.uint64)])
        order = np.argsort(everything, kind="stable")
        self.keys = everything[order]
        empty = [np.zeros(0, np.int32)]
        self.begin, self.end = np.concatenate(begins or empty)[order], np.concatenate(ends or empty)[order]
        self.posts = np.concatenate(posts or empty)

    def has(self, marks: Ints) -> Ints:
        """这些特征在不在目录里。"""
        if not len(self.keys):
            return np.zeros(len(marks), bool)
        found: Ints = self.keys.take(self.keys.searchsorted(marks), mode="clip") == marks
        return found

    def spans(self, marks: Sequence[int]) -> tuple[Ints, Ints]:
        """每个特征在表里从哪起、有多少个;没有的是 0 个。"""
        if not len(self.keys):
            return np.zeros(len(marks), np.int32), np.zeros(len(marks), np.int32)
        wanted = np.array(marks, np.uint64)
        spot = self.keys.searchsorted(wanted)
        hit = self.keys.take(spot, mode="clip") == wanted
        begin: Ints = self.begin.take(spot, mode="clip")
        return begin, (self.end.take(spot, mode="clip") - begin) * hit

    def _lists(self, marks: Sequence[int]) -> list[Ints]:
        begin, size = self.spans(marks)
        return [self.posts[at : at + some] for at, some in zip(begin.tolist(), size.tolist(), strict=True)]

    def with_all(self, marks: Iterable[int]) -> Ints:
        """同时有这些特征的商品;一个特征都没说是没有。"""
        lists = sorted(self._lists(tuple(marks)), key=len)
        return self._cut(lists[0], lists[1:]) if lists else self.posts[:0]

    def within(self, docs: Ints, marks: Iterable[int]) -> Ints:
        """这些商品里同时有这些特征的。"""
        return self._cut(docs, self._lists(tuple(marks)))

    @staticmethod
    def _cut(docs: Ints, lists: Iterable[Ints]) -> Ints:
        for some in lists:
            if not len(docs):
                break
            docs = both(docs, some)
        return docs

    def hits(self, docs: Ints, marks: Sequence[int]) -> Ints:
        """这些商品各有几个这样的特征。"""
        found = np.zeros(len(docs), np.int16)
        for some in self._lists(marks):
            if len(some):
                found += some.take(some.searchsorted(docs), mode="clip") == docs
        return found

    def memory(self) -> int:
        """占多少字节。"""
        return sum(int(array.nbytes) for array in (self.keys, self.begin, self.end, self.posts))
