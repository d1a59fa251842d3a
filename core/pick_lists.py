"""拣货单：哪些还没拣完，占着哪些批次；货要走、要停、要过期时，先放开占着它的拣货单。"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, exists, select, text

from core.documents import Draft, all_of, document, document_line, order_open, stands
from core.errors import Blocked
from core.lots import Lot
from core.posting_rules import Kind
from core.tx import Tx

STILL_PICKED = text("order_open.picked_milli > 0")  # literal, so that the partial index is used
_CLOSING = document.alias("closing")
_PICKED = document_line.alias("picked")


def unfinished() -> ColumnElement[bool]:
    """A pick list that neither was undone nor ended."""
    ended = exists().where(_CLOSING.c.parent_id == document.c.id, _CLOSING.c.kind == Kind.PICK_CLOSE.value)
    return (document.c.kind == Kind.PICK_LIST.value) & stands() & ~ended


def not_an_ended_pick() -> ColumnElement[bool]:
    """A list that ended holds nothing any more, and so does its end: neither stands in the way of anything."""
    return document.c.kind.not_in((Kind.PICK_LIST.value, Kind.PICK_CLOSE.value)) | unfinished()


def is_unfinished(tx: Tx, pick_id: int) -> bool:
    query = select(document.c.id).where(document.c.id == pick_id, unfinished())
    return tx.conn.execute(query).first() is not None


def holding(tx: Tx, *where: ColumnElement[bool]) -> list[Any]:
    """Rows (pick_id, number, staff_id and the line's columns) of unfinished pick lists over open order lines that fit `where`.

    Found through order_open, whose picked lines are few; never through the history of a batch.
    """
    query = (
        select(
            document.c.id.label("pick_id"),
            document.c.number.label("pick_number"),
            document.c.staff_id,
            _PICKED,
        )
        .join(
            _PICKED,
            (_PICKED.c.order_id == order_open.c.order_id) & (_PICKED.c.order_line == order_open.c.order_line),
        )
        .join(document, document.c.id == _PICKED.c.document_id)
        .where(order_open.c.company_id == tx.company_id, STILL_PICKED, unfinished(), *where)
        .order_by(document.c.id, _PICKED.c.line_no)
    )
    return list(tx.conn.execute(query))


def lines_of(tx: Tx, pick_id: int) -> list[Any]:
    query = select(document_line).where(document_line.c.document_id == pick_id)
    return list(tx.conn.execute(query.order_by(document_line.c.line_no)))


def being_picked(tx: Tx, order_ids: Iterable[int]) -> Blocked:
    """The refusal of whatever would use up what a pick list has set aside."""
    rows = holding(tx, order_open.c.order_id.in_(sorted(set(order_ids))))
    numbers = list(dict.fromkeys(row.pick_number for row in rows))
    return Blocked(
        "being_picked",
        f"这张订单正在拣货（{'、'.join(numbers)}）。拣好了回“拣好 {numbers[0]}”；不按它出，先“撤回 {numbers[0]}”。",
        numbers=numbers,
    )


def ending(tx: Tx, pick_id: int, number: str, why: str, staff_id: int = 0) -> Draft:
    """The PICK_CLOSE draft of a whole pick list."""
    lines = [
        all_of(row, why, order_id=row.order_id, order_line=row.order_line) for row in lines_of(tx, pick_id)
    ]
    told = {"order": number, "staff_id": staff_id}
    return Draft(Kind.PICK_CLOSE, lines, tx.today, parent_id=pick_id, note=why, extra=told)


def let_go_picks(tx: Tx, batch_ids: Iterable[int], why: str) -> list[Draft]:
    """PICK_CLOSE drafts of every list that holds something of these batches: they are about to leave 可售."""
    wanted = sorted(set(batch_ids))
    if not wanted:
        return []
    lists = {row.pick_id: row for row in holding(tx, _PICKED.c.batch_id.in_(wanted))}
    return [ending(tx, of, row.pick_number, why, row.staff_id) for of, row in sorted(lists.items())]


def given_back(lots: Iterable[Lot], ended: Iterable[Draft]) -> list[Lot]:
    """The lots as they will be once these lists have ended."""
    back: dict[tuple[int, int, str], int] = {}
    for draft in ended:
        for line in draft.lines:
            key = (line.batch_id or 0, line.warehouse_id or 0, line.bin)
            back[key] = back.get(key, 0) + line.qty_milli
    return [
        replace(
            lot,
            free_milli=lot.free_milli + back.get((lot.batch_id, lot.warehouse_id, lot.bin), 0),
            picked_milli=lot.picked_milli - back.get((lot.batch_id, lot.warehouse_id, lot.bin), 0),
        )
        for lot in lots
    ]


def unpicked(row: Any, ended: Iterable[Draft] = ()) -> int:
    """What an open order line promises beyond what lies on pick lists, once these have ended."""
    back = sum(
        line.qty_milli
        for draft in ended
        for line in draft.lines
        if (line.order_id, line.order_line) == (row.order_id, row.order_line)
    )
    return int(row.open_milli - row.picked_milli + back)
