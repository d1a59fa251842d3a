"""库位：每一格里放着什么，按走的次序。"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from core.accounts import IN_STOCK, account, batch, stock
from core.lots import walk
from core.posting_rules import Account


@dataclass(frozen=True, slots=True)
class InBin:
    """One batch in one bin; picked_milli of qty_milli is set aside on pick lists."""

    warehouse_id: int
    bin: str
    product_id: int
    batch_no: str
    expiry_date: date | None
    qty_milli: int
    picked_milli: int


def in_bins(conn: Connection, company_id: int, bin_code: str = "") -> tuple[InBin, ...]:
    """What lies in this bin, or in all of them; of goods in no bin nothing is said."""
    query = (
        select(
            account.c.warehouse_id,
            account.c.bin,
            stock.c.product_id,
            batch.c.batch_no,
            batch.c.expiry_date,
            stock.c.qty_milli,
            stock.c.picked_milli,
        )
        .join(account, account.c.id == stock.c.account_id)
        .join(batch, batch.c.id == stock.c.batch_id)
        .where(
            account.c.company_id == company_id,
            account.c.role == Account.OK.value,
            account.c.bin == bin_code if bin_code else account.c.bin != "",
            IN_STOCK,
        )
    )
    rows = [InBin(*row) for row in conn.execute(query)]
    return tuple(
        sorted(rows, key=lambda one: (one.warehouse_id, walk(one.bin), one.product_id, one.batch_no))
    )
