"""退供应商：退他家最近到的批次，冲减应付；退价与成本的差记价差。"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from core.catalog import Priced
from core.commands.order_goods import the_supplier
from core.documents import Draft, Line
from core.drafting import (
    SaidLine,
    Want,
    business_day,
    card,
    card_line,
    check_total,
    goods_of,
    last_deals,
    line_amount,
    newest,
    place_names,
    said_price,
    wants,
)
from core.errors import Need
from core.locks import lock_availability
from core.lots import Lot, Taken
from core.picking import after, batch_texts, in_order, lots_here, shortage
from core.posting_rules import Account, Kind, Role
from core.prepared import Prepared
from core.tx import Tx
from core.values import share


@dataclass(frozen=True, slots=True)
class SendBack:
    lines: tuple[SaidLine, ...]
    partner_id: int
    day: date | None = None
    total_fen: int | None = None
    note: str = ""


def prepare(tx: Tx, command: SendBack) -> Prepared:
    """Order: supplier → price (said → what we last paid it) → its newest batches with stock that no order holds.

    A batch that was named and lies in 冻结 goes back from there: the usual end of a recall.
    """
    found = wants(tx, command.lines, command.total_fen)
    supplier = the_supplier(tx, command.partner_id)
    day = business_day(tx, command.day)
    defaulted: list[str] = []
    prices = _prices(tx, found, supplier.id, supplier.name, command.total_fen, defaulted)
    balances = lock_availability(tx, {want.key for want in found})
    free = {key: row.sellable_milli - row.reserved_milli for key, row in balances.items()}
    lots, held = lots_here(tx, found), lots_here(tx, found, Account.HELD)
    lines: list[Line] = []
    shown = []
    for want, priced in zip(found, prices, strict=True):
        frozen, rest = _frozen(want, held.get(want.key, []))
        held[want.key] = after(held.get(want.key, []), frozen)
        taken = _take(want, lots.get(want.key, []), free, supplier, rest) if rest else ()
        lots[want.key] = after(lots.get(want.key, []), taken)
        lines += _lines(
            want, priced, [(Role.HELD, one) for one in frozen] + [(Role.LINE, one) for one in taken]
        )
        whole = Line(
            Role.LINE, price_e4=priced.price_e4, price_unit=priced.unit, amount_fen=line_amount(want, priced)
        )
        shown.append(card_line(want, whole, batches=batch_texts(want, (*frozen, *taken))))
    check_total(command.total_fen, lines)
    draft = Draft(Kind.PURCHASE_RETURN, lines, day, supplier.id, note=command.note)
    returned = card(
        tx,
        "退供应商",
        draft,
        partner=supplier.name,
        warehouse=place_names(tx, found),
        lines=shown,
        credits="应付",
    )
    facts = [
        draft.kind,
        supplier.id,
        day,
        [(line.product_id, line.batch_id, line.qty_milli, line.amount_fen) for line in lines],
    ]
    return Prepared(returned, facts, draft, defaulted, [], draft.total_fen, goods=goods_of(found))


def _frozen(want: Want, held: list[Lot]) -> tuple[tuple[Taken, ...], int]:
    """(what of a named batch goes back out of 冻结, milli still wanted); goods nobody named stay held."""
    own = [lot for lot in held if want.said.batch_no and lot.batch_no == want.said.batch_no]
    return in_order(own, want.qty_milli)


def _take(
    want: Want, here: list[Lot], free: dict[tuple[int, int], int], supplier: Any, need: int
) -> tuple[Taken, ...]:
    """This supplier's newest batches, as far as no order holds the goods; raises NotEnough."""
    own = [lot for lot in here if _his(want, lot, supplier.id)]
    newest = sorted(own, key=lambda lot: (lot.received_on, lot.batch_id), reverse=True)
    taken, missing = in_order(newest, need)
    left = max(0, free.get(want.key, 0))
    if missing or need > left:
        can = want.qty_milli - need + min(need - missing, left)
        raise shortage(want, can, f"能退给 {supplier.name} 的只有这些，改小数量再说一次。")
    free[want.key] -= need
    return taken


def _lines(want: Want, priced: Priced, taken: list[tuple[Role, Taken]]) -> list[Line]:
    """One line per batch; the amount is shared out, the last part takes the rest."""
    lines = []
    amount, qty = line_amount(want, priced), want.qty_milli
    for role, one in taken:
        piece = share(amount, one.qty_milli, qty)
        lines.append(
            want.out_of(
                role,
                one,
                price_e4=priced.price_e4,
                price_unit=priced.unit,
                amount_fen=piece,
            )
        )
        amount, qty = amount - piece, qty - one.qty_milli
    return lines


def _his(want: Want, lot: Lot, supplier_id: int) -> bool:
    if want.said.batch_no:
        return lot.batch_no == want.said.batch_no
    return not want.goods.batched or lot.supplier_id in (None, supplier_id)


def _prices(
    tx: Tx, found: list[Want], supplier_id: int, name: str, total_fen: int | None, defaulted: list[str]
) -> list[Priced]:
    deals = newest(last_deals(tx, (want.goods.id for want in found), "P", supplier_id))
    prices = []
    for number, want in enumerate(found):
        priced = said_price(want, len(found) == 1, total_fen)
        if priced is None and want.goods.id in deals:
            priced = Priced(deals[want.goods.id].price_e4, deals[want.goods.id].unit, "上次进价")
            defaulted.append(f"{want.goods.title} 退价按上次进价")
        if priced is None:
            raise Need(
                f"lines[{number}].price",
                f"{want.goods.title} 没向 {name} 进过，每{want.said.unit}按多少钱退？回数字。",
            )
        prices.append(priced)
    return prices
