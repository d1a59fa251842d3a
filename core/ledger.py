"""总账：按规则表记流水、改余额、核销；红冲就是把两头对调。"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Update, bindparam, exists, select, text, update
from sqlalchemy import tuple_ as sql_tuple

from core.accounts import (
    Chart,
    account,
    availability,
    batch,
    chart,
    entry,
    fund,
    open_item,
    settlement,
    stock,
    upsert,
)
from core.costing import Pool
from core.documents import Draft, Line, document, document_line, next_number, order_open
from core.partners import partner
from core.posting_rules import ON_HAND, RULES, Account, Kind, Measure, Number
from core.tx import Tx

Key = tuple[int, int]
ORDERS = (Kind.SALES_ORDER, Kind.PURCHASE_ORDER)
STILL_OPEN = text("open_item.open_fen > 0")  # literal, so that the partial index is used
ORDER_STILL_OPEN = text("order_open.open_milli > 0")
PAYMENTS = (Kind.PAYMENT_IN, Kind.PAYMENT_OUT)


class TryAgain(Exception):
    """Somebody was faster between looking and locking: execute() starts the whole transaction again."""


# ── locks: parent document → partner → availability (sorted) → stock, batch → fund → counter ──
# All are FOR NO KEY UPDATE: rows that merely refer to a locked row need not wait for it.

def lock_documents(tx: Tx, ids: Iterable[int]) -> None:
    wanted = sorted(set(ids))
    if tx.writing and wanted:
        tx.conn.execute(select(document.c.id).where(document.c.id.in_(wanted)).order_by(document.c.id).with_for_update(key_share=True))


def lock_open_orders(tx: Tx, kind: Kind, product_ids: Iterable[int], partner_id: int | None = None) -> frozenset[int]:
    """The orders that still promise these goods, locked when writing: what they hold can only grow from here on.

    A command that uses them up takes this lock before the partner's and then reads order_open of these orders only.
    """
    wanted = select(order_open.c.order_id).where(
        order_open.c.company_id == tx.company_id, order_open.c.kind == kind.value, order_open.c.product_id.in_(sorted(set(product_ids))),
        ORDER_STILL_OPEN, *(() if partner_id is None else (order_open.c.partner_id == partner_id,)))
    query = select(document.c.id).where(document.c.id.in_(wanted)).order_by(document.c.id)
    return frozenset(tx.conn.execute(query.with_for_update(key_share=True) if tx.writing else query).scalars())


def lock_partners(tx: Tx, ids: Iterable[int | None]) -> None:
    """Whoever opens, settles or re-opens what a partner owes holds the partner."""
    wanted = sorted({one for one in ids if one})
    if tx.writing and wanted:
        tx.conn.execute(select(partner.c.id).where(partner.c.id.in_(wanted)).order_by(partner.c.id).with_for_update(key_share=True))


def lock_availability(tx: Tx, keys: Iterable[Key]) -> dict[Key, Any]:
    """{(product, warehouse): row}; when writing, the rows are made and locked, always in the same order."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    if tx.writing:
        made = upsert(tx.conn, availability)
        made = made.on_conflict_do_update(index_elements=["product_id", "warehouse_id"],
                                          set_={"sellable_milli": availability.c.sellable_milli}).returning(availability)
        found = tx.conn.execute(made, [{"product_id": p, "warehouse_id": w, "sellable_milli": 0, "reserved_milli": 0,
                                        "on_order_milli": 0, "in_transit_milli": 0} for p, w in wanted])
    else:
        found = tx.conn.execute(select(availability).where(sql_tuple(availability.c.product_id, availability.c.warehouse_id).in_(wanted)))
    return {(row.product_id, row.warehouse_id): row for row in found}


def lock_batches(tx: Tx, ids: Iterable[int]) -> dict[int, Pool]:
    """{batch: its cost pool}; a batch is shared by all warehouses, so it has a lock of its own."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    # the order in which receipts make and lock them
    query = select(batch.c.id, batch.c.qty_milli, batch.c.value_fen).where(batch.c.id.in_(wanted)).order_by(
        batch.c.product_id, batch.c.batch_no if tx.conn.dialect.name == "sqlite" else batch.c.batch_no.collate("C"))
    return {row.id: Pool(row.qty_milli, row.value_fen)
            for row in tx.conn.execute(query.with_for_update(key_share=True) if tx.writing else query)}


def lock_funds(tx: Tx, ids: Iterable[int]) -> dict[int, Any]:
    """{account: row of fund joined with its name}."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    query = (select(fund, account.c.name).join(account, account.c.id == fund.c.account_id)
             .where(fund.c.account_id.in_(wanted)).order_by(fund.c.account_id))
    return {row.account_id: row for row in tx.conn.execute(query.with_for_update(of=fund, key_share=True) if tx.writing else query)}


# ── posting ──

@dataclass(frozen=True, slots=True)
class Settled:
    document_number: str
    amount_fen: int


def post(tx: Tx, draft: Draft) -> tuple[Settled, ...]:
    """Write the document, its lines, entries and balances; returns what it settled. Locks are the caller's (prepare)."""
    accounts = chart(tx.conn, tx.company_id, _places(draft))
    costed = _take_costs(tx, draft)
    _head(tx, draft)  # the counter is the last lock: every document of the day waits for it
    entries = [row for number, line in enumerate(draft.lines, 1) for row in _entries(tx, draft, number, line, accounts)]
    _write_lines(tx, draft)
    _apply(tx, entries, accounts, costed)
    _track_orders(tx, draft, entries, accounts)
    items = _open_items(tx, draft, entries, accounts)
    return settle(tx, draft, items)


def _places(draft: Draft) -> set[int]:
    return {place for line in draft.lines for place in (line.warehouse_id, line.to_warehouse_id) if place}


def _head(tx: Tx, draft: Draft) -> None:
    draft.number = next_number(tx.conn, tx.company_id, draft.kind, tx.today)
    draft.id = tx.conn.execute(document.insert().returning(document.c.id), {
        "company_id": tx.company_id, "kind": draft.kind.value, "number": draft.number, "state": "posted",
        "business_date": draft.business_date, "created_at": tx.now, "posted_at": tx.now, "staff_id": tx.actor.id,
        "partner_id": draft.partner_id, "parent_id": draft.parent_id, "reverses_id": draft.reverses_id,
        "promised_on": draft.promised_on, "total_fen": draft.total_fen, "command": draft.command, "note": draft.note,
        "extra": draft.extra}).scalar_one()


def _take_costs(tx: Tx, draft: Draft) -> frozenset[int]:
    """Freeze each line's cost from its pool as it stands before the goods leave, line after line; returns those pools."""
    costed = [line for line in draft.lines
              if line.batch_id and any(move.number is Number.COST and move.source is Account.INVENTORY for move in RULES[draft.kind][line.role])]
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
        case Number.COST:
            return line.cost_fen


def _entries(tx: Tx, draft: Draft, number: int, line: Line, accounts: Chart) -> list[dict[str, Any]]:
    rows = []
    for move in RULES[draft.kind][line.role]:
        amount = _figure(line, move.number)
        if amount:  # a move of 0 writes no entry (decision 78)
            rows.append(_entry(tx, draft, number, line, move.measure, amount,
                               _account(accounts, move.source, line), _account(accounts, move.target, line)))
    return rows


def _account(accounts: Chart, role: Account, line: Line) -> int:
    if role is Account.CASH:
        assert line.fund_id, "a line that moves cash names its fund"
        return line.fund_id
    if role is Account.TRANSIT and line.to_warehouse_id:
        return accounts.id(role, line.to_warehouse_id)
    return accounts.id(role, line.warehouse_id)


def _entry(tx: Tx, draft: Draft, line_no: int, line: Line, measure: Measure, amount: int, source: int, target: int) -> dict[str, Any]:
    return {"company_id": tx.company_id, "document_id": draft.id, "line_no": line_no, "measure": int(measure),
            "source_id": source, "target_id": target, "product_id": line.product_id, "batch_id": line.batch_id,
            "partner_id": line.partner_id or draft.partner_id, "amount": amount, "business_date": draft.business_date}


LINE_FIELDS = ("role", "product_id", "warehouse_id", "to_warehouse_id", "batch_id", "said_milli", "unit", "qty_milli", "price_e4", "price_unit",
               "amount_fen", "cost_fen", "order_id", "order_line", "reason", "extra")


def _write_lines(tx: Tx, draft: Draft) -> None:
    tx.conn.execute(document_line.insert(), [
        {"document_id": draft.id, "line_no": number} | {name: getattr(line, name) for name in LINE_FIELDS}
        for number, line in enumerate(draft.lines, 1)])


# ── balances follow from entries by account role ──

def _apply(tx: Tx, entries: list[dict[str, Any]], accounts: Chart, costed: frozenset[int] = frozenset()) -> None:
    if not entries:
        return
    goods, pools, promised, cash = _deltas(entries, accounts)
    _close_empty_pools(tx, entries, pools, accounts, costed)
    tx.conn.execute(entry.insert(), entries)
    _add_stock(tx, goods)
    _add_pools(tx, pools)
    _add_availability(tx, promised)
    if cash:
        _change(tx, update(fund).where(fund.c.account_id == bindparam("of")).values(balance_fen=fund.c.balance_fen + bindparam("by")),
                [{"of": of, "by": by} for of, by in sorted(cash.items())])


def _change(tx: Tx, statement: Update, rows: list[dict[str, Any]]) -> None:
    """Change balances; a row that is not there would be a loss nobody sees."""
    changed = tx.conn.execute(statement, rows).rowcount
    if changed != len(rows):
        raise AssertionError(f"{len(rows)} rows of {statement.table} to change, {changed} found")


def _deltas(entries: list[dict[str, Any]], accounts: Chart) -> tuple[
        dict[tuple[int, int, int], int], dict[int, list[int]], dict[Key, dict[str, int]], dict[int, int]]:
    """(stock by batch, account, product · [qty, value] by batch · availability by product, warehouse · cash by fund)."""
    goods: dict[tuple[int, int, int], int] = defaultdict(int)
    pools: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    promised: dict[Key, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    cash: dict[int, int] = defaultdict(int)
    columns = {Account.OK: "sellable_milli", Account.RESERVED: "reserved_milli", Account.ON_ORDER: "on_order_milli",
               Account.TRANSIT: "in_transit_milli"}
    for row in entries:
        for account_id, amount in ((row["source_id"], -row["amount"]), (row["target_id"], row["amount"])):
            role, warehouse_id = accounts.role[account_id], accounts.warehouse[account_id]
            if row["measure"] == Measure.GOODS and role in ON_HAND:
                goods[row["batch_id"], account_id, row["product_id"]] += amount
                pools[row["batch_id"]][0] += amount
            if row["measure"] != Measure.MONEY and role in columns and warehouse_id:
                promised[row["product_id"], warehouse_id][columns[role]] += amount
            if row["measure"] == Measure.MONEY and role is Account.INVENTORY and row["batch_id"]:
                pools[row["batch_id"]][1] += amount
            if row["measure"] == Measure.MONEY and role is Account.CASH:
                cash[account_id] += amount
    return goods, pools, promised, cash


def _close_empty_pools(tx: Tx, entries: list[dict[str, Any]], pools: dict[int, list[int]], accounts: Chart, costed: frozenset[int]) -> None:
    """A pool that runs out of goods passes its last fen to 价差 in the same document (decision 32).

    A pool whose goods left at their share is empty of money as well; only goods leaving at a stated amount can leave some.
    """
    for batch_id, pool in lock_batches(tx, (one for one, (qty, _) in pools.items() if qty < 0 and one not in costed)).items():
        qty, value = pools[batch_id]
        rest = pool.value_fen + value
        if pool.qty_milli + qty == 0 and rest > 0:
            last = next(one for one in reversed(entries) if one["batch_id"] == batch_id)
            entries.append(last | {"measure": int(Measure.MONEY), "amount": rest,
                                   "source_id": accounts.id(Account.INVENTORY, None), "target_id": accounts.id(Account.PRICE_DIFF, None)})
            pools[batch_id][1] -= rest


def _add_stock(tx: Tx, goods: dict[tuple[int, int, int], int]) -> None:
    moved = sorted(goods.items())
    arriving = [{"batch_id": b, "account_id": a, "product_id": p, "qty_milli": by, "picked_milli": 0} for (b, a, p), by in moved if by > 0]
    leaving = [{"of_batch": b, "of_account": a, "by": by} for (b, a, _), by in moved if by < 0]
    if arriving:
        made = upsert(tx.conn, stock)
        tx.conn.execute(made.on_conflict_do_update(index_elements=["batch_id", "account_id"],
                                                   set_={"qty_milli": stock.c.qty_milli + made.excluded.qty_milli}), arriving)
    if leaving:  # an update, not an upsert: CHECK would refuse the inserted row before ON CONFLICT is looked at
        _change(tx, update(stock).where(stock.c.batch_id == bindparam("of_batch"), stock.c.account_id == bindparam("of_account"))
                .values(qty_milli=stock.c.qty_milli + bindparam("by")), leaving)


def _add_pools(tx: Tx, pools: dict[int, list[int]]) -> None:
    moved = [{"of": of, "qty": qty, "value": value} for of, (qty, value) in sorted(pools.items()) if qty or value]
    if moved:
        _change(tx, update(batch).where(batch.c.id == bindparam("of"))
                .values(qty_milli=batch.c.qty_milli + bindparam("qty"), value_fen=batch.c.value_fen + bindparam("value")), moved)


def _add_availability(tx: Tx, promised: dict[Key, dict[str, int]]) -> None:
    names = ("sellable_milli", "reserved_milli", "on_order_milli", "in_transit_milli")
    moved = [{"p": p, "w": w} | {f"by_{name}": by.get(name, 0) for name in names}
             for (p, w), by in sorted(promised.items()) if any(by.values())]
    if moved:
        _change(tx, update(availability).where(availability.c.product_id == bindparam("p"), availability.c.warehouse_id == bindparam("w"))
                .values({name: availability.c[name] + bindparam(f"by_{name}") for name in names}), moved)


def _track_orders(tx: Tx, draft: Draft, entries: list[dict[str, Any]], accounts: Chart) -> None:
    promises = [row for row in entries if row["measure"] == Measure.PROMISE]
    if draft.kind in ORDERS and draft.reverses_id is None:
        tx.conn.execute(order_open.insert(), [
            {"order_id": draft.id, "order_line": row["line_no"], "company_id": tx.company_id, "kind": draft.kind.value,
             "partner_id": draft.partner_id, "product_id": row["product_id"], "promised_on": draft.promised_on,
             "warehouse_id": draft.lines[row["line_no"] - 1].warehouse_id, "open_milli": row["amount"]} for row in promises])
        return
    moved = []
    for row in promises:
        line = draft.lines[row["line_no"] - 1]
        grows = accounts.role[row["target_id"]] in (Account.RESERVED, Account.ON_ORDER)
        moved.append({"of": line.order_id, "line": line.order_line, "by": row["amount"] if grows else -row["amount"]})
    if moved:
        _change(tx, update(order_open).where(order_open.c.order_id == bindparam("of"), order_open.c.order_line == bindparam("line"))
                .values(open_milli=order_open.c.open_milli + bindparam("by")), moved)


# ── what is owed ──

def _open_items(tx: Tx, draft: Draft, entries: list[dict[str, Any]], accounts: Chart) -> list[dict[str, Any]]:
    """Money entering RECEIVABLE or leaving PAYABLE is owed (+1); the other way settles (−1) (decision 16)."""
    owed: dict[tuple[int, str, int, date | None], int] = defaultdict(int)
    for row in (row for row in entries if row["measure"] == Measure.MONEY):
        due = draft.lines[row["line_no"] - 1].due_date or draft.due_date
        for account_id, entering in ((row["target_id"], 1), (row["source_id"], -1)):
            role = accounts.role[account_id]
            if role is Account.RECEIVABLE:
                owed[row["partner_id"], "R", entering, due] += row["amount"]
            elif role is Account.PAYABLE:
                owed[row["partner_id"], "P", -entering, due] += row["amount"]
    rows = [{"company_id": tx.company_id, "document_id": draft.id, "partner_id": partner_id, "side": side, "sign": sign,
             "amount_fen": amount, "open_fen": amount, "due_date": due or draft.business_date, "provisional": draft.provisional}
            for (partner_id, side, sign, due), amount in owed.items()]
    if rows:
        tx.conn.execute(open_item.insert(), rows)
    return rows


def match_oldest(debits: Sequence[Any], credits: Sequence[Any]) -> list[tuple[Any, Any, int]]:
    """Pairs (debit, credit, fen), each list already in the order it is to be used; pure."""
    pairs: list[tuple[Any, Any, int]] = []
    left = {row.id: row.open_fen for row in (*debits, *credits)}
    waiting = list(debits)
    for credit in credits:
        while left[credit.id] and waiting:
            part = min(left[credit.id], left[waiting[0].id])
            pairs.append((waiting[0], credit, part))
            left[credit.id] -= part
            left[waiting[0].id] -= part
            if not left[waiting[0].id]:
                waiting.pop(0)
    return pairs


def open_items_of(tx: Tx, partner_ids: Iterable[int], side: str) -> list[Any]:
    """Open items with their document's number, oldest due first; locked when writing."""
    query = (select(open_item, document.c.number).join(document, document.c.id == open_item.c.document_id)
             .where(open_item.c.company_id == tx.company_id, open_item.c.side == side,
                    open_item.c.partner_id.in_(sorted(set(partner_ids))), STILL_OPEN)
             .order_by(open_item.c.due_date, open_item.c.id))
    return list(tx.conn.execute(query.with_for_update(of=open_item, key_share=True) if tx.writing else query))


def settle(tx: Tx, draft: Draft, items: list[dict[str, Any]]) -> tuple[Settled, ...]:
    """Payments, returns and advances settle the oldest open items by themselves (decisions 16, 67, 71)."""
    if draft.kind is Kind.OPENING:
        return ()
    settled: list[Settled] = []
    for side in sorted({row["side"] for row in items}):
        partner_id = next(row["partner_id"] for row in items if row["side"] == side)
        rows = open_items_of(tx, [partner_id], side)
        pairs = match_oldest([r for r in rows if r.sign > 0], [r for r in rows if r.sign < 0])
        _write_settlements(tx, draft.id, [(debit.id, credit.id, part) for debit, credit, part in pairs])
        settled += [Settled(credit.number if debit.document_id == draft.id else debit.number, part) for debit, credit, part in pairs]
    return tuple(settled)


def _write_settlements(tx: Tx, document_id: int, pairs: list[tuple[int, int, int]], reverses: list[int] | None = None) -> None:
    if not pairs:
        return
    tx.conn.execute(settlement.insert(), [
        {"document_id": document_id, "debit_id": debit, "credit_id": credit, "amount_fen": part,
         "reverses_id": reverses[i] if reverses else None} for i, (debit, credit, part) in enumerate(pairs)])
    _change(tx, update(open_item).where(open_item.c.id == bindparam("of")).values(open_fen=open_item.c.open_fen - bindparam("by")),
            [{"of": of, "by": part} for debit, credit, part in pairs for of in (debit, credit)])


# ── reversal: the same kind, the next number, every end swapped ──

def reverse(tx: Tx, original: Any, draft: Draft) -> None:
    """Post `draft` (whose lines copy the original's) as the exact inverse of `original`. Checks are the command's."""
    rows = tx.conn.execute(select(entry).where(entry.c.document_id == original.id).order_by(entry.c.id)).mappings().all()
    accounts = chart(tx.conn, tx.company_id, _places(draft))
    _head(tx, draft)
    _write_lines(tx, draft)
    swapped = [{k: v for k, v in row.items() if k != "id"} | {
        "document_id": draft.id, "source_id": row["target_id"], "target_id": row["source_id"], "business_date": draft.business_date}
        for row in rows]
    _undo_settlements(tx, original, draft)
    _apply(tx, swapped, accounts)
    _track_orders(tx, draft, swapped, accounts)
    _open_items(tx, draft, swapped, accounts)
    _cancel_items(tx, original, draft)


def _undo_settlements(tx: Tx, original: Any, draft: Draft) -> None:
    """What the original settled by itself is re-opened first; of a payment, all it was settled with (decision 66)."""
    its = settlement.c.document_id == original.id
    if original.kind in PAYMENTS:
        items = select(open_item.c.id).where(open_item.c.document_id == original.id)
        its = its | settlement.c.debit_id.in_(items) | settlement.c.credit_id.in_(items)
    rows = tx.conn.execute(select(settlement).where(its, standing()).order_by(settlement.c.id)).all()
    _write_settlements(tx, draft.id, [(r.debit_id, r.credit_id, -r.amount_fen) for r in rows], [r.id for r in rows])


def standing() -> ColumnElement[bool]:
    """A settlement that neither undoes another nor was undone."""
    later = settlement.alias()
    return settlement.c.reverses_id.is_(None) & ~exists().where(later.c.reverses_id == settlement.c.id)


def _cancel_items(tx: Tx, original: Any, draft: Draft) -> None:
    rows = tx.conn.execute(select(open_item).where(open_item.c.document_id.in_([original.id, draft.id])).order_by(open_item.c.id)).all()
    mine: dict[tuple[int, str, int], list[Any]] = defaultdict(list)
    for row in rows:
        mine[row.partner_id, row.side, row.document_id].append(row)
    pairs = []
    for (partner_id, side, document_id), olds in mine.items():
        if document_id != original.id:
            continue
        news = mine[partner_id, side, draft.id]
        debits, credits = (olds, news) if olds[0].sign > 0 else (news, olds)
        pairs += [(debit.id, credit.id, part) for debit, credit, part in match_oldest(debits, credits)]
    _write_settlements(tx, draft.id, pairs)
