"""换货：退回进待检，换出先到期先出，一笔里两张单，一张换货单管着，撤也一起撤。"""

from typing import Any

import pytest
from sqlalchemy import func, select, text

from bot.replies import posted, preview
from core.accounts import open_item
from core.audit import audit
from core.commands import (
    Decide,
    DeliverGoods,
    ExchangeGoods,
    PlaceOrder,
    ReceiveGoods,
    ReverseDocument,
    SaveRecord,
    TakeBack,
    TakePayment,
)
from core.documents import document, order_open
from core.errors import Blocked, NotAllowed, NotEnough
from core.execute import preview as look
from core.proof import prove
from core.tasks import task
from tests.make import CASE, Shop, e4


@pytest.fixture
def sold(shop: Shop) -> dict[str, Any]:
    return shop.run(DeliverGoods((shop.line("P1", 5, price="118"),), shop.parties["张姐火锅"]))


def proved(shop: Shop) -> None:
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []


def owed(shop: Shop) -> int:
    return int(
        shop.one(
            select(func.coalesce(func.sum(open_item.c.sign * open_item.c.open_fen), 0)).where(
                open_item.c.side == "R"
            )
        )
    )


def heads(shop: Shop, number: str) -> list[tuple[str, str]]:
    own = shop.one(select(document.c.id).where(document.c.number == number))
    return [
        tuple(row)
        for row in shop.rows(
            select(document.c.kind, document.c.number).where(
                document.c.parent_id == own, document.c.reverses_id.is_(None)
            )
        )
    ]


def test_the_same_again_costs_nothing(shop: Shop, sold: dict[str, Any]) -> None:
    order = shop.run(PlaceOrder((shop.line("P1", 2),), shop.parties["张姐火锅"]))
    command = ExchangeGoods((shop.line("P1", 2),), shop.parties["张姐火锅"], reason="漏液")
    seen = look(shop.books, shop.boss, command, shop.now)
    said = preview(seen.card, shop.boss, "7F3A", [], []).text
    assert "1. 退回 海天金标生抽 500ml 2箱（24瓶） × ¥118/箱 = ¥236.00" in said
    assert "退回 ¥236.00，换出 ¥236.00，两清" in said
    result = shop.run(command, by="小刘")
    assert heads(shop, result["number"]) == [("ST", "ST-20260115-0001"), ("DN", "DN-20260115-0002")]
    assert owed(shop) == 59_000
    assert result["settled"] == [{"number": sold["number"], "fen": 23_600}]
    # his open order is not used up by a replacement
    assert (
        shop.one(select(order_open.c.open_milli).where(order_open.c.order_id == order["document_id"]))
        == 2 * CASE
    )
    assert "已换货 HH-20260115-0001" in posted(result, shop.boss).text
    proved(shop)


def test_something_else_leaves_the_difference(shop: Shop, sold: dict[str, Any]) -> None:
    result = shop.run(
        ExchangeGoods((shop.line("P1", 1),), shop.parties["张姐火锅"], (shop.line("P3", 1),)), by="小刘"
    )
    assert owed(shop) == 59_000 - 11_800 + 16_800
    assert "客户补 ¥50.00" in posted(result, shop.boss).text
    assert shop.rows(
        select(audit.c.command, audit.c.document_id).where(text("command = '换货'")).order_by(audit.c.id)
    ) == [("换货", one["document_id"]) for one in (result, *result["also"])]
    after = shop.rows(select(task.c.key).where(task.c.name == "after").order_by(task.c.id.desc()).limit(3))
    assert {row.key for row in after} == {str(one["document_id"]) for one in (result, *result["also"])}
    proved(shop)


def test_at_the_limit_of_his_credit_the_same_again_is_no_new_debt(shop: Shop, sold: dict[str, Any]) -> None:
    shop.run(SaveRecord("partner", {"credit_limit_fen": 59_000}, id=shop.parties["张姐火锅"]))
    shop.run(SaveRecord("product", {"floor_e4": e4(119)}, id=shop.goods["P1"]))  # above what he paid
    shop.run(ExchangeGoods((shop.line("P1", 5),), shop.parties["张姐火锅"]), by="小刘")
    dearer = ExchangeGoods((shop.line("P1", 1),), shop.parties["张姐火锅"], (shop.line("P3", 1),))
    cheaper = ExchangeGoods(
        (shop.line("P1", 1),), shop.parties["张姐火锅"], (shop.line("P1", 1, price="100"),)
    )
    for command, why in ((dearer, "先收 ¥50.00 可放行"), (cheaper, "低于最低售价")):
        asked = shop.run(command, by="小刘")
        assert (asked["state"], asked["waits_for"]) == ("draft", "老板")
        assert why in asked["why"][0]
    before = owed(shop)
    done = shop.run(Decide(asked["number"], True))  # both halves are posted under it
    assert [one["kind"] for one in done["also"]] == ["ST", "DN"]
    assert owed(shop) == before - 1_800
    shop.run(ReverseDocument(done["number"]))
    assert owed(shop) == before
    proved(shop)


def test_both_halves_or_nothing(shop: Shop, sold: dict[str, Any]) -> None:
    before = int(shop.one(select(func.count()).select_from(document)))
    with pytest.raises(NotEnough):
        shop.run(ExchangeGoods((shop.line("P1", 1),), shop.parties["张姐火锅"], (shop.line("P3", 6),)))
    with pytest.raises(Blocked, match=r"能退的 海天金标生抽 500ml 只有 5箱"):
        shop.run(ExchangeGoods((shop.line("P1", 6),), shop.parties["张姐火锅"]))
    with pytest.raises(NotAllowed, match="换货"):
        shop.run(ExchangeGoods((shop.line("P1", 1),), shop.parties["张姐火锅"]), by="陈会计")
    assert shop.one(select(func.count()).select_from(document)) == before


def test_undone_together_or_not_at_all(shop: Shop, sold: dict[str, Any]) -> None:
    shop.run(ExchangeGoods((shop.line("P1", 2),), shop.parties["张姐火锅"]), by="小刘")
    for half in ("ST-20260115-0001", "DN-20260115-0002"):
        with pytest.raises(Blocked, match="是换货单 HH-20260115-0001 的一部分"):
            shop.run(ReverseDocument(half))
    back = shop.run(TakeBack((shop.line("P1", 1),), shop.parties["张姐火锅"]))
    with pytest.raises(Blocked, match=back["number"]):  # it came from the replacement
        shop.run(ReverseDocument("HH-20260115-0001"))
    shop.run(ReverseDocument(back["number"]))
    paid = shop.run(TakePayment(shop.parties["张姐火锅"], 59_000, "现金"))
    with pytest.raises(Blocked, match=paid["number"]):
        shop.run(ReverseDocument("HH-20260115-0001"))
    shop.run(ReverseDocument(paid["number"]))
    shop.run(ReverseDocument("HH-20260115-0001"), by="小刘")
    assert owed(shop) == 59_000
    proved(shop)


def test_a_bare_undo_takes_the_exchange(shop: Shop, sold: dict[str, Any]) -> None:
    shop.run(ExchangeGoods((shop.line("P1", 1),), shop.parties["张姐火锅"]), by="小刘")
    assert shop.run(ReverseDocument(), by="小刘")["of"] == "HH-20260115-0001"
    proved(shop)


def test_goods_that_share_one_pool_go_back_as_they_came(shop: Shop) -> None:
    """The replacement is taken from a pool that the return has just made dearer: undone newest first, to the fen."""
    shop.run(ReceiveGoods((shop.line("P2", 2, "瓶", price="10", batch_no="X"),), shop.parties["成都总代"]))
    shop.run(DeliverGoods((shop.line("P2", 1, "瓶", price="12"),), shop.parties["张姐火锅"]))
    shop.run(ReceiveGoods((shop.line("P2", 1, "瓶", price="4", batch_no="X"),), shop.parties["成都总代"]))
    shop.run(ExchangeGoods((shop.line("P2", 1, "瓶"),), shop.parties["张姐火锅"]))
    shop.run(ReverseDocument("HH-20260115-0001"))
    proved(shop)
