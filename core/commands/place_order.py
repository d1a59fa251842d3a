"""下单：销售订单一提交就锁住可用库存。"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from core.accounts import availability
from core.catalog import Priced, list_price, product
from core.credit import check_credit
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
    line_facts,
    newest,
    place_names,
    said_price,
    wants,
)
from core.errors import Choice, Invalid, Need
from core.locks import lock_availability
from core.partners import the_partner
from core.posting_rules import Kind, Role
from core.prepared import Prepared
from core.price_checks import Offer, check_prices
from core.tx import Tx
from core.values import MILLI, plain
from core.warehouses import warehouse


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    lines: tuple[SaidLine, ...]
    partner_id: int
    promised_on: date | None = None  # tomorrow unless said
    total_fen: int | None = None
    last_price: bool = False  # 老价格
    note: str = ""


def prepare(tx: Tx, command: PlaceOrder) -> Prepared:
    """Order: warehouse → customer → price → stock → credit → floor, cost. Raises Need with what can be held instead."""
    found = wants(tx, command.lines, command.total_fen)
    day = business_day(tx, None)
    customer = the_customer(tx, command.partner_id)
    promised = command.promised_on or tx.today + timedelta(days=1)
    if promised < tx.today:
        raise Invalid("promised_past", f"送货日 {promised} 已经过了。请改成今天或以后的日期。")
    defaulted: list[str] = []
    prices = sales_prices(tx, found, customer, command.total_fen, command.last_price, defaulted)
    rows = lock_availability(tx, {want.key for want in found})
    hold(tx, found, {key: row.sellable_milli - row.reserved_milli for key, row in rows.items()})
    lines = [sales_line(want, priced) for want, priced in zip(found, prices, strict=True)]
    check_total(command.total_fen, lines)
    draft = Draft(Kind.SALES_ORDER, lines, day, customer.id, promised_on=promised, note=command.note)
    warned, credit = check_credit(tx, customer, draft.total_fen)
    looked, price = check_prices(
        tx,
        [
            Offer(want.goods, priced, want.qty_milli, line.amount_fen)
            for want, priced, line in zip(found, prices, lines, strict=True)
        ],
    )
    shown = card(
        tx,
        "下单",
        draft,
        partner=customer.name,
        warehouse=place_names(tx, found),
        promised=str(promised),
        lines=[
            card_line(w, line, price_source=p.source, gift=w.said.gift)
            for w, line, p in zip(found, lines, prices, strict=True)
        ],
    )
    facts = [draft.kind, customer.id, day, promised, line_facts(draft)]
    return Prepared(
        shown,
        facts,
        draft,
        defaulted,
        warned + looked,
        draft.total_fen,
        goods=goods_of(found),
        barriers=credit + price,
    )


def the_customer(tx: Tx, partner_id: int) -> Any:
    row = the_partner(tx, partner_id)
    if not row.is_customer:
        raise Invalid(
            "not_customer", f"{row.name} 不是客户。向它进货请说“{row.name} 送来 …”；要当客户，请在后台勾上。"
        )
    return row


def sales_prices(
    tx: Tx, found: list[Want], customer: Any, total_fen: int | None, last: bool, defaulted: list[str]
) -> list[Priced]:
    """said → (老价格: last deal) → agreed → level → list → asked (decision 29)."""
    said = [said_price(want, len(found) == 1, total_fen) for want in found]
    ids = [want.goods.id for want, priced in zip(found, said, strict=True) if priced is None]
    listed = list_price(tx.conn, ids, "S", customer.id, customer.level, tx.today)
    deals = newest(last_deals(tx, ids, "S", customer.id)) if last else {}
    prices = []
    for number, (want, priced) in enumerate(zip(found, said, strict=True)):
        if priced is None and want.goods.id in deals:
            priced = Priced(deals[want.goods.id].price_e4, deals[want.goods.id].unit, "老价格")
        priced = priced or listed.get(want.goods.id)
        if priced is None:
            raise Need(
                f"lines[{number}].price", f"{want.goods.title} 没有售价，每{want.said.unit}卖多少？回数字。"
            )
        if priced.source not in ("说的", "赠品"):
            defaulted.append(f"{want.goods.title} 按{priced.source}")
        prices.append(priced)
    return prices


def sales_line(want: Want, priced: Priced) -> Line:
    return want.line(
        Role.GIFT if want.said.gift else Role.LINE,
        None,
        want.qty_milli,
        price_e4=priced.price_e4,
        price_unit=priced.unit,
        amount_fen=0 if want.said.gift else line_amount(want, priced),
    )


def hold(tx: Tx, found: list[Want], free: dict[tuple[int, int], int]) -> None:
    """Every line must fit into what is free, all lines of one product together; raises Need with the ways out."""
    for number, want in enumerate(found):
        left = free.get(want.key, 0)
        if want.qty_milli > left:
            raise _not_enough(tx, number, want, max(0, left))
        free[want.key] = left - want.qty_milli


def _not_enough(tx: Tx, number: int, want: Want, left: int) -> Need:
    factor = want.goods.factor_milli(want.said.unit)
    goods, unit = want.goods, want.said.unit
    choices = []
    if left >= factor:
        part = plain(left // factor * MILLI, MILLI)
        choices.append(Choice(f"部分锁定 {part}{unit}", {f"lines[{number}].qty": part}))
    elif left:
        part = plain(left, MILLI)
        choices.append(
            Choice(
                f"部分锁定 {part}{goods.base_unit}",
                {f"lines[{number}].qty": part, f"lines[{number}].unit": goods.base_unit},
            )
        )
    choices += _elsewhere(tx, number, want) + _substitutes(tx, number, want)
    tail = "回序号；也可以改期，等到货后再下单。" if choices else "可以改期，等到货后再下单，或换别的商品。"
    return Need(
        f"lines[{number}].qty",
        f"{goods.title} 要 {want.said_text}，可用只剩 {want.words(left)}。{tail}",
        tuple(Choice(c.label, c.fill, i) for i, c in enumerate(choices, 1)),
    )


def _elsewhere(tx: Tx, number: int, want: Want) -> list[Choice]:
    """The same goods in another warehouse: offered, never switched silently (decision 30)."""
    rows = tx.conn.execute(
        select(
            warehouse.c.code,
            warehouse.c.name,
            (availability.c.sellable_milli - availability.c.reserved_milli).label("free"),
        )
        .join(availability, availability.c.warehouse_id == warehouse.c.id)
        .where(
            availability.c.product_id == want.goods.id,
            warehouse.c.id != want.warehouse_id,
            availability.c.sellable_milli - availability.c.reserved_milli >= want.qty_milli,
        )
        .order_by(warehouse.c.id)
        .limit(2)
    )
    return [
        Choice(
            f"改从{row.name}出(可用 {want.words(row.free)})",
            {f"lines[{number}].warehouse": row.code},
        )
        for row in rows
    ]


def _substitutes(tx: Tx, number: int, want: Want) -> list[Choice]:
    """Up to two goods of the same category and base unit that can cover the quantity."""
    free = availability.c.sellable_milli - availability.c.reserved_milli
    rows = tx.conn.execute(
        select(product.c.code, product.c.name, product.c.spec, free.label("free"))
        .join(availability, availability.c.product_id == product.c.id)
        .where(
            product.c.company_id == tx.company_id,
            product.c.category == want.goods.category,
            product.c.base_unit == want.goods.base_unit,
            product.c.spec == want.goods.spec,
            product.c.id != want.goods.id,
            product.c.active,
            availability.c.warehouse_id == want.warehouse_id,
            free >= want.qty_milli,
        )
        .order_by(free.desc())
        .limit(2)
    )
    return [
        Choice(
            f"换成 {row.name} {row.spec}(可用 {want.words(row.free)})",
            {f"lines[{number}].product": row.code},
        )
        for row in rows
    ]


def others_instead(tx: Tx, want: Want) -> str:
    """What to say to somebody at the counter who cannot have it all: what else covers the quantity, and where it lies."""
    ways = [choice.label for choice in _elsewhere(tx, 0, want) + _substitutes(tx, 0, want)]
    tail = "改小数量再说一次，或等到货。"
    return f"可以{'，或'.join(ways)}。不换就{tail}" if ways else tail
