"""在一句话里找出数量、钱、日子、单号、批号这些有固定样子的片段。"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from intents import dates, prices
from intents.numbers import NUMBER, VAGUE_NUMBER, parse, sure
from intents.units import SPOKEN, WORDS

NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Token:
    """句子里的一小段:是什么、原话、读出来的值、在字典里的用处。"""

    kind: str
    text: str
    start: int
    end: int
    value: Any = None
    roles: frozenset[str] = field(default=NONE)

    def has(self, *roles: str) -> bool:
        """有没有这几种用处中的一种。"""
        return not self.roles.isdisjoint(roles)


@dataclass(frozen=True)
class Amount:
    """一个数量:多少、什么单位、是不是说不准。"""

    value: Decimal | None
    unit: str
    size: str = ""


NAME_CHAR = re.compile("(?![的入出送共合总给到放进要下开记发是算含不带打折优吧哈啊呀左每])[\u4e00-\u9fff]")
# 这些字后面跟着它们就不是单位:支付宝、对公、张姐、打印
NOT_BEFORE = {
    "打": "[印包碎破烂开折反错给过来款钱电]",
    "支": "付|持|票",
    "对": "公|账|帐|方|面|了|不|吗|头",
    "张": "[姐哥总工老叔婶姨师家记三阿]|经理|女士|先生",
    "条": "件|形",
    "台": "账|帐|湾|风",
    "包": "邮|括|装|送|子",
    "把": "握|[这那他她它]",
    "份": "额",
    "组": "长|装",
    "件": "事",
}


def _unit(word: str) -> str:
    """字母单位后面不能再跟字母;“24 两箱”的“两”是数。"""
    if word in NOT_BEFORE:
        return f"{word}(?!{NOT_BEFORE[word]})"
    if word == "两":
        return "两(?![箱件瓶包袋桶盒罐提个斤支条把板捆卷扎只枚块根组套床副台盆串粒])"
    return re.escape(word) + ("(?![a-z])" if word[-1].isascii() else "")


def unit_pattern(extra: frozenset[str]) -> str:
    """所有单位的写法,长的在前。"""
    every = sorted({*WORDS, *SPOKEN, *extra}, key=len, reverse=True)
    return "(?:" + "|".join(_unit(word) for word in every if word) + ")"


class Patterns:
    """一家店的单位决定的一组样子。"""

    def __init__(self, catalog_units: frozenset[str]) -> None:
        u = unit_pattern(catalog_units)
        self.quantity = re.compile(
            rf"(?P<sign>负|-|减)?\s*(?:(?P<half>半)个?|(?P<n>{NUMBER})(?:\s?个(?!\s))?(?P<mid>半)?)\s?(?P<size>[大小])?(?P<unit>{u})(?P<tail>半(?![{WORDS[0]}斤]))?"
        )
        self.dozen = re.compile(
            rf"(?P<sign>负|-)?(?:(?P<half>半)|(?P<n>{NUMBER}))\s?打(?P<tail>半)?"
            rf"(?:(?![a-z]|{NOT_BEFORE['打']})|(?<=[半一两二三四五]打)(?=给))"  # 香皂一打给悦来
        )
        self.vague = re.compile(rf"(?P<n>{VAGUE_NUMBER})\s?(?P<unit>{u})?(?:左右|上下)?")
        self.vague_pair = re.compile(
            rf"(?P<n>[一二两三四五六七八九]{{2}}|[一二两三四五六七八九]?十[一二两三四五六七八九]{{2}})(?P<unit>{u})"
        )
        self.around = re.compile(
            rf"(?:大概|大约|差不多|约|可能|估计)\s*{NUMBER}\s*(?P<unit>{u})|{NUMBER}\s*(?P<unit2>{u})(?:左右|上下|多点|出头)"
        )
        self.price_per = re.compile(
            rf"(?:{'|'.join(prices.PRICE_LABEL)})?\s*[:是为]?\s*(?P<money>{prices.MONEY})\s*(?:/|每|一|块一|元一)\s?(?P<unit>{u})"
        )
        self.per_price = re.compile(
            rf"(?:单价)?(?:每|一|单|[按论](?!\d)|(?<![\d.])1)(?P<unit>{u})\s*(?:都是|都按|都|均为|均|一律|全是|是|按|算|卖|单价|价格|价)?\s*[:]?\s*(?P<money>{prices.MONEY})(?!\s?{u})"
        )
        label = "|".join(sorted(prices.PRICE_LABEL, key=len, reverse=True))
        self.labelled = re.compile(
            rf"(?P<label>{label})\s*(?:都是|都按|都|均为|均|一律|全是|是|为|按|算|:|=)*\s*(?P<money>{prices.MONEY})(?:\s*(?:/|每|一)\s?(?P<unit>{u}))?"
        )
        total = "|".join(sorted(prices.TOTAL_LABEL, key=len, reverse=True))
        self.total = re.compile(
            rf"(?:{total})\s*(?:是|为|:|=|了)*\s*(?P<money>{prices.MONEY})(?!\s?(?:{u}))|(?P<money2>{prices.MONEY})(?:全包|总共|一起|打包价)(?!\S)"
        )
        self.money = re.compile(prices.MONEY)
        self.measure = re.compile(r"\d+(?:\.\d+)?\s?(?:毫升|ml|升|l|公斤|千克|kg|克|g)(?![a-z])")


_BATCH = re.compile(
    r"(?:生产)?(?:批次号?|批号|lot|批)\s*(?:改成|改为|应为|应该是|是|为|:|#|号)?\s*(?P<no>[a-z0-9][a-z0-9\-_/]{2,23}|[零〇一二三四五六七八九幺]{4,12})"
    r"|(?<![a-z0-9])(?P<before>(?=[a-z0-9\-]*\d)[a-z0-9\-]{5,20})(?:批次|那批|这批|的那批|的这批)的?"
)
_DOC = re.compile(
    r"(?<![a-z0-9])[a-z]{2}-?\d{8}-?\d{2,4}(?![a-z0-9])|(?<![a-z0-9])[a-z]{2}-\d{1,4}-\d{1,4}(?![a-z0-9])|(?<![a-z0-9])(?:po|so|gr|dn|pr|st|pt|sk|fk|jh|tr)-\d{1,6}(?![a-z0-9])"
)
_LOOSE_DOC = re.compile(
    r"(?<![a-z0-9])(?:[a-z]{1,4}-?\d{4,8}-\d{2,6}(?:-\d{1,5})?|[a-z]{1,4}\d{7,14})(?![a-z0-9])"
)
_DAY = "|".join(f"(?:{pattern.pattern})" for pattern in dates.SPAN_PATTERNS)
_ANY_DAY = rf"(?:{_DAY}|\d{{1,2}}[./]\d{{1,2}}|20\d{{6}}|\d{{6}}(?!\d))"
_MADE = re.compile(
    rf"(?:生产日期|生产日|生产时间|生产于|产于|出厂日期|日期(?!\s*(?:是|为|:)?\s*(?:明|后天|大后|下)))\s*(?:是|为|:)?\s*(?P<d>{_ANY_DAY})(?:的|生产的|生产)?|(?<![a-z\d])(?P<d2>{_ANY_DAY})\s*(?:生产日期(?!\s*[:是\d])|生产的|生产(?!日)|出厂的|出厂|产的|产(?!品|地)|造的|的货期|做的日期|的日期)"
)
_EXPIRE = re.compile(
    rf"(?:保质期到|有效期至|有效期到|有效期|到期日期|到期日|到期|保质期至|效期到|效期至|效期|过期日|保质到)\s*(?:是|为|:|至|到)?\s*(?P<d>{_ANY_DAY})(?:的|到期|过期)?|(?<![a-z\d])(?P<d2>{_ANY_DAY})\s*(?:到期的?|过期的?)(?!\s*[:是为]?\s*\d)"
)
_RANGE = re.compile(
    rf"(?P<a>{_DAY}|\d{{1,2}}[./]\d{{1,2}})\s*(?:到|至|~|-)\s*(?P<b>{_DAY}|\d{{1,2}}[./]\d{{1,2}}|\d{{1,2}}[日号]?)"
)
_DIMS = re.compile(
    r"(?<![a-z0-9])\d{1,2}w-?\d{2}(?![a-z0-9])|"
    r"(?<![a-z0-9.])\d{1,3}w(?=的|灯|球|\s?[\d一二两三四五六七八九十]+\s?[箱件个只支盒])|"
    r"(?<![a-z0-9.])[a-zφ]{0,2}\d+(?:\.\d+)?(?:mm|cm|m)?\s?\*\s?\d+(?:\.\d+)?(?:\s?\*\s?\d+(?:\.\d+)?)?(?:mm|cm|m)?(?![\d.]|[a-z]|\s?[箱件瓶包袋桶盒斤个支条])|"
    r"(?<![a-z0-9])[a-z]{1,3}\d{1,4}(?:\.\d+)?[a-z]?(?![a-z0-9*.\-]|\s?[箱件瓶包袋桶盒斤])"
)
_PHONE = re.compile(r"(?:电话|手机|手机号|联系电话|tel)?\s*:?\s*(?<!\d)1[3-9]\d{9}(?!\d)")


def _amount(m: re.Match[str]) -> Amount | None:
    parts = m.groupdict()
    value = Decimal("0.5") if parts.get("half") else sure(parts["n"] or "")
    if value is None:
        return None
    if parts.get("mid") or parts.get("tail"):
        value += Decimal("0.5")
    unit = parts.get("unit") or "打"
    unit = SPOKEN.get(unit, unit)
    if unit == "度" and value == 0:
        return None  # “0度那种”是名字
    minus = parts.get("sign") and unit != "度"  # 防冻液-35度:规格里只看 35
    return Amount(-value if minus else value, unit, parts.get("size") or "") if unit else None


def _money_token(kind: str, m: re.Match[str], unit: str) -> Token | None:
    groups = m.groupdict()
    value = prices.read(groups.get("money") or groups.get("money2") or (m[0] if kind == "money" else ""))
    if value is None or (value == 0 and m[0][-1] in "零〇"):  # “一箱零6支”的零不是价
        return None
    every = any(word in m[0] for word in ("都", "均", "一律", "全是"))
    one = "unit" in m.re.groupindex and m["unit"] and m[0][0] in "一1" and m.start("unit") == m.start() + 1
    roles = frozenset(("every",)) if every else frozenset(("one",)) if one else NONE
    return Token(kind, m[0], m.start(), m.end(), (value, SPOKEN.get(unit, unit)), roles)


def find(text: str, patterns: Patterns, today: date) -> Iterator[Token]:
    """按各种样子找,可以互相重叠,由读句子的人挑;两行各说各的,不跨行。"""
    yield from (token for token in _quantities(text, patterns) if "\n" not in token.text.strip())
    yield from (token for token in _prices(text, patterns) if "\n" not in token.text.strip())
    if any(char.isdigit() or char in "年月周天日号季昨今明后前旬期礼拜末底初夕秋午节" for char in text):
        yield from _dates(text, today)
    yield from _numbers(text)


def _quantities(text: str, patterns: Patterns) -> Iterator[Token]:
    for pattern in (patterns.quantity, patterns.dozen):
        for m in pattern.finditer(text):
            amount = _amount(m)
            if amount is None and pattern is patterns.quantity and _two_digits(m):  # 普五一箱:五是名字里的
                last = Amount(parse(m["n"][1]), SPOKEN.get(m["unit"], m["unit"]), m["size"] or "")
                yield Token("qty", text[m.start("n") + 1 : m.end()], m.start("n") + 1, m.end(), last)
            if amount is not None:
                yield Token("qty", m[0], m.start(), m.end(), amount)
                if (
                    m.groupdict().get("unit")
                    and len(m["unit"]) == 2
                    and m["unit"][0] in WORDS
                    and not m["tail"]
                ):  # 十二袋|子弹头
                    yield Token(
                        "qty",
                        m[0][:-1],
                        m.start(),
                        m.end() - 1,
                        Amount(amount.value, m["unit"][0], amount.size),
                    )
    for pattern in (patterns.vague, patterns.vague_pair, patterns.around):
        for m in pattern.finditer(text):
            groups = m.groupdict()
            if pattern is patterns.vague_pair and not _rising(m["n"]):
                continue
            yield Token("vague", m[0], m.start(), m.end(), groups.get("unit") or groups.get("unit2") or "")


def _two_digits(m: re.Match[str]) -> bool:
    said = m["n"] or ""
    return (
        len(said) == 2
        and not any(map(str.isdigit, said))
        and all(parse(char) is not None for char in said)
        and "十" not in said
        and not _rising(said)
    )


def _rising(said: str) -> bool:
    """三五、十七八是约数;普五一箱的五一不是。"""
    low, high = parse(said[-2]), parse(said[-1])
    return low is not None and high is not None and low < high


def _heads_a_name(text: str, end: int) -> bool:
    """“1箱 1541计算器”:数连着名字,不是价。"""
    return text[end - 1].isdigit() and bool(NAME_CHAR.match(text, end))


def _after_a_name(text: str, m: re.Match[str]) -> bool:
    """一个汉字数目,前面紧挨着汉字。"""
    before = text[m.start("money") - 1 : m.start("money")]
    return not m["money"].isdigit() and "\u4e00" <= before <= "\u9fff"


def _prices(text: str, patterns: Patterns) -> Iterator[Token]:
    for pattern, kind in (
        (patterns.price_per, "price"),
        (patterns.per_price, "price"),
        (patterns.labelled, "price"),
        (patterns.total, "total"),
    ):
        for m in pattern.finditer(text):
            if (
                pattern is patterns.price_per
                and "一" in m[0]
                and not prices.is_marked(m["money"])
                and not m["money"][-1].isdigit()
                and sure(m["money"] + "一")
            ):
                continue  # 三十一箱是 31 箱,不是 30 一箱
            if pattern is patterns.per_price and m[0][0] in "一1" and _heads_a_name(text, m.end()):
                continue
            if pattern is patterns.price_per and len(m["money"]) == 1 and _after_a_name(text, m):
                continue  # 普五一箱:五是名字里的
            token = _money_token(kind, m, m.groupdict().get("unit") or "")
            if token:
                yield token
    for m in prices.DISCOUNT.finditer(text):
        off = prices.discount(m["n"])
        if off is not None:
            roles = frozenset(("every",)) if m["all"] else NONE
            yield Token("discount", m[0], m.start(), m.end(), off, roles)
    for m in patterns.money.finditer(text):
        if prices.is_marked(m[0]):
            token = _money_token("money", m, "")
            if token:
                yield token


def _dates(text: str, today: date) -> Iterator[Token]:
    for m in _RANGE.finditer(text):
        span = _range(m, today)
        if span:
            yield Token("day", m[0], m.start(), m.end(), span)
    for pattern, kind in ((_MADE, "made"), (_EXPIRE, "expire")):
        for m in pattern.finditer(text):
            day = loose_day(m["d"] or m["d2"], today)
            if day and day.single:
                yield Token(kind, m[0], m.start(), m.end(), day)
    for pattern in dates.SPAN_PATTERNS:
        for m in pattern.finditer(text):
            day = dates.read(m[0], today)
            if day:
                yield Token("day", m[0], m.start(), m.end(), day)
    for m in dates.DAYS_SPAN.finditer(text):
        days = dates.days_said(m[0])
        if days:
            yield Token("days", m[0], m.start(), m.end(), days)


def loose_day(text: str, today: date) -> dates.Day | None:
    """标明了是日期的地方,11.12、20261101、261101 也算日子。"""
    day = dates.read(text, today)
    if day is None and len(text) == 6 and text.isdigit():
        day = dates.read(f"20{text}", today)
    return day


def _range(m: re.Match[str], today: date) -> dates.Day | None:
    first = dates.read(m["a"], today)
    end_text = m["b"]
    if end_text.rstrip("日号").isdigit():
        last = (
            dates._safe(first.start.year, first.start.month, int(end_text.rstrip("日号"))) if first else None
        )
    else:
        other = dates.read(end_text, today)
        last = other.end if other else None
    if first is None or last is None or last < first.start:
        return None
    return dates.Day(first.start, last, word=m[0])


# 退货、报损时一小句说哪里不好
_FAULT = re.compile(
    r"(?:(?<=[\s,.;])|(?<=\d[箱件瓶包袋桶提盒个斤条罐支双套台把卷扎]))[\u4e00-\u9fff]{0,5}"
    r"(?:[写打开充连显用关按拧插装穿盖扣拉]?不[出亮通转响热冷准动灵上下了开着住起新对符齐全足好行能]|坏|破|裂|漏|错|缺|掉|脱|霉|臭|馊|异味|怪味|杂质|过期|"
    r"没[电气油劲]|磕|碰|太[\u4e00-\u9fff]|烂|软|蔫|黑|酸|涩|瘪|潮|湿|化|变[色形质味]|褪色|划痕|污渍|脏|生虫|反了|断|歪|松|卡|压|磨损|起皮|缩水|少了|短少)[\u4e00-\u9fff]{0,5}(?=$|[\s,.;!])"
)
_FAULTY = re.compile(r"退|报损|报废|损耗|返厂|换货")
_TOP = re.compile(
    rf"(?:前|top|排名前|排前|(?<=[好差多少快慢高低火])的)\s*(?P<n>{NUMBER})(?:名|位|个|款|种|家|样|大)?(?![天日周月年箱件瓶])"
)


def _numbers(text: str) -> Iterator[Token]:
    for m in _TOP.finditer(text):
        value = sure(m["n"])
        if value is not None and value == int(value) and 0 < value <= 100:
            yield Token("top", m[0], m.start(), m.end(), int(value))
    for m in re.finditer(rf"(?P<sign>负|(?<![\d一-鿿a-z])-)?(?P<n>{NUMBER})", text):
        value = sure(m["n"])
        if value is not None and m["n"] not in ("零", "〇", "两"):
            yield Token("num", m[0], m.start(), m.end(), -value if m["sign"] else value)
    for m in _BATCH.finditer(text):
        said = m["no"] or m["before"]
        digits = said if said.isascii() else str(parse(said) or "")
        yield Token("batch", m[0], m.start(), m.end(), digits.upper())
    if _FAULTY.search(text):
        for m in _FAULT.finditer(text):
            if not _FAULTY.search(m[0]):
                yield Token("word", m[0], m.start(), m.end(), None, frozenset(("reason",)))
    for m in _PHONE.finditer(text):
        yield Token("phone", m[0], m.start(), m.end())
    for m in _DIMS.finditer(text):
        yield Token("dims", m[0], m.start(), m.end())
    for pattern in (_DOC, _LOOSE_DOC):
        for m in pattern.finditer(text):
            yield Token("doc", m[0], m.start(), m.end(), m[0].upper())
