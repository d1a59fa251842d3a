"""仓库与库位。"""

from sqlalchemy import Connection, ForeignKey, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base

BIN = r"[A-Z]{1,3}-?\d{1,3}(?:-\d{1,3}){0,3}"  # how a bin is written: A1, B12, C-2-3


class Warehouse(Base):
    __tablename__ = "warehouse"
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    code: Mapped[str]
    name: Mapped[str]
    aliases: Mapped[list[str]] = mapped_column(default=list)
    active: Mapped[bool] = mapped_column(default=True)
    changed: Mapped[int] = mapped_column(default=0)


warehouse = Warehouse.__table__


_NAMES = select(warehouse.c.id, warehouse.c.name).where(warehouse.c.company_id == bindparam("company"))


def warehouse_names(conn: Connection, company_id: int) -> dict[int, str]:
    return {row.id: row.name for row in conn.execute(_NAMES, {"company": company_id})}
