"""总账：按规则表记流水、改余额；红冲就是把两头对调。"""

from collections import defaultdict
from functools import cache
from typing import Any

from sqlalchemy import bindparam, select, update

from core.accounts import Chart, availability, batch, change, chart, entry, fund, stock
from core.db import insert_of
from core.documents import Draft, Line, document, document_line, next_number, order_open
from core.locks import Key, lock_batches
from core.posting_rules import ON_HAND, RULES, Account, Kind, Measure, Number
from core.settling import Settled, cancel_items, open_items, settle, undo_settlements
from core.tx import Tx

ORDERS = (Kind.SALES_ORDER, Kind.PURCHASE_ORDER)
# Statements of the posting path are put together once: building one anew costs more than running it (performance.md §2).
_NEW_DOCUMENT = document.insert().returning(document.c.id)
_NEW_LINES, _NEW_ENTRIES, _NEW_PROMISES = document_line.insert(), entry.insert(), order_open.insert()
_FUND = (
    update(fund)
    .where(fund.c.account_id == bindparam("of"))
    .values(balance_fen=fund.c.balance_fen + bindparam("by"))
)
# an update, not an upsert: CHECK would refuse the inserted row before ON CONFLICT is looked at
_LESS_STOCK = (
    update(stock)
    .where(stock.c.batch_id == bindparam("of_batch"), stock.c.account_id == bindparam("of_account"))
    .values(
        qty_milli=stock.c.qty_milli + bindparam("by"),
        picked_milli=stock.c.picked_milli + bindparam("by_picked"),
    )
)
_POOL = (
    update(batch)
    .where(batch.c.id == bindparam("of"))
    .values(qty_milli=batch.c.qty_milli + bindparam("qty"), value_fen=batch.c.value_fen + bindparam("value"))
)
PROMISED = ("sellable_milli", "reserved_milli", "on_order_milli", "in_transit_milli")
_PROMISED = (
    update(availability)
    .where(availability.c.product_id == bindparam("p"), availability.c.warehouse_id == bindparam("w"))
    .values({name: availability.c[name] + bindparam(f"by_{name}") for name in PROMISED})
)
_ORDER_LINE = (
    update(order_open)
    .where(order_open.c.order_id == bindparam("of"), order_open.c.order_line == bindparam("line"))
    .values(
        open_milli=order_open.c.open_milli + bindparam("by"),
        picked_milli=order_open.c.picked_milli + bindparam("by_picked"),
    )
)
TRACKED = (Account.RESERVED, Account.ON_ORDER, Account.PICKED)  # what order_open keeps count of


# ── posting ──


def post(tx: Tx, draft: Draft) -> tuple[Settled, ...]:
    """Write the document, its lines, entries and balances; returns what it settled. Locks are the caller's (prepare)."""
    accounts = chart(tx.conn, tx.company_id, _places(draft), _bins(draft))
    costed = _take_costs(tx, draft)
    _head(tx, draft)  # the counter is the last lock: every document of the day waits for it
    entries = [
        row
        for number, line in enumerate(draft.lines, 1)
        for row in _entries(tx, draft, number, line, accounts)
    ]
    _write_lines(tx, draft)
    _apply(tx, entries, accounts, costed)
    _track_orders(tx, draft, entries, accounts)
    items = open_items(tx, draft, entries, accounts)
    return settle(tx, draft, items)


def _places(draft: Draft) -> set[int]:
    return {place for line in draft.lines for place in (line.warehouse_id, line.to_warehouse_id) if place}


def _bins(draft: Draft) -> set[str]:
    return {code for line in draft.lines for code in (line.bin, line.to_bin)}


def _head(tx: Tx, draft: Draft) -> None:
    if draft.id:  # it has its number since it was asked for, and waited for approval until now
        tx.conn.execute(
            update(document)
            .where(document.c.id == draft.id)
            .values(
                state="posted",
                business_date=draft.business_date,
                posted_at=tx.now,
                parent_id=draft.parent_id,
                promised_on=draft.promised_on,
                total_fen=draft.total_fen,
                note=draft.note,
                extra=draft.extra,
            )
        )
        return
    draft.number = next_number(tx.conn, tx.company_id, draft.kind, tx.today)
    draft.id = tx.conn.execute(
        _NEW_DOCUMENT,
        {
            "company_id": tx.company_id,
            "kind": draft.kind.value,
            "number": draft.number,
            "state": "posted",
            "business_date": draft.business_date,
            "created_at": tx.now,
            "posted_at": tx.now,
            "staff_id": tx.actor.id,
            "partner_id": draft.partner_id,
            "parent_id": draft.parent_id,
            "reverses_id": draft.reverses_id,
            "promised_on": draft.promised_on,
            "total_fen": draft.total_fen,
            "command": draft.command,
            "note": draft.note,
            "extra": draft.extra,
        },
    ).scalar_one()


def _take_costs(tx: Tx, draft: Draft) -> frozenset[int]:
    """Freeze each line's cost from its pool as it stands before the goods leave, line after line; returns those pools."""
    costed = [
        line
        for line in draft.lines
        if line.batch_id
        and any(
            move.number is Number.COST and move.source is Account.INVENTORY
            for move in RULES[draft.kind][line.role]
        )
    ]
    pools = lock_batches(tx, (line.batch_id for line in costed if line.batch_id))
    for line in costed:
        line.cost_fen = pools[line.batch_id or 0].issue(line.qty_milli)
    return frozenset(pools)


def _figure(line: Line, number: Number) -> int:
    match number:
        case Number.QTY:
            return line.qty_milli
        case Number.OPEN:
            return line.open_milli
        case Number.AMOUNT:
            return line.amount_fen
        case Number.COST | Number.LEFT:
            return line.cost_fen
        case Number.GONE:
            return line.amount_fen - line.cost_fen


def _entries(tx: Tx, draft: Draft, number: int, line: Line, accounts: Chart) -> list[dict[str, Any]]:
    rows = []
    for move in RULES[draft.kind][line.role]:
        amount = _figure(line, move.number)
        if amount:  # a move of 0 writes no entry (decision 78)
            source = _account(accounts, move.source, line, line.fund_id, line.bin)
            shelf = line.to_bin if move.target is Account.OK else line.bin
            target = _account(accounts, move.target, line, line.to_fund_id or line.fund_id, shelf)
            rows.append(_entry(tx, draft, number, line, move.measure, amount, source, target))
    return rows


def _account(accounts: Chart, role: Account, line: Line, fund_id: int | None, bin_code: str) -> int:
    if role is Account.CASH:
        assert fund_id, "a line that moves cash names its fund"
        return fund_id
    if role is Account.TRANSIT and line.to_warehouse_id:
        return accounts.id(role, line.to_warehouse_id)
    return accounts.id(role, line.warehouse_id, bin_code)


def _entry(
    tx: Tx, draft: Draft, line_no: int, line: Line, measure: Measure, amount: int, source: int, target: int
) -> dict[str, Any]:
    return {
        "company_id": tx.company_id,
        "document_id": draft.id,
        "line_no": line_no,
        "measure": int(measure),
        "source_id": source,
        "target_id": target,
        "product_id": line.product_id,
        "batch_id": line.batch_id,
        "partner_id": line.partner_id or draft.partner_id,
        "amount": amount,
        "business_date": draft.business_date,
    }


LINE_FIELDS = (
    "role",
    "product_id",
    "warehouse_id",
    "to_warehouse_id",
    "batch_id",
    "said_milli",
    "unit",
    "qty_milli",
    "price_e4",
    "price_unit",
    "amount_fen",
    "cost_fen",
    "order_id",
    "order_line",
    "reason",
    "bin",
    "to_bin",
    "extra",
)


def _write_lines(tx: Tx, draft: Draft) -> None:
    tx.conn.execute(
        _NEW_LINES,
        [
            {"document_id": draft.id, "line_no": number} | {name: getattr(line, name) for name in LINE_FIELDS}
            for number, line in enumerate(draft.lines, 1)
        ],
    )


# ── balances follow from entries by account role ──


def _apply(
    tx: Tx, entries: list[dict[str, Any]], accounts: Chart, costed: frozenset[int] = frozenset()
) -> None:
    if not entries:
        return
    goods, pools, promised, cash = deltas(entries, accounts)
    _close_empty_pools(tx, entries, pools, accounts, costed)
    tx.conn.execute(_NEW_ENTRIES, entries)
    _add_stock(tx, goods)
    _add_pools(tx, pools)
    _add_availability(tx, promised)
    if cash:
        change(tx.conn, _FUND, [{"of": of, "by": by} for of, by in sorted(cash.items())])


def deltas(
    entries: list[dict[str, Any]], accounts: Chart
) -> tuple[
    dict[tuple[int, int, int], list[int]], dict[int, list[int]], dict[Key, dict[str, int]], dict[int, int]
]:
    """([stock, picked] by batch, account, product · [qty, value] by batch · availability by product, warehouse · cash by fund)."""
    goods: dict[tuple[int, int, int], list[int]] = defaultdict(lambda: [0, 0])
    pools: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    promised: dict[Key, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    cash: dict[int, int] = defaultdict(int)
    columns = {
        Account.OK: "sellable_milli",
        Account.RESERVED: "reserved_milli",
        Account.ON_ORDER: "on_order_milli",
        Account.TRANSIT: "in_transit_milli",
    }
    for row in entries:
        for account_id, amount in ((row["source_id"], -row["amount"]), (row["target_id"], row["amount"])):
            role, warehouse_id = accounts.role[account_id], accounts.warehouse[account_id]
            if row["measure"] == Measure.GOODS and role in ON_HAND:
                goods[row["batch_id"], account_id, row["product_id"]][0] += amount
                pools[row["batch_id"]][0] += amount
            if role is Account.PICKED:
                goods[row["batch_id"], accounts.shelf(account_id), row["product_id"]][1] += amount
            if row["measure"] != Measure.MONEY and role in columns and warehouse_id:
                promised[row["product_id"], warehouse_id][columns[role]] += amount
            if row["measure"] == Measure.MONEY and role is Account.INVENTORY and row["batch_id"]:
                pools[row["batch_id"]][1] += amount
            if row["measure"] == Measure.MONEY and role is Account.CASH:
                cash[account_id] += amount
    return goods, pools, promised, cash


def _close_empty_pools(
    tx: Tx,
    entries: list[dict[str, Any]],
    pools: dict[int, list[int]],
    accounts: Chart,
    costed: frozenset[int],
) -> None:
    """A pool that runs out of goods passes its last fen to 价差 in the same document (decision 32).

    A pool whose goods left at their share is empty of money as well; only goods leaving at a stated amount can leave some.
    """
    for batch_id, pool in lock_batches(
        tx, (one for one, (qty, _) in pools.items() if qty < 0 and one not in costed)
    ).items():
        qty, value = pools[batch_id]
        rest = pool.value_fen + value
        if pool.qty_milli + qty == 0 and rest > 0:
            last = next(one for one in reversed(entries) if one["batch_id"] == batch_id)
            entries.append(
                last
                | {
                    "measure": int(Measure.MONEY),
                    "amount": rest,
                    "source_id": accounts.id(Account.INVENTORY, None),
                    "target_id": accounts.id(Account.PRICE_DIFF, None),
                }
            )
            pools[batch_id][1] -= rest


def _add_stock(tx: Tx, goods: dict[tuple[int, int, int], list[int]]) -> None:
    moved = sorted(goods.items())
    arriving = [
        {"batch_id": b, "account_id": a, "product_id": p, "qty_milli": by, "picked_milli": picked}
        for (b, a, p), (by, picked) in moved
        if by > 0
    ]
    leaving = [
        {"of_batch": b, "of_account": a, "by": by, "by_picked": picked}
        for (b, a, _), (by, picked) in moved
        if by < 0 or (by == 0 and picked)
    ]
    if arriving:
        tx.conn.execute(_more_stock(tx.conn.dialect.name), arriving)
    if leaving:
        change(tx.conn, _LESS_STOCK, leaving)


@cache
def _more_stock(dialect: str) -> Any:
    made = insert_of(dialect, stock)
    return made.on_conflict_do_update(
        index_elements=["batch_id", "account_id"],
        set_={
            "qty_milli": stock.c.qty_milli + made.excluded.qty_milli,
            "picked_milli": stock.c.picked_milli + made.excluded.picked_milli,
        },
    )


def _add_pools(tx: Tx, pools: dict[int, list[int]]) -> None:
    moved = [
        {"of": of, "qty": qty, "value": value} for of, (qty, value) in sorted(pools.items()) if qty or value
    ]
    if moved:
        change(tx.conn, _POOL, moved)


def _add_availability(tx: Tx, promised: dict[Key, dict[str, int]]) -> None:
    moved = [
        {"p": p, "w": w} | {f"by_{name}": by.get(name, 0) for name in PROMISED}
        for (p, w), by in sorted(promised.items())
        if any(by.values())
    ]
    if moved:
        change(tx.conn, _PROMISED, moved)


def _track_orders(tx: Tx, draft: Draft, entries: list[dict[str, Any]], accounts: Chart) -> None:
    promises = [row for row in entries if row["measure"] == Measure.PROMISE]
    if draft.kind in ORDERS and draft.reverses_id is None:
        tx.conn.execute(
            _NEW_PROMISES,
            [
                {
                    "order_id": draft.id,
                    "order_line": row["line_no"],
                    "company_id": tx.company_id,
                    "kind": draft.kind.value,
                    "partner_id": draft.partner_id,
                    "product_id": row["product_id"],
                    "promised_on": draft.promised_on,
                    "warehouse_id": draft.lines[row["line_no"] - 1].warehouse_id,
                    "open_milli": row["amount"],
                }
                for row in promises
            ],
        )
        return
    moved: dict[tuple[int | None, int | None], list[int]] = defaultdict(lambda: [0, 0])
    for row in promises:
        line = draft.lines[row["line_no"] - 1]
        for account_id, amount in ((row["source_id"], -row["amount"]), (row["target_id"], row["amount"])):
            role = accounts.role[account_id]
            if role in TRACKED:
                moved[line.order_id, line.order_line][role is Account.PICKED] += amount
    if moved:
        change(
            tx.conn,
            _ORDER_LINE,
            [
                {"of": of, "line": number, "by": by, "by_picked": picked}
                for (of, number), (by, picked) in sorted(moved.items())
            ],
        )


# ── reversal: the same kind, the next number, every end swapped ──


def reverse(tx: Tx, original: Any, draft: Draft) -> None:
    """Post `draft` (whose lines copy the original's) as the exact inverse of `original`. Checks are the command's."""
    rows = (
        tx.conn.execute(select(entry).where(entry.c.document_id == original.id).order_by(entry.c.id))
        .mappings()
        .all()
    )
    accounts = chart(tx.conn, tx.company_id, _places(draft), _bins(draft))
    _head(tx, draft)
    _write_lines(tx, draft)
    swapped = [
        {k: v for k, v in row.items() if k != "id"}
        | {
            "document_id": draft.id,
            "source_id": row["target_id"],
            "target_id": row["source_id"],
            "business_date": draft.business_date,
        }
        for row in rows
    ]
    undo_settlements(tx, original, draft)
    _apply(tx, swapped, accounts)
    _track_orders(tx, draft, swapped, accounts)
    open_items(tx, draft, swapped, accounts)
    cancel_items(tx, original, draft)
