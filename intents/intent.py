"""一种意图:叫什么、哪些词一听就是它、举几个例子、帮助里怎么写。"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Intent:
    """登记表里的一行。"""

    name: str
    word: str  # 中文叫法
    triggers: tuple[str, ...]  # 一听就是它的词
    examples: tuple[str, ...]
    help: str
    needs: tuple[str, ...] = ()  # 缺了要问的栏目
    writes: bool = False


def words(text: str) -> tuple[str, ...]:
    """把一串用空格隔开的词拆开。"""
    return tuple(dict.fromkeys(text.split()))
