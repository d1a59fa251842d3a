"""日子怎么说:今天、下周三、11月5号、2026-05-01、上个月、最近7天;没说年份时按用途补。"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from core.values import add_months
from intents import lunar
from intents.numbers import parse

_N = r"(?:\d{1,2}|[一二两三四五六七八九十]{1,3})"
_YEAR = r"(?:20\d{2}|\d{2}|二[零〇][一二三四五六七八九零〇]{2})"
_WEEK = r"(?:周|星期|礼拜)"
_DAY_WORDS = {
    "大前天": -3,
    "前天": -2,
    "昨天": -1,
    "昨日": -1,
    "昨儿": -1,
    "昨晚": -1,
    "昨早": -1,
    "今天": 0,
    "今日": 0,
    "今儿": 0,
    "今早": 0,
    "今晚": 0,
    "今晨": 0,
    "当天": 0,
    "明天": 1,
    "明日": 1,
    "明儿": 1,
    "明早": 1,
    "明晚": 1,
    "明晨": 1,
    "后天": 2,
    "后日": 2,
    "大后天": 3,
}
_WEEKDAY = {
    "一": 0,
    "二": 1,
    "三": 2,
    "四": 3,
    "五": 4,
    "六": 5,
    "日": 6,
    "天": 6,
    "末": 5,
    "1": 0,
    "2": 1,
    "3": 2,
    "4": 3,
    "5": 4,
    "6": 5,
    "7": 6,
}
_SHIFT = {"上上": -2, "上": -1, "本": 0, "这": 0, "": 0, "下": 1, "下下": 2}
_PART_OF_DAY = r"(?:早上|上午|中午|下午|晚上|凌晨|傍晚|一早|清早|大清早|下晚|下晌|晌午|头晌|前晌|后晌|夜里|半夜|后半夜|早晨|清晨|夜晚|晚间)?"

FESTIVALS = {
    "元旦": (1, 1),
    "情人节": (2, 14),
    "妇女节": (3, 8),
    "劳动节": (5, 1),
    "儿童节": (6, 1),
    "国庆": (10, 1),
    "双十一": (11, 11),
    "双11": (11, 11),
    "双十二": (12, 12),
    "平安夜": (12, 24),
    "圣诞": (12, 25),
}  # 只收公历的,农历的在 lunar 里

SPAN_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        *(f"(?:{pattern}){_PART_OF_DAY}" for pattern in lunar.SPANS),
        rf"(?:{'|'.join(_DAY_WORDS)}){_PART_OF_DAY}",
        rf"(?:{_YEAR})[年./-]{_N}[月./-]{_N}[日号]?(?!\d)",
        r"(?<![\da-z])20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?![\da-z])",
        rf"(?:去年|今年|前年|明年)?{_N}月份?{_N}[日号]?(?![\d月.])(?!\s*[箱件瓶袋包桶])(?:{_PART_OF_DAY})",
        rf"(?:去年|今年|前年|明年|{_YEAR}年)?{_N}月份?(?:上半月|下半月|上旬|中旬|下旬|底|初|末)?(?!\d)",
        r"(?:这个月|本月|上个?月|下个?月|当月)?(?<![\d第路街巷弄栋幢道村组楼门])(?:\d{1,2}|[一二三四五六七八九十]{1,3})[日号](?!楼|仓|库|店|电池|线|螺)",
        rf"(?:上上|下下|上|本|这|下)?(?:个)?{_WEEK}[一二三四五六日天末1-7](?!\d|共){_PART_OF_DAY}",
        rf"(?:上上|下下|上|本|这|下)(?:一)?(?:个)?{_WEEK}(?![二三四五六日天末]|一(?!共))",
        r"(?:上上|上|下|本|这|当)(?:个)?月(?:底|初|末|份)?",
        r"(?:上上|上|下|本|这|当)(?:个)?季(?:度)?|(?:今年|去年)?(?:第)?[一二三四1-4]季度|(?:\d{4}年?)?q[1-4](?![a-z\d])|(?:今年|去年)?(?:上|下)半年",
        r"(?:今年|本年|去年|前年|明年|当年)(?:全年|度|一年|以来|至今)?|20\d{2}年(?:全年|度)?",
        r"(?:最近|近|过去|这)(?:半个?月|(?:\d{1,3}|[一二两三四五六七八九十]{1,3})(?:天|日|周|个星期|个礼拜|个月|月|年))(?:内|以来|里)?",
        r"月底|月末|月初|年底|年初|年末|半年内?",
        rf"(?:去年|今年|明年)?(?:{'|'.join(FESTIVALS)})(?:节|当天|那天|那一天)?",
        rf"{_N}(?:天|周|个星期|个月)(?:之?后|以后|之?前|以前)",
    )
)
LUNAR = "农历 "
DOT_DAY = re.compile(r"(?<![\d.])(\d{1,2})[./](\d{1,2})(?![\d./])")
_DAYS = re.compile(
    r"(?:未来|今后|接下来|往后|后面|之后|近|最近|这)?\s*(\d{1,3}|[一二两三四五六七八九十百]{1,5}|半)(天|日|周|个?星期|个?礼拜|个月|个?月|年)\s*(?:之?内|以内|里)?"
)


@dataclass(frozen=True)
class Day:
    """一段日子;year_said 说明年份是说出来的,能挪到过去或将来的只有没说年份的。"""

    start: date
    end: date
    year_said: bool = True
    word: str = ""
    running: bool = False  # 本月、今年这种,到今天为止

    @property
    def single(self) -> bool:
        """是不是就一天。"""
        return self.start == self.end


def month_end(year: int, month: int) -> date:
    """某月最后一天。"""
    return date(year, month, calendar.monthrange(year, month)[1])


def _int(text: str) -> int | None:
    value = parse(text)
    return int(value) if value is not None else None


def _year(text: str) -> int:
    digits = text if text.isdigit() else str(_int(text) or 0)
    return int(digits) + (2000 if len(digits) == 2 else 0)


def _safe(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read(text: str, today: date) -> Day | None:
    """读一个日子或一段日子。"""
    text = re.sub(_PART_OF_DAY.rstrip("?") + "$", "", text.strip()) or text
    for reader in (
        _day_word,
        _lunar,
        _full_date,
        _month_day,
        _festival,
        _month,
        _plain_day,
        _weekday,
        _week,
        _named_month,
        _quarter,
        _year_span,
        _recent,
        _edge,
        _later,
    ):
        try:
            found = reader(text, today)
        except (ValueError, OverflowError):  # 日历上没有的日子
            found = None
        if found:
            return found
    return None


def _day_word(text: str, today: date) -> Day | None:
    if text not in _DAY_WORDS:
        return None
    day = today + timedelta(days=_DAY_WORDS[text])
    return Day(day, day, word=text)


def _lunar(text: str, today: date) -> Day | None:
    found = lunar.said(text)
    near = [day for day in lunar.days_of(*found) if abs((day - today).days) <= 400] if found else []
    if not near:
        return None
    day = min(near, key=lambda one: abs((one - today).days))
    return Day(day, day, year_said=False, word=LUNAR + text)


def _full_date(text: str, today: date) -> Day | None:
    m = re.fullmatch(rf"({_YEAR})[年./-]({_N})[月./-]({_N})[日号]?", text) or re.fullmatch(
        r"(20\d{2})(\d{2})(\d{2})", text
    )
    if not m:
        return None
    day = _safe(_year(m[1]), _int(m[2]) or 0, _int(m[3]) or 0)
    return Day(day, day, word=text) if day else None


def _festival(text: str, today: date) -> Day | None:
    m = re.fullmatch(rf"(去年|今年|明年)?({'|'.join(FESTIVALS)})(?:节|当天|那天|那一天)?", text)
    if not m:
        return None
    day = date(today.year + {"去年": -1, "明年": 1}.get(m[1] or "", 0), *FESTIVALS[m[2]])
    return Day(day, day, year_said=bool(m[1]), word=text)


def _month_day(text: str, today: date) -> Day | None:
    m = re.fullmatch(rf"(去年|今年|前年|明年)?({_N})(?:月份?|[./])({_N})[日号]?", text)
    if not m:
        return None
    year = today.year + {"去年": -1, "前年": -2, "明年": 1}.get(m[1] or "", 0)
    day = _safe(year, _int(m[2]) or 0, _int(m[3]) or 0)
    return Day(day, day, year_said=bool(m[1]), word=text) if day else None


def _month(text: str, today: date) -> Day | None:
    m = re.fullmatch(
        rf"(去年|今年|前年|明年|{_YEAR}年)?({_N})月份?(上半月|下半月|上旬|中旬|下旬|底|初|末)?", text
    )
    if not m:
        return None
    shift = {"去年": -1, "前年": -2, "明年": 1, "今年": 0}
    year = today.year + shift[m[1]] if m[1] in shift else _year(m[1][:-1]) if m[1] else today.year
    month = _int(m[2]) or 0
    last = month_end(year, month)
    part = {
        "上半月": (1, 15),
        "下半月": (16, last.day),
        "上旬": (1, 10),
        "中旬": (11, 20),
        "下旬": (21, last.day),
        "底": (last.day, last.day),
        "末": (last.day, last.day),
        "初": (1, 1),
    }.get(m[3] or "", (1, last.day))
    return Day(date(year, month, part[0]), date(year, month, part[1]), year_said=bool(m[1]), word=text)


def _plain_day(text: str, today: date) -> Day | None:
    m = re.fullmatch(rf"(这个月|本月|当月|上个?月|下个?月)?({_N})[日号]", text)
    if not m:
        return None
    shift = -1 if (m[1] or "").startswith("上") else 1 if (m[1] or "").startswith("下") else 0
    first = add_months(today.replace(day=1), shift)
    day = _safe(first.year, first.month, _int(m[2]) or 0)
    return Day(day, day, year_said=bool(m[1]), word="号") if day else None


def _weekday(text: str, today: date) -> Day | None:
    m = re.fullmatch(rf"(上上|下下|上|本|这|下|)(?:个)?{_WEEK}([一二三四五六日天末1-7])", text)
    if not m:
        return None
    monday = today - timedelta(days=today.weekday()) + timedelta(days=7 * _SHIFT[m[1]])
    day = monday + timedelta(days=_WEEKDAY[m[2]])
    return Day(day, day, year_said=bool(m[1]), word="周")


def _week(text: str, today: date) -> Day | None:
    m = re.fullmatch(rf"(上上|下下|上|本|这|下)(?:一)?(?:个)?{_WEEK}", text)
    if not m:
        return None
    monday = today - timedelta(days=today.weekday()) + timedelta(days=7 * _SHIFT[m[1]])
    return _running(monday, monday + timedelta(days=6), today, text)


def _running(start: date, end: date, today: date, word: str) -> Day:
    return Day(start, end, word=word, running=start <= today < end)


def _named_month(text: str, today: date) -> Day | None:
    m = re.fullmatch(r"(上上|上|下|本|这|当)(?:个)?月(底|初|末|份)?", text)
    if not m:
        return None
    first = add_months(today.replace(day=1), _SHIFT.get(m[1], 0))
    last = month_end(first.year, first.month)
    if m[2] in ("底", "末"):
        return Day(last, last, word=text)
    if m[2] == "初":
        return Day(first, first, word=text)
    return _running(first, last, today, text)


def _quarter(text: str, today: date) -> Day | None:
    half = re.fullmatch(r"(今年|去年)?(上|下)半年", text)
    if half:
        year = today.year - (half[1] == "去年")
        return _running(
            date(year, 1 if half[2] == "上" else 7, 1),
            date(year, 6, 30) if half[2] == "上" else date(year, 12, 31),
            today,
            text,
        )
    m = re.fullmatch(r"(上上|上|下|本|这|当)(?:个)?季度?", text)
    named = re.fullmatch(r"(今年|去年|\d{4}年?)?(?:第)?(?:([一二三四1-4])季度|q([1-4]))", text)
    if m:
        first = add_months(date(today.year, 3 * ((today.month - 1) // 3) + 1, 1), 3 * _SHIFT.get(m[1], 0))
    elif named:
        year = int(named[1][:4]) if named[1] and named[1][0].isdigit() else today.year - (named[1] == "去年")
        first = date(year, 3 * (_int(named[2] or named[3]) or 1) - 2, 1)
        if not named[1] and first > today:
            first = date(year - 1, first.month, 1)
    else:
        return None
    end = add_months(first, 2)
    return _running(first, month_end(end.year, end.month), today, text)


def _year_span(text: str, today: date) -> Day | None:
    m = re.fullmatch(r"(今年|本年|当年|去年|前年|明年|20\d{2}年)(?:全年|度|一年|以来|至今)?", text)
    if not m:
        return None
    year = int(m[1][:4]) if m[1][0] == "2" else today.year + {"去年": -1, "前年": -2, "明年": 1}.get(m[1], 0)
    return _running(date(year, 1, 1), date(year, 12, 31), today, text)


def _recent(text: str, today: date) -> Day | None:
    m = re.fullmatch(
        r"(?:最近|近|过去|这)(半|\d{1,3}|[一二两三四五六七八九十]{1,3})(天|日|周|个星期|个礼拜|个?月|年)(?:内|以来|里)?",
        text,
    )
    if not m:
        return None
    if m[1] == "半":
        return Day(today - timedelta(days=14), today, word=text)
    count = _int(m[1]) or 1
    if m[2] in ("天", "日"):
        start = today - timedelta(days=count - 1)
    elif m[2] in ("周", "个星期", "个礼拜"):
        start = today - timedelta(days=7 * count - 1)
    else:
        start = add_months(today, -count * (12 if m[2] == "年" else 1)) + timedelta(days=1)
    return Day(start, today, word=text)


def _edge(text: str, today: date) -> Day | None:
    last = month_end(today.year, today.month)
    edges = {
        "月底": last,
        "月末": last,
        "月初": today.replace(day=1),
        "年底": date(today.year, 12, 31),
        "年末": date(today.year, 12, 31),
        "年初": date(today.year, 1, 1),
    }
    return Day(edges[text], edges[text], word=text) if text in edges else None


def _later(text: str, today: date) -> Day | None:
    m = re.fullmatch(rf"({_N})(天|周|个星期|个月)(?:之|以)?(后|前)", text)
    if not m:
        return None
    count = (_int(m[1]) or 0) * (1 if m[3] == "后" else -1)
    day = (
        add_months(today, count)
        if m[2] == "个月"
        else today + timedelta(days=count * (1 if m[2] == "天" else 7))
    )
    return Day(day, day, word=text)


def _lunar_near(day: Day, today: date, past: bool) -> date:
    every = lunar.days_of(*(lunar.said(day.word.removeprefix(LUNAR)) or (1, 1)))
    kept = [one for one in every if (one <= today if past else one >= today)]
    return (max(kept) if past else min(kept)) if kept else day.start


def in_past(day: Day, today: date) -> date:
    """说的是已经发生的事:没说年份就取最近过去的那天。"""
    if day.word.startswith(LUNAR):
        return _lunar_near(day, today, past=True)
    if day.year_said or day.start <= today:
        return day.start
    if day.word == "周":
        return day.start - timedelta(days=7)
    if day.word == "号":
        return add_months(day.start, -1)
    return add_months(day.start, -12)


def in_future(day: Day, today: date) -> date:
    """说的是将来的事:没说年份就取接下来的那天。"""
    if day.word.startswith(LUNAR):
        return _lunar_near(day, today, past=False)
    if day.year_said or day.start >= today:
        return day.start
    if day.word == "周":
        return day.start + timedelta(days=7)
    if day.word == "号":
        return add_months(day.start, 1)
    return add_months(day.start, 12)


def period(day: Day, today: date, future: bool = False) -> tuple[date, date]:
    """查询用的起止日;本月今年这种到今天为止,将来的(下个月到期)照日历。"""
    start, end = day.start, day.end
    if not day.year_said and start > today and not future:
        start, end = (
            in_past(Day(start, start, False, day.word), today),
            in_past(Day(end, end, False, day.word), today),
        )
    if day.running and not future:
        end = today
    return start, end


def days_said(text: str) -> int | None:
    """“60天内”“未来一周”是多少天。"""
    m = _DAYS.fullmatch(text.strip())
    if not m:
        return None
    unit = m[2].replace("个", "")
    size = {"天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7, "月": 30, "年": 365}[unit]
    if m[1] == "半":
        return size // 2
    count = _int(m[1])
    return count * size if count else None


DAYS_SPAN = re.compile(
    r"(?:未来|今后|接下来|往后)\s*(?:\d{1,3}|[一二两三四五六七八九十百半]{1,5})(?:天|周|个?星期|个?礼拜|个?月)(?:之?内|以内|里)?|"
    r"(?<!\d)(?:\d{1,3}|[一二两三四五六七八九十百半]{1,5})(?:天|周(?![一二三四五六日天末])|个?星期(?![一二三四五六日天])|个?礼拜(?![一二三四五六日天])|个月|年)(?:之?内|以内|里)?"
)
