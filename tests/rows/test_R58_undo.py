"""R58 撤回：十分钟内自己最后一张单原样倒回。“过渡期”标签和考核口径还没有。"""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from core.accounts import availability, batch, fund, open_item, stock
from core.commands import DeliverGoods, PaySupplier, ReceiveGoods, ReverseDocument, TakePayment
from core.documents import document, last_deal
from core.errors import Blocked, NotFound, Stale
from tests.make import Shop


def balances(shop: Shop) -> list[Any]:
    return [
        shop.rows(query)
        for query in (
            select(stock.c.batch_id, stock.c.account_id, stock.c.qty_milli)
            .where(stock.c.qty_milli > 0)
            .order_by(stock.c.batch_id),
            select(batch.c.id, batch.c.qty_milli, batch.c.value_fen)
            .where(batch.c.qty_milli > 0)
            .order_by(batch.c.id),
            select(availability).where(availability.c.sellable_milli > 0).order_by(availability.c.product_id),
            select(fund).order_by(fund.c.account_id),
            select(last_deal),
            select(open_item.c.partner_id, open_item.c.side, text("SUM(sign * open_fen)"))
            .group_by(text("1, 2"))
            .having(text("SUM(sign * open_fen) <> 0")),
        )
    ]


def test_R58_bare_undo_is_the_exact_inverse(shop: Shop) -> None:
    before = balances(shop)
    made = shop.run(ReceiveGoods((shop.line("P1", 20, price="96"),), shop.parties["成都总代"]), by="老陈")
    undone = shop.run(ReverseDocument(), by="老陈")
    assert balances(shop) == before
    assert (
        shop.one(select(document.c.reverses_id).where(document.c.number == undone["number"]))
        == made["document_id"]
    )
    with pytest.raises(Stale, match="已经红冲过了"):
        shop.run(ReverseDocument(made["number"]), by="老陈")


def test_R58_only_ones_own_and_only_ten_minutes(shop: Shop) -> None:
    made = shop.run(ReceiveGoods((shop.line("P1", 1, price="96"),), shop.parties["成都总代"]), by="老陈")
    with pytest.raises(NotFound, match="最近 10 分钟没有您自己记的单"):
        shop.run(ReverseDocument(), by="小周")
    shop.now += timedelta(minutes=11)
    with pytest.raises(NotFound):
        shop.run(ReverseDocument(), by="老陈")
    assert shop.run(ReverseDocument(made["number"]), by="老陈")["total_fen"] == 9600


def test_R58_who_stands_in_the_way_is_named(shop: Shop) -> None:
    shop.run(ReceiveGoods((shop.line("P2", 5, price="100"),), shop.parties["成都总代"]), by="老陈")
    sold = shop.run(DeliverGoods((shop.line("P2", 1),), shop.parties["张姐火锅"]), by="老陈")
    with pytest.raises(Blocked, match=sold["number"]):
        shop.run(ReverseDocument("GR-20260115-0001"), by="老陈")
    paid = shop.run(TakePayment(shop.parties["张姐火锅"], 5000, "现金"), by="陈会计")
    with pytest.raises(Blocked, match=paid["number"]):
        shop.run(ReverseDocument(sold["number"]), by="老陈")
    shop.run(ReverseDocument(paid["number"]), by="陈会计")
    shop.run(ReverseDocument(sold["number"]), by="老陈")
    shop.run(ReverseDocument("GR-20260115-0001"), by="老陈")


def test_R58_money_that_is_spent_cannot_be_given_back(shop: Shop) -> None:
    paid = shop.run(TakePayment(shop.parties["张姐火锅"], 5000, "现金"), by="陈会计")
    shop.run(PaySupplier(shop.parties["成都总代"], 4000, "现金"), by="陈会计")
    with pytest.raises(Blocked, match=r"现金 余额只有 ¥10\.00，退不出 ¥50\.00"):
        shop.run(ReverseDocument(paid["number"]), by="陈会计")
