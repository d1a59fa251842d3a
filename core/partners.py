"""往来单位：供应商、客户、账期、信用额度。"""

import re
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ForeignKey, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.errors import no_such
from core.tx import Tx
from core.values import add_months


class Partner(Base):
    __tablename__ = "partner"
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    code: Mapped[str]
    name: Mapped[str]
    aliases: Mapped[list[str]] = mapped_column(default=list)
    is_customer: Mapped[bool]
    is_supplier: Mapped[bool]
    category: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    level: Mapped[str | None]
    terms: Mapped[str]
    credit_limit_fen: Mapped[int | None]
    min_life_permille: Mapped[int | None]
    active: Mapped[bool] = mapped_column(default=True)
    changed: Mapped[int] = mapped_column(default=0)
    extra: Mapped[dict[str, Any] | None]


partner = Partner.__table__

TERMS = re.compile(r"现结|货到付款|月结(\d+)天|票到(\d+)天|(\d+)天")
TERMS_HINT = "现结、货到付款、30天、月结30天"


def due_date(terms: str, day: date) -> date:
    """月结30天 = end of the month + 30 days; 30天 = 30 days after; 现结、货到付款 = the day itself (features.md §6.1)."""
    matched = TERMS.fullmatch(terms)
    if not matched:
        raise ValueError(f"terms {terms!r}")
    if matched[1]:
        month_end = add_months(day.replace(day=1), 1) - timedelta(days=1)
        return month_end + timedelta(days=int(matched[1]))
    return day + timedelta(days=int(matched[2] or matched[3] or 0))


_SEEN = select(partner).where(partner.c.id == bindparam("of"), partner.c.company_id == bindparam("company"))
_HELD = _SEEN.with_for_update(key_share=True)


def the_partner(tx: Tx, partner_id: int, lock: bool = True) -> Any:
    """The row, held while something is settled with him; raises NotFound for one who is not ours or stopped."""
    query = _HELD if lock and tx.writing else _SEEN
    row = tx.conn.execute(query, {"of": partner_id, "company": tx.company_id}).one_or_none()
    if row is None or not row.active:
        raise no_such("往来单位", str(partner_id), "它可能已停用，请在后台启用或换一个。")
    return row
