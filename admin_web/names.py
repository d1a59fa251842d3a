"""一次请求里要用的名字：往来单位、仓库、员工、类别、单位；只含这个人看得到的。"""

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from starlette.requests import Request

from core.catalog import product, product_unit
from core.company import company
from core.partners import partner
from core.rights import CUSTOMERS, RECEIVABLE, SUPPLIERS, sees
from core.staff import Actor, staff
from core.values import MILLI, to_day
from core.warehouses import warehouse


class Names:
    """Looked up once per request, each when first needed."""

    def __init__(self, session: Session, actor: Actor) -> None:
        self.session, self.actor = session, actor
        self._units: dict[int, dict[str, int]] = {}

    @cached_property
    def company(self) -> Any:
        return self.session.execute(select(company).where(company.c.id == self.actor.company_id)).one()

    @cached_property
    def _partners(self) -> list[Any]:
        sides = [partner.c.is_customer] if sees(self.actor, CUSTOMERS) else []
        sides += [partner.c.is_supplier] if sees(self.actor, SUPPLIERS) else []
        query = select(
            partner.c.id, partner.c.name, partner.c.is_customer, partner.c.is_supplier, partner.c.active
        )
        return list(
            self.session.execute(
                query.where(partner.c.company_id == self.actor.company_id, or_(False, *sides)).order_by(
                    partner.c.name
                )
            )
        )

    @cached_property
    def partners(self) -> dict[int, str]:
        return {row.id: row.name for row in self._partners}

    @cached_property
    def suppliers(self) -> dict[int, str]:
        return {row.id: row.name for row in self._partners if row.is_supplier and sees(self.actor, SUPPLIERS)}

    @cached_property
    def warehouses(self) -> dict[int, str]:
        query = select(warehouse.c.id, warehouse.c.name).where(
            warehouse.c.company_id == self.actor.company_id
        )
        return {row.id: row.name for row in self.session.execute(query.order_by(warehouse.c.id))}

    @cached_property
    def people(self) -> dict[int, str]:
        query = select(staff.c.id, staff.c.name).where(staff.c.company_id == self.actor.company_id)
        return {row.id: row.name for row in self.session.execute(query.order_by(staff.c.id))}

    @cached_property
    def categories(self) -> list[str]:
        query = select(product.c.category).where(product.c.company_id == self.actor.company_id).distinct()
        return sorted(self.session.execute(query).scalars())

    @cached_property
    def partner_categories(self) -> list[str]:
        query = select(partner.c.category).where(partner.c.company_id == self.actor.company_id).distinct()
        return sorted(word for word in self.session.execute(query).scalars() if word)

    @cached_property
    def levels(self) -> list[str]:
        if not sees(self.actor, RECEIVABLE):
            return []
        query = select(partner.c.level).where(partner.c.company_id == self.actor.company_id).distinct()
        return sorted(word for word in self.session.execute(query).scalars() if word)

    terms = ("现结", "货到付款", "7天", "15天", "30天", "月结30天", "月结60天")

    def units(self, product_id: int, base_unit: str) -> dict[str, int]:
        if product_id not in self._units:
            self.load_units([product_id])
        return {base_unit: MILLI} | self._units[product_id]

    def load_units(self, product_ids: Iterable[int]) -> None:
        """Fetch the units of a whole page of products in one statement."""
        wanted = sorted(set(product_ids) - set(self._units))
        self._units |= {one: {} for one in wanted}
        for row in self.session.execute(select(product_unit).where(product_unit.c.product_id.in_(wanted))):
            self._units[row.product_id][row.unit] = row.factor_milli


def today_of(request: Request) -> date:
    """The company's day."""
    return to_day(request.state.now, names_of(request).company.day_cut_hour)


def names_of(request: Request) -> Names:
    found: Names | None = getattr(request.state, "names", None)
    if found is None:
        found = request.state.names = Names(request.state.session, request.state.actor)
    return found
