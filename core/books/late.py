"""迟录：业务日期早于录入那天的单，谁录的、晚了几天。"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from core.documents import document
from core.posting_rules import Kind
from core.staff import staff
from core.values import to_day


@dataclass(frozen=True, slots=True)
class LateEntry:
    number: str
    who: str
    business_date: date
    entered_at: datetime
    days: int


def late_entries(
    conn: Connection, company_id: int, since: date, until: date, cut_hour: int = 0
) -> tuple[LateEntry, ...]:
    """Documents whose business day lies in the period and was over when they were entered, the latest first; opening balances are not late."""
    query = (
        select(document.c.number, staff.c.name, document.c.business_date, document.c.created_at)
        .join(staff, staff.c.id == document.c.staff_id)
        .where(
            document.c.company_id == company_id,
            document.c.business_date.between(since, until),
            document.c.kind != Kind.OPENING.value,
        )
        .order_by(document.c.id)
    )
    found = [
        LateEntry(number, who, day, at, (to_day(at, cut_hour) - day).days)
        for number, who, day, at in conn.execute(query)
    ]
    return tuple(sorted((one for one in found if one.days > 0), key=lambda one: -one.days))
