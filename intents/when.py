"""查账的话里说的日子、单号、批号、前几名。"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from intents import dates
from intents.facts import Facts
from intents.frame import Slots
from intents.lexicon import name_key


def times(facts: Facts, fields: list[str], slots: Slots) -> None:
    """哪一天、哪段日子、几天之内。"""
    spans = [token.value for token in facts.days]
    ends = [token for token in facts.reading.of("expire") if isinstance(token.value, dates.Day)]
    if "days" in fields and ends:  # 4月底到期的、5月1号之前过期的:从今天算起
        last: dates.Day = ends[-1].value
        till_then = spans or (last.single and "底" in ends[-1].text)
        spans = [replace(last, start=min(facts.today, last.start)) if till_then else last]
    name_future = "days" in fields and "period" in fields
    if "date" in fields and spans:
        slots["date"] = (
            dates.in_past(spans[-1], facts.today).isoformat()
            if spans[-1].single
            else spans[-1].end.isoformat()
        )
    if "period" in fields and spans:
        best = next(
            (span for span in reversed(spans) if "到" in span.word or "至" in span.word or "-" in span.word),
            spans[0],
        )
        start, end = dates.period(best, facts.today, future=name_future)
        whole_month = (
            "query_payable" if fields == ["partner", "period"] and "query_payable" in facts.topics else ""
        )
        if whole_month and best.running:
            end = best.end
        slots["period"] = {"from": start.isoformat(), "to": end.isoformat()}
    days = facts.reading.of("days")
    if "days" in fields and days:
        slots["days"] = str(days[0].value)
    elif "period" in fields and days and "period" not in slots:
        slots["period"] = {
            "from": (facts.today - timedelta(days=days[0].value - 1)).isoformat(),
            "to": facts.today.isoformat(),
        }


def rest(facts: Facts, fields: list[str], slots: Slots) -> None:
    """单号、批号、前几名。"""
    number = facts.doc()
    if "document_no" in fields and number:
        slots["document_no"] = number
    batches = facts.reading.of("batch")
    if "batch" in fields and batches:
        slots["batch"] = batches[0].value
    if "top" in fields:
        top = _top(facts)
        if top:
            slots["top"] = top


def _top(facts: Facts) -> str:
    for token in facts.reading.of("top"):
        return str(token.value)
    for token in facts.reading.tokens:
        if (
            token.kind == "qty"
            and token.value.unit in ("个", "种", "款", "样")
            and token.value.value is not None
        ):
            return str(int(token.value.value))
        if (
            token.kind == "num"
            and token.value == int(token.value)
            and name_key(facts.reading.text[max(0, token.start - 1) : token.start]) in ("前", "top", "p")
        ):
            return str(int(token.value))
    return ""
