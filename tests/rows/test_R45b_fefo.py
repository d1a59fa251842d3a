"""R45b 先到期先出：10箱 = B1 8箱 + B2 2箱，并说出来；过期的绝不拿；要先出 B2 得有理由。"""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.accounts import batch
from core.commands import DeliverGoods, PlaceOrder
from core.documents import document_line
from core.errors import Need, NotEnough
from tests.make import CASE, Shop


def deliver(shop: Shop, number: int, **more: str) -> dict[str, object]:
    reason = more.pop("reason", "")
    return shop.run(
        DeliverGoods((shop.line("P1", number, **more),), shop.parties["张姐火锅"], reason=reason), by="老陈"
    )


def taken(shop: Shop, document_id: object) -> list[tuple[str, int]]:
    return [
        (row.batch_no, row.qty_milli // CASE)
        for row in shop.rows(
            select(batch.c.batch_no, document_line.c.qty_milli)
            .join(batch, batch.c.id == document_line.c.batch_id)
            .where(document_line.c.document_id == document_id)
            .order_by(document_line.c.line_no)
        )
    ]


def test_R45b_takes_what_expires_first_and_says_so(shop: Shop) -> None:
    result = deliver(shop, 10)
    assert taken(shop, result["document_id"]) == [("B1", 8), ("B2", 2)]
    said = result["lines"][0]["batches"]  # type: ignore[index]
    assert [(one["batch"], one["qty"], one["expiry"]) for one in said] == [
        ("B1", "8箱(96瓶)", "2026-03-14"),
        ("B2", "2箱(24瓶)", "2027-01-23"),
    ]


def test_R45b_the_last_day_counts_the_day_after_does_not(shop: Shop) -> None:
    shop.now += timedelta(days=58)  # 2026-03-14, the day on the label
    assert taken(shop, deliver(shop, 1)["document_id"]) == [("B1", 1)]
    shop.pass_days(1)
    assert taken(shop, deliver(shop, 1)["document_id"]) == [("B2", 1)]
    with pytest.raises(NotEnough, match="可用只剩 11箱"):
        deliver(shop, 12)


def test_R45b_expired_goods_let_go_of_the_youngest_order(shop: Shop) -> None:
    shop.now += timedelta(days=57)
    shop.run(
        PlaceOrder((shop.line("P1", 9),), shop.parties["王记饭店"], shop.now.date() + timedelta(days=10)),
        by="小刘",
    )
    shop.run(
        PlaceOrder((shop.line("P1", 9),), shop.parties["张姐火锅"], shop.now.date() + timedelta(days=10)),
        by="小刘",
    )
    shop.pass_days(2)
    assert taken(shop, deliver(shop, 3)["document_id"]) == [
        ("B2", 3)
    ]  # 12箱 are left: 9 for 王记, 3 of 9 for 张姐
    with pytest.raises(NotEnough, match="可用只剩 0箱"):
        deliver(shop, 1)


def test_R45b_another_batch_first_needs_a_reason(shop: Shop) -> None:
    with pytest.raises(Need, match=r"批次 B1\(2026-03-14 到期\)更早到期，还有 8箱"):
        deliver(shop, 3, batch_no="B2")
    result = deliver(shop, 3, batch_no="B2", reason="客户指定")
    assert taken(shop, result["document_id"]) == [("B2", 3)]
    assert (
        shop.one(select(document_line.c.reason).where(document_line.c.document_id == result["document_id"]))
        == "客户指定"
    )
    assert taken(shop, deliver(shop, 8, batch_no="B1")["document_id"]) == [
        ("B1", 8)
    ]  # in turn: no reason asked
    assert taken(shop, deliver(shop, 1, batch_no="B2")["document_id"]) == [("B2", 1)]  # B1 is gone
