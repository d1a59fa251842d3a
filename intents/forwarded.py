"""转发来的聊天记录:去掉“谁 几点几分”那种抬头,留下说的话;抬头里的名字是客户时当作对方。"""

from __future__ import annotations

import re

from intents.lexicon import name_key
from intents.partners import Directory

_DAY = r"(?:\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}日?|\d{1,2}[-/月]\d{1,2}日?|昨天|今天|前天|刚刚|星期[一二三四五六日天]|周[一二三四五六日天])"
_TIME = r"(?:凌晨|早上|上午|中午|下午|晚上)?\s*\d{1,2}:\d{2}(?::\d{2})?(?:\s*[ap]m)?"
_WHEN = rf"\[?(?:{_DAY}\s*)?{_TIME}\]?"
_HEADS = (
    re.compile(
        rf"^\s*(?P<who>\S.{{0,19}}?)\s*[:(\[]?\s+{_WHEN}[)\]]?\s*[:]?\s*$", re.IGNORECASE
    ),  # 张姐 10:23
    re.compile(rf"^\s*{_WHEN}\s+(?P<who>\S.{{0,19}}?)\s*[:]?\s*$", re.IGNORECASE),  # 2026-11-24 10:23 张姐
    re.compile(rf"^\s*{_WHEN}\s*$", re.IGNORECASE),  # 单独一行时间
)
_FORWARD = re.compile(
    r"^\s*(?:[-—=~_]{2,}|\[?(?:聊天记录|转发|合并转发)\]?:?|.{0,12}(?:和|与).{0,12}的聊天记录|以下是.{0,8}聊天记录|以上是.{0,8})\s*$"
)


def unwrap(text: str, directory: Directory) -> str:
    """一段粘贴的聊天 → 说的话;不是聊天记录就原样。抬头里认得出的客户写成第一行“某某:”。"""
    if "\n" not in text:
        return text
    said: list[str] = []
    speakers: list[str] = []
    heads = 0
    for row in text.split("\n"):
        head = next((m for pattern in _HEADS if (m := pattern.match(row.replace("：", ":")))), None)
        if head is not None:
            heads += 1
            if head.groupdict().get("who"):
                speakers.append(head["who"])
        elif not _FORWARD.match(row):
            said.append(row)
        else:
            heads += 1
    if not heads:
        return text
    known = {who: codes for who in speakers if (codes := directory.party.get(name_key(who)))}
    body = "\n".join(said)
    return f"{next(iter(known))}:\n{body}" if len(set(known.values())) == 1 else body
