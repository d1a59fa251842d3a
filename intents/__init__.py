"""听懂话:一句中文进来,一个读法出去;只读,不记账。"""

from __future__ import annotations

from intents import inside, money, office, orders, papers, queries, returns, stock, talk
from intents.intent import Intent

# 按读的人想看的次序
INTENTS: tuple[Intent, ...] = (
    *stock.FAMILY,
    *orders.FAMILY,
    *returns.FAMILY,
    *inside.FAMILY,
    *money.FAMILY,
    *papers.FAMILY,
    *office.FAMILY,
    *queries.FAMILY,
    *talk.FAMILY,
)
BY_NAME: dict[str, Intent] = {intent.name: intent for intent in INTENTS}

# 词典由上面这张表合成,所以排在表后面
from intents.frame import Alias, Catalog, Frame, Goods, Party, Place  # noqa: E402
from intents.segment import load  # noqa: E402
from intents.understand import understand  # noqa: E402

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
