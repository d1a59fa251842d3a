"""公司：今天是哪天、结账到哪天、目录版本、设置。"""

from datetime import date
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.tx import Tx


class Company(Base):
    __tablename__ = "company"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    profile: Mapped[str]
    today: Mapped[date]
    day_cut_hour: Mapped[int] = mapped_column(default=0)
    closed_through: Mapped[date | None]
    catalog_version: Mapped[int] = mapped_column(default=0)
    default_warehouse_id: Mapped[int | None]
    practice_of_id: Mapped[int | None]
    settings: Mapped[dict[str, Any]]


company = Company.__table__


def the_company(conn: Connection, company_id: int) -> Any:
    """The row; raises LookupError when the books hold no such company."""
    row = conn.execute(select(company).where(company.c.id == company_id)).one_or_none()
    if row is None:
        raise LookupError(f"company {company_id}")
    return row


def closed_through(tx: Tx) -> date | None:
    """The last closed day, read anew and held when writing: what is dated back cannot slip in while its day is being closed."""
    query = select(company.c.closed_through).where(company.c.id == tx.company_id)
    found: date | None = tx.conn.execute(
        query.with_for_update(read=True) if tx.writing else query
    ).scalar_one()
    return found


def only_company(conn: Connection) -> int:
    """The id of the first real company; raises LookupError before `init`."""
    found = conn.execute(
        select(company.c.id).where(company.c.practice_of_id.is_(None)).order_by(company.c.id)
    ).scalar()
    if found is None:
        raise LookupError("no company")
    return int(found)
