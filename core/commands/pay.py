"""收款与付款：钱进出资金账户，先还最早到期的。"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from core.accounts import funds
from core.documents import Draft, Line, by_number
from core.drafting import business_day, card
from core.errors import Invalid, fund_short, nothing_open, too_large
from core.locks import lock_documents, lock_funds
from core.partners import the_partner
from core.posting_rules import Kind, Role
from core.prepared import Prepared
from core.settling import balance, open_items_of, will_settle
from core.tx import Tx
from core.values import MAX_MONEY_FEN, yuan

# words people use for a way of paying → fund name
METHODS = {
    "现金": "现金",
    "现付": "现金",
    "微信": "微信",
    "支付宝": "支付宝",
    "转账": "银行",
    "银行": "银行",
    "对公": "银行",
    "打款": "银行",
    "汇款": "银行",
    "网银": "银行",
    "刷卡": "银行",
} | dict.fromkeys(
    [
        "建行",
        "工行",
        "农行",
        "中行",
        "交行",
        "招行",
        "邮储",
        "信用社",
        "农商行",
        "建设银行",
        "工商银行",
        "农业银行",
        "招商银行",
        "银行卡",
        "银行转账",
        "对公转账",
        "公账",
    ],
    "银行",
)


@dataclass(frozen=True, slots=True)
class TakePayment:
    partner_id: int
    amount_fen: int
    method: str = ""
    day: date | None = None
    note: str = ""
    number: str | None = None  # the document it pays; unsaid = the oldest due first


@dataclass(frozen=True, slots=True)
class PaySupplier:
    partner_id: int
    amount_fen: int
    method: str = ""
    day: date | None = None
    note: str = ""
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """Which way money goes: the document, the side it settles, and the words."""

    kind: Kind
    side: str
    title: str
    owed: str
    ahead: str


TAKING = Way(Kind.PAYMENT_IN, "R", "收款", "应收", "预收")
PAYING = Way(Kind.PAYMENT_OUT, "P", "付款", "应付", "预付")


def prepare_taking(tx: Tx, command: TakePayment) -> Prepared:
    return _prepare(tx, command, TAKING)


def prepare_paying(tx: Tx, command: PaySupplier) -> Prepared:
    return _prepare(tx, command, PAYING)


def _prepare(tx: Tx, command: TakePayment | PaySupplier, way: Way) -> Prepared:
    """Order: amount → partner → fund → day. The card lists what it settles, oldest due first; the rest is an advance."""
    check_amount(command.amount_fen, way.title, f"{way.title} 老王 500")
    day = business_day(tx, command.day)
    named = by_number(tx.conn, tx.company_id, command.number) if command.number else None
    lock_documents(tx, [named.id] if named is not None else [])
    who = _who(tx, command.partner_id, way)
    defaulted: list[str] = []
    fund = the_fund(tx, command.method, defaulted)
    fund = lock_funds(tx, [fund.account_id])[fund.account_id]
    if way is PAYING:
        check_fund(fund, command.amount_fen)
    draft = Draft(
        way.kind,
        [Line(Role.LINE, amount_fen=command.amount_fen, fund_id=fund.account_id)],
        day,
        who.id,
        note=command.note,
    )
    items = open_items_of(tx, who.id, way.side)
    owed = balance(items)
    if named is not None:
        items = [row for row in items if row.document_id == named.id and row.sign > 0]
        draft.against = tuple(row.id for row in items)
        if not items:
            raise nothing_open(f"{who.name} 的 {named.number}", "请核对单号；不说单号就先还最早到期的。")
    shown = card(
        tx,
        way.title,
        draft,
        partner=who.name,
        fund=fund.name,
        owed=way.owed,
        owed_before_fen=owed,
        owed_after_fen=owed - command.amount_fen,
        settles=will_settle(items, command.amount_fen),
        ahead=way.ahead,
    )
    facts = [draft.kind, who.id, command.amount_fen, fund.account_id, day, owed, draft.against]
    return Prepared(shown, facts, draft, defaulted, [], command.amount_fen)


def check_amount(fen: int, title: str, example: str) -> None:
    if fen <= 0:
        raise Invalid("amount", f"{title}金额要大于 0。请重新说，例如“{example}”。")
    if fen > MAX_MONEY_FEN:
        raise too_large("金额")


def check_fund(fund: Any, amount_fen: int) -> None:
    """A fund does not go below zero unless 允许透支 is set on it (decision 65)."""
    if not fund.overdraft and fund.balance_fen < amount_fen:
        raise fund_short(fund.name, yuan(fund.balance_fen), yuan(amount_fen))


def _who(tx: Tx, partner_id: int, way: Way) -> Any:
    row = the_partner(tx, partner_id)
    if way is TAKING and not row.is_customer:
        raise Invalid("not_customer", f"{row.name} 是供应商，不是客户。付钱给它请说“付款 {row.name} 金额”。")
    if way is PAYING and not row.is_supplier:
        raise Invalid("not_supplier", f"{row.name} 是客户，不是供应商。收它的钱请说“收款 {row.name} 金额”。")
    return row


def the_fund(tx: Tx, method: str, defaulted: list[str]) -> Any:
    """The fund a way of paying means; unsaid = the company's first fund, marked."""
    known = funds(tx.conn, tx.company_id)
    if method:
        wanted = METHODS.get(method, method)  # a fund of that very name comes first: 招行 may be one
        found = sorted((f for f in known if f.name in (method, wanted)), key=lambda fund: fund.name != method)
        if not found:
            raise Invalid(
                "fund",
                f"没有“{method}”这个账户，可以用：{'、'.join(fund.name for fund in known)}。换一个再说。",
            )
        return found[0]
    default = tx.company.settings.get("default_fund")
    chosen = next((fund for fund in known if fund.name == default), known[0])
    defaulted.append(f"账户按默认 {chosen.name}")
    return chosen
