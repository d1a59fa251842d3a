"""痕迹的回答：谁、几点几分几秒、哪扇门、原话是什么；资料改前改后。"""

from collections.abc import Callable
from functools import cache
from typing import Any

from admin_web.fields import BookField
from admin_web.pages.words import CHANNELS, DOORS
from admin_web.views import VIEWS
from bot.asked import Asked
from bot.message import Outgoing
from core.approvals import DECISIONS, NO, YES
from core.books.history import MOST, Trace, document_history, record_history
from core.commands.save_record import SAID
from core.documents import by_number
from core.errors import not_allowed
from core.posting_rules import KIND_NAMES, Kind
from core.rights import kinds_seen, sees_money
from core.staff import May
from core.values import MILLI, SHANGHAI, plain, price_text, yuan
from intents.questions import label


def trace(asked: Asked) -> Outgoing:
    if asked.slots.get("document_no"):
        return _of_document(asked)
    if not asked.actor.sees(May.MANAGE_STAFF):  # a change may show any figure of the record
        raise not_allowed("看资料的改动")
    party, ids = asked.partner(), asked.products()
    if party is not None:
        return _of_record(asked, "partner", party.id, party.name)
    if len(ids) != 1:
        return Outgoing("看哪张单、哪个商品的？请说：单据 PO-3 痕迹，或：痕迹 生抽")
    code = next(row.code for row in asked.catalog.goods if row.id == ids[0])
    return _of_record(asked, "product", ids[0], label(code, asked.catalog))


def _of_document(asked: Asked) -> Outgoing:
    """The words it was asked for in may name prices: they are for who sees the money on it."""
    one = by_number(asked.conn, asked.company_id, str(asked.slots["document_no"]))
    if Kind(one.kind) not in kinds_seen(asked.actor):
        raise not_allowed(f"查{KIND_NAMES[Kind(one.kind)]}")
    quoted = sees_money(asked.actor, one.kind)
    found = document_history(asked.conn, one.id)
    rows = [
        f"{_head(each)} {_what(each, one.number)}" + (_quote(each) if quoted and each.said else "")
        for each in found
    ]
    return Outgoing("\n".join([f"{one.number} {KIND_NAMES[Kind(one.kind)]} 的痕迹", *rows]))


def _head(one: Trace) -> str:
    at = one.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    doors = CHANNELS if one.by_chat else DOORS
    return f"{at} {one.who}（{doors.get(one.door, one.door)}）"


def _what(one: Trace, number: str) -> str:
    said: Any = one.facts.get("command") or {}
    if one.what == "审批":
        note = f"：{said['note']}" if said.get("note") else ""
        return DECISIONS[YES if said.get("yes") else NO] + note
    waited = "（待审）" if (one.facts.get("result") or {}).get("state") == "draft" else ""
    return one.what + waited + ("" if one.number == number else f" → {one.number}")


def _quote(one: Trace) -> str:
    return "：" + " / ".join(f"“{words}”" for words in one.said)


# ── master data ──


def _of_record(asked: Asked, table: str, row_id: int, name: str) -> Outgoing:
    found = record_history(asked.conn, asked.company_id, table, row_id)
    rows = [f"{name} 的改动" + (f"（最近 {MOST} 次）" if len(found) == MOST else "")]
    for one in found:
        changes = _changes(table, one.facts)
        rows.append(f"{_head(one)}" + ("" if changes else " 建档" if _new(one) else " 保存，没有改动"))
        rows += [f"　{words}" for words in changes]
    return Outgoing("\n".join(rows) if found else f"{name} 没有改动的记录。")


def _new(one: Trace) -> bool:
    return one.facts["command"].get("id") is None


def _changes(table: str, facts: dict[str, Any]) -> list[str]:
    """“最低售价：¥114 → ¥118” for everything that was different before; of lists, what went and what came."""
    before: dict[str, Any] = facts["result"].get("before") or {}
    command = facts["command"]
    rows = []
    for name, old in before.items():
        if name in command["children"]:
            was, now = [[_row(name, one) for one in each] for each in (old, command["children"][name])]
            gone, came = [[one for one in a if one not in b] for a, b in ((was, now), (now, was))]
            rows += [
                f"{_label(table, name)}{word}：{'、'.join(each)}"
                for word, each in (("去掉", gone), ("加上", came))
                if each
            ]
        else:
            rows.append(
                f"{_label(table, name)}：{_words(name, old)} → {_words(name, command['values'].get(name))}"
            )
    return rows


@cache
def _labels(table: str) -> dict[str, str]:
    """What the form calls its fields and lists."""
    views = [view for view in (made() for made in VIEWS) if view.table == table]
    fields = {one.name: str(one.label) for view in views for one in view.fields if isinstance(one, BookField)}
    return fields | {one.name: one.label for view in views for one in view.rows}


def _label(table: str, name: str) -> str:
    return _labels(table).get(name, name)


SCALES: dict[str, Callable[[Any], str]] = {
    "_e4": price_text,
    "_fen": yuan,
    "_milli": lambda value: plain(value, MILLI),
}
SIDES = {"S": "售价", "P": "进价"}


def _words(name: str, value: Any) -> str:
    if value is None or value in ("", []):
        return "空"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(map(str, value))
    return next((words for tail, words in SCALES.items() if name.endswith(tail)), str)(value)


def _row(name: str, row: dict[str, Any]) -> str:
    """A unit, a barcode, a name or a price in one breath; whose it is (an id) is left out."""
    kept = [
        (part, row[part]) for part in SAID[name] if row.get(part) not in (None, "") and part[-3:] != "_id"
    ]
    return " ".join(SIDES.get(str(value), "") or _words(part, value) for part, value in kept)
