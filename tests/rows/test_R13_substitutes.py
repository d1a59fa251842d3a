"""R13 不够时给出路：下单给序号选，出库在拒绝里说出同类里够的和别的仓里够的。"""

import pytest

from core.commands import DeliverGoods, ReceiveGoods, ReceiveTransfer, SendTransfer
from core.errors import NotEnough
from tests.make import Shop


def test_R13_a_delivery_that_falls_short_names_what_would_do(shop: Shop) -> None:
    shop.run(ReceiveGoods((shop.line("P2", 30, price="90"),), shop.parties["成都总代"]))
    with pytest.raises(NotEnough) as refused:
        shop.run(DeliverGoods((shop.line("P1", 25),), shop.parties["张姐火锅"]), by="老陈")
    assert str(refused.value) == (
        "海天金标生抽 500ml 要 25箱，可用只剩 20箱(240瓶)。可以换成 海天老抽 500ml(可用 30箱(360瓶))。"
        "不换就改小数量再说一次，或等到货。"
    )


def test_R13_goods_in_another_warehouse_are_named_not_taken(shop: Shop) -> None:
    shop.run(SendTransfer((shop.line("P1", 12),), shop.places["主仓"], shop.places["一分店"]))
    shop.run(ReceiveTransfer("TR-20260115-0001"))
    with pytest.raises(NotEnough, match=r"可用只剩 8箱\(96瓶\)。可以改从一分店出\(可用 12箱\(144瓶\)\)"):
        shop.run(DeliverGoods((shop.line("P1", 10),), shop.parties["张姐火锅"]), by="老陈")


def test_R13_with_no_way_out_it_just_says_so(shop: Shop) -> None:
    with pytest.raises(NotEnough, match=r"可用只剩 5箱\(60瓶\)。改小数量再说一次，或等到货。"):
        shop.run(DeliverGoods((shop.line("P3", 6),), shop.parties["张姐火锅"]), by="老陈")
