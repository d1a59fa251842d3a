"""谁看得到什么：每种单据谁能看、上面的钱谁能看，资料的哪几栏谁能看；没列出来的一律看不到。"""

from collections.abc import Iterable

from core.posting_rules import Kind
from core.staff import Actor, May

Rights = tuple[May, ...]  # any one of them is enough

EVERYONE: Rights = (May.SEE_STOCK,)
SALES_PRICE: Rights = (May.SEE_SALES_PRICE,)
PURCHASE_PRICE: Rights = (May.SEE_PURCHASE_PRICE,)
COST: Rights = (May.SEE_COST,)
RECEIVABLE: Rights = (May.SEE_RECEIVABLE,)
PAYABLE: Rights = (May.SEE_PAYABLE,)
CUSTOMERS: Rights = (May.SELL, May.DELIVER, May.TAKE_PAYMENT, May.SEE_RECEIVABLE)
SUPPLIERS: Rights = (May.RECEIVE, May.ORDER_GOODS, May.PAY, May.SEE_PAYABLE)
STAFF: Rights = (May.MANAGE_STAFF,)
CASH: Rights = (May.KEEP_CASH,)
SETTLING: Rights = (May.SETTLE,)
KEEP_BOOKS: Rights = (May.SET_UP,)

_BUYING: Rights = SUPPLIERS
_SELLING: Rights = (May.SELL, May.DELIVER, May.TAKE_BACK, May.SEE_SALES_PRICE, May.SEE_RECEIVABLE)
# kind → who sees such a document · who sees the money on it
DOCUMENTS: dict[Kind, tuple[Rights, Rights]] = {
    Kind.REQUISITION: (_BUYING, PURCHASE_PRICE),
    Kind.QUOTE: (_BUYING, PURCHASE_PRICE),
    Kind.PURCHASE_ORDER: (_BUYING, PURCHASE_PRICE),
    Kind.PURCHASE_CLOSE: (_BUYING, PURCHASE_PRICE),
    Kind.GOODS_RECEIPT: (_BUYING, PURCHASE_PRICE),
    Kind.PURCHASE_RETURN: (_BUYING, PURCHASE_PRICE),
    Kind.SALES_ORDER: (_SELLING, SALES_PRICE),
    Kind.SALES_CLOSE: (_SELLING, SALES_PRICE),
    Kind.PICK_LIST: (_SELLING, SALES_PRICE),
    Kind.PICK_CLOSE: (_SELLING, SALES_PRICE),
    Kind.DELIVERY: (_SELLING, SALES_PRICE),
    Kind.SIGNED: (_SELLING, SALES_PRICE),
    Kind.SALES_RETURN: (_SELLING, SALES_PRICE),
    Kind.EXCHANGE: (_SELLING, SALES_PRICE),
    Kind.RELEASE: (EVERYONE, COST),
    Kind.HOLD: (EVERYONE, COST),
    Kind.UNHOLD: (EVERYONE, COST),
    Kind.PUT_AWAY: (EVERYONE, COST),
    Kind.TRANSFER_OUT: (EVERYONE, COST),
    Kind.TRANSFER_IN: (EVERYONE, COST),
    Kind.EXPIRE: (EVERYONE, COST),
    Kind.STOCKTAKE: (EVERYONE, COST),
    Kind.SCRAP: (EVERYONE, COST),
    Kind.CLAIM: (_BUYING, PURCHASE_PRICE),
    Kind.MISC_IN: (EVERYONE, PURCHASE_PRICE),
    Kind.MISC_OUT: (EVERYONE, COST),
    Kind.PAYMENT_IN: ((May.TAKE_PAYMENT, May.SEE_RECEIVABLE), RECEIVABLE),
    Kind.PAYMENT_OUT: ((May.PAY, May.SEE_PAYABLE), PAYABLE),
    Kind.EXPENSE: (CASH, CASH),
    Kind.INCOME: (CASH, CASH),
    Kind.FUND_TRANSFER: (CASH, CASH),
    Kind.NETTING: (SETTLING, SETTLING),
    Kind.SETTLEMENT: (SETTLING, SETTLING),
    Kind.WRITE_OFF: (SETTLING, SETTLING),
    Kind.LATE_COST: (_BUYING, PURCHASE_PRICE),
    Kind.PRICE_CUT: (_BUYING, PURCHASE_PRICE),
    Kind.OPENING: ((May.OPENING, May.SEE_COST), COST),
}


def sees(actor: Actor, rights: Iterable[May]) -> bool:
    """What this person may read here; in a group no more than anybody."""
    return any(actor.sees(one) for one in rights)


def kinds_seen(actor: Actor) -> list[str]:
    """The documents this person's roles let him look up, money or not."""
    return [kind.value for kind, (who, _) in DOCUMENTS.items() if actor.may.intersection(who)]


def sees_money(actor: Actor, kind: str) -> bool:
    return kind in DOCUMENTS and sees(actor, DOCUMENTS[Kind(kind)][1])
