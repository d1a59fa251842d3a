"""结账与反结账：一天或一个月结掉，以前的日子不能再记单；没办完的事先列出来。"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, exists, select, update

from core.books.unpriced import unpriced
from core.company import company
from core.documents import document, stands
from core.errors import Invalid, open_problems
from core.posting_rules import Kind
from core.prepared import Prepared
from core.proof import prove_figures
from core.staff import May
from core.tx import Tx

LISTED = 3  # so many numbers of a problem are named
NOTHING = "没有结过"


@dataclass(frozen=True, slots=True)
class CloseBooks:
    """Close every day up to `through`, which must be over. anyway: in spite of open problems, by the owner; never when the books are wrong."""

    through: date
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class ReopenBooks:
    """Open again every day after `through`; None = all of them."""

    through: date | None = None


def prepare_closing(tx: Tx, command: CloseBooks) -> Prepared:
    """Raises Invalid for a day that is not over or closed already, Blocked with the list of what is open."""
    closed = _held(tx)
    if command.through >= tx.today:
        raise Invalid("not_over", f"{command.through} 还没过完，不能结。请过了这天再结，或先结到前一天。")
    if closed and command.through <= closed:
        raise Invalid("closed_already", f"已经结到 {closed}，{command.through} 早就结了，不用再结。")
    wrong = _wrong(tx)
    problems = _open(tx, command.through)
    if wrong or (problems and not command.anyway):
        raise open_problems(str(command.through), wrong + problems)
    if problems:
        tx.actor.require(May.REOPEN)
    shown = {"title": "结账", "kind": "", "through": str(command.through), "before": str(closed or NOTHING)}
    return Prepared(shown, [command.through, closed, problems], warnings=problems)


def prepare_reopening(tx: Tx, command: ReopenBooks) -> Prepared:
    closed = _held(tx)
    if closed is None or (command.through and command.through >= closed):
        raise Invalid("not_closed", f"现在结到 {closed or NOTHING}，没有要打开的日子。请核对日期。")
    through = str(command.through or NOTHING)
    shown = {"title": "反结账", "kind": "", "through": through, "before": str(closed)}
    return Prepared(shown, [command.through, closed])


def _held(tx: Tx) -> date | None:
    """The last closed day; held, so that whoever dates something back waits for us, and we for him."""
    query = select(company.c.closed_through).where(company.c.id == tx.company_id)
    found: date | None = tx.conn.execute(tx.locking(query)).scalar_one()
    return found


def _wrong(tx: Tx) -> list[str]:
    found = prove_figures(tx.conn, tx.company_id)
    if not found:
        return []
    first = found[0]
    return [f"账不平 {len(found)} 处：{first.what} {first.row} 账上 {first.book}，应为 {first.proved}"]


def _open(tx: Tx, through: date) -> list[str]:
    """What should be done before the day is closed: prices still estimated, goods still on the way, drafts."""
    arrived, undone = document.alias("arrived"), document.alias("undone")
    received = exists().where(
        arrived.c.parent_id == document.c.id,
        arrived.c.kind == Kind.TRANSFER_IN.value,
        arrived.c.reverses_id.is_(None),
        ~exists().where(undone.c.reverses_id == arrived.c.id),
    )

    def dated(*conditions: ColumnElement[bool]) -> list[str]:
        query = select(document.c.number).where(
            document.c.company_id == tx.company_id, document.c.business_date <= through, *conditions
        )
        return list(tx.conn.execute(query.order_by(document.c.id)).scalars())

    estimated = [one.number for one in unpriced(tx.conn, tx.company_id) if one.day <= through]
    found = (
        ("入库还是暂估价", "请补价", list(dict.fromkeys(estimated))),
        ("调拨还在途", "请收货", dated(document.c.kind == Kind.TRANSFER_OUT.value, stands(), ~received)),
        ("草稿没处理", "请记账或作废", dated(document.c.state == "draft")),
    )
    return [
        f"{what} {len(numbers)} 张：{'、'.join(numbers[:LISTED])}{' 等' if len(numbers) > LISTED else ''}，{todo}"
        for what, todo, numbers in found
        if numbers
    ]


def do(tx: Tx, command: CloseBooks | ReopenBooks, prepared: Prepared) -> dict[str, Any]:
    """Set the company's last closed day; the trail keeps who, when, from what to what."""
    tx.conn.execute(
        update(company).where(company.c.id == tx.company_id).values(closed_through=command.through)
    )
    return prepared.card
