"""开张：建公司、老板、第一个仓库、资金账户。"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from core.accounts import open_accounts, open_fund
from core.company import company
from core.db import Books
from core.staff import KEEPER_ROLE, staff
from core.values import to_day
from core.warehouses import warehouse

FUNDS = ("现金", "微信", "支付宝", "银行")


@dataclass(frozen=True, slots=True)
class Founding:
    company_id: int
    owner_id: int
    warehouse_id: int


def found_company(
    books: Books,
    name: str,
    owner: str,
    now: datetime,
    profile: str = "food",
    settings: dict[str, Any] | None = None,
) -> Founding:
    """A company in its first state: one owner, 主仓, four funds. The one write that no command can make."""
    with books.transaction() as conn:
        company_id = conn.execute(
            company.insert().returning(company.c.id),
            {
                "name": name,
                "profile": profile,
                "today": to_day(now),
                "day_cut_hour": 0,
                "catalog_version": 0,
                "settings": settings or {},
            },
        ).scalar_one()
        base = {"company_id": company_id, "limit_fen": 0, "posts_directly": False, "active": True}
        owner_id = conn.execute(
            staff.insert().returning(staff.c.id), base | {"name": owner, "roles": ["老板"]}
        ).scalar_one()
        conn.execute(staff.insert(), base | {"name": "掌柜", "roles": [KEEPER_ROLE]})
        warehouse_id = conn.execute(
            warehouse.insert().returning(warehouse.c.id),
            {
                "company_id": company_id,
                "code": "CK01",
                "name": "主仓",
                "aliases": [],
                "active": True,
                "changed": 0,
            },
        ).scalar_one()
        conn.execute(
            update(company).where(company.c.id == company_id).values(default_warehouse_id=warehouse_id)
        )
        open_accounts(conn, company_id)
        open_accounts(
            conn, company_id, conn.execute(select(warehouse).where(warehouse.c.id == warehouse_id)).one()
        )
        for fund_name in FUNDS:
            open_fund(conn, company_id, fund_name)
    return Founding(int(company_id), int(owner_id), int(warehouse_id))
