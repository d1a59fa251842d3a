"""停用的商品：不再进、不再卖，但停用前开始的事都能做完、撤掉。"""

import pytest

from core.commands import (
    CloseOrder,
    OrderGoods,
    ReceiveGoods,
    ReceiveTransfer,
    ReverseDocument,
    SaveRecord,
    SendTransfer,
)
from core.errors import NotFound
from tests.make import Shop


def stop(shop: Shop, code: str) -> None:
    shop.run(SaveRecord("product", {"active": False}, shop.goods[code]))


def test_what_was_begun_can_be_finished_or_undone(shop: Shop) -> None:
    supplier = shop.parties["成都总代"]
    receipt = shop.run(ReceiveGoods((shop.line("P3", 3, price="130"),), supplier))
    sent = shop.run(SendTransfer((shop.line("P1", 2),), shop.places["主仓"], shop.places["一分店"]))
    order = shop.run(OrderGoods((shop.line("P2", 2, price="90"),), supplier))
    for code in ("P1", "P2", "P3"):
        stop(shop, code)
    assert shop.run(ReverseDocument(receipt["number"]))["lines"][0]["product"] == "李锦记旧庄蚝油 510g"
    assert shop.run(ReceiveTransfer(sent["number"]))["lines"][0]["said"] == "2箱(24瓶)"
    assert shop.run(CloseOrder(order["number"]))["number"].startswith("PC-")


def test_nothing_new_is_begun_with_them(lite_shop: Shop) -> None:
    stop(lite_shop, "P3")
    with pytest.raises(NotFound, match="可能已停用"):
        lite_shop.run(ReceiveGoods((lite_shop.line("P3", 1, price="130"),), lite_shop.parties["成都总代"]))
