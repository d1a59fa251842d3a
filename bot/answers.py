"""查账的回答：先看许不许看，再去账里问，说成几行中文。"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select, text

from bot.message import Button, Outgoing
from core.accounts import batch
from core.books.expiring import expiring
from core.books.low_stock import low_stock, shortages
from core.books.owed import ADVANCE, items_of, owed
from core.books.prices import prices
from core.books.stock import BatchHere, PlaceStock, StockOf, stock_of
from core.company import the_company
from core.documents import by_number, document, document_line, order_open
from core.errors import NotAllowed, not_allowed
from core.posting_rules import KIND_NAMES, Account, Kind
from core.staff import Actor, May, actor_by_id
from core.values import MILLI, half_up, in_units, price_text, scaled, to_day, yuan
from intents.frame import Catalog, Frame
from notifications.daily_digest import digest_text
from notifications.wording import days_text

BEST = 5
SHORT = 10
PRIVATE_ONLY = "这个在群里不方便说，请私聊问我。"


class Asked:
    """One question with everything an answer needs."""

    def __init__(self, conn: Connection, actor: Actor, frame: Frame, catalog: Catalog, now: datetime) -> None:
        self.conn, self.actor, self.frame, self.catalog, self.now = conn, actor, frame, catalog, now
        self.company_id = actor.company_id
        self.today: date = to_day(now, the_company(conn, actor.company_id).day_cut_hour)
        self.slots = frame.slots

    def products(self) -> list[int]:
        codes = [code for code in self.slots.get("products") or () if code in self.catalog.goods_by_code]
        found = [self.catalog.goods_by_code[code].id for code in codes]
        for name in ("brand", "category"):
            wanted = self.slots.get(name)
            if wanted:
                found += [row.id for row in self.catalog.goods if getattr(row, name) == wanted]
        return list(dict.fromkeys(found))

    def partner(self) -> Any | None:
        return self.catalog.party_by_code.get(self.slots.get("partner") or "")

    def warehouse(self) -> Any | None:
        return self.catalog.place_by_code.get(self.slots.get("warehouse") or "")


def answer(conn: Connection, actor: Actor, frame: Frame, catalog: Catalog, now: datetime) -> Outgoing:
    """Raises NotAllowed when this reader, in this place, may not see it."""
    known = ANSWERS.get(frame.intent)
    if known is None:
        return Outgoing(
            "听懂了，这一项还没开张。现在能问的：库存、价格、应收、应付、临期、低库存、单据、日报。"
        )
    needs, say = known
    if not any(actor.sees(need) for need in needs):
        if actor.in_group and any(need in actor.may for need in needs):
            raise NotAllowed("private_only", PRIVATE_ONLY)
        raise not_allowed(needs[0].value)
    return say(Asked(conn, actor, frame, catalog, now))


# ── stock ──


def _stock(asked: Asked) -> Outgoing:
    ids, place = asked.products(), asked.warehouse()
    if not ids:
        return _shortest(asked)
    found = stock_of(asked.conn, asked.company_id, ids, place.id if place else None)
    if len(found) == 1:
        return Outgoing("\n".join(_one_stock(asked, found[0])))
    rows = [
        f"{one.article.title}：可用 {_amount(one, one.available_milli)}"
        + (f"，锁定 {_amount(one, one.reserved_milli)}" if one.reserved_milli else "")
        for one in found[:12]
    ]
    if len(found) > 12:
        rows.append(f"还有 {len(found) - 12} 种，说牌子或规格我只报那几个。")
    return Outgoing("\n".join([f"{place.name if place else '全部仓库'}共 {len(found)} 种：", *rows]))


def _amount(one: StockOf, milli: int) -> str:
    return in_units(milli, one.article.units, one.article.base_unit, one.article.largest_unit)


def _one_stock(asked: Asked, one: StockOf) -> list[str]:
    rows = [
        one.article.title,
        f"在库 {_amount(one, one.on_hand_milli)}",
        f"锁定 {_amount(one, one.reserved_milli)}，可用 {_amount(one, one.available_milli)}，在途 {_amount(one, one.in_transit_milli)}",
    ]
    if one.on_order_milli:
        rows[-1] = (
            rows[-1].rsplit("，", 1)[0]
            + f"，在途 {_amount(one, one.in_transit_milli)}，在订 {_amount(one, one.on_order_milli)}"
        )
    if one.set_aside_milli or one.stale_milli:
        rows.append(f"待检冻结 {_amount(one, one.set_aside_milli)}，过期 {_amount(one, one.stale_milli)}")
    places = [place for place in one.places if place.on_hand_milli or place.reserved_milli]
    for place in places:
        rows += _batches(asked, one, place, len(places) > 1)
    wanted = _wanted(asked, one)
    if wanted is not None:
        left = one.available_milli - wanted
        rows.append(
            f"要 {_amount(one, wanted)}：够，还剩 {_amount(one, left)}"
            if left >= 0
            else f"要 {_amount(one, wanted)}：不够，差 {_amount(one, -left)}"
        )
    return rows


def _batches(asked: Asked, one: StockOf, place: PlaceStock, named: bool) -> list[str]:
    rows = [f"{place.warehouse}：{_amount(one, place.on_hand_milli)}"] if named else []
    for lot in place.batches[:BEST]:
        if not lot.batch_no:
            continue
        left = f"，到期 {lot.expiry_date}（{_life(asked, lot)}）" if lot.expiry_date else ""
        left += "" if lot.condition is Account.OK else f"，{lot.condition.value}"
        rows.append(f"　批次 {lot.batch_no} {_amount(one, lot.qty_milli)}{left}")
    if len(place.batches) > BEST:
        rows.append(f"　还有 {len(place.batches) - BEST} 批")
    return rows


def _life(asked: Asked, lot: BatchHere) -> str:
    days = (lot.expiry_date - asked.today).days if lot.expiry_date else 0
    return "已过期" if days < 0 else f"还有 {days} 天"


def _wanted(asked: Asked, one: StockOf) -> int | None:
    """The quantity of a question like “渝家要10箱，够吗”, in milli base units."""
    for line in asked.slots.get("lines") or ():
        qty = scaled(str(line.get("qty") or ""), 1)
        factor = one.article.units.get(line.get("unit") or "")
        if qty and factor and line.get("product") in (None, one.article.code):
            return qty * factor
    return None


def _shortest(asked: Asked) -> Outgoing:
    """No product named: what is short, and how to ask."""
    return Outgoing(_low_text(asked) + "\n查某个商品请说：库存 生抽")


# ── prices ──


def _price(asked: Asked) -> Outgoing:
    party, ids = asked.partner(), asked.products()
    if asked.slots.get("cost"):
        return _cost(asked, ids)
    views = [
        prices(asked.conn, asked.company_id, product_id, asked.today, party.id if party else None)
        for product_id in ids[:SHORT]
    ]
    if len(ids) == 1 and views[0] is not None:
        return Outgoing("\n".join(_one_price(asked, views[0], party)))
    rows = [_price_row(asked, view, party) for view in views if view is not None]
    if len(ids) > SHORT:
        rows.append(f"还有 {len(ids) - SHORT} 种，说牌子或规格我只报那几个。")
    return Outgoing("\n".join(rows) or "没说是哪个商品。请说：生抽多少钱")


def _cost(asked: Asked, ids: list[int]) -> Outgoing:
    """What the goods here have cost us, per largest unit: Σ value ÷ Σ quantity of their batches."""
    if not asked.actor.sees(May.SEE_COST):
        raise not_allowed(May.SEE_COST.value)
    rows = []
    for one in stock_of(asked.conn, asked.company_id, ids[:SHORT]):
        pool = asked.conn.execute(
            select(func.sum(batch.c.qty_milli), func.sum(batch.c.value_fen)).where(
                batch.c.product_id == one.article.id, text("batch.qty_milli > 0")
            )
        ).one()
        unit = one.article.largest_unit
        each = half_up(int(pool[1]) * one.article.units[unit], int(pool[0])) if pool[0] else None
        rows.append(
            f"{one.article.title} "
            + (f"库存成本 {yuan(each)}/{unit}，共 {yuan(int(pool[1]))}" if each is not None else "没有库存")
        )
    return Outgoing("\n".join(rows) or "没说是哪个商品。请说：成本 生抽")


def _price_row(asked: Asked, view: Any, party: Any) -> str:
    """One line a product when several were meant."""
    if not asked.actor.sees(May.SEE_SALES_PRICE):
        deal = view.purchases[0] if view.purchases else None
        return f"{view.article.title} " + (
            f"最近进价 {price_text(deal.price_e4)}/{deal.unit}" if deal else "没进过"
        )
    own = next((one for one in view.agreed if party and one.whom == party.name), view.list_price)
    return f"{view.article.title} " + (f"{price_text(own.price_e4)}/{own.unit}" if own else "没有定价")


def _one_price(asked: Asked, view: Any, party: Any) -> list[str]:
    actor, rows = asked.actor, [view.article.title]
    if actor.sees(May.SEE_SALES_PRICE):
        own = [one for one in view.agreed if party and one.whom == party.name]
        for one in own:
            rows.append(f"{party.name} 协议价 {price_text(one.price_e4)}/{one.unit}")
        if view.list_price:
            rows.append(f"售价 {price_text(view.list_price.price_e4)}/{view.list_price.unit}")
        rows += [f"{one.whom}价 {price_text(one.price_e4)}/{one.unit}" for one in view.levels]
        if view.floor_e4 is not None and view.ceiling_e4 is not None:
            rows.append(
                f"可卖区间 {price_text(view.floor_e4)}–{price_text(view.ceiling_e4)}/{view.price_unit}"
            )
        rows += [
            f"最近卖给 {one.partner} {price_text(one.price_e4)}/{one.unit}（{one.on_day}）"
            for one in view.sales[:2]
            if party is None or one.partner == party.name
        ]
    if actor.sees(May.SEE_PURCHASE_PRICE):
        rows += [
            f"最近进价 {price_text(one.price_e4)}/{one.unit}，{one.partner}（{one.on_day}）"
            for one in view.purchases[:2]
        ]
    return rows if len(rows) > 1 else [*rows, "还没有定价。老板可在后台“商品”里填。"]


# ── who owes whom ──


def _receivable(asked: Asked) -> Outgoing:
    return _owed(asked, "R", "应收")


def _payable(asked: Asked) -> Outgoing:
    return _owed(asked, "P", "应付")


def _owed(asked: Asked, side: str, word: str) -> Outgoing:
    party = asked.partner()
    found = owed(asked.conn, asked.company_id, side, asked.today, party.id if party else None)
    if party is not None:
        return Outgoing("\n".join(_one_owed(asked, side, word, party, found)))
    total, late = sum(one.owed_fen for one in found), sum(one.overdue_fen for one in found)
    rows = [f"{word}合计 {yuan(total)}，其中逾期 {yuan(late)}"]
    rows += [
        f"{one.name} {yuan(one.owed_fen)}" + (f"（逾期 {yuan(one.overdue_fen)}）" if one.overdue_fen else "")
        for one in found[:10]
    ]
    if len(found) > 10:
        rows.append(f"还有 {len(found) - 10} 家，说名称可看明细。")
    return Outgoing("\n".join(rows) if found else f"没有未清的{word}。")


def _one_owed(asked: Asked, side: str, word: str, party: Any, found: Iterable[Any]) -> list[str]:
    one = next(iter(found), None)
    if one is None:
        return [f"{party.name} 没有未清的{word}。"]
    if one.owed_fen < 0:
        return [f"{party.name} 没有欠款，{ADVANCE[side]} {yuan(-one.owed_fen)}"]
    rows = [f"{party.name} {word} {yuan(one.owed_fen)}，逾期 {yuan(one.overdue_fen)}（账期 {one.terms}）"]
    if side == "R" and one.credit_limit_fen is not None:
        rows.append(f"信用额度 {yuan(one.credit_limit_fen)}")
    items = items_of(asked.conn, asked.company_id, side, party.id, asked.today)
    for item in items[:8]:
        if item.sign < 0:
            rows.append(f"{item.number} {ADVANCE[side]} {yuan(item.open_fen)}")
        else:
            late = f"，逾期 {item.days_overdue} 天" if item.days_overdue > 0 else f"，{item.due_date} 到期"
            rows.append(f"{item.number} {yuan(item.open_fen)}{late}")
    if len(items) > 8:
        rows.append(f"还有 {len(items) - 8} 笔，后台“单据”可看全部。")
    return rows


# ── expiring, low stock ──


def _expiring(asked: Asked) -> Outgoing:
    place, days = asked.warehouse(), asked.slots.get("days")
    wanted = set(asked.products())
    found = expiring(
        asked.conn, asked.company_id, asked.today, int(days) if days else None, place.id if place else None
    )
    near = [lot for lot in found.near if not wanted or lot.article.id in wanted]
    gone = [lot for lot in found.expired if not wanted or lot.article.id in wanted]
    if not near and not gone:
        return Outgoing("没有临期的货。")
    money = asked.actor.sees(May.SEE_COST)
    value = f"，成本 {yuan(sum(lot.value_fen for lot in near))}" if money else ""
    rows = [f"临期 {len(near)} 批{value}"]
    for lot in near[:10]:
        unsold = (
            f"，照现在卖法会剩 {in_units(-(-lot.unsold_milli // MILLI) * MILLI, lot.article.units, lot.article.base_unit, lot.article.largest_unit)}"
            if lot.unsold_milli
            else ""
        )
        rows.append(
            f"{lot.article.title} {in_units(lot.qty_milli, lot.article.units, lot.article.base_unit, lot.article.largest_unit)}，{days_text(lot)}{unsold}"
        )
    if len(near) > 10:
        rows.append(f"还有 {len(near) - 10} 批，后台“库存”可看全部。")
    if gone:
        rows.append(
            "已过期："
            + "、".join(
                f"{lot.article.title} {in_units(lot.qty_milli, lot.article.units, lot.article.base_unit)}"
                for lot in gone[:5]
            )
        )
    return Outgoing("\n".join(rows))


def _low(asked: Asked) -> Outgoing:
    return Outgoing(_low_text(asked))


def _low_text(asked: Asked) -> str:
    wanted = set(asked.products())
    found = [
        one
        for one in low_stock(asked.conn, asked.company_id, asked.today)
        if not wanted or one.article.id in wanted
    ]
    short = [one for one in shortages(asked.conn, asked.company_id) if not wanted or one.article.id in wanted]
    rows = (
        [f"缺货 {len(short)} 种，低于安全库存 {len(found)} 种"]
        if found or short
        else ["没有低于安全库存的商品。"]
    )
    for one in found[:10]:
        units, base, big = one.article.units, one.article.base_unit, one.article.largest_unit
        last = f"，够 {one.days_left_tenths // 10} 天" if one.days_left_tenths is not None else ""
        order = f"，建议订 {in_units(one.suggest_milli, units, base, big)}" if one.suggest_milli else ""
        rows.append(
            f"{one.article.title} 可用 {in_units(one.available_milli, units, base, big)}，安全 {in_units(one.safety_milli, units, base, big)}{last}{order}"
        )
    if len(found) > 10:
        rows.append(f"还有 {len(found) - 10} 种。")
    return "\n".join(rows)


# ── one document, the day ──


def _order(asked: Asked) -> Outgoing:
    number = asked.slots.get("document_no")
    if not number:
        return _orders_of(asked)
    row = by_number(asked.conn, asked.company_id, str(number))
    sees = {
        Kind.SALES_ORDER: May.SEE_SALES_PRICE,
        Kind.DELIVERY: May.SEE_SALES_PRICE,
        Kind.GOODS_RECEIPT: May.SEE_PURCHASE_PRICE,
    }
    money = asked.actor.sees(sees.get(Kind(row.kind), May.SEE_RECEIVABLE))
    who = actor_by_id(asked.conn, row.staff_id)
    rows = [
        f"{row.number} {KIND_NAMES[Kind(row.kind)]}" + (f" {yuan(row.total_fen)}" if money else ""),
        f"{row.business_date}，{who.name if who else '—'}记",
    ]
    reversed_by = asked.conn.execute(
        select(document.c.number).where(document.c.reverses_id == row.id)
    ).scalar()
    if reversed_by:
        rows.append(f"已红冲：{reversed_by}")
    names = {one.id: one for one in asked.catalog.goods}
    for line in asked.conn.execute(
        select(document_line)
        .where(document_line.c.document_id == row.id)
        .order_by(document_line.c.line_no)
        .limit(12)
    ):
        if line.product_id in names:
            goods = names[line.product_id]
            rows.append(
                f"　{goods.name} {goods.spec} {in_units(line.qty_milli, goods.units, goods.base_unit, line.unit)}"
            )
    left = asked.conn.execute(
        select(order_open).where(order_open.c.order_id == row.id, order_open.c.open_milli > 0)
    ).all()
    if row.kind == Kind.SALES_ORDER and not reversed_by:
        rows.append(f"还有 {len(left)} 行没出库，送货 {row.promised_on}" if left else "已全部出库或关闭")
    return Outgoing("\n".join(rows))


def _orders_of(asked: Asked) -> Outgoing:
    party = asked.partner()
    query = (
        select(document.c.number, document.c.promised_on, document.c.partner_id)
        .join(order_open, order_open.c.order_id == document.c.id)
        .where(order_open.c.company_id == asked.company_id, order_open.c.open_milli > 0)
        .distinct()
        .order_by(document.c.promised_on, document.c.number)
        .limit(12)
    )
    if party is not None:
        query = query.where(document.c.partner_id == party.id)
    names = {one.id: one.name for one in asked.catalog.parties}
    rows = [
        f"{row.number} {names.get(row.partner_id, '')}，送货 {row.promised_on}"
        for row in asked.conn.execute(query)
    ]
    return Outgoing("\n".join(["没出完的订单：", *rows]) if rows else "没有没出完的订单。")


def _digest(asked: Asked) -> Outgoing:
    said = digest_text(asked.conn, asked.company_id, asked.today, asked.now, asked.actor)
    return Outgoing(said.text, tuple(Button(label, say) for label, say in said.buttons), alerts=said.alerts)


Said = Callable[[Asked], Outgoing]
ANSWERS: dict[str, tuple[tuple[May, ...], Said]] = {
    "query_stock": ((May.SEE_STOCK,), _stock),
    "query_price": ((May.SEE_SALES_PRICE, May.SEE_PURCHASE_PRICE), _price),
    "query_receivable": ((May.SEE_RECEIVABLE,), _receivable),
    "query_payable": ((May.SEE_PAYABLE,), _payable),
    "query_expiry": ((May.SEE_STOCK,), _expiring),
    "query_low_stock": ((May.SEE_STOCK,), _low),
    "query_order": ((May.SEE_STOCK,), _order),
    "daily_report": ((May.SEE_DIGEST,), _digest),
}
