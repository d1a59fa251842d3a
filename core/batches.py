"""到货的批次：起名、建行，以及记住最近一次的成交价。"""

from datetime import date
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy import tuple_ as sql_tuple

from core.accounts import batch
from core.db import upsert
from core.documents import Draft, Line, last_deal
from core.locks import TryAgain
from core.posting_rules import Role
from core.tx import Tx


def number_of(said: str | None, made: date | None, expiry: date | None, day: date) -> str:
    """The number of a batch: as said, else its date of production, else of expiry, else the day it came."""
    if said:
        return said
    return f"{made:%Y%m%d}" if made else f"到期{expiry:%Y%m%d}" if expiry else f"无日期-{day:%Y%m%d}"


def to_extra(spec: dict[str, Any]) -> dict[str, Any]:
    """A batch on its way, as JSON on the line that brings it; make_batches() reads it back."""
    return {"batch": {k: str(v) if isinstance(v, date) else v for k, v in spec.items() if k != "product_id"}}


def name_batches(tx: Tx, made: list[dict[str, Any]]) -> None:
    """The same number with another supplier or expiry is another batch: -2, -3 … (decision 31). Un-batched goods share ''."""
    known = _identities(tx, made)
    for one in made:
        number, count = one["batch_no"], 1
        identity = (one["supplier_id"], one["expiry_date"])
        while number and known.setdefault((one["product_id"], one["batch_no"]), identity) != identity:
            count += 1
            one["batch_no"] = f"{number}-{count}"
            if (one["product_id"], one["batch_no"]) not in known:
                known |= _identities(tx, [one])


_NAMED = select(batch).where(
    sql_tuple(batch.c.product_id, batch.c.batch_no).in_(bindparam("keys", expanding=True))
)


def _identities(tx: Tx, made: list[dict[str, Any]]) -> dict[tuple[int, str], tuple[int | None, date | None]]:
    keys = sorted({(one["product_id"], one["batch_no"]) for one in made})
    rows = tx.conn.execute(_NAMED, {"keys": keys})
    return {(row.product_id, row.batch_no): (row.supplier_id, row.expiry_date) for row in rows}


def make_batches(tx: Tx, lines: list[Line]) -> None:
    """Give every line its batch: found or made, and locked. Raises TryAgain if somebody has just made another one of that number."""
    specs: dict[tuple[int, str], dict[str, Any]] = {}
    for line in lines:
        made = dict((line.extra or {})["batch"])
        for name in ("mfg_date", "expiry_date", "received_on"):
            made[name] = date.fromisoformat(made[name]) if made[name] else None
        specs.setdefault(
            (line.product_id or 0, made["batch_no"]),
            made | {"product_id": line.product_id, "qty_milli": 0, "value_fen": 0},
        )
    insert = upsert(tx.conn, batch)
    insert = insert.on_conflict_do_update(
        index_elements=["product_id", "batch_no"], set_={"received_on": batch.c.received_on}
    )
    rows = {
        (row.product_id, row.batch_no): row
        for row in tx.conn.execute(insert.returning(batch), [specs[key] for key in sorted(specs)])
    }
    for key, spec in specs.items():
        if key[1] and (rows[key].supplier_id, rows[key].expiry_date) != (
            spec["supplier_id"],
            spec["expiry_date"],
        ):
            raise TryAgain
    for line in lines:
        line.batch_id = rows[line.product_id or 0, (line.extra or {})["batch"]["batch_no"]].id
        line.extra = None


def remember_deals(tx: Tx, draft: Draft, side: str) -> None:
    """Keep the newest price with this partner for “老价格” and for the next receipt."""
    rows = {
        line.product_id: {
            "product_id": line.product_id,
            "partner_id": draft.partner_id,
            "side": side,
            "price_e4": line.price_e4,
            "unit": line.price_unit,
            "on_day": draft.business_date,
            "document_id": draft.id,
        }
        for line in draft.lines
        if draft.partner_id and line.price_e4 and line.role is Role.LINE
    }
    if rows:
        made = upsert(tx.conn, last_deal)
        tx.conn.execute(
            made.on_conflict_do_update(
                index_elements=["product_id", "side", "partner_id"],
                set_={name: made.excluded[name] for name in ("price_e4", "unit", "on_day", "document_id")},
            ),
            [rows[k] for k in sorted(rows, key=lambda k: k or 0)],
        )
