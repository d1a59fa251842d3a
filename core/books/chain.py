"""来龙去脉：一张单从哪张来、后来有了哪些（订单 → 出库 → 签收 → 收款核销），谁在什么时候做的。"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select

from core.accounts import open_item, settlement
from core.documents import by_number, document, document_line
from core.posting_rules import Kind
from core.staff import staff

MOST, STEPS = 60, 4  # a chain longer than this is cut


@dataclass(frozen=True, slots=True)
class Step:
    """One document of the chain; undoes = it reverses another."""

    number: str
    kind: Kind
    at: datetime
    who: str
    total_fen: int
    undoes: bool
    state: str


def chain(conn: Connection, company_id: int, number: str, kinds: Collection[str]) -> tuple[Step, ...]:
    """The documents tied to this one, itself included, in the order they were made; only of the kinds given (R15)."""
    ids = related(conn, by_number(conn, company_id, number).id)
    rows = conn.execute(
        select(document, staff.c.name.label("who"))
        .join(staff, staff.c.id == document.c.staff_id)
        .where(
            document.c.id.in_(ids),
            document.c.company_id == company_id,
            document.c.kind.in_({*kinds} - {Kind.PICK_CLOSE}),
        )
        .order_by(document.c.id)
    )
    return tuple(
        Step(
            row.number,
            Kind(row.kind),
            row.created_at,
            row.who,
            row.total_fen,
            row.reverses_id is not None,
            row.state,
        )
        for row in rows
    )


def related(conn: Connection, start: int) -> set[int]:
    """Documents that orders, parents, reversals and settlements tie to this one."""
    found, edge = {start}, {start}
    for _ in range(STEPS):
        edge = _neighbours(conn, edge) - found
        found |= set(sorted(edge)[: MOST - len(found)])
        if not edge or len(found) >= MOST:
            break
    return found


def _neighbours(conn: Connection, ids: set[int]) -> set[int]:
    near: set[int | None] = set()
    line, head = document_line.c, document.c
    debit, credit = open_item.alias("debit"), open_item.alias("credit")
    paid = (
        select(debit.c.document_id, credit.c.document_id, settlement.c.document_id)
        .join(settlement, settlement.c.debit_id == debit.c.id)
        .join(credit, credit.c.id == settlement.c.credit_id)
    )
    for query in (
        select(line.order_id).where(line.document_id.in_(ids), line.order_id.is_not(None)),
        select(line.document_id).where(line.order_id.in_(ids)),
        select(head.parent_id, head.reverses_id).where(head.id.in_(ids)),
        select(head.id).where(or_(head.parent_id.in_(ids), head.reverses_id.in_(ids))),
        paid.where(
            or_(
                debit.c.document_id.in_(ids),
                credit.c.document_id.in_(ids),
                settlement.c.document_id.in_(ids),
            )
        ),
    ):
        for row in conn.execute(query):
            near |= set(row)
    return {one for one in near if one is not None}
