"""往来：钱进应收、出应付就生出未清项，先到期的先核销；红冲把它们原样还回去。"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, select, text, update

from core.accounts import STILL_OWED, Chart, change, open_item, settlement
from core.documents import Draft, document
from core.posting_rules import Account, Kind, Measure
from core.tx import Tx

OTHER, LATER = open_item.alias("other"), settlement.alias("later")
PAYMENTS = (Kind.PAYMENT_IN, Kind.PAYMENT_OUT)


@dataclass(frozen=True, slots=True)
class Settled:
    document_number: str
    amount_fen: int


def open_items(tx: Tx, draft: Draft, entries: list[dict[str, Any]], accounts: Chart) -> list[dict[str, Any]]:
    """Money entering RECEIVABLE or leaving PAYABLE is owed (+1); the other way settles (−1) (decision 16)."""
    owed: dict[tuple[int, str, int, date | None], int] = defaultdict(int)
    for row in (row for row in entries if row["measure"] == Measure.MONEY):
        due = draft.lines[row["line_no"] - 1].due_date or draft.due_date
        for account_id, entering in ((row["target_id"], 1), (row["source_id"], -1)):
            role = accounts.role[account_id]
            if role is Account.RECEIVABLE:
                owed[row["partner_id"], "R", entering, due] += row["amount"]
            elif role is Account.PAYABLE:
                owed[row["partner_id"], "P", -entering, due] += row["amount"]
    rows = [
        {
            "company_id": tx.company_id,
            "document_id": draft.id,
            "partner_id": partner_id,
            "side": side,
            "sign": sign,
            "amount_fen": amount,
            "open_fen": amount,
            "due_date": due or draft.business_date,
            "provisional": draft.provisional,
        }
        for (partner_id, side, sign, due), amount in owed.items()
    ]
    if rows:
        tx.conn.execute(open_item.insert(), rows)
    return rows


def match_oldest(debits: Sequence[Any], settling: Sequence[Any]) -> list[tuple[Any, Any, int]]:
    """Pairs (debit, credit, fen), each list already in the order it is to be used; pure."""
    pairs: list[tuple[Any, Any, int]] = []
    left = {row.id: row.open_fen for row in (*debits, *settling)}
    waiting = list(debits)
    for credit in settling:
        while left[credit.id] and waiting:
            part = min(left[credit.id], left[waiting[0].id])
            pairs.append((waiting[0], credit, part))
            left[credit.id] -= part
            left[waiting[0].id] -= part
            if not left[waiting[0].id]:
                waiting.pop(0)
    return pairs


def open_items_of(tx: Tx, partner_id: int, side: str, against: int = 0) -> list[Any]:
    """Open items with their document's number, oldest due first; locked when writing.

    against: only if there is any of this sign. Most documents meet nothing to settle with, and need not read all that is owed.
    """
    wanted = {"company": tx.company_id, "side": side, "partner": partner_id}
    return list(
        tx.conn.execute(
            _open_items(bool(against), tx.writing), wanted | ({"against": against} if against else {})
        )
    )


@cache
def _open_items(against: bool, writing: bool) -> Select[Any]:
    query = (
        select(open_item, document.c.number)
        .join(document, document.c.id == open_item.c.document_id)
        .where(
            open_item.c.company_id == bindparam("company"),
            open_item.c.side == bindparam("side"),
            open_item.c.partner_id == bindparam("partner"),
            STILL_OWED,
        )
        .order_by(open_item.c.due_date, open_item.c.id)
    )
    if against:
        query = query.where(
            exists().where(
                OTHER.c.company_id == bindparam("company"),
                OTHER.c.side == bindparam("side"),
                OTHER.c.partner_id == bindparam("partner"),
                OTHER.c.sign == bindparam("against"),
                text("other.open_fen > 0"),
            )
        )
    return query.with_for_update(key_share=True, of=open_item) if writing else query


@dataclass(slots=True)
class _Coming:
    """The item a document is about to open."""

    open_fen: int
    id: int = 0


def will_settle(items: list[Any], amount_fen: int, sign: int = -1) -> list[dict[str, Any]]:
    """What an item of this sign and amount will settle among these: number, due date, fen, what is left; a preview of settle()."""
    coming = [_Coming(amount_fen)]
    debits = [row for row in items if row.sign > 0] + (coming if sign > 0 else [])
    paid = [row for row in items if row.sign < 0] + (coming if sign < 0 else [])
    pairs = match_oldest(debits, paid)
    met = [(debit if sign < 0 else credit, part) for debit, credit, part in pairs if not debit.id * credit.id]
    return [
        {"number": row.number, "due": str(row.due_date), "fen": part, "left_fen": row.open_fen - part}
        for row, part in met
    ]


def balance(items: list[Any]) -> int:
    """What is owed in all, advances and returns taken off."""
    return sum(row.sign * row.open_fen for row in items)


def settle(tx: Tx, draft: Draft, items: list[dict[str, Any]]) -> tuple[Settled, ...]:
    """Payments, returns and advances settle the oldest open items by themselves (decisions 16, 67, 71)."""
    if draft.kind is Kind.OPENING:
        return ()
    settled: list[Settled] = []
    for side in sorted({row["side"] for row in items}):
        mine = [row for row in items if row["side"] == side]
        rows = open_items_of(tx, mine[0]["partner_id"], side, against=-mine[0]["sign"])
        if draft.against:
            rows = [row for row in rows if row.id in draft.against or row.document_id == draft.id]
        pairs = match_oldest([r for r in rows if r.sign > 0], [r for r in rows if r.sign < 0])
        write_settlements(tx, draft.id, [(debit.id, credit.id, part) for debit, credit, part in pairs])
        settled += [
            Settled(credit.number if debit.document_id == draft.id else debit.number, part)
            for debit, credit, part in pairs
        ]
    return tuple(settled)


def write_settlements(
    tx: Tx, document_id: int, pairs: list[tuple[int, int, int]], reverses: list[int] | None = None
) -> None:
    if not pairs:
        return
    tx.conn.execute(
        settlement.insert(),
        [
            {
                "document_id": document_id,
                "debit_id": debit,
                "credit_id": credit,
                "amount_fen": part,
                "reverses_id": reverses[i] if reverses else None,
            }
            for i, (debit, credit, part) in enumerate(pairs)
        ],
    )
    change(
        tx.conn,
        update(open_item)
        .where(open_item.c.id == bindparam("of"))
        .values(open_fen=open_item.c.open_fen - bindparam("by")),
        [{"of": of, "by": part} for debit, credit, part in pairs for of in (debit, credit)],
    )


# ── undoing ──


def undo_settlements(tx: Tx, original: Any, draft: Draft) -> None:
    """What the original settled by itself is re-opened first; of a payment, all it was settled with (decision 66)."""
    its = settlement.c.document_id == original.id
    if original.kind in PAYMENTS:
        items = select(open_item.c.id).where(open_item.c.document_id == original.id)
        its = its | settlement.c.debit_id.in_(items) | settlement.c.credit_id.in_(items)
    rows = tx.conn.execute(select(settlement).where(its, standing()).order_by(settlement.c.id)).all()
    reopen(tx, draft.id, rows)


def reopen(tx: Tx, document_id: int, rows: Sequence[Any]) -> None:
    """Undo these settlements by negative rows that point at them; both items are as open as before."""
    pairs = [(row.debit_id, row.credit_id, -row.amount_fen) for row in rows]
    write_settlements(tx, document_id, pairs, [row.id for row in rows])


def standing() -> ColumnElement[bool]:
    """A settlement that neither undoes another nor was undone."""
    return settlement.c.reverses_id.is_(None) & ~exists().where(LATER.c.reverses_id == settlement.c.id)


def cancel_items(tx: Tx, original: Any, draft: Draft) -> None:
    rows = tx.conn.execute(
        select(open_item).where(open_item.c.document_id.in_([original.id, draft.id])).order_by(open_item.c.id)
    ).all()
    mine: dict[tuple[int, str, int], list[Any]] = defaultdict(list)
    for row in rows:
        mine[row.partner_id, row.side, row.document_id].append(row)
    pairs = []
    for (partner_id, side, document_id), olds in mine.items():
        if document_id != original.id:
            continue
        news = mine[partner_id, side, draft.id]
        owed, paid = (olds, news) if olds[0].sign > 0 else (news, olds)
        pairs += [(debit.id, credit.id, part) for debit, credit, part in match_oldest(owed, paid)]
    write_settlements(tx, draft.id, pairs)
