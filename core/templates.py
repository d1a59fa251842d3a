"""订单模板的两张表：叫什么、给谁的、哪些货各多少；没有价格，用的时候按当天的。"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.errors import no_such


class OrderTemplate(Base):
    __tablename__ = "order_template"
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    name: Mapped[str]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    saved_at: Mapped[datetime]


class OrderTemplateLine(Base):
    __tablename__ = "order_template_line"
    template_id: Mapped[int] = mapped_column(ForeignKey("order_template.id"), primary_key=True)
    line_no: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    said_milli: Mapped[int]
    unit: Mapped[str]
    gift: Mapped[bool]


order_template, order_template_line = OrderTemplate.__table__, OrderTemplateLine.__table__


def template_named(conn: Connection, company_id: int, name: str) -> Any:
    """Raises NotFound with the names that exist."""
    row = conn.execute(
        select(order_template).where(
            order_template.c.company_id == company_id, order_template.c.name == name.strip()
        )
    ).one_or_none()
    if row is None:
        known = list(
            conn.execute(
                select(order_template.c.name)
                .where(order_template.c.company_id == company_id)
                .order_by(order_template.c.saved_at.desc())
                .limit(8)
            ).scalars()
        )
        hint = f"现有的模板：{'、'.join(known)}。" if known else "还没有模板，下过单后说“存为模板 名字”。"
        raise no_such("模板", name, hint)
    return row


def lines_of(conn: Connection, template_id: int) -> list[Any]:
    query = select(order_template_line).where(order_template_line.c.template_id == template_id)
    return list(conn.execute(query.order_by(order_template_line.c.line_no)))
