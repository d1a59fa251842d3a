"""数目怎么说:阿拉伯数字、中文数字、大写、万和千、半、负,以及说不准的“几箱、十来箱”。"""

from __future__ import annotations

import re
from decimal import Decimal

DIGITS = {
    **{char: i for i, char in enumerate("零一二三四五六七八九")},
    **{char: i for i, char in enumerate("〇壹贰叁肆伍陆柒捌玖")},
    "两": 2,
    "俩": 2,
    "仨": 3,
    "幺": 1,
    "弌": 1,
    "陸": 6,
}
TENS = {
    "十": 10,
    "拾": 10,
    "百": 100,
    "佰": 100,
    "千": 1000,
    "仟": 1000,
    "k": 1000,
    "万": 10000,
    "w": 10000,
    "亿": 10**8,
}
TWENTY = {"廿": "二十", "卅": "三十", "卌": "四十"}

LONGEST = 20  # 再长的数字串不是数量
_HAN_NUMBER = "零〇一二三四五六七八九十百千万亿两俩仨廿卅卌壹贰叁肆伍陆柒捌玖拾佰仟"
NUMBER = (
    rf"(?:\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d{{1,12}}(?:\.\d{{1,6}})?(?:[百千万亿](?![a-z])|w(?![a-z]|-\d)|k(?![a-z]))?(?:\d[百千])?(?:\d(?![\d.]))?|"
    rf"[{_HAN_NUMBER}]{{1,16}}(?:点[零〇一二三四五六七八九]{{1,4}})?|点[一二三四五六七八九])"
)
VAGUE_NUMBER = (
    r"(?:好?几[十百千万]?[多几来]?|[一二两三四五六七八九]{2}[十百千万]|[一二两三四五六七八九]?[十百千万]+[多几来]+|\d+[多几来](?![\d一二两三四五六七八九十])|若干|好些|少许|一些|些许|一点点?|"
    r"\d+\s*(?:-|~|到|至|或|或者)\s*\d+|[一二三四五六七八九十]+(?:到|至|或)[一二三四五六七八九十]+)"
)
_PART = re.compile(r"\d+(?:\.\d+)?|.")
_FORMAL, _EVERYDAY = re.compile("[壹贰叁肆伍陆柒捌玖拾佰仟]"), re.compile("[一二两三四五六七八九十百千]")
_NEIGHBOURS = re.compile(r"[一二两三四五六七八九]{2}")


def parse(text: str) -> Decimal | None:
    """读一个数;读不通(比如“三百二一”)返回 None。"""
    if len(text) > LONGEST:
        return None
    text = text.replace(",", "").replace(" ", "")
    for short, long in TWENTY.items():
        text = text.replace(short, long)
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return Decimal(text)
    if "点" in text:
        return _decimal_point(text)
    if all(char in DIGITS for char in text):
        return Decimal("".join(str(DIGITS[char]) for char in text)) if text else None
    return _with_tens(text)


def _decimal_point(text: str) -> Decimal | None:
    whole, _, rest = text.partition("点")
    left = parse(whole) if whole else Decimal(0)
    if left is None or not rest or any(char not in DIGITS for char in rest):
        return None
    return left + Decimal("0." + "".join(str(DIGITS[char]) for char in rest))


def _with_tens(text: str) -> Decimal | None:
    """带十百千万的数;末尾省了的“一百五”“1万2”补齐。"""
    total = section = Decimal(0)
    digit: Decimal | None = None
    last, zero = Decimal(1), False
    for part in _PART.findall(text):
        if part[0].isdigit() or (DIGITS.get(part)):
            if digit is not None:
                return None
            digit = Decimal(part) if part[0].isdigit() else Decimal(DIGITS[part])
        elif part in DIGITS:
            zero = True
        elif part in TENS:
            ten = Decimal(TENS[part])
            if ten >= 10000:
                total += (section + (digit or 0) or 1) * ten
                section = Decimal(0)
            else:
                if section and ten >= last:
                    return None
                section += (Decimal(1) if digit is None else digit) * ten
            digit, last, zero = None, ten, False
        else:
            return None
    if digit is not None:
        short = last >= 100 and not zero
        section += digit * (last / 10 if short else 1)
    return total + section


def sure(text: str) -> Decimal | None:
    """读一个拿得准的数;“三五”“七八”这种约数返回 None。"""
    if _NEIGHBOURS.fullmatch(text) and text not in ("一一", "二二"):
        return None
    if _FORMAL.search(text) and _EVERYDAY.search(text):  # 卫佳捌两盒:捌是名字里的
        return None
    if re.search(r"[一二两三四五六七八九]{2}$", text) and not all(char in DIGITS for char in text):
        return None
    return parse(text)


def plain(value: Decimal) -> str:
    """写成普通小数,没有多余的零。"""
    text = f"{value.normalize():f}"
    return "0" if text in ("-0", "") else text


def money(value: Decimal) -> str:
    """写成两位(或更多位)小数的钱数。"""
    places = max(2, -int(value.normalize().as_tuple().exponent))
    return f"{value:.{min(places, 6)}f}"
