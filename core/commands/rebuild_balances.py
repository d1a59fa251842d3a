"""重建余额：从流水重新推出每一个不符的余额，补上差额；流水和单据一个字不动。"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, select, update

from core.accounts import availability, batch, fund, open_item, stock
from core.db import upsert
from core.documents import document, document_line, order_open
from core.prepared import Prepared
from core.proof import Difference, prove_balances
from core.tx import Tx

TABLES: dict[str, Table] = {
    table.name: table for table in (stock, batch, availability, fund, open_item, order_open)
}
Row = tuple[str, tuple[tuple[str, int], ...]]


@dataclass(frozen=True, slots=True)
class RebuildBalances:
    """Needs no figures: what is wrong is found again inside the transaction."""


def prepare(tx: Tx, command: RebuildBalances) -> Prepared:
    found = [one for one in prove_balances(tx.conn, tx.company_id) if one.fix is not None]
    return Prepared(
        {"title": "重建余额", "kind": "", "differences": [_words(one) for one in found]},
        [one.fix for one in found],
    )


def _words(one: Difference) -> dict[str, str]:
    return {"what": one.what, "row": one.row, "book": one.book, "proved": one.proved}


def do(tx: Tx, command: RebuildBalances, prepared: Prepared) -> dict[str, Any]:
    """A balance is put right by what it is off, not set: postings that commit meanwhile stay counted."""
    wrong: dict[Row, dict[str, int]] = defaultdict(dict)
    for fix in prepared.facts:
        wrong[fix.table, tuple(fix.keys.items())][fix.column] = fix.by
    for (name, keys), by in sorted(wrong.items()):
        table = TABLES[name]
        values = {column: table.c[column] + amount for column, amount in by.items()}
        if not tx.conn.execute(
            update(table).where(*(table.c[key] == value for key, value in keys)).values(values)
        ).rowcount:
            _make_row(tx, table, dict(keys), by)
    return prepared.card | {"rebuilt": len(prepared.facts)}


def _make_row(tx: Tx, table: Table, keys: dict[str, int], by: dict[str, int]) -> None:
    """A balance row that is gone altogether. Batches, funds and open items cannot be: entries and settlements hold on to them."""
    more: dict[str, Any] = {}
    if table is stock:
        more = {
            "product_id": tx.conn.execute(
                select(batch.c.product_id).where(batch.c.id == keys["batch_id"])
            ).scalar_one(),
            "qty_milli": 0,
            "picked_milli": 0,
        }
    if table is availability:
        more = dict.fromkeys(("sellable_milli", "reserved_milli", "on_order_milli", "in_transit_milli"), 0)
    if table is order_open:
        row = tx.conn.execute(
            select(
                document.c.kind,
                document.c.partner_id,
                document.c.promised_on,
                document_line.c.product_id,
                document_line.c.warehouse_id,
            )
            .join(document, document.c.id == document_line.c.document_id)
            .where(
                document_line.c.document_id == keys["order_id"], document_line.c.line_no == keys["order_line"]
            )
        ).one()
        more = {"company_id": tx.company_id, "open_milli": 0} | dict(row._mapping)
    if table is fund:
        more = {"overdraft": False}
    tx.conn.execute(upsert(tx.conn, table).values(more | keys | by))
