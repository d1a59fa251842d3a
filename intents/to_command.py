"""一句话的读法 → 要执行的命令：编码换成编号，文字换成整数；不补任何没说的。"""

from collections.abc import Callable

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
    ReverseTogether,
    ScrapGoods,
    SendBack,
    SendTransfer,
    TakeBack,
    TakePayment,
)
from intents.frame import Catalog, Frame
from intents.office_commands import OFFICE_COMMANDS
from intents.reading_slots import day, day_of, fen, lines_of, partner_id, text, total_fen


def receive_goods(frame: Frame, catalog: Catalog) -> ReceiveGoods | ReceiveTransfer:
    """“收货 TR-…” takes in a transfer, everything else is a receipt."""
    number = text(frame, "document_no")
    if number.upper().startswith("TR"):
        return ReceiveTransfer(number, lines_of(frame, catalog), text(frame, "note"))
    return ReceiveGoods(
        lines_of(frame, catalog),
        partner_id(frame, catalog),
        bool(frame.slots.get("no_partner")),
        bool(frame.slots.get("no_price")),
        day(frame),
        total_fen(frame),
        text(frame, "note"),
    )


def deliver_goods(frame: Frame, catalog: Catalog) -> DeliverGoods:
    return DeliverGoods(
        lines_of(frame, catalog),
        partner_id(frame, catalog),
        bool(frame.slots.get("no_partner")),
        text(frame, "reason"),
        day(frame),
        total_fen(frame),
        text(frame, "note"),
    )


def place_order(frame: Frame, catalog: Catalog) -> PlaceOrder:
    return PlaceOrder(
        lines_of(frame, catalog),
        partner_id(frame, catalog) or 0,
        day(frame),
        total_fen(frame),
        bool(frame.slots.get("last_price")),
        text(frame, "note"),
    )


def take_payment(frame: Frame, catalog: Catalog) -> TakePayment:
    return TakePayment(
        partner_id(frame, catalog) or 0,
        fen(frame),
        text(frame, "method"),
        day(frame),
        text(frame, "note"),
    )


def pay_supplier(frame: Frame, catalog: Catalog) -> PaySupplier:
    return PaySupplier(
        partner_id(frame, catalog) or 0,
        fen(frame),
        text(frame, "method"),
        day(frame),
        text(frame, "note"),
    )


def reverse_document(frame: Frame, _catalog: Catalog) -> ReverseDocument | ReverseTogether:
    if frame.slots.get("together"):
        return ReverseTogether(text(frame, "document_no"))
    return ReverseDocument(frame.slots.get("document_no"))


def order_goods(frame: Frame, catalog: Catalog) -> OrderGoods:
    return OrderGoods(
        lines_of(frame, catalog),
        partner_id(frame, catalog) or 0,
        day(frame),
        total_fen(frame),
        text(frame, "note"),
    )


def take_back(frame: Frame, catalog: Catalog) -> TakeBack:
    return TakeBack(
        lines_of(frame, catalog),
        partner_id(frame, catalog) or 0,
        day(frame),
        total_fen(frame),
        text(frame, "note"),
    )


def send_back(frame: Frame, catalog: Catalog) -> SendBack:
    return SendBack(
        lines_of(frame, catalog),
        partner_id(frame, catalog) or 0,
        day(frame),
        total_fen(frame),
        text(frame, "note"),
    )


def send_transfer(frame: Frame, catalog: Catalog) -> SendTransfer:
    return SendTransfer(
        lines_of(frame, catalog),
        catalog.place_by_code[frame.slots["warehouse"]].id,
        catalog.place_by_code[frame.slots["to_warehouse"]].id,
        day(frame),
        text(frame, "note"),
    )


def count_stock(frame: Frame, catalog: Catalog) -> CountStock:
    return CountStock(
        lines_of(frame, catalog),
        day(frame),
        text(frame, "reason"),
        text(frame, "note"),
    )


def scrap_goods(frame: Frame, catalog: Catalog) -> ScrapGoods:
    return ScrapGoods(
        lines_of(frame, catalog),
        text(frame, "reason"),
        day(frame),
        text(frame, "note"),
    )


def repeat_order(frame: Frame, catalog: Catalog) -> RepeatOrder:
    period = frame.slots.get("period") or {}
    return RepeatOrder(
        partner_id(frame, catalog),
        frame.slots.get("document_no"),
        day_of(period.get("from")),
        day_of(period.get("to")),
        day(frame),
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
} | OFFICE_COMMANDS
