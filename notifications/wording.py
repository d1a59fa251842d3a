"""通知里反复出现的几种行：数量、缺货、低库存、临期、滞销。"""

from core.books.articles import Article
from core.books.expiring import Lot
from core.books.low_stock import Low, Shortage
from core.books.slow import Slow
from core.staff import Actor, May
from core.values import MILLI, plain, yuan

MANY = 5


def whole(milli: int) -> int:
    """Up to whole pieces: nobody sells a third of a bottle."""
    return -(-milli // MILLI) * MILLI


def short_line(one: Shortage) -> str:
    return f"{one.article.title} 缺 {one.article.words(one.demand_milli - max(0, one.available_milli))}"


def low_line(one: Low) -> str:
    daily = f"，日均 {one.article.words(whole(one.daily_milli))}" if one.daily_milli else ""
    lasts = (
        f"，够 {one.days_left_tenths // 10}.{one.days_left_tenths % 10} 天"
        if one.days_left_tenths is not None
        else ""
    )
    order = f"，建议订 {one.article.words(one.suggest_milli)}" if one.suggest_milli else ""
    return f"{one.article.title} 可用 {one.article.words(one.available_milli)}，低于安全 {one.article.words(one.safety_milli)}{daily}{lasts}{order}"


def days_text(lot: Lot) -> str:
    return f"还有 {lot.days_left} 天" if lot.days_left > 0 else "今天到期"


def lot_line(lot: Lot, money: bool) -> str:
    value = f" {yuan(lot.value_fen)}" if money else ""
    daily = f"，日均 {lot.article.words(whole(lot.daily_milli))}" if lot.daily_milli else ""
    unsold = (
        f"，照现在卖法将剩 {lot.article.words(whole(lot.unsold_milli))} 卖不完" if lot.unsold_milli else ""
    )
    return f"{lot.article.title} 批次 {lot.batch_no} {lot.article.words(lot.qty_milli)}{value}，{days_text(lot)}{daily}{unsold}"


def slow_line(one: Slow, money: bool) -> str:
    value = f"，占用 {yuan(one.value_fen)}" if money else ""
    return f"{one.article.title} {one.article.words(one.qty_milli)}，{one.idle_days} 天没动{value}"


def look(article: Article) -> str:
    """What “报 n” says where there is nothing to do but look."""
    return f"库存 {article.code}"


def reorder(one: Low, actor: Actor) -> str:
    """For who may order: the suggested order, to be confirmed as any other."""
    unit = one.article.largest_unit
    if not one.suggest_milli or May.ORDER_GOODS not in actor.may:
        return look(one.article)
    return f"采购下单 {one.article.code} {plain(one.suggest_milli, one.article.units[unit])}{unit}"


def block(title: str, rows: list[str], first_number: int, total: int | None = None) -> list[str]:
    """A heading and its numbered lines, the rest counted: every line can be answered with “报 n”."""
    if not rows:
        return []
    shown = [f"{first_number + i}. {row}" for i, row in enumerate(rows[:MANY])]
    total = len(rows) if total is None else total
    more = [f"　还有 {total - MANY} 项"] if total > MANY else []
    return [f"【{title}】{total} 项", *shown, *more]
