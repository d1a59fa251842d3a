"""R40 关键操作留痕：谁、几点几分几秒、哪扇门、原话；资料改前改后；改一行留痕，doctor 点名。"""

import re
from pathlib import Path

import pytest
from sqlalchemy import select, text

from core.audit import audit, seal
from core.commands import Decide, PlaceOrder, ReceiveGoods, SaveRecord
from core.execute import Order, execute
from core.proof import prove
from tests.conftest import fresh_url
from tests.core.test_proof import behind_the_back
from tests.doors import ConsoleDoor, open_door
from tests.make import Shop, e4, find_shop

AT = r"2026-01-15 09:\d\d:\d\d"


@pytest.fixture
def door(request: pytest.FixtureRequest, tmp_path: Path):  # type: ignore[no-untyped-def]
    with open_door("console", fresh_url(request, "sqlite", "shop"), tmp_path) as opened:
        yield opened


def test_R40_who_when_which_door_and_the_words(door: ConsoleDoor) -> None:
    door.say("老陈", "采购下单 成都总代 酱油 5箱 单价96")
    door.say("老陈", "2")
    assert "PO-20260115-0001" in door.say("老陈", "确认")
    door.say("李老板", "撤回 PO-1")
    door.say("李老板", "确认")
    told = door.say("李老板", "单据 PO-1 痕迹").splitlines()
    assert told[0] == "PO-20260115-0001 采购订单 的痕迹"
    assert re.fullmatch(AT + r" 老陈（命令行） 采购下单：“采购下单 成都总代 酱油 5箱 单价96” / “2”", told[1])
    assert re.fullmatch(AT + r" 李老板（命令行） 红冲 → PO-20260115-0002：“撤回 PO-1”", told[2])
    assert len(told) == 3


def test_R40_the_words_are_for_who_may_see_the_figures_in_them(door: ConsoleDoor) -> None:
    door.say("李老板", "张姐下单 生抽 2箱 单价115")
    door.say("李老板", "确认")
    assert "单价115" in door.say("小刘", "单据 SO-1 痕迹")
    assert "单价115" not in door.say("老陈", "单据 SO-1 痕迹")
    assert "单价115" not in door.say("李老板", "单据 SO-1 痕迹", "仓库群")
    door.say("老陈", "采购下单 成都总代 生抽 5箱 单价96")
    door.say("老陈", "确认")
    assert "没有“查采购订单”的权限" in door.say("小刘", "单据 PO-1 痕迹")


def test_R40_who_agreed_is_in_it(door: ConsoleDoor) -> None:
    shop = find_shop(door.shop.books)
    low = PlaceOrder((shop.line("P1", 1, price="100"),), shop.parties["张姐火锅"])
    asked = execute(shop.books, shop.people["小刘"], Order(low, "t/1", door="api"), door.shop.clock())
    execute(shop.books, shop.boss, Order(Decide(asked["number"], True, "老客户"), "t/2"), door.shop.clock())
    told = door.say("小刘", "单据 SO-1 痕迹").splitlines()
    assert re.fullmatch(AT + r" 小刘（接口） 下单（待审）", told[1])
    assert re.fullmatch(AT + r" 李老板（后台） 同意：老客户", told[2])


def test_R40_master_data_before_and_after(door: ConsoleDoor) -> None:
    shop = find_shop(door.shop.books)
    units = [{"unit": "箱", "factor_milli": 12_000}, {"unit": "提", "factor_milli": 6_000}]
    for at, command in enumerate(
        (
            SaveRecord("product", {"floor_e4": e4("118"), "name": "海天金标生抽"}, id=shop.goods["P1"]),
            SaveRecord("product", {}, id=shop.goods["P1"], children={"units": units}),
            SaveRecord("partner", {"credit_limit_fen": 500_000, "phone": "138"}, id=shop.parties["张姐火锅"]),
            SaveRecord("staff", {"password": "a secret"}, id=shop.people["小刘"].id),
        )
    ):
        execute(shop.books, shop.boss, Order(command, f"t/{at}"), door.shop.clock())
    told = door.say("李老板", "痕迹 生抽").splitlines()
    assert re.fullmatch(AT + r" 李老板（后台）", told[1])
    assert told[2] == "　单位换算加上：提 6"
    assert told[4] == "　最低售价：¥114 → ¥118"
    assert told[-1].endswith("建档")
    told = door.say("李老板", "痕迹 张姐").splitlines()
    assert told[2:4] == ["　信用额度：¥20,000.00 → ¥5,000.00", "　电话：空 → 138"]
    assert "没有“看资料的改动”的权限" in door.say("小刘", "痕迹 生抽")
    kept = shop.rows(select(audit.c.facts).where(audit.c.command == "维护资料"))
    assert not any("a secret" in str(row.facts) or "$argon2" in str(row.facts) for row in kept)


def test_R40_a_row_that_was_edited_is_named(shop: Shop) -> None:
    shop.run(ReceiveGoods((shop.line("P1", 1, price="96"),), shop.parties["成都总代"]), by="老陈")
    seal(shop.books)
    row_id = shop.one(select(audit.c.id).where(audit.c.command == "入库"))
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []
    with behind_the_back(shop) as conn:
        conn.execute(text(f"UPDATE audit SET staff_id = 1 WHERE id = {row_id}"))
    with shop.books.read() as conn:
        found = prove(conn, shop.company_id)
    assert any(f"#{row_id}" in f"{one.what} {one.row}" for one in found), found
