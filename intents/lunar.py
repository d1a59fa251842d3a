"""农历:正月初八、腊月二十、大年三十、中秋节是公历哪一天。"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

# 公历年 → 正月初一、各月大(1)小(0)、闰在第几个月之后(0 没有);与 PyPI 的 zhdate 0.1 逐日核对过
YEARS = {
    2020: ("01-25", "0111010010101", 4),
    2021: ("02-12", "011010101010", 0),
    2022: ("02-01", "101011010101", 0),
    2023: ("01-22", "0100110110101", 2),
    2024: ("02-10", "010010110110", 0),
    2025: ("01-29", "1010010101110", 6),
    2026: ("02-17", "101001001110", 0),
    2027: ("02-06", "110100100110", 0),
    2028: ("01-26", "1110100100110", 5),
    2029: ("02-13", "110101010011", 0),
    2030: ("02-03", "010110101010", 0),
    2031: ("01-23", "0110101101010", 3),
    2032: ("02-11", "100101101101", 0),
    2033: ("01-31", "0100101011101", 11),
    2034: ("02-19", "010010101101", 0),
    2035: ("02-08", "101001001101", 0),
    2036: ("01-28", "1101001001011", 6),
}
MONTHS = {name: number for number, name in enumerate("正二三四五六七八九十冬腊", 1)} | {
    "一": 1,
    "十一": 11,
    "十二": 12,
}
LAST = 30  # 三十:这个月的最后一天
FESTIVALS = {
    "春节": (1, 1),
    "元宵": (1, 15),
    "端午": (5, 5),
    "七夕": (7, 7),
    "中秋": (8, 15),
    "重阳": (9, 9),
    "腊八": (12, 8),
    "小年": (12, 23),
    "除夕": (12, LAST),
}
_DIGIT = "一二三四五六七八九"
_DAY = rf"(?:初[{_DIGIT}十]|十[{_DIGIT}]?|二十[{_DIGIT}]?|廿[{_DIGIT}]?|三十|[12]\d|30)"
_SAID = re.compile(
    rf"(?:农历|阴历|旧历|老历)?(?:大?年(?P<eve>三十)|大年(?P<new>初[{_DIGIT}十])|(?P<month>十[一二]|[正一二三四五六七八九十冬腊])月(?P<day>{_DAY})"
    rf"|(?P<alone>初[{_DIGIT}十])|(?P<festival>{'|'.join(FESTIVALS)})(?:节|当天|那天|当日)?)"
)
SPANS = (
    rf"(?:农历|阴历|旧历|老历)(?:十[一二]|[正一二三四五六七八九十冬腊])月{_DAY}",
    rf"[正冬腊]月{_DAY}|(?:十[一二]|[二三四五六七八九十])月初[{_DIGIT}十]",
    rf"大年初[{_DIGIT}十]|大?年三十(?!\d)",
    rf"(?<![\u4e00-\u9fff])初[{_DIGIT}十](?=[\s,.要送到前给]|$)",
    rf"(?:{'|'.join(FESTIVALS)})(?:节|当天|那天|当日|(?=前))",
    r"(?:春节|除夕|中秋|端午)(?=[要送到]|$)",
)


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    text = text.removeprefix("初").replace("廿", "二十")
    tens, ten, ones = text.partition("十")
    if not ten:
        return _DIGIT.index(text) + 1
    return (_DIGIT.index(tens) + 1 if tens else 1) * 10 + (_DIGIT.index(ones) + 1 if ones else 0)


def said(text: str) -> tuple[int, int] | None:
    """(月, 日);光说“初八”月是 0。"""
    m = _SAID.fullmatch(text)
    if m is None:
        return None
    if m["eve"]:
        return 12, LAST
    if m["festival"]:
        return FESTIVALS[m["festival"]]
    if m["month"]:
        return MONTHS[m["month"]], _number(m["day"])
    return (1 if m["new"] else 0), _number(m["new"] or m["alone"])


@lru_cache(maxsize=256)
def days_of(month: int, day: int) -> tuple[date, ...]:
    """这些年里的每一个这样的日子;month 是 0 时每个月都算,闰月不算。"""
    found = []
    for year, (first, lengths, leap) in YEARS.items():
        start = date.fromisoformat(f"{year}-{first}")
        for spot, size in enumerate(lengths):
            number = spot + (0 if leap and spot >= leap else 1)
            longest = 30 if size == "1" else 29
            leaping = bool(leap) and spot == leap
            if not leaping and month in (0, number) and (day <= longest or (month and day == LAST)):
                found.append(start + timedelta(days=min(day, longest) - 1))
            start += timedelta(days=longest)
    return tuple(found)
