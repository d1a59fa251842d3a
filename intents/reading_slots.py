"""从读法的栏目里取值:编码换成编号,文字换成整数(分、千分之一、万分之一);读不懂的数说清楚是哪个。"""

from __future__ import annotations

from datetime import date
from typing import Any

from core.commands import SaidLine
from core.errors import Invalid
from core.values import MILLI, scaled
from intents.frame import Catalog, Frame

FEN, E4 = 100, 10_000


def number(said: Any, scale: int, what: str) -> int:
    """“2.5”按 scale 放大成整数;看不懂或小数太长就拒绝。"""
    value = scaled(str(said), scale)
    if value is None:
        raise Invalid("number", f"{what}“{said}”看不懂，或小数太长。请改成普通数字再说一次。", said=said)
    return value


def day_of(said: Any) -> date | None:
    return date.fromisoformat(said) if said else None


def day(frame: Frame) -> date | None:
    return day_of(frame.slots.get("date"))


def text(frame: Frame, slot: str) -> str:
    return str(frame.slots.get(slot) or "")[:200]


def milli(said: Any) -> int:
    return number(said, MILLI, "数量")


def price_e4(said: Any) -> int:
    return number(said, E4, "价格")


def fen(frame: Frame) -> int:
    """金额,分;没说是 0。"""
    return number(frame.slots["amount"], FEN, "金额") if frame.slots.get("amount") else 0


def total_fen(frame: Frame) -> int | None:
    return number(frame.slots["amount"], FEN, "合计") if frame.slots.get("amount") else None


def partner_id(frame: Frame, catalog: Catalog) -> int | None:
    party = catalog.party_by_code.get(frame.slots.get("partner") or "")
    return party.id if party else None


def _line(line: dict[str, Any], catalog: Catalog, warehouse_id: int | None) -> SaidLine:
    place = catalog.place_by_code.get(line.get("warehouse") or "")
    return SaidLine(
        product_id=catalog.goods_by_code[line["product"]].id,
        said_milli=milli(line["qty"]),
        unit=line["unit"],
        price_e4=price_e4(line["price"]) if line.get("price") not in (None, "") else None,
        price_unit=line.get("price_unit"),
        amount_fen=number(line["amount"], FEN, "金额") if line.get("amount") else None,
        warehouse_id=place.id if place else warehouse_id,
        batch_no=line.get("batch"),
        mfg_date=day_of(line.get("production_date")),
        expiry_date=day_of(line.get("expiry_date")),
        gift=bool(line.get("gift")),
    )


def lines_of(frame: Frame, catalog: Catalog, slot: str = "lines") -> tuple[SaidLine, ...]:
    place = catalog.place_by_code.get(frame.slots.get("warehouse") or "")
    return tuple(_line(line, catalog, place.id if place else None) for line in frame.slots.get(slot) or ())
