"""表单：建商品一路到底，改旧了说出来，连点只存一次，填错了一个字不丢。"""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from core.audit import audit
from core.catalog import alias, barcode, price, product, product_unit
from core.commands import SaveRecord
from core.partners import partner
from core.staff import binding_code, staff
from core.warehouses import warehouse
from tests.admin_web.conftest import Browser
from tests.make import Shop, e4

Visit = Callable[..., Browser]
NEW = "/admin/product/create"
GOOD = "6901234567892"


def soy(**more: str) -> dict[str, str]:
    """A new product as someone on a phone fills it in."""
    return (
        {
            "name": "鲜味生抽",
            "brand": "千禾",
            "spec": "1L",
            "category": "酱油",
            "base_unit": "瓶",
            "shelf_life": "18个月",
            "batched": "on",
            "countable": "on",
            "supplier_id": "成都总代",
            "warehouse_id": "一分店",
            "price_unit": "箱",
            "floor_e4": "95.5",
            "ceiling_e4": "１１０",
            "safety_milli": "5箱6瓶",
            "code": "",
        }
        | rows("units", unit="箱", factor="12")
        | more
    )


def rows(child: str, number: int = 0, **cells: str) -> dict[str, str]:
    return {f"rows.{child}.{number}.{name}": text for name, text in cells.items()}


def saved(shop: Shop, name: str = "鲜味生抽") -> Any:
    found = shop.rows(select(product).where(product.c.name == name))
    return found[0] if found else None


def test_a_new_product_with_everything(lite_shop: Shop, boss: Browser) -> None:
    answer = boss.fill(
        NEW,
        soy()
        | rows("barcodes", code=GOOD, unit="箱")
        | rows("aliases", word="千禾酱油", partner="张姐火锅", staff="")
        | rows("aliases", 1, word="鲜生抽")
        | rows("prices", side="S", price="105.25", unit="箱", level="批发", valid_from="2026-01-01")
        | rows("prices", 1, side="P", price="80", unit="", partner="成都总代", valid_from="2026-01-02"),
    )
    row = saved(lite_shop)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/admin/product/detail?pk={row.id}")
    assert (row.shelf_life, row.safety_milli, row.floor_e4, row.ceiling_e4, row.price_unit) == (
        "18m",
        66_000,
        955_000,
        1_100_000,
        "箱",
    )
    assert (row.supplier_id, row.warehouse_id) == (lite_shop.parties["成都总代"], lite_shop.places["一分店"])
    assert row.code.startswith("P")
    assert {
        (r.unit, r.factor_milli)
        for r in lite_shop.rows(select(product_unit).where(product_unit.c.product_id == row.id))
    } == {("瓶", 1000), ("箱", 12_000)}
    assert [
        (r.code, r.unit) for r in lite_shop.rows(select(barcode).where(barcode.c.product_id == row.id))
    ] == [(GOOD, "箱")]
    assert {
        (r.word, r.partner_id) for r in lite_shop.rows(select(alias).where(alias.c.product_id == row.id))
    } == {("千禾酱油", lite_shop.parties["张姐火锅"]), ("鲜生抽", None)}
    assert {
        (r.side, r.price_e4, r.unit, r.level, r.partner_id, r.valid_from)
        for r in lite_shop.rows(select(price).where(price.c.product_id == row.id))
    } == {
        ("S", 1_052_500, "箱", "批发", None, date(2026, 1, 1)),
        ("P", 800_000, "瓶", None, lite_shop.parties["成都总代"], date(2026, 1, 2)),
    }
    page = boss.get(answer.headers["location"])
    assert "已保存：鲜味生抽" in page.text
    for words in ("18个月", "5箱6瓶", "¥95.5–¥110/箱", "105.25", "= 12 瓶"):
        assert words in page.text
    again = boss.get(f"/admin/product/edit?pk={row.id}").text
    for written in (
        'value="18个月"',
        'value="5箱6瓶"',
        'value="95.5"',
        'value="成都总代"',
        f'value="{GOOD}"',
    ):
        assert written in again


def test_saving_what_was_opened_changes_nothing(lite_shop: Shop, boss: Browser) -> None:
    """Open, touch nothing, save: every value reads back to itself."""
    url = f"/admin/product/edit?pk={lite_shop.goods['P1']}"
    before = lite_shop.rows(select(product).where(product.c.code == "P1"))[0]
    prices = lite_shop.rows(select(price.c.side, price.c.price_e4, price.c.unit).order_by(price.c.product_id))
    page = boss.get(url).text
    typed = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', page))
    typed |= dict.fromkeys(re.findall(r'type="checkbox" name="(\w+)" id="[^"]+" checked', page), "on")
    typed |= dict(re.findall(r'<select name="([^"]+)"><option value="(\w)" selected', page))
    assert boss.post(url, data=typed, follow_redirects=False).status_code == 303
    after = lite_shop.rows(select(product).where(product.c.code == "P1"))[0]
    assert [value for name, value in zip(before._fields, before, strict=True) if name != "changed"] == [
        value for name, value in zip(after._fields, after, strict=True) if name != "changed"
    ]
    assert prices == lite_shop.rows(
        select(price.c.side, price.c.price_e4, price.c.unit).order_by(price.c.product_id)
    )


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("floor_e4", "三块", "不是数字"),
        ("floor_e4", "-1", "负数"),
        ("ceiling_e4", "1.23456 元", "四位小数"),
        ("shelf_life", "很久", "两年"),
        ("safety_milli", "20盒", "可以用：瓶、箱"),
        ("supplier_id", "没这家", "没有叫“没这家”的"),
        ("name", "", "不能空着"),
        ("category", " ", "不能空着"),
        ("price_unit", "盒", "单位换算"),
        ("floor_e4", "120", "最低售价不能高于最高售价"),
        ("rows.units.0.factor", "十二", "大于 0"),
        ("rows.units.0.unit", "瓶", "就是基本单位"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    lite_shop: Shop, boss: Browser, field: str, text: str, says: str
) -> None:
    answer = boss.fill(NEW, soy(**{field: text}) | rows("aliases", word="不丢的别名"))
    assert answer.status_code == 422
    assert says in answer.text
    for kept in (text.strip(), "千禾", "5箱6瓶" if field != "safety_milli" else text, "不丢的别名"):
        assert f'value="{kept}"' in answer.text
    assert saved(lite_shop) is None


def test_everything_wrong_is_said_at_once(boss: Browser) -> None:
    page = boss.fill(NEW, soy(floor_e4="三块", shelf_life="很久") | rows("barcodes", code="123")).text
    for says in ("“三块”不是数字", "“很久”看不懂", "应是 8、12、13 或 14 位"):
        assert says in page


@pytest.mark.parametrize(
    ("child", "cells", "says"),
    [
        ("barcodes", {"code": "6901234567893"}, "校验位不对"),
        ("barcodes", {"code": GOOD, "unit": "盒"}, "还没写在单位换算里"),
        ("prices", {"side": "S", "price": "三块", "valid_from": "2026-01-01"}, "不是数字"),
        ("prices", {"side": "S", "price": "5", "valid_from": "昨天"}, "不是日期"),
        (
            "prices",
            {"side": "S", "price": "5", "level": "批发", "partner": "张姐火锅", "valid_from": "2026-01-01"},
            "只能填一个",
        ),
        ("prices", {"side": "X", "price": "5", "valid_from": "2026-01-01"}, "请选售价或进价"),
        ("aliases", {"word": "生抽", "partner": "没这家"}, "没有叫“没这家”的往来单位"),
        ("aliases", {"word": "", "partner": "张姐火锅"}, "不能空着"),
    ],
)
def test_a_wrong_row_is_marked(
    lite_shop: Shop, boss: Browser, child: str, cells: dict[str, str], says: str
) -> None:
    answer = boss.fill(NEW, soy() | rows(child, 7, **cells))
    assert (answer.status_code, says in answer.text) == (422, True)
    assert saved(lite_shop) is None


def test_the_same_row_twice_is_refused(boss: Browser) -> None:
    twice = rows("barcodes", code=GOOD) | rows("barcodes", 1, code=GOOD)
    assert "写了两次" in boss.fill(NEW, soy() | twice).text


def test_a_form_that_went_stale_is_shown_with_what_is_true_now(
    lite_shop: Shop, boss: Browser, visit: Visit
) -> None:
    url = f"/admin/product/edit?pk={lite_shop.goods['P1']}"
    mine = boss.hidden(url)
    lite_shop.run(SaveRecord("product", {"category": "调味"}, lite_shop.goods["P1"]))
    typed = {
        "name": "海天金标生抽",
        "brand": "海天",
        "spec": "500ml",
        "category": "酱油类",
        "base_unit": "瓶",
        "code": "P1",
        "batched": "on",
        "countable": "on",
        "price_unit": "箱",
    } | rows("units", unit="箱", factor="12")
    answer = boss.post(url, data=mine | typed)
    assert (answer.status_code, "刚被别人改过" in answer.text) == (422, True)
    assert 'value="酱油类"' in answer.text
    assert "现在是：调味" in answer.text
    assert lite_shop.one(select(product.c.category).where(product.c.code == "P1")) == "调味"
    version = re.search(r'name="overwrite" value="(\d+)"', answer.text)
    assert version
    kept = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', answer.text))
    assert (
        boss.post(url, data=kept | typed | {"overwrite": version[1]}, follow_redirects=False).status_code
        == 303
    )
    assert lite_shop.one(select(product.c.category).where(product.c.code == "P1")) == "酱油类"


def test_a_double_click_saves_once(lite_shop: Shop, boss: Browser) -> None:
    form = boss.hidden(NEW) | soy()
    first, second = (boss.post(NEW, data=form | {"not_twin": "1"}, follow_redirects=False) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]
    assert lite_shop.one(select(func.count()).select_from(product).where(product.c.name == "鲜味生抽")) == 1
    changed = boss.post(NEW, data=form | {"name": "别的", "not_twin": "1"})
    assert (changed.status_code, "已经保存过了" in changed.text) == (422, True)


def test_the_same_password_form_twice_is_one_command(lite_shop: Shop, boss: Browser) -> None:
    form = boss.hidden("/admin/staff/create") | {"name": "小孙", "roles": "销售", "password": "long enough"}
    assert {
        boss.post("/admin/staff/create", data=form, follow_redirects=False).status_code for _ in range(2)
    } == {303}
    row = lite_shop.rows(select(staff).where(staff.c.name == "小孙"))[0]
    assert (row.roles, row.limit_fen, row.password.startswith("$argon2")) == (["销售"], 0, True)
    trail = str(lite_shop.rows(select(audit.c.facts)))
    assert "argon2" not in trail
    assert "long enough" not in trail


@pytest.mark.parametrize(
    "more",
    [
        {"name": "海天金标生抽", "brand": "海天", "spec": "500ml"},
        {"name": "海天 金标生抽", "brand": "", "spec": "500ML"},
        {"name": "金标生抽", "brand": "海天", "spec": "500ml"},
        {"code": "P1"},
    ],
)
def test_the_same_goods_again_are_shown_and_asked_about(
    lite_shop: Shop, boss: Browser, more: dict[str, str]
) -> None:
    answer = boss.fill(NEW, soy() | more)
    assert answer.status_code == 422
    assert f"/admin/product/detail?pk={lite_shop.goods['P1']}" in answer.text
    assert "是同一款" in answer.text
    assert lite_shop.one(select(func.count()).select_from(product)) == 4


def test_alike_but_not_the_same_can_be_made(lite_shop: Shop, boss: Browser) -> None:
    alike = soy(name="金标生抽", brand="海天", spec="500ml")
    assert "仍要新建" in boss.fill(NEW, alike).text
    assert boss.fill(NEW, alike | {"not_twin": "1"}).status_code == 303
    assert (
        boss.fill(NEW, soy(name="海天金标生抽", brand="千禾", spec="500ml")).status_code == 303
    )  # another brand is another product


def test_a_barcode_belongs_to_one_product(lite_shop: Shop, boss: Browser) -> None:
    assert boss.fill(NEW, soy() | rows("barcodes", code=GOOD)).status_code == 303
    answer = boss.fill(NEW, soy(name="另一瓶", spec="2L") | rows("barcodes", code=GOOD))
    assert (answer.status_code, "已经有了：鲜味生抽 1L" in answer.text) == (422, True)
    assert f"/admin/product/detail?pk={saved(lite_shop).id}" in answer.text


def test_a_buyer_keeps_the_sale_prices_he_does_not_see(lite_shop: Shop, visit: Visit) -> None:
    buyer, url = visit("小周"), f"/admin/product/edit?pk={lite_shop.goods['P1']}"
    page = buyer.get(url).text
    assert 'value="120"' not in page
    assert "最低售价" not in page
    typed = (
        {
            "name": "海天金标生抽",
            "brand": "海天",
            "spec": "500ml",
            "category": "酱油",
            "base_unit": "瓶",
            "code": "P1",
            "batched": "on",
            "countable": "on",
            "price_unit": "箱",
            "floor_e4": "1",
        }
        | rows("units", unit="箱", factor="12")
        | rows("prices", side="P", price="95", unit="箱", valid_from="2026-01-01")
    )
    assert buyer.fill(url, typed).status_code == 303
    kept = lite_shop.rows(
        select(price.c.side, price.c.price_e4)
        .where(price.c.product_id == lite_shop.goods["P1"])
        .order_by(price.c.side)
    )
    assert [tuple(row) for row in kept] == [("P", e4(95)), ("S", e4(120))]
    assert lite_shop.one(select(product.c.floor_e4).where(product.c.code == "P1")) == e4(114)
    assert "请选售价或进价" in buyer.fill(url, typed | {"rows.prices.0.side": "S"}).text


def test_partners_both_ways(lite_shop: Shop, boss: Browser) -> None:
    made = boss.fill(
        "/admin/customer/create",
        {
            "name": "老王粮油",
            "aliases": "老王、王记",
            "phone": "139",
            "terms": "月结30天",
            "level": "批发",
            "credit_limit_fen": "20,000.50",
            "min_life_permille": "1/3",
            "is_supplier": "on",
        },
    )
    row = lite_shop.rows(select(partner).where(partner.c.name == "老王粮油"))[0]
    assert made.status_code == 303
    assert (row.is_customer, row.is_supplier, row.aliases, row.credit_limit_fen, row.min_life_permille) == (
        True,
        True,
        ["老王", "王记"],
        2_000_050,
        333,
    )
    assert "老王粮油" in boss.get("/admin/supplier/list").text
    bad = boss.fill(
        "/admin/customer/create", {"name": "某某", "terms": "随便", "credit_limit_fen": "1.234 元"}
    )
    assert ("最多写到分" in bad.text, bad.status_code) == (True, 422)
    assert "账期写成" in boss.fill("/admin/customer/create", {"name": "某某", "terms": "随便"}).text
    assert "是同一款" in boss.fill("/admin/supplier/create", {"name": "老王粮油", "terms": "现结"}).text


def test_warehouses(lite_shop: Shop, boss: Browser) -> None:
    assert (
        boss.fill("/admin/warehouse/create", {"name": "冷库", "aliases": "冻库", "code": ""}).status_code
        == 303
    )
    assert lite_shop.rows(select(warehouse.c.aliases).where(warehouse.c.name == "冷库"))[0].aliases == [
        "冻库"
    ]
    main = lite_shop.places["主仓"]
    boss.fill("/admin/warehouse/active", {"pk": main, "active": "0"}, f"/admin/warehouse/detail?pk={main}")
    assert "还有货，不能停用" in boss.get(f"/admin/warehouse/detail?pk={main}").text
    assert lite_shop.one(select(warehouse.c.active).where(warehouse.c.id == main)) is True


def test_stopping_instead_of_deleting(lite_shop: Shop, boss: Browser) -> None:
    p4 = lite_shop.goods["P4"]
    boss.fill("/admin/product/active", {"pk": p4, "active": "0"}, f"/admin/product/detail?pk={p4}")
    assert lite_shop.one(select(product.c.active).where(product.c.id == p4)) is False
    boss.get("/admin/more")  # the notice is shown once
    assert "鲜面条" not in boss.get("/admin/product/list").text
    assert "鲜面条" in boss.get("/admin/product/list?active=0").text
    boss.fill("/admin/product/active", {"pk": p4, "active": "1"}, f"/admin/product/detail?pk={p4}")
    assert lite_shop.one(select(product.c.active).where(product.c.id == p4)) is True


def test_the_owner_cannot_stop_himself(lite_shop: Shop, boss: Browser) -> None:
    me = lite_shop.boss.id
    boss.fill("/admin/staff/active", {"pk": me, "active": "0"}, f"/admin/staff/detail?pk={me}")
    assert "不能停用自己" in boss.get(f"/admin/staff/detail?pk={me}").text
    assert "免得没人能管" in boss.fill(f"/admin/staff/edit?pk={me}", {"name": "李老板", "roles": "销售"}).text


def test_a_binding_code_is_shown_once(lite_shop: Shop, boss: Browser) -> None:
    who = lite_shop.people["小刘"].id
    page = boss.fill("/admin/staff/binding-code", {"pk": who}, f"/admin/staff/detail?pk={who}").text
    code = re.search(r'id="code">(\d{6})<', page)
    assert code
    assert f"绑定 {code[1]}" in page
    assert code[1] not in boss.get(f"/admin/staff/detail?pk={who}").text
    assert code[1] not in str(lite_shop.rows(select(binding_code))) + str(
        lite_shop.rows(select(audit.c.facts))
    )
    assert "上一个还没用" in boss.get(f"/admin/staff/detail?pk={who}").text


def test_what_is_written_is_never_markup(boss: Browser) -> None:
    nasty = '"><script>alert(1)</script>'
    boss.fill("/admin/customer/create", {"name": nasty, "terms": "现结"})
    pages = (
        boss.get("/admin/customer/list").text
        + boss.fill(NEW, soy(floor_e4=nasty, name=nasty)).text
        + boss.get(f"/admin/stock/list?q={nasty}").text
    )
    assert "<script>alert" not in pages
