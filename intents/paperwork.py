"""单据本身的事写成读法:撤销、同意、驳回、绑定、复制老单。"""

from __future__ import annotations

import re

from intents import dates
from intents.commands import Paper
from intents.facts import Facts
from intents.frame import Frame, Slots


def papers(facts: Facts, intent: str) -> Frame:
    """撤销、同意、驳回、绑定、复制。"""
    handlers = {"bind": _bind, "repeat_order": _repeat, "undo": _undo}
    return handlers.get(intent, _decide)(facts, intent)


def _extra_words(facts: Facts) -> str:
    """单据话里不该有的字。"""
    kinds = ("junk", "latin")
    return "".join(token.text for token in facts.reading.tokens if token.kind in kinds)


def _undo(facts: Facts, intent: str) -> Frame:
    slots: Slots = {}
    number = facts.doc()
    if number:
        slots["document_no"] = number
    if len(facts.reading.of("doc")) > 1:
        return Frame("ask", intent, {}, ("document_no",), {}, "two_documents")
    if (facts.negated and not facts.reading.has("fix")) or facts.supposed or facts.question:
        return Frame("reject", intent, slots, (), {}, "negated" if facts.negated else "question")
    named = any(
        token.kind in ("phrase", "run") and len(token.text) > 1
        for item in facts.sheet.items
        for token in item.words
    )
    if not number and (facts.days or facts.parties or named or facts.counted or _extra_words(facts)):
        return Frame("ask", intent, slots, ("document_no",), {}, "which_document")
    return Frame("act", intent, slots)


def _decide(facts: Facts, intent: str) -> Frame:
    slots: Slots = {}
    number = facts.doc()
    if intent == "approve" and (facts.negated or (facts.reading.has("topic:query_order") and facts.question)):
        return Frame("reject", intent, slots, (), {}, "negated")
    if facts.question or facts.supposed or "也不" in facts.reading.text:  # 不批也不驳
        return Frame("reject", intent, slots, (), {}, "question")
    if number is None:
        return Frame("ask", intent, slots, ("document_no",), {}, "which_document")
    if len(facts.reading.of("doc")) > 1:
        return Frame("ask", intent, slots, ("document_no",), {}, "two_documents")
    slots["document_no"] = number
    note = note_after(facts)
    if note:
        slots["note"] = note
    if intent == "approve" and _extra_words(facts):
        slots["note"] = note or _extra_words(facts)
    return Frame("act", intent, slots)


def note_after(facts: Facts) -> str:
    """驳回的理由:动作、单号以外的话。"""
    words = [
        token.text
        for token in facts.reading.tokens
        if token.kind in ("junk", "run", "phrase", "qty", "num")
        or token.has("reason")
        or (
            token.kind == "word"
            and token.has("fill")
            and len(token.text) > 1
            and not token.has("do:approve", "do:refuse")
        )
    ]
    return "".join(words)


def _bind(facts: Facts, intent: str) -> Frame:
    said = re.findall(r"(?<![a-z0-9])(?=[a-z\-]*\d)[a-z0-9\-]{4,12}(?![a-z0-9])", facts.reading.text)
    if facts.question or facts.negated or facts.supposed:
        return Frame("reject", intent, {}, (), {}, "negated")
    if len(said) == 1:
        return Frame("act", intent, {"code": said[0].upper()})
    return Frame("ask", intent, {}, ("code",), {}, "which_code")


def _repeat(facts: Facts, intent: str) -> Frame:
    paper = Paper(facts, intent)
    number = facts.doc()
    if number:
        paper.slots["document_no"] = number
    paper.partner(not number)
    spans = [token.value for token in facts.days]
    if spans and not (spans[0].single and spans[0].start > facts.today):
        start, end = dates.period(spans[0], facts.today)
        paper.slots["period"] = {"from": start.isoformat(), "to": end.isoformat()}
    if facts.goods and not number:
        paper.trouble("unexplained", "ask")
        paper.missing.append("lines")
        if not facts.parties and not facts.counted and len(facts.sheet.items) == 1:  # 说的多半是一家没建档的
            paper.reason, paper.missing = "unknown_partner", ["partner"]
            paper.said["partner"] = facts.sheet.items[0].mention().text
    return paper.frame()
