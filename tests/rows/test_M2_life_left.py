"""M2 允收期，收货这一头：商品自己定了规矩的，剩得太少拒收；没定的，少于三分之二说一声。"""

from datetime import date

import pytest

from core.commands import ReceiveGoods, SaveRecord
from core.errors import Invalid
from core.execute import preview
from tests.make import Shop


def receive(shop: Shop, **dates: date) -> ReceiveGoods:
    return ReceiveGoods((shop.line("P1", 1, price="96", **dates),), shop.parties["成都总代"])


def warned(shop: Shop, **dates: date) -> list[str]:
    return [
        one
        for one in preview(shop.books, shop.boss, receive(shop, **dates), shop.now).warnings
        if "保质期" in one
    ]


def test_M2_without_a_rule_old_goods_are_said(lite_shop: Shop) -> None:
    assert warned(lite_shop, mfg_date=date(2025, 12, 1)) == []
    assert warned(lite_shop, mfg_date=date(2025, 7, 1)) == [
        "海天金标生抽 500ml 2026-12-23 到期，保质期只剩 63%，请看一眼"
    ]
    assert warned(lite_shop, expiry_date=date(2026, 3, 1)) == [
        "海天金标生抽 500ml 2026-03-01 到期，保质期只剩 8%，请看一眼"
    ]
    assert warned(lite_shop) == []


def test_M2_the_products_own_rule_refuses(lite_shop: Shop) -> None:
    with pytest.raises(Invalid, match="几分之几"):
        lite_shop.run(SaveRecord("product", {"accept_permille": 1001}, id=lite_shop.goods["P1"]))
    lite_shop.run(SaveRecord("product", {"accept_permille": 500}, id=lite_shop.goods["P1"]))
    with pytest.raises(Invalid, match=r"保质期只剩 49%，收货至少要剩 50%。请拒收") as refused:
        lite_shop.run(receive(lite_shop, mfg_date=date(2025, 4, 19)))
    assert refused.value.code == "short_life"
    lite_shop.run(receive(lite_shop, mfg_date=date(2025, 4, 20)))  # 270 of 540 days: exactly half
