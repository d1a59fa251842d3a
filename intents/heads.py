"""一句话里从哪到哪可能是一批词里的一个:先看开头两个字,大多数地方不必往下看。"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Heads = dict[str, int]  # 开头两个字(只有一个字的词就是它自己)→ 这样开头的词最长有几个字


def heads_of(words: Iterable[str]) -> Heads:
    """一批词的开头。"""
    found: Heads = {}
    for word in words:
        head = word[:2]
        if found.get(head, 0) < len(word):
            found[head] = len(word)
    return found


def spans(text: str, heads: Heads) -> Iterator[tuple[int, int]]:
    """可能是其中一个词的每一段,前面的、短的先来。"""
    for start in range(len(text)):
        if text[start] in heads:
            yield start, start + 1
        longest = heads.get(text[start : start + 2], 0)
        for end in range(start + 2, min(start + longest, len(text)) + 1):
            yield start, end
