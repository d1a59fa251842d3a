"""R59 调拨在途看得见：一发出，分店的人立刻收到卡片；照单收就清掉，少了就记调拨差异。"""

from sqlalchemy import select

from core.accounts import availability
from core.commands import ReceiveTransfer, SaveRecord, SendTransfer
from core.outbox import outbox
from core.staff import staff
from notifications.clock import tick
from tests.make import CASE, Shop


def cards(shop: Shop) -> list[str]:
    tick(shop.books, shop.now)
    rows = shop.rows(select(outbox.c.body).where(outbox.c.dedupe.like("on_the_way/%")))
    return [row.body["notice"]["text"] for row in rows]


def on_the_way(shop: Shop) -> int:
    return int(
        shop.one(
            select(availability.c.in_transit_milli).where(
                availability.c.product_id == shop.goods["P1"],
                availability.c.warehouse_id == shop.places["一分店"],
            )
        )
        or 0
    )


def test_R59_the_other_side_knows_at_once_and_clears_it(shop: Shop) -> None:
    wang = shop.one(select(staff.c.id).where(staff.c.name == "小周"))
    shop.run(SaveRecord("staff", {"roles": ["仓管"], "warehouse_id": shop.places["一分店"]}, id=wang))
    sent = shop.run(
        SendTransfer((shop.line("P1", 5),), shop.places["主仓"], shop.places["一分店"]), by="老陈"
    )
    assert on_the_way(shop) == 5 * CASE
    (card,) = cards(shop)
    assert "海天金标生抽 500ml 5箱" in card
    assert f"收货 {sent['number']}" in card
    result = shop.run(ReceiveTransfer(sent["number"], (shop.line("P1", 4),)), by="老陈")
    assert on_the_way(shop) == 0
    assert result["number"].startswith("TI-")
    assert len(cards(shop)) == 1  # said once


def test_R59_where_nobody_keeps_it_all_who_may_take_it_in_are_told(shop: Shop) -> None:
    shop.run(SendTransfer((shop.line("P1", 1),), shop.places["主仓"], shop.places["一分店"]), by="老陈")
    assert len(cards(shop)) == 1  # the boss; the sender is not told what he did himself
