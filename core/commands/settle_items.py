"""核销与反核销：指名哪笔钱还哪张单；放开自动核销的一对，好改核销别的。"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from core.accounts import open_item, settlement
from core.documents import Draft, Line, by_number, document, stands
from core.drafting import business_day, card, posted_result
from core.errors import Invalid, more_than_open, nothing_open
from core.ledger import post
from core.locks import lock_documents, lock_partners
from core.partners import partner
from core.posting_rules import Kind, Role
from core.prepared import Prepared
from core.settling import match_oldest, open_items_of, reopen, standing, write_settlements
from core.tx import Tx
from core.values import yuan

SIDES = {"R": "应收", "P": "应付"}


@dataclass(frozen=True, slots=True)
class SettleItems:
    """credit: number of a payment, return or other document with money left over; debits: what it pays, in this order.

    amount_fen None = as much as both sides have open.
    """

    credit: str
    debits: tuple[str, ...]
    amount_fen: int | None = None
    day: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReopenItems:
    """Undo what was settled between these two documents, by itself or by hand; the order of the two does not matter."""

    credit: str
    debit: str
    day: date | None = None
    note: str = ""


# ── 核销 ──


def prepare_settling(tx: Tx, command: SettleItems) -> Prepared:
    """Raises NotFound, Invalid for documents with nothing open, of different partners or sides."""
    day = business_day(tx, command.day)
    credit, *debits = _documents(tx, (command.credit, *command.debits))
    if not debits:
        raise Invalid(
            "no_debit", f"要说 {credit.number} 核销哪张单，例如“核销 {credit.number} DN-20260115-0001”。"
        )
    given, owed = _items(tx, credit, debits)
    who, side = given[0].partner_id, given[0].side
    most = min(_open(given), _open(owed))
    amount = most if command.amount_fen is None else command.amount_fen
    if amount <= 0:
        raise Invalid("amount", "核销金额要大于 0。不说金额就是能核多少核多少。")
    if amount > most:
        less = credit.number if _open(given) == most else "、".join(one.number for one in debits)
        raise more_than_open(less, yuan(amount), yuan(most))
    pairs = _up_to(match_oldest(owed, given), amount)
    lines = [
        Line(Role.LINE, amount_fen=part, reason=f"{paid.number} → {debt.number}")
        for debt, paid, part in pairs
    ]
    draft = Draft(Kind.SETTLEMENT, lines, day, who, parent_id=credit.id, note=command.note)
    shown = card(
        tx,
        "核销",
        draft,
        partner=_name(tx, who),
        settles=[
            {"number": debt.number, "due": str(debt.due_date), "fen": part, "left_fen": debt.open_fen - part}
            for debt, _, part in pairs
        ],
        owed=SIDES[side],
    )
    ids = [(debt.id, paid.id, part) for debt, paid, part in pairs]
    return Prepared(shown, [draft.kind, day, ids], draft, [], [], amount)


def _documents(tx: Tx, numbers: Sequence[str]) -> list[Any]:
    rows = [by_number(tx.conn, tx.company_id, number) for number in numbers]
    lock_documents(tx, [row.id for row in rows])
    return rows


def _items(tx: Tx, credit: Any, debits: list[Any]) -> tuple[list[Any], list[Any]]:
    """(what the first document has left, what the others still owe), of one partner on one side, locked."""
    order = [one.id for one in debits]
    heads = tx.conn.execute(
        select(open_item.c.partner_id, open_item.c.side)
        .where(open_item.c.document_id == credit.id, open_item.c.sign < 0)
        .order_by(open_item.c.id)
    ).all()
    lock_partners(tx, {head.partner_id for head in heads})
    for head in heads:
        rows = open_items_of(tx, head.partner_id, head.side)
        given = [row for row in rows if row.document_id == credit.id and row.sign < 0]
        owed = [row for row in rows if row.document_id in order and row.sign > 0]
        missing = set(order) - {row.document_id for row in owed}
        if given and not missing:
            return given, sorted(owed, key=lambda row: (order.index(row.document_id), row.due_date, row.id))
        if given and len(missing) < len(order):
            number = next(one.number for one in debits if one.id in missing)
            raise nothing_open(number, "它已结清，或不是同一家、同一边的单。请去掉它再说。")
    raise nothing_open(
        credit.number,
        f"或者它与 {'、'.join(one.number for one in debits)} 不是同一家、同一边的。请核对单号；已核销别处的先说“反核销 {credit.number} 单号”。",
    )


def _open(rows: list[Any]) -> int:
    return sum(row.open_fen for row in rows)


def _up_to(pairs: list[tuple[Any, Any, int]], amount_fen: int) -> list[tuple[Any, Any, int]]:
    kept = []
    for debt, paid, part in pairs:
        part = min(part, amount_fen)
        if part:
            kept.append((debt, paid, part))
            amount_fen -= part
    return kept


def do_settling(tx: Tx, _command: SettleItems, prepared: Prepared) -> dict[str, Any]:
    assert prepared.draft is not None
    post(tx, prepared.draft)
    write_settlements(tx, prepared.draft.id, prepared.facts[-1])
    return posted_result(tx, prepared.draft, prepared.card)


# ── 反核销 ──


def prepare_reopening(tx: Tx, command: ReopenItems) -> Prepared:
    """Raises Invalid when nothing is settled between the two, Blocked for what is only undone together with its document."""
    day = business_day(tx, command.day)
    both = _documents(tx, (command.credit, command.debit))
    ids = [one.id for one in both]
    items = select(open_item.c.partner_id).where(open_item.c.document_id.in_(ids))
    lock_partners(tx, set(tx.conn.execute(items).scalars()))
    rows = _between(tx, ids)
    if not rows:
        raise Invalid(
            "not_settled",
            f"{both[0].number} 和 {both[1].number} 之间没有核销。请核对单号，单据页上有它核销了谁。",
        )
    for one in both:
        if one.kind == Kind.WRITE_OFF:
            raise Invalid(
                "written_off", f"{one.number} 抹掉的款不能改核销别的。要恢复请说“撤回 {one.number}”。"
            )
    total = sum(row.amount_fen for row in rows)
    line = Line(
        Role.REOPENED,
        amount_fen=total,
        reason=f"{both[0].number}、{both[1].number} 放开",
    )
    draft = Draft(Kind.SETTLEMENT, [line], day, rows[0].partner_id, parent_id=both[0].id, note=command.note)
    shown = card(
        tx,
        "反核销",
        draft,
        partner=_name(tx, rows[0].partner_id),
        reopens=[{"number": one.number, "fen": total} for one in both],
    )
    return Prepared(shown, [draft.kind, day, [row.id for row in rows]], draft, [], [], total)


def _between(tx: Tx, ids: list[int]) -> list[Any]:
    """Settlements in force between two documents that both stand; what a reversal settled stays as it is."""
    debit, credit = open_item.alias("debit"), open_item.alias("credit")
    alive = select(document.c.id).where(document.c.id.in_(ids), stands())
    query = (
        select(settlement, debit.c.partner_id)
        .join(debit, debit.c.id == settlement.c.debit_id)
        .join(credit, credit.c.id == settlement.c.credit_id)
        .where(
            or_(
                (debit.c.document_id == ids[0]) & (credit.c.document_id == ids[1]),
                (debit.c.document_id == ids[1]) & (credit.c.document_id == ids[0]),
            ),
            debit.c.document_id.in_(alive),
            credit.c.document_id.in_(alive),
            standing(),
        )
        .order_by(settlement.c.id)
    )
    return list(tx.conn.execute(query))


def do_reopening(tx: Tx, _command: ReopenItems, prepared: Prepared) -> dict[str, Any]:
    assert prepared.draft is not None
    post(tx, prepared.draft)
    ids = settlement.c.id.in_(prepared.facts[-1])
    reopen(
        tx, prepared.draft.id, tx.conn.execute(select(settlement).where(ids).order_by(settlement.c.id)).all()
    )
    return posted_result(tx, prepared.draft, prepared.card)


def _name(tx: Tx, partner_id: int) -> str:
    return str(tx.conn.execute(select(partner.c.name).where(partner.c.id == partner_id)).scalar_one())
