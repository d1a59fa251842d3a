"""抹零与坏账：收不回的、不用付的、多收不退的，从往来里抹掉，记费用或其他收入。"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from core.commands.pay import check_amount
from core.documents import Draft, Line, by_number
from core.drafting import business_day, card
from core.errors import Choice, Need, more_than_open, no_such, nothing_open
from core.gates import Barrier
from core.locks import lock_documents, lock_partners
from core.partners import partner
from core.posting_rules import Kind, Role
from core.prepared import Prepared
from core.settling import balance, open_items_of, will_settle
from core.tx import Tx
from core.values import yuan

SMALL_CHANGE_FEN = 1_000  # more than this is a bad debt, for the owner to decide (decision 64)
# what can be written off: the side and sign of the items, the line that does it, what it is called
WAYS = {
    "应收": ("R", 1, Role.OWED_TO_US),
    "应付": ("P", 1, Role.OWED_BY_US),
    "多收": ("R", -1, Role.OVERPAID),
}


@dataclass(frozen=True, slots=True)
class WriteOff:
    """number None = the oldest due first; amount_fen None = all that is open; owed: 应收 应付 多收, asked when several fit."""

    partner_id: int
    amount_fen: int | None = None
    number: str | None = None
    owed: str = ""
    day: date | None = None
    note: str = ""


def prepare(tx: Tx, command: WriteOff) -> Prepared:
    """Order: amount → day → document → partner → which side → how much. A stopped partner's debts can be written off too."""
    if command.amount_fen is not None:
        check_amount(command.amount_fen, "抹零", "抹零 老王 3.5")
    day = business_day(tx, command.day)
    named = by_number(tx.conn, tx.company_id, command.number) if command.number else None
    lock_documents(tx, [named.id] if named is not None else [])
    who = _who(tx, command.partner_id)
    found = {
        word: rows
        for word, (side, sign, _) in WAYS.items()
        if (rows := [row for row in _open(tx, who.id, side, named) if row.sign == sign])
    }
    word = _which(who.name, command.owed, found, named)
    side, sign, role = WAYS[word]
    items, whole = found[word], sum(row.open_fen for row in found[word])
    amount = whole if command.amount_fen is None else command.amount_fen
    if amount > whole:
        raise more_than_open(
            f"{named.number if named is not None else who.name} {word}", yuan(amount), yuan(whole)
        )
    reason = "抹零" if amount <= SMALL_CHANGE_FEN else "坏账"
    draft = Draft(
        Kind.WRITE_OFF,
        [Line(role, amount_fen=amount, reason=reason)],
        day,
        who.id,
        parent_id=named.id if named is not None else None,
        note=command.note,
        against=tuple(row.id for row in items),
    )
    before = balance(open_items_of(tx, who.id, side))
    shown = card(
        tx,
        "抹零" if reason == "抹零" else "记坏账",
        draft,
        partner=who.name,
        reason=f"{word}不要了" if sign > 0 else "多收不退",
        settles=will_settle(items, amount, -sign),
        balances=[
            {
                "name": "应付" if side == "P" else "应收",
                "before_fen": before,
                "after_fen": before - sign * amount,
            }
        ],
    )
    facts = [draft.kind, who.id, word, amount, day, draft.against, before]
    return Prepared(
        shown, facts, draft, [], [], amount, barriers=_bad_debt(who.name, amount) if reason == "坏账" else []
    )


def _bad_debt(name: str, amount_fen: int) -> list[Barrier]:
    words = f"{name} {yuan(amount_fen)} 算坏账：一次抹零最多 {yuan(SMALL_CHANGE_FEN)}"
    return [Barrier("bad_debt", words, words)]


def _who(tx: Tx, partner_id: int) -> Any:
    lock_partners(tx, [partner_id])
    query = select(partner).where(partner.c.id == partner_id, partner.c.company_id == tx.company_id)
    row = tx.conn.execute(query).one_or_none()
    if row is None:
        raise no_such("往来单位", str(partner_id), "请核对名称再说。")
    return row


def _open(tx: Tx, partner_id: int, side: str, named: Any) -> list[Any]:
    rows = open_items_of(tx, partner_id, side)
    return rows if named is None else [row for row in rows if row.document_id == named.id]


def _which(name: str, said: str, found: dict[str, list[Any]], named: Any) -> str:
    what = named.number if named is not None else name
    if not found or (said and said not in found):
        raise nothing_open(f"{what} {said}".strip(), "不用抹，请核对单位和单号。")
    if said or len(found) == 1:
        return said or next(iter(found))
    choices = (
        Choice(f"{word} {yuan(sum(row.open_fen for row in rows))}", {"owed": word}, number)
        for number, (word, rows) in enumerate(found.items(), 1)
    )
    raise Need("owed", f"{what} 要抹哪一边？回序号。", tuple(choices))
