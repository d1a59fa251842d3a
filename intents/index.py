"""商品名索引:整个的名字、别名、编码查得到是谁,字和读音查得到在哪些商品里,查一句话不必翻整个目录。"""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal

import numpy as np

from intents.frame import Goods
from intents.heads import Heads, spans
from intents.lexicon import SOFT, SOUND, name_key, name_keys, plain
from intents.mention import MEASURES
from intents.near import asked_key, nearest
from intents.postings import (
    CHAR,
    PAIR,
    SOFT1,
    SOFT2,
    SOUND1,
    SOUND2,
    TOKEN,
    TOKENS,
    Ints,
    Postings,
    number_marks,
    token_hash,
    unit_mark,
)
from intents.units import WORDS as UNIT_WORDS

# 词条的种类
CODE, BARCODE, ALIAS, NAME, SHORT, BRAND, CATEGORY, SPEC = range(8)

LONGEST_PHRASE = 24
FEW = 60  # 比这个少就不必先排再看
_PLAIN_SPEC = re.compile(r"\d+(?:\.\d+)?(?:ml|l|g|kg)")  # 这种按数比,不按字比
_FIELD, _OWN = "\uf8fe", "\uf8fd"  # 一个商品的各样写法之间;后面是只属于某位客户、某个人的叫法


def _telling(spec: str) -> bool:
    """一看就是规格,不会当成数量的:带字母、乘号,或者后面的字不是单位(80果)。"""
    if any("a" <= char <= "z" or char == "*" for char in spec):
        return True
    return spec[0].isdigit() and spec.lstrip("0123456789.") not in UNIT_WORDS


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
        self._heads: Heads = {}
        at = 0
        for doc, row in enumerate(self.rows):
            keys = flat[at : at + 5 + len(row.aliases)]
            at += len(keys)
            texts.append(self._text(row, keys))
            phrases += self._phrases(doc, row, keys)
        self.categories = frozenset(map(name_key, {row.category for row in self.rows if row.category}))
        self._texts = "\n".join(texts)
        self._stops = np.cumsum([len(text) + 1 for text in texts], dtype=np.int32) - 1
        self._sizes = np.array([len(text) for text in texts], np.int32)
        self.postings = Postings(texts, self.rows)
        self._build_phrases(phrases)

    @staticmethod
    def _text(row: Goods, keys: list[str]) -> str:
        """一个商品的全部写法连成一串。"""
        public: list[str] = []
        own: list[str] = []
        for key, alias in zip(keys[5:], row.aliases, strict=True):
            (own if alias.partner_code or alias.staff_id else public).append(key)
        spec = "|".join(map(name_key, row.spec.split())) if " " in row.spec else keys[2]
        text = _FIELD.join((keys[0], *public, keys[1], spec))
        return _OWN.join((text, *own))

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
        for word, _ in words:
            if self._heads.get(word[:2], 0) < len(word):
                self._heads[word[:2]] = min(len(word), LONGEST_PHRASE)
        return [(hash(word), doc, kind) for word, kind in words if word]

    def _build_phrases(self, phrases: list[tuple[int, int, int]]) -> None:
        table = np.array(phrases, np.int64).reshape(-1, 3)
        order = np.lexsort((table[:, 1], table[:, 2], table[:, 0]))
        self.phrase_hash = table[order, 0].copy()
        self.phrase_doc, self.phrase_kind = table[order, 1].astype(np.int32), table[order, 2].astype(np.int8)

    # ---- 查 ----
    def row(self, doc: int) -> Goods:
        """第几个商品;它的写法建索引时已经写规矩了,不必再算。"""
        found = self.rows[doc]
        if "keys" not in found.__dict__:
            found.__dict__["keys"] = self._keys(int(self._stops[doc]), int(self._sizes[doc]))
        return found

    def keys_of(self, docs: list[int]) -> list[tuple[str, ...]]:
        """这些商品的写法,和 Goods.keys 一样。"""
        return list(map(self._keys, self._stops[docs].tolist(), self._sizes[docs].tolist()))

    def _keys(self, stop: int, size: int) -> tuple[str, ...]:
        text = self._texts[stop - size : stop]
        if _OWN in text:
            text = text[: text.index(_OWN)]
        name, *rest, spec = text.split(_FIELD)
        whole = spec.replace("|", "")
        return (name, *rest, spec) if whole in name else (name, name + whole, *rest, spec)

    def entries(self, word: str) -> dict[int, Ints]:
        """整个就是这个词的商品,按它是编码、条码、别名、名字、牌子还是类别分开。"""
        key = hash(word)
        left = int(self.phrase_hash.searchsorted(key))
        if left == len(self.phrase_hash) or self.phrase_hash[left] != key:
            return {}
        right = int(self.phrase_hash.searchsorted(key, "right"))
        found, kinds = {}, self.phrase_kind[left:right]
        while left < right:
            kind = int(self.phrase_kind[left])
            stop = right - len(kinds) + int(kinds.searchsorted(kinds.dtype.type(kind), "right"))
            found[kind] = self.phrase_doc[left:stop]
            left = stop
        return found

    def phrase(self, word: str, *kinds: int) -> Ints:
        """哪些商品的编码、条码、别名、名字、牌子或类别(kinds)整个就是这个词。"""
        entries = self.entries(word)
        parts = [entries[kind] for kind in kinds if kind in entries]
        return np.concatenate(parts) if parts else self.phrase_doc[:0]

    def known(self, words: Sequence[str]) -> list[bool]:
        """一批词里哪些是词条。"""
        if not words or not len(self.phrase_hash):
            return [False] * len(words)
        keys = np.fromiter(map(hash, words), np.int64, len(words))
        found: list[bool] = (
            self.phrase_hash.take(self.phrase_hash.searchsorted(keys), mode="clip") == keys
        ).tolist()
        return found

    def phrases_in(self, text: str) -> list[tuple[int, int]]:
        """一句话里从哪到哪是词条。"""
        where = list(spans(text, self._heads))
        return list(itertools.compress(where, self.known([text[start:end] for start, end in where])))

    def has(self, marks: Ints) -> Ints:
        """这些特征在不在目录里。"""
        return self.postings.has(marks)

    def with_all(self, kind: int, values: Iterable[int]) -> Ints:
        """同时有这些字(或读音)的商品。"""
        return self.postings.with_all({(kind << 56) | value for value in values})

    def with_tokens(self, word: str) -> Ints:
        """同时有这些数字和字母的商品。"""
        return self.with_all(TOKEN, map(token_hash, TOKENS.findall(word)))

    def narrow(self, docs: Ints, specs: Iterable[tuple[Decimal, str]], said_units: Iterable[str]) -> Ints:
        """其中规格和单位可能对得上的,只多不少;规格都对不上就按单位,单位也没有就是最前面几个,好说哪里不对。"""
        if not len(docs):
            return docs
        marks = {number_marks(f"{value:f}", unit)[-1 if unit in MEASURES else 0] for value, unit in specs}
        sized = self.postings.within(docs, marks) if marks else docs
        if not len(sized):
            return docs[:FEW]
        sold = set(map(unit_mark, said_units))
        fitting = self.postings.within(sized, sold) if sold else sized
        return fitting if len(fitting) else sized[:FEW]

    def with_chars(self, text: str) -> Ints:
        """含有这些汉字的商品,字连得多的在前。"""
        codes = list(map(ord, text))
        return self._joined_first(self.with_all(CHAR, codes), PAIR, codes)

    def with_sounds(self, text: str, written: str, soft: bool) -> Ints:
        """含有这些读音的商品,音连得多的在前;四个字以内一个字也不落单,长的可以落单一个;written 里的字要写得一样。"""
        table, kind, pair = (SOFT, SOFT1, SOFT2) if soft else (SOUND, SOUND1, SOUND2)
        heard = [int(table[ord(char)]) for char in text]
        first = {(pair << 56) | (a << 16) | b for a, b in (heard[:2], heard[-2:])}
        docs = self.postings.with_all(first if len(heard) <= 4 else {(kind << 56) | value for value in heard})
        if len(docs):
            same = {(CHAR << 56) | ord(char) for char in written}
            docs = self.postings.within(docs, same | {(kind << 56) | value for value in heard[2:-2]})
        return self._joined_first(docs, pair, heard)

    def _joined_first(self, docs: Ints, kind: int, values: list[int]) -> Ints:
        if len(docs) <= FEW:
            return docs
        hits = self.postings.hits(docs, [(kind << 56) | (a << 16) | b for a, b in itertools.pairwise(values)])
        ordered: Ints = docs[np.argsort(-hits, kind="stable")]
        return ordered

    def near(self, text: str, limit: int = 5) -> list[tuple[float, int]]:
        """最像的几个商品和像的程度(0 到 100),只拿来问,不拿来记账。"""
        query = asked_key(text)
        return nearest(query, self.postings, self._sizes, self.keys_of, limit) if query else []

    def memory(self) -> int:
        """索引自己占多少字节。"""
        arrays = (self.phrase_hash, self.phrase_doc, self.phrase_kind, self._stops, self._sizes)
        words = sys.getsizeof(self._texts) + sys.getsizeof(self._heads) + sum(map(sys.getsizeof, self._heads))
        return sum(int(array.nbytes) for array in arrays) + self.postings.memory() + words
