"""卖价过两道线：最低售价、成本；高得离谱的提醒一句。成本只说给看得到成本的人。"""

from collections.abc import Sequence
from typing import NamedTuple

from core.books.stock import pools_of
from core.catalog import Goods, Priced
from core.gates import Barrier, told
from core.staff import May
from core.tx import Tx
from core.values import half_up, price_text, yuan


class Offer(NamedTuple):
    """Goods at a price. cost_fen None = no batch is chosen yet: they would cost the average of what is here."""

    goods: Goods
    priced: Priced
    qty_milli: int
    amount_fen: int
    cost_fen: int | None = None


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
    unchosen = {one.goods.id for one in sold if one.cost_fen is None}
    pools = pools_of(tx.conn, unchosen) if unchosen else {}

    def cost_of(one: Offer) -> int:
        if one.cost_fen is not None:
            return one.cost_fen
        here_milli, value_fen = pools.get(one.goods.id, (1, 0))
        return value_fen * one.qty_milli // here_milli

    return [(one, cost) for one in sold if one.amount_fen < (cost := cost_of(one))]


def _cost_barrier(one: Offer, cost_fen: int, low_anyway: bool) -> Barrier:
    """Who may not see the cost hears only of one price line, so that two sentences do not tell which is which."""
    each = half_up(cost_fen * one.goods.factor_milli(one.priced.unit), one.qty_milli)
    return Barrier(
        "cost",
        f"{one.goods.title} {_price(one)} 低于成本 {yuan(each)}/{one.priced.unit}，这一行亏 {yuan(cost_fen - one.amount_fen)}",
        "" if low_anyway else f"{one.goods.title} 低于允许的价",
    )
