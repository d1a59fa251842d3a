"""资金账户：开一个新的，或准许、收回透支。"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from core.accounts import account, fund, open_fund
from core.errors import Invalid, exists_already
from core.locks import lock_funds
from core.posting_rules import Account
from core.prepared import Prepared
from core.staff import May
from core.tx import Tx
from core.values import yuan

LONGEST = 20


@dataclass(frozen=True, slots=True)
class KeepFund:
    """Open the fund of this name unless there is one; overdraft None = as it is (a new one may not go below zero)."""

    name: str
    overdraft: bool | None = None


def prepare(tx: Tx, command: KeepFund) -> Prepared:
    """Raises Clash for a name the books use for something else, Invalid for nothing to do or a debt that must be paid first."""
    name = command.name.strip()
    if not 0 < len(name) <= LONGEST:
        raise Invalid("name", f"账户要有名字，最多 {LONGEST} 个字，例如“招行卡”。")
    if command.overdraft is not None:
        tx.actor.require(May.OVERDRAFT)
    query = select(account).where(account.c.company_id == tx.company_id, account.c.name == name)
    known = tx.conn.execute(query).one_or_none()
    if known is not None and known.role != Account.CASH:
        raise exists_already(f"科目“{name}”", name)
    before = lock_funds(tx, [known.id])[known.id] if known is not None else None
    if before is not None and command.overdraft in (None, before.overdraft):
        raise exists_already(f"账户“{name}”", f"余额 {yuan(before.balance_fen)}")
    if before is not None and not command.overdraft and before.balance_fen < 0:
        raise Invalid("overdrawn", f"{name} 还欠着 {yuan(-before.balance_fen)}，先把钱补进去，再收回透支。")
    said = "" if command.overdraft is None else "，可透支" if command.overdraft else "，不可透支"
    shown = {"title": "改账户" if known is not None else "开账户", "kind": "", "reason": name + said}
    return Prepared(shown, [name, command.overdraft, known.id if known is not None else None])


def do(tx: Tx, command: KeepFund, prepared: Prepared) -> dict[str, Any]:
    name, overdraft, known = prepared.facts
    fund_id = known or open_fund(tx.conn, tx.company_id, name)
    if overdraft is not None:
        tx.conn.execute(update(fund).where(fund.c.account_id == fund_id).values(overdraft=overdraft))
    return prepared.card | {"id": fund_id}
