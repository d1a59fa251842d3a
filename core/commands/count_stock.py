"""盘点：数出来多少，账上多少，差的记盘盈盘亏；只动说到的商品。"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from core.accounts import batch
from core.catalog import goods_by_id
from core.commands.turn_day import sweep_after
from core.documents import Draft, Line, last_deal
from core.drafting import (
    SaidLine,
    Want,
    business_day,
    card,
    card_line,
    goods_of,
    place_names,
    post_prepared,
)
from core.errors import Blocked, Choice, Invalid, Need
from core.locks import lock_availability, lock_open_orders
from core.lots import Lot, fefo_order
from core.picking import in_order, let_go, lots_here
from core.posting_rules import Kind, Role
from core.prepared import Prepared
from core.tx import Tx
from core.values import amount_fen, half_up, share

REASONS = ("漏录出库", "破损", "丢失", "错品", "其他")


@dataclass(frozen=True, slots=True)
class CountStock:
    """said_milli 0 is a count too. Several lines of one product and warehouse add up (7箱 3瓶)."""

    lines: tuple[SaidLine, ...]
    day: date | None = None
    reason: str = ""
    note: str = ""


def prepare(tx: Tx, command: CountStock) -> Prepared:
    """Asks the reason when anything differs. A loss is taken FEFO, a gain goes to the newest batch (decision 38)."""
    day = business_day(tx, command.day)
    found = _counted(tx, command.lines)
    lock_open_orders(tx, Kind.SALES_ORDER, (w.goods.id for w in found))  # a loss may have to let go of them
    balances = lock_availability(tx, {want.key for want in found})
    lots = lots_here(tx, found)
    differs = [want for want in found if _book(want, lots) != want.qty_milli]
    if differs and not command.reason:
        raise _why(differs[0], lots)
    lines = [line for want in found for line in _lines(tx, want, lots.get(want.key, []), command.reason)]
    draft = Draft(Kind.STOCKTAKE, lines, day, note=command.note or command.reason)
    shown = [_card_line(want, lots) for want in found]
    value = sum(
        (1 if line.role is Role.GAIN else -1) * _value(tx, line, lots)
        for line in lines
        if line.role is not Role.SAME
    )
    leaving = [(want.key, _book(want, lots) - want.qty_milli) for want in found]
    releases = let_go(tx, leaving, balances, "盘亏")
    freed = [str((one.extra or {})["order"]) for one in releases]
    counted = card(
        tx,
        "盘点",
        draft,
        warehouse=place_names(tx, found),
        lines=shown,
        reason=command.reason,
        value_fen=value,
    )
    warnings = [f"盘亏后不够订单锁定的，会放开 {'、'.join(freed)} 的锁定"] if releases else []
    facts = [
        draft.kind,
        day,
        [(want.goods.id, want.warehouse_id, want.qty_milli, _book(want, lots)) for want in found],
    ]
    return Prepared(counted, facts, draft, [], warnings, abs(value), before=releases, goods=goods_of(found))


def _counted(tx: Tx, said: tuple[SaidLine, ...]) -> list[Want]:
    if not said:
        raise Invalid("no_lines", "盘点哪个商品、数出来多少？例如：盘点 生抽 18箱。")
    goods = goods_by_id(tx.conn, tx.company_id, (line.product_id for line in said))
    found: dict[tuple[int, int, str], Want] = {}
    for line in said:
        one = goods[line.product_id]
        place = (
            line.warehouse_id or one.warehouse_id or tx.actor.warehouse_id or tx.company.default_warehouse_id
        )
        qty = one.to_base(line.said_milli, line.unit) if line.said_milli > 0 else 0
        if line.said_milli < 0:
            raise Invalid("not_positive", f"{one.title} 数出来不能是负数。没有就报 0。")
        old = found.setdefault((one.id, place, line.batch_no or ""), Want(line, one, 0, place))
        old.qty_milli += qty
    for (one_id, place, batch_no), want in found.items():
        if batch_no and (one_id, place, "") in found:
            raise Invalid(
                "counted_twice",
                f"{want.goods.title} 又报了总数，又单报了批次 {batch_no}，不知道哪个算数。请只报总数，或者一批一批报。",
            )
    return list(found.values())


def _mine(want: Want, lots: list[Lot]) -> list[Lot]:
    return [lot for lot in lots if not want.said.batch_no or lot.batch_no == want.said.batch_no]


def _book(want: Want, lots: dict[tuple[int, int], list[Lot]]) -> int:
    return sum(lot.here_milli for lot in _mine(want, lots.get(want.key, [])))


def _why(want: Want, lots: dict[tuple[int, int], list[Lot]]) -> Need:
    book = _book(want, lots)
    by = want.qty_milli - book
    sign = "多" if by > 0 else "少"
    return Need(
        "reason",
        f"{want.goods.title} 账面 {want.words(book)}，数出来 {want.words(want.qty_milli)}，{sign} {want.words(abs(by))}。为什么？回序号。",
        tuple(Choice(reason, {"reason": reason}, number) for number, reason in enumerate(REASONS, 1)),
    )


def _lines(tx: Tx, want: Want, here: list[Lot], reason: str) -> list[Line]:
    own = _mine(want, here)
    by = want.qty_milli - sum(lot.here_milli for lot in own)

    def make(role: Role, batch_id: int | None, qty: int, cost: int = 0, bin_code: str = "") -> Line:
        said = want.said.said_milli if role is Role.SAME else None
        return Line(
            role,
            want.goods.id,
            want.warehouse_id,
            batch_id,
            said,
            want.said.unit,
            qty,
            cost_fen=cost,
            reason=reason,
            bin=bin_code,
            to_bin=bin_code,
        )

    if by == 0:
        return [make(Role.SAME, None, 0)]
    if by < 0:
        taken, picked = in_order(sorted(own, key=fefo_order), -by)
        if picked:
            raise Blocked(
                "being_picked",
                f"{want.goods.title} 少的 {want.words(-by)} 里有 {want.words(picked)} 在拣货单上。先“撤回”拣货单，或拣好出库以后再盘。",
            )
        return [make(Role.LOSS, one.lot.batch_id, one.qty_milli, bin_code=one.lot.bin) for one in taken]
    newest = max(own, key=lambda lot: (lot.received_on, lot.batch_id), default=None)
    batch_id = newest.batch_id if newest else _any_batch(tx, want)
    return [make(Role.GAIN, batch_id, by, found_cost(tx, want, batch_id, by), newest.bin if newest else "")]


def _any_batch(tx: Tx, want: Want) -> int:
    """The newest batch this product ever had; goods never received cannot be found."""
    query = (
        select(batch.c.id)
        .where(batch.c.product_id == want.goods.id)
        .order_by(batch.c.received_on.desc(), batch.c.id.desc())
        .limit(1)
    )
    if want.said.batch_no:
        query = query.where(batch.c.batch_no == want.said.batch_no)
    found = tx.conn.execute(query).scalar()
    if found is None:
        raise Invalid(
            "never_received", f"{want.goods.title} 从没入过库，盘不出来。请先记“入库 {want.goods.name} …”。"
        )
    return int(found)


def found_cost(tx: Tx, want: Want, batch_id: int, qty_milli: int) -> int:
    """Goods found: the pool's average → the last purchase price → asked by receiving instead (decision 63)."""
    pool = tx.conn.execute(select(batch.c.qty_milli, batch.c.value_fen).where(batch.c.id == batch_id)).one()
    if pool.qty_milli and pool.value_fen:
        return half_up(pool.value_fen * qty_milli, pool.qty_milli)
    deal = tx.conn.execute(
        select(last_deal.c.price_e4, last_deal.c.unit)
        .where(last_deal.c.product_id == want.goods.id, last_deal.c.side == "P")
        .order_by(last_deal.c.document_id.desc())
        .limit(1)
    ).one_or_none()
    if deal is None:
        raise Invalid(
            "no_cost", f"{want.goods.title} 没有成本可参考。请用“入库 {want.goods.name} …”带上进价记。"
        )
    return amount_fen(qty_milli, deal.price_e4, want.goods.factor_milli(deal.unit))


def _value(tx: Tx, line: Line, lots: dict[tuple[int, int], list[Lot]]) -> int:
    if line.role is Role.GAIN:
        return line.cost_fen
    pool = tx.conn.execute(
        select(batch.c.qty_milli, batch.c.value_fen).where(batch.c.id == line.batch_id)
    ).one()
    return share(pool.value_fen, line.qty_milli, pool.qty_milli)


def _card_line(want: Want, lots: dict[tuple[int, int], list[Lot]]) -> dict[str, Any]:
    book = _book(want, lots)
    by = want.qty_milli - book
    text = "相符" if by == 0 else f"{'+' if by > 0 else '−'}{want.words(abs(by))}"
    return card_line(want, counted=want.words(want.qty_milli), book=want.words(book), difference=text) | {
        "said": want.words(want.qty_milli),
        "base": "",
    }


def do(tx: Tx, command: CountStock, prepared: Prepared) -> dict[str, Any]:
    result = post_prepared(tx, command, prepared)
    assert prepared.draft is not None
    sweep_after(tx, prepared.draft)
    return result
