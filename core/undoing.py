"""红冲前看有没有东西挡着：后来的单据、已核销的款、已走的货、已用的成本；挡着就说出是哪一张。"""

from typing import Any

from sqlalchemy import func, select

from core.accounts import Chart, account, entry, open_item, settlement, stock
from core.catalog import goods_by_id
from core.documents import (
    ORDER_STILL_OPEN,
    document,
    document_line,
    order_open,
    stands,
)
from core.errors import blocked_by, in_the_way
from core.ledger import deltas
from core.locks import lock_availability, lock_batches, lock_funds
from core.pick_lists import is_unfinished, not_an_ended_pick, unfinished
from core.posting_rules import Account, Kind, Measure
from core.settling import PAYMENTS, standing
from core.tx import Tx
from core.values import yuan

# a document of these is undone together with those under it, never one of them alone
HEADS = frozenset({Kind.EXCHANGE, Kind.SIGNED})
FOLLOWED_BY = {
    Kind.CLAIM: "已经就它索赔",
    Kind.LATE_COST: "已经补过价或摊过费用",
    Kind.PRICE_CUT: "已经补过价或摊过费用",
}
LEFT_BY = {
    Kind.PICK_LIST: "拣货",
    Kind.DELIVERY: "出库",
    Kind.MISC_OUT: "领用",
    Kind.PURCHASE_RETURN: "退供应商",
    Kind.TRANSFER_OUT: "调走",
    Kind.SCRAP: "报损",
    Kind.STOCKTAKE: "盘点",
    Kind.HOLD: "冻结",
    Kind.EXPIRE: "过期",
}
AFTERWARDS = {
    Kind.REQUISITION: "已经照它询过价或下过单",
    Kind.SALES_ORDER: "已经拣货或发过货",
    Kind.PURCHASE_ORDER: "已经到过货",
    Kind.DELIVERY: "客户已经签收或退过货",
    Kind.TRANSFER_OUT: "对方已经收货",
}


def untouched(tx: Tx, original: Any, together: list[int]) -> None:
    """Nothing later may stand on a line of it: deliveries on orders, returns on deliveries, arrivals on transfers."""
    if original.kind == Kind.PICK_LIST and not is_unfinished(tx, original.id):
        raise blocked_by(original.number, "已经拣完了。货已出库的，撤回出库单。")
    rows = (
        tx.conn.execute(
            select(document.c.number)
            .join(document_line, document_line.c.document_id == document.c.id)
            .where(
                document_line.c.order_id == original.id,
                document.c.id.not_in(together),
                stands(),
                not_an_ended_pick(),
            )
            .distinct()
            .order_by(document.c.number)
            .limit(3)
        )
        .scalars()
        .all()
    )
    if rows and all(number.startswith(Kind.SALES_CLOSE) for number in rows):
        raise blocked_by(
            original.number, f"剩下的已经放开（{'、'.join(rows)}），没有可撤的了。要货请重新下单。"
        )
    if rows:
        why = FOLLOWED_BY.get(Kind(rows[0][:2])) or AFTERWARDS.get(Kind(original.kind), "后面已经有单")
        raise in_the_way(original.number, f"{why}（{'、'.join(rows)}）", "先撤回那张单。")


def money_free(tx: Tx, original: Any, together: list[int]) -> None:
    """What others settled must be undone first; what it settled itself is undone with it, a payment's all (decisions 16, 66)."""
    if original.kind in PAYMENTS:
        return
    if original.kind == Kind.SETTLEMENT:
        _still_settled(tx, original)
        return
    mine = select(open_item.c.id).where(open_item.c.document_id == original.id)
    numbers = (
        tx.conn.execute(
            select(document.c.number)
            .join(settlement, settlement.c.document_id == document.c.id)
            .where(
                settlement.c.debit_id.in_(mine) | settlement.c.credit_id.in_(mine),
                settlement.c.document_id.not_in(together),
                standing(),
            )
            .distinct()
            .order_by(document.c.number)
            .limit(3)
        )
        .scalars()
        .all()
    )
    if numbers:
        raise in_the_way(original.number, f"款项已核销（{'、'.join(numbers)}）")


def _still_settled(tx: Tx, original: Any) -> None:
    """反核销, or a settlement that was re-opened since: there is nothing left to undo."""
    query = select(settlement.c.id).where(settlement.c.document_id == original.id, standing())
    if not tx.conn.execute(query.limit(1)).first():
        raise blocked_by(
            original.number, "它核销的已经放开了，没有可撤的。要再核销请说“核销 收款单号 出库单号”。"
        )


def all_still_here(tx: Tx, original: Any, ids: list[int]) -> None:
    """Goods that came in must still lie there, unreserved; their cost must still be in the pool and money in its fund."""
    rows = tx.conn.execute(select(entry).where(entry.c.document_id.in_(ids)).order_by(entry.c.id))
    accounts = Chart(tx.conn.execute(select(account).where(account.c.company_id == tx.company_id)))
    goods, pools, promised, cash = deltas([dict(row._mapping) for row in rows], accounts)
    _check_stock(tx, original, {(batch_id, place): by for (batch_id, place, _), (by, _) in goods.items()})
    _check_free(tx, original, {key: by["sellable_milli"] for key, by in promised.items()})
    _check_value(tx, original, {batch_id: value for batch_id, (_, value) in pools.items() if value})
    cash_still_there(tx, original, cash)


def _check_stock(tx: Tx, original: Any, leave: dict[tuple[int, int], int]) -> None:
    leaving = {key: by for key, by in leave.items() if by > 0}
    if not leaving:
        return
    rows = tx.conn.execute(
        select(stock).where(stock.c.batch_id.in_(sorted({batch_id for batch_id, _ in leaving})))
    ).all()
    here = {(row.batch_id, row.account_id): row.qty_milli - row.picked_milli for row in rows}
    for (batch_id, account_id), by in leaving.items():
        if here.get((batch_id, account_id), 0) < by:
            raise in_the_way(original.number, _what_left(tx, original, batch_id))


def _what_left(tx: Tx, original: Any, batch_id: int) -> str:
    """“其中 3箱已在 DN-… 出库”: which documents took of the batch, and how much."""
    took = _who_took(tx, original, batch_id)
    if not took:
        return "其中的货已经动过"
    goods = goods_by_id(tx.conn, tx.company_id, {row.product_id for row in took.values()}, stopped_too=True)
    return "其中 " + "、".join(
        f"{goods[row.product_id].words(row.milli, row.unit)}已在 {number} {LEFT_BY.get(Kind(row.kind), '动过')}"
        for number, row in took.items()
    )


def _who_took(tx: Tx, original: Any, batch_id: int) -> dict[str, Any]:
    """{number: kind, product, milli, unit} of the later documents that moved goods of the batch, at most three."""
    rows = tx.conn.execute(
        select(
            document.c.number,
            document.c.kind,
            entry.c.product_id,
            func.sum(entry.c.amount).label("milli"),
            func.max(document_line.c.unit).label("unit"),
        )
        .join(entry, entry.c.document_id == document.c.id)
        .join(
            document_line,
            (document_line.c.document_id == entry.c.document_id)
            & (document_line.c.line_no == entry.c.line_no),
        )
        .where(
            entry.c.batch_id == batch_id,
            (entry.c.measure == int(Measure.GOODS)) | unfinished(),
            document.c.id > original.id,
            *((document.c.parent_id.is_distinct_from(original.id),) if Kind(original.kind) in HEADS else ()),
            stands(),
        )
        .group_by(document.c.number, document.c.kind, entry.c.product_id)
        .order_by(document.c.number)
        .limit(3)
    )
    return {row.number: row for row in rows}


def _check_free(tx: Tx, original: Any, free: dict[tuple[int, int], int]) -> None:
    rows = lock_availability(tx, [key for key, by in free.items() if by > 0])
    for key, row in rows.items():
        if row.sellable_milli - row.reserved_milli < free[key]:
            numbers = (
                tx.conn.execute(
                    select(document.c.number)
                    .join(order_open, order_open.c.order_id == document.c.id)
                    .where(
                        order_open.c.product_id == key[0],
                        order_open.c.warehouse_id == key[1],
                        ORDER_STILL_OPEN,
                    )
                    .order_by(document.c.id)
                    .limit(3)
                )
                .scalars()
                .all()
            )
            raise in_the_way(
                original.number, f"这批货已被订单锁定（{'、'.join(numbers)}）", "先撤回订单，再来撤这张。"
            )


def _check_value(tx: Tx, original: Any, value: dict[int, int]) -> None:
    for batch_id, pool in lock_batches(tx, value).items():
        if pool.value_fen < value[batch_id]:
            raise in_the_way(
                original.number,
                f"它的成本已被后来的单用掉（{'、'.join(_who_took(tx, original, batch_id)) or '其他单据'}）",
                "先撤回那张单。",
            )


def cost_unused(tx: Tx, original: Any) -> None:
    """A change of cost is taken back whole or not at all: goods that left since have carried a part of it away."""
    rows = select(document_line.c.batch_id).where(document_line.c.document_id == original.id)
    ids = {row.batch_id for row in tx.conn.execute(rows) if row.batch_id}
    lock_batches(tx, ids)
    inventory = select(account.c.id).where(
        account.c.company_id == tx.company_id, account.c.role == Account.INVENTORY.value
    )
    query = (
        select(document.c.number)
        .join(entry, entry.c.document_id == document.c.id)
        .where(
            entry.c.batch_id.in_(sorted(ids)),
            entry.c.measure == int(Measure.MONEY),
            entry.c.source_id.in_(inventory),
            document.c.id > original.id,
            stands(),
        )
    )
    numbers = tx.conn.execute(query.distinct().order_by(document.c.number).limit(3)).scalars().all()
    if numbers:
        raise in_the_way(
            original.number,
            f"它的成本已被后来的单用掉（{'、'.join(numbers)}）",
            "先撤回那张单，或另记一笔相反的。",
        )


def cash_still_there(tx: Tx, original: Any, cash: dict[int, int]) -> None:
    for account_id, row in lock_funds(tx, cash).items():
        if not row.overdraft and row.balance_fen < cash[account_id]:
            raise blocked_by(
                original.number,
                f"{row.name} 余额只有 {yuan(row.balance_fen)}，退不出 {yuan(cash[account_id])}。先把钱补进这个账户，再来撤这张。",
            )
