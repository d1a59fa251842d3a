"""商品的子表：单位换算、条码、别名、价目。"""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_web import typed
from admin_web.fields import Given, read_name
from admin_web.names import Names
from admin_web.rows import CellError, Cells, Column, Row, Rows
from core.catalog import alias, barcode, check_barcode, price, product, product_unit
from core.errors import Invalid
from core.rights import PURCHASE_PRICE, SALES_PRICE, sees
from core.values import MILLI, plain

SIDES = {"S": "售价", "P": "进价"}
NO_PARTNER = "没有叫“{}”的往来单位。请从提示里选。"


def _unit_in(cells: Cells, given: Given) -> str:
    unit = typed.tidy(cells["unit"]) or given.base_unit
    if unit not in given.units:
        raise CellError("unit", f"单位“{unit}”还没写在单位换算里。可以用：{'、'.join(given.units)}。")
    return unit


def _id_of(column: str, cells: Cells, known: dict[int, str], missing: str) -> int | None:
    try:
        return read_name(typed.tidy(cells[column]), known, missing)
    except ValueError as wrong:
        raise CellError(column, str(wrong)) from wrong


# ── 单位换算 ──


def load_units(session: Session, product_id: int) -> list[Row]:
    query = (
        select(product_unit.c.unit, product_unit.c.factor_milli)
        .join(product, product.c.id == product_unit.c.product_id)
        .where(product.c.id == product_id, product_unit.c.unit != product.c.base_unit)
        .order_by(product_unit.c.factor_milli, product_unit.c.unit)
    )
    return [dict(row) for row in session.execute(query).mappings()]


def write_unit(row: Row, names: Names) -> Cells:
    return {"unit": row["unit"], "factor": plain(row["factor_milli"], MILLI)}


def read_unit(cells: Cells, given: Given) -> Row:
    unit = typed.tidy(cells["unit"])
    if unit == given.base_unit:
        raise CellError("unit", f"“{unit}”就是基本单位，不用写换算。")
    try:
        factor = typed.read_factor(cells["factor"], given.base_unit)
    except ValueError as wrong:
        raise CellError("factor", str(wrong)) from wrong
    given.units[unit] = factor
    return {"unit": unit, "factor_milli": factor}


# ── 条码 ──


def load_barcodes(session: Session, product_id: int) -> list[Row]:
    query = (
        select(barcode.c.code, barcode.c.unit)
        .where(barcode.c.product_id == product_id)
        .order_by(barcode.c.code)
    )
    return [dict(row) for row in session.execute(query).mappings()]


def write_barcode(row: Row, names: Names) -> Cells:
    return {"code": row["code"], "unit": row["unit"]}


def read_barcode(cells: Cells, given: Given) -> Row:
    code = typed.tidy(cells["code"])
    try:
        check_barcode(code)
    except Invalid as wrong:
        raise CellError("code", str(wrong)) from wrong
    return {"code": code, "unit": _unit_in(cells, given)}


# ── 别名 ──


def load_aliases(session: Session, product_id: int) -> list[Row]:
    query = (
        select(alias.c.word, alias.c.partner_id, alias.c.staff_id)
        .where(alias.c.product_id == product_id)
        .order_by(alias.c.id)
    )
    return [dict(row) for row in session.execute(query).mappings()]


def alias_visible(row: Row, names: Names) -> bool:
    return row["partner_id"] is None or row["partner_id"] in names.partners


def write_alias(row: Row, names: Names) -> Cells:
    return {
        "word": row["word"],
        "partner": names.partners.get(row["partner_id"], ""),
        "staff": names.people.get(row["staff_id"], ""),
    }


def read_alias(cells: Cells, given: Given) -> Row:
    return {
        "word": typed.tidy(cells["word"]),
        "partner_id": _id_of("partner", cells, given.names.partners, NO_PARTNER),
        "staff_id": _id_of("staff", cells, given.names.people, "没有叫“{}”的员工。请从提示里选。"),
    }


# ── 价目 ──


def load_prices(session: Session, product_id: int) -> list[Row]:
    names = ("side", "partner_id", "level", "unit", "price_e4", "valid_from")
    query = (
        select(*(price.c[name] for name in names))
        .where(price.c.product_id == product_id)
        .order_by(
            price.c.side.desc(),
            price.c.valid_from,
            price.c.partner_id,
            price.c.level,
            price.c.unit,
            price.c.price_e4,
        )
    )
    return [dict(row) for row in session.execute(query).mappings()]


def sides_seen(names: Names) -> list[tuple[str, str]]:
    rights = {"S": SALES_PRICE, "P": PURCHASE_PRICE}
    return [(side, label) for side, label in SIDES.items() if sees(names.actor, rights[side])]


def price_visible(row: Row, names: Names) -> bool:
    return row["side"] in dict(sides_seen(names)) and alias_visible(row, names)


def write_price(row: Row, names: Names) -> Cells:
    return {
        "side": row["side"],
        "unit": row["unit"],
        "price": typed.price_plain(row["price_e4"]),
        "level": row["level"] or "",
        "partner": names.partners.get(row["partner_id"], ""),
        "valid_from": row["valid_from"].isoformat(),
    }


def read_price_row(cells: Cells, given: Given) -> Row:
    if cells["side"] not in dict(sides_seen(given.names)):
        raise CellError("side", "请选售价或进价。")
    partner_id = _id_of("partner", cells, given.names.partners, NO_PARTNER)
    level = typed.tidy(cells["level"]) or None
    if partner_id and level:
        raise CellError("level", "单位和等级只能填一个：给某一家的价，或给某个等级的价。")
    return {
        "side": cells["side"],
        "partner_id": partner_id,
        "level": level,
        "unit": _unit_in(cells, given),
        "price_e4": _price(cells["price"]),
        "valid_from": _day(cells["valid_from"]),
    }


def _price(text: str) -> int:
    try:
        return typed.read_price(text)
    except ValueError as wrong:
        raise CellError("price", str(wrong)) from wrong


def _day(text: str) -> date:
    try:
        return typed.read_day(text)
    except ValueError as wrong:
        raise CellError("valid_from", str(wrong)) from wrong


UNITS = Rows(
    "units",
    "单位换算",
    (
        Column("unit", "单位", "箱", required=True),
        Column("factor", "等于多少", "12", required=True, numeric=True),
    ),
    load_units,
    write_unit,
    read_unit,
    twice=("unit",),
    hint="写大单位等于多少基本单位，例如 1 箱 = 12 瓶。",
)
BARCODES = Rows(
    "barcodes",
    "条码",
    (
        Column("code", "条码", "13 位数字", required=True, numeric=True),
        Column("unit", "扫到算哪个单位", "不填是基本单位", suggest="units"),
    ),
    load_barcodes,
    write_barcode,
    read_barcode,
    twice=("code",),
    hint="箱码、瓶码各写一行；校验位不对会提醒。",
)
ALIASES = Rows(
    "aliases",
    "别名",
    (
        Column("word", "别名 / 俗称", "生抽", required=True),
        Column("partner", "只用于这家", "不填是都能用", suggest="partners"),
        Column("staff", "只用于这人", "不填是都能用", suggest="people"),
    ),
    load_aliases,
    write_alias,
    read_alias,
    visible=alias_visible,
    twice=("word", "partner_id", "staff_id"),
    hint="说这个词也找得到这个商品。",
)
PRICES = Rows(
    "prices",
    "价目",
    (
        Column("side", "哪种价", kind="choice", required=True, choices=sides_seen),
        Column("price", "单价（元）", "120", required=True, numeric=True),
        Column("unit", "每", "不填是基本单位", suggest="units"),
        Column("partner", "只给这家", "不填是都用", suggest="partners"),
        Column("level", "只给这个等级", "批发"),
        Column("valid_from", "从哪天起", kind="day", required=True),
    ),
    load_prices,
    write_price,
    read_price_row,
    visible=price_visible,
    sees=(*SALES_PRICE, *PURCHASE_PRICE),
    twice=("side", "partner_id", "level", "unit", "valid_from"),
    hint="同一种价，日期最近的那条算数。",
)

PRODUCT_ROWS: tuple[Rows, ...] = (UNITS, BARCODES, ALIASES, PRICES)
