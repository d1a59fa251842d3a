"""日子、价钱、名字的说法：农历、折扣、买赠、像价钱的名字、改口、拼音夹汉字。"""

from datetime import date
from itertools import pairwise

import pytest

from intents import dates, lunar, understand
from intents.frame import Catalog, Goods, Party, Place

TODAY = date(2026, 2, 5)
BOX = {"包": 1000, "箱": 10000}


@pytest.fixture(scope="module")
def shop() -> Catalog:
    rows = (
        ("A1", "大桥面粉", "", ("1916",)),
        ("A2", "大桥1541饼干", "", ("1541",)),
        ("A3", "青岛经典啤酒", "", ("青岛经典",)),
        ("A4", "一号土猪肠", "", ()),
        ("A5", "小马酸奶原味", "小马", ()),
        ("A6", "小马酸奶草莓味", "小马", ("酸奶草莓",)),
        ("A7", "沙琪玛鸡蛋味", "", ()),
        ("A8", "普五面", "", ("普五",)),
    )
    goods = [
        Goods(i, code, name, brand, "", "食品", "包", BOX, tuple(map(_alias, words)))
        for i, (code, name, brand, words) in enumerate(rows, 1)
    ]
    people = [
        Party(1, "K1", "张姐小店", ("张姐",)),
        Party(2, "K2", "康民药房(一店)"),
        Party(3, "K3", "康民药房(二店)"),
    ]
    places = [Place(1, "W1", "中心仓"), Place(2, "W2", "门市部", ("门市",))]
    return Catalog(goods, people, places)


def _alias(word: str):  # type: ignore[no-untyped-def]
    from intents.frame import Alias

    return Alias(word)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("腊月二十", "2026-02-07"),
        ("腊月28", "2026-02-15"),
        ("大年三十", "2026-02-16"),
        ("正月初八", "2026-02-24"),
        ("大年初一", "2026-02-17"),
        ("农历八月十五", "2026-09-25"),
        ("中秋节", "2026-09-25"),
    ],
)
def test_lunar_days_are_found(said: str, day: str) -> None:
    found = dates.read(said, TODAY)
    assert found is not None
    assert dates.in_future(found, TODAY).isoformat() == day


def test_every_lunar_year_joins_the_next() -> None:
    starts = [date.fromisoformat(f"{year}-{row[0]}") for year, row in lunar.YEARS.items()]
    sizes = [sum(29 + int(size) for size in row[1]) for row in lunar.YEARS.values()]
    gaps = [(after - before).days for before, after in pairwise(starts)]
    assert gaps == sizes[:-1]
    assert all(len(row[1]) == 12 + bool(row[2]) for row in lunar.YEARS.values())


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("张姐要面粉10箱 120 打九折", [("A1", "10", "箱", "108.00")]),
        ("张姐要面粉10箱 打85折 原价120", [("A1", "10", "箱", "102.00")]),
        ("张姐要面粉20箱 买十送一", [("A1", "20", "箱", None), ("A1", "2", "箱", "0.00")]),
        ("张姐 1916一箱", [("A1", "1", "箱", None)]),
        ("张姐要面粉1箱 1541饼干2箱", [("A1", "1", "箱", None), ("A2", "2", "箱", None)]),
        ("张姐要普五一箱", [("A8", "1", "箱", None)]),
        ("张姐要qingdao经典5箱", [("A3", "5", "箱", None)]),
        ("张姐要一号土猪肠5箱", [("A4", "5", "箱", None)]),
        ("张姐要酸奶草莓3箱 原味2箱", [("A6", "3", "箱", None), ("A5", "2", "箱", None)]),
        ("张姐要面粉10箱 不对 8箱 哦不 12箱", [("A1", "12", "箱", None)]),
        ("张姐要面粉12箱算了改15箱", [("A1", "15", "箱", None)]),
        ("张姐要面粉5箱 普五3箱 面粉改6箱 普五不要了", [("A1", "6", "箱", None)]),
        ("张姐要面粉和普五各2箱", [("A1", "2", "箱", None), ("A8", "2", "箱", None)]),
        ("张姐要面粉5箱 老样子", [("A1", "5", "箱", None)]),
    ],
)
def test_what_is_said_is_what_is_read(
    text: str, lines: list[tuple[str, str, str, str | None]], shop: Catalog
) -> None:
    frame = understand(text, None, shop, TODAY)
    assert frame.outcome == "act"
    read = [(line["product"], line["qty"], line["unit"], line.get("price")) for line in frame.slots["lines"]]
    assert read == lines


@pytest.mark.parametrize(
    "text",
    [
        "张姐要面粉10箱 打九折",
        "张姐要面粉10箱 120 普五5箱 100 打九折",
        "张姐要面粉15箱 买十送一",
        "张姐要面粉99999999箱",
        "张姐要鸡蛋5箱",
        "张姐老样子 再加面粉5箱",
        "张姐要面粉3箱 收她货款500",
    ],
)
def test_what_could_be_two_things_is_not_posted(text: str, shop: Catalog) -> None:
    assert understand(text, None, shop, TODAY).outcome != "act"


def test_the_place_that_sends_is_the_source(shop: Catalog) -> None:
    frame = understand("门市缺货了,中心仓调20箱面粉过来", None, shop, TODAY)
    assert (frame.slots["warehouse"], frame.slots["to_warehouse"]) == ("W1", "W2")


def test_what_he_brought_came_in_though_he_buys_too() -> None:
    """又买又卖的人“拿来的……收一下”是进货；“要拿”才是卖给他。"""
    goods = [Goods(1, "M1", "黑木耳", "", "", "干货", "斤", {"斤": 1000, "袋": 10000})]
    catalog = Catalog(goods, [Party(1, "B1", "老梁", is_customer=True, is_supplier=True)], [])
    for said, intent in (
        ("老梁拿来的黑木耳,八袋,收一下,一袋三百二", "stock_in"),
        ("老梁带来黑木耳八袋，点收一下", "stock_in"),
        ("老梁要拿黑木耳八袋", "sales_order"),
    ):
        frame = understand(said, None, catalog, TODAY)
        assert (frame.outcome, frame.intent) == ("act", intent), said


def test_the_day_of_the_sale_is_not_the_day_of_the_return(shop: Catalog) -> None:
    frame = understand("张姐昨天送多了普五 退回来一箱", None, shop, TODAY)
    assert frame.intent == "sales_return"
    assert "date" not in frame.slots
    assert understand("张姐昨天退了普五一箱", None, shop, TODAY).slots["date"] == "2026-02-04"


def test_inside_a_place_is_the_place(shop: Catalog) -> None:
    assert understand("中心仓里10天内到期的", None, shop, TODAY).slots == {"warehouse": "W1", "days": "10"}


def test_a_size_before_the_name_is_not_a_price() -> None:
    """“一米八的”“十四的”“4820两组”说的是哪一种;目录里没有这种就问。"""
    units = {"条": 1000}
    goods = [
        Goods(1, "L1", "床单", "", "1.5米", base_unit="条", units=units),
        Goods(2, "L2", "床单", "", "1.8米", base_unit="条", units=units),
        Goods(3, "L3", "外胎", "", "14*2.5", base_unit="条", units=units),
        Goods(4, "L4", "外胎", "", "16*2.5", base_unit="条", units=units),
        Goods(5, "L5", "天能电池", "天能4812", "48V12AH", base_unit="组", units={"组": 1000}),
        Goods(6, "L6", "天能电池", "天能4820", "48V20AH", base_unit="组", units={"组": 1000}),
    ]
    catalog = Catalog(goods, [Party(1, "K1", "湖畔民宿", ("湖畔",))], [])
    for said, code, qty in (
        ("湖畔要床单一米八的十条", "L2", "10"),
        ("湖畔要床单1米5的 3条", "L1", "3"),
        ("湖畔要两条十四的外胎", "L3", "2"),
        ("湖畔要天能4820两组", "L6", "2"),
    ):
        frame = understand(said, None, catalog, TODAY)
        assert (frame.outcome, frame.slots["lines"]) == (
            "act",
            [{"product": code, "qty": qty, "unit": goods[int(code[1]) - 1].base_unit}],
        ), said
    assert understand("湖畔要床单一米二的十条", None, catalog, TODAY).outcome != "act"


def test_one_thing_put_off_is_not_the_whole_order(shop: Catalog) -> None:
    """“花菇先不要”只是那一样;跟在数后面、或者说的就是前面那样的,整张不办。"""
    goods = [
        Goods(i, f"D{i}", name, base_unit="箱", units={"箱": 1000}) for i, name in enumerate(("干贝", "花菇"))
    ]
    catalog = Catalog(goods, [Party(1, "K1", "海味坊")], [])
    frame = understand("海味坊下单 干贝两箱 花菇…花菇先不要", None, catalog, TODAY)
    assert (frame.outcome, [line["product"] for line in frame.slots["lines"]]) == ("act", ["D0"])
    for said in ("海味坊下单 干贝两箱 先不要", "海味坊下单 干贝两箱 干贝先不要"):
        assert understand(said, None, catalog, TODAY).outcome != "act", said


def test_prices_said_afterwards_belong_to_the_goods_already_named() -> None:
    goods = [
        Goods(i, f"D{i}", name, base_unit="箱", units={"箱": 1000}) for i, name in enumerate(("干贝", "花菇"))
    ]
    catalog = Catalog(goods, [Party(1, "K1", "海味坊")], [])
    frame = understand("干贝2箱 花菇3箱 海味坊 干贝580 花菇96", None, catalog, TODAY)
    assert (frame.outcome, [line["price"] for line in frame.slots["lines"]]) == ("act", ["580.00", "96.00"])
    for said in ("海味坊要 干贝2箱 花菇3箱 干贝580", "干贝2箱 花菇3箱 海味坊 还要干贝5 花菇6"):
        assert understand(said, None, catalog, TODAY).outcome != "act", said
