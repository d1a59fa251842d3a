"""故意种下的毛病：每一种都是一处小改动，后面的检查必须有一条抓得住它。"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from core import (
    audit,
    costing,
    credit,
    documents,
    drafting,
    execute,
    gates,
    late_costs,
    ledger,
    locks,
    lots,
    price_checks,
    settling,
)
from core.commands import add_cost, decide, deliver_goods, pay, place_order, reverse_document, turn_day
from core.posting_rules import Account, Measure
from core.staff import Actor


@dataclass(frozen=True)
class Fault:
    name: str
    plant: Callable[[pytest.MonkeyPatch], None]


def _nothing(*_: Any, **__: Any) -> None:
    return None


def no_dedupe(patch: pytest.MonkeyPatch) -> None:
    right = execute._company_and_done
    patch.setattr(
        execute, "_company_and_done", lambda conn, company_id, key: right(conn, company_id, "never used")
    )


def no_digest_of_the_request(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(execute, "command_digest", lambda actor, command: "the same")


def no_availability_check(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(place_order, "hold", _nothing)


def reserved_goods_are_sold(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        deliver_goods,
        "lock_availability",
        lambda tx, keys: {key: _Row(row) for key, row in locks.lock_availability(tx, keys).items()},
    )


class _Row:
    """An availability row in which nothing is reserved."""

    reserved_milli = 0

    def __init__(self, row: Any) -> None:
        self.sellable_milli = row.sellable_milli


def double_release(patch: pytest.MonkeyPatch) -> None:
    right = ledger.deltas

    def twice(entries: list[dict[str, Any]], accounts: Any) -> Any:
        again = [
            row
            for row in entries
            if row["measure"] == Measure.PROMISE and accounts.role[row["source_id"]] is Account.RESERVED
        ]
        return right(entries + again, accounts)

    patch.setattr(ledger, "deltas", twice)


def order_never_shrinks(patch: pytest.MonkeyPatch) -> None:
    right = ledger._track_orders
    patch.setattr(
        ledger,
        "_track_orders",
        lambda tx, draft, entries, accounts: (
            right(tx, draft, entries, accounts) if draft.kind in ledger.ORDERS else None
        ),
    )


def fefo_reversed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        lots,
        "fefo_order",
        lambda lot: (lot.expiry_date is None, -(lot.expiry_date.toordinal() if lot.expiry_date else 0)),
    )


def expired_lot_picked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lots, "acceptable", lambda lot, today, life: True)
    patch.setattr(turn_day, "_expired", lambda tx, day: [])


def short_life_ignored(patch: pytest.MonkeyPatch) -> None:
    right = lots.acceptable
    patch.setattr(lots, "acceptable", lambda lot, today, life: right(lot, today, 0))


def cost_taken_after_the_move(patch: pytest.MonkeyPatch) -> None:
    def late(self: costing.Pool, qty_milli: int) -> int:
        self.qty_milli -= qty_milli
        cost = (
            self.value_fen
            if not self.qty_milli
            else min(self.value_fen, self.value_fen * qty_milli // self.qty_milli)
        )
        self.value_fen -= cost
        return cost

    patch.setattr(costing.Pool, "issue", late)


def remainder_dropped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(costing, "share", lambda value, part, whole: value // whole * part)


def remainder_of_the_amount_dropped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deliver_goods, "share", lambda value, part, whole: value * part // (whole + 1))


def permission_skipped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Actor, "require", _nothing)


def float_money(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(drafting, "amount_fen", lambda qty, price, factor: qty * price / (factor * 100))


def rounded_down(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(drafting, "amount_fen", lambda qty, price, factor: qty * price // (factor * 100))


def credit_not_checked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(place_order, "check_credit", lambda *_: ([], []))


def floor_not_checked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(place_order, "check_prices", lambda *_: ([], []))


def cost_not_checked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(price_checks, "_below_cost", lambda *_: [])


def gates_that_ask_nobody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(gates, "who_lifts", lambda *_: [])


def one_gate_lifts_all(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(decide, "_nothing_new", _nothing)


def newest_settled_first(patch: pytest.MonkeyPatch) -> None:
    right = settling.match_oldest
    patch.setattr(settling, "match_oldest", lambda debits, paid: right(list(reversed(debits)), paid))


def settlement_kept_on_reversal(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ledger, "undo_settlements", _nothing)


def open_items_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ledger, "open_items", lambda *_: [])


def reversal_not_swapped(patch: pytest.MonkeyPatch) -> None:
    right = ledger._apply

    def straight(tx: Any, entries: list[dict[str, Any]], accounts: Any, *more: Any) -> None:
        reversing = (
            entries
            and tx.conn.execute(
                documents.document.select().where(documents.document.c.id == entries[0]["document_id"])
            )
            .one()
            .reverses_id
        )
        swapped = [row | {"source_id": row["target_id"], "target_id": row["source_id"]} for row in entries]
        right(tx, swapped if reversing else entries, accounts, *more)

    patch.setattr(ledger, "_apply", straight)


def reversed_twice(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reverse_document, "_not_twice", _nothing)


def pool_not_kept(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ledger, "_add_pools", _nothing)


def stock_not_kept(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ledger, "_add_stock", _nothing)


def no_audit(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(audit, "write", _nothing)


def seal_without_the_previous(patch: pytest.MonkeyPatch) -> None:
    right = audit.chained
    patch.setattr(audit, "chained", lambda previous, digest: right(audit.GENESIS, digest))


def numbers_with_gaps(patch: pytest.MonkeyPatch) -> None:
    right = documents.next_number

    def skipping(conn: Connection, *more: Any) -> str:
        right(conn, *more)
        return right(conn, *more)

    patch.setattr(ledger, "next_number", skipping)


def day_of_greenwich(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(execute, "to_day", lambda now, cut=0: (now - timedelta(hours=cut)).date())


def proposal_fires_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(execute, "_use_up", _nothing)


def stale_preview_posted(patch: pytest.MonkeyPatch) -> None:
    right = execute._once
    patch.setattr(
        execute,
        "_once",
        lambda books, actor, order, now: right(
            books,
            actor,
            execute.Order(order.command, order.key, order.door, order.proposal, None, order.reply),
            now,
        ),
    )


def fund_below_zero(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        pay, "lock_funds", lambda tx, ids: {one: _Rich(row) for one, row in locks.lock_funds(tx, ids).items()}
    )


def closed_day_open(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(drafting, "closed_through", lambda tx: None)


def named_debt_ignored(patch: pytest.MonkeyPatch) -> None:
    right = ledger.settle
    patch.setattr(
        ledger, "settle", lambda tx, draft, items: (setattr(draft, "against", ()), right(tx, draft, items))[1]
    )


def late_cost_all_on_the_shelf(patch: pytest.MonkeyPatch) -> None:
    whole = late_costs.Whereabouts(late_costs.WHOLE, 0)
    patch.setattr(add_cost, "whereabouts", lambda tx, receipt, batch: whole)


def return_brings_no_cost_back(patch: pytest.MonkeyPatch) -> None:
    right = late_costs._movements
    patch.setattr(
        late_costs,
        "_movements",
        lambda tx, batch: [row for row in right(tx, batch) if row.source != Account.CUSTOMER],
    )


def used_cost_taken_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reverse_document, "cost_unused", _nothing)


def overdue_not_seen(patch: pytest.MonkeyPatch) -> None:
    right = credit.standing_of
    patch.setattr(credit, "standing_of", lambda tx, who: credit.Standing(right(tx, who).used_fen, 0, 0))


class _Rich:
    """A fund that always has enough."""

    balance_fen, overdraft = 10**15, True

    def __init__(self, row: Any) -> None:
        self.account_id, self.name = row.account_id, row.name


FAULTS = tuple(
    Fault(plant.__name__, plant)
    for plant in (
        no_dedupe,
        no_digest_of_the_request,
        no_availability_check,
        reserved_goods_are_sold,
        double_release,
        order_never_shrinks,
        fefo_reversed,
        expired_lot_picked,
        short_life_ignored,
        cost_taken_after_the_move,
        remainder_dropped,
        remainder_of_the_amount_dropped,
        permission_skipped,
        float_money,
        rounded_down,
        credit_not_checked,
        floor_not_checked,
        cost_not_checked,
        gates_that_ask_nobody,
        one_gate_lifts_all,
        newest_settled_first,
        settlement_kept_on_reversal,
        open_items_forgotten,
        reversal_not_swapped,
        reversed_twice,
        pool_not_kept,
        stock_not_kept,
        no_audit,
        seal_without_the_previous,
        numbers_with_gaps,
        day_of_greenwich,
        proposal_fires_again,
        stale_preview_posted,
        fund_below_zero,
        closed_day_open,
        named_debt_ignored,
        late_cost_all_on_the_shelf,
        return_brings_no_cost_back,
        used_cost_taken_back,
        overdue_not_seen,
    )
)
