"""一笔事务的上下文：连接、谁、今天、现在、钥匙。"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select

from core.staff import Actor


@dataclass(frozen=True, slots=True)
class Tx:
    """`writing` is False in a preview: nothing is locked and nothing may be written."""

    conn: Connection
    actor: Actor
    company: Any  # its row: closed_through, default_warehouse_id, settings
    today: date
    now: datetime
    key: str = ""
    door: str = "web"
    inbox_id: int | None = None
    writing: bool = False

    def locking(self, query: Select[Any], **of: Any) -> Select[Any]:
        """FOR NO KEY UPDATE when writing: rows that merely refer to a locked one need not wait for it."""
        return query.with_for_update(key_share=True, **of) if self.writing else query

    @property
    def company_id(self) -> int:
        return self.actor.company_id
