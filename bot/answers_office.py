"""办公室里少问但要紧的几样：叫法、比价、待补价。"""

from collections.abc import Callable

from bot.asked import Asked
from bot.message import Button, Outgoing
from core.books.articles import articles
from core.books.bins import in_bins
from core.books.names import names_told
from core.books.quotes import compare_quotes
from core.books.unpriced import unpriced
from core.commands.learn_name import whose
from core.staff import May
from core.values import price_text, yuan
from core.warehouses import warehouse_names

SHOWN = 20


def _names(asked: Asked) -> Outgoing:
    """Those this person told or that are his own; with a word, everybody's meanings of it."""
    word = str(asked.slots.get("name") or "")
    rows = names_told(asked.conn, asked.company_id, None if word else asked.actor.id)
    rows = [row for row in rows if not word or word in row.word]
    if not rows:
        return Outgoing(f"没有记过叫法{f'“{word}”' if word else ''}。选定商品记完账时，我会问要不要记住。")
    told = [f"{row.word} = {row.title.strip()}（{whose(row)}）" for row in rows[:SHOWN]]
    more = [f"还有 {len(rows) - SHOWN} 个，说“叫法 词”我只报那一个。"] if len(rows) > SHOWN else []
    return Outgoing("\n".join([*told, *more, "不要了说“忘掉 词”。"]))


def _quotes(asked: Asked) -> Outgoing:
    """The offers for one requisition beside one another, the best first."""
    found = compare_quotes(
        asked.conn, asked.company_id, str(asked.slots.get("document_no") or ""), asked.today
    )
    if not found.offers:
        return Outgoing(
            f"{found.requisition} 还没有报价。收到了说：记报价 {found.requisition} 供应商 商品 数量 单价…"
        )
    rows = [f"{found.requisition} 有 {len(found.offers)} 家报价（同样数量、连运费）："]
    for place, one in enumerate(found.offers, 1):
        marks = [
            f"{one.lead_days} 天到" if one.lead_days is not None else "",
            "" if one.complete else "没报全",
            "已过期" if one.run_out else "",
        ]
        told = "，".join(mark for mark in marks if mark)
        rows.append(
            f"{place}. {one.supplier} {yuan(one.total_fen)}{f'（{told}）' if told else ''} {one.quote}"
        )
    best = found.offers[0]
    return Outgoing(
        "\n".join([*rows, f"定了说：按报价下单 {best.quote}"]),
        (Button(f"按 {best.supplier} 下单"[:20], f"按报价下单 {best.quote}"),),
    )


def _bin(asked: Asked) -> Outgoing:
    """What lies in a bin; without one, which bins are used for what."""
    code = str(asked.slots.get("bin") or "")
    rows = in_bins(asked.conn, asked.company_id, code)
    if not rows:
        return Outgoing(f"{code or '库位'}里没有货。放货上去说：上架 商品 数量 {code or 'A1'}")
    goods = articles(asked.conn, asked.company_id, {one.product_id for one in rows})
    places = warehouse_names(asked.conn, asked.company_id)
    named = len({one.warehouse_id for one in rows}) > 1
    told = []
    for one in rows[:SHOWN]:
        where = " ".join(
            part for part in (places[one.warehouse_id] if named else "", "" if code else one.bin) if part
        )
        dated = f"，到期 {one.expiry_date}" if one.expiry_date else ""
        picked = f"，在拣 {goods[one.product_id].words(one.picked_milli)}" if one.picked_milli else ""
        told.append(
            f"{where} {goods[one.product_id].title} {goods[one.product_id].words(one.qty_milli)}{dated}{picked}".strip()
        )
    more = [f"还有 {len(rows) - SHOWN} 样，说“库位 A1”我只报那一格。"] if len(rows) > SHOWN else []
    return Outgoing("\n".join([f"{code} 里有：" if code else "各库位：", *told, *more]))


def _unpriced(asked: Asked) -> Outgoing:
    rows = unpriced(asked.conn, asked.company_id)
    if not rows:
        return Outgoing("没有待补价的入库。")
    goods = articles(asked.conn, asked.company_id, {one.product_id for one in rows})
    told = [
        f"{one.number} {one.supplier} {goods[one.product_id].title} {goods[one.product_id].words(one.qty_milli)}，"
        f"暂估 {price_text(one.price_e4)}/{one.price_unit}"
        for one in rows[:SHOWN]
    ]
    more = [f"还有 {len(rows) - SHOWN} 笔。"] if len(rows) > SHOWN else []
    return Outgoing("\n".join([f"待补价 {len(rows)} 笔：", *told, *more, "补价说：补价 单号 商品 价"]))


Said = Callable[[Asked], Outgoing]
OFFICE_ANSWERS: dict[str, tuple[tuple[May, ...], Said]] = {
    "list_names": ((May.SEE_STOCK,), _names),
    "look_in_bin": ((May.SEE_STOCK,), _bin),
    "compare_quotes": ((May.SEE_PURCHASE_PRICE,), _quotes),
    "list_unpriced": ((May.SEE_PURCHASE_PRICE,), _unpriced),
}
