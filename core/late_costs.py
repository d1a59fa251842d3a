"""迟到的成本：一张入库单的货还剩几分之几、退了几分之几；补价之后，暂估和老价格跟着改。"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, select, update

from core.accounts import account, entry, open_item
from core.documents import Line, document, document_line, last_deal, stands
from core.posting_rules import CORRECTED, ESTIMATED, ON_HAND, Account, Kind, Measure
from core.tx import Tx
from core.values import half_up, share

COST_CHANGES = frozenset({Kind.LATE_COST, Kind.PRICE_CUT})
WHOLE = (
    10**30
)  # a share is an integer of this many parts: finer than any amount, and it does not grow with history


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What became of a receipt's goods in one pool, in parts of WHOLE: still here, sent back; the rest is gone."""

    here: int
    back: int

    def split(self, fen: int) -> tuple[int, int]:
        """(fen on goods still here, fen on goods sent back); what is gone is the rest, and takes the rounding."""
        left = half_up(fen * self.here, WHOLE)
        if self.here + self.back == WHOLE:
            return left, fen - left
        return left, min(half_up(fen * self.back, WHOLE), fen - left)


def whereabouts(tx: Tx, receipt_id: int, batch_id: int) -> Whereabouts:
    """Read from the pool's entries, as if the cost had been known at once (decision 62).

    Each issue takes its part of the pool along, and with it the same part of the receipt; goods coming in only thin it.
    A return from a customer brings back what its delivery took, a reversal exactly what its original did.
    """
    here, pool = 0, 0
    took: dict[tuple[int, int], int] = {}  # (document, line) → parts it took out; negative: brought back
    back: dict[tuple[int, int], int] = {}
    for row in _movements(tx, batch_id):
        key = (row.document_id, row.line_no)
        arriving = row.source not in ON_HAND
        if row.document_id == receipt_id:
            pool, here = pool + row.amount, WHOLE
            continue
        if row.reverses_id is not None:
            part = -took.get((row.reverses_id, row.line_no), 0)
        elif arriving:
            part = -share(
                took.get((row.order_id, row.order_line), 0), row.amount, row.sold_milli or row.amount
            )
        else:
            part = share(here, row.amount, pool)
        pool += row.amount if arriving else -row.amount
        here -= part
        took[key] = took.get(key, 0) + part
        if Account.SUPPLIER in (row.source, row.target):
            back[key] = back.get(key, 0) + part
    return Whereabouts(here, sum(back.values()))


def _movements(tx: Tx, batch_id: int) -> list[Any]:
    """Goods of the batch that came to us or left us, in the order of posting; a return with the line it returns."""
    source, target, sold = account.alias("source"), account.alias("target"), document_line.alias("sold")
    ours = [role.value for role in ON_HAND]
    query = (
        select(
            entry.c.document_id,
            entry.c.line_no,
            entry.c.amount,
            source.c.role.label("source"),
            target.c.role.label("target"),
            document.c.reverses_id,
            document_line.c.order_id,
            document_line.c.order_line,
            sold.c.qty_milli.label("sold_milli"),
        )
        .join(source, source.c.id == entry.c.source_id)
        .join(target, target.c.id == entry.c.target_id)
        .join(document, document.c.id == entry.c.document_id)
        .join(
            document_line,
            (document_line.c.document_id == entry.c.document_id)
            & (document_line.c.line_no == entry.c.line_no),
        )
        .outerjoin(
            sold,
            (sold.c.document_id == document_line.c.order_id) & (sold.c.line_no == document_line.c.order_line),
        )
        .where(
            entry.c.batch_id == batch_id,
            entry.c.measure == int(Measure.GOODS),
            source.c.role.in_(ours) != target.c.role.in_(ours),
        )
        .order_by(entry.c.id)
    )
    return list(tx.conn.execute(query))


# ── estimated prices ──


def corrected(receipt_id: Any, line_no: Any) -> ColumnElement[bool]:
    """Whether a correction that stands points at this line of a receipt."""
    line, change, undone = (
        document_line.alias("correction"),
        document.alias("change"),
        document.alias("undone"),
    )
    return exists().where(
        line.c.order_id == receipt_id,
        line.c.order_line == line_no,
        line.c.reason == CORRECTED,
        change.c.id == line.c.document_id,
        change.c.reverses_id.is_(None),
        ~exists().where(undone.c.reverses_id == line.c.document_id),
    )


def mark_prices(tx: Tx, lines: Iterable[Line]) -> None:
    """After a correction or its reversal: is the receipt's debt still an estimate, and what is the last price?"""
    touched = sorted(
        {(line.order_id or 0, line.product_id or 0) for line in lines if line.reason == CORRECTED}
    )
    for receipt_id in dict.fromkeys(one for one, _ in touched):
        estimated = select(document_line.c.line_no).where(
            document_line.c.document_id == receipt_id,
            document_line.c.reason == ESTIMATED,
            ~corrected(receipt_id, document_line.c.line_no),
        )
        still = tx.conn.execute(estimated.limit(1)).first() is not None
        tx.conn.execute(
            update(open_item)
            .where(open_item.c.document_id == receipt_id, open_item.c.sign > 0)
            .values(provisional=still)
        )
    for receipt_id, product_id in touched:
        retell_deal(tx, receipt_id, product_id)


def retell_deal(tx: Tx, receipt_id: int, product_id: int) -> None:
    """“老价格” of a receipt is what was corrected last, else what its own line says."""
    line = document_line.c
    found = tx.conn.execute(
        select(line.price_e4, line.price_unit)
        .join(document, document.c.id == line.document_id)
        .where(
            line.product_id == product_id,
            line.price_e4 > 0,
            stands(),
            ((line.order_id == receipt_id) & (line.reason == CORRECTED)) | (line.document_id == receipt_id),
        )
        .order_by(document.c.id.desc(), line.line_no.desc())
        .limit(1)
    ).first()
    if found is not None:
        its = (last_deal.c.document_id == receipt_id, last_deal.c.product_id == product_id)
        tx.conn.execute(
            update(last_deal)
            .where(*its, last_deal.c.side == "P")
            .values(price_e4=found.price_e4, unit=found.price_unit)
        )
