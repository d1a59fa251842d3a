"""R32 订单提交即减可用：在库不变，锁定 +n，可用 −n，同一个回复里；撤回还原。"""

from sqlalchemy import select

from core.accounts import availability
from core.commands import PlaceOrder, ReverseDocument
from tests.make import CASE, Shop


def figures(shop: Shop) -> tuple[int, int]:
    row = shop.rows(select(availability).where(availability.c.product_id == shop.goods["P1"]))[0]
    return row.sellable_milli // CASE, row.reserved_milli // CASE


def test_R32_available_falls_with_the_order_and_comes_back(shop: Shop) -> None:
    assert figures(shop) == (20, 0)
    result = shop.run(PlaceOrder((shop.line("P1", 12),), shop.parties["张姐火锅"]), by="小刘")
    assert figures(shop) == (20, 12)
    left = result["left"][0]
    assert (left["on_hand"], left["available"], left["reserved_milli"]) == (
        "20箱(240瓶)",
        "8箱(96瓶)",
        12 * CASE,
    )
    shop.run(ReverseDocument(result["number"]), by="小刘")
    assert figures(shop) == (20, 0)
