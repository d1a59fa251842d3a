"""读一句话:在词典、商品名、单位名、数目、日子里挑一种最说得通的切法,一个字都不丢。"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np

from intents.frame import Catalog
from intents.heads import heads_of, spans
from intents.index import ProductIndex
from intents.lexicon import SOUND, cut_pinyin, is_han, soft_sounds
from intents.numbers import parse
from intents.postings import CHAR, PAIR, SOUND2, codes_of, double, mark
from intents.spans import Patterns, Token, find
from intents.tidy import tidy
from intents.vocabulary import LEXICON, SPELLED, SPELLED_UNITS, VERBS_BY_SOUND

# 每个字值多少分:切得越像正经话分越高
SCORE = {
    "phrase": 1.6,
    "party": 1.8,
    "party_short": 1.25,
    "party_long": 1.65,
    "party_heard": 1.0,
    "place": 1.65,
    "qty": 1.5,
    "vague": 1.45,
    "price": 1.52,
    "total": 1.6,
    "money": 1.5,
    "day": 1.5,
    "days": 1.4,
    "made": 1.7,
    "expire": 1.7,
    "batch": 1.75,
    "doc": 1.58,
    "phone": 2.0,
    "top": 1.5,
    "dims": 1.5,
    "num": 1.0,
    "word": 1.3,
    "discount": 1.6,
    "latin": 0.6,
    "heard": 0.9,
    "sep": 0.3,
}
BONUS = {"qty": 0.5, "price": 1.3, "vague": 0.4, "day": 0.2, "total": 1.4, "money": 0.4, "phrase": 0.1}
ROLE_SCORE = {"do": 1.5, "topic": 1.4, "talk": 1.3, "size": 1.0, "pack": 1.1}
WORD, ONE_CHAR, JUNK = 1.25, 0.5, -0.6
RUN_START, RUN_PAIR, RUN_HEARD = 0.15, 1.0, 0.62
_LEADING = re.compile(r"\d{3,}(?=\s*[一半])")
_LATER_AMOUNT = re.compile(r"[\u4e00-\u9fff]{0,8}(?:\d+|[一二两三四五六七八九十百半])[箱件瓶包袋提盒个]")
_SAID_NUMBER = re.compile(r"(?P<before>[\u4e00-\u9fff])(?P<n>[一二三四五六七八九十]{1,3})号")
_INNER = re.compile(r"(?<=[\da-z])[+/-](?=[\da-z])")
_INSIDE = re.compile(r"里面|里头|里|部(?!门|分)")
_NUMERALS = frozenset("一二两三四五六七八九十百千")
_LATIN = re.compile(r"[a-z]+(?:[\-']?[a-z]+)*")
_WORD_HEADS = heads_of(LEXICON)
_SEP = re.compile(r"[,;:!?.。、\n|/()\[\]\"']")


@dataclass(frozen=True)
class Reading:
    """切好的一句话。"""

    text: str
    tokens: tuple[Token, ...]

    def of(self, *kinds: str) -> list[Token]:
        """某几种片段。"""
        return [token for token in self.tokens if token.kind in kinds]

    def has(self, *roles: str) -> bool:
        """有没有某种用处的词。"""
        return any(token.has(*roles) for token in self.tokens)


@lru_cache(maxsize=32)
def _patterns(units: frozenset[str]) -> Patterns:
    return Patterns(units)


def patterns_for(catalog: Catalog) -> Patterns:
    """这家店的单位对应的样子。"""
    return _patterns(catalog.unit_words)


def read(text: str, catalog: Catalog, today: date) -> Reading:
    """切一句已经写规矩的话。"""
    text = _SAID_NUMBER.sub(lambda m: _numbered(m, catalog), tidy(text))
    starts: dict[int, list[tuple[float, Token]]] = {}

    def offer(score: float, token: Token) -> None:
        starts.setdefault(token.start, []).append((score, token))

    links, alone = _links(text, catalog)
    for token in find(text, patterns_for(catalog), today):
        if token.kind == "qty" and _inside_a_name(token, links):
            continue
        if token.kind in ("price", "qty") and _is_a_name(token, text, catalog):
            continue
        if (
            token.kind == "qty"
            and token.text.lstrip()[0] in "百千万"
            and _is_known(token.text.strip(), catalog)
        ):
            continue  # 千张、百叶:货名
        if token.kind == "qty" and _orders_by_name(token, text, links):
            continue
        if token.kind == "day" and token.start and text[token.start - 1] + token.text in catalog.numbered:
            continue
        if token.kind == "day" and _of_a_series(token, text, catalog):
            continue
        bonus = 0.0 if token.text.strip() == "一个" else BONUS.get(token.kind, 0)
        offer(SCORE[token.kind] * len(token.text.replace(" ", "")) + bonus, token)
    for score, token in _words(text):
        offer(score, token)
    for score, token in _names(text, catalog):
        offer(score, token)
    for score, token in _spelled(text, catalog):
        offer(score, token)
    return Reading(text, tuple(_best(text, starts, links, alone)))


def _is_a_name(token: Token, text: str, catalog: Catalog) -> bool:
    """“1916一条”:1916 本身就是货的叫法,又在一小句开头,不是一条 1916 块。"""
    start = token.end - len(token.text.lstrip())
    digits = _LEADING.match(text, start, token.end)
    begins = start == 0 or text[start - 1] in " ,;:\n、要订来拿"
    if digits is None or not begins:
        return False
    return _is_known(digits[0], catalog)


def _is_known(word: str, catalog: Catalog) -> bool:
    """整个就是一样货的叫法。"""
    return any(index.known([word])[0] for index in catalog.indexes())


def _of_a_series(token: Token, text: str, catalog: Catalog) -> bool:
    """“南孚5号入12盒,7号入8盒”:同一句里说过 5 号的那样货,7 号是它的兄弟,不是日子。"""
    heads = {word[0] for word in catalog.numbered if word[1:] == token.text}
    return bool(heads) and any(
        word in text for word in catalog.numbered if word[0] in heads and word[1:] != token.text
    )


def _orders_by_name(token: Token, text: str, links: list[float]) -> bool:
    """“来一桶红烧的3箱”:“来一桶”整个在货名里,后头另有数量,就是牌子。"""
    start = token.end - len(token.text.lstrip())
    inside = start > 0 and token.end - start == 2 and links[start - 1] == links[start] == RUN_PAIR
    return inside and text[start] == "一" and bool(_LATER_AMOUNT.match(text[token.end :]))


def _numbered(m: re.Match[str], catalog: Catalog) -> str:
    """“美孚一号”就是“美孚1号”,目录里有这么写的才换。"""
    value = parse(m["n"])
    said = f"{m['before']}{value}号"
    return said if value is not None and said in catalog.numbered else m[0]


def _inside_a_name(token: Token, links: list[float]) -> bool:
    """“三件套”“三联单”:汉字数目连着单位整个在商品名里,不是数量。"""
    start = token.end - len(token.text.lstrip())
    pairs = links[start : token.end - 1]
    return len(pairs) > 1 and not any(map(str.isdigit, token.text)) and all(one == RUN_PAIR for one in pairs)


def _words(text: str) -> list[tuple[float, Token]]:
    found = []
    for start, end in spans(text, _WORD_HEADS):
        piece = text[start:end]
        roles = LEXICON.get(piece)
        if roles:
            found.append((_word_score(end - start, roles), Token("word", piece, start, end, None, roles)))
    marks = [(SCORE["sep"], Token("sep", m[0], m.start(), m.end())) for m in _SEP.finditer(text)]
    return found + marks + _heard_verbs(text)


def _word_score(size: int, roles: frozenset[str]) -> float:
    if size == 1:
        return ONE_CHAR + (0.05 if any(role.startswith(("do:", "weak:")) for role in roles) else 0)
    return size * max([WORD, *(ROLE_SCORE.get(role.partition(":")[0], 0) for role in roles)])


def _heard_verbs(text: str) -> list[tuple[float, Token]]:
    found = []
    for start in range(len(text) - 1):
        piece = text[start : start + 2]
        if is_han(piece[0]) and is_han(piece[1]) and piece not in LEXICON:
            word = VERBS_BY_SOUND.get((int(SOUND[ord(piece[0])]), int(SOUND[ord(piece[1])])))
            if word and not is_real_word(piece):
                found.append(
                    (2 * SCORE["heard"], Token("word", piece, start, start + 2, word, LEXICON[word]))
                )
    return found


def is_real_word(piece: str) -> bool:
    """结巴词典里有的正经词,不当成打错的字。"""
    from intents.segment import frequency

    return frequency(piece) > 20


def _names(text: str, catalog: Catalog) -> list[tuple[float, Token]]:
    found: list[tuple[float, Token]] = []
    directory = catalog.directory
    soft = soft_sounds(text)
    for start in range(len(text)):
        if text[start] not in directory.heads and soft[start] not in directory.sound_heads:
            continue
        for size in range(2, min(directory.longest + 2, len(text) - start) + 1):
            piece = text[start : start + size]
            key = (
                piece.replace("(", "").replace(")", "").replace("[", "").replace("]", "")
                if size > 4
                else piece
            )
            if (
                key in directory.party
                and (key == piece or piece[-1] in ")]" or piece[-1] == key[-1])
                and piece[0] == key[0]
            ):
                kind = "party" if key in directory.exact else "party_short"
                value = SCORE["party_long"] if kind == "party_short" and size >= 4 else SCORE[kind]
                found.append(
                    (value * len(key), Token("party", piece, start, start + size, directory.party[key]))
                )
            elif size >= 3 and soft[start : start + size] in directory.party_by_sound:
                codes = directory.party_by_sound[soft[start : start + size]]
                found.append(
                    (
                        SCORE["party_heard"] * size,
                        Token("party", piece, start, start + size, codes, frozenset(("repaired",))),
                    )
                )
            if piece in directory.place:
                exact = piece in directory.place_exact
                inside = _INSIDE.match(text, start + size)  # “冷库里”的“库里”不是问库存
                end = inside.end() if inside else start + size
                found.append(
                    (
                        SCORE["place" if exact else "party_heard"] * (end - start),
                        Token("place", text[start:end], start, end, directory.place[piece]),
                    )
                )
    return found + _phrases(text, catalog)


def _said_in(index: ProductIndex, text: str) -> list[tuple[int, int, str]]:
    """词条在哪、写作什么;夹在数字字母中间的加号短横当没有(3+2、24/6、5W-30),往下找也照没有的写法。"""
    spots = [(start, end, text[start:end]) for start, end in index.phrases_in(text)]
    inner = {m.start() for m in _INNER.finditer(text)}
    if not inner:
        return spots
    kept = [at for at in range(len(text)) if at not in inner]
    squeezed = "".join(text[at] for at in kept)
    found = [(kept[a], kept[b - 1] + 1, squeezed[a:b]) for a, b in index.phrases_in(squeezed)]
    return found + [spot for spot in spots if inner.isdisjoint(range(*spot[:2]))]


def _phrases(text: str, catalog: Catalog) -> list[tuple[float, Token]]:
    found = []
    for start, end, piece in sorted({spot for index in catalog.indexes() for spot in _said_in(index, text)}):
        if piece[0] in " \n,.:;" or any(char in "\n,;" for char in piece):
            continue
        inside_word = (
            piece[0].isascii()
            and piece[0].isalnum()
            and start
            and text[start - 1].isascii()
            and text[start - 1].isalnum()
        )
        cut_word = (
            piece[-1].isascii()
            and piece[-1].isalnum()
            and end < len(text)
            and "a" <= text[end] <= "z"
            and not piece[-1].isdigit()
        )
        cut_number = piece[-1].isdigit() and end < len(text) and text[end].isdigit()
        if not (inside_word or cut_word or cut_number):
            score = SCORE["phrase"] * (end - start) + BONUS["phrase"] if len(piece) > 1 else 0.9
            if len(piece) > 2 and not set(piece).isdisjoint(_NUMERALS):
                score += 0.6  # 三元鲜奶:名字里的数不是钱、不是数量
            found.append((score, Token("phrase", piece, start, end)))
    return found


def _spelled_name(said: str, start: int, end: int, catalog: Catalog) -> list[tuple[float, Token]]:
    """一个或几个连着的拼音词,正好是动词或单位名。"""
    word = said.replace(" ", "")
    if not word.isalpha():
        return []
    found = []
    if word in SPELLED:
        found.append(
            (1.5 * len(said), Token("word", said, start, end, SPELLED[word], LEXICON[SPELLED[word]]))
        )
    verb = next((head for head in SPELLED if len(head) > 3 and word.startswith(head) and word != head), "")
    if verb and word == said and cut_pinyin(word[len(verb) :]):  # rukuzhengshanxiaozhong
        at = start + len(verb)
        found.append((1.5 * len(verb), Token("word", verb, start, at, SPELLED[verb], LEXICON[SPELLED[verb]])))
        found.append((SCORE["latin"] * (end - at), Token("latin", word[len(verb) :], at, end)))
    codes = catalog.directory.party_by_pinyin.get(word)
    if codes:
        found.append((1.4 * len(said), Token("party", said, start, end, codes, frozenset(("repaired",)))))
    return found


def _spelled(text: str, catalog: Catalog) -> list[tuple[float, Token]]:
    """全拼的动词和单位;其余字母留作名字。"""
    found = []
    matches = list(_LATIN.finditer(text))
    for at, m in enumerate(matches):
        word = m[0]
        for last in matches[at : at + 4]:
            if text[m.start() : last.end()].count("\n") or last.end() - m.start() > 40:
                break
            found += _spelled_name(text[m.start() : last.end()], m.start(), last.end(), catalog)
        found.append((SCORE["latin"] * len(word), Token("latin", word, m.start(), m.end())))
    for m in re.finditer(r"(\d+(?:\.\d+)?)\s?([a-z]+)(?![a-z])", text):
        unit = SPELLED_UNITS.get(m[2])
        if unit and cut_pinyin(m[2]):
            from decimal import Decimal

            from intents.spans import Amount

            found.append(
                (
                    SCORE["qty"] * len(m[0]) + 1,
                    Token("qty", m[0], m.start(), m.end(), Amount(Decimal(m[1]), unit)),
                )
            )
    return found


def _links(text: str, catalog: Catalog) -> tuple[list[float], list[bool]]:
    """相邻两个字在商品名里是不是连着的:连着 1 分,同音连着 0.62 分。"""
    codes = codes_of(text)
    han = (codes >= 0x4E00) & (codes <= 0x9FFF)
    two = han[:-1] & han[1:]
    alone = np.zeros(len(codes), bool)
    seen, heard = np.zeros(len(two), bool), np.zeros(len(two), bool)
    sound = SOUND[codes]
    for index in catalog.indexes():
        alone |= han & index.has(mark(CHAR, codes))
        seen |= index.has(mark(PAIR, double(codes[:-1], codes[1:])))
        heard |= index.has(mark(SOUND2, double(sound[:-1], sound[1:])))
    score = np.where(two & seen, RUN_PAIR, np.where(two & heard, RUN_HEARD, 0.0))
    found: list[float] = score.tolist()
    return found, alone.tolist()


Back = tuple[int, Any]


def _best(
    text: str, starts: dict[int, list[tuple[float, Token]]], links: list[float], alone: list[bool]
) -> list[Token]:
    """动态规划:out 是在词的边界上,run 是正在一串商品名里。"""
    size = len(text)
    low = float("-inf")
    out, run = [low] * (size + 1), [low] * (size + 1)
    out_from: list[Back] = [(0, None)] * (size + 1)
    run_from = [0] * (size + 1)
    out[0] = 0.0
    for at in range(size):
        if run[at] > out[at]:
            out[at], out_from[at] = run[at], (run_from[at], "run")
        if out[at] > low:
            for score, token in starts.get(at, ()):
                if out[at] + score > out[token.end]:
                    out[token.end], out_from[token.end] = out[at] + score, (at, token)
            space = text[at] == " "
            if out[at] + (0 if space else JUNK) > out[at + 1]:
                out[at + 1], out_from[at + 1] = out[at] + (0 if space else JUNK), (at, None)
            if (alone[at] or (at < len(links) and links[at])) and out[at] + RUN_START > run[at + 1]:
                run[at + 1], run_from[at + 1] = out[at] + RUN_START, at
        if (
            at
            and run[at] > low
            and at - 1 < len(links)
            and links[at - 1]
            and run[at] + links[at - 1] > run[at + 1]
        ):
            run[at + 1], run_from[at + 1] = run[at] + links[at - 1], run_from[at]
    if run[size] > out[size]:
        out_from[size] = (run_from[size], "run")
    return _trace(text, out_from)


def _trace(text: str, out_from: list[Back]) -> list[Token]:
    tokens: list[Token] = []
    end = len(text)
    while end > 0:
        start, found = out_from[end]
        piece = text[start:end]
        if isinstance(found, Token):
            tokens.append(found)
        elif found == "run":
            tokens.append(Token("run", piece, start, end))
        elif piece.strip():
            tokens.append(Token("junk", piece, start, end))
        end = start
    tokens.reverse()
    return _merge_junk(tokens)


def _merge_junk(tokens: list[Token]) -> list[Token]:
    merged: list[Token] = []
    for token in tokens:
        last = merged[-1] if merged else None
        if last and token.kind == last.kind == "junk" and last.end == token.start:
            merged[-1] = Token("junk", last.text + token.text, last.start, token.end)
        else:
            merged.append(token)
    return merged
