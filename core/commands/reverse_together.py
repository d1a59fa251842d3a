"""一起撤：后面的单压着，就从新到旧连它们一起红冲，同一个事务，要么都撤，要么都不撤。"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from core.accounts import Chart, account, entry, open_item
from core.commands import reverse_document
from core.commands.reverse_document import NEEDS, ReverseDocument
from core.dependents import all_to_undo, with_parts
from core.documents import by_number, document_line
from core.errors import Blocked, NotAllowed, blocked_by
from core.ledger import deltas
from core.locks import lock_availability, lock_batches, lock_documents, lock_partners
from core.partners import partner
from core.posting_rules import KIND_NAMES, Kind
from core.prepared import Prepared
from core.tx import Tx
from core.undoing import cash_still_there


@dataclass(frozen=True, slots=True)
class ReverseTogether:
    """The document of this number and all that stands in the way of undoing it."""

    number: str


def prepare(tx: Tx, command: ReverseTogether) -> Prepared:
    """Raises what keeps any one of them from being undone: a right that is missing, a kind that has no way back, too many."""
    original = by_number(tx.conn, tx.company_id, command.number)
    reverse_document.may_be_undone(tx, original)
    rows = all_to_undo(tx, original)
    for row in rows:
        _allowed(tx, original, row)
    _hold(tx, original, with_parts(tx, rows))
    names = _partners(tx, rows)
    takes = [
        {
            "number": row.number,
            "kind": row.kind,
            "name": KIND_NAMES[Kind(row.kind)],
            "partner": names.get(row.partner_id, ""),
            "total_fen": row.total_fen,
        }
        for row in rows
    ]
    shown = {
        "title": "一起撤",
        "kind": original.kind,
        "of": original.number,
        "partner": "",
        "total_fen": original.total_fen,
        "lines": [],
        "takes": takes,
        "asks": ["要么全撤，要么都不撤"],
    }
    facts = [original.id, [row.id for row in rows]]
    amount = max(row.total_fen for row in rows)
    return Prepared(shown, facts, amount_fen=amount)


def _allowed(tx: Tx, original: Any, row: Any) -> None:
    kind = Kind(row.kind)
    if kind not in NEEDS:
        raise blocked_by(original.number, f"后面的 {row.number} 是{KIND_NAMES[kind]}，倒不回去。")
    if NEEDS[kind] not in tx.actor.may:
        raise NotAllowed(
            "not_allowed",
            f"要连 {row.number}（{KIND_NAMES[kind]}）一起撤，您没有“{NEEDS[kind].value}”的权限，没有记账。请老板来撤。",
            needs=NEEDS[kind].value,
        )


def _hold(tx: Tx, original: Any, ids: set[int]) -> None:
    """All at once, in the order of core/locks.py: the reversals would take theirs one after the other."""
    lines = tx.conn.execute(select(document_line).where(document_line.c.document_id.in_(sorted(ids)))).all()
    lock_documents(tx, ids | {row.order_id for row in lines if row.order_id})
    owing = select(open_item.c.partner_id).where(open_item.c.document_id.in_(sorted(ids)))
    lock_partners(tx, tx.conn.execute(owing).scalars())
    places = [(row.product_id, row.warehouse_id, row.to_warehouse_id) for row in lines if row.product_id]
    lock_availability(tx, {(of, place) for of, *both in places for place in both if place})
    rows = tx.conn.execute(select(entry).where(entry.c.document_id.in_(sorted(ids))))
    moved = [dict(row._mapping) for row in rows]
    lock_batches(tx, {row["batch_id"] for row in moved if row["batch_id"]})
    accounts = Chart(tx.conn.execute(select(account).where(account.c.company_id == tx.company_id)))
    _, _, _, cash = deltas(moved, accounts)
    cash_still_there(tx, original, cash)


def _partners(tx: Tx, rows: list[Any]) -> dict[int, str]:
    ids = {row.partner_id for row in rows if row.partner_id}
    query = select(partner.c.id, partner.c.name).where(partner.c.id.in_(sorted(ids)))
    return {row.id: row.name for row in tx.conn.execute(query)}


def do(tx: Tx, command: ReverseTogether, prepared: Prepared) -> dict[str, Any]:
    """The newest first; one that still waits for another is tried again after it. Each is undone as if it were said alone."""
    left = [one["number"] for one in prepared.card["takes"]]
    done: dict[str, dict[str, Any]] = {}
    while left:
        number, result = _next(tx, left)
        left.remove(number)
        done[number] = result
    of = prepared.card["of"]
    main = done.pop(of)
    also = [{name: one[name] for name in ("document_id", "kind", "number")} for one in done.values()]
    also += [part for one in (main, *done.values()) for part in one.get("also", ())]
    by = {number: one["number"] for number, one in (*done.items(), (of, main))}
    takes = [one | {"by": by[one["number"]]} for one in prepared.card["takes"]]
    return main | {"title": "一起撤", "lines": [], "partner": "", "takes": takes, "also": also}


def _next(tx: Tx, left: list[str]) -> tuple[str, dict[str, Any]]:
    refused: Blocked | None = None
    for number in left:
        alone = ReverseDocument(number)
        try:
            prepared = reverse_document.prepare(tx, alone)
        except Blocked as problem:
            refused = refused or problem
            continue
        return number, reverse_document.do(tx, alone, prepared)
    assert refused is not None
    raise refused
