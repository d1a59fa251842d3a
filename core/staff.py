"""员工、角色与权限；谁在哪里看，决定看得到什么。"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, ForeignKey, select
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.errors import NotFound, not_allowed


class May(StrEnum):
    """Everything that can be allowed; the value is the word a refusal uses. Denied unless a role lists it."""

    RECEIVE = "入库"
    DELIVER = "出库"
    REQUEST_GOODS = "采购申请"
    ORDER_GOODS = "采购下单"
    CLAIM = "索赔"
    SELL = "销售开单"
    SIGN = "签收"
    TAKE_BACK = "客户退货"
    EXCHANGE = "换货"
    PUT_AWAY = "移库位"
    TRANSFER = "调拨"
    COUNT = "盘点报损"
    HOLD = "冻结"
    TAKE_PAYMENT = "收款"
    PAY = "付款"
    KEEP_CASH = "费用和资金"
    OVERDRAFT = "准许透支"
    SETTLE = "核销和对冲"
    WRITE_OFF = "坏账"
    CORRECT_COST = "运费和补价"
    CLOSE = "结账"
    REOPEN = "反结账"
    REVERSE = "红冲"
    OPENING = "期初"
    SET_UP = "维护基础资料"
    MANAGE_STAFF = "管理员工"
    SEE_STOCK = "查库存"
    SEE_SALES_PRICE = "查售价"
    SEE_PURCHASE_PRICE = "查进价"
    SEE_COST = "查成本"
    SEE_RECEIVABLE = "查应收"
    SEE_PAYABLE = "查应付"
    SEE_DIGEST = "看日报"
    EXPORT = "导出"
    BREAK_FLOOR = "低于最低售价"
    BREAK_CREDIT = "超信用额度"
    SYSTEM = "系统"


KEEPER_ROLE = "系统"  # 掌柜 itself, no person
_ALL = frozenset(May) - {May.SYSTEM}
_STOCK = frozenset({May.SEE_STOCK})
ROLES: dict[str, frozenset[May]] = {  # books.md decision 69
    "老板": _ALL,
    "仓管": _STOCK
    | {May.RECEIVE, May.DELIVER, May.SIGN, May.PUT_AWAY, May.TRANSFER, May.COUNT, May.HOLD, May.REVERSE},
    "采购": _STOCK
    | {
        May.RECEIVE,
        May.REQUEST_GOODS,
        May.ORDER_GOODS,
        May.CLAIM,
        May.SEE_PURCHASE_PRICE,
        May.SEE_PAYABLE,
        May.REVERSE,
        May.SET_UP,
    },
    "销售": _STOCK
    | {May.SELL, May.SIGN, May.TAKE_BACK, May.EXCHANGE, May.SEE_SALES_PRICE, May.SEE_RECEIVABLE, May.REVERSE},
    "财务": _STOCK
    | {
        May.TAKE_PAYMENT,
        May.PAY,
        May.KEEP_CASH,
        May.SETTLE,
        May.CORRECT_COST,
        May.CLOSE,
        May.OPENING,
        May.SEE_SALES_PRICE,
        May.SEE_PURCHASE_PRICE,
        May.SEE_COST,
        May.SEE_RECEIVABLE,
        May.SEE_PAYABLE,
        May.SEE_DIGEST,
        May.EXPORT,
        May.REVERSE,
    },
    KEEPER_ROLE: frozenset({May.SYSTEM}),
}
PUBLIC = frozenset({May.SEE_STOCK})  # any group, whoever asks (decision 10)


class Staff(Base):
    __tablename__ = "staff"
    id: Mapped[int] = mapped_column(primary_key=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    name: Mapped[str]
    roles: Mapped[list[str]]
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouse.id"))
    limit_fen: Mapped[int] = mapped_column(default=0)
    posts_directly: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    password: Mapped[str | None]


class Identity(Base):
    __tablename__ = "identity"
    channel: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    address: Mapped[dict[str, Any]]
    used_at: Mapped[datetime]


class BindingCode(Base):
    __tablename__ = "binding_code"
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"), primary_key=True)
    code_hash: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiToken(Base):
    __tablename__ = "api_token"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


staff, identity = Staff.__table__, Identity.__table__
binding_code, api_token = BindingCode.__table__, ApiToken.__table__


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `may` is what the roles allow; a reader in a group sees no more than PUBLIC."""

    id: int
    company_id: int
    name: str
    roles: tuple[str, ...]
    warehouse_id: int | None
    limit_fen: int
    posts_directly: bool
    may: frozenset[May]
    in_group: bool = False

    def require(self, permission: May) -> None:
        """Raises NotAllowed."""
        if permission not in self.may:
            raise not_allowed(permission.value)

    def sees(self, permission: May) -> bool:
        return permission in (self.may & PUBLIC if self.in_group else self.may)


def to_actor(row: Any, in_group: bool = False) -> Actor:
    may = frozenset().union(*(ROLES.get(role, frozenset()) for role in row.roles))
    return Actor(
        row.id,
        row.company_id,
        row.name,
        tuple(row.roles),
        row.warehouse_id,
        row.limit_fen,
        row.posts_directly,
        may,
        in_group,
    )


def actor_by_id(conn: Connection, staff_id: int, in_group: bool = False) -> Actor | None:
    """None for a leaver: access ends with the row."""
    row = conn.execute(select(staff).where(staff.c.id == staff_id, staff.c.active)).one_or_none()
    return None if row is None else to_actor(row, in_group)


def _active(conn: Connection, company_id: int) -> list[Actor]:
    query = select(staff).where(staff.c.company_id == company_id, staff.c.active).order_by(staff.c.id)
    return [to_actor(row) for row in conn.execute(query)]


def people(conn: Connection, company_id: int) -> list[Actor]:
    """Everybody who works here now, in the order they came; not 掌柜."""
    return [one for one in _active(conn, company_id) if KEEPER_ROLE not in one.roles]


def actor_by_name(conn: Connection, company_id: int, name: str) -> Actor:
    """Raises NotFound with the names that exist."""
    for one in _active(conn, company_id):
        if one.name == name:
            return one
    known = "、".join(one.name for one in people(conn, company_id))
    raise NotFound("not_found", f"没有叫“{name}”的员工。可以是：{known}。", said=name)


def actor_by_identity(
    conn: Connection, channel: str, account: str, external_id: str, in_group: bool = False
) -> Actor | None:
    row = conn.execute(
        select(staff)
        .join(identity, identity.c.staff_id == staff.c.id)
        .where(
            identity.c.channel == channel,
            identity.c.account == account,
            identity.c.external_id == external_id,
            staff.c.active,
        )
    ).one_or_none()
    return None if row is None else to_actor(row, in_group)


def actor_by_token(conn: Connection, token_hash: str) -> Actor | None:
    """Whose bearer token this is; None when unknown, revoked, or its person has left."""
    staff_id = conn.execute(
        select(api_token.c.staff_id).where(
            api_token.c.token_hash == token_hash, api_token.c.revoked_at.is_(None)
        )
    ).scalar()
    return actor_by_id(conn, staff_id) if staff_id is not None else None


def system_actor(conn: Connection, company_id: int) -> Actor:
    """掌柜 itself: posts turn_day and notices; cannot log in (decision 81)."""
    return actor_by_name(conn, company_id, "掌柜")
