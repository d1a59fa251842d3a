"""数目、钱、日子、单位怎么说:一张一张的表。"""

from datetime import date
from decimal import Decimal

import pytest

from core.values import add_months
from intents import dates, numbers, prices
from intents.frame import Catalog
from intents.lexicon import normalise
from intents.reading import patterns_for
from intents.spans import find
from tests.intents.conftest import TODAY

NUMBERS = {
    "零": 0,
    "一": 1,
    "十": 10,
    "十二": 12,
    "二十": 20,
    "一百": 100,
    "一百零五": 105,
    "一百五": 150,
    "一百五十": 150,
    "一百一十": 110,
    "两百": 200,
    "三百六十五": 365,
    "一千零二十": 1020,
    "三千五": 3500,
    "一千二": 1200,
    "两万": 20000,
    "两万三千五": 23500,
    "一万零五十": 10050,
    "1万2": 12000,
    "1.2万": 12000,
    "3万5": 35000,
    "1千2百": 1200,
    "1,200": 1200,
    "12.5": Decimal("12.5"),
    "廿": 20,
    "卅": 30,
    "拾贰": 12,
    "伍拾": 50,
    "壹万贰仟叁佰肆拾伍": 12345,
    "一二三四": 1234,
    "二零二六": 2026,
    "俩": 2,
    "仨": 3,
    "零点五": Decimal("0.5"),
    "点五": Decimal("0.5"),
    "三点二五": Decimal("3.25"),
    "1.5w": 15000,
    "2k": 2000,
    "6百": 600,
}
NO_NUMBER = ["三百二一", "八十七九", "三五", "七八", "十二一"]
QUANTITIES = {
    "二十箱": [(20, "箱")],
    "两箱半": [("2.5", "箱")],
    "半箱": [("0.5", "箱")],
    "一打": [(1, "打")],
    "半打": [("0.5", "打")],
    "3箱零5瓶": [(3, "箱"), (5, "瓶")],
    "12.5kg": [("12.5", "kg")],
    "5斤2两": [(5, "斤"), (2, "两")],
    "三斤四两": [(3, "斤"), (4, "两")],
    "两斤半": [("2.5", "斤")],
    "一件半": [("1.5", "件")],
    "一百五箱": [(150, "箱")],
    "20 箱": [(20, "箱")],
    "２０箱": [(20, "箱")],
    "1,200箱": [(1200, "箱")],
    "一千二箱": [(1200, "箱")],
    "1.5万瓶": [(15000, "瓶")],
    "廿箱": [(20, "箱")],
    "俩箱": [(2, "箱")],
    "仨桶": [(3, "桶")],
    "5提": [(5, "提")],
    "两板": [(2, "板")],
    "3托": [(3, "托")],
    "-5箱": [(-5, "箱")],
    "负3箱": [(-3, "箱")],
    "一箱子": [(1, "箱")],
    "三十一箱": [(31, "箱")],
    "11箱": [(11, "箱")],
}
VAGUE = ["几箱", "十几箱", "几十箱", "好几箱", "三五箱", "十来箱", "二十多箱", "3-5箱", "三到五箱", "若干"]
MONEY = {
    "35块5": "35.5",
    "三块五毛": "3.5",
    "三块五": "3.5",
    "五千元": "5000",
    "5000块": "5000",
    "三百五": "350",
    "三百零五块": "305",
    "一百二": "120",
    "两万三千五": "23500",
    "¥35.50": "35.5",
    "35.5元": "35.5",
    "八毛": "0.8",
    "3块2毛5": "3.25",
    "十块零五毛": "10.5",
    "一毛五": "0.15",
    "两块钱": "2",
    "人民币伍仟元整": "5000",
    "两万整": "20000",
    "9块8": "9.8",
    "650块5": "650.5",
    "1万2": "12000",
    "3.2万": "32000",
}
PRICE_SPANS = {
    "单价35.5": ("35.5", ""),
    "35块/箱": ("35", "箱"),
    "35/箱": ("35", "箱"),
    "每箱35": ("35", "箱"),
    "62块5一箱": ("62.5", "箱"),
    "三百二一箱": ("320", "箱"),
    "@35": ("35", ""),
    "每瓶九块五": ("9.5", "瓶"),
    "价格118": ("118", ""),
    "48一提": ("48", "提"),
}
DAYS = {  # 2026-11-20 是星期五
    "今天": ("2026-11-20",),
    "昨天下午": ("2026-11-19",),
    "前天": ("2026-11-18",),
    "明早": ("2026-11-21",),
    "后天": ("2026-11-22",),
    "大后天": ("2026-11-23",),
    "3天前": ("2026-11-17",),
    "2026.5.1": ("2026-05-01",),
    "2026-05-01": ("2026-05-01",),
    "26年5月1号": ("2026-05-01",),
    "20260501": ("2026-05-01",),
    "2026年5月1日": ("2026-05-01",),
    "11月25日": ("2026-11-25",),
    "五月一号": ("2026-05-01",),
    "下周三": ("2026-11-25",),
    "上周三": ("2026-11-11",),
    "下周一": ("2026-11-23",),
    "上月底": ("2026-10-31",),
    "月底": ("2026-11-30",),
    "年底": ("2026-12-31",),
    "本月": ("2026-11-01", "2026-11-30"),
    "上个月": ("2026-10-01", "2026-10-31"),
    "去年12月": ("2025-12-01", "2025-12-31"),
    "10月份": ("2026-10-01", "2026-10-31"),
    "第三季度": ("2026-07-01", "2026-09-30"),
    "上季度": ("2026-07-01", "2026-09-30"),
    "一季度": ("2026-01-01", "2026-03-31"),
    "上周": ("2026-11-09", "2026-11-15"),
    "上上周": ("2026-11-02", "2026-11-08"),
    "今年": ("2026-01-01", "2026-12-31"),
    "去年": ("2025-01-01", "2025-12-31"),
    "最近7天": ("2026-11-14", "2026-11-20"),
    "近一个月": ("2026-10-21", "2026-11-20"),
    "上半年": ("2026-01-01", "2026-06-30"),
    "11月上半月": ("2026-11-01", "2026-11-15"),
    "10月上旬": ("2026-10-01", "2026-10-10"),
}


@pytest.mark.parametrize("text", NUMBERS)
def test_number(text: str) -> None:
    assert numbers.parse(text) == Decimal(str(NUMBERS[text]))


@pytest.mark.parametrize("text", NO_NUMBER)
def test_not_a_sure_number(text: str) -> None:
    assert numbers.sure(text) is None


@pytest.mark.parametrize("text", QUANTITIES)
def test_quantity(text: str, shop: Catalog) -> None:
    from intents.reading import read

    found = [(token.value.value, token.value.unit) for token in read(normalise(text), shop, TODAY).of("qty")]
    assert found == [(Decimal(str(value)), unit) for value, unit in QUANTITIES[text]]


@pytest.mark.parametrize("text", VAGUE)
def test_vague_is_never_a_number(text: str, shop: Catalog) -> None:
    from intents import understand

    frame = understand(f"入库 红牛 {text}", None, shop, TODAY)
    assert frame.outcome == "ask"
    assert not frame.slots["lines"][0].get("qty")


@pytest.mark.parametrize("text", MONEY)
def test_money(text: str) -> None:
    assert prices.read(text) == Decimal(MONEY[text])


@pytest.mark.parametrize("text", PRICE_SPANS)
def test_price_span(text: str, shop: Catalog) -> None:
    value, unit = PRICE_SPANS[text]
    assert (Decimal(value), unit) in [
        token.value
        for token in find(text, patterns_for(shop), TODAY)
        if token.kind == "price" and token.text == text
    ]


@pytest.mark.parametrize("text", DAYS)
def test_day(text: str) -> None:
    day = dates.read(text, TODAY)
    assert day is not None
    assert (day.start.isoformat(), day.end.isoformat()) == (DAYS[text][0], DAYS[text][-1])


@pytest.mark.parametrize(
    ("text", "past", "future"),
    [
        ("12月3号", "2025-12-03", "2026-12-03"),
        ("11月15号", "2026-11-15", "2027-11-15"),
        ("25号", "2026-10-25", "2026-11-25"),
        ("周一", "2026-11-16", "2026-11-23"),
    ],
)
def test_year_not_said(text: str, past: str, future: str) -> None:
    day = dates.read(text, TODAY)
    assert day is not None
    assert (dates.in_past(day, TODAY).isoformat(), dates.in_future(day, TODAY).isoformat()) == (past, future)


def test_month_end_and_leap_day() -> None:
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert dates.read("2月30号", TODAY) is None


@pytest.mark.parametrize(
    ("odd", "plain"),
    [
        ("入庫　２６箱", "入库 26箱"),
        ("【川味园】", "[川味园]"),
        ("￥35", "¥35"),
        ("@掌柜 红牛", "红牛"),
        ("红​牛", "红牛"),
        ("ＡＤ鈣奶", "ad钙奶"),
    ],
)
def test_normalised(odd: str, plain: str) -> None:
    assert normalise(odd) == plain
