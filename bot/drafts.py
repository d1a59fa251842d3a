"""还没问完的一张单：一行一个编号，看得见价钱和可用，哪一行还缺什么写在后面。"""

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection

from core.books.offered import Offered, offered
from core.books.usual import usual
from core.staff import Actor, May
from core.values import price_text
from intents import BY_NAME, questions
from intents.frame import Catalog, Frame
from intents.questions import label

OPEN = {"product": "哪个商品？", "qty": "多少？", "unit": "什么单位？"}
SHOWN = 30  # 一屏看不完的，先看前面这些


def is_draft(frame: Frame) -> bool:
    """Several lines and something still open: worth showing whole, so that any line can be answered by its number."""
    return frame.intent in BY_NAME and len(frame.slots.get("lines") or []) > 1


def usual_first(conn: Connection, frame: Frame, catalog: Catalog, today: date) -> Frame:
    """The same question, its candidates in the order this partner's history and the shelves suggest."""
    party = catalog.party_by_code.get(frame.slots.get("partner") or "")
    side = "P" if frame.intent in ("stock_in", "purchase_order", "purchase_return") else "S"
    open_codes = {
        path: codes
        for path, codes in frame.ambiguous.items()
        if path.endswith("product")
        and len(codes) > 1
        and all(code in catalog.goods_by_code for code in codes)
    }
    if frame.outcome != "ask" or not open_codes:
        return frame
    ids = {code: catalog.goods_by_code[code].id for codes in open_codes.values() for code in codes}
    key = usual(conn, ids.values(), side, party.id if party else None, today)
    ordered = {
        path: tuple(sorted(codes, key=lambda code: key[ids[code]])) for path, codes in open_codes.items()
    }
    return replace(frame, ambiguous=frame.ambiguous | ordered)


def question(
    conn: Connection, actor: Actor, frame: Frame, state: dict[str, Any], catalog: Catalog, today: date
) -> questions.Question:
    """What to ask; of a sheet of several lines the whole numbered draft stands above it."""
    open_frame = Frame.from_dict(state.get("frame") or {})
    if frame.intent in ("select", "correct") or not is_draft(open_frame) or state.get("question"):
        return questions.word(frame, catalog, state)
    asked = questions.word(frame, catalog, state, brief=True)
    return replace(asked, text="\n".join([*rows(conn, actor, open_frame, catalog, today), asked.text]))


def rows(conn: Connection, actor: Actor, frame: Frame, catalog: Catalog, today: date) -> list[str]:
    """The numbered draft, one row a line; prices only for those who may see them, and only where goods are sold."""
    lines = frame.slots["lines"]
    party = catalog.party_by_code.get(frame.slots.get("partner") or "")
    known = [goods for line in lines if (goods := catalog.goods_by_code.get(line.get("product") or ""))]
    selling = frame.intent in ("sales_order", "stock_out")
    facts = (
        offered(conn, actor.company_id, [goods.id for goods in known], party.id if party else None, today)
        if selling and known and actor.sees(May.SEE_STOCK)
        else {}
    )
    left = sum(bool(_open_parts(frame, at)) for at in range(len(lines)))
    head = [
        BY_NAME[frame.intent].word if frame.intent != "unknown" else "这几样",
        party.name if party else "",
    ]
    title = f"{' · '.join(part for part in head if part)}（{len(lines)} 行{f'，{left} 行没说全' if left else ''}）"
    told = [f"{at + 1}. {_row(frame, at, catalog, facts, actor)}" for at in range(min(len(lines), SHOWN))]
    more = [f"……后面还有 {len(lines) - SHOWN} 行"] if len(lines) > SHOWN else []
    return [title, *told, *more]


def _row(frame: Frame, at: int, catalog: Catalog, facts: dict[int, Offered], actor: Actor) -> str:
    line = frame.slots["lines"][at]
    goods = catalog.goods_by_code.get(line.get("product") or "")
    name = label(goods.code, catalog) if goods else f"“{frame.said.get(f'lines[{at}].product') or '？'}”"
    text = f"{name} {line.get('qty', '')}{line.get('unit', '') if line.get('qty') else ''}".strip()
    if line.get("gift"):
        text += " 赠品"
    fact = facts.get(goods.id) if goods else None
    if fact is not None:
        text += _reference(line, fact, actor)
    lacking = _open_parts(frame, at)
    return text + ("　← " + OPEN[lacking[0]] if lacking else "")


def _reference(line: dict[str, Any], fact: Offered, actor: Actor) -> str:
    """“ × ¥96/箱，可用 40箱”：说了价就用说的，没说看价目表。"""
    price = ""
    if line.get("price") and not line.get("gift"):
        price = f" × ¥{line['price']}/{line.get('price_unit') or line.get('unit') or ''}".rstrip("/")
    elif fact.price is not None and not line.get("gift") and actor.sees(May.SEE_SALES_PRICE):
        price = f" × {price_text(fact.price.price_e4)}/{fact.price.unit}"
    return f"{price}，可用 {fact.article.words(fact.available_milli)}"


def _open_parts(frame: Frame, at: int) -> list[str]:
    mine = f"lines[{at}]."
    return [path[len(mine) :] for path in (*frame.ambiguous, *frame.missing) if path.startswith(mine)]
