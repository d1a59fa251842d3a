"""R44 生产日期与保质期：说一个日期就算出另一个；没说的记为无日期批次；不可能的日期拒绝。"""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from core.accounts import batch
from core.commands import ReceiveGoods, SaveRecord
from core.errors import Invalid
from core.execute import preview
from tests.make import Shop


def received(shop: Shop, **dates: Any) -> tuple[str, date | None, date | None]:
    shop.run(ReceiveGoods((shop.line("P1", 20, price="96", **dates),), shop.parties["成都总代"]), by="老陈")
    row = shop.rows(select(batch).order_by(batch.c.id.desc()).limit(1))[0]
    return row.batch_no, row.mfg_date, row.expiry_date


def test_R44_production_date_gives_the_expiry(shop: Shop) -> None:
    assert received(shop, mfg_date=date(2025, 12, 1)) == ("20251201", date(2025, 12, 1), date(2027, 5, 25))


def test_R44_expiry_alone_will_do(shop: Shop) -> None:
    assert received(shop, expiry_date=date(2027, 5, 25))[2] == date(2027, 5, 25)


def test_R44_without_a_date_the_preview_asks_once(shop: Shop) -> None:
    command = ReceiveGoods((shop.line("P1", 20, price="96"),), shop.parties["成都总代"])
    assert preview(shop.books, shop.boss, command, shop.now).card["asks"] == [
        "没说生产日期：回日期，或直接确认(记为无日期批次)"
    ]
    assert received(shop) == ("无日期-20260115", None, None)


@pytest.mark.parametrize(
    ("dates", "code"),
    [
        ({"mfg_date": date(2026, 1, 16)}, "future_date"),
        ({"mfg_date": date(2024, 1, 1)}, "expired_goods"),
        ({"mfg_date": date(2025, 12, 1), "expiry_date": date(2027, 6, 25)}, "dates_differ"),
        ({"expiry_date": date(2026, 1, 14)}, "expired_goods"),
    ],
)
def test_R44_impossible_dates_are_refused(lite_shop: Shop, dates: dict[str, date], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        received(lite_shop, **dates)
    assert refused.value.code == code


def test_R44_the_same_date_of_another_supplier_is_another_batch(shop: Shop) -> None:
    """One recall must not reach the other's goods; a third supplier gets a third batch."""
    shop.parties["丙"] = shop.run(
        SaveRecord("partner", {"name": "丙", "is_supplier": True, "terms": "30天"})
    )["id"]
    for supplier in ("成都总代", "川南粮油", "丙", "成都总代"):
        shop.run(
            ReceiveGoods(
                (shop.line("P1", 1, price="96", mfg_date=date(2025, 12, 1)),), shop.parties[supplier]
            )
        )
    rows = shop.rows(
        select(batch.c.batch_no, batch.c.supplier_id, batch.c.qty_milli)
        .where(batch.c.batch_no.like("20251201%"))
        .order_by(batch.c.batch_no)
    )
    assert rows == [
        ("20251201", shop.parties["成都总代"], 24_000),
        ("20251201-2", shop.parties["川南粮油"], 12_000),
        ("20251201-3", shop.parties["丙"], 12_000),
    ]
