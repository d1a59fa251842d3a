"""运费、票差、价保：货到之后才知道的钱，摊到那张入库单上；还在的改成本，出掉的算今天的销售成本。"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import case, func, select

from core.catalog import Goods, goods_by_id
from core.commands.order_goods import the_supplier
from core.commands.pay import check_amount
from core.documents import Draft, Line, by_number, document, document_line, stands
from core.drafting import business_day, card, post_prepared
from core.errors import Invalid
from core.late_costs import Whereabouts, mark_prices, whereabouts
from core.locks import lock_batches, lock_documents
from core.partners import due_date
from core.posting_rules import CORRECTED, ESTIMATED, KIND_NAMES, Kind, Role
from core.prepared import Prepared
from core.tx import Tx
from core.values import MAX_PRICE_E4, amount_fen, price_text, share, yuan


@dataclass(frozen=True, slots=True)
class AddCost:
    """A cost that came later, onto all goods of a receipt by their value, or onto one. partner_id: whom we owe it, unless the supplier."""

    number: str
    amount_fen: int
    what: str = "运费"
    partner_id: int | None = None
    product_id: int | None = None
    day: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class CutPrice:
    """What the receipt's supplier takes off afterwards (价保, 返利 …): off what we owe him and off the cost."""

    number: str
    amount_fen: int
    what: str = "价保"
    product_id: int | None = None
    day: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class CorrectPrice:
    """The price of these goods on that receipt is this after all, per price_unit (unsaid: the unit of the receipt's price)."""

    number: str
    product_id: int
    price_e4: int
    price_unit: str | None = None
    day: date | None = None
    note: str = ""


def prepare_adding(tx: Tx, command: AddCost) -> Prepared:
    """Order: amount → day → receipt → whom we owe → how much on which goods. Raises NotFound, Invalid."""
    check_amount(command.amount_fen, command.what, f"{command.what} {command.number} 200")
    return _prepare(tx, command, Kind.LATE_COST, command.partner_id)


def prepare_cutting(tx: Tx, command: CutPrice) -> Prepared:
    check_amount(command.amount_fen, command.what, f"{command.what} {command.number} 200")
    return _prepare(tx, command, Kind.PRICE_CUT, None)


def _prepare(tx: Tx, command: AddCost | CutPrice, kind: Kind, partner_id: int | None) -> Prepared:
    day = business_day(tx, command.day)
    receipt, supplier, rows, goods = _receipt(tx, command.number, command.product_id, partner_id)
    worth = sum(row.amount_fen for row in rows)
    if kind is Kind.PRICE_CUT and command.amount_fen > worth:
        raise Invalid(
            "more_than_worth",
            f"{receipt.number} 的货一共 {yuan(worth)}，减不了 {yuan(command.amount_fen)}。请核对金额或单号。",
        )
    weights = [row.amount_fen for row in rows] if worth else [row.qty_milli for row in rows]
    parts = _shared(command.amount_fen, weights)
    return _drafted(tx, kind, command, command.what, day, receipt, supplier, rows, parts, goods)


def _receipt(
    tx: Tx, number: str, product_id: int | None, partner_id: int | None
) -> tuple[Any, Any, list[Any], dict[int, Goods]]:
    """(receipt, whom we owe, its paid lines, their goods), locked: document → partner."""
    receipt = by_number(tx.conn, tx.company_id, number)
    if receipt.kind != Kind.GOODS_RECEIPT:
        raise Invalid(
            "not_receipt",
            f"{receipt.number} 是{KIND_NAMES[Kind(receipt.kind)]}，这笔钱要摊到采购入库单上。请说入库单号，例如 GR-20260115-0001。",
        )
    lock_documents(tx, [receipt.id])
    if not tx.conn.execute(select(document.c.id).where(document.c.id == receipt.id, stands())).first():
        raise Invalid("not_standing", f"{receipt.number} 已红冲，没有货可摊。请说别的入库单号。")
    supplier = the_supplier(tx, partner_id or receipt.partner_id)
    query = select(document_line).where(
        document_line.c.document_id == receipt.id, document_line.c.role == Role.LINE.value
    )
    if product_id is not None:
        query = query.where(document_line.c.product_id == product_id)
    rows = list(tx.conn.execute(query.order_by(document_line.c.line_no)))
    if not rows:
        raise Invalid("not_on_receipt", f"{receipt.number} 上没有这种货（赠品不算）。请核对商品或单号。")
    goods = goods_by_id(tx.conn, tx.company_id, {row.product_id for row in rows}, stopped_too=True)
    return receipt, supplier, rows, goods


def _shared(amount: int, weights: Sequence[int]) -> list[int]:
    """The amount shared out by weight; the last takes the rest."""
    parts, whole = [], sum(weights)
    for weight in weights:
        part = share(amount, weight, whole) if whole else amount
        parts.append(part)
        amount, whole = amount - part, whole - weight
    return parts


def _drafted(
    tx: Tx,
    kind: Kind,
    command: AddCost | CutPrice | CorrectPrice,
    what: str,
    day: date,
    receipt: Any,
    supplier: Any,
    rows: list[Any],
    parts: list[int],
    goods: dict[int, Goods],
    **price: Any,
) -> Prepared:
    pools = lock_batches(tx, {row.batch_id for row in rows})
    places = {one: whereabouts(tx, receipt.id, one) for one in pools}
    lines, shares = [], []
    for row, fen in zip(rows, parts, strict=True):
        pool = pools[row.batch_id]
        left, back = _split(places[row.batch_id], fen, pool.value_fen if kind is Kind.PRICE_CUT else fen)
        pool.value_fen -= left if kind is Kind.PRICE_CUT else 0
        if fen - back or not back:
            lines.append(_line(Role.LINE, row, fen - back, left, what, price))
        if back:
            lines.append(_line(Role.RETURNED, row, back, 0, what, price))
        shares.append(
            {
                "product": goods[row.product_id].title,
                "fen": fen,
                "left_fen": left,
                "gone_fen": fen - left - back,
                "back_fen": back,
            }
        )
    draft = Draft(
        kind,
        lines,
        day,
        supplier.id,
        parent_id=receipt.id,
        due_date=due_date(supplier.terms, day),
        note=command.note,
    )
    owing = {"owed": "应付", "due": str(draft.due_date)} if kind is Kind.LATE_COST else {"credits": "应付"}
    if not draft.total_fen:
        owing = {}
    shown = card(
        tx,
        f"记{what}",
        draft,
        partner=supplier.name,
        of=receipt.number,
        reason=f"{what} {receipt.number}",
        shares=[one for one in shares if one["fen"]],
        **owing,
    )
    facts = [kind, receipt.id, supplier.id, day, what, parts]  # where the goods are may move meanwhile
    return Prepared(shown, facts, draft, [], [], draft.total_fen, goods=goods)


def _split(where: Whereabouts, fen: int, most: int) -> tuple[int, int]:
    """(on goods here, on goods sent back): a pool gives no more than it is worth, the rest counts as gone."""
    left, back = where.split(fen)
    return min(left, most), back


def _line(role: Role, row: Any, fen: int, left: int, what: str, price: dict[str, Any]) -> Line:
    return Line(
        role,
        row.product_id,
        row.warehouse_id,
        row.batch_id,
        row.said_milli,
        row.unit,
        row.qty_milli,
        amount_fen=fen,
        cost_fen=left,
        order_id=row.document_id,
        order_line=row.line_no,
        reason=what,
        **price,
    )


# ── the price itself ──


def prepare_correcting(tx: Tx, command: CorrectPrice) -> Prepared:
    """The difference to what the goods cost by now goes on or off; no difference confirms an estimate. Raises Invalid."""
    if not 0 <= command.price_e4 <= MAX_PRICE_E4:
        raise Invalid("price", "进价不像真的，没有记账。请核对后重说。")
    day = business_day(tx, command.day)
    receipt, supplier, rows, goods = _receipt(tx, command.number, command.product_id, None)
    one, unit = goods[command.product_id], command.price_unit or rows[0].price_unit
    qty = sum(row.qty_milli for row in rows)
    right = amount_fen(qty, command.price_e4, one.factor_milli(unit))
    before = sum(row.amount_fen for row in rows) + _changed(tx, receipt.id, command.product_id)
    difference = right - before
    if not difference and all(row.reason != ESTIMATED for row in rows):
        raise Invalid(
            "same_price",
            f"{receipt.number} 的 {one.title} 本来就是 {price_text(command.price_e4)}/{unit}，不用改。",
        )
    kind = Kind.PRICE_CUT if difference < 0 else Kind.LATE_COST
    parts = _shared(abs(difference), [row.qty_milli for row in rows])
    price = {"price_e4": command.price_e4, "price_unit": unit}
    return _drafted(tx, kind, command, CORRECTED, day, receipt, supplier, rows, parts, goods, **price)


def _changed(tx: Tx, receipt_id: int, product_id: int) -> int:
    """What corrections that stand have added to these lines so far, in 分."""
    signed = case(
        (document.c.kind == Kind.LATE_COST.value, document_line.c.amount_fen),
        else_=-document_line.c.amount_fen,
    )
    query = (
        select(func.coalesce(func.sum(signed), 0))
        .join(document, document.c.id == document_line.c.document_id)
        .where(
            document_line.c.order_id == receipt_id,
            document_line.c.product_id == product_id,
            document_line.c.reason == CORRECTED,
            stands(),
        )
    )
    return int(tx.conn.execute(query).scalar_one())


def do(tx: Tx, command: AddCost | CutPrice | CorrectPrice, prepared: Prepared) -> dict[str, Any]:
    result = post_prepared(tx, command, prepared)
    assert prepared.draft is not None
    mark_prices(tx, prepared.draft.lines)
    return result | {"left": []}  # no goods moved
