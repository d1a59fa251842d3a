"""临期的货怎么办：哪几批、还剩几天、会剩多少；一样货的，谁常买、退给谁，一按就接着办。"""

from bot.asked import Asked
from bot.message import Button, Outgoing
from core.books.expiring import Expiring, Lot, expiring
from core.books.prices import Deal, prices
from core.staff import May
from core.values import plain, price_text, yuan
from notifications.wording import days_text, whole

SHOWN, SHOWN_EXPIRED = 10, 5
ALL_RIGHT = Button("知道了", "知道了")  # every batch is told of once in each stage, so nothing has to be kept


def near_their_end(asked: Asked) -> Outgoing:
    """All batches inside their window; of one product, what can be done about it as well."""
    place, days = asked.warehouse(), asked.slots.get("days")
    wanted = set(asked.products())
    found = expiring(
        asked.conn, asked.company_id, asked.today, int(days) if days else None, place.id if place else None
    )
    if wanted:
        near, gone = (
            tuple(lot for lot in some if lot.article.id in wanted) for some in (found.near, found.expired)
        )
        found = Expiring(near, gone)
    if not found.near and not found.expired:
        return Outgoing("没有临期的货。")
    rows = _near(found, asked.actor.sees(May.SEE_COST))
    if found.expired:
        shown = "、".join(
            f"{lot.article.title} {lot.article.words(lot.qty_milli)}" for lot in found.expired[:SHOWN_EXPIRED]
        )
        rows.append(f"已过期：{shown}")
    ways = _ways_out(asked, found) if len(wanted) == 1 else ()
    return Outgoing(
        "\n".join(rows), ways, alerts=tuple(f"临期 {lot.article.code}" for lot in found.near[:SHOWN])
    )


def _near(found: Expiring, money: bool) -> list[str]:
    value = f"，成本 {yuan(found.value_fen)}" if money else ""
    rows = [f"临期 {len(found.near)} 批{value}"]
    for number, lot in enumerate(found.near[:SHOWN], 1):
        unsold = f"，照现在卖法会剩 {lot.article.words(whole(lot.unsold_milli))}" if lot.unsold_milli else ""
        rows.append(
            f"{number}. {lot.article.title} {lot.article.words(lot.qty_milli)}，{days_text(lot)}{unsold}"
        )
    if len(found.near) > SHOWN:
        rows.append(f"还有 {len(found.near) - SHOWN} 批，后台“库存”可看全部。")
    return rows


def _ways_out(asked: Asked, found: Expiring) -> tuple[Button, ...]:
    """For the batch that ends first: sell it off, send it back where it came from, or let it be."""
    lot = (*found.expired, *found.near)[0]
    ways = []
    if lot.days_left >= 0 and May.SELL in asked.actor.may:
        ways.append(Button("促销", f"促销 {lot.article.code}"))
    sent_back = _send_back(asked, lot)
    if sent_back and May.ORDER_GOODS in asked.actor.may:
        ways.append(Button("退供应商", sent_back))
    return (*ways, ALL_RIGHT)


def _send_back(asked: Asked, lot: Lot) -> str:
    """The words that send this batch back; '' when its supplier is not known or its number cannot be said."""
    supplier = next((one for one in asked.catalog.parties if one.id == lot.supplier_id), None)
    said = lot.batch_no.isascii() and len(lot.batch_no) > 2
    if supplier is None or not said:
        return ""
    unit = lot.article.base_unit
    return f"退给{supplier.name} {lot.article.code} {plain(lot.qty_milli, lot.article.units[unit])}{unit} 批次{lot.batch_no}"


def buyers(asked: Asked) -> Outgoing:
    """Who bought this lately, and a sentence to forward to them; what is left to sell goes with it."""
    ids = asked.products()
    view = prices(asked.conn, asked.company_id, ids[0], asked.today) if len(ids) == 1 else None
    if view is None:
        return Outgoing("促销哪样货？说“促销 商品”，我列出最近谁买过。")
    if not view.sales:
        return Outgoing(f"{view.article.title} 还没有人买过。")
    rows = [f"{view.article.title} 最近买过的：", *(_deal(one) for one in view.sales)]
    near = expiring(asked.conn, asked.company_id, asked.today).near
    lot = next((one for one in near if one.article.id == view.article.id), None)
    if lot is not None:
        left = lot.article.words(lot.qty_milli)
        rows += [
            "可以转发：",
            f"{lot.article.title} 现有 {left}，{lot.expiry_date} 到期，特价处理，要的请回个数。",
        ]
    return Outgoing("\n".join(rows))


def _deal(one: Deal) -> str:
    return f"　{one.partner}，{one.on_day}，{price_text(one.price_e4)}/{one.unit}"
