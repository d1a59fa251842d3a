"""R62 杜绝重复采购：已经订了、或者正从别的仓调过来的，再订时点出单号和数量。"""

from core.commands import OrderGoods, SendTransfer
from core.execute import preview
from tests.make import Shop


def test_R62_what_is_already_coming_is_named(shop: Shop) -> None:
    order = OrderGoods((shop.line("P1", 5, price="96"),), shop.parties["成都总代"])
    assert preview(shop.books, shop.people["小周"], order, shop.now).warnings == []
    first = shop.run(order, by="小周")
    shop.run(SendTransfer((shop.line("P1", 2),), shop.places["主仓"], shop.places["一分店"]))
    other = OrderGoods((shop.line("P1", 7, price="95"),), shop.parties["川南粮油"])
    assert preview(shop.books, shop.people["小周"], other, shop.now).warnings == [
        f"海天金标生抽 500ml 已在 {first['number']} 订了 5箱(60瓶) 还没到",
        "海天金标生抽 500ml 有 2箱(24瓶) 调拨在途",
    ]
