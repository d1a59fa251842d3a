"""听懂话:一句中文进来,一个读法出去;只读,不记账。"""

from __future__ import annotations

from intents import inside, money, orders, papers, queries, returns, stock, talk
from intents.frame import Alias, Catalog, Frame, Goods, Party, Place
from intents.intent import Intent
from intents.segment import load
from intents.understand import understand

# 按读的人想看的次序
INTENTS: tuple[Intent, ...] = (
    *stock.FAMILY,
    *orders.FAMILY,
    *returns.FAMILY,
    *inside.FAMILY,
    *money.FAMILY,
    *papers.FAMILY,
    *queries.FAMILY,
    *talk.FAMILY,
)
BY_NAME: dict[str, Intent] = {intent.name: intent for intent in INTENTS}

__all__ = [
    "BY_NAME",
    "INTENTS",
    "Alias",
    "Catalog",
    "Frame",
    "Goods",
    "Intent",
    "Party",
    "Place",
    "load",
    "understand",
]
