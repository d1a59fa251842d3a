"""店铺设置：店名，逾期多久不再赊，卖低于成本的要不要等老板批。"""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select, update

from core.company import company
from core.credit import OVERDUE_DAYS
from core.errors import Invalid
from core.prepared import Prepared
from core.tx import Tx

LONGEST_NAME = 40
LONGEST_DAYS = 3650
BELOW_COST = ("ask", "warn")  # wait for 老板, or only say so


@dataclass(frozen=True, slots=True)
class SetUpShop:
    """overdue_days: owed for longer than this, and nothing leaves on credit. below_cost: one of BELOW_COST."""

    name: str
    overdue_days: int = OVERDUE_DAYS
    below_cost: str = "ask"


def now_set(row: Any) -> SetUpShop:
    """What a company's row says, with what holds where nothing was ever set."""
    return SetUpShop(
        row.name,
        int(row.settings.get("overdue_days", OVERDUE_DAYS)),
        str(row.settings.get("below_cost", "ask")),
    )


def prepare(tx: Tx, command: SetUpShop) -> Prepared:
    """Raises Invalid; `facts` hold what was before and what shall be."""
    if not 0 < len(command.name.strip()) <= LONGEST_NAME:
        raise Invalid("name", f"店名不能空着，最多 {LONGEST_NAME} 个字。", field="name")
    if not 0 <= command.overdue_days <= LONGEST_DAYS:
        raise Invalid("days", f"逾期天数填 0 到 {LONGEST_DAYS} 之间的整数。", field="overdue_days")
    if command.below_cost not in BELOW_COST:
        raise Invalid("choice", "低于成本时怎么办，从列出来的里面选一个。", field="below_cost")
    before = tx.conn.execute(tx.locking(select(company).where(company.c.id == tx.company_id))).one()
    facts = {"before": asdict(now_set(before)), "after": asdict(command), "settings": dict(before.settings)}
    return Prepared({"title": "店铺设置", "name": command.name}, facts)


def do(tx: Tx, command: SetUpShop, prepared: Prepared) -> dict[str, Any]:
    settings = prepared.facts["settings"] | {
        "overdue_days": command.overdue_days,
        "below_cost": command.below_cost,
    }
    changed = update(company).where(company.c.id == tx.company_id)
    tx.conn.execute(changed.values(name=command.name.strip(), settings=settings))
    return prepared.card | {"before": prepared.facts["before"]}
