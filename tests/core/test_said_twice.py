"""一张单里同一样货说了两行：第二行接着第一行拿，拿不够就在预览时说，不会等到记账才出错。"""

from typing import Any

import pytest

from core.commands import DeliverGoods, ReleaseGoods, ScrapGoods, SendBack, SendTransfer, TakeBack
from core.errors import NotEnough
from core.execute import preview
from core.proof import prove
from tests.make import Shop


def scrap(shop: Shop, *cases: int) -> Any:
    return ScrapGoods(tuple(shop.line("P1", number) for number in cases), "破损")


def send_back(shop: Shop, *cases: int) -> Any:
    lines = tuple(shop.line("P1", number, price="96") for number in cases)
    return SendBack(lines, shop.parties["成都总代"])


def transfer(shop: Shop, *cases: int) -> Any:
    lines = tuple(shop.line("P1", number) for number in cases)
    return SendTransfer(lines, shop.places["主仓"], shop.places["一分店"])


def deliver(shop: Shop, *cases: int) -> Any:
    return DeliverGoods(tuple(shop.line("P1", number) for number in cases), shop.parties["王记饭店"])


def release(shop: Shop, *cases: int) -> Any:
    """All 20 cases are out and back, and wait in 待检."""
    shop.run(DeliverGoods((shop.line("P1", 20),), shop.parties["王记饭店"]))
    shop.run(TakeBack((shop.line("P1", 20),), shop.parties["王记饭店"]))
    return ReleaseGoods(tuple(shop.line("P1", number) for number in cases))


@pytest.mark.parametrize("make", [scrap, send_back, transfer, deliver, release])
def test_the_second_line_takes_what_the_first_left(shop: Shop, make: Any) -> None:
    """P1 has 8 cases in one batch and 12 in another: 6 + 6 must cross from one into the other."""
    done = shop.run(make(shop, 6, 6))
    assert done["number"]
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []


@pytest.mark.parametrize("make", [scrap, send_back, transfer, deliver, release])
def test_more_than_there_is_together_is_refused_in_the_preview(lite_shop: Shop, make: Any) -> None:
    with pytest.raises(NotEnough, match="8箱"):
        preview(lite_shop.books, lite_shop.boss, make(lite_shop, 12, 12), lite_shop.now)
