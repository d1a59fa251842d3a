"""记账规则表：每种单据让什么从哪里到哪里。新人从这里读起。"""

from enum import IntEnum, StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """A document's kind; its value is the prefix of its number."""

    REQUISITION = "PR"
    QUOTE = "RQ"
    PURCHASE_ORDER = "PO"
    PURCHASE_CLOSE = "PC"
    GOODS_RECEIPT = "GR"
    PURCHASE_RETURN = "PT"
    SALES_ORDER = "SO"
    SALES_CLOSE = "SC"
    PICK_LIST = "JH"
    PICK_CLOSE = "JG"
    DELIVERY = "DN"
    SIGNED = "QS"
    SALES_RETURN = "ST"
    EXCHANGE = "HH"
    RELEASE = "FX"
    HOLD = "DJ"
    UNHOLD = "JD"
    PUT_AWAY = "YW"
    TRANSFER_OUT = "TR"
    TRANSFER_IN = "TI"
    EXPIRE = "EX"
    STOCKTAKE = "CT"
    SCRAP = "SP"
    CLAIM = "CL"
    MISC_IN = "QI"
    MISC_OUT = "QO"
    PAYMENT_IN = "SK"
    PAYMENT_OUT = "FK"
    EXPENSE = "FY"
    INCOME = "SR"
    FUND_TRANSFER = "ZZ"
    NETTING = "DC"
    SETTLEMENT = "HX"
    WRITE_OFF = "HZ"
    LATE_COST = "LC"
    PRICE_CUT = "JB"
    OPENING = "QC"


KIND_NAMES: dict[Kind, str] = {
    Kind.REQUISITION: "采购申请",
    Kind.QUOTE: "报价单",
    Kind.PURCHASE_ORDER: "采购订单",
    Kind.PURCHASE_CLOSE: "采购关闭",
    Kind.GOODS_RECEIPT: "采购入库单",
    Kind.PURCHASE_RETURN: "采购退货单",
    Kind.SALES_ORDER: "销售订单",
    Kind.SALES_CLOSE: "订单关闭",
    Kind.PICK_LIST: "拣货单",
    Kind.PICK_CLOSE: "拣货结束",
    Kind.DELIVERY: "销售出库单",
    Kind.SIGNED: "签收单",
    Kind.SALES_RETURN: "销售退货单",
    Kind.EXCHANGE: "换货单",
    Kind.RELEASE: "待检放行",
    Kind.HOLD: "冻结单",
    Kind.UNHOLD: "解冻单",
    Kind.PUT_AWAY: "移库位单",
    Kind.TRANSFER_OUT: "调拨出库",
    Kind.TRANSFER_IN: "调拨入库",
    Kind.EXPIRE: "过期转出",
    Kind.STOCKTAKE: "盘点单",
    Kind.SCRAP: "报损单",
    Kind.CLAIM: "索赔单",
    Kind.MISC_IN: "其他入库",
    Kind.MISC_OUT: "其他出库",
    Kind.PAYMENT_IN: "收款单",
    Kind.PAYMENT_OUT: "付款单",
    Kind.EXPENSE: "费用单",
    Kind.INCOME: "其他收入单",
    Kind.FUND_TRANSFER: "资金调拨单",
    Kind.NETTING: "对冲单",
    Kind.SETTLEMENT: "核销单",
    Kind.WRITE_OFF: "坏账抹零单",
    Kind.LATE_COST: "补成本单",
    Kind.PRICE_CUT: "价保单",
    Kind.OPENING: "期初单",
}


class Role(StrEnum):
    """What a line is within its document."""

    LINE = "line"
    GIFT = "gift"
    BACK = "back"  # what came back for what went out
    GAIN = "gain"
    LOSS = "loss"
    SAME = "same"
    REJECTED = "rejected"  # not taken in
    MISSING = "missing"
    CHECK = "check"
    HELD = "held"
    RECALL = "recall"  # names the batch that is called back, moves nothing
    STALE = "stale"
    STOCK = "stock"
    CASH = "cash"
    OWED_TO_US = "owed_to_us"
    OWED_BY_US = "owed_by_us"
    OVERPAID = "overpaid"
    REOPENED = "reopened"
    RETURNED = "returned"


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
    LEFT = "left"  # of AMOUNT, what falls on goods still here
    GONE = "gone"  # of AMOUNT, the rest


class Account(StrEnum):
    """Both ends of a move; the first group exists once per warehouse (可售 and 已拣 once per bin), CASH once per fund, the rest once per company."""

    OK = "可售"
    CHECK = "待检"
    HELD = "冻结"
    STALE = "过期"
    TRANSIT = "在途"  # of the warehouse the goods are going to
    RESERVED = "锁定"
    PICKED = "已拣"  # batches set aside on a pick list, bin by bin
    ON_ORDER = "在订"
    CASH = "资金"
    FREE = "自由"
    SUPPLIER = "供应商"
    CUSTOMER = "客户"
    FOUND = "来源不明"
    USED = "领用"
    LOST = "灭失"
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
    COUNT_DIFF = "盘点损益"
    SCRAP_LOSS = "损耗"
    TRANSIT_LOSS = "调拨差异"


ON_HAND = frozenset(
    {Account.OK, Account.CHECK, Account.HELD, Account.STALE, Account.TRANSIT}
)  # goods of ours lie there
PER_WAREHOUSE = ON_HAND | {Account.RESERVED, Account.PICKED, Account.ON_ORDER}
PER_BIN = frozenset({Account.OK, Account.PICKED})


ESTIMATED, CORRECTED = (
    "暂估",
    "票差",
)  # why a line of a receipt, and a later one that points at it, costs what it does


class Move(NamedTuple):
    """Value leaves `source` and enters `target` (money: credit source, debit target). 红冲 swaps the ends."""

    measure: Measure
    number: Number
    source: Account
    target: Account


K, R, A = Kind, Role, Account
G, P, M = Measure.GOODS, Measure.PROMISE, Measure.MONEY
QTY, OPEN, AMOUNT, COST = Number.QTY, Number.OPEN, Number.AMOUNT, Number.COST
LEFT, GONE = Number.LEFT, Number.GONE

RULES: dict[Kind, dict[Role, tuple[Move, ...]]] = {
    K.REQUISITION: {R.LINE: ()},  # intentions: nothing moves
    K.QUOTE: {R.LINE: ()},
    K.PURCHASE_ORDER: {R.LINE: (Move(P, QTY, A.FREE, A.ON_ORDER),)},
    K.PURCHASE_CLOSE: {R.LINE: (Move(P, OPEN, A.ON_ORDER, A.FREE),)},
    K.GOODS_RECEIPT: {
        R.LINE: (
            Move(P, OPEN, A.ON_ORDER, A.FREE),
            Move(G, QTY, A.SUPPLIER, A.OK),
            Move(M, AMOUNT, A.PAYABLE, A.INVENTORY),
        ),
        R.GIFT: (Move(G, QTY, A.SUPPLIER, A.OK),),  # 搭赠: value 0, lowers the pool's average
        R.REJECTED: (),  # stays on order; the buyer closes it
    },
    K.SALES_ORDER: {R.LINE: (Move(P, QTY, A.FREE, A.RESERVED),), R.GIFT: (Move(P, QTY, A.FREE, A.RESERVED),)},
    K.SALES_CLOSE: {R.LINE: (Move(P, OPEN, A.RESERVED, A.FREE),)},
    K.PICK_LIST: {R.LINE: (Move(P, QTY, A.FREE, A.PICKED),)},  # chooses batches and bins, moves nothing
    K.PICK_CLOSE: {R.LINE: (Move(P, QTY, A.PICKED, A.FREE),)},
    K.DELIVERY: {
        R.LINE: (
            Move(P, OPEN, A.RESERVED, A.FREE),
            Move(G, QTY, A.OK, A.CUSTOMER),
            Move(M, AMOUNT, A.REVENUE, A.RECEIVABLE),
            Move(M, COST, A.INVENTORY, A.COGS),
        ),
        R.GIFT: (
            Move(P, OPEN, A.RESERVED, A.FREE),
            Move(G, QTY, A.OK, A.CUSTOMER),
            Move(M, COST, A.INVENTORY, A.PROMOTION),
        ),
    },
    K.PURCHASE_RETURN: {
        role: (
            Move(G, QTY, place, A.SUPPLIER),
            Move(M, COST, A.INVENTORY, A.PRICE_DIFF),
            Move(M, AMOUNT, A.PRICE_DIFF, A.PAYABLE),
        )
        for role, place in ((R.LINE, A.OK), (R.HELD, A.HELD))
    },
    K.SIGNED: {R.LINE: (), R.BACK: ()},  # dates only; what was refused is a 销售退货单 under it
    K.SALES_RETURN: {
        R.LINE: (
            Move(G, QTY, A.CUSTOMER, A.CHECK),
            Move(M, AMOUNT, A.RECEIVABLE, A.REVENUE),
            Move(M, COST, A.COGS, A.INVENTORY),
        ),
        R.GIFT: (Move(G, QTY, A.CUSTOMER, A.CHECK), Move(M, COST, A.PROMOTION, A.INVENTORY)),
    },
    K.EXCHANGE: {R.BACK: (), R.LINE: ()},  # heads a 销售退货单 and a 销售出库单 that move what it names
    K.RELEASE: {R.LINE: (Move(G, QTY, A.CHECK, A.OK),)},
    K.HOLD: {  # 冻结 召回
        R.LINE: (Move(G, QTY, A.OK, A.HELD),),
        R.CHECK: (Move(G, QTY, A.CHECK, A.HELD),),
        R.RECALL: (),
    },
    K.UNHOLD: {R.LINE: (Move(G, QTY, A.HELD, A.OK),), R.RECALL: ()},
    K.PUT_AWAY: {R.LINE: (Move(G, QTY, A.OK, A.OK),)},  # from bin to bin
    K.TRANSFER_OUT: {
        R.LINE: (Move(G, QTY, A.OK, A.TRANSIT),)
    },  # the pool does not care where goods lie: no money
    K.TRANSFER_IN: {
        R.LINE: (Move(G, QTY, A.TRANSIT, A.OK),),
        R.MISSING: (Move(G, QTY, A.TRANSIT, A.LOST), Move(M, COST, A.INVENTORY, A.TRANSIT_LOSS)),
    },
    K.EXPIRE: {R.LINE: (Move(G, QTY, A.OK, A.STALE),)},  # posted by turn_day only
    K.STOCKTAKE: {
        R.GAIN: (Move(G, QTY, A.FOUND, A.OK), Move(M, COST, A.COUNT_DIFF, A.INVENTORY)),
        R.LOSS: (Move(G, QTY, A.OK, A.LOST), Move(M, COST, A.INVENTORY, A.COUNT_DIFF)),
        R.SAME: (),
    },
    K.SCRAP: {
        role: (Move(G, QTY, place, A.LOST), Move(M, COST, A.INVENTORY, A.SCRAP_LOSS))  # from any condition
        for role, place in ((R.LINE, A.OK), (R.CHECK, A.CHECK), (R.HELD, A.HELD), (R.STALE, A.STALE))
    },
    K.CLAIM: {R.LINE: (Move(M, AMOUNT, A.SCRAP_LOSS, A.PAYABLE),)},  # 向供应商索赔, once agreed
    K.MISC_IN: {R.LINE: (Move(G, QTY, A.FOUND, A.OK), Move(M, AMOUNT, A.OTHER_INCOME, A.INVENTORY))},
    K.MISC_OUT: {R.LINE: (Move(G, QTY, A.OK, A.USED), Move(M, COST, A.INVENTORY, A.EXPENSE))},
    K.PAYMENT_IN: {R.LINE: (Move(M, AMOUNT, A.RECEIVABLE, A.CASH),)},
    K.PAYMENT_OUT: {R.LINE: (Move(M, AMOUNT, A.CASH, A.PAYABLE),)},
    K.EXPENSE: {R.LINE: (Move(M, AMOUNT, A.CASH, A.EXPENSE),)},
    K.INCOME: {R.LINE: (Move(M, AMOUNT, A.OTHER_INCOME, A.CASH),)},
    K.FUND_TRANSFER: {R.LINE: (Move(M, AMOUNT, A.CASH, A.CASH),)},  # from one fund into another
    K.NETTING: {R.LINE: (Move(M, AMOUNT, A.RECEIVABLE, A.PAYABLE),)},
    K.SETTLEMENT: {R.LINE: (), R.REOPENED: ()},  # open items only: 核销, 反核销
    K.WRITE_OFF: {
        R.OWED_TO_US: (Move(M, AMOUNT, A.RECEIVABLE, A.EXPENSE),),
        R.OWED_BY_US: (Move(M, AMOUNT, A.OTHER_INCOME, A.PAYABLE),),
        R.OVERPAID: (Move(M, AMOUNT, A.OTHER_INCOME, A.RECEIVABLE),),
    },
    K.LATE_COST: {  # 运费 票差: history is not rewritten, what is gone is a cost of today
        R.LINE: (Move(M, LEFT, A.PAYABLE, A.INVENTORY), Move(M, GONE, A.PAYABLE, A.COGS)),
        R.RETURNED: (Move(M, AMOUNT, A.PAYABLE, A.PRICE_DIFF),),  # the share of what was sent back since
    },
    K.PRICE_CUT: {  # 价保 返利 票差 the other way
        R.LINE: (Move(M, LEFT, A.INVENTORY, A.PAYABLE), Move(M, GONE, A.COGS, A.PAYABLE)),
        R.RETURNED: (Move(M, AMOUNT, A.PRICE_DIFF, A.PAYABLE),),
    },
    K.OPENING: {
        R.STOCK: (Move(G, QTY, A.BEFORE, A.OK), Move(M, AMOUNT, A.BEFORE, A.INVENTORY)),
        R.STALE: (
            Move(G, QTY, A.BEFORE, A.STALE),
            Move(M, AMOUNT, A.BEFORE, A.INVENTORY),
        ),  # past its date on opening day
        R.CASH: (Move(M, AMOUNT, A.BEFORE, A.CASH),),
        R.OWED_TO_US: (Move(M, AMOUNT, A.BEFORE, A.RECEIVABLE),),
        R.OWED_BY_US: (Move(M, AMOUNT, A.PAYABLE, A.BEFORE),),
    },
}
