"""人写的字换成整数：对的换得一分不差，错的说得清楚。"""

from datetime import date

import pytest

from admin_web import typed

UNITS = {"瓶": 1000, "箱": 12_000}


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0", 0),
        ("8.5", 850),
        ("1,234.56", 123_456),
        ("￥９．９元", 990),
        ("¥20", 2000),
        ("100000元", 10_000_000),
        ("0.29", 29),
    ],
)
def test_money(text: str, fen: int) -> None:
    assert typed.read_money(text) == fen


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("三块", "不是数字"),
        ("-1", "负数"),
        ("1.234 元", "两位小数"),
        ("", "不是数字"),
        ("1e5", "不是数字"),
        ("8.5.2", "不是数字"),
        ("999999999999999", "不像真的"),
        ("NaN", "不是数字"),
        ("１２３４５６７８９０１２３４５６７８９０", "不像真的"),
    ],
)
def test_bad_money(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        typed.read_money(text)


def test_price_keeps_four_places() -> None:
    assert typed.read_price("1.2345 元") == 12_345
    assert typed.price_plain(12_345) == "1.2345"
    with pytest.raises(ValueError, match="四位小数"):
        typed.read_price("1.23456")


@pytest.mark.parametrize(
    ("text", "milli"), [("20箱", 240_000), ("20箱5瓶", 245_000), ("240", 240_000), ("0.5箱", 6000), ("0", 0)]
)
def test_quantity(text: str, milli: int) -> None:
    assert typed.read_quantity(text, UNITS, "瓶") == milli


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("20盒", "可以用：瓶、箱"),
        ("-3箱", "负数"),
        ("几箱", "看不懂"),
        ("1.0001箱", "整数"),
        ("99999999999箱", "不像真的"),
    ],
)
def test_bad_quantity(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        typed.read_quantity(text, UNITS, "瓶")


@pytest.mark.parametrize(
    ("text", "life"),
    [
        ("18个月", "18m"),
        ("18月", "18m"),
        ("540天", "540d"),
        ("540d", "540d"),
        ("两年", "24m"),
        ("1年半", "18m"),
        ("一年", "12m"),
        ("十八个月", "18m"),
        ("半年", "6m"),
        ("一百二十天", "120d"),
        ("１８个月", "18m"),
    ],
)
def test_shelf_life(text: str, life: str) -> None:
    assert typed.read_shelf_life(text) == life


@pytest.mark.parametrize("text", ["很久", "0天", "18", "两", "3个月半", "99999年"])
def test_bad_shelf_life(text: str) -> None:
    with pytest.raises(ValueError, match="请"):
        typed.read_shelf_life(text)


def test_shelf_life_reads_back() -> None:
    assert [typed.shelf_life_text(x) for x in ("18m", "540d")] == ["18个月", "540天"]


def test_days_shares_words() -> None:
    assert typed.read_day("2026年1月5日") == date(2026, 1, 5)
    assert [typed.read_share(x) for x in ("1/3", "66.7%", "50", "100%")] == [333, 667, 500, 1000]
    assert typed.read_words("老王、王记，王老板、老王") == ["老王", "王记", "王老板"]
    assert typed.read_factor("12瓶", "瓶") == 12_000
    for bad, read in (
        ("2026-02-30", typed.read_day),
        ("昨天", typed.read_day),
        ("120%", typed.read_share),
        ("1/0", typed.read_share),
    ):
        with pytest.raises(ValueError, match="请"):
            read(bad)
    for bad in ("0", "-1", "十二", "1.23456", ""):
        with pytest.raises(ValueError, match="大于 0"):
            typed.read_factor(bad, "瓶")
