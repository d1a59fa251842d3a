"""召回：哪些批次正在召回；召回没结束，这批货无论怎么回来都进冻结。"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, select, text

from core import audit
from core.accounts import IN_STOCK, account, stock
from core.documents import Draft, all_of, document, document_line, stands
from core.drafting import post_release
from core.ledger import post
from core.locks import lock_availability
from core.pick_lists import let_go_picks
from core.picking import let_go
from core.posting_rules import Account, Kind
from core.tx import Tx

RECALL_LINE = text("document_line.role = 'recall'")  # literal, so that the partial index is used


def _newest(kind: Kind) -> Any:
    return func.max(case((document.c.kind == kind.value, document.c.id), else_=0))


# put together once: it is asked after every posting
RECALLED = (
    select(document_line.c.batch_id)
    .join(document, document.c.id == document_line.c.document_id)
    .where(document_line.c.batch_id.in_(bindparam("wanted", expanding=True)), RECALL_LINE, stands())
    .group_by(document_line.c.batch_id)
    .having(_newest(Kind.HOLD) > _newest(Kind.UNHOLD))
)


def recalled(conn: Connection, batch_ids: Iterable[int]) -> set[int]:
    """Those of these batches whose newest standing recall line is on a HOLD, not on an UNHOLD (features.md M14)."""
    wanted = sorted(set(batch_ids))
    return set(conn.execute(RECALLED, {"wanted": wanted}).scalars()) if wanted else set()


def hold_arrivals(tx: Tx, draft: Draft) -> str | None:
    """Goods of a recalled batch that this document has put into 可售 go on to 冻结; the number of the HOLD, if any.

    While the recall lasts none of the batch lies in 可售; when it is resumed (its end undone) orders may have to be let go.
    """
    again = recalled(tx.conn, (line.batch_id for line in draft.lines if line.batch_id))
    if not again:
        return None
    rows = tx.conn.execute(
        select(stock.c.batch_id, stock.c.product_id, stock.c.qty_milli, account.c.warehouse_id, account.c.bin)
        .join(account, account.c.id == stock.c.account_id)
        .where(stock.c.batch_id.in_(sorted(again)), IN_STOCK, account.c.role == Account.OK.value)
        .order_by(stock.c.batch_id, account.c.warehouse_id)
    ).all()
    if not rows:
        return None
    leaving = [((row.product_id, row.warehouse_id), row.qty_milli) for row in rows]
    balances = lock_availability(tx, (key for key, _ in leaving))
    ended = let_go_picks(tx, again, "召回")
    for release in (*ended, *let_go(tx, leaving, balances, "召回", ended=ended)):
        post_release(tx, release)
    lines = [all_of(row, "召回") for row in rows]
    held = Draft(Kind.HOLD, lines, tx.today, parent_id=draft.id, note=f"召回中的批次随 {draft.number} 回来")
    post(tx, held)
    audit.write(tx, "召回", held.id, {"after": draft.number})
    return held.number
