"""人写的字与账里的整数互换：元、箱、保质期、日期、比例；写错了用一句话说清怎么写。"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date

from core.values import MAX_MONEY_FEN, MAX_QUANTITY_MILLI, MILLI, plain, scaled
from intents.numbers import parse

FEN, E4 = 100, 10_000  # parts of one 元: money and unit prices
_NUMBER = re.compile(r"\d+(\.\d+)?")
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)([^\d.]*)")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_LIFE = re.compile(r"(\d+)(d|天|日|m|个月|月|y|年)(半?)")
_FRACTION = re.compile(r"(\d+)/(\d+)")
_CHINESE = re.compile("[零一二两三四五六七八九十百]+")


def tidy(text: str) -> str:
    """Full-width to half-width, no blanks around."""
    return unicodedata.normalize("NFKC", text).strip()


def read_money(text: str) -> int:
    """'1,234.5元' → 123450 分. Raises ValueError with the sentence to show."""
    return _scaled(text, FEN, "金额最多写到分（两位小数）")


def read_price(text: str) -> int:
    """'9.6' → 96000 (1/10000 元 per unit)."""
    return _scaled(text, E4, "单价最多四位小数")


def _scaled(text: str, scale: int, too_fine: str) -> int:
    number = tidy(text).replace(",", "").removeprefix("¥").removesuffix("元").strip()
    if number.startswith("-"):
        raise ValueError(f"“{text}”是负数。这里不能填负数，请改成 0 或以上。")
    if not _NUMBER.fullmatch(number):
        raise ValueError(f"“{text}”不是数字。请写成 8.5 这样，单位是元。")
    value = scaled(number, scale)
    if value is None:
        raise ValueError(f"“{text}”写得太细。{too_fine}。")
    if value * FEN > MAX_MONEY_FEN * scale:
        raise ValueError(f"“{text}”大得不像真的。请核对后重填。")
    return value


def money_text(fen: int) -> str:
    return plain(fen, FEN)


def price_plain(price_e4: int) -> str:
    return plain(price_e4, E4)


def read_factor(text: str, base_unit: str) -> int:
    """How many base units are in one unit: '12' or '12瓶' → 12000."""
    number = tidy(text).removesuffix(base_unit).strip()
    value = scaled(number, MILLI) if _NUMBER.fullmatch(number) else None
    if not value:
        raise ValueError(f"“{text}”不行。请写一个大于 0 的数，例如 12（最多三位小数）。")
    if value > MAX_QUANTITY_MILLI:
        raise ValueError(f"“{text}”大得不像真的。请核对后重填。")
    return value


def read_quantity(text: str, units: Mapping[str, int], base_unit: str) -> int:
    """'20箱5瓶', '240' → 1/1000 base units; a number alone counts base units."""
    said = tidy(text).replace(",", "")
    if said.startswith("-"):
        raise ValueError(f"“{text}”是负数。请改成 0 或以上。")
    parts = _QUANTITY.findall(said)
    if not parts or "".join(number + unit for number, unit in parts) != said:
        raise ValueError(f"“{text}”看不懂。请写成“20箱”“20箱5{base_unit}”或“240”。")
    total = sum(_in_base(text, number, unit.strip() or base_unit, units) for number, unit in parts)
    if total > MAX_QUANTITY_MILLI:
        raise ValueError(f"“{text}”大得不像真的。请核对后重填。")
    return total


def _in_base(text: str, number: str, unit: str, units: Mapping[str, int]) -> int:
    if unit not in units:
        raise ValueError(f"没有单位“{unit}”。可以用：{'、'.join(units)}。")
    milli = scaled(number, MILLI)
    whole, rest = divmod((milli or 0) * units[unit], MILLI)
    if milli is None or rest:
        raise ValueError(f"“{text}”换算后不是整数。最多三位小数。")
    return whole


def read_shelf_life(text: str) -> str:
    """'18个月' → '18m', '540天' → '540d', '两年' → '24m', '一年半' → '18m'."""
    said = tidy(text).lower().replace(" ", "")
    if said == "半年":
        return "6m"
    said = _CHINESE.sub(lambda found: str(parse(found[0])), said)
    found = _LIFE.fullmatch(said)
    years = found is not None and found[2] in ("年", "y")
    if not found or int(found[1]) == 0 or (found[3] and not years):
        raise ValueError(f"“{text}”看不懂。请写成“18个月”“540天”或“两年”。")
    count = int(found[1]) * (12 if years else 1) + (6 if found[3] else 0)
    days = found[2] in ("d", "天", "日")
    if count > (36500 if days else 1200):
        raise ValueError(f"“{text}”太长，不像真的。请核对后重填。")
    return f"{count}{'d' if days else 'm'}"


def shelf_life_text(shelf_life: str) -> str:
    return f"{shelf_life[:-1]}{'天' if shelf_life.endswith('d') else '个月'}"


def read_day(text: str) -> date:
    """'2026-01-05', '2026/1/5', '2026年1月5日'."""
    found = _DATE.fullmatch(tidy(text))
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise ValueError(f"“{text}”不是日期。请写成 2026-01-05。")


def read_share(text: str) -> int:
    """'1/3' → 333, '66.7%' → 667, '50' → 500 (permille)."""
    said = tidy(text).replace(" ", "")
    fraction = _FRACTION.fullmatch(said)
    if fraction and int(fraction[2]) > 0:
        permille: int | None = int(fraction[1]) * 1000 // int(fraction[2])
    else:
        number = said.removesuffix("%")
        permille = scaled(number, 10) if _NUMBER.fullmatch(number) else None
    if permille is None or permille > 1000:
        raise ValueError(f"“{text}”看不懂。请写成“1/3”或“33.3%”，不超过 100%。")
    return permille


def share_text(permille: int) -> str:
    return plain(permille, 10) + "%"


def read_words(text: str) -> list[str]:
    """'老王、王记,王老板' → three words, each once."""
    words = [word.strip() for word in re.split(r"[、,;\n]", tidy(text))]
    return list(dict.fromkeys(word for word in words if word))
