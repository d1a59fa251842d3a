"""办公室里那些事的读法 → 要执行的命令;和 to_command.py 一样,不补任何没说的。"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from core.commands import (
    AddCost,
    ClaimSupplier,
    CloseBooks,
    CloseOrder,
    CorrectPrice,
    CutPrice,
    Decide,
    DeliverPicked,
    EarnMoney,
    ExchangeGoods,
    ForgetName,
    HoldGoods,
    LearnName,
    MoveFunds,
    NetOff,
    OrderByQuote,
    PickGoods,
    PutAway,
    RecallBatch,
    RecordQuote,
    ReleaseGoods,
    ReopenBooks,
    ReopenItems,
    RequestGoods,
    SaveTemplate,
    SettleItems,
    SignDelivery,
    SpendMoney,
    UnholdGoods,
    UseTemplate,
    WithdrawDraft,
    WriteOff,
)
from intents.frame import Catalog, Frame
from intents.reading_slots import day, fen, lines_of, milli, partner_id, price_e4, text


def spend_money(frame: Frame, _catalog: Catalog) -> SpendMoney:
    return SpendMoney(
        fen(frame),
        text(frame, "reason") or text(frame, "what"),
        text(frame, "method"),
        day(frame),
        text(frame, "note"),
    )


def earn_money(frame: Frame, _catalog: Catalog) -> EarnMoney:
    return EarnMoney(
        fen(frame),
        text(frame, "reason") or text(frame, "what"),
        text(frame, "method"),
        day(frame),
        text(frame, "note"),
    )


def move_funds(frame: Frame, _catalog: Catalog) -> MoveFunds:
    return MoveFunds(
        fen(frame), text(frame, "source"), text(frame, "target"), day(frame), text(frame, "note")
    )


def _others(frame: Frame) -> tuple[str, ...]:
    said = frame.slots.get("others") or ()
    return (said,) if isinstance(said, str) else tuple(said)


def settle_items(frame: Frame, _catalog: Catalog) -> SettleItems:
    return SettleItems(text(frame, "document_no"), _others(frame), fen(frame) or None, day(frame))


def reopen_items(frame: Frame, _catalog: Catalog) -> ReopenItems:
    return ReopenItems(text(frame, "document_no"), _others(frame)[0], day(frame))


def net_off(frame: Frame, catalog: Catalog) -> NetOff:
    return NetOff(partner_id(frame, catalog) or 0, fen(frame) or None, day(frame))


def write_off(frame: Frame, catalog: Catalog) -> WriteOff:
    return WriteOff(
        partner_id(frame, catalog) or 0,
        fen(frame) or None,
        text(frame, "document_no") or None,
        text(frame, "owed"),
        day(frame),
        text(frame, "what"),
    )


def add_cost(frame: Frame, _catalog: Catalog) -> AddCost:
    return AddCost(text(frame, "document_no"), fen(frame))


def cut_price(frame: Frame, _catalog: Catalog) -> CutPrice:
    return CutPrice(text(frame, "document_no"), fen(frame))


def correct_price(frame: Frame, catalog: Catalog) -> CorrectPrice:
    line = frame.slots["lines"][0]
    return CorrectPrice(
        text(frame, "document_no"),
        catalog.goods_by_code[line["product"]].id,
        price_e4(line["price"]),
        line.get("price_unit"),
    )


def claim_supplier(frame: Frame, catalog: Catalog) -> ClaimSupplier:
    return ClaimSupplier(
        partner_id(frame, catalog) or 0, fen(frame), text(frame, "document_no") or None, text(frame, "what")
    )


def close_books(frame: Frame, _catalog: Catalog) -> CloseBooks:
    return CloseBooks(date.fromisoformat(text(frame, "date")))


def reopen_books(_frame: Frame, _catalog: Catalog) -> ReopenBooks:
    return ReopenBooks()


def release_goods(frame: Frame, catalog: Catalog) -> ReleaseGoods:
    return ReleaseGoods(lines_of(frame, catalog))


def _aim(frame: Frame, catalog: Catalog) -> tuple[int | None, str | None, int | None, int | None, str | None]:
    """商品、批次、仓库、数量、单位:没说的是 None,就是全部。"""
    line = (frame.slots.get("lines") or [{}])[0]
    goods = catalog.goods_by_code.get(line.get("product") or "")
    place = catalog.place_by_code.get(frame.slots.get("warehouse") or "")
    return (
        goods.id if goods else None,
        text(frame, "batch") or line.get("batch"),
        place.id if place else None,
        milli(line["qty"]) if line.get("qty") else None,
        line.get("unit"),
    )


def _why(frame: Frame) -> str:
    return text(frame, "reason") or text(frame, "what")


def hold_goods(frame: Frame, catalog: Catalog) -> HoldGoods:
    return HoldGoods(*_aim(frame, catalog), _why(frame))


def unhold_goods(frame: Frame, catalog: Catalog) -> UnholdGoods:
    return UnholdGoods(*_aim(frame, catalog), _why(frame))


def recall_batch(frame: Frame, catalog: Catalog) -> RecallBatch:
    product_id, batch_no, *_ = _aim(frame, catalog)
    return RecallBatch(batch_no or "", product_id, _why(frame))


def exchange_goods(frame: Frame, catalog: Catalog) -> ExchangeGoods:
    return ExchangeGoods(
        lines_of(frame, catalog),
        partner_id(frame, catalog) or 0,
        lines_of(frame, catalog, "out"),
        day(frame),
        text(frame, "reason"),
    )


def put_away(frame: Frame, catalog: Catalog) -> PutAway:
    product_id, _, place, qty, unit = _aim(frame, catalog)
    return PutAway(product_id or 0, text(frame, "to_bin"), text(frame, "from_bin") or None, qty, unit, place)


def pick_goods(frame: Frame, catalog: Catalog) -> PickGoods:
    one = text(frame, "document_no")
    return PickGoods(_others(frame) or ((one,) if one else ()), partner_id(frame, catalog))


def deliver_picked(frame: Frame, catalog: Catalog) -> DeliverPicked:
    lines = lines_of(frame, catalog) if frame.slots.get("lines") else ()
    return DeliverPicked(text(frame, "document_no") or None, lines, day(frame))


def close_order(frame: Frame, _catalog: Catalog) -> CloseOrder:
    return CloseOrder(text(frame, "document_no"))


def sign_delivery(frame: Frame, _catalog: Catalog) -> SignDelivery:
    return SignDelivery(text(frame, "document_no"), signed_by=text(frame, "what"))


def withdraw_draft(frame: Frame, _catalog: Catalog) -> WithdrawDraft:
    return WithdrawDraft(text(frame, "document_no"))


def request_goods(frame: Frame, catalog: Catalog) -> RequestGoods:
    return RequestGoods(lines_of(frame, catalog), day(frame), text(frame, "note"))


def record_quote(frame: Frame, catalog: Catalog) -> RecordQuote:
    return RecordQuote(text(frame, "document_no"), partner_id(frame, catalog) or 0, lines_of(frame, catalog))


def order_by_quote(frame: Frame, _catalog: Catalog) -> OrderByQuote:
    return OrderByQuote(text(frame, "document_no"), day(frame))


def approve(frame: Frame, _catalog: Catalog) -> Decide:
    return Decide(text(frame, "document_no"), True, text(frame, "note"))


def refuse(frame: Frame, _catalog: Catalog) -> Decide:
    return Decide(text(frame, "document_no"), False, text(frame, "note"))


def save_template(frame: Frame, _catalog: Catalog) -> SaveTemplate:
    return SaveTemplate(text(frame, "name"), text(frame, "document_no"))


def use_template(frame: Frame, _catalog: Catalog) -> UseTemplate:
    return UseTemplate(text(frame, "name"), promised_on=day(frame))


def learn_name(frame: Frame, catalog: Catalog) -> LearnName:
    scope = text(frame, "scope")
    return LearnName(
        text(frame, "word"),
        catalog.goods_by_code[text(frame, "product")].id,
        scope,
        partner_id(frame, catalog) if scope == "partner" else None,
    )


def forget_name(frame: Frame, _catalog: Catalog) -> ForgetName:
    return ForgetName(text(frame, "name"), frame.slots.get("alias_id"))


OFFICE_COMMANDS: dict[str, Callable[[Frame, Catalog], object]] = {
    "spend_money": spend_money,
    "earn_money": earn_money,
    "move_funds": move_funds,
    "settle_items": settle_items,
    "reopen_items": reopen_items,
    "net_off": net_off,
    "write_off": write_off,
    "add_cost": add_cost,
    "cut_price": cut_price,
    "correct_price": correct_price,
    "claim_supplier": claim_supplier,
    "close_books": close_books,
    "reopen_books": reopen_books,
    "release_goods": release_goods,
    "hold_goods": hold_goods,
    "unhold_goods": unhold_goods,
    "recall_batch": recall_batch,
    "exchange_goods": exchange_goods,
    "put_away": put_away,
    "pick_goods": pick_goods,
    "deliver_picked": deliver_picked,
    "close_order": close_order,
    "sign_delivery": sign_delivery,
    "withdraw_draft": withdraw_draft,
    "purchase_request": request_goods,
    "record_quote": record_quote,
    "order_by_quote": order_by_quote,
    "approve": approve,
    "refuse": refuse,
    "save_template": save_template,
    "use_template": use_template,
    "learn_name": learn_name,
    "forget_name": forget_name,
}
