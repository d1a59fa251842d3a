"""夹在办事的话里的家常:整小句都在说闲话、没有货没有数没有动作的,读的时候跳过。"""

from __future__ import annotations

from dataclasses import replace

from intents.frame import Catalog
from intents.holding import held_back
from intents.intent import words as listed
from intents.mention import Mention
from intents.products import resolve
from intents.reading import Reading
from intents.segment import is_talk
from intents.spans import Token

SHORTEST = 3  # 再短的看不出是在闲聊
FACTS = frozenset(
    listed(
        "party place qty vague num price money total doc batch made expire top phone dims days discount phrase latin"
    )
)
BUSINESS = (
    "do:",
    "weak:",
    "topic:",
    "talk:",
    "label:",
    "many",
    "cond",
    "fix",
    "reset",
    "reason",
    "method",
    "money",
    "size:",
    "pack",
)
GOES_ON = (
    "另外",
    "还有",
    "以及",
    "和",
    "跟",
    "与",
    "再",
    "加上",
    "外加",
    "顺便",
    "也",
    "都",
    "各",
    "就",
    "这个",
    "那个",
)


def without_gossip(reading: Reading, catalog: Catalog) -> Reading:
    """去掉闲话的小句;带“不、没”的留着,宁可多问。"""
    if not any(token.kind == "qty" for token in reading.tokens):
        return reading
    kept: list[Token] = []
    begun = False
    for clause in _clauses(reading.tokens):
        if not (begun and not kept) and _gossip(clause, begun, catalog, reading):
            continue
        begun = begun or any(token.kind in FACTS - {"days"} for token in clause)
        kept += clause
    return reading if len(kept) == len(reading.tokens) else replace(reading, tokens=tuple(kept))


def _clauses(tokens: tuple[Token, ...]) -> list[list[Token]]:
    """按标点和空格断开的一小句一小句;标点跟着前一句。"""
    found: list[list[Token]] = [[]]
    for token in tokens:
        last = found[-1][-1] if found[-1] else None
        fresh = token.start > last.end or token.text[:1] == " " if last is not None else False
        if last is not None and token.kind != "sep" and (last.kind == "sep" or fresh):
            found.append([])
        found[-1].append(token)
    return found


def _gossip(clause: list[Token], begun: bool, catalog: Catalog, reading: Reading) -> bool:
    words = [token for token in clause if token.kind != "sep"]
    names = [token for token in words if token.kind in ("junk", "run")]
    said = reading.text[words[0].start : words[-1].end] if words else ""
    if (
        not names
        or len(said) < SHORTEST
        or said.startswith(GOES_ON)
        or any(token.text in ":\n" for token in clause)
    ):
        return False
    for token in words:
        if token.kind in FACTS or any(role.startswith(BUSINESS) for role in token.roles):
            return False
        if token.kind == "day" and token.value.word not in ("今天", "今日", "今早", "今晚"):
            return False
        if token.has("neg"):
            return False
        if token.has("question") and begun:
            return False
    if held_back(said) or not is_talk(said) or _of_a_party(names, reading, catalog):
        return False
    mention = Mention(tuple(token.text for token in names), text=said)
    return not resolve(mention, (), catalog, None, suggest=False).codes


def _of_a_party(names: list[Token], reading: Reading, catalog: Catalog) -> bool:
    """“茶小主 人民路的那家”:说的是哪家分店。"""
    codes = {code for token in reading.of("party") for code in token.value}
    whole = [catalog.party_by_code[code].name for code in codes]
    return any(token.text in name for token in names for name in whole if len(token.text) > 1)
