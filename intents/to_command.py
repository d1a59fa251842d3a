"""一句话的读法 → 要执行的命令：编码换成编号，文字换成整数；不补任何没说的。"""

from collections.abc import Callable
from datetime import date
from typing import Any

from core.commands import (
    CountStock,
    DeliverGoods,
    OrderGoods,
    PaySupplier,
    PlaceOrder,
    ReceiveGoods,
    ReceiveTransfer,
    RepeatOrder,
    ReverseDocument,
    SaidLine,
    ScrapGoods,
    SendBack,
    SendTransfer,
    TakeBack,
    TakePayment,
)
from core.errors import Invalid
from core.values import MILLI, scaled
from intents.frame import Catalog, Frame

FEN, E4 = 100, 10_000


def _number(text: Any, scale: int, what: str) -> int:
    value = scaled(str(text), scale)
    if value is None:
        raise Invalid("number", f"{what}“{text}”看不懂，或小数太长。请改成普通数字再说一次。", said=text)
    return value


def _day(text: Any) -> date | None:
    return date.fromisoformat(text) if text else None


def _line(line: dict[str, Any], catalog: Catalog, warehouse_id: int | None) -> SaidLine:
    place = catalog.place_by_code.get(line.get("warehouse") or "")
    return SaidLine(
        product_id=catalog.goods_by_code[line["product"]].id,
        said_milli=_number(line["qty"], MILLI, "数量"),
        unit=line["unit"],
        price_e4=_number(line["price"], E4, "价格") if line.get("price") not in (None, "") else None,
        price_unit=line.get("price_unit"),
        amount_fen=_number(line["amount"], FEN, "金额") if line.get("amount") else None,
        warehouse_id=place.id if place else warehouse_id,
        batch_no=line.get("batch"),
        mfg_date=_day(line.get("production_date")),
        expiry_date=_day(line.get("expiry_date")),
        gift=bool(line.get("gift")),
    )


def _lines(frame: Frame, catalog: Catalog) -> tuple[SaidLine, ...]:
    place = catalog.place_by_code.get(frame.slots.get("warehouse") or "")
    return tuple(_line(line, catalog, place.id if place else None) for line in frame.slots.get("lines") or ())


def _partner(frame: Frame, catalog: Catalog) -> int | None:
    party = catalog.party_by_code.get(frame.slots.get("partner") or "")
    return party.id if party else None


def _total(frame: Frame) -> int | None:
    return _number(frame.slots["amount"], FEN, "合计") if frame.slots.get("amount") else None


def _note(frame: Frame) -> str:
    return str(frame.slots.get("note") or "")[:200]


def receive_goods(frame: Frame, catalog: Catalog) -> ReceiveGoods | ReceiveTransfer:
    """“收货 TR-…” takes in a transfer, everything else is a receipt."""
    number = str(frame.slots.get("document_no") or "")
    if number.upper().startswith("TR"):
        return ReceiveTransfer(number, _lines(frame, catalog), _note(frame))
    return ReceiveGoods(
        _lines(frame, catalog),
        _partner(frame, catalog),
        bool(frame.slots.get("no_partner")),
        bool(frame.slots.get("no_price")),
        _day(frame.slots.get("date")),
        _total(frame),
        _note(frame),
    )


def deliver_goods(frame: Frame, catalog: Catalog) -> DeliverGoods:
    return DeliverGoods(
        _lines(frame, catalog),
        _partner(frame, catalog),
        bool(frame.slots.get("no_partner")),
        str(frame.slots.get("reason") or ""),
        _day(frame.slots.get("date")),
        _total(frame),
        _note(frame),
    )


def place_order(frame: Frame, catalog: Catalog) -> PlaceOrder:
    return PlaceOrder(
        _lines(frame, catalog),
        _partner(frame, catalog) or 0,
        _day(frame.slots.get("date")),
        _total(frame),
        bool(frame.slots.get("last_price")),
        _note(frame),
    )


def take_payment(frame: Frame, catalog: Catalog) -> TakePayment:
    return TakePayment(
        _partner(frame, catalog) or 0,
        _number(frame.slots["amount"], FEN, "金额"),
        str(frame.slots.get("method") or ""),
        _day(frame.slots.get("date")),
        _note(frame),
    )


def pay_supplier(frame: Frame, catalog: Catalog) -> PaySupplier:
    return PaySupplier(
        _partner(frame, catalog) or 0,
        _number(frame.slots["amount"], FEN, "金额"),
        str(frame.slots.get("method") or ""),
        _day(frame.slots.get("date")),
        _note(frame),
    )


def reverse_document(frame: Frame, _catalog: Catalog) -> ReverseDocument:
    return ReverseDocument(frame.slots.get("document_no"))


def order_goods(frame: Frame, catalog: Catalog) -> OrderGoods:
    return OrderGoods(
        _lines(frame, catalog),
        _partner(frame, catalog) or 0,
        _day(frame.slots.get("date")),
        _total(frame),
        _note(frame),
    )


def take_back(frame: Frame, catalog: Catalog) -> TakeBack:
    return TakeBack(
        _lines(frame, catalog),
        _partner(frame, catalog) or 0,
        _day(frame.slots.get("date")),
        _total(frame),
        _note(frame),
    )


def send_back(frame: Frame, catalog: Catalog) -> SendBack:
    return SendBack(
        _lines(frame, catalog),
        _partner(frame, catalog) or 0,
        _day(frame.slots.get("date")),
        _total(frame),
        _note(frame),
    )


def send_transfer(frame: Frame, catalog: Catalog) -> SendTransfer:
    return SendTransfer(
        _lines(frame, catalog),
        catalog.place_by_code[frame.slots["warehouse"]].id,
        catalog.place_by_code[frame.slots["to_warehouse"]].id,
        _day(frame.slots.get("date")),
        _note(frame),
    )


def count_stock(frame: Frame, catalog: Catalog) -> CountStock:
    return CountStock(
        _lines(frame, catalog),
        _day(frame.slots.get("date")),
        str(frame.slots.get("reason") or ""),
        _note(frame),
    )


def scrap_goods(frame: Frame, catalog: Catalog) -> ScrapGoods:
    return ScrapGoods(
        _lines(frame, catalog),
        str(frame.slots.get("reason") or ""),
        _day(frame.slots.get("date")),
        _note(frame),
    )


def repeat_order(frame: Frame, catalog: Catalog) -> RepeatOrder:
    period = frame.slots.get("period") or {}
    return RepeatOrder(
        _partner(frame, catalog),
        frame.slots.get("document_no"),
        _day(period.get("from")),
        _day(period.get("to")),
        _day(frame.slots.get("date")),
    )


TO_COMMAND: dict[str, Callable[[Frame, Catalog], object]] = {
    "stock_in": receive_goods,
    "stock_out": deliver_goods,
    "sales_order": place_order,
    "repeat_order": repeat_order,
    "purchase_order": order_goods,
    "sales_return": take_back,
    "purchase_return": send_back,
    "transfer": send_transfer,
    "stocktake": count_stock,
    "scrap": scrap_goods,
    "receive_payment": take_payment,
    "make_payment": pay_supplier,
    "undo": reverse_document,
}
