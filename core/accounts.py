"""科目与余额表：批次、库存、可用、往来未清、资金；都是流水的同事务缓存。"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection, ForeignKey, Update, bindparam, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, upsert
from core.posting_rules import PER_BIN, PER_WAREHOUSE
from core.posting_rules import Account as Role


class Account(Base):
    """Every end a move may have: '可售/主仓', '应付', '资金/微信' …"""

    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    role: Mapped[str]
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouse.id"))
    bin: Mapped[str] = mapped_column(default="")
    name: Mapped[str]


class Batch(Base):
    """The cost pool, all places together; goods without batches own one batch '' (moving average)."""

    __tablename__ = "batch"
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    batch_no: Mapped[str]
    mfg_date: Mapped[date | None]
    expiry_date: Mapped[date | None]
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"))
    received_on: Mapped[date]
    qty_milli: Mapped[int] = mapped_column(default=0)
    value_fen: Mapped[int] = mapped_column(default=0)


class Stock(Base):
    __tablename__ = "stock"
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    qty_milli: Mapped[int]
    picked_milli: Mapped[int] = mapped_column(default=0)


class Availability(Base):
    """THE lock of a product in a warehouse, and what may be promised there: sellable − reserved."""

    __tablename__ = "availability"
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"), primary_key=True)
    sellable_milli: Mapped[int] = mapped_column(default=0)
    reserved_milli: Mapped[int] = mapped_column(default=0)
    on_order_milli: Mapped[int] = mapped_column(default=0)
    in_transit_milli: Mapped[int] = mapped_column(default=0)
    home_bin: Mapped[str] = mapped_column(default="")  # where it was put last, and what arrives is put


class Entry(Base):
    """Append-only. measure 1 goods (milli) · 2 promise (milli) · 3 money (fen)."""

    __tablename__ = "entry"
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    line_no: Mapped[int]
    measure: Mapped[int]
    source_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    product_id: Mapped[int | None]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id"))
    partner_id: Mapped[int | None]
    amount: Mapped[int]
    business_date: Mapped[date]


class OpenItem(Base):
    """side R 应收 | P 应付 · sign +1 owed, −1 a payment, return or advance that settles."""

    __tablename__ = "open_item"
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    side: Mapped[str]
    sign: Mapped[int]
    amount_fen: Mapped[int]
    open_fen: Mapped[int]
    due_date: Mapped[date | None]
    provisional: Mapped[bool] = mapped_column(default=False)


class Settlement(Base):
    __tablename__ = "settlement"
    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    debit_id: Mapped[int] = mapped_column(ForeignKey("open_item.id"))
    credit_id: Mapped[int] = mapped_column(ForeignKey("open_item.id"))
    amount_fen: Mapped[int]
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("settlement.id"))


class Fund(Base):
    __tablename__ = "fund"
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    balance_fen: Mapped[int] = mapped_column(default=0)
    overdraft: Mapped[bool] = mapped_column(default=False)


account, batch, stock, availability, entry = (
    Account.__table__,
    Batch.__table__,
    Stock.__table__,
    Availability.__table__,
    Entry.__table__,
)
open_item, settlement, fund = OpenItem.__table__, Settlement.__table__, Fund.__table__
# What is here now, not what ever was: literals, so that the partial indexes are used.
IN_STOCK, POOL_LEFT, STILL_OWED = (
    text("stock.qty_milli > 0"),
    text("batch.qty_milli > 0"),
    text("open_item.open_fen > 0"),
)


def change(conn: Connection, statement: Update, rows: list[dict[str, Any]]) -> None:
    """Change balances; a row that is not there would be a loss nobody sees."""
    found = conn.execute(statement, rows).rowcount
    if found != len(rows):
        raise AssertionError(f"{len(rows)} rows of {statement.table} to change, {found} found")


class Chart:
    """The accounts of a company for some warehouses: (role, warehouse) → id, and back."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self.role: dict[int, Role] = {}
        self.warehouse: dict[int, int | None] = {}
        self.bin: dict[int, str] = {}
        self._ids: dict[tuple[Role, int | None, str], int] = {}
        for row in rows:
            role = Role(row.role)
            self.role[row.id], self.warehouse[row.id], self.bin[row.id] = role, row.warehouse_id, row.bin
            self._ids[role, row.warehouse_id, row.bin] = row.id

    def id(self, role: Role, warehouse_id: int | None, bin_code: str = "") -> int:
        return self._ids[
            role, warehouse_id if role in PER_WAREHOUSE else None, bin_code if role in PER_BIN else ""
        ]

    def shelf(self, picked_id: int) -> int:
        """The 可售 account of the bin that this 已拣 account belongs to."""
        return self.id(Role.OK, self.warehouse[picked_id], self.bin[picked_id])


_CHART = select(account).where(
    account.c.company_id == bindparam("company"),
    or_(account.c.warehouse_id.is_(None), account.c.warehouse_id.in_(bindparam("places", expanding=True))),
    account.c.bin.in_(bindparam("bins", expanding=True)),
)


def chart(conn: Connection, company_id: int, warehouse_ids: Iterable[int], bins: Iterable[str] = ()) -> Chart:
    wanted = {"company": company_id, "places": sorted(set(warehouse_ids)), "bins": sorted({"", *bins})}
    return Chart(conn.execute(_CHART, wanted))


def open_bin(conn: Connection, company_id: int, warehouse: Any, bin_code: str) -> None:
    """A bin is there from the first time something is put into it. Two people may name it at once."""
    for role in sorted(PER_BIN):
        row = {
            "company_id": company_id,
            "role": role.value,
            "warehouse_id": warehouse.id,
            "bin": bin_code,
            "name": f"{role.value}/{warehouse.name}/{bin_code}",
        }
        conn.execute(upsert(conn, account).on_conflict_do_nothing(), row)


def open_accounts(conn: Connection, company_id: int, warehouse: Any | None = None) -> None:
    """Make the accounts of a new company (warehouse None) or of a new warehouse."""
    if warehouse is None:
        rows = [
            {
                "company_id": company_id,
                "role": role.value,
                "warehouse_id": None,
                "name": role.value,
                "bin": "",
            }
            for role in Role
            if role not in PER_WAREHOUSE | {Role.CASH}
        ]
    else:
        rows = [
            {
                "company_id": company_id,
                "role": role.value,
                "warehouse_id": warehouse.id,
                "bin": "",
                "name": f"{role.value}/{warehouse.name}",
            }
            for role in Role
            if role in PER_WAREHOUSE
        ]
    conn.execute(account.insert(), rows)


def open_fund(conn: Connection, company_id: int, name: str) -> int:
    """A new 资金 account with its balance row; returns its id."""
    made = conn.execute(
        account.insert().returning(account.c.id),
        {"company_id": company_id, "role": Role.CASH.value, "warehouse_id": None, "bin": "", "name": name},
    ).scalar_one()
    conn.execute(fund.insert(), {"account_id": made, "balance_fen": 0, "overdraft": False})
    return int(made)


def funds(conn: Connection, company_id: int) -> list[Any]:
    """Rows (account_id, name, balance_fen, overdraft) in the order they were opened."""
    return list(
        conn.execute(
            select(fund.c.account_id, account.c.name, fund.c.balance_fen, fund.c.overdraft)
            .join(account, account.c.id == fund.c.account_id)
            .where(account.c.company_id == company_id)
            .order_by(account.c.id)
        )
    )
