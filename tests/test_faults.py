"""检查会咬人吗：没有毛病时全过，种下任何一种毛病，至少一条不过。"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from core.accounts import availability, batch, open_item
from core.audit import seal
from core.commands import (
    AddCost,
    CloseBooks,
    Decide,
    DeliverGoods,
    PaySupplier,
    PlaceOrder,
    ReceiveGoods,
    ReverseDocument,
    SaveRecord,
    TakeBack,
    TakePayment,
    WriteOff,
)
from core.documents import document, document_line
from core.errors import Blocked, Clash, Need, NotAllowed, NotEnough, Stale
from core.execute import FactsChanged, dump, preview
from core.proof import prove, report
from core.proposals import propose
from tests.faults import FAULTS, Fault
from tests.make import CASE, Shop, e4


def figures(shop: Shop, code: str = "P1") -> tuple[int, int]:
    row = shop.rows(select(availability).where(availability.c.product_id == shop.goods[code]))[0]
    return row.sellable_milli, row.reserved_milli


def documents(shop: Shop) -> int:
    return int(shop.one(select(func.count()).select_from(document)))


def batches(shop: Shop, result: dict[str, Any]) -> list[tuple[str, int]]:
    return [
        (row.batch_no, row.qty_milli // CASE)
        for row in shop.rows(
            select(batch.c.batch_no, document_line.c.qty_milli)
            .join(batch, batch.c.id == document_line.c.batch_id)
            .where(document_line.c.document_id == result["document_id"])
            .order_by(document_line.c.line_no)
        )
    ]


# ── the checks: each plays a little scene of its own ──


def a_key_posts_once(shop: Shop) -> None:
    command = ReceiveGoods((shop.line("P1", 1, price="96"),), shop.parties["成都总代"])
    first, before = shop.run(command, key="k"), documents(shop)
    assert shop.run(command, key="k") == first
    assert documents(shop) == before
    with pytest.raises(Clash):
        shop.run(ReceiveGoods((shop.line("P1", 2, price="96"),), shop.parties["成都总代"]), key="k")


def what_is_promised_is_not_promised_again(shop: Shop) -> None:
    shop.run(PlaceOrder((shop.line("P1", 12),), shop.parties["张姐火锅"]))
    with pytest.raises(Need):
        shop.run(PlaceOrder((shop.line("P1", 12),), shop.parties["王记饭店"]))
    with pytest.raises(NotEnough):
        shop.run(DeliverGoods((shop.line("P1", 9),), shop.parties["王记饭店"]))
    shop.run(DeliverGoods((shop.line("P1", 5),), shop.parties["张姐火锅"]))
    assert figures(shop) == (15 * CASE, 7 * CASE)


def what_expires_first_goes_first(shop: Shop) -> None:
    assert batches(shop, shop.run(DeliverGoods((shop.line("P1", 10),), shop.parties["张姐火锅"]))) == [
        ("B1", 8),
        ("B2", 2),
    ]


def what_is_expired_stays(shop: Shop) -> None:
    shop.pass_days(59)
    assert batches(shop, shop.run(DeliverGoods((shop.line("P1", 1),), shop.parties["张姐火锅"]))) == [
        ("B2", 1)
    ]
    assert figures(shop) == (11 * CASE, 0)


def a_choosy_customer_gets_fresh_goods(shop: Shop) -> None:
    shop.run(SaveRecord("partner", {"min_life_permille": 333}, id=shop.parties["王记饭店"]))
    assert batches(shop, shop.run(DeliverGoods((shop.line("P1", 1),), shop.parties["王记饭店"]))) == [
        ("B2", 1)
    ]


def cost_leaves_with_the_goods(shop: Shop) -> None:
    shop.run(ReceiveGoods((shop.line("P2", 7, "瓶", amount="1"),), shop.parties["成都总代"]))
    costs = []
    for number in (1, 2, 4):
        result = shop.run(
            DeliverGoods((shop.line("P2", number, "瓶", price="10"),), shop.parties["张姐火锅"])
        )
        costs.append(
            shop.one(
                select(document_line.c.cost_fen).where(document_line.c.document_id == result["document_id"])
            )
        )
    assert costs == [14, 29, 57]


def money_is_whole_and_rounded_half_up(shop: Shop) -> None:
    result = shop.run(DeliverGoods((shop.line("P1", 9, price="120.0501"),), shop.parties["张姐火锅"]))
    rows = shop.rows(
        select(document_line.c.amount_fen, text("typeof(amount_fen)")).where(
            document_line.c.document_id == result["document_id"]
        )
    )
    assert [row[1] for row in rows] == ["integer"] * 2
    assert sum(row.amount_fen for row in rows) == result["total_fen"] == 108_045
    assert (
        shop.run(ReceiveGoods((shop.line("P4", "0.5", "kg", price="0.01"),), shop.parties["成都总代"]))[
            "total_fen"
        ]
        == 1
    )


def only_who_may_may(shop: Shop) -> None:
    with pytest.raises(NotAllowed):
        shop.run(ReceiveGoods((shop.line("P1", 1, price="96"),), shop.parties["成都总代"]), by="小刘")


def credit_and_floor_hold(shop: Shop) -> None:
    shop.run(ReceiveGoods((shop.line("P1", 200, price="96"),), shop.parties["成都总代"]))
    zhang = shop.parties["张姐火锅"]
    too_much = shop.run(PlaceOrder((shop.line("P1", 167),), zhang), by="小刘")
    too_cheap = shop.run(PlaceOrder((shop.line("P1", 1, price="113"),), zhang), by="小刘")
    at_a_loss = shop.run(PlaceOrder((shop.line("P3", 1, price="129"),), zhang), by="小刘")
    assert [one.get("state") for one in (too_much, too_cheap, at_a_loss)] == ["draft"] * 3
    shop.run(SaveRecord("partner", {"credit_limit_fen": 10_000}, id=zhang))
    with pytest.raises(Blocked):  # what was asked for was the price, not the debt
        shop.run(Decide(too_cheap["number"], True))


def the_oldest_debt_is_paid_first(shop: Shop) -> None:
    zhang = shop.parties["张姐火锅"]
    old = shop.run(DeliverGoods((shop.line("P1", 1),), zhang))
    shop.pass_days(1)
    shop.run(DeliverGoods((shop.line("P1", 1),), zhang))
    assert shop.run(TakePayment(zhang, 7_000, "现金"))["settled"] == [{"number": old["number"], "fen": 7_000}]


def money_one_has_not_got_is_not_paid(shop: Shop) -> None:
    with pytest.raises(NotEnough):
        shop.run(PaySupplier(shop.parties["成都总代"], 1, "现金"))


def undoing_leaves_no_trace_in_the_balances(shop: Shop) -> None:
    zhang = shop.parties["张姐火锅"]
    shop.run(TakePayment(zhang, 5_000, "现金"))
    before = (
        figures(shop),
        shop.rows(select(open_item.c.sign, open_item.c.open_fen).where(open_item.c.open_fen > 0)),
        shop.rows(select(batch.c.value_fen)),
    )
    sold = shop.run(DeliverGoods((shop.line("P1", 9),), zhang))
    shop.run(ReverseDocument(sold["number"]))
    assert before == (
        figures(shop),
        shop.rows(select(open_item.c.sign, open_item.c.open_fen).where(open_item.c.open_fen > 0)),
        shop.rows(select(batch.c.value_fen)),
    )
    with pytest.raises(Stale):
        shop.run(ReverseDocument(sold["number"]))


def the_day_begins_in_shanghai(shop: Shop) -> None:
    shop.now += timedelta(hours=15, minutes=30)  # half past midnight
    result = shop.run(
        ReceiveGoods((shop.line("P1", 1, price="96", mfg_date=date(2026, 1, 16)),), shop.parties["成都总代"])
    )
    assert result["number"].startswith("GR-20260116")


def a_proposal_fires_once_and_only_as_shown(shop: Shop) -> None:
    command = PlaceOrder((shop.line("P1", 1),), shop.parties["张姐火锅"])
    shown = preview(shop.books, shop.boss, command, shop.now)
    code = propose(
        shop.books,
        shop.company_id,
        shop.boss.id,
        None,
        "PlaceOrder",
        dump(command),
        {},
        shown.digest,
        shop.now,
    )
    shop.run(command, proposal=code, digest=shown.digest)
    with pytest.raises(Stale):
        shop.run(command, proposal=code, digest=shown.digest)
    shop.run(
        SaveRecord(
            "product",
            {},
            id=shop.goods["P1"],
            children={
                "prices": [{"side": "S", "unit": "箱", "price_e4": e4(125), "valid_from": date(2026, 1, 1)}]
            },
        )
    )
    with pytest.raises(FactsChanged):
        shop.run(command, digest=shown.digest)


def a_closed_day_takes_nothing_more(shop: Shop) -> None:
    yesterday = shop.now.date() - timedelta(days=1)
    shop.run(CloseBooks(yesterday))
    with pytest.raises(Blocked):
        shop.run(TakePayment(shop.parties["张姐火锅"], 100, "现金", day=yesterday))


def what_is_named_is_written_off(shop: Shop) -> None:
    zhang = shop.parties["张姐火锅"]
    numbers = [shop.run(DeliverGoods((shop.line("P1", 1),), zhang))["number"] for _ in range(2)]
    assert shop.run(WriteOff(zhang, 500, numbers[1]))["settled"] == [{"number": numbers[1], "fen": 500}]


def freight_follows_the_goods(shop: Shop) -> None:
    """Ten in, four sold, one of them back: seven tenths are here; then one more goes and the freight stays."""
    zhang, p2 = shop.parties["张姐火锅"], shop.goods["P2"]
    bought = shop.run(ReceiveGoods((shop.line("P2", 10, price="100"),), shop.parties["成都总代"]))["number"]
    shop.run(DeliverGoods((shop.line("P2", 4),), zhang))
    shop.run(TakeBack((shop.line("P2", 1),), zhang))
    added = shop.run(AddCost(bought, 1_000))["number"]
    assert shop.one(select(batch.c.value_fen).where(batch.c.product_id == p2)) == 70_700
    shop.run(DeliverGoods((shop.line("P2", 1),), zhang))
    with pytest.raises(Blocked):
        shop.run(ReverseDocument(added))


def the_long_overdue_get_no_credit(shop: Shop) -> None:
    wang = shop.parties["王记饭店"]
    shop.run(DeliverGoods((shop.line("P1", 1),), wang))
    shop.pass_days(31)
    assert shop.run(PlaceOrder((shop.line("P3", 1),), wang), by="小刘").get("state") == "draft"


CHECKS: tuple[Callable[[Shop], None], ...] = (
    a_key_posts_once,
    what_is_promised_is_not_promised_again,
    what_expires_first_goes_first,
    what_is_expired_stays,
    a_choosy_customer_gets_fresh_goods,
    cost_leaves_with_the_goods,
    money_is_whole_and_rounded_half_up,
    only_who_may_may,
    credit_and_floor_hold,
    the_oldest_debt_is_paid_first,
    money_one_has_not_got_is_not_paid,
    undoing_leaves_no_trace_in_the_balances,
    the_day_begins_in_shanghai,
    a_proposal_fires_once_and_only_as_shown,
    a_closed_day_takes_nothing_more,
    what_is_named_is_written_off,
    freight_follows_the_goods,
    the_long_overdue_get_no_credit,
)


def play(shop: Shop, check: Callable[[Shop], None]) -> None:
    check(shop)
    seal(shop.books)
    with shop.books.read() as conn:
        found = prove(conn, shop.company_id)
    assert not found, report(found)


@pytest.mark.parametrize("check", CHECKS, ids=lambda one: one.__name__)
def test_without_a_fault_every_check_passes(lite_shop: Shop, check: Callable[[Shop], None]) -> None:
    play(lite_shop, check)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.name)
def test_a_planted_fault_is_caught(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    from core.db import open_books
    from tests.conftest import fresh_url
    from tests.make import find_shop

    fault.plant(monkeypatch)
    for check in CHECKS:
        shop = find_shop(open_books(fresh_url(request, "sqlite", "shop")))
        try:
            play(shop, check)
        except (Exception, pytest.fail.Exception):  # noqa: BLE001 — caught is caught: a refusal, a CHECK, an assertion, a proof
            return
        finally:
            shop.books.close()
    pytest.fail(f"nobody noticed {fault.name}")
