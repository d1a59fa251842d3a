"""卖价过两道线：最低售价、成本；高得离谱的提醒一句。成本只说给看得到成本的人。"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from core.accounts import POOL_LEFT, batch
from core.catalog import Goods, Priced
from core.costing import Pool
from core.gates import Barrier, told
from core.staff import May
from core.tx import Tx
from core.values import half_up, price_text, yuan


class Offer(NamedTuple):
    """Goods at a price. pieces = (batch, milli) that would leave; none = they would cost the average of what is here."""

    goods: Goods
    priced: Priced
    qty_milli: int
    amount_fen: int
    pieces: tuple[tuple[int, int], ...] = ()


def check_prices(tx: Tx, offers: Sequence[Offer]) -> tuple[list[str], list[Barrier]]:
    """(what deserves a look, what stands in the way). A gift has no price to check.

    company.settings["below_cost"] = "warn": selling below cost is said, and waits for nobody.
    """
    sold = [one for one in offers if one.priced.source != "赠品"]
    warnings = [words for one in sold if (words := _too_dear(tx, one))]
    low = [one for one in sold if _below_floor(one)]
    barriers = [_floor_barrier(one) for one in low]
    losing = [_cost_barrier(one, cost, one in low) for one, cost in _below_cost(tx, sold)]
    if tx.company.settings.get("below_cost") == "warn":
        return warnings + told(losing, tx.actor), barriers
    return warnings, barriers + losing


# ── 最低售价 – 最高售价 ──


def _below_floor(one: Offer) -> bool:
    return one.goods.floor_e4 is not None and _compared(one, one.goods.floor_e4) < 0


def _floor_barrier(one: Offer) -> Barrier:
    floor = f"{price_text(one.goods.floor_e4 or 0)}/{one.goods.price_unit}"
    return Barrier(
        "floor", f"{one.goods.title} {_price(one)} 低于最低售价 {floor}", f"{one.goods.title} 低于允许的价"
    )


def _too_dear(tx: Tx, one: Offer) -> str:
    """The bound only to who sees sale prices."""
    most = one.goods.ceiling_e4
    if most is None or _compared(one, most) <= 0 or not tx.actor.sees(May.SEE_SALES_PRICE):
        return ""
    return f"{one.goods.title} {_price(one)} 高于最高售价 {price_text(most)}/{one.goods.price_unit}"


def _compared(one: Offer, bound_e4: int) -> int:
    """Price − bound, both brought to one piece of the base quantity, so that ¥9.5/瓶 is held against ¥114/箱."""
    stated, bound = one.goods.factor_milli(one.priced.unit), one.goods.factor_milli(one.goods.price_unit)
    return one.priced.price_e4 * bound - bound_e4 * stated


def _price(one: Offer) -> str:
    return f"{price_text(one.priced.price_e4)}/{one.priced.unit}"


# ── cost ──


def _below_cost(tx: Tx, sold: Sequence[Offer]) -> list[tuple[Offer, int]]:
    """Those that bring less than they cost, with the cost in 分; rounded down, so that a price at cost is none of them."""
    if not sold:
        return []
    rows = tx.conn.execute(
        select(batch.c.id, batch.c.product_id, batch.c.qty_milli, batch.c.value_fen).where(
            batch.c.product_id.in_(sorted({one.goods.id for one in sold})), POOL_LEFT
        )
    ).all()
    pools = {row.id: Pool(row.qty_milli, row.value_fen) for row in rows}
    whole: dict[int, Pool] = {}
    for row in rows:
        all_of_it = whole.setdefault(row.product_id, Pool(0, 0))
        all_of_it.qty_milli += row.qty_milli
        all_of_it.value_fen += row.value_fen
    costs = (
        sum(_share(pools.get(batch_id), qty) for batch_id, qty in one.pieces)
        if one.pieces
        else _share(whole.get(one.goods.id), one.qty_milli)
        for one in sold
    )
    return [(one, cost) for one, cost in zip(sold, costs, strict=True) if one.amount_fen < cost]


def _share(pool: Pool | None, qty_milli: int) -> int:
    return pool.value_fen * qty_milli // pool.qty_milli if pool else 0


def _cost_barrier(one: Offer, cost_fen: int, low_anyway: bool) -> Barrier:
    """Who may not see the cost hears only of one price line, so that two sentences do not tell which is which."""
    each = half_up(cost_fen * one.goods.factor_milli(one.priced.unit), one.qty_milli)
    return Barrier(
        "cost",
        f"{one.goods.title} {_price(one)} 低于成本 {yuan(each)}/{one.priced.unit}，这一行亏 {yuan(cost_fen - one.amount_fen)}",
        "" if low_anyway else f"{one.goods.title} 低于允许的价",
    )
