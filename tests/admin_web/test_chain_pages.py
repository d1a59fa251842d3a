"""R15 单据的来龙去脉：申请→报价→订单→入库，订单→出库→签收→拒收，换货管着的两张，召回的冻结，都在一页上。"""

from collections.abc import Callable
from typing import Any

from core.commands import (
    ClaimSupplier,
    DeliverGoods,
    ExchangeGoods,
    OrderByQuote,
    PlaceOrder,
    RecallBatch,
    ReceiveGoods,
    RecordQuote,
    RequestGoods,
    SignDelivery,
)
from tests.admin_web.conftest import Browser
from tests.make import Shop

Visit = Callable[..., Browser]


def page(browser: Browser, result: dict[str, Any]) -> str:
    return str(browser.get(f"/admin/document/detail?pk={result['document_id']}").text)


def test_R15_from_the_request_to_the_receipt(lite_shop: Shop, boss: Browser) -> None:
    chengdu = lite_shop.parties["成都总代"]
    asked = lite_shop.run(RequestGoods((lite_shop.line("P1", 5),)), by="小周")
    quote = lite_shop.run(RecordQuote(asked["number"], chengdu, (lite_shop.line("P1", 5, price="95"),)))
    order = lite_shop.run(OrderByQuote(quote["number"]))
    came = lite_shop.run(
        ReceiveGoods(
            (lite_shop.line("P1", 4),), chengdu, rejected=(lite_shop.line("P1", 1),), reject_reason="破损"
        )
    )
    claim = lite_shop.run(ClaimSupplier(chengdu, 500, came["number"]))
    text = page(boss, came)
    for one in (asked, quote, order, came, claim):
        assert one["number"] in text
    for words in ("采购申请", "报价单", "采购订单", "采购入库单", "索赔单", "拒收", "破损"):
        assert words in text


def test_R15_from_the_order_to_the_signature(lite_shop: Shop, boss: Browser) -> None:
    zhang = lite_shop.parties["张姐火锅"]
    order = lite_shop.run(PlaceOrder((lite_shop.line("P1", 5),), zhang))
    sent = lite_shop.run(DeliverGoods((lite_shop.line("P1", 5),), zhang))
    signed = lite_shop.run(SignDelivery(sent["number"], (lite_shop.line("P1", 1),), "破损"))
    changed = lite_shop.run(ExchangeGoods((lite_shop.line("P1", 1),), zhang))
    text = page(boss, signed)
    for one in (order, sent, signed, *signed["also"]):
        assert one["number"] in text
    assert "签收单" in text
    text = page(boss, changed)
    for one in (changed, *changed["also"]):
        assert one["number"] in text
    assert "退回" in text


def test_R15_a_recall_shows_its_batch(lite_shop: Shop, visit: Visit) -> None:
    held = lite_shop.run(RecallBatch("B1"))
    text = page(visit("阿强"), held)
    for words in ("冻结单", "召回", "B1", "8箱"):
        assert words in text
