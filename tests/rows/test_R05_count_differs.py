"""R05 账上有货、库里无物：盘点说出差多少、值多少，问过原因才记。"""

import pytest
from sqlalchemy import select

from core.commands import CountStock, PlaceOrder
from core.documents import order_open
from core.errors import Invalid, Need
from tests.make import CASE, Shop


def test_R05_a_difference_asks_why_and_is_valued(shop: Shop) -> None:
    with pytest.raises(Need) as asked:
        shop.run(CountStock((shop.line("P1", 18),)), by="老陈")
    assert asked.value.slot == "reason"
    result = shop.run(CountStock((shop.line("P1", 18),), reason="漏录出库"), by="老陈")
    assert result["lines"][0]["book"].startswith("20箱")
    assert result["lines"][0]["difference"].startswith("−2箱")
    assert result["value_fen"] == -19_200
    assert result["left"][0]["on_hand"].startswith("18箱")


def test_R05_two_batches_short_let_go_of_what_both_lack(shop: Shop) -> None:
    """B1 8箱 and B2 12箱 are all promised; 3 and 4 are missing, so 7 of the promise end."""
    shop.run(PlaceOrder((shop.line("P1", 20),), shop.parties["张姐火锅"]))
    counted = (shop.line("P1", 5, batch_no="B1"), shop.line("P1", 8, batch_no="B2"))
    result = shop.run(CountStock(counted, reason="丢失"), by="老陈")
    assert result["left"][0]["on_hand"].startswith("13箱")
    assert shop.one(select(order_open.c.open_milli)) == 13 * CASE


def test_R05_goods_found_in_the_other_batch_break_no_promise(shop: Shop) -> None:
    shop.run(PlaceOrder((shop.line("P1", 20),), shop.parties["张姐火锅"]))
    counted = (shop.line("P1", 6, batch_no="B1"), shop.line("P1", 14, batch_no="B2"))
    result = shop.run(CountStock(counted, reason="混批"), by="老陈")
    assert result["left"][0]["on_hand"].startswith("20箱")
    assert shop.one(select(order_open.c.open_milli)) == 20 * CASE


def test_R05_the_whole_and_one_of_its_batches_at_once_is_a_question(lite_shop: Shop) -> None:
    shop = lite_shop
    both = CountStock((shop.line("P1", 18), shop.line("P1", 8, batch_no="B1")), reason="丢失")
    with pytest.raises(Invalid, match="只报总数，或者一批一批报"):
        shop.run(both)
    apart = CountStock((shop.line("P1", 8, batch_no="B1"), shop.line("P1", 11, batch_no="B2")), reason="丢失")
    assert shop.run(apart)["number"]
