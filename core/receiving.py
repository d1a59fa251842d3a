"""验收：比订单多到的、当场拒收的、保质期剩得太少的，各走各的路。"""

from dataclasses import replace
from datetime import date
from typing import Any

from core.catalog import Goods, Priced
from core.documents import Line
from core.drafting import SaidLine, Want
from core.errors import Choice, Invalid, Need
from core.posting_rules import Role
from core.values import plain, share, shelf_life_days

REASONS = ("破损", "临期", "错货", "质量不好", "多送", "其他")
WORTH_A_LOOK = (
    667  # a product without a rule of its own: less than 2/3 of its life left is said (features.md M2)
)
OVER_RECEIPT_NEEDS = "老板"  # who must agree to more than was ordered (decision 27)


def refused(found: list[Want], orders: list[Any], reason: str) -> list[Line]:
    """Lines of what was not taken in: nothing moves, it stays on order until the buyer closes it (books.md §4)."""
    if found and not reason:
        raise Need(
            "reject_reason",
            f"{found[0].goods.title} 为什么拒收 {found[0].said_text}？回序号或原因。",
            tuple(Choice(one, {"reject_reason": one}, number) for number, one in enumerate(REASONS, 1)),
        )
    lines = []
    for want in found:
        order = next((row for row in orders if (row.product_id, row.warehouse_id) == want.key), None)
        lines.append(
            want.line(
                Role.REJECTED,
                None,
                want.qty_milli,
                reason=reason,
                order_id=order.order_id if order else None,
                order_line=order.order_line if order else None,
            )
        )
    return lines


def beyond_orders(found: list[Want], orders: list[Any]) -> dict[int, int]:
    """{index of the wanted line: milli that its open orders do not cover}; goods nobody ordered are not beyond anything."""
    left: dict[tuple[int, int], int] = {}
    for row in orders:
        key = (row.product_id, row.warehouse_id)
        left[key] = left.get(key, 0) + row.open_milli
    over = {}
    for number, want in enumerate(found):
        if want.key not in left or want.said.gift:
            continue
        part = min(want.qty_milli, left[want.key])
        left[want.key] -= part
        if part < want.qty_milli:
            over[number] = want.qty_milli - part
    return over


def divided(
    found: list[Want], prices: list[Priced], over: dict[int, int]
) -> tuple[tuple[SaidLine, ...], tuple[SaidLine, ...]]:
    """(what the orders cover, what goes beyond), at the same prices; a said amount is shared out."""
    kept: list[SaidLine] = []
    rest: list[SaidLine] = []
    for number, want in enumerate(found):
        more = over.get(number, 0)
        at = prices[number]
        both = ((want.qty_milli - more, kept), (more, rest))
        for qty, into in ((qty, into) for qty, into in both if qty):
            said, unit = want.part(qty)
            amount = want.said.amount_fen
            into.append(
                replace(
                    want.said,
                    said_milli=said,
                    unit=unit,
                    warehouse_id=want.warehouse_id,
                    price_e4=at.price_e4,
                    price_unit=at.unit,
                    amount_fen=None if amount is None else _part(amount, qty, want.qty_milli, into is rest),
                )
            )
    return tuple(kept), tuple(rest)


def _part(amount: int, qty: int, whole: int, last: bool) -> int:
    return amount - share(amount, whole - qty, whole) if last and qty < whole else share(amount, qty, whole)


def short_life(goods: Goods, made: date | None, expiry: date | None, day: date) -> str:
    """A warning for goods that have lived too long already; raises Invalid when the product's own rule forbids them."""
    if expiry is None:
        return ""
    life = (expiry - made).days if made else shelf_life_days(goods.shelf_life or "")
    if life <= 0:
        return ""
    left = max(0, (expiry - day).days) * 1000
    percent = plain(goods.accept_permille or 0, 10)
    if goods.accept_permille and left < life * goods.accept_permille:
        raise Invalid(
            "short_life",
            f"{goods.title} {expiry} 到期，保质期只剩 {left // (life * 10)}%，收货至少要剩 {percent}%。"
            "请拒收，或请管资料的人改这个商品的收货允收期。",
        )
    return (
        f"{goods.title} {expiry} 到期，保质期只剩 {left // (life * 10)}%，请看一眼"
        if left < life * WORTH_A_LOOK
        else ""
    )
