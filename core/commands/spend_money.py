"""费用、其他收入、资金调拨：没有往来单位的钱，从哪个账户出、进哪个账户、为了什么。"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from core.commands.pay import check_amount, check_fund, the_fund
from core.documents import Draft, Line
from core.drafting import business_day, card
from core.errors import Choice, Invalid, Need
from core.locks import lock_funds
from core.posting_rules import Kind, Role
from core.prepared import Prepared
from core.tx import Tx
from core.values import yuan

# what money is spent on or earned by → other words for it; the first word stands on the line
EXPENSES: Mapping[str, tuple[str, ...]] = {
    "房租": ("租金", "店租", "仓租"),
    "水电": ("水费", "电费", "水电费"),
    "工资": ("薪水", "工钱", "奖金"),
    "运输": ("油费", "过路费", "停车费", "快递费", "搬运费"),
    "办公": ("电话费", "网费", "耗材", "包装"),
    "招待": ("餐费", "请客"),
    "修理": ("维修", "保养"),
    "税费": ("税", "手续费"),
    "其他": ("杂费",),
}
INCOMES: Mapping[str, tuple[str, ...]] = {
    "废品": ("卖废品", "纸箱"),
    "利息": (),
    "补贴": ("奖励",),
    "赔款": ("赔偿",),
    "其他": (),
}


@dataclass(frozen=True, slots=True)
class SpendMoney:
    """what: one of EXPENSES or another word for it; "其他" needs a note. method as in PaySupplier."""

    amount_fen: int
    what: str = ""
    method: str = ""
    day: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class EarnMoney:
    """what: one of INCOMES or another word for it; "其他" needs a note."""

    amount_fen: int
    what: str = ""
    method: str = ""
    day: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class MoveFunds:
    """From the fund `source` into the fund `target`, both named or by a way of paying (现金, 转账 …)."""

    amount_fen: int
    source: str
    target: str
    day: date | None = None
    note: str = ""


def prepare_spending(tx: Tx, command: SpendMoney) -> Prepared:
    return _prepare(tx, command, Kind.EXPENSE, "费用", EXPENSES, "费用 房租 3000 银行")


def prepare_earning(tx: Tx, command: EarnMoney) -> Prepared:
    return _prepare(tx, command, Kind.INCOME, "其他收入", INCOMES, "其他收入 废品 50 现金")


def _prepare(
    tx: Tx,
    command: SpendMoney | EarnMoney,
    kind: Kind,
    title: str,
    words: Mapping[str, tuple[str, ...]],
    example: str,
) -> Prepared:
    """Order: amount → what for → day → fund. Raises Need for what it was, NotEnough for a fund that does not hold it."""
    check_amount(command.amount_fen, title, example)
    what = _what(command, words, title)
    day = business_day(tx, command.day)
    defaulted: list[str] = []
    fund_id = the_fund(tx, command.method, defaulted).account_id
    fund = lock_funds(tx, [fund_id])[fund_id]
    if kind is Kind.EXPENSE:
        check_fund(fund, command.amount_fen)
    line = Line(Role.LINE, amount_fen=command.amount_fen, fund_id=fund_id, reason=what)
    draft = Draft(kind, [line], day, note=command.note)
    after = fund.balance_fen + (command.amount_fen if kind is Kind.INCOME else -command.amount_fen)
    shown = card(
        tx, f"记{title}", draft, fund=fund.name, reason=what, funds=[{"name": fund.name, "fen": after}]
    )
    return Prepared(
        shown, [kind, command.amount_fen, fund_id, day, what], draft, defaulted, [], draft.total_fen
    )


def _what(command: SpendMoney | EarnMoney, words: Mapping[str, tuple[str, ...]], title: str) -> str:
    said = command.what or command.note
    found = next((one for one, others in words.items() if said == one or said in others), None)
    if found is None:
        choices = tuple(Choice(one, {"reason": one}, number) for number, one in enumerate(words, 1))
        raise Need("reason", f"这笔{title} {yuan(command.amount_fen)} 是什么？回序号。", choices)
    if found == "其他" and not command.note:
        raise Need("note", f"这笔{title} {yuan(command.amount_fen)} 记“其他”，写一句是什么，例如“买扫帚”。")
    return found


def prepare_moving(tx: Tx, command: MoveFunds) -> Prepared:
    check_amount(command.amount_fen, "资金调拨", "资金调拨 现金 到 银行 5000")
    day = business_day(tx, command.day)
    if not (command.source and command.target):
        raise Invalid("fund", "要说从哪个账户到哪个账户，例如“资金调拨 现金 到 银行 5000”。")
    out, into = (the_fund(tx, name, []).account_id for name in (command.source, command.target))
    if out == into:
        raise Invalid("same_fund", "转出和转入是同一个账户。请换一个转入账户再说。")
    rows = lock_funds(tx, [out, into])
    check_fund(rows[out], command.amount_fen)
    line = Line(Role.LINE, amount_fen=command.amount_fen, fund_id=out, to_fund_id=into)
    draft = Draft(Kind.FUND_TRANSFER, [line], day, note=command.note)
    after = [
        {"name": rows[one].name, "fen": rows[one].balance_fen + by}
        for one, by in ((out, -command.amount_fen), (into, command.amount_fen))
    ]
    shown = card(tx, "调拨资金", draft, fund=f"{rows[out].name} → {rows[into].name}", funds=after)
    return Prepared(
        shown, [draft.kind, command.amount_fen, out, into, day], draft, [], [], command.amount_fen
    )
