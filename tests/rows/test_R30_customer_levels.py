"""R30 客户分类：等级定价；改了等级，只有新单按新价。"""

from datetime import date

from sqlalchemy import select

from core.commands import PlaceOrder, SaveRecord
from core.documents import document_line
from core.partners import partner
from tests.make import Shop, e4


def test_R30_a_new_level_changes_only_new_documents(shop: Shop) -> None:
    zhang = shop.parties["张姐火锅"]
    changed = shop.one(select(partner.c.changed).where(partner.c.id == zhang))
    level = {"side": "S", "unit": "箱", "level": "重点", "price_e4": e4(116), "valid_from": date(2026, 1, 1)}
    prices = [{"side": "S", "unit": "箱", "price_e4": e4(120), "valid_from": date(2026, 1, 1)}, level]
    shop.run(SaveRecord("product", {}, id=shop.goods["P1"], children={"prices": prices}))
    old = shop.run(PlaceOrder((shop.line("P1", 1),), zhang), by="小刘")
    shop.run(SaveRecord("partner", {"level": "重点"}, id=zhang, changed=changed))
    new = shop.run(PlaceOrder((shop.line("P1", 1),), zhang), by="小刘")
    paid = {
        row.document_id: row.price_e4
        for row in shop.rows(select(document_line.c.document_id, document_line.c.price_e4))
    }
    assert (paid[old["document_id"]], paid[new["document_id"]]) == (e4(120), e4(116))
