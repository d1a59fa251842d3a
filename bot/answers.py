"""查账的回答：先看许不许看，再去账里问，说成几行中文。"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from bot.answers_accounts import accounts
from bot.answers_expiring import buyers, near_their_end
from bot.answers_office import OFFICE_ANSWERS
from bot.answers_trace import trace
from bot.asked import Asked
from bot.message import Button, Outgoing
from core.books.articles import articles
from core.books.chain import chain
from core.books.low_stock import low_stock, shortages
from core.books.orders import open_orders, paper
from core.books.owed import ADVANCE, Owed, items_of, owed
from core.books.prices import prices
from core.books.slow import IDLE_DAYS, slow_top
from core.books.stock import BatchHere, PlaceStock, StockOf, pools_of, stock_of
from core.errors import NotAllowed, not_allowed
from core.posting_rules import KIND_NAMES, Account, Kind
from core.rights import kinds_seen, sees_money
from core.staff import Actor, May
from core.values import SHANGHAI, half_up, in_units, price_text, scaled, yuan
from intents.frame import Catalog, Frame
from notifications.daily_digest import digest_text
from notifications.wording import slow_line

BEST = 5
SHORT = 10
SHOWN_LINES = 12
PRIVATE_ONLY = "这个在群里不方便说，请私聊问我。"


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
        f"{one.article.title}：可用 {one.article.words(one.available_milli)}"
        + (f"，锁定 {one.article.words(one.reserved_milli)}" if one.reserved_milli else "")
        for one in found[:12]
    ]
    if len(found) > 12:
        rows.append(f"还有 {len(found) - 12} 种，说牌子或规格我只报那几个。")
    return Outgoing("\n".join([f"{place.name if place else '全部仓库'}共 {len(found)} 种：", *rows]))


def _one_stock(asked: Asked, one: StockOf) -> list[str]:
    rows = [
        one.article.title,
        f"在库 {one.article.words(one.on_hand_milli)}",
        f"锁定 {one.article.words(one.reserved_milli)}，可用 {one.article.words(one.available_milli)}，在途 {one.article.words(one.in_transit_milli)}",
    ]
    if one.on_order_milli:
        rows[-1] += f"，在订 {one.article.words(one.on_order_milli)}"
    if one.set_aside_milli or one.stale_milli:
        rows.append(
            f"待检冻结 {one.article.words(one.set_aside_milli)}，过期 {one.article.words(one.stale_milli)}"
        )
    places = [place for place in one.places if place.on_hand_milli or place.reserved_milli]
    for place in places:
        rows += _batches(asked, one, place, len(places) > 1)
    wanted = _wanted(asked, one)
    if wanted is not None:
        left = one.available_milli - wanted
        rows.append(
            f"要 {one.article.words(wanted)}：够，还剩 {one.article.words(left)}"
            if left >= 0
            else f"要 {one.article.words(wanted)}：不够，差 {one.article.words(-left)}"
        )
    return rows


def _batches(asked: Asked, one: StockOf, place: PlaceStock, named: bool) -> list[str]:
    rows = [f"{place.warehouse}：{one.article.words(place.on_hand_milli)}"] if named else []
    for lot in place.batches[:BEST]:
        if not (lot.batch_no or lot.bin):
            continue
        left = f"，在 {lot.bin}" if lot.bin else ""
        left += f"，在拣 {one.article.words(lot.picked_milli)}" if lot.picked_milli else ""
        left += f"，到期 {lot.expiry_date}（{_life(asked, lot)}）" if lot.expiry_date else ""
        left += "" if lot.condition is Account.OK else f"，{lot.condition.value}"
        name = f"批次 {lot.batch_no} " if lot.batch_no else ""
        rows.append(f"　{name}{one.article.words(lot.qty_milli)}{left}")
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
    rows, shown = [], ids[:SHORT]
    known, pools = articles(asked.conn, asked.company_id, shown), pools_of(asked.conn, shown)
    for article in (known[one] for one in shown):
        qty, value = pools.get(article.id, (0, 0))
        unit = article.largest_unit
        rows.append(
            f"{article.title} 库存成本 {yuan(half_up(value * article.units[unit], qty))}/{unit}，共 {yuan(value)}"
            if qty
            else f"{article.title} 没有库存"
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
    if asked.slots.get("overdue"):
        found = tuple(
            sorted((one for one in found if one.overdue_fen), key=lambda one: one.oldest_due or date.max)
        )
        rows += [_late(asked, one) for one in found[:SHORT]] or ["没有逾期的。"]
    else:
        rows += [
            f"{one.name} {yuan(one.owed_fen)}"
            + (f"（逾期 {yuan(one.overdue_fen)}）" if one.overdue_fen else "")
            for one in found[:SHORT]
        ]
    if len(found) > SHORT:
        rows.append(f"还有 {len(found) - SHORT} 家，说名称可看明细。")
    return Outgoing("\n".join(rows) if total or found else f"没有未清的{word}。")


def _late(asked: Asked, one: Owed) -> str:
    """The longest first: how much is late, and since when."""
    days = f"，最久 {(asked.today - one.oldest_due).days} 天" if one.oldest_due else ""
    return f"{one.name} 逾期 {yuan(one.overdue_fen)}{days}（共欠 {yuan(one.owed_fen)}）"


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


# ── low stock, slow stock ──


def _slow(asked: Asked) -> Outgoing:
    """What lies here unsold, the dearest first: the goods that do not turn over."""
    wanted, place = set(asked.products()), asked.warehouse()
    idle = slow_top(asked.conn, asked.company_id, asked.today, None, warehouse_id=place.id if place else None)
    found = [one for one in idle.rows if not wanted or one.article.id in wanted]
    if not found:
        return Outgoing(f"没有放了 {IDLE_DAYS} 天没卖的货。")
    money = asked.actor.sees(May.SEE_COST)
    tied = f"，占用 {yuan(sum(one.value_fen for one in found))}" if money else ""
    rows = [f"{IDLE_DAYS} 天没卖的 {len(found)} 种{tied}"]
    rows += [f"{number}. {slow_line(one, money)}" for number, one in enumerate(found[:SHORT], 1)]
    if len(found) > SHORT:
        rows.append(f"还有 {len(found) - SHORT} 种。")
    return Outgoing("\n".join(rows), alerts=tuple(f"促销 {one.article.code}" for one in found[:SHORT]))


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
        words = one.article.words
        last = f"，够 {one.days_left_tenths // 10} 天" if one.days_left_tenths is not None else ""
        order = f"，建议订 {words(one.suggest_milli)}" if one.suggest_milli else ""
        rows.append(
            f"{one.article.title} 可用 {words(one.available_milli)}，安全 {words(one.safety_milli)}{last}{order}"
        )
    if len(found) > 10:
        rows.append(f"还有 {len(found) - 10} 种。")
    return "\n".join(rows)


# ── one document, the day ──


def _order(asked: Asked) -> Outgoing:
    number = asked.slots.get("document_no")
    if not number:
        return _orders_of(asked)
    one = paper(asked.conn, asked.company_id, str(number))
    name = KIND_NAMES[one.kind]
    if one.kind not in kinds_seen(asked.actor):
        raise not_allowed(f"查{name}")
    money = f" {yuan(one.total_fen)}" if sees_money(asked.actor, one.kind) and one.total_fen else ""
    rows = [f"{one.number} {name}{money}", f"{one.day}，{one.who}记"]
    if one.undone_by:
        rows.append(f"已红冲：{one.undone_by}")
    for line in one.lines[:SHOWN_LINES]:
        words = in_units(line.qty_milli, line.article.units, line.article.base_unit, line.unit)
        rows.append(f"　{line.article.title} {words}")
    if len(one.lines) > SHOWN_LINES:
        rows.append(f"　还有 {len(one.lines) - SHOWN_LINES} 行，后台“单据”可看全部。")
    if one.waits_for:
        rows.append(f"等{one.waits_for}审批，批了才记账")
    elif one.cancelled:
        rows.append("已作废，没有记过账")
    elif one.kind in WAITING and not one.undone_by:
        waits = WAITING[one.kind]
        open_text = f"还有 {one.open_lines} 行{waits.lines}，{waits.day} {one.promised_on or '未定'}"
        rows.append(open_text if one.open_lines else waits.done)
    return Outgoing("\n".join([*rows, *_chain(asked, one.number)]))


def _chain(asked: Asked, number: str) -> list[str]:
    """“→ DN-… 销售出库单 11-15 09:20 老陈 ¥…”: what came before and after, and who did it when."""
    found = chain(asked.conn, asked.company_id, number, kinds_seen(asked.actor))
    if len(found) < 2:
        return []
    rows = []
    for step in found[:SHOWN_LINES]:
        at = step.at.astimezone(SHANGHAI).strftime("%m-%d %H:%M")
        money = f" {yuan(step.total_fen)}" if step.total_fen and sees_money(asked.actor, step.kind) else ""
        mark = "红冲" if step.undoes else KIND_NAMES[step.kind]
        rows.append(f"{'●' if step.number == number else '→'} {step.number} {mark} {at} {step.who}{money}")
    more = [f"　还有 {len(found) - SHOWN_LINES} 张，后台“单据”可看全部。"] if len(found) > SHOWN_LINES else []
    return ["来龙去脉：", *rows, *more]


class Waits(NamedTuple):
    """How open orders of a kind are spoken of."""

    title: str  # above the list of them
    lines: str  # what their lines still wait for
    done: str  # when none waits any more
    day: str


WAITING = {
    Kind.SALES_ORDER: Waits("没出完的订单：", "没出库", "已全部出库或关闭", "送货"),
    Kind.PURCHASE_ORDER: Waits("没到齐的采购订单：", "没到货", "已全部到货或关闭", "到货"),
}


def _orders_of(asked: Asked) -> Outgoing:
    party, rows = asked.partner(), []
    for kind, waits in WAITING.items():
        if kind in kinds_seen(asked.actor):
            found = open_orders(asked.conn, asked.company_id, kind, party.id if party else None)
            rows += [waits.title] if found else []
            rows += [f"{one.number} {one.partner}，{waits.day} {one.promised_on or '未定'}" for one in found]
    return Outgoing("\n".join(rows) or "没有没做完的订单。")


def _digest(asked: Asked) -> Outgoing:
    said = digest_text(asked.conn, asked.company_id, asked.today, asked.now, asked.actor)
    return Outgoing(said.text, tuple(Button(label, say) for label, say in said.buttons), alerts=said.alerts)


Said = Callable[[Asked], Outgoing]
ANSWERS: dict[str, tuple[tuple[May, ...], Said]] = {
    "query_stock": ((May.SEE_STOCK,), _stock),
    "query_price": ((May.SEE_SALES_PRICE, May.SEE_PURCHASE_PRICE), _price),
    "query_receivable": ((May.SEE_RECEIVABLE,), _receivable),
    "query_payable": ((May.SEE_PAYABLE,), _payable),
    "query_statement": ((May.SEE_RECEIVABLE, May.SEE_PAYABLE), accounts),
    "query_expiry": ((May.SEE_STOCK,), near_their_end),
    "query_buyers": ((May.SEE_SALES_PRICE,), buyers),
    "query_low_stock": ((May.SEE_STOCK,), _low),
    "query_order": ((May.SEE_STOCK,), _order),
    "query_turnover": ((May.SEE_STOCK,), _slow),
    "daily_report": ((May.SEE_DIGEST,), _digest),
    "query_trace": ((May.SEE_STOCK,), trace),
} | OFFICE_ANSWERS
