"""记账之门与命令的边角：翻日、重来、合计、订单价、期初过期货、撤回付款。"""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core import execute as door
from core.accounts import availability, batch, open_item, stock
from core.commands import (
    DeliverGoods,
    OpeningLine,
    PaySupplier,
    PlaceOrder,
    ReceiveGoods,
    RecordOpening,
    ReverseDocument,
    SaveRecord,
    TakePayment,
)
from core.company import company
from core.documents import document_line
from core.errors import Invalid, NotEnough
from core.locks import TryAgain
from core.proof import prove
from core.values import in_units
from tests.make import TODAY, Shop, milli


def test_nothing_is_zero_of_the_said_unit() -> None:
    assert in_units(0, {"瓶": 1000, "箱": 12_000}, "瓶", "箱") == "0箱"


def test_the_first_command_of_a_day_turns_it(shop: Shop) -> None:
    shop.pass_days(59)
    shop.run(TakePayment(shop.parties["王记饭店"], 100, "现金"), key="first")
    assert shop.one(select(company.c.today)) == TODAY + timedelta(days=59)
    assert shop.rows(
        select(door.done.c.key)
        .where(door.done.c.key.in_(("first", f"turn/{TODAY + timedelta(days=59)}")))
        .order_by("key")
    ) == [("first",), ("turn/2026-03-15",)]
    b1 = shop.rows(
        select(stock.c.qty_milli, stock.c.account_id)
        .join(batch, batch.c.id == stock.c.batch_id)
        .where(batch.c.batch_no == "B1", stock.c.qty_milli > 0)
    )
    assert len(b1) == 1
    shop.now -= timedelta(hours=20)  # a clock set back does not turn it again
    shop.run(TakePayment(shop.parties["王记饭店"], 100, "现金"))
    assert shop.one(select(company.c.today)) == TODAY + timedelta(days=59)


def test_somebody_was_faster_starts_again_but_not_for_ever(
    lite_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, tries = door._once, []

    def slow(*order: Any) -> dict[str, Any]:
        tries.append(1)
        if len(tries) < 4:
            raise TryAgain
        return right(*order)

    monkeypatch.setattr(door, "_once", slow)
    assert lite_shop.run(TakePayment(lite_shop.parties["王记饭店"], 100, "现金"))["total_fen"] == 100
    monkeypatch.setattr(door, "_once", lambda *_: (_ for _ in ()).throw(TryAgain()))
    with pytest.raises(TryAgain):
        lite_shop.run(TakePayment(lite_shop.parties["王记饭店"], 100, "现金"))


def test_a_total_on_the_only_line_is_the_amount_to_the_fen(shop: Shop) -> None:
    """10,000.01 over 2,400 瓶 is no price of four decimals; B1 and B2 share it without losing a fen."""
    shop.run(ReceiveGoods((shop.line("P1", 200),), shop.parties["成都总代"], total_fen=1_000_001))
    result = shop.run(DeliverGoods((shop.line("P1", 209),), shop.parties["王记饭店"], total_fen=1_000_001))
    assert result["total_fen"] == 1_000_001
    assert (
        len(shop.rows(select(document_line).where(document_line.c.document_id == result["document_id"]))) == 3
    )
    with pytest.raises(Invalid, match="逐行相加"):
        shop.run(DeliverGoods((shop.line("P1", 2, price="120"),), shop.parties["王记饭店"], total_fen=23_000))


def test_goods_of_two_orders_go_at_the_price_of_each(shop: Shop) -> None:
    zhang = shop.parties["张姐火锅"]
    shop.run(PlaceOrder((shop.line("P1", 5, price="118"),), zhang))
    shop.run(PlaceOrder((shop.line("P1", 5, price="125"),), zhang))
    result = shop.run(DeliverGoods((shop.line("P1", 10),), zhang))
    assert result["total_fen"] == 5 * 11_800 + 5 * 12_500
    assert (
        shop.one(select(availability.c.reserved_milli).where(availability.c.product_id == shop.goods["P1"]))
        == 0
    )


def test_opening_goods_past_their_date_are_never_for_sale(shop: Shop) -> None:
    shop.run(
        RecordOpening(
            (OpeningLine("stock", 700, shop.goods["P2"], milli(1), "箱", expiry_date=date(2026, 1, 14)),)
        )
    )
    row = shop.rows(select(availability).where(availability.c.product_id == shop.goods["P2"]))[0]
    assert row.sellable_milli == 0
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []


def test_undoing_a_payment_takes_back_what_it_paid_later_too(shop: Shop) -> None:
    """Decision 66: an advance that a later delivery used up is no reason to refuse."""
    zhang = shop.parties["张姐火锅"]
    ahead = shop.run(TakePayment(zhang, 50_000, "微信"))
    sold = shop.run(DeliverGoods((shop.line("P1", 2),), zhang))
    assert sold["settled"] == [{"number": ahead["number"], "fen": 24_000}]
    shop.run(ReverseDocument(ahead["number"]))
    assert shop.rows(
        select(open_item.c.document_id, open_item.c.open_fen).where(open_item.c.open_fen > 0)
    ) == [(sold["document_id"], 24_000)]
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []


def test_a_price_that_was_undone_is_no_old_price(shop: Shop) -> None:
    chengdu = shop.parties["成都总代"]
    shop.run(ReceiveGoods((shop.line("P1", 1, price="96"),), chengdu))
    slip = shop.run(ReceiveGoods((shop.line("P1", 1, price="9600"),), chengdu))
    shop.run(ReverseDocument(slip["number"]))
    assert shop.run(ReceiveGoods((shop.line("P1", 1),), chengdu))["total_fen"] == 9_600


def test_the_keeper_of_the_clock_cannot_be_made_a_person(lite_shop: Shop) -> None:
    with pytest.raises(Invalid, match="掌柜"):
        lite_shop.run(SaveRecord("staff", {"roles": ["销售"]}, id=lite_shop.people["掌柜"].id))


@pytest.mark.parametrize(
    "values", [{"shelf_life": "999999m"}, {"shelf_life": "0d"}, {"safety_milli": -1}, {"floor_e4": -1}]
)
def test_master_data_that_would_break_a_posting_is_refused(lite_shop: Shop, values: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        lite_shop.run(SaveRecord("product", {"name": "怪货", "category": "x", "base_unit": "瓶"} | values))


def test_a_code_given_by_hand_does_not_block_the_next_one(lite_shop: Shop) -> None:
    goods = {"category": "x", "base_unit": "瓶"}
    for number in range(20, 40):
        lite_shop.run(SaveRecord("product", goods | {"name": f"手编{number}", "code": f"P{number:06d}"}))
    assert lite_shop.run(SaveRecord("product", goods | {"name": "自动编"}))["id"]


def test_paying_more_than_the_fund_holds_is_a_sentence_not_a_crash(shop: Shop) -> None:

    shop.run(TakePayment(shop.parties["王记饭店"], 100, "现金"))
    with pytest.raises(NotEnough, match=r"现金 余额只有 ¥1\.00"):
        shop.run(PaySupplier(shop.parties["成都总代"], 101, "现金"))


def test_an_absurd_price_is_refused_before_it_overflows(lite_shop: Shop) -> None:
    with pytest.raises(Invalid, match="大得不像真的"):
        lite_shop.run(
            ReceiveGoods(
                (lite_shop.line("P4", "0.001", "kg", amount_fen=10**13),), lite_shop.parties["成都总代"]
            )
        )
