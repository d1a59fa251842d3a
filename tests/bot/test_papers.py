"""在聊天里查单据：谁看得到哪种单、看得到上面的钱，和后台是同一张表。"""

from dataclasses import replace

import pytest

from bot.answers import answer
from bot.shelf import Shelf
from core.commands import OrderGoods, PaySupplier, PlaceOrder, SaveRecord, TakePayment
from core.errors import NotAllowed
from intents.frame import Frame
from tests.make import Shop


@pytest.fixture
def numbers(lite_shop: Shop) -> dict[str, str]:
    supplier, customer = lite_shop.parties["成都总代"], lite_shop.parties["张姐火锅"]
    commands = {
        "PO": OrderGoods((lite_shop.line("P1", 2, price="90"),), supplier),
        "SO": PlaceOrder((lite_shop.line("P1", 2),), customer),
        "SK": TakePayment(customer, 10_000, "现金"),
        "FK": PaySupplier(supplier, 5_000, "现金"),
    }
    return {kind: str(lite_shop.run(command)["number"]) for kind, command in commands.items()}


def ask(shop: Shop, who: str, number: str = "", group: bool = False) -> str:
    actor = replace(shop.people[who], in_group=group)
    catalog = Shelf(shop.books, shop.company_id).catalog()
    slots = {"document_no": number} if number else {}
    with shop.books.read() as conn:
        return answer(conn, actor, Frame("answer", "query_order", slots), catalog, shop.now).text


@pytest.mark.parametrize(
    ("who", "sees", "refused"),
    [
        ("小刘", {"SO": "¥240.00", "SK": "¥100.00"}, ("PO", "FK")),
        ("小周", {"PO": "¥180.00", "FK": "¥50.00"}, ("SO", "SK")),
        ("陈会计", {"PO": "¥180.00", "SO": "¥240.00", "SK": "¥100.00", "FK": "¥50.00"}, ()),
    ],
)
def test_each_sees_the_papers_of_his_trade(
    lite_shop: Shop, numbers: dict[str, str], who: str, sees: dict[str, str], refused: tuple[str, ...]
) -> None:
    for kind, money in sees.items():
        assert money in ask(lite_shop, who, numbers[kind])
    for kind in refused:
        with pytest.raises(NotAllowed, match="没有“查"):
            ask(lite_shop, who, numbers[kind])


def test_in_a_group_nobody_reads_money(lite_shop: Shop, numbers: dict[str, str]) -> None:
    said = ask(lite_shop, "李老板", numbers["SO"], group=True)
    assert "海天金标生抽 500ml 2箱" in said
    assert "¥" not in said


def test_open_orders_are_listed_by_kind_with_their_day(lite_shop: Shop, numbers: dict[str, str]) -> None:
    assert ask(lite_shop, "小刘") == f"没出完的订单：\n{numbers['SO']} 张姐火锅，送货 2026-01-16"
    assert ask(lite_shop, "小周") == f"没到齐的采购订单：\n{numbers['PO']} 成都总代，到货 未定"
    assert "还有 1 行没到货，到货 未定" in ask(lite_shop, "小周", numbers["PO"])


def test_lines_of_stopped_goods_are_still_told(lite_shop: Shop, numbers: dict[str, str]) -> None:
    lite_shop.run(SaveRecord("product", {"active": False}, lite_shop.goods["P1"]))
    assert "海天金标生抽" in ask(lite_shop, "小刘", numbers["SO"])
