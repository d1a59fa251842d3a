"""记账规则表：每种单据让什么从哪里到哪里。新人从这里读起。"""

from enum import IntEnum, StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """A document's kind; its value is the prefix of its number."""

    GOODS_RECEIPT = "GR"
    SALES_ORDER = "SO"
    SALES_CLOSE = "SC"
    DELIVERY = "DN"
    EXPIRE = "EX"
    MISC_IN = "QI"
    MISC_OUT = "QO"
    PAYMENT_IN = "SK"
    PAYMENT_OUT = "FK"
    OPENING = "QC"


KIND_NAMES: dict[Kind, str] = {
    Kind.GOODS_RECEIPT: "采购入库单",
    Kind.SALES_ORDER: "销售订单", Kind.SALES_CLOSE: "订单关闭", Kind.DELIVERY: "销售出库单", Kind.EXPIRE: "过期转出",
    Kind.MISC_IN: "其他入库", Kind.MISC_OUT: "其他出库", Kind.PAYMENT_IN: "收款单", Kind.PAYMENT_OUT: "付款单",
    Kind.OPENING: "期初单",
}


class Role(StrEnum):
    """What a line is within its document."""

    LINE = "line"
    GIFT = "gift"
    STOCK = "stock"
    CASH = "cash"
    OWED_TO_US = "owed_to_us"
    OWED_BY_US = "owed_by_us"


class Measure(IntEnum):
    """What flows: goods and promises in 1/1000 base unit, money in 分."""

    GOODS = 1
    PROMISE = 2
    MONEY = 3


class Number(StrEnum):
    """Which figure of the line flows."""

    QTY = "qty"  # base quantity
    OPEN = "open"  # what the order line still holds, at most QTY
    AMOUNT = "amount"  # 分
    COST = "cost"  # Σ shares of the batches' value, 分


class Account(StrEnum):
    """Both ends of a move; the first group exists once per warehouse, CASH once per fund, the rest once per company."""

    OK = "可售"
    STALE = "过期"
    RESERVED = "锁定"
    ON_ORDER = "在订"
    CASH = "资金"
    FREE = "自由"
    SUPPLIER = "供应商"
    CUSTOMER = "客户"
    FOUND = "来源不明"
    USED = "领用"
    BEFORE = "期初"
    INVENTORY = "存货"
    PAYABLE = "应付"
    RECEIVABLE = "应收"
    REVENUE = "销售收入"
    COGS = "销售成本"
    PROMOTION = "促销费用"
    EXPENSE = "费用"
    OTHER_INCOME = "其他收入"
    PRICE_DIFF = "价差"


PER_WAREHOUSE = frozenset({Account.OK, Account.STALE, Account.RESERVED, Account.ON_ORDER})
ON_HAND = frozenset({Account.OK, Account.STALE})  # places where goods of ours lie


class Move(NamedTuple):
    """Value leaves `source` and enters `target` (money: credit source, debit target). 红冲 swaps the ends."""

    measure: Measure
    number: Number
    source: Account
    target: Account


K, R, A = Kind, Role, Account
G, P, M = Measure.GOODS, Measure.PROMISE, Measure.MONEY
QTY, OPEN, AMOUNT, COST = Number.QTY, Number.OPEN, Number.AMOUNT, Number.COST

RULES: dict[Kind, dict[Role, tuple[Move, ...]]] = {
    K.GOODS_RECEIPT: {
        R.LINE: (Move(G, QTY, A.SUPPLIER, A.OK), Move(M, AMOUNT, A.PAYABLE, A.INVENTORY)),
        R.GIFT: (Move(G, QTY, A.SUPPLIER, A.OK),),  # 搭赠: value 0, lowers the pool's average
    },
    K.SALES_ORDER: {R.LINE: (Move(P, QTY, A.FREE, A.RESERVED),), R.GIFT: (Move(P, QTY, A.FREE, A.RESERVED),)},
    K.SALES_CLOSE: {R.LINE: (Move(P, OPEN, A.RESERVED, A.FREE),)},
    K.DELIVERY: {
        R.LINE: (Move(P, OPEN, A.RESERVED, A.FREE), Move(G, QTY, A.OK, A.CUSTOMER),
                 Move(M, AMOUNT, A.REVENUE, A.RECEIVABLE), Move(M, COST, A.INVENTORY, A.COGS)),
        R.GIFT: (Move(P, OPEN, A.RESERVED, A.FREE), Move(G, QTY, A.OK, A.CUSTOMER),
                 Move(M, COST, A.INVENTORY, A.PROMOTION)),
    },
    K.EXPIRE: {R.LINE: (Move(G, QTY, A.OK, A.STALE),)},  # posted by turn_day only
    K.MISC_IN: {R.LINE: (Move(G, QTY, A.FOUND, A.OK), Move(M, AMOUNT, A.OTHER_INCOME, A.INVENTORY))},
    K.MISC_OUT: {R.LINE: (Move(G, QTY, A.OK, A.USED), Move(M, COST, A.INVENTORY, A.EXPENSE))},
    K.PAYMENT_IN: {R.LINE: (Move(M, AMOUNT, A.RECEIVABLE, A.CASH),)},
    K.PAYMENT_OUT: {R.LINE: (Move(M, AMOUNT, A.CASH, A.PAYABLE),)},
    K.OPENING: {
        R.STOCK: (Move(G, QTY, A.BEFORE, A.OK), Move(M, AMOUNT, A.BEFORE, A.INVENTORY)),
        R.CASH: (Move(M, AMOUNT, A.BEFORE, A.CASH),),
        R.OWED_TO_US: (Move(M, AMOUNT, A.BEFORE, A.RECEIVABLE),),
        R.OWED_BY_US: (Move(M, AMOUNT, A.PAYABLE, A.BEFORE),),
    },
}
