"""出库：先到期先出，冲掉订单的锁定，挂应收；不给客户的是其他出库。"""

from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import select

from core.batches import remember_deals
from core.catalog import Priced
from core.commands.place_order import others_instead, sales_prices, the_customer
from core.credit import check_credit
from core.documents import ORDER_STILL_OPEN, Draft, Line, only_order, open_lines, order_open
from core.drafting import (
    SaidLine,
    Want,
    business_day,
    card,
    card_line,
    check_total,
    goods_of,
    line_amount,
    place_names,
    post_prepared,
    wants,
)
from core.errors import Choice, Need
from core.locks import lock_availability, lock_open_orders
from core.lots import Lot, Taken, acceptable, fefo_order, pick
from core.partners import due_date, partner
from core.pick_lists import being_picked, unpicked
from core.picking import after, batch_texts, cost_of, lots_here, shortage
from core.posting_rules import Kind, Role
from core.prepared import Prepared
from core.price_checks import Offer, check_prices
from core.tx import Tx
from core.values import share

ORDER_PRICE = "订单价"


@dataclass(frozen=True, slots=True)
class DeliverGoods:
    lines: tuple[SaidLine, ...]
    partner_id: int | None = None
    no_partner: bool = False
    reason: str = ""
    day: date | None = None
    total_fen: int | None = None
    note: str = ""


@dataclass(slots=True)
class Part:
    """A piece of a wanted line: from one batch, for one order line (or none)."""

    want: Want
    taken: Taken
    order: Any  # its row of order_open, or None
    qty_milli: int


def prepare(tx: Tx, command: DeliverGoods) -> Prepared:
    """Order: warehouse → customer → orders → price → stock by FEFO → credit → floor, cost. Raises Need, NotEnough."""
    return _prepared(tx, command, None)


def prepare_beside(tx: Tx, command: DeliverGoods, back: Draft) -> Prepared:
    """Goods that replace what comes back (换货): the customer's orders are not used up, only the difference needs credit,
    and what goes out at the price it came back at is not held against today's floor."""
    return _prepared(tx, command, back)


def _prepared(tx: Tx, command: DeliverGoods, back: Draft | None) -> Prepared:
    found = wants(tx, command.lines, command.total_fen)
    day = business_day(tx, command.day)
    if command.no_partner:
        return _own_use(tx, command, found, day)
    if command.partner_id is None:
        raise _who_gets_it(tx, found)
    ids = (
        lock_open_orders(tx, Kind.SALES_ORDER, (want.goods.id for want in found), command.partner_id)
        if back is None
        else frozenset()
    )
    customer = the_customer(tx, command.partner_id)
    orders = _open_orders(tx, ids, found) if ids else []
    defaulted: list[str] = []
    prices = _prices(tx, command, found, customer, orders, defaulted)
    parts = _allocate(tx, found, orders, customer.min_life_permille or 0, command.reason)
    lines = delivery_lines(found, prices, parts, command.reason)
    check_total(command.total_fen, lines)
    draft = Draft(
        Kind.DELIVERY,
        lines,
        day,
        customer.id,
        parent_id=only_order(lines),
        due_date=due_date(customer.terms, day),
        note=command.note,
    )
    beyond = sum(line.amount_fen for line in lines if line.order_id is None) - (back.total_fen if back else 0)
    used = {line.order_id for line in lines if line.order_id}
    warned, credit = check_credit(tx, customer, beyond, used) if beyond > 0 or back is None else ([], [])
    looked, price = check_prices(tx, _offers(found, prices, parts, lines, back))
    return Prepared(
        delivery_card(tx, draft, found, prices, parts, customer),
        _facts(draft),
        draft,
        defaulted,
        warned + looked,
        draft.total_fen,
        goods=goods_of(found),
        barriers=credit + price,
    )


def _offers(
    found: list[Want], prices: list[Priced], parts: list[Part], lines: list[Line], back: Draft | None
) -> list[Offer]:
    """What is sold at a price nobody looked at yet: not an order's, nor that of the goods it replaces."""
    agreed = {(line.product_id, line.price_e4, line.price_unit) for line in back.lines} if back else set()
    return [
        Offer(
            want.goods,
            priced,
            want.qty_milli,
            sum(line.amount_fen for line, part in zip(lines, parts, strict=True) if part.want is want),
            sum(part.taken.lot.cost_of(part.qty_milli) for part in parts if part.want is want),
        )
        for want, priced in zip(found, prices, strict=True)
        if priced.source != ORDER_PRICE and (want.goods.id, priced.price_e4, priced.unit) not in agreed
    ]


def _facts(draft: Draft) -> list[Any]:
    """Batches are not in it: FEFO may move between preview and confirmation (decision 9)."""
    sums: dict[tuple[Any, ...], list[int]] = {}
    for line in draft.lines:
        both = sums.setdefault(
            (line.product_id, line.warehouse_id, line.price_e4, line.price_unit, line.role.value), [0, 0]
        )
        both[0] += line.qty_milli
        both[1] += line.amount_fen
    return [
        draft.kind,
        draft.partner_id,
        draft.business_date,
        draft.due_date,
        [[*map(str, key), *both] for key, both in sums.items()],
    ]


def _who_gets_it(tx: Tx, found: list[Want]) -> Need:
    rows = tx.conn.execute(
        select(partner.c.code, partner.c.name)
        .join(order_open, order_open.c.partner_id == partner.c.id)
        .where(
            order_open.c.company_id == tx.company_id,
            ORDER_STILL_OPEN,
            order_open.c.product_id.in_([w.goods.id for w in found]),
        )
        .distinct()
        .order_by(partner.c.name)
        .limit(4)
    )
    choices = [
        Choice(f"{row.name}(有订单)", {"partner": row.code}, number) for number, row in enumerate(rows, 1)
    ]
    choices.append(Choice("自用/样品(其他出库)", {"no_partner": True}, 0))
    return Need("partner", "这批货出给谁？回序号或客户名称。", tuple(choices))


# ── orders: the partner's open lines of these goods, earliest promised first ──


def _open_orders(tx: Tx, ids: frozenset[int], found: list[Want]) -> list[Any]:
    rows = open_lines(tx.conn, ids, (want.goods.id for want in found))
    return sorted(rows, key=lambda row: (row.promised_on, row.order_id, row.order_line))


def _prices(
    tx: Tx, command: DeliverGoods, found: list[Want], customer: Any, orders: list[Any], defaulted: list[str]
) -> list[Priced]:
    """The order's price unless another was said."""
    priced: list[Priced | None] = [None] * len(found)
    rest: list[int] = []
    for i, want in enumerate(found):
        own = next(
            (
                row
                for row in orders
                if (row.product_id, row.warehouse_id) == want.key and row.role == Role.LINE
            ),
            None,
        )
        said = (
            want.said.price_e4 is not None
            or want.said.amount_fen is not None
            or want.said.gift
            or (len(found) == 1 and command.total_fen is not None)
        )
        if own is not None and not said:
            priced[i] = Priced(own.price_e4, own.price_unit, ORDER_PRICE)
        else:
            rest.append(i)
    others = (
        sales_prices(
            tx,
            [found[i] for i in rest],
            customer,
            command.total_fen if len(found) == 1 else None,
            False,
            defaulted,
        )
        if rest
        else []
    )
    for i, one in zip(rest, others, strict=True):
        priced[i] = one
    return [one for one in priced if one is not None]


# ── stock ──


def _allocate(
    tx: Tx, found: list[Want], orders: list[Any], min_life_permille: int, reason: str
) -> list[Part]:
    """Split every line over batches (FEFO) and order lines; refuses what others have reserved or nobody has."""
    free = lock_availability(tx, {want.key for want in found})
    left = {key: row.sellable_milli - row.reserved_milli for key, row in free.items()}
    lots = lots_here(tx, found)
    open_left = {(row.order_id, row.order_line): unpicked(row) for row in orders}
    parts: list[Part] = []
    for want in found:
        shares = _shares(want, orders, open_left)
        beyond = sum(qty for order, qty in shares if order is None)
        picked = [
            row.order_id
            for row in orders
            if row.picked_milli and (row.product_id, row.warehouse_id) == want.key
        ]
        if beyond and picked:
            raise being_picked(tx, picked)
        if beyond > left.get(want.key, 0):
            short = want.qty_milli - beyond + max(0, left.get(want.key, 0))
            raise shortage(want, short, others_instead(tx, want))
        left[want.key] = left.get(want.key, 0) - beyond
        if want.said.batch_no and not reason:
            _in_turn(want, lots.get(want.key, []), tx.today, min_life_permille)
        parts += _from_lots(tx, want, shares, lots, min_life_permille)
    return parts


def _shares(
    want: Want, orders: list[Any], open_left: dict[tuple[int, int], int]
) -> list[tuple[Any | None, int]]:
    need, shares = want.qty_milli, []
    wanted_role = Role.GIFT if want.said.gift else Role.LINE
    for row in orders:
        part = min(need, open_left[row.order_id, row.order_line])
        if part and (row.product_id, row.warehouse_id) == want.key and row.role == wanted_role:
            shares.append((row, part))
            open_left[row.order_id, row.order_line] -= part
            need -= part
    return [*shares, (None, need)] if need else shares


def _in_turn(want: Want, lots: list[Lot], today: date, min_life_permille: int) -> None:
    """A batch out of turn needs a reason (R45b); raises Need naming what expires first."""
    mine = [fefo_order(lot) for lot in lots if lot.batch_no == want.said.batch_no]
    first = min(
        (lot for lot in lots if lot.free_milli > 0 and acceptable(lot, today, min_life_permille)),
        key=fefo_order,
        default=None,
    )
    if first is None or not mine or fefo_order(first) >= min(mine):
        return
    raise Need(
        "reason",
        f"{want.goods.title} 批次 {first.batch_no}({first.expiry_date} 到期)更早到期，还有 {want.words(first.free_milli)}。为什么先出 {want.said.batch_no}？"
        "回序号或原因；不指定批次就按先到期先出。",
        (
            Choice("客户指定这批", {"reason": "客户指定"}, 1),
            Choice("先到期的那批暂时拿不到", {"reason": "先到期的拿不到"}, 2),
        ),
    )


def _from_lots(
    tx: Tx,
    want: Want,
    shares: list[tuple[Any | None, int]],
    lots: dict[tuple[int, int], list[Lot]],
    min_life_permille: int,
) -> list[Part]:
    own = lots.get(want.key, [])
    if want.said.batch_no:
        own = [lot for lot in own if lot.batch_no == want.said.batch_no]
    taken, missing = pick(own, want.qty_milli, tx.today, min_life_permille)
    if missing:
        raise shortage(want, want.qty_milli - missing)
    lots[want.key] = after(lots[want.key], taken)
    parts, rest = [], list(shares)
    for one in taken:
        qty = one.qty_milli
        while qty:
            order, open_qty = rest[0]
            piece = min(qty, open_qty)
            parts.append(Part(want, one, order, piece))
            qty -= piece
            rest[0] = (order, open_qty - piece)
            if rest[0][1] == 0:
                rest.pop(0)
    return parts


def delivery_lines(found: list[Want], prices: list[Priced], parts: list[Part], reason: str) -> list[Line]:
    """One line per batch and order; goods of several orders go at the price of each."""
    lines: list[Line] = []
    for want, priced in zip(found, prices, strict=True):
        mine = [part for part in parts if part.want is want]
        for at, group in _by_order(mine, priced) if priced.source == ORDER_PRICE else [(priced, mine)]:
            lines += _shared_out(want, at, group, reason if want.said.batch_no else "")
    return lines


def _by_order(parts: list[Part], priced: Priced) -> list[tuple[Priced, list[Part]]]:
    """Parts of one order line stand together: orders are used up one after the other."""
    groups = groupby(parts, key=lambda part: part.order)
    return [
        (Priced(order.price_e4, order.price_unit, ORDER_PRICE) if order else priced, list(group))
        for order, group in groups
    ]


def _shared_out(want: Want, priced: Priced, parts: list[Part], reason: str) -> list[Line]:
    """The amount of a said line is shared out over its parts, the last takes the rest."""
    qty = sum(part.qty_milli for part in parts)
    amount = 0 if want.said.gift else line_amount(replace(want, qty_milli=qty), priced)
    lines = []
    for part in parts:
        piece = share(amount, part.qty_milli, qty)
        order = (part.order.order_id, part.order.order_line) if part.order else (None, None)
        lines.append(
            want.out_of(
                Role.GIFT if want.said.gift else Role.LINE,
                Taken(part.taken.lot, part.qty_milli),
                price_e4=priced.price_e4,
                price_unit=priced.unit,
                amount_fen=piece,
                order_id=order[0],
                order_line=order[1],
                open_milli=part.qty_milli if part.order else 0,
                reason=reason,
            )
        )
        qty -= part.qty_milli
        amount -= piece
    return lines


def _batches_text(want: Want, parts: list[Part]) -> list[dict[str, str]]:
    taken: dict[int, list[Any]] = {}
    for part in (p for p in parts if p.want is want):
        taken.setdefault(part.taken.lot.batch_id, [part.taken.lot, 0])[1] += part.qty_milli
    return batch_texts(want, (Taken(lot, qty) for lot, qty in taken.values()))


def delivery_card(
    tx: Tx, draft: Draft, found: list[Want], prices: list[Priced], parts: list[Part], customer: Any
) -> dict[str, Any]:
    lines = [
        card_line(
            w,
            Line(
                Role.LINE,
                price_e4=p.price_e4,
                price_unit=p.unit,
                amount_fen=sum(
                    line.amount_fen for line, part in zip(draft.lines, parts, strict=True) if part.want is w
                ),
            ),
            price_source=p.source,
            gift=w.said.gift,
            batches=_batches_text(w, parts),
        )
        for w, p in zip(found, prices, strict=True)
    ]
    return card(
        tx,
        "出库",
        draft,
        partner=customer.name,
        warehouse=place_names(tx, found),
        lines=lines,
        due=str(draft.due_date),
        owed="应收",
        orders=sorted({part.order.number for part in parts if part.order}),
    )


# ── own use ──


def _own_use(tx: Tx, command: DeliverGoods, found: list[Want], day: date) -> Prepared:
    parts = _allocate(tx, found, [], 0, command.reason)
    reason = command.reason or "自用"
    lines = [p.want.out_of(Role.LINE, Taken(p.taken.lot, p.qty_milli), reason=reason) for p in parts]
    draft = Draft(Kind.MISC_OUT, lines, day, note=command.note)
    shown = card(
        tx,
        "其他出库",
        draft,
        reason=reason,
        warehouse=place_names(tx, found),
        lines=[card_line(w, batches=_batches_text(w, parts)) for w in found],
    )
    return Prepared(shown, _facts(draft), draft, amount_fen=cost_of(tx, lines), goods=goods_of(found))


def do(tx: Tx, command: DeliverGoods, prepared: Prepared) -> dict[str, Any]:
    result = post_prepared(tx, command, prepared)
    assert prepared.draft is not None
    remember_deals(tx, prepared.draft, "S")
    return result
