"""拣货：照订单列出去哪一格拿哪一批，按走的次序；拣好了照拣到的出库。"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select

from core.batches import remember_deals
from core.catalog import Goods, Priced, goods_by_id
from core.commands.deliver_goods import ORDER_PRICE, Part, delivery_card, delivery_lines
from core.commands.place_order import the_customer
from core.credit import check_credit
from core.documents import (
    ORDER_STILL_OPEN,
    Draft,
    by_number,
    document,
    only_order,
    open_lines,
    order_open,
)
from core.drafting import SaidLine, Want, business_day, card, card_line, posted_result, with_parts
from core.errors import Blocked, Invalid, NotFound
from core.gates import Barrier
from core.ledger import post
from core.locks import lock_availability, lock_documents
from core.lots import Lot, Taken, pick, walk
from core.partners import due_date
from core.pick_lists import being_picked, ending, is_unfinished, lines_of, unfinished, unpicked
from core.picking import after, batch_texts, lots_here
from core.posting_rules import KIND_NAMES, Kind, Role
from core.prepared import Prepared
from core.settling import Settled
from core.tx import Tx
from core.values import MILLI
from core.warehouses import warehouse_names

NEXT = "拣好了回：拣好 {number}"


@dataclass(frozen=True, slots=True)
class PickGoods:
    """Sales orders by number, or everything a customer has open."""

    orders: tuple[str, ...] = ()
    partner_id: int | None = None


@dataclass(frozen=True, slots=True)
class DeliverPicked:
    """number None = my only unfinished list. lines: goods of which less was found than the list says; the rest stays ordered."""

    number: str | None = None
    lines: tuple[SaidLine, ...] = ()
    day: date | None = None


# ── choosing batches and bins ──


def prepare_picking(tx: Tx, command: PickGoods) -> Prepared:
    """FEFO for each customer, the earliest promise first; the lines stand in the order one walks past the bins (R65).

    Raises Blocked when nothing is left to pick, Invalid for what is no order. What cannot be picked is a warning.
    """
    ids = _orders(tx, command)
    lock_documents(tx, ids)
    rows = open_lines(tx.conn, ids)
    left = [row for row in rows if unpicked(row)]
    if rows and not left:
        raise being_picked(tx, ids)
    if not left:
        raise Blocked("nothing_open", "这张订单没有剩下要出的货，不用拣。")
    customers = {of: the_customer(tx, of) for of in sorted({row.partner_id for row in left})}
    goods = goods_by_id(tx.conn, tx.company_id, {row.product_id for row in left}, stopped_too=True)
    wanted = [(row, _want(row, goods[row.product_id], unpicked(row))) for row in left]
    lock_availability(tx, {want.key for _, want in wanted})
    picked, missing = _chosen(tx, wanted, customers)
    if not picked:
        raise Blocked("nothing_here", f"{missing[0]}。等到货，或换别的商品。")
    lines = [
        part.want.out_of(
            Role.LINE, part.taken, order_id=part.order.order_id, order_line=part.order.order_line
        )
        for part in picked
    ]
    draft = Draft(
        Kind.PICK_LIST,
        lines,
        tx.today,
        next(iter(customers)) if len(customers) == 1 else None,
        parent_id=only_order(lines),
    )
    names = warehouse_names(tx.conn, tx.company_id)
    shown = card(
        tx,
        "拣货",
        draft,
        partner="、".join(one.name for one in customers.values()),
        warehouse="、".join(dict.fromkeys(names[line.warehouse_id or 0] for line in lines)),
        lines=[_shown(part, customers) for part in picked],
        next=NEXT,
    )
    facts = sorted((line.order_id, line.order_line, line.qty_milli) for line in lines)
    return Prepared(shown, facts, draft, warnings=missing, goods=goods)


def _orders(tx: Tx, command: PickGoods) -> list[int]:
    if command.orders:
        rows = [by_number(tx.conn, tx.company_id, number) for number in command.orders]
        for row in rows:
            if row.kind != Kind.SALES_ORDER or row.reverses_id is not None:
                raise Invalid(
                    "not_order",
                    f"{row.number} 是{KIND_NAMES[Kind(row.kind)]}，只有销售订单能拣货。例如：拣货 SO-7。",
                )
        return [row.id for row in rows]
    open_now = select(order_open.c.order_id).where(
        order_open.c.company_id == tx.company_id,
        order_open.c.kind == Kind.SALES_ORDER.value,
        order_open.c.partner_id == command.partner_id,
        ORDER_STILL_OPEN,
    )
    ids = sorted(set(tx.conn.execute(open_now).scalars()))
    if not ids:
        raise NotFound("no_order", "他没有要出货的订单。直接出货请说“出库 客户 商品 数量”。")
    return ids


def _want(row: Any, goods: Goods, qty_milli: int) -> Want:
    """So much of an open order line, in the unit of its price where that is exact."""
    said = SaidLine(
        goods.id,
        MILLI,
        row.price_unit or goods.base_unit,
        warehouse_id=row.warehouse_id,
        gift=row.role == Role.GIFT,
    )
    want = Want(said, goods, qty_milli, row.warehouse_id)
    said_milli, unit = want.part(qty_milli)
    return replace(want, said=replace(said, said_milli=said_milli, unit=unit))


def _chosen(
    tx: Tx, wanted: Iterable[tuple[Any, Want]], customers: dict[int, Any]
) -> tuple[list[Part], list[str]]:
    """(what is taken for each order line, as one walks; what cannot be had, in words)."""
    turn = sorted(wanted, key=lambda one: (one[0].promised_on, one[0].order_id, one[0].order_line))
    lots = lots_here(tx, (want for _, want in turn))
    picked: list[Part] = []
    missing = []
    for row, want in turn:
        customer = customers[row.partner_id]
        taken, short = pick(lots.get(want.key, []), want.qty_milli, tx.today, customer.min_life_permille or 0)
        lots[want.key] = after(lots.get(want.key, []), taken)
        picked += [Part(want, one, row, one.qty_milli) for one in taken]
        if short:
            missing.append(
                f"{row.number} {want.goods.title} 差 {want.goods.words(short)} 拣不到：可售里没有，或客户不收这么近的日期"
            )
    picked.sort(
        key=lambda part: (
            part.want.warehouse_id,
            walk(part.taken.lot.bin),
            part.want.goods.code,
            part.taken.lot.batch_id,
            part.order.order_id,
        )
    )
    return picked, missing


def _shown(part: Part, customers: dict[int, Any]) -> dict[str, Any]:
    want = _want(part.order, part.want.goods, part.qty_milli)
    whose = f"{part.order.number} {customers[part.order.partner_id].name}"
    mark = part.taken.lot.bin or "未上架"
    return card_line(want, mark=mark, batches=batch_texts(want, [part.taken]), note=whose)


# ── delivering what was picked ──


def prepare_delivering(tx: Tx, command: DeliverPicked) -> Prepared:
    """One delivery per order at the order's price, out of exactly the batches and bins of the list; the list ends.

    Raises Blocked for a list that has ended, or whose order no longer promises the goods; credit as any delivery.
    """
    day = business_day(tx, command.day)
    head = _the_list(tx, command.number)
    rows = lines_of(tx, head.id)
    order_ids = sorted({row.order_id for row in rows})
    lock_documents(tx, [*order_ids, head.id])
    open_now = open_lines(tx.conn, order_ids)
    customers = {of: the_customer(tx, of) for of in sorted({row.partner_id for row in open_now})}
    goods = goods_by_id(tx.conn, tx.company_id, {row.product_id for row in rows}, stopped_too=True)
    lock_availability(tx, {(row.product_id, row.warehouse_id) for row in rows})
    if not is_unfinished(tx, head.id):
        raise Blocked("ended", f"{head.number} 已经拣完或作废了。要再出货，请重新拣货。")
    orders = {(row.order_id, row.order_line): row for row in open_now}
    if not orders.keys() >= {(row.order_id, row.order_line) for row in rows}:
        raise Blocked("order_gone", f"{head.number} 的订单已经关了。请先“撤回 {head.number}”。")
    parts = _parts(tx, rows, _found(command, rows, goods), orders, goods)
    if not parts:
        raise Invalid("nothing_picked", f"一样都没拣到就不用出库。不拣了请说“撤回 {head.number}”。")
    end = ending(tx, head.id, head.number, "拣好")
    end.extra = None
    warnings: list[str] = []
    barriers: list[Barrier] = []
    shown, drafts = [], []
    for of in order_ids:
        mine = [part for part in parts if part.order.order_id == of]
        if mine:
            customer = customers[mine[0].order.partner_id]
            draft, its_card = _delivery(tx, of, mine, customer, day)
            warned, credit = check_credit(tx, customer, 0, {of})
            warnings, barriers = warnings + warned, barriers + credit
            drafts.append(draft)
            shown.append(its_card)
    facts = [
        head.id,
        [(line.order_id, line.order_line, line.qty_milli) for one in drafts for line in one.lines],
    ]
    total = sum(one.total_fen for one in drafts)
    return Prepared(
        _together(shown, total),
        facts,
        drafts[0],
        [],
        warnings,
        total,
        before=[end],
        parts=drafts[1:],
        goods=goods,
        barriers=barriers,
    )


def do_delivering(tx: Tx, _command: DeliverPicked, prepared: Prepared) -> dict[str, Any]:
    assert prepared.draft is not None
    settled: list[Settled] = []
    for end in prepared.before:
        post(tx, end)
    for draft in (prepared.draft, *prepared.parts):
        settled += post(tx, draft)
        remember_deals(tx, draft, "S")
    result = posted_result(tx, prepared.draft, prepared.card, tuple(settled), prepared.goods)
    return result | {"total_fen": prepared.amount_fen} | with_parts(prepared)


def _the_list(tx: Tx, number: str | None) -> Any:
    if number:
        row = by_number(tx.conn, tx.company_id, number)
        if row.kind != Kind.PICK_LIST or row.reverses_id is not None:
            raise Invalid("not_pick_list", f"{row.number} 不是拣货单。请说拣货单号，例如：拣好 JH-3。")
        return row
    mine = select(document).where(
        document.c.company_id == tx.company_id, document.c.staff_id == tx.actor.id, unfinished()
    )
    rows = tx.conn.execute(mine.order_by(document.c.id.desc()).limit(4)).all()
    if len(rows) == 1:
        return rows[0]
    if not rows:
        raise NotFound("no_pick_list", "您没有正在拣的拣货单。先说“拣货 SO-7”，或带上单号“拣好 JH-3”。")
    numbers = "、".join(row.number for row in rows)
    raise Invalid("which_list", f"您有几张正在拣：{numbers}。说清哪一张，例如：拣好 {rows[0].number}。")


def _found(command: DeliverPicked, rows: list[Any], goods: dict[int, Goods]) -> dict[int, int]:
    """{product: milli found}, of those that were named."""
    listed: dict[int, int] = {}
    for row in rows:
        listed[row.product_id] = listed.get(row.product_id, 0) + row.qty_milli
    found: dict[int, int] = {}
    for line in command.lines:
        if line.product_id not in listed:
            raise Invalid("not_listed", "这样商品不在拣货单上。照拣货单上的说，例如：拣好 JH-3 生抽 8箱。")
        one = goods[line.product_id]
        qty = one.to_base(line.said_milli, line.unit) if line.said_milli else 0
        found[line.product_id] = found.get(line.product_id, 0) + qty
        if found[line.product_id] > listed[line.product_id]:
            raise Invalid(
                "more_than_listed",
                f"{one.title} 拣货单上只有 {one.words(listed[line.product_id])}。多出的请另说“出库”。",
            )
    return found


def _parts(
    tx: Tx,
    rows: list[Any],
    found: dict[int, int],
    orders: dict[tuple[int, int], Any],
    goods: dict[int, Goods],
) -> list[Part]:
    """What leaves for each order line from one batch and bin; what was not found is missing at the end of the walk."""
    left: list[tuple[Any, int]] = []
    for row in rows:
        qty = min(row.qty_milli, found.get(row.product_id, row.qty_milli))
        if row.product_id in found:
            found[row.product_id] -= qty
        if qty:
            left.append((row, qty))
    whole: dict[tuple[int, int], int] = {}
    for row, qty in left:
        whole[row.order_id, row.order_line] = whole.get((row.order_id, row.order_line), 0) + qty
    wanted = {key: _want(orders[key], goods[orders[key].product_id], qty) for key, qty in whole.items()}
    lots = lots_here(tx, wanted.values())
    here: dict[tuple[int, str, int], Lot] = {
        (lot.batch_id, lot.bin, lot.warehouse_id): lot for some in lots.values() for lot in some
    }
    parts = []
    for row, qty in left:
        key = (row.order_id, row.order_line)
        taken = Taken(here[row.batch_id, row.bin, row.warehouse_id], qty)
        parts.append(Part(wanted[key], taken, orders[key], qty))
    return parts


def _delivery(
    tx: Tx, order_id: int, parts: list[Part], customer: Any, day: date
) -> tuple[Draft, dict[str, Any]]:
    parts.sort(key=lambda part: part.order.order_line)
    lines = {part.order.order_line: part for part in parts}.values()
    wanted = [part.want for part in lines]
    prices = [Priced(part.order.price_e4, part.order.price_unit, ORDER_PRICE) for part in lines]
    draft = Draft(
        Kind.DELIVERY,
        delivery_lines(wanted, prices, parts, ""),
        day,
        customer.id,
        parent_id=order_id,
        due_date=due_date(customer.terms, day),
    )
    return draft, delivery_card(tx, draft, wanted, prices, parts, customer)


def _together(cards: list[dict[str, Any]], total_fen: int) -> dict[str, Any]:
    """The cards of all deliveries as one; each line says whose it is when there are several."""
    if len(cards) == 1:
        return cards[0]
    lines = [
        line | {"note": f"{'、'.join(one['orders'])} {one['partner']}"}
        for one in cards
        for line in one["lines"]
    ]
    return cards[0] | {
        "partner": "、".join(dict.fromkeys(one["partner"] for one in cards)),
        "warehouse": "、".join(dict.fromkeys(one["warehouse"] for one in cards)),
        "orders": sorted({number for one in cards for number in one["orders"]}),
        "lines": lines,
        "total_fen": total_fen,
    }
