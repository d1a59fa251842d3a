"""做一张再红冲一张，等于没做：每一种能撤的单都一样，分毫不差。"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from core.accounts import availability, batch, fund, open_item, stock
from core.commands import (
    ClaimSupplier,
    CloseOrder,
    CorrectPrice,
    CountStock,
    CutPrice,
    DeliverGoods,
    EarnMoney,
    ExchangeGoods,
    HoldGoods,
    MoveFunds,
    NetOff,
    OpeningLine,
    OrderGoods,
    PaySupplier,
    PickGoods,
    PlaceOrder,
    PutAway,
    RecallBatch,
    ReceiveGoods,
    ReceiveTransfer,
    RecordOpening,
    RecordQuote,
    ReleaseGoods,
    ReopenItems,
    RequestGoods,
    ReverseDocument,
    ReverseTogether,
    SaveRecord,
    ScrapGoods,
    SendBack,
    SendTransfer,
    SettleItems,
    SignDelivery,
    SpendMoney,
    TakeBack,
    TakePayment,
    UnholdGoods,
    WriteOff,
    reverse_document,
)
from core.commands.reverse_document import NEEDS
from core.documents import document, last_deal, order_open
from core.errors import Blocked
from core.proof import prove
from tests.make import Shop, e4


def balances(shop: Shop) -> dict[str, list[Any]]:
    """All that may be compared; rows that are back at zero are as good as none."""
    with shop.books.read() as conn:
        return {
            name: list(conn.execute(query))
            for name, query in {
                "stock": select(stock.c.batch_id, stock.c.account_id, stock.c.qty_milli, stock.c.picked_milli)
                .where(stock.c.qty_milli > 0)
                .order_by(stock.c.batch_id, stock.c.account_id),
                "batch": select(batch.c.id, batch.c.qty_milli, batch.c.value_fen)
                .where(batch.c.qty_milli > 0)
                .order_by(batch.c.id),
                "availability": select(availability)
                .where(text("sellable_milli + reserved_milli + on_order_milli + in_transit_milli > 0"))
                .order_by(availability.c.product_id, availability.c.warehouse_id),
                "fund": select(fund.c.account_id, fund.c.balance_fen).order_by(fund.c.account_id),
                "open": select(open_item.c.id, open_item.c.open_fen)
                .where(open_item.c.open_fen > 0)
                .order_by(open_item.c.id),
                "orders": select(
                    order_open.c.order_id,
                    order_open.c.order_line,
                    order_open.c.open_milli,
                    order_open.c.picked_milli,
                )
                .where(order_open.c.open_milli > 0)
                .order_by(order_open.c.order_id),
                "deals": select(
                    last_deal.c.product_id,
                    last_deal.c.partner_id,
                    last_deal.c.price_e4,
                    last_deal.c.document_id,
                ).order_by(last_deal.c.product_id, last_deal.c.partner_id),
            }.items()
        }


def before_anything(shop: Shop) -> None:
    """Debts, advances, open orders, goods on the way and under inspection: all that a document may meet."""
    zhang, chengdu = shop.parties["张姐火锅"], shop.parties["成都总代"]
    shop.run(TakePayment(zhang, 200_000, "现金"))
    shop.run(PaySupplier(chengdu, 5_000, "现金"))
    shop.run(OrderGoods((shop.line("P1", 5, price="95"),), chengdu))
    shop.run(ReceiveGoods((shop.line("P2", 7, "瓶", price="8.333", mfg_date=date(2025, 12, 1)),), chengdu))
    shop.run(PlaceOrder((shop.line("P1", 4),), zhang))
    shop.run(DeliverGoods((shop.line("P1", 2), shop.line("P2", 3, "瓶", price="11")), zhang))
    shop.run(TakeBack((shop.line("P1", 1),), zhang))
    shop.run(SendTransfer((shop.line("P1", 1),), shop.places["主仓"], shop.places["一分店"]))
    both = {"name": "川西商行", "is_customer": True, "is_supplier": True, "terms": "30天"}
    shop.parties["川西商行"] = shop.run(SaveRecord("partner", both))["id"]
    shop.run(ReceiveGoods((shop.line("P3", 1, price="150"),), shop.parties["川西商行"]))
    shop.run(DeliverGoods((shop.line("P3", 1),), shop.parties["川西商行"]))
    shop.run(TakePayment(shop.parties["川西商行"], 5_000, "现金"))
    shop.run(ReopenItems("SK-20260115-0002", "DN-20260115-0002"))
    shop.run(RequestGoods((shop.line("P1", 50),)))
    shop.run(HoldGoods(shop.goods["P3"], said_milli=1000, unit="箱", reason="客户投诉"))


INTENTIONS = {"PR", "RQ"}  # these move nothing
KINDS: dict[str, Callable[[Shop], Any]] = {
    "PR": lambda shop: RequestGoods((shop.line("P1", 50),)),
    "RQ": lambda shop: RecordQuote(
        "PR-20260115-0001", shop.parties["成都总代"], (shop.line("P1", 50, price="95"),), 3000
    ),
    "PO": lambda shop: OrderGoods(
        (shop.line("P1", 3, price="95"), shop.line("P3", 1, price="100")), shop.parties["川南粮油"]
    ),
    "PC": lambda shop: CloseOrder("PO-20260115-0001"),
    "GR": lambda shop: ReceiveGoods(
        (shop.line("P1", 7, price="94.99", mfg_date=date(2025, 12, 2)), shop.line("P2", 1, gift=True)),
        shop.parties["成都总代"],
    ),
    "PT": lambda shop: SendBack((shop.line("P2", 4, "瓶", price="8"),), shop.parties["成都总代"]),
    "CL": lambda shop: ClaimSupplier(shop.parties["成都总代"], 777, "GR-20260115-0001"),
    "QI": lambda shop: ReceiveGoods((shop.line("P3", 1, price="100"),), no_partner=True),
    "SO": lambda shop: PlaceOrder(
        (shop.line("P1", 6), shop.line("P3", 1, gift=True)), shop.parties["王记饭店"]
    ),
    "JH": lambda shop: PickGoods(partner_id=shop.parties["张姐火锅"]),
    "YW": lambda shop: PutAway(shop.goods["P1"], "A1", said_milli=3_000, unit="箱"),
    "DN": lambda shop: DeliverGoods(
        (shop.line("P1", 9), shop.line("P2", 4, "瓶", price="11"), shop.line("P3", 1, gift=True)),
        shop.parties["张姐火锅"],
    ),
    "ST": lambda shop: TakeBack((shop.line("P1", 1), shop.line("P2", 1, "瓶")), shop.parties["张姐火锅"]),
    "QS": lambda shop: SignDelivery("DN-20260115-0001", (shop.line("P1", 1),), "破损"),
    "HH": lambda shop: ExchangeGoods(
        (shop.line("P1", 1), shop.line("P2", 2, "瓶")),
        shop.parties["张姐火锅"],
        (shop.line("P1", 1), shop.line("P3", 1)),
    ),
    "FX": lambda shop: ReleaseGoods((shop.line("P1", 1),)),
    "DJ": lambda shop: RecallBatch("B2"),
    "JD": lambda shop: UnholdGoods(shop.goods["P3"]),
    "TR": lambda shop: SendTransfer((shop.line("P3", 2),), shop.places["主仓"], shop.places["一分店"]),
    "TI": lambda shop: ReceiveTransfer("TR-20260115-0001", (shop.line("P1", 7, "瓶"),)),
    "CT": lambda shop: CountStock((shop.line("P1", 15), shop.line("P3", 7)), reason="其他"),
    "SP": lambda shop: ScrapGoods((shop.line("P2", 4, "瓶"),), reason="破损"),
    "QO": lambda shop: DeliverGoods((shop.line("P1", 9),), no_partner=True),
    "SK": lambda shop: TakePayment(shop.parties["张姐火锅"], 12_345, "微信"),
    "FK": lambda shop: PaySupplier(shop.parties["成都总代"], 150_000, "现金"),
    "FY": lambda shop: SpendMoney(3_333, "房租", "现金"),
    "SR": lambda shop: EarnMoney(88, "废品", "现金"),
    "ZZ": lambda shop: MoveFunds(10_001, "现金", "银行"),
    "DC": lambda shop: NetOff(shop.parties["川西商行"], 3_000),
    "HX": lambda shop: SettleItems("SK-20260115-0002", ("DN-20260115-0002",), 1_000),
    "HZ": lambda shop: WriteOff(shop.parties["川西商行"], 999, owed="应收"),
    "LC": lambda shop: CorrectPrice("GR-20260115-0001", shop.goods["P2"], e4("9.5"), "瓶"),
    "JB": lambda shop: CutPrice("GR-20260115-0001", 1_111),
    "QC": lambda shop: RecordOpening(
        (
            OpeningLine("stock", 5_000, shop.goods["P3"], 1_000, "箱", mfg_date=date(2025, 11, 1)),
            OpeningLine("stock", 700, shop.goods["P1"], 1_000, "瓶", expiry_date=date(2025, 12, 1)),
            OpeningLine("cash", 9_900, fund="银行"),
            OpeningLine("owed_to_us", 1_000, partner_id=shop.parties["王记饭店"]),
            OpeningLine("owed_by_us", 2_000, partner_id=shop.parties["川南粮油"]),
        )
    ),
}


def test_every_kind_that_can_be_undone_is_here() -> None:
    assert set(KINDS) == {kind.value for kind in NEEDS}


@pytest.mark.parametrize("kind", KINDS)
def test_do_and_undo_is_nothing(shop: Shop, kind: str) -> None:
    before_anything(shop)
    before = balances(shop)
    made = shop.run(KINDS[kind](shop))
    assert made["number"].startswith(kind)
    assert (balances(shop) == before) == (kind in INTENTIONS)
    undone = shop.run(ReverseDocument(made["number"]))
    assert balances(shop) == before
    assert undone["number"].startswith(kind)
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []


def receipt_order_delivery_payment(shop: Shop) -> str:
    """A receipt that an order, its delivery, its signing, a payment and a claim came to stand on."""
    wang, chengdu = shop.parties["王记饭店"], shop.parties["成都总代"]
    made = shop.run(ReceiveGoods((shop.line("P2", 5, price="100", mfg_date=date(2025, 12, 5)),), chengdu))
    shop.run(PlaceOrder((shop.line("P2", 4), shop.line("P1", 1)), wang), by="小刘")
    sold = shop.run(DeliverGoods((shop.line("P2", 4),), wang), by="老陈")
    shop.run(SignDelivery(sold["number"], (shop.line("P2", 6, "瓶"),), "破损"))
    shop.run(TakePayment(wang, 66_600, "微信"), by="陈会计")
    shop.run(CorrectPrice(made["number"], shop.goods["P2"], e4("101"), "箱"))
    shop.run(ClaimSupplier(chengdu, 700, made["number"]))
    return str(made["number"])


def an_exchange_and_a_transfer(shop: Shop) -> str:
    chengdu = shop.parties["成都总代"]
    made = shop.run(ReceiveGoods((shop.line("P2", 3, price="99", mfg_date=date(2025, 12, 9)),), chengdu))
    shop.run(ExchangeGoods((shop.line("P1", 1),), shop.parties["张姐火锅"], (shop.line("P2", 2),)))
    shop.run(SendTransfer((shop.line("P2", 1),), shop.places["主仓"], shop.places["一分店"]))
    shop.run(ReceiveTransfer("TR-20260115-0002"))
    return str(made["number"])


CHAINS = (
    (receipt_order_delivery_payment, {"GR", "SO", "DN", "QS", "SK", "LC", "CL"}),
    (an_exchange_and_a_transfer, {"GR", "HH", "TR", "TI"}),
)


@pytest.mark.parametrize(("chain", "kinds"), CHAINS, ids=[chain.__name__ for chain, _ in CHAINS])
def test_a_whole_chain_undone_together_is_nothing(
    shop: Shop, chain: Callable[[Shop], str], kinds: set[str]
) -> None:
    before_anything(shop)
    before = balances(shop)
    number = chain(shop)
    with pytest.raises(Blocked) as refused:
        shop.run(ReverseDocument(number))
    assert refused.value.code == "in_the_way"
    key = "message/77"
    done = shop.run(ReverseTogether(number), key=key)
    assert done["of"] == number
    assert {one["kind"] for one in done["takes"]} == kinds
    assert balances(shop) == before
    assert shop.run(ReverseTogether(number), key=key) == done  # the same key changes nothing
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []


def test_an_order_older_than_the_receipt_it_lives_on_goes_first(shop: Shop) -> None:
    wang, chengdu = shop.parties["王记饭店"], shop.parties["成都总代"]
    held = shop.run(PlaceOrder((shop.line("P3", 5),), wang))["number"]
    came = shop.run(ReceiveGoods((shop.line("P3", 3, price="130"),), chengdu))["number"]
    shop.run(DeliverGoods((shop.line("P3", 3),), shop.parties["张姐火锅"]))
    done = shop.run(ReverseTogether(came))
    assert [one["number"] for one in done["takes"]] == [came, held]
    by = {one["number"]: one["by"] for one in done["takes"]}
    order = select(document.c.number).where(document.c.reverses_id.is_not(None)).order_by(document.c.id)
    assert [row.number for row in shop.rows(order)] == [by[held], by[came]]
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []


def test_all_or_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """It fails at the very last of them: nothing of it happened."""
    before_anything(shop)
    number = receipt_order_delivery_payment(shop)
    before = balances(shop)
    right = reverse_document.prepare

    def failing(tx: Any, command: ReverseDocument) -> Any:
        if command.number == number:
            raise Blocked("cannot", "倒不回去")
        return right(tx, command)

    monkeypatch.setattr(reverse_document, "prepare", failing)
    with pytest.raises(Blocked, match="倒不回去"):
        shop.run(ReverseTogether(number))
    assert balances(shop) == before
    assert shop.one(select(func.count()).where(document.c.reverses_id.is_not(None))) == 0
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []


def test_goods_that_expired_meanwhile_do_not_come_back_for_sale(shop: Shop) -> None:
    """The one thing that time does to an inverse: B1 was delivered, passed its date, and is undone into 过期."""
    shop.now += timedelta(days=50)
    shop.run(PlaceOrder((shop.line("P1", 8),), shop.parties["张姐火锅"], date(2026, 3, 20)))
    sold = shop.run(DeliverGoods((shop.line("P1", 8),), shop.parties["张姐火锅"]))
    shop.run(PlaceOrder((shop.line("P1", 12),), shop.parties["王记饭店"], date(2026, 3, 20)))
    shop.now += timedelta(days=10)
    shop.run(ReverseDocument(sold["number"]))
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []
        assert conn.execute(select(func.count()).where(document.c.kind == "EX")).scalar() == 1
        row = conn.execute(select(availability).where(availability.c.product_id == shop.goods["P1"])).one()
    assert row.sellable_milli == row.reserved_milli == 144_000
