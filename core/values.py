"""钱、数量、单价，全部是整数：分、千分之一基本单位、万分之一元。"""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

# A unit people use for one another when the product has just one of the pair (corpus/SPEC.md rule 2).
SAME_UNITS = (
    frozenset({"箱", "件"}),
    frozenset({"听", "罐"}),
    frozenset({"包", "袋"}),
    frozenset({"支", "瓶"}),
)
GRAMS = {"斤": 500, "公斤": 1000, "千克": 1000, "kg": 1000, "两": 50, "克": 1, "g": 1}  # weight units

# fen: 1/100 元 · milli: 1/1000 base unit · e4: 1/10000 元 per stated unit · factor_milli: milli base units in one unit
MILLI = 1000
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")  # no DST since 1991; Windows ships no tz database
MAX_QUANTITY_MILLI = 10**12
MAX_MONEY_FEN = 10**13
MAX_PRICE_E4 = 10**15


def half_up(numerator: int, denominator: int) -> int:
    """numerator ÷ denominator rounded half away from zero; denominator > 0."""
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def share(value: int, part: int, whole: int) -> int:
    """What `part` of `whole` costs out of `value`; the last part takes all that is left."""
    return value if part == whole else half_up(value * part, whole)


def amount_fen(qty_milli: int, price_e4: int, factor_milli: int) -> int:
    """Line amount: base quantity × price of the stated unit, rounded once (books.md decision 28)."""
    return half_up(qty_milli * price_e4, factor_milli * 100)


def scaled(text: str, scale: int) -> int | None:
    """'12.5' with scale 1000 → 12500; None when it is no number or not whole at that scale."""
    try:
        number = Decimal(str(text)) * scale
    except InvalidOperation:
        return None
    return int(number) if number.is_finite() and number == number.to_integral_value() else None


def plain(value: int, scale: int) -> str:
    """12500 with scale 1000 → '12.5'."""
    text = f"{Decimal(value) / scale:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def yuan(fen: int) -> str:
    """172800 → '¥1,728.00'."""
    return f"{'-' if fen < 0 else ''}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def price_text(price_e4: int) -> str:
    """960000 → '¥96'; 85000 → '¥8.5'."""
    return "¥" + plain(price_e4, 10_000)


def in_units(qty_milli: int, units: dict[str, int], base: str, said: str | None = None) -> str:
    """A base quantity in words: '20箱(240瓶)', '1箱8瓶', '7瓶'; `said` = the unit the person used."""
    unit = said if said in units else max(units, key=lambda u: units[u], default=base)
    factor = units.get(unit, MILLI)
    if qty_milli == 0 and said in units:
        return f"0{said}"
    total = plain(qty_milli, MILLI) + base
    if factor <= MILLI or abs(qty_milli) < factor:
        return total
    whole, rest = divmod(abs(qty_milli), factor)
    words = f"{whole}{unit}" + (plain(rest, MILLI) + base if rest else "")
    sign = "-" if qty_milli < 0 else ""
    return f"{sign}{words}({total})" if not rest else f"{sign}{words}"


def to_day(instant: datetime, cut_hour: int = 0) -> date:
    """The business day of an instant: Asia/Shanghai, the day begins at `cut_hour`."""
    return (instant.astimezone(SHANGHAI) - timedelta(hours=cut_hour)).date()


def utc_now() -> datetime:
    return datetime.now(UTC)


SHELF_LIFE = re.compile(r"(\d+)([dm])")


def add_shelf_life(made: date, shelf_life: str) -> date:
    """Expiry = mfg date + '540d' days, or + '18m' calendar months (31 Jan + 1m = last of Feb; features.md §6.3)."""
    matched = SHELF_LIFE.fullmatch(shelf_life)
    if not matched:
        raise ValueError(f"shelf_life {shelf_life!r}")
    count = int(matched[1])
    if matched[2] == "d":
        return made + timedelta(days=count)
    return add_months(made, count)


def add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))


def shelf_life_days(shelf_life: str) -> int:
    """Days for comparing (a month counts 30); '' → 0."""
    matched = SHELF_LIFE.fullmatch(shelf_life or "")
    return int(matched[1]) * (1 if matched[2] == "d" else 30) if matched else 0
