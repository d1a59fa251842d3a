"""运费、价保、补价：还在的改成本，出掉的算今天，退掉的归价差；和一开始就知道一样。"""

from datetime import date

import pytest
from sqlalchemy import func, select

from bot.replies import posted
from core.accounts import account, batch, entry, open_item
from core.books.day_book import day_book
from core.books.unpriced import unpriced
from core.commands import (
    AddCost,
    CorrectPrice,
    CutPrice,
    DeliverGoods,
    ReceiveGoods,
    ReverseDocument,
    SendBack,
    TakeBack,
)
from core.documents import document, document_line, last_deal
from core.errors import Blocked, Invalid, NotAllowed
from core.proof import prove
from tests.make import CASE, TODAY, Shop, e4

GR = "GR-20260115-0001"
MADE = date(2025, 12, 1)


def value(shop: Shop, code: str = "P2") -> int:
    query = select(func.sum(batch.c.value_fen)).where(batch.c.product_id == shop.goods[code])
    return int(shop.one(query))


def booked(shop: Shop, number: str) -> dict[str, int]:
    """{'应付→存货': fen, …} of a document."""
    source, target = account.alias("s"), account.alias("t")
    rows = shop.rows(
        select(source.c.role, target.c.role, func.sum(entry.c.amount))
        .join(source, source.c.id == entry.c.source_id)
        .join(target, target.c.id == entry.c.target_id)
        .where(entry.c.document_id == shop.one(select(document.c.id).where(document.c.number == number)))
        .group_by(source.c.role, target.c.role)
    )
    return {f"{row[0]}→{row[1]}": int(row[2]) for row in rows}


def proved(shop: Shop) -> None:
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    """老抽 10 cases at 100 (GR), 4 sold, 1 sent back: half is here."""
    chengdu = shop.parties["成都总代"]
    shop.run(ReceiveGoods((shop.line("P2", 10, price="100", mfg_date=MADE),), chengdu))
    shop.run(DeliverGoods((shop.line("P2", 4),), shop.parties["张姐火锅"]))
    shop.run(SendBack((shop.line("P2", 1),), chengdu))
    return shop


def test_freight_falls_on_what_is_here_what_is_gone_and_what_went_back(stocked: Shop) -> None:
    carrier = stocked.parties["川南粮油"]
    result = stocked.run(AddCost(GR, 20_000, partner_id=carrier), by="陈会计")
    assert result["number"] == "LC-20260115-0001"
    assert booked(stocked, result["number"]) == {
        "应付→存货": 10_000,
        "应付→销售成本": 8_000,
        "应付→价差": 2_000,
    }
    assert value(stocked) == 60_000
    item = stocked.rows(select(open_item).where(open_item.c.document_id == result["document_id"]))[0]
    assert (item.partner_id, item.side, item.sign, item.open_fen) == (carrier, "P", 1, 20_000)
    assert posted(result, stocked.people["陈会计"]).text.split("\n")[:4] == [
        "✓ 已记运费 LC-20260115-0001",
        "川南粮油 · 运费 GR-20260115-0001",
        "海天老抽 500ml ¥200.00：库存里 ¥100.00，已出的 ¥80.00，已退的 ¥20.00",
        "应付 ¥200.00，2026-02-14 到期",
    ]
    assert "¥100.00" not in posted(result, stocked.people["小刘"]).text
    with stocked.books.read() as conn:
        day = day_book(conn, stocked.company_id, TODAY)
    assert day.sales_cost_fen == 40_000 + 8_000
    proved(stocked)
    stocked.run(ReverseDocument(result["number"]), by="陈会计")
    assert value(stocked) == 50_000
    proved(stocked)


def test_price_protection_takes_off_what_we_owe(stocked: Shop) -> None:
    result = stocked.run(CutPrice(GR, 5_001), by="陈会计")
    assert booked(stocked, result["number"]) == {"存货→应付": 2_501, "销售成本→应付": 2_000, "价差→应付": 500}
    assert value(stocked) == 47_499
    assert result["settled"] == [{"number": GR, "fen": 5_001}]
    assert "冲减应付 ¥50.01" in posted(result, stocked.boss).text
    with pytest.raises(Invalid, match=r"一共 ¥1,000\.00，减不了 ¥1,000\.01"):
        stocked.run(CutPrice(GR, 100_001))
    proved(stocked)


def test_all_of_a_cut_comes_off_and_the_pool_never_below_nothing(stocked: Shop) -> None:
    stocked.run(CutPrice(GR, 100_000))
    assert value(stocked) == 0
    again = stocked.run(CutPrice(GR, 1_000))  # nothing left to take: it all counts as gone
    assert booked(stocked, again["number"]) == {"销售成本→应付": 900, "价差→应付": 100}
    proved(stocked)


def test_a_return_brings_its_share_back(stocked: Shop) -> None:
    back = stocked.run(TakeBack((stocked.line("P2", 2),), stocked.parties["张姐火锅"]))
    result = stocked.run(AddCost(GR, 20_000))
    assert booked(stocked, result["number"]) == {
        "应付→存货": 14_000,
        "应付→销售成本": 4_000,
        "应付→价差": 2_000,
    }
    stocked.run(ReverseDocument(result["number"]))
    stocked.run(ReverseDocument(back["number"]))
    stocked.run(ReverseDocument("PT-20260115-0001"))
    again = stocked.run(AddCost(GR, 20_000))
    assert booked(stocked, again["number"]) == {"应付→存货": 12_000, "应付→销售成本": 8_000}
    proved(stocked)


def test_freight_is_shared_out_by_value_and_the_last_takes_the_rest(shop: Shop) -> None:
    lines = (
        shop.line("P1", 1, price="96", mfg_date=MADE),
        shop.line("P2", 1, price="100", mfg_date=MADE),
        shop.line("P3", 1, price="130", mfg_date=MADE),
        shop.line("P3", 1, mfg_date=MADE, gift=True),
    )
    shop.run(ReceiveGoods(lines, shop.parties["成都总代"]))
    result = shop.run(AddCost(GR, 100))
    rows = shop.rows(
        select(document_line.c.amount_fen, document_line.c.cost_fen)
        .where(document_line.c.document_id == result["document_id"])
        .order_by(document_line.c.line_no)
    )
    assert [tuple(row) for row in rows] == [(29, 29), (31, 31), (40, 40)]
    only = shop.run(AddCost(GR, 70, product_id=shop.goods["P3"]))
    assert [one["fen"] for one in only["shares"]] == [70]
    proved(shop)


def test_a_change_of_cost_that_was_used_cannot_be_undone(stocked: Shop) -> None:
    added = stocked.run(AddCost(GR, 20_000))
    with pytest.raises(Blocked, match=f"已经补过价或摊过费用（{added['number']}）"):
        stocked.run(ReverseDocument(GR))
    sold = stocked.run(DeliverGoods((stocked.line("P2", 1),), stocked.parties["王记饭店"]))
    with pytest.raises(Blocked, match=f"它的成本已被后来的单用掉（{sold['number']}）"):
        stocked.run(ReverseDocument(added["number"]))
    stocked.run(ReverseDocument(sold["number"]))
    stocked.run(ReverseDocument(added["number"]))
    assert value(stocked) == 50_000
    proved(stocked)


# ── 补价 ──


@pytest.fixture
def estimated(shop: Shop) -> Shop:
    """老抽: last bought from 川南粮油 at 100, now 6 cases from 成都总代 with no price said."""
    shop.run(ReceiveGoods((shop.line("P2", 1, price="100"),), shop.parties["川南粮油"]))
    made = shop.run(ReceiveGoods((shop.line("P2", 6, mfg_date=MADE),), shop.parties["成都总代"]))
    assert made["number"] == "GR-20260115-0002"
    return shop


def provisional(shop: Shop) -> bool:
    return bool(shop.one(select(func.count()).where(open_item.c.provisional, open_item.c.sign > 0)))


def test_the_true_price_replaces_the_estimate(estimated: Shop) -> None:
    number, p2 = "GR-20260115-0002", estimated.goods["P2"]
    assert provisional(estimated)
    with estimated.books.read() as conn:
        waiting = [(one.number, one.supplier, one.product_id, one.qty_milli) for one in unpriced(conn, 1)]
    assert waiting == [(number, "成都总代", p2, 6 * CASE)]
    proved(estimated)
    estimated.run(
        DeliverGoods((estimated.line("P2", 4),), estimated.parties["张姐火锅"])
    )  # one of them from 川南粮油
    result = estimated.run(CorrectPrice(number, p2, e4("103.3")), by="陈会计")
    assert (result["number"], result["total_fen"]) == ("LC-20260115-0001", 1_980)
    assert not provisional(estimated)
    with estimated.books.read() as conn:
        assert unpriced(conn, 1) == ()
    deal = select(last_deal.c.price_e4).where(last_deal.c.partner_id == estimated.parties["成都总代"])
    assert estimated.one(deal) == e4("103.3")
    proved(estimated)
    lower = estimated.run(CorrectPrice(number, p2, e4("8"), "瓶"), by="陈会计")
    assert (lower["number"], lower["total_fen"]) == ("JB-20260115-0001", 61_980 - 57_600)
    assert estimated.one(deal) == e4("8")
    estimated.run(ReverseDocument(lower["number"]))
    assert estimated.one(deal) == e4("103.3")
    estimated.run(ReverseDocument(result["number"]))
    assert (estimated.one(deal), provisional(estimated)) == (e4("100"), True)
    proved(estimated)


def test_a_good_guess_is_confirmed_without_money(estimated: Shop) -> None:
    number, p2 = "GR-20260115-0002", estimated.goods["P2"]
    result = estimated.run(CorrectPrice(number, p2, e4("100")))
    assert result["total_fen"] == 0
    assert booked(estimated, result["number"]) == {}
    assert not provisional(estimated)
    assert "价格没变，不再是暂估" in posted(result, estimated.boss).text
    proved(estimated)
    estimated.run(ReverseDocument(result["number"]))
    assert provisional(estimated)
    estimated.run(ReverseDocument(number))
    proved(estimated)


def test_goods_that_came_without_any_price(shop: Shop) -> None:
    shop.run(ReceiveGoods((shop.line("P2", 2),), shop.parties["成都总代"], no_price=True))
    assert value(shop) == 0
    result = shop.run(CorrectPrice(GR, shop.goods["P2"], e4("99"), "箱"))
    assert (result["total_fen"], value(shop)) == (19_800, 19_800)
    proved(shop)


def test_what_cannot_be_corrected_is_refused(stocked: Shop) -> None:
    for command, words in (
        (CorrectPrice(GR, stocked.goods["P2"], e4("100")), "本来就是 ¥100/箱，不用改"),
        (CorrectPrice(GR, stocked.goods["P1"], e4("100")), "没有这种货"),
        (AddCost("DN-20260115-0001", 100), "是销售出库单，这笔钱要摊到采购入库单上"),
        (AddCost(GR, 0), "运费金额要大于 0"),
    ):
        with pytest.raises(Invalid, match=words):
            stocked.run(command)
    for name in ("老陈", "小周", "小刘"):
        with pytest.raises(NotAllowed, match="运费和补价"):
            stocked.run(AddCost(GR, 100), by=name)
    shop = stocked
    for number in ("PT-20260115-0001", "DN-20260115-0001", GR):
        shop.run(ReverseDocument(number))
    with pytest.raises(Invalid, match="已红冲，没有货可摊"):
        shop.run(AddCost(GR, 100))
