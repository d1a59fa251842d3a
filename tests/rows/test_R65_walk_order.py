"""R65 拣货：按走的次序列出哪一格拿哪一批；两张订单一趟拣；拣好照拣到的出库，少拣的留在订单上。"""

from typing import Any

import pytest
from sqlalchemy import select, text

from core.accounts import account, availability, batch, stock
from core.books.bins import in_bins
from core.commands import (
    CloseOrder,
    CountStock,
    DeliverGoods,
    DeliverPicked,
    PickGoods,
    PlaceOrder,
    PutAway,
    RecallBatch,
    ReceiveGoods,
    ReverseDocument,
    ReverseTogether,
    SendTransfer,
)
from core.documents import document, document_line, order_open
from core.errors import Blocked, Invalid, NotEnough, NotFound
from core.lots import walk
from core.proof import prove
from core.rebuild import rebuild
from core.tasks import task
from tests.make import CASE, Shop


def shelved(shop: Shop) -> None:
    """生抽 B1 8箱 in A3 and A1, B2 in A10 and B2; 蚝油 in A2: nothing lies in the order of its date."""
    for number, bin_code in ((5, "A3"), (3, "A1"), (4, "A10"), (8, "B2")):
        shop.run(PutAway(shop.goods["P1"], bin_code, said_milli=number * 1000, unit="箱"), by="老陈")
    shop.run(PutAway(shop.goods["P3"], "A2"), by="老陈")


def order(shop: Shop, customer: str, *lines: Any) -> str:
    return str(shop.run(PlaceOrder(lines, shop.parties[customer]), by="李老板")["number"])


def walked(shop: Shop, number: str) -> list[tuple[str, str, int]]:
    """(bin, batch, 箱) of a document, line by line."""
    return [
        (row.bin, row.batch_no, row.qty_milli // CASE)
        for row in shop.rows(
            select(document_line.c.bin, batch.c.batch_no, document_line.c.qty_milli)
            .join(batch, batch.c.id == document_line.c.batch_id)
            .join(document, document.c.id == document_line.c.document_id)
            .where(document.c.number == number)
            .order_by(document_line.c.line_no)
        )
    ]


def picked(shop: Shop) -> int:
    return sum(row.picked_milli for row in shop.rows(select(stock.c.picked_milli)))


def sound(shop: Shop) -> None:
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []


def test_R65_one_walks_past_A9_before_A10_and_what_is_on_no_shelf_comes_last() -> None:
    assert sorted(["", "B2", "A10", "A9", "A1-10", "A1-2", "A1"], key=walk) == [
        "A1",
        "A1-2",
        "A1-10",
        "A9",
        "A10",
        "B2",
        "",
    ]


def test_R65_lines_stand_in_the_order_of_the_walk_with_their_batch(shop: Shop) -> None:
    shelved(shop)
    number = order(shop, "张姐火锅", shop.line("P1", 10), shop.line("P3", 1))
    result = shop.run(PickGoods((number,)), by="老陈")
    assert [one[:2] for one in walked(shop, result["number"])] == [
        ("A1", "B1"),
        ("A2", walked(shop, result["number"])[1][1]),
        ("A3", "B1"),
        ("A10", "B2"),
    ]
    assert [one[2] for one in walked(shop, result["number"]) if one[0] != "A2"] == [3, 5, 2]
    assert [line["mark"] for line in result["lines"]] == ["A1", "A2", "A3", "A10"]
    assert picked(shop) == 10 * CASE + shop.one(
        select(document_line.c.qty_milli).where(document_line.c.bin == "A2", document_line.c.order_id > 0)
    )
    sound(shop)


def test_R65_two_orders_are_merged_in_one_walk_and_each_gets_its_own_delivery(shop: Shop) -> None:
    shelved(shop)
    first = order(shop, "张姐火锅", shop.line("P1", 6))
    second = order(shop, "王记饭店", shop.line("P1", 6))
    listed = shop.run(PickGoods((first, second)), by="老陈")
    assert walked(shop, listed["number"]) == [
        ("A1", "B1", 3),
        ("A3", "B1", 3),
        ("A3", "B1", 2),
        ("A10", "B2", 4),
    ]
    result = shop.run(DeliverPicked(listed["number"]), by="老陈")
    assert [one["kind"] for one in (result, *result["also"])] == ["DN", "DN"]
    assert walked(shop, result["number"]) == [("A1", "B1", 3), ("A3", "B1", 3)]
    assert walked(shop, result["also"][0]["number"]) == [("A3", "B1", 2), ("A10", "B2", 4)]
    assert shop.rows(select(document.c.partner_id, document.c.total_fen).where(document.c.kind == "DN")) == [
        (shop.parties["张姐火锅"], 72_000),
        (shop.parties["王记饭店"], 72_000),
    ]
    assert picked(shop) == 0
    assert shop.one(select(order_open.c.open_milli).where(order_open.c.open_milli > 0)) is None
    sound(shop)


def test_R65_what_was_not_found_stays_on_the_order_and_is_free_again(shop: Shop) -> None:
    shelved(shop)
    number = order(shop, "张姐火锅", shop.line("P1", 10))
    listed = shop.run(PickGoods((number,)), by="老陈")["number"]
    with pytest.raises(Invalid, match="拣货单上只有 10箱"):
        shop.run(DeliverPicked(listed, (shop.line("P1", 11),)), by="老陈")
    with pytest.raises(Invalid, match="不在拣货单上"):
        shop.run(DeliverPicked(listed, (shop.line("P3", 1),)), by="老陈")
    result = shop.run(DeliverPicked(None, (shop.line("P1", 7),)), by="老陈")
    assert walked(shop, result["number"]) == [("A1", "B1", 3), ("A3", "B1", 4)]
    assert result["total_fen"] == 84_000
    left = shop.rows(select(order_open.c.open_milli, order_open.c.picked_milli))
    assert left == [(3 * CASE, 0)]
    with pytest.raises(Blocked, match="已经拣完或作废"):
        shop.run(DeliverPicked(listed), by="老陈")
    shop.run(ReverseDocument(result["number"]), by="老陈")  # the goods go back to the bins they came from
    with shop.books.read() as conn:
        assert [(one.bin, one.qty_milli // CASE) for one in in_bins(conn, shop.company_id, "A3")] == [
            ("A3", 5)
        ]
    again = shop.run(PickGoods((number,)), by="老陈")["number"]
    assert [one[0] for one in walked(shop, again)] == ["A1", "A3", "A10"]
    sound(shop)


def test_R65_what_is_being_picked_is_nobody_elses(shop: Shop) -> None:
    shelved(shop)
    number = order(shop, "张姐火锅", shop.line("P1", 10))
    listed = shop.run(PickGoods((number,)), by="老陈")["number"]
    zhang, wang = shop.parties["张姐火锅"], shop.parties["王记饭店"]
    taken = shop.run(DeliverGoods((shop.line("P1", 9),), wang))  # 20箱 − 10 promised: only what no list holds
    assert [one[0] for one in walked(shop, taken["number"])] == ["A10", "B2"]
    shop.run(ReverseDocument(taken["number"]))
    for command in (DeliverGoods((shop.line("P1", 1),), zhang), CloseOrder(number), PickGoods((number,))):
        with pytest.raises(Blocked, match=f"正在拣货（{listed}）。拣好了回“拣好 {listed}”"):
            shop.run(command)
    with pytest.raises(Blocked, match="已经拣货或发过货"):
        shop.run(ReverseDocument(number))
    with pytest.raises(NotEnough, match="可用只剩 10箱"):
        shop.run(SendTransfer((shop.line("P1", 11),), shop.places["主仓"], shop.places["一分店"]))
    with pytest.raises(Blocked, match="能移的只有 0箱，另有 3箱"):
        shop.run(PutAway(shop.goods["P1"], "C1", "A1", 1000, "箱"), by="老陈")
    with pytest.raises(Blocked, match="在拣货单上"):
        shop.run(CountStock((shop.line("P1", 9),), reason="丢失"))
    assert shop.run(CountStock((shop.line("P1", 20),)))["lines"][0]["difference"] == "相符"
    shop.run(ReverseDocument(listed), by="老陈")
    assert picked(shop) == 0
    shop.run(DeliverGoods((shop.line("P1", 10),), zhang))
    sound(shop)


def test_R65_a_recall_takes_the_goods_off_the_trolley_and_tells_the_picker(shop: Shop) -> None:
    shelved(shop)
    number = order(shop, "张姐火锅", shop.line("P1", 10))
    listed = shop.run(PickGoods((number,)), by="老陈")["number"]
    shop.run(RecallBatch("B1"))
    assert picked(shop) == 0
    held = shop.rows(
        select(account.c.role, stock.c.qty_milli)
        .join(account, account.c.id == stock.c.account_id)
        .join(batch, batch.c.id == stock.c.batch_id)
        .where(batch.c.batch_no == "B1", stock.c.qty_milli > 0)
    )
    assert held == [("冻结", 8 * CASE)]
    told = [row.body for row in shop.rows(select(task.c.body).where(task.c.name == "released"))]
    assert (listed, shop.people["老陈"].id) in {(one["order"], one["staff_id"]) for one in told}
    with pytest.raises(Blocked, match="已经拣完或作废"):
        shop.run(DeliverPicked(listed), by="老陈")
    sound(shop)


def test_R65_goods_that_expire_overnight_leave_the_list(shop: Shop) -> None:
    shelved(shop)
    shop.pass_days(57)
    number = order(shop, "张姐火锅", shop.line("P1", 10))
    listed = shop.run(PickGoods((number,)), by="老陈")["number"]
    shop.pass_days(2)
    with pytest.raises(Blocked, match="已经拣完或作废"):
        shop.run(DeliverPicked(listed), by="老陈")
    assert {one[1] for one in walked(shop, shop.run(PickGoods((number,)), by="老陈")["number"])} == {"B2"}
    sound(shop)


def test_R65_what_lies_on_a_list_is_not_freed_by_being_forgotten(shop: Shop) -> None:
    """The day turns although the forgotten order keeps its trolley: the youngest order gives way for what expired."""
    first = order(shop, "王记饭店", shop.line("P1", 8))
    shop.run(PickGoods((first,)), by="老陈")  # B1, so that the next list takes B2
    shop.pass_days(53)
    forgotten = order(shop, "张姐火锅", shop.line("P1", 10))
    shop.run(PickGoods((forgotten,)), by="老陈")
    shop.run(ReverseTogether(first))
    shop.pass_days(3)
    young = order(shop, "王记饭店", shop.line("P1", 10))
    shop.pass_days(3)
    shop.run(PutAway(shop.goods["P1"], "A1"), by="老陈")  # whatever is done first turns the day
    left = shop.rows(
        select(document.c.number, order_open.c.open_milli, order_open.c.picked_milli)
        .join(document, document.c.id == order_open.c.order_id)
        .where(order_open.c.open_milli > 0)
        .order_by(document.c.id)
    )
    assert left == [(forgotten, 10 * CASE, 10 * CASE), (young, 2 * CASE, 0)]
    sound(shop)


def test_R65_goods_come_home_to_their_bin_and_undoing_forgets_it(shop: Shop) -> None:
    home = select(availability.c.home_bin).where(availability.c.product_id == shop.goods["P1"])
    moved = shop.run(PutAway(shop.goods["P1"], "a1"), by="老陈")["number"]
    assert shop.one(home) == "A1"
    shop.run(ReceiveGoods((shop.line("P1", 1, price="90"),), shop.parties["成都总代"]), by="老陈")
    with shop.books.read() as conn:
        assert sum(one.qty_milli for one in in_bins(conn, shop.company_id, "A1")) == 21 * CASE
    shop.run(ReverseDocument(moved), by="老陈")
    assert shop.one(home) == ""
    sound(shop)


def test_R65_a_receipt_whose_goods_are_on_a_list_goes_back_with_the_list(shop: Shop) -> None:
    got = shop.run(ReceiveGoods((shop.line("P3", 2, price="160"),), shop.parties["川南粮油"]))["number"]
    free = shop.one(
        select(availability.c.sellable_milli).where(availability.c.product_id == shop.goods["P3"])
    )
    number = order(shop, "张姐火锅", shop.line("P3", free // 1000, "瓶"))
    listed = shop.run(PickGoods((number,)), by="老陈")["number"]
    with pytest.raises(Blocked, match=f"已在 {listed} 拣货"):
        shop.run(ReverseDocument(got))
    undone = shop.run(ReverseTogether(got))
    assert {one["kind"] for one in undone["also"]} == {"JH", "SO"}
    assert picked(shop) == 0
    sound(shop)


def test_R65_refusals_say_what_to_do(shop: Shop) -> None:
    with pytest.raises(Invalid, match="不像库位。库位写成 A1"):
        shop.run(PutAway(shop.goods["P1"], "里面那格"), by="老陈")
    with pytest.raises(NotFound, match="没有正在拣的拣货单"):
        shop.run(DeliverPicked(), by="老陈")
    with pytest.raises(NotFound, match="没有要出货的订单"):
        shop.run(PickGoods(partner_id=shop.parties["张姐火锅"]), by="老陈")
    number = shop.run(DeliverGoods((shop.line("P1", 1),), shop.parties["张姐火锅"]))["number"]
    with pytest.raises(Invalid, match="是销售出库单，只有销售订单能拣货"):
        shop.run(PickGoods((number,)), by="老陈")


def test_R65_the_doctor_names_what_is_wrongly_set_aside_and_puts_it_right(shop: Shop) -> None:
    shelved(shop)
    number = order(shop, "张姐火锅", shop.line("P1", 2))
    shop.run(PickGoods((number,)), by="老陈")
    with shop.books.engine.begin() as conn:
        conn.execute(text("UPDATE stock SET picked_milli = picked_milli - 12000 WHERE picked_milli > 0"))
        conn.execute(text("UPDATE order_open SET picked_milli = 0 WHERE picked_milli > 0"))
    with shop.books.read() as conn:
        found = prove(conn, shop.company_id)
    assert [(one.what, one.book, one.proved) for one in found] == [
        ("拣货占用", "12瓶", "24瓶"),
        ("订单在拣", "0瓶", "24瓶"),
    ]
    assert "可售/主仓/A1" in found[0].row
    rebuild(shop.books, shop.company_id, shop.now)
    sound(shop)
