"""重建余额的门：以掌柜的名义走一遍记账之门，做了什么都留痕。"""

from datetime import datetime
from typing import Any

from core.commands import RebuildBalances
from core.db import Books
from core.execute import Order, execute
from core.staff import system_actor


def rebuild(books: Books, company_id: int, now: datetime) -> dict[str, Any]:
    """Put every wrong balance right; returns {"differences": [{what, row, book, proved} …], "rebuilt": n}."""
    with books.read() as conn:
        keeper = system_actor(conn, company_id)
    return execute(books, keeper, Order(RebuildBalances(), f"rebuild/{now.isoformat()}", door="doctor"), now)
