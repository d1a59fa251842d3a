"""R71 模板订单：存个名字，下回按当天的价格和可用下；可以临时加减，停用的点出来。"""

from datetime import date

import pytest
from sqlalchemy import select

from bot.replies import posted
from core.commands import OrderGoods, PlaceOrder, SaveRecord, SaveTemplate, UseTemplate
from core.documents import document, document_line
from core.errors import Invalid, Need, NotAllowed, NotFound
from core.execute import preview
from core.proof import prove
from tests.make import CASE, Shop, e4


def saved(shop: Shop) -> None:
    order = PlaceOrder(
        (shop.line("P1", 3), shop.line("P3", 1), shop.line("P1", 1, gift=True)), shop.parties["张姐火锅"]
    )
    number = shop.run(order, by="小刘")["number"]
    result = shop.run(SaveTemplate("张姐周二", number), by="小刘")
    assert posted(result, shop.people["小刘"]).text == "✓ 已存模板“张姐周二”，下回说“用模板 张姐周二”。"


def ordered(shop: Shop, number: str) -> list[tuple[str, int, int]]:
    names = {of: code for code, of in shop.goods.items()}
    return [
        (names[row.product_id], row.qty_milli // CASE, row.amount_fen)
        for row in shop.rows(
            select(document_line)
            .join(document, document.c.id == document_line.c.document_id)
            .where(document.c.number == number)
            .order_by(document_line.c.line_no)
        )
    ]


def test_R71_ordered_at_the_prices_of_the_day(shop: Shop) -> None:
    saved(shop)
    price = {"side": "S", "unit": "箱", "price_e4": e4(125), "valid_from": date(2025, 1, 1)}
    shop.run(SaveRecord("product", {}, id=shop.goods["P1"], children={"prices": [price]}))
    result = shop.run(UseTemplate("张姐周二", promised_on=date(2026, 1, 20)), by="小刘")
    assert (result["partner"], result["promised"]) == ("张姐火锅", "2026-01-20")
    assert ordered(shop, result["number"]) == [("P1", 3, 37_500), ("P3", 1, 16_800), ("P1", 1, 0)]
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []


def test_R71_a_little_more_or_less_this_time(shop: Shop) -> None:
    saved(shop)
    more = shop.run(UseTemplate("张姐周二", more=(shop.line("P3", 2), shop.line("P1", 12, "瓶"))))
    assert ordered(shop, more["number"]) == [("P1", 4, 48_000), ("P3", 3, 50_400), ("P1", 1, 0)]
    less = shop.run(UseTemplate("张姐周二", instead=(shop.line("P1", 1), shop.line("P3", 0))))
    assert ordered(shop, less["number"]) == [("P1", 1, 12_000)]


def test_R71_what_was_stopped_is_named(shop: Shop) -> None:
    saved(shop)
    shop.run(SaveRecord("product", {"active": False}, id=shop.goods["P3"]))
    seen = preview(shop.books, shop.people["小刘"], UseTemplate("张姐周二"), shop.now)
    assert "李锦记旧庄蚝油 510g 已停用，这回没有下" in seen.warnings
    assert [line["product"] for line in seen.card["lines"]] == ["海天金标生抽 500ml", "海天金标生抽 500ml"]


def test_R71_the_same_name_again_replaces_it_and_stock_still_counts(shop: Shop) -> None:
    saved(shop)
    shop.run(SaveTemplate("张姐周二", None, shop.parties["王记饭店"], (shop.line("P1", 17),)), by="小刘")
    with pytest.raises(Need, match="可用只剩 16箱"):
        shop.run(UseTemplate("张姐周二"), by="小刘")
    with pytest.raises(NotFound, match="现有的模板：张姐周二"):
        shop.run(UseTemplate("没有的"), by="小刘")


def test_R71_what_cannot_be_a_template(lite_shop: Shop) -> None:
    bought = lite_shop.run(OrderGoods((lite_shop.line("P1", 1, price="9"),), lite_shop.parties["成都总代"]))
    with pytest.raises(Invalid, match="要从记了账的销售订单存模板"):
        lite_shop.run(SaveTemplate("x", bought["number"]))
    with pytest.raises(Invalid, match="要说是哪个客户的"):
        lite_shop.run(SaveTemplate("x", lines=(lite_shop.line("P1", 1),)))
    with pytest.raises(Invalid, match="字以内的名字"):
        lite_shop.run(
            SaveTemplate(" ", partner_id=lite_shop.parties["张姐火锅"], lines=(lite_shop.line("P1", 1),))
        )
    with pytest.raises(NotAllowed):
        lite_shop.run(SaveTemplate("x", partner_id=1, lines=(lite_shop.line("P1", 1),)), by="老陈")
