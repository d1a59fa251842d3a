"""读懂一句话:先看是不是回话,再看是不是捣乱、查账、办事、闲聊。"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

from intents import asks, choose, commands, context, paperwork, words
from intents.facts import Facts, gather
from intents.forwarded import unwrap
from intents.frame import Catalog, Frame
from intents.hostile import hostile
from intents.leading import leading
from intents.lexicon import MAX_CHARS, MAX_LINES, normalise
from intents.reading import read
from intents.sizes import only_sizes
from intents.spans import Token

State = dict[str, Any]
ON_PAPER = frozenset(("sales_order", "stock_out", "stock_in", "purchase_order"))  # 问办了没有,查的是单子
DEBTS = ("query_receivable", "query_payable")
GREETINGS = frozenset(words.GREETINGS)
QUERY_NAMES = frozenset(asks.ORDER)
_ELLIPTIC = re.compile(r"^(?:那么?|还有|再查|再看看?|换成|然后)?(.+?)(?:呢|的呢|咋样|怎么样|又怎样)?\??$")


def understand(text: str, state: State | None, catalog: Catalog, today: date) -> Frame:
    """一句话、现在的对话、目录、今天 → 读法;什么字都不会出错。"""
    state = state or {}
    if len(text) > MAX_CHARS or text.count("\n") >= MAX_LINES:
        return Frame("reject", "unknown", {}, (), {}, "too_long")
    clean = normalise(unwrap(text, catalog.directory))
    if not any(char.isalnum() for char in clean):
        return _wordless(text, state)
    if hostile(clean):
        return Frame("reject", "unknown", {}, (), {}, "hostile")
    facts = gather(read(clean, catalog, today), catalog, today)
    _pronoun(facts, state)
    reply = _about_the_shown(clean, facts, state) or context.answer(clean, state, facts)
    if reply is not None:
        return reply
    told = leading(clean, catalog, today)
    if told is not None:
        return told
    parts = [part for part in re.split(r"[ .,!?~;:\n]+", clean) if part]
    if all(part in GREETINGS or context.bare(part) in GREETINGS for part in parts):
        return Frame("chat", "greet")
    again = _same_question(clean, facts, state)
    return again or _about_the_last(fresh(facts), facts, state)


def _about_the_shown(clean: str, facts: Facts, state: State) -> Frame | None:
    """上一句只亮了货(拍了条码、只说了名字),这一句说办什么、多少:两句合起来读。"""
    held = Frame.from_dict(state.get("frame") or {})
    lines = held.slots.get("lines") or []
    shown = [line["product"] for line in lines if line.get("product") and not line.get("qty")]
    if state.get("pending") != "fill" or held.missing != ("intent",) or not shown or len(shown) < len(lines):
        return None
    if _named(facts) or context.is_no(clean, facts):
        return None
    catalog, both = facts.catalog, f"{normalise(' '.join(shown))} {clean}"
    whole = fresh(gather(read(both, catalog, facts.today), catalog, facts.today))
    named = [line.get("product") for line in whole.slots.get("lines") or []] or whole.slots.get("products")
    return whole if named == shown and whole != replace(held, said=whole.said) else None


def _pronoun(facts: Facts, state: State) -> None:
    """“他刚转了5000”:他是上一句问的那家。"""
    known = ((state.get("last_frame") or {}).get("slots") or {}).get("partner")
    said = [
        token for token in facts.reading.tokens if token.text in ("他", "她", "他家", "她家", "他们", "她们")
    ]
    if known in facts.catalog.party_by_code and said and not facts.parties and not facts.stranger:
        facts.parties.append((said[0], (known,)))


def _named(facts: Facts) -> bool:
    return any(item.named for item in facts.sheet.items)


def _about_the_last(frame: Frame, facts: Facts, state: State) -> Frame:
    """“还剩几箱”“多少钱一箱”:没说货,就是上一句的那样货。"""
    if frame.intent not in ("query_stock", "query_price") or frame.outcome == "reject" or _named(facts):
        return frame
    if not facts.reading.has("many") and not facts.reading.of("vague") and frame.intent == "query_stock":
        return frame
    last = (state.get("last_frame") or {}).get("slots") or {}
    codes = last.get("products") or list({line.get("product"): 1 for line in last.get("lines") or []})
    if len(codes) != 1 or codes[0] not in facts.catalog.goods_by_code:
        return frame
    return Frame("answer", frame.intent, {**frame.slots, "products": codes}, (), {}, "", frame.said)


def _wordless(text: str, state: State) -> Frame:
    """只有表情、标点:大拇指在等确认时也不算数。"""
    if any(ord(char) > 0x2600 and not 0x3000 <= ord(char) <= 0xFFEF for char in text):
        return Frame("chat", "chitchat")
    return Frame("reject", "unknown", {}, (), {}, "garbage")


def fresh(facts: Facts) -> Frame:
    """不看上文,单读这一句。"""
    if len(facts.sheet.items) > MAX_LINES:
        return Frame("reject", "unknown", {}, (), {}, "too_long")
    name = asks.topic(facts)
    if facts.doc() and facts.question and not facts.counted and not facts.reading.has("howto"):
        name = name if name in ("query_order", "query_statement") else "query_order"
    asked_of = facts.dos or (facts.weak("send", "leave") and not facts.topics)
    if facts.question and asked_of and set(facts.dos) <= ON_PAPER and facts.parties and not facts.goods:
        name = "query_order"  # 东街店今天下单了没、湖畔那张单子发货没有
    if facts.dos == ["sales_order"] and not facts.goods and facts.days and _list_word(facts):
        return asks.query(facts, "query_order")
    if _takes_back(facts) and facts.parties:
        return Frame("ask", "undo", {}, ("document_no",), {}, "which_document")
    if _takes_back(facts):
        return Frame("act", "undo", {"document_no": facts.doc()} if facts.doc() else {})
    if _how_to(facts, name):
        return Frame("chat", "help")
    if _checks_first(facts):
        return asks.query(facts, "query_stock")
    if name and _asking(facts, name):
        return asks.query(facts, name)
    small = _small_talk(facts)
    if small:
        return small
    intent, trouble = choose.command(facts)
    if intent in choose.PAPER:
        return paperwork.papers(facts, intent)
    if intent in choose.MONEY:
        return commands.money(facts, intent)
    if intent in choose.GOODS:
        return commands.goods(facts, intent, trouble)
    if facts.doc() and not facts.goods:
        return asks.query(facts, "query_order")
    if intent == "unknown" and _only_looks(facts):
        return asks.query(facts, "query_stock")
    if intent == "unknown":
        return commands.unsure(facts, trouble)
    return _nothing(facts)


def _only_looks(facts: Facts) -> bool:
    """“查下小金标”:只说了查、看和货,就是查库存。"""
    looks = [token for token in facts.reading.tokens if token.text in words.LOOKS]
    return (
        bool(looks) and _named(facts) and not (facts.counted or facts.parties or facts.dos or facts.negated)
    )


def _checks_first(facts: Facts) -> bool:
    """“爱佳想拿10袋六种鱼,先查查”:说了要多少,但要的是先查。"""
    tokens = [token for token in facts.reading.tokens if token.kind != "sep"]
    return (
        facts.counted
        and len(tokens) > 1
        and tokens[-1].text in words.LOOKS
        and tokens[-1].text[0] in "查瞅瞄瞧"
        and not {"stock_in", "stock_out"} & set(facts.dos)
    )


def _takes_back(facts: Facts) -> bool:
    """“刚才入库的取消掉”“上一张单不要了”:说的是已经记了的那一张。"""
    spoken = any(token.text.startswith(words.RECORDED) for token in facts.reading.tokens)
    off = any(
        token.has("weak:drop", "talk:cancel")
        and token.text.startswith(("取消", "删", "去掉", "划掉", "不要了", "不算"))
        for token in facts.reading.tokens
    )
    return spoken and off and not facts.counted and not _named(facts) and not facts.question


def _list_word(facts: Facts) -> bool:
    """“西街店本周订单”:只说了哪家、哪段日子的订单,是查。"""
    said = [token.text for token in facts.reading.tokens if token.has("do:sales_order")]
    return said == ["订单"] and all(
        not token.value.single or token.value.start <= facts.today for token in facts.days
    )


def _asking(facts: Facts, name: str) -> bool:
    """有查询的词时,到底是查还是办。"""
    if facts.negated and not facts.question and (facts.dos or facts.weak("leave", "send", "want")):
        return False
    if name == "query_sales" and "最" in facts.reading.text and not facts.dos:
        return True
    looks = any(
        token.text.startswith(("查", "看看", "看下", "看一下", "问下", "帮看", "帮查", "列"))
        for token in facts.reading.tokens
        if token.kind == "word"
    )
    asked = (
        facts.question
        or bool(asks.how_many(facts))
        or looks
        or any(
            char in token.text
            for token in facts.reading.tokens
            for role in token.roles
            if role.startswith("topic:")
            for char in "多少吗没几什啥哪够"
        )
    )
    dos = [
        do
        for do in choose.settle(facts.dos)
        if not (do == "sales_order" and name in ("query_order", "query_sales", "forecast"))
    ]
    if name in DEBTS and facts.weak("pay") and facts.reading.of("num", "money") and not asked:
        return False  # 11月欠款 8600 已转
    ones = [amount.value for item in facts.sheet.items for amount in item.amounts]
    if name == "query_price" and not dos and ones and all(value == 1 for value in ones) and not facts.parties:
        return True  # 拜宠清一盒进价加卖价
    if asked:
        return not (dos and facts.counted and not facts.question)
    if not facts.counted or (not dos and name == "query_stock" and only_sizes(facts)):
        return not dos
    return (
        not dos
        and all(not item.named or not item.counted for item in facts.sheet.items)
        and not facts.weak("want", "leave", "send", "arrive")
    )


def _how_to(facts: Facts, name: str) -> bool:
    """问怎么用。"""
    if facts.reading.has("talk:help") and not facts.counted:
        return True
    return (
        facts.reading.has("howto")
        and bool(facts.dos or not (name or facts.goods))
        and not (name and not facts.dos)
    )


def _small_talk(facts: Facts) -> Frame | None:
    """没有动作、没有货、没有数的客套和闲聊。"""
    if facts.dos or facts.counted or (facts.parties and facts.weak("pay", "want", "back", "leave")):
        return None
    tokens = [token for token in facts.reading.tokens if token.kind != "sep"]
    if tokens and all(token.text in GREETINGS or token.has("fill") for token in tokens):
        greets = any(token.text in GREETINGS for token in tokens)
        return Frame("chat", "greet" if greets else "chitchat")
    if facts.reading.has("chat"):
        return Frame("chat", "chitchat")
    return None


def _nothing(facts: Facts) -> Frame:
    codes = facts.party_codes()
    if codes and not facts.negated:
        return _about_party(facts, codes)
    if facts.negated:
        return Frame("reject", "unknown", {}, (), {}, "negated")
    if facts.reading.has("talk:confirm", "talk:cancel") and not facts.parties:
        return Frame("chat", "chitchat", {}, (), {}, "nothing_pending")
    if commands.idle(facts):
        return Frame("chat", "chitchat")
    return Frame("reject", "unknown", {}, (), {}, "garbage")


def _same_goods(facts: Facts, last: dict[str, Any]) -> None:
    """“那160g的呢”:只说了规格,名字是上一个问的。"""
    codes = (last.get("slots") or {}).get("products") or []
    goods = facts.catalog.goods_by_code.get(codes[0]) if codes else None
    for item in facts.sheet.items:
        if goods is not None and not item.words and (item.specs or item.sizes or item.packs or item.amounts):
            item.words.append(Token("phrase", goods.name, 0, 0))


def _about_party(facts: Facts, codes: tuple[str, ...]) -> Frame:
    """只说了是谁:带着“单子”是查单,否则问要办什么。"""
    if any(
        token.text in ("挂账", "赊账", "账", "的账", "欠条", "余额", "的余额")
        for token in facts.reading.tokens
    ):
        return asks.query(facts, "query_payable" if choose.side(facts) == "supplier" else "query_receivable")
    if any(token.text in ("单子", "的单", "的单子", "那单", "单", "单据") for token in facts.reading.tokens):
        return asks.query(facts, "query_order")
    if len(codes) == 1:
        return Frame("ask", "unknown", {"partner": codes[0]}, ("intent",), {}, "intent")
    return Frame("ask", "unknown", {}, ("intent",), {"partner": codes}, "intent")


def _same_question(clean: str, facts: Facts, state: State) -> Frame | None:
    """“那加多宝呢”“上个月呢”:接着上一个问题问。"""
    last = state.get("last_frame")
    if not last or last.get("intent") not in QUERY_NAMES or facts.dos or facts.counted:
        return None
    follows = clean.rstrip("?. ").endswith("呢") or clean.startswith(("那", "再查", "再看"))
    if not follows or asks.topic(facts) not in ("", last["intent"]):
        return None
    _same_goods(facts, last)
    new = asks.query(facts, last["intent"])
    if new.outcome == "reject" or not (new.slots or new.ambiguous):
        return None
    slots = dict(last.get("slots") or {})
    if new.missing == ("product",) and any(key in slots for key in ("products", "brand", "category")):
        new = Frame("answer", new.intent, new.slots, (), {}, "", new.said)
    if any(key in new.slots for key in ("products", "brand", "category")):
        for key in ("products", "brand", "category"):
            slots.pop(key, None)
    return Frame(
        new.outcome, new.intent, {**slots, **new.slots}, new.missing, new.ambiguous, new.reason, new.said
    )
