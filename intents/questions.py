"""问回去、说明白：每种读法对应一句短话，手机上一眼看完，最后说接下来打什么。"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.catalog import check_barcode
from core.errors import Invalid
from intents.frame import Catalog, Frame, Line

SHOWN = 5
Button = tuple[str, str]

NEED = {
    "partner": "哪个单位",
    "amount": "多少钱",
    "warehouse": "哪个仓",
    "to_warehouse": "调到哪个仓",
    "document_no": "单号多少",
    "code": "绑定码是多少",
    "index": "选第几个",
    "intent": "要办什么",
    "lines": "什么货、多少",
    "product": "哪个商品",
    "qty": "多少",
    "unit": "什么单位",
    "date": "哪天",
    "note": "再说一遍",
    "others": "对哪张单？说单号",
    "funds": "从哪个账户到哪个账户？例：从微信到银行",
    "name": "叫什么名字",
    "to_bin": "放到哪一格？例：A1",
}
PARTNER_OF = {
    "sales_order": "哪个客户的单",
    "sales_return": "哪个客户退的",
    "purchase_order": "跟哪个供应商订",
    "purchase_return": "退给哪个供应商",
    "receive_payment": "收的是哪个客户的款",
    "make_payment": "付给哪个供应商",
    "stock_in": "哪个供应商送的",
    "stock_out": "出给哪个客户",
    "repeat_order": "哪个客户的单",
    "transfer": "哪个单位",
}
REASONS = {
    "too_long": "这条太长了，请发表格(一行一个商品)。",
    "hostile": "这句我不能执行。要办事请直接说，比如：入库 酱油 20箱。",
    "garbage": "没看懂。发“帮助”看能做什么，比如：查库存 酱油。",
    "negated": "好，没有入账。要办的时候再说一声。",
    "supposed": "听着像还没定，没有入账。定了就直接说，比如：入库 酱油 20箱。",
    "question": "这句像在问，没有入账。查数请说“查库存 商品”，办事请直接说。",
    "not_positive": "数量要大于零，没有入账。请重新说数量。",
    "too_many": "数量大得不像真的，没有入账。请看清楚再说一次。",
    "not_whole": "这个单位不能拆成零头，没有入账。请换小一点的单位说。",
    "two_commands": "一条里有两件事，先办哪一件？",
    "nothing_pending": "现在没有等你确认的单子。",
    "unexplained": "有一段没看懂，没有入账：",
    "said_twice": "同一样货说了两遍，是加在一起还是改数？请合成一行再说一次。",
    "gift_or_send": "“送”是送货还是送的（赠品）？请说清，比如“赠品 2瓶”或“明天送”。",
    "discount": "打几折我算不准，折后一个多少钱？",
    "not_yet": "日期还没到，没有入账。到时候再说，或改成今天。",
    "two_amounts": "里面有几个数，哪个是金额？只回金额就行。",
    "two_dates": "里面有两个日期，以哪天为准？",
    "same_place": "调出和调入是同一个仓，调到哪里？",
    "too_many_places": "仓库说了不止两个，从哪个仓调到哪个仓？",
    "two_documents": "一次只能办一张，是哪个单号？",
    "which_document": "是哪一张？回单号。",
    "which_code": "绑定码是多少？例：绑定 ZG8842",
    "bad_index": "没有这个序号，请回列出来的数字；都不是就回“都不是”。",
    "not_cents": "金额到分为止，请重新说。",
}


@dataclass(frozen=True)
class Question:
    """一句话和几个按钮(字，点了等于说什么)。"""

    text: str
    buttons: tuple[Button, ...] = ()


def word(
    frame: Frame, catalog: Catalog, state: dict[str, Any] | None = None, *, brief: bool = False
) -> Question:
    """给人看的那句话;brief 时不再重复听懂了什么(草稿已经摆在上面)。"""
    state = state or {}
    if frame.outcome == "chat":
        return _chat(frame)
    if frame.outcome == "reject":
        return Question(_reject(frame, catalog))
    if state.get("question") and frame.intent != "select":
        return asked_by_books(state)
    return _ask(frame, catalog, brief)


def asked_by_books(state: dict[str, Any]) -> Question:
    """账本问的那一句,连同它给的选项。"""
    options = state.get("options") or []
    rows = [str(state["question"]), *(f"{option['number']}. {option['label']}" for option in options)]
    return Question("\n".join(rows), tuple((option["label"], str(option["number"])) for option in options))


def _chat(frame: Frame) -> Question:
    if frame.intent == "greet":
        return Question("在的。要办什么直接说，比如：入库 酱油 20箱；不会就发“帮助”。")
    return Question(REASONS.get(frame.reason, "收到。要办事直接说，发“帮助”看能做什么。"))


def _reject(frame: Frame, catalog: Catalog) -> str:
    said = next(
        (text for path, text in frame.said.items() if path.endswith("product") or path == "products"), ""
    )
    if frame.reason in ("unknown_product", "garbage") and (scanned := _scanned(said)):
        return scanned
    if frame.reason == "unknown_product":
        return f"没有“{said}”这个商品，没有入账。说全名、编码或扫条码；新商品请先建档。"
    if frame.reason == "unknown_unit":
        goods = catalog.goods_by_code.get(_first(frame) or frame.said.get("unit_choices", ""))
        units = "、".join(goods.units) if goods else ""
        unit = next((text for path, text in frame.said.items() if path.endswith(".unit")), "这个单位")
        return f"{label(goods.code, catalog) if goods else said} 不按“{unit}”算，没有入账。" + (
            f"可用单位：{units}。" if units else ""
        )
    return REASONS.get(frame.reason, REASONS["garbage"])


def _scanned(said: str) -> str:
    """扫的条码:错一位的说错在哪,对的说还没建档;不是条码就是空。"""
    if not said.isdigit() or len(said) not in (8, 12, 13, 14):
        return ""
    try:
        check_barcode(said)
    except Invalid as wrong:
        return f"{wrong}没有入账。"
    return f"条码 {said} 还没建档，没有入账。请在后台“商品”里填上这个条码，再扫一次。"


def _first(frame: Frame) -> str:
    lines = frame.slots.get("lines") or [{}]
    return lines[0].get("product") or ""


def _ask(frame: Frame, catalog: Catalog, brief: bool) -> Question:
    head = "" if brief else understood(frame, catalog)
    if frame.reason == "two_commands":
        names = [_intent_word(name) for name in frame.ambiguous.get("intent", ())]
        return Question(f"{REASONS['two_commands']}分两条发：先发“{names[0] if names else '第一件'}”那条。")
    for path, codes in frame.ambiguous.items():
        if codes:
            return _choose(frame, head, path, codes, catalog)
    if frame.reason in REASONS and frame.reason not in ("unexplained",):
        return Question(_join(head, REASONS[frame.reason]))
    if frame.reason == "unknown_partner":
        return Question(
            _join(
                head,
                f"没有“{frame.said.get('partner', '')}”这个单位，"
                f"{PARTNER_OF.get(frame.intent, '是哪个单位')}？说名称；新的请先在后台建档。",
            )
        )
    if frame.reason == "wrong_side":
        return Question(_join(head, f"{PARTNER_OF.get(frame.intent, '是哪个单位')}？"))
    if frame.reason == "unexplained":
        left = frame.said.get("left") or next(
            (text for path, text in reversed(frame.said.items()) if path.endswith("product")), ""
        )
        unread = f"{REASONS['unexplained']}{left}" if left else REASONS["unexplained"].rstrip("：:")
        return Question(_join(head, f"{unread}。请换个说法再发一遍。"))
    if "intent" in frame.missing or frame.intent == "unknown":
        lines = frame.slots.get("lines") or []
        only_shown = (
            bool(lines) and not frame.slots.get("partner") and not any(line.get("qty") for line in lines)
        )
        look = (
            (("查库存", "库存"), ("查价", "多少钱")) if only_shown else ()
        )  # 拍了条码、只说了名字,多半想看看
        return Question(
            _join(head, "要办什么？"),
            (*look, ("入库", "入库"), ("出库", "出库"), ("开单", "下单"), ("取消", "取消")),
        )
    return Question(_join(head, _missing(frame, catalog)), _unit_buttons(frame, catalog))


def _missing(frame: Frame, catalog: Catalog) -> str:
    path = frame.missing[0] if frame.missing else "lines"
    if path == "partner":
        return PARTNER_OF.get(frame.intent, "哪个单位") + "？说名称；新的请先在后台建档。"
    if path == "warehouse" and frame.intent == "transfer":
        return "从哪个仓调出？"
    if path.startswith("lines["):
        at, line = _line_asked(frame, path)
        part, lines = path.rpartition(".")[2], frame.slots.get("lines") or []
        name = (
            label(line["product"], catalog)
            if line.get("product")
            else frame.said.get(f"lines[{at}].product", "")
        )
        spot = f"第{at + 1}行 " if len(lines) > 1 else ""
        if part == "product":
            known = f"没有“{name}”这个商品，是哪一个？说全名或编码" if name else "是什么货？说名称"
            return f"{spot}{known}{f'；不要这行回“{at + 1} 不要”' if spot else ''}。"
        if part == "unit":
            return _which_unit(frame, at, line, name, catalog)
        return f"{spot}{name} 多少？例：20{line.get('unit') or '箱'}"
    asked = NEED.get(path, "再说一遍")
    return asked if "？" in asked else f"{asked}？"


def _line_asked(frame: Frame, path: str) -> tuple[int, Line]:
    """“lines[1].unit”问的是第几行、那一行；改一处的读法里没有那一行，就是空的。"""
    at, lines = int(path[6 : path.index("]")]), frame.slots.get("lines") or []
    return at, lines[at] if at < len(lines) else {}


def _unit_buttons(frame: Frame, catalog: Catalog) -> tuple[Button, ...]:
    """问单位时点一下就行。"""
    path = frame.missing[0] if frame.missing else next(iter(frame.ambiguous), "")
    if not (path.startswith("lines[") and path.endswith(".unit")):
        return ()
    goods = catalog.goods_by_code.get(_line_asked(frame, path)[1].get("product") or "")
    return tuple((unit, unit) for unit in goods.units) if goods else ()


def _which_unit(frame: Frame, at: int, line: Line, name: str, catalog: Catalog) -> str:
    lines = frame.slots.get("lines") or []
    goods = catalog.goods_by_code.get(line.get("product") or "")
    units = "、".join(goods.units) if goods else ""
    others = [i for i in range(len(lines)) if f"lines[{i}].unit" in (*frame.missing, *frame.ambiguous)]
    if len(others) > 1:
        rows = "、".join(str(i + 1) for i in others)
        return f"第{rows}行没说单位（{units}）。回“{units.split('、')[-1]}”就都按这个，回“{at + 1} 瓶”这样只改一行。"
    spot = f"第{at + 1}行 " if len(lines) > 1 else ""
    return f"{spot}{name} {line.get('qty', '')}什么？可用单位：{units}"


def _choose(frame: Frame, head: str, path: str, codes: tuple[str, ...], catalog: Catalog) -> Question:
    if path == "intent":
        return Question(
            _join(head, "要办哪一样？"), tuple((_intent_word(code), _intent_word(code)) for code in codes)
        )
    said = frame.said.get(path, "")
    spot = (
        f"第{int(path[6 : path.index(']')]) + 1}行 "
        if path.startswith("lines[") and len(frame.slots.get("lines") or []) > 1
        else ""
    )
    title = spot + (
        f"没有正好叫“{said}”的，是不是："
        if path.replace(".product", ".near") in frame.said
        else f"“{said}”有 {len(codes)} 个，选哪个？"
        if said
        else "选哪个？"
    )
    return _listed(
        _join(head, title), [(label(code, catalog), number) for number, code in enumerate(codes, 1)]
    )


def _listed(title: str, options: list[tuple[str, int]]) -> Question:
    shown = options[:SHOWN]
    rows = [f"{number} {text}" for text, number in shown]
    if len(options) > SHOWN:
        rows.append(f"还有 {len(options) - SHOWN} 个，说牌子或规格")
    return Question(
        "\n".join([title, *rows, "回数字就行。"]),
        tuple((f"{number} {text}"[:20], str(number)) for text, number in shown),
    )


def understood(frame: Frame, catalog: Catalog) -> str:
    """听懂了哪些。"""
    parts = [_intent_word(frame.intent)] if frame.intent not in ("unknown", "select", "correct") else []
    if frame.slots.get("partner"):
        parts.append(label(frame.slots["partner"], catalog))
    parts += [
        f"{label(line['product'], catalog)} {line.get('qty', '')}{line.get('unit', '')}".strip()
        for line in frame.slots.get("lines") or []
        if line.get("product")
    ]
    if frame.slots.get("amount"):
        parts.append(f"{frame.slots['amount']}元")
    return " ".join(parts[:4])


def _join(head: str, text: str) -> str:
    return f"{head}。{text}" if head else text


def label(code: str, catalog: Catalog) -> str:
    """编码对应的叫法。"""
    goods = catalog.goods_by_code.get(code)
    if goods:
        return goods.name if not goods.spec or goods.spec in goods.name else f"{goods.name} {goods.spec}"
    party = catalog.party_by_code.get(code)
    if party:
        return party.name
    place = catalog.place_by_code.get(code)
    return place.name if place else code


def _intent_word(name: str) -> str:
    from intents import BY_NAME

    return BY_NAME[name].word if name in BY_NAME else {"back": "退货"}.get(name, name)
