"""对冲：一家既是客户又是供应商，拿他欠我们的抵我们欠他的。"""

from dataclasses import dataclass
from datetime import date

from core.commands.pay import check_amount
from core.documents import Draft, Line
from core.drafting import business_day, card
from core.errors import Invalid, more_than_open
from core.partners import the_partner
from core.posting_rules import Kind, Role
from core.prepared import Prepared
from core.settling import balance, open_items_of, will_settle
from core.tx import Tx
from core.values import yuan


@dataclass(frozen=True, slots=True)
class NetOff:
    """amount_fen None = as much as both sides owe."""

    partner_id: int
    amount_fen: int | None = None
    day: date | None = None
    note: str = ""


def prepare(tx: Tx, command: NetOff) -> Prepared:
    """Both sides must owe; the amount goes off each, oldest due first."""
    if command.amount_fen is not None:
        check_amount(command.amount_fen, "对冲", "对冲 老王 500")
    day = business_day(tx, command.day)
    who = the_partner(tx, command.partner_id)
    sides = {side: open_items_of(tx, who.id, side) for side in ("R", "P")}
    to_us, by_us = balance(sides["R"]), balance(sides["P"])
    if to_us <= 0 or by_us <= 0:
        raise Invalid(
            "nothing_to_net",
            f"{who.name} 应收 {yuan(to_us)}、应付 {yuan(by_us)}，两边都欠着才能对冲。没有对冲，请按收款或付款办。",
        )
    amount = min(to_us, by_us) if command.amount_fen is None else command.amount_fen
    if amount > min(to_us, by_us):
        raise more_than_open(
            f"{who.name} {'应收' if to_us < by_us else '应付'}", yuan(amount), yuan(min(to_us, by_us))
        )
    draft = Draft(Kind.NETTING, [Line(Role.LINE, amount_fen=amount)], day, who.id, note=command.note)
    shown = card(
        tx,
        "对冲",
        draft,
        partner=who.name,
        settles=[one for items in sides.values() for one in will_settle(items, amount)],
        balances=[
            {"name": name, "before_fen": fen, "after_fen": fen - amount}
            for name, fen in (("应收", to_us), ("应付", by_us))
        ],
    )
    return Prepared(shown, [draft.kind, who.id, amount, day, to_us, by_us], draft, [], [], amount)
