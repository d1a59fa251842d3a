"""M7 撤回：倒不回去就说清是谁挡着，问要不要一起撤；从新到旧全撤，要么都不撤；谁的权都不越过。"""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from core.audit import audit
from core.commands import (
    DeliverGoods,
    PaySupplier,
    PlaceOrder,
    ReceiveGoods,
    ReverseDocument,
    ReverseTogether,
    SignDelivery,
    TakePayment,
)
from core.documents import document
from core.errors import Blocked, NotAllowed, Stale
from core.execute import FactsChanged, preview
from core.proof import prove
from tests.make import Shop


def undone(shop: Shop) -> int:
    return int(shop.one(select(func.count()).where(document.c.reverses_id.is_not(None))))


def sold_on(shop: Shop) -> tuple[str, str]:
    """A receipt by 老陈 and a delivery out of it."""
    line = shop.line("P2", 5, price="100")
    came = shop.run(ReceiveGoods((line,), shop.parties["成都总代"]), by="老陈")["number"]
    sold = shop.run(DeliverGoods((shop.line("P2", 3),), shop.parties["王记饭店"]), by="老陈")["number"]
    return str(came), str(sold)


def test_M7_it_says_how_much_left_and_where(shop: Shop) -> None:
    came, sold = sold_on(shop)
    with pytest.raises(Blocked, match=rf"{came} 不能撤回：其中 3箱\(36瓶\)已在 {sold} 出库。") as refused:
        shop.run(ReverseDocument(came), by="老陈")
    assert (refused.value.code, refused.value.facts["number"]) == ("in_the_way", came)


def test_M7_every_document_is_shown_and_each_is_undone_by_its_own(shop: Shop) -> None:
    came, sold = sold_on(shop)
    paid = shop.run(TakePayment(shop.parties["王记饭店"], 37_800, "微信"), by="陈会计")["number"]
    seen = preview(shop.books, shop.boss, ReverseTogether(came), shop.now)
    assert [one["number"] for one in seen.card["takes"]] == [paid, sold, came]
    done = shop.run(ReverseTogether(came), digest=seen.digest)
    assert undone(shop) == 3
    traces = shop.rows(
        select(audit.c.document_id).where(audit.c.command == "一起撤").order_by(audit.c.document_id)
    )
    ids = [done["document_id"], *(one["document_id"] for one in done["also"])]
    assert [row.document_id for row in traces] == sorted(ids)
    with pytest.raises(Stale, match="已经红冲过了"):
        shop.run(ReverseTogether(came))


def test_M7_what_came_after_the_preview_is_shown_again(shop: Shop) -> None:
    came, _ = sold_on(shop)
    seen = preview(shop.books, shop.boss, ReverseTogether(came), shop.now)
    shop.run(TakePayment(shop.parties["王记饭店"], 100, "微信"))
    with pytest.raises(FactsChanged):
        shop.run(ReverseTogether(came), digest=seen.digest)
    assert undone(shop) == 0


def test_M7_nobody_undoes_what_he_may_not(shop: Shop) -> None:
    came, sold = sold_on(shop)
    paid = shop.run(TakePayment(shop.parties["王记饭店"], 100, "微信"), by="陈会计")["number"]
    with pytest.raises(NotAllowed, match=f"要连 {paid}（收款单）一起撤，您没有“收款”的权限"):
        shop.run(ReverseTogether(came), by="老陈")
    assert undone(shop) == 0
    shop.run(ReverseDocument(paid), by="陈会计")
    shop.run(ReverseTogether(came), by="老陈")  # both are his to undo
    assert shop.one(select(func.count()).where(document.c.number == sold)) == 1


def test_M7_what_has_no_way_back_stops_the_whole(shop: Shop) -> None:
    """Goods that expired since, and money that is spent."""
    made = {"price": "6", "mfg_date": shop.now.date()}
    fresh = shop.run(ReceiveGoods((shop.line("P4", 9, "kg", **made),), shop.parties["成都总代"]))["number"]
    shop.run(DeliverGoods((shop.line("P4", 2, "kg"),), shop.parties["王记饭店"]))
    shop.now += timedelta(days=5)
    with pytest.raises(Blocked, match=f"{fresh} 不能撤回：后面的 EX-.* 是过期转出，倒不回去。"):
        shop.run(ReverseTogether(fresh))
    came, _ = sold_on(shop)
    shop.run(TakePayment(shop.parties["王记饭店"], 39_000, "微信"))
    shop.run(PaySupplier(shop.parties["川南粮油"], 38_000, "微信"))
    with pytest.raises(Blocked, match="微信 余额只有"):
        shop.run(ReverseTogether(came))
    assert undone(shop) == 0


def test_M7_half_of_what_belongs_together_takes_its_head(shop: Shop) -> None:
    came, sold = sold_on(shop)
    shop.run(SignDelivery(sold, (shop.line("P2", 1),), "破损"))
    done = shop.run(ReverseTogether(came))
    assert [one["kind"] for one in done["takes"]] == ["QS", "DN", "GR"]
    assert {one["kind"] for one in done["also"]} == {"QS", "DN", "ST"}


def test_M7_a_long_tail_is_taken_apart_step_by_step(shop: Shop) -> None:
    came = shop.run(ReceiveGoods((shop.line("P2", 30, price="100"),), shop.parties["成都总代"]))["number"]
    wang: Any = shop.parties["王记饭店"]
    for _ in range(21):
        shop.run(DeliverGoods((shop.line("P2", 1),), wang))
    with pytest.raises(Blocked, match=f"{came} 后面连着的单不止 20 张，不能一起撤。请从最后的单开始"):
        shop.run(ReverseTogether(came))
    shop.run(PlaceOrder((shop.line("P1", 1),), wang))
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []
