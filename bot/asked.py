"""一个查账的问题，连同回答要用的东西。"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection

from core.company import the_company
from core.staff import Actor
from core.values import to_day
from intents.frame import Catalog, Frame


class Asked:
    """One question with everything an answer needs."""

    def __init__(self, conn: Connection, actor: Actor, frame: Frame, catalog: Catalog, now: datetime) -> None:
        self.conn, self.actor, self.frame, self.catalog, self.now = conn, actor, frame, catalog, now
        self.company_id = actor.company_id
        self.today: date = to_day(now, the_company(conn, actor.company_id).day_cut_hour)
        self.slots = frame.slots

    def products(self) -> list[int]:
        codes = [code for code in self.slots.get("products") or () if code in self.catalog.goods_by_code]
        found = [self.catalog.goods_by_code[code].id for code in codes]
        for name in ("brand", "category"):
            wanted = self.slots.get(name)
            if wanted:
                found += [row.id for row in self.catalog.goods if getattr(row, name) == wanted]
        return list(dict.fromkeys(found))

    def partner(self) -> Any | None:
        return self.catalog.party_by_code.get(self.slots.get("partner") or "")

    def warehouse(self) -> Any | None:
        return self.catalog.place_by_code.get(self.slots.get("warehouse") or "")
