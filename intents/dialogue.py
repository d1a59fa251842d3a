"""对话记在一个字典里:问过什么、在等什么;每来一句,往前走一步。"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from intents import queries
from intents.fill import required
from intents.frame import Catalog, Frame
from intents.understand import understand

State = dict[str, Any]
QUERIES = frozenset(intent.name for intent in queries.FAMILY)
SHOWN = 5  # 一次给几个选
_PATH = re.compile(r"([a-z_]+)|\[(\d+)\]")
_DOC = re.compile(r"[A-Z]{2}-?\d{8}-?\d{2,4}")


@dataclass(frozen=True)
class Ask:
    """还要问一句。"""

    frame: Frame


@dataclass(frozen=True)
class Query:
    """查账。"""

    frame: Frame


@dataclass(frozen=True)
class Do:
    """可以写成提案了。"""

    frame: Frame


@dataclass(frozen=True)
class Fire:
    """确认执行;frame.slots 里可能有提案代码。"""

    frame: Frame


@dataclass(frozen=True)
class Drop:
    """取消手上的。"""

    frame: Frame


@dataclass(frozen=True)
class Say:
    """只回一句话。"""

    frame: Frame


Next = Ask | Query | Do | Fire | Drop | Say


def new() -> State:
    """一段新的对话。"""
    return {
        "pending": "none",
        "frame": None,
        "options": [],
        "proposal": None,
        "last_frame": None,
        "last_document": None,
        "alerts": [],
    }


def step(state: State | None, frame: Frame) -> tuple[State, Next]:
    """走一步:新的状态,和接下来该做什么。"""
    state = {**new(), **copy.deepcopy(state or {})}
    if frame.intent == "select" and frame.outcome == "act":
        return _selected(state, frame)
    if frame.intent == "correct" and frame.outcome == "act":
        return _corrected(state, frame)
    if frame.intent == "confirm" and frame.outcome == "act":
        return state, Fire(frame)
    if frame.intent == "cancel":
        return _dropped(state), Drop(frame)
    if frame.outcome == "answer":
        state["last_frame"] = frame.to_dict()
        return state, Query(frame)
    if frame.outcome == "act":
        return _ready(state, frame)
    if frame.outcome == "ask":
        return _asked(state, frame)
    return state, Say(frame)


def _dropped(state: State) -> State:
    return {**state, "pending": "none", "frame": None, "options": [], "proposal": None}


def _ready(state: State, frame: Frame) -> tuple[State, Next]:
    """一件事说全了:等确认(审批、撤销也一样由门外决定要不要先给人看)。"""
    state = {key: value for key, value in state.items() if key != "question"}
    return {
        **state,
        "pending": "confirm",
        "frame": frame.to_dict(),
        "options": [],
        "last_frame": frame.to_dict(),
    }, Do(frame)


def _asked(state: State, frame: Frame) -> tuple[State, Next]:
    if frame.intent in ("select", "correct"):  # 手上的还在等,只是这一下没说清
        return state, Ask(frame)
    state.pop("question", None)
    body = frame.to_dict()
    choices = next(((path, codes) for path, codes in frame.ambiguous.items() if codes), None)
    if choices:
        path, codes = choices
        state.update(
            pending="select",
            frame=body,
            options=[
                {"number": i, "label": code, "slot": path, "value": code} for i, code in enumerate(codes, 1)
            ],
        )
    else:
        state.update(pending="fill", frame=body, options=[])
    if frame.intent in QUERIES:
        state["last_frame"] = body
    return state, Ask(frame)


# ---- 选中 ----
def _selected(state: State, picked: Frame) -> tuple[State, Next]:
    held = state.get("frame")
    option = _option(state, picked)
    if not held or option is None:
        return state, Say(picked)
    frame = dict(held)
    slots = copy.deepcopy(frame.get("slots") or {})
    ambiguous = {
        path: codes for path, codes in (frame.get("ambiguous") or {}).items() if path != option.get("slot")
    }
    missing = [path for path in frame.get("missing") or [] if path != option.get("slot")]
    filled = option["fill"] if option.get("fill") is not None else {option["slot"]: option.get("value")}
    intent = frame["intent"]
    for path, value in filled.items():
        if path == "intent":
            intent = value
        elif path == "product" and intent in QUERIES:
            slots["products"] = [value]
        else:
            put(slots, path, value)
    missing = [path for path in missing if path not in filled]
    for path in filled:
        _remember(state, path, filled[path], frame.get("said") or {})
    return _again(state, intent, slots, missing, ambiguous, frame)


def _remember(state: State, path: str, code: Any, said: dict[str, str]) -> None:
    """选了哪个商品来解释哪个词:记完账以后问一次要不要记住。near 是目录里本来没有这个叫法。"""
    word = said.get(path, "")
    if path.endswith(".product") and word and code:
        near = path.replace(".product", ".near") in said
        state["chosen"] = [*(state.get("chosen") or []), {"word": word, "product": code, "new": near}][-5:]


def _option(state: State, picked: Frame) -> dict[str, Any] | None:
    options: Sequence[dict[str, Any]] = state.get("options") or []
    said = picked.slots.get("index")
    for option in options:
        if said is not None and str(option.get("number")) == str(said):
            return option
    for key in ("product", "partner"):
        for option in options:
            if picked.slots.get(key) is not None and option.get("value") == picked.slots[key]:
                return option
    return None


def _again(
    state: State,
    intent: str,
    slots: dict[str, Any],
    missing: list[str],
    ambiguous: dict[str, Any],
    old: dict[str, Any],
) -> tuple[State, Next]:
    """填进去以后再看还缺不缺。"""
    missing += [path for path in required(intent, slots) if path not in missing and path not in ambiguous]
    if intent == "unknown" and not missing and not ambiguous:
        missing = ["intent"]
    outcome = "ask" if missing or ambiguous else "answer" if intent in QUERIES else "act"
    frame = Frame.from_dict(
        {
            **old,
            "intent": intent,
            "slots": slots,
            "missing": missing,
            "ambiguous": ambiguous,
            "outcome": outcome,
            "reason": "",
            "exact": False,
        }
    )
    if outcome == "ask":
        return _asked(state, frame)
    if outcome == "answer":
        return {**_dropped(state), "last_frame": frame.to_dict()}, Query(frame)
    return _ready(state, frame)


def put(slots: dict[str, Any], path: str, value: Any) -> None:
    """按路径写一格,比如 lines[0].product。"""
    steps: list[str | int] = [int(number) if number else name for name, number in _PATH.findall(path)]
    here: Any = slots
    for at, key in enumerate(steps[:-1]):
        following: Any = [] if isinstance(steps[at + 1], int) else {}
        if isinstance(here, list):
            while isinstance(key, int) and len(here) <= key:
                here.append({})
            here = here[key]  # type: ignore[index]
        else:
            here = here.setdefault(key, following)
    if isinstance(here, list) and isinstance(steps[-1], int):
        while len(here) <= steps[-1]:
            here.append(None)
    here[steps[-1]] = value


# ---- 更改 ----
def _corrected(state: State, change: Frame) -> tuple[State, Next]:
    held = state.get("frame")
    if not held:
        return state, Say(change)
    slots = copy.deepcopy(held.get("slots") or {})
    lines = slots.get("lines") or []
    at = int(change.said["at"]) if "at" in change.said else None
    for line in change.slots.get("lines") or []:
        lines = _change_line(lines, dict(line), at)
    if lines or "lines" in slots:
        slots["lines"] = lines
    slots.update({key: value for key, value in change.slots.items() if key != "lines"})
    intent = held["intent"]
    missing = ["lines"] if "lines" in slots and not lines else []
    return _again(state, intent, slots, missing, {}, held)


def _change_line(lines: list[dict[str, Any]], change: dict[str, Any], at: int | None) -> list[dict[str, Any]]:
    op, product = change.pop("op", ""), change.get("product")
    if op == "add":
        return [*lines, change]
    if op == "remove":
        return [
            line
            for i, line in enumerate(lines)
            if (i != at if at is not None else line.get("product") != product)
        ]
    if at is None:
        at = next(
            (i for i, line in enumerate(lines) if product and line.get("product") == product),
            0 if len(lines) == 1 else None,
        )
    if at is None:
        return lines
    merged = {**lines[at], **change}
    if "price" in change and "price_unit" not in change:
        merged.pop("price_unit", None)
    return [*lines[:at], merged, *lines[at + 1 :]]


# ---- 后台也可以问 ----
def ask_need(
    state: State | None, frame: Frame, slot: str, question: str, choices: Iterable[Any] = ()
) -> State:
    """账本要问一件事:有选项就等着选,没有就等着补。"""
    state = {**new(), **copy.deepcopy(state or {})}
    options = [
        {
            "number": number if choice.number is None else choice.number,
            "label": choice.label,
            "slot": slot,
            "fill": dict(choice.fill),
        }
        for number, choice in enumerate(choices, 1)
    ]
    body = {**frame.to_dict(), "outcome": "ask"}
    if options:
        body.pop("missing", None)
        body["ambiguous"] = {slot: []}
        return {**state, "pending": "select", "frame": body, "options": options, "question": question}
    body["missing"] = [slot]
    return {**state, "pending": "fill", "frame": body, "options": [], "question": question}


# ---- 重放 ----
def replay(context: Iterable[dict[str, Any]], catalog: Catalog, today: date) -> State:
    """把语料里的前几句重走一遍,得到说这句话时的状态。"""
    state = new()
    for turn in context or ():
        if turn.get("role") == "user":
            frame = understand(turn.get("text") or "", state, catalog, today)
            state, _ = step(state, frame)
            if "state" not in turn and frame.outcome == "act":
                state = {**state, "pending": "none"}
        else:
            state = _bot(state, turn)
    return state


def _bot(state: State, turn: dict[str, Any]) -> State:
    found = _DOC.findall(turn.get("text") or "")
    if found:
        state = {**state, "last_document": found[-1]}
    said = turn.get("state")
    if said is None:
        return state if state["pending"] in ("select", "fill") else {**state, "pending": "none"}
    frame = dict(said.get("frame") or {})
    options = []
    if said.get("pending") == "select":
        for path, codes in (frame.get("ambiguous") or {}).items():
            options = [
                {"number": i, "label": code, "slot": path, "value": code} for i, code in enumerate(codes, 1)
            ]
            break
    return {**state, "pending": said.get("pending") or "none", "frame": frame or None, "options": options}
