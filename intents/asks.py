"""查账的话:查什么、查谁、哪段日子、哪些商品。"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from intents import numbers
from intents.choose import side
from intents.facts import Facts
from intents.frame import Frame, Slots
from intents.intent import words
from intents.mention import MEASURES, Mention
from intents.page import Item
from intents.products import group_of, resolve
from intents.queries import FAMILY
from intents.segment import is_saying
from intents.sizes import of_that_size
from intents.when import rest, times

# 每种查询用得上的栏目
FIELDS = {
    "query_stock": "products warehouse batch",
    "query_price": "products partner",
    "query_expiry": "products warehouse days period",
    "query_low_stock": "products warehouse",
    "query_order": "document_no partner period",
    "query_receivable": "partner date",
    "query_payable": "partner period",
    "query_sales": "products partner warehouse period top",
    "query_rebate": "partner period",
    "query_statement": "partner period",
    "query_movements": "products warehouse period",
    "query_turnover": "products period",
    "query_profit": "products partner period",
    "forecast": "products days",
    "daily_report": "date",
    "query_trace": "document_no products partner",
    "query_buyers": "products",
}
ORDER: tuple[str, ...] = tuple(intent.name for intent in FAMILY)
_CHECK_BOOKS = re.compile(r"对(?:一下|下|个|一对)?.{0,12}(?:账|帐)(?!号|户)")
_LATE = re.compile(r"逾期|过期|超期|到期|最久|拖得?[最久长]|拖着|拖欠|没按时")
ANY = ("有没有", "有无", "有没", "还有没有", "有木有")
MOST_WORDS = 24  # 一次最多查这么多个名字
RUNNING_OUT = words(
    "快没 快没了 快没有了 没多少了 不够了 不够卖了 不够用了 快不够了 不多了 没货了 断货了 卖完了 快卖完了 没有了 没了"
)
SOLD_TO = ("卖给", "发给", "出给", "送给", "供给", "给")
SOLD = ("走了", "卖了", "出了", "拿了", "销了", "卖", "卖出", "走", "出货", "销", "卖掉", "卖掉了", "卖出去")
_TAILS = ("类", "系列", "类的", "品类", "商品", "里面", "里", "这类", "的")


def topic(facts: Facts) -> str:
    """查的是什么;几样都沾边时按从窄到宽的次序。"""
    topics = set(facts.topics)
    if _CHECK_BOOKS.search(facts.reading.text) and not facts.dos and not facts.counted:
        return "query_statement"
    if facts.dos and not facts.reading.has("question", "many") and not _lookup(facts):
        topics -= {
            role.partition(":")[2]
            for token in facts.reading.tokens
            if token.has("reason")
            for role in token.roles
            if role.startswith("topic:")
        }
    topics = _narrow(facts, topics)
    if (
        not topics
        and facts.reading.of("expire")
        and not (facts.dos or facts.counted or facts.weak("arrive", "leave"))
    ):
        return "query_expiry"  # 4月底到期的有哪些
    if _ahead(facts) and topics <= {"query_sales", "query_stock"}:
        return "forecast"
    for name in ORDER:
        if name in topics:
            return name
    if _running_out(facts):
        return "query_stock" if _named_goods(facts) else "query_low_stock"
    if how_many(facts):
        return how_many(facts)
    if facts.reading.has("many") and (facts.goods or facts.places) and not _other_verbs(facts):
        return "query_stock"
    if _still_has(facts):
        return "query_stock"
    return "daily_report" if _how_was_it(facts) else ""


def _how_was_it(facts: Facts) -> bool:
    """“今天咋样”:只说了哪天,问的是那天的生意。"""
    said = [token for token in facts.reading.tokens if token.kind != "sep" and not token.has("fill")]
    asked = [token.text for token in said if token.kind != "day"]
    return bool(facts.days) and bool(asked) and set(asked) <= {"咋样", "怎么样", "如何", "怎样"}


def _running_out(facts: Facts) -> bool:
    """“哪些蔬菜快没了”“有啥不够卖了”。"""
    texts = {token.text for token in facts.reading.tokens}
    which = bool(texts & {"哪些", "什么", "啥", "哪样", "哪种", "哪几样"}) or (
        facts.question and _named_goods(facts)
    )
    return bool(texts & set(RUNNING_OUT)) and which and not facts.dos and not facts.counted


def _named_goods(facts: Facts) -> bool:
    """说的是一样货,不是一类。"""
    names = {"".join(token.text for token in item.words) for item in facts.sheet.items}
    return bool(names) and not any(any(group_of(name, facts.catalog)) for name in names)


def _ahead(facts: Facts) -> bool:
    """“接下来半个月大概要用好多”:问往后要多少,是预测。"""
    spans = [token.text for token in facts.reading.of("days", "day")]
    return (
        any(text.startswith(("未来", "接下来", "今后", "往后", "后面", "之后")) for text in spans)
        and facts.reading.has("many")
        and not facts.dos
    )


def how_many(facts: Facts) -> str:
    """多少一斤是问价,走了多少是问销量,还有几箱是问库存。"""
    tokens = facts.reading.tokens
    if (
        tokens
        and tokens[-1].text in ("没", "不", "没有", "没得", "吗", "么")
        and any(token.text in ("有", "还有", "有货") for token in tokens)
        and facts.goods
        and not facts.counted
        and not facts.dos
    ):
        return "query_stock"
    if facts.reading.has("many") and _sold_them(facts):
        return "query_sales"
    if facts.reading.has("many") and _paying(facts):
        return "query_payable" if side(facts) == "supplier" else "query_receivable"
    if facts.goods and not facts.counted and not facts.dos and any(token.text in ANY for token in tokens):
        return "query_stock"
    for at, token in enumerate(tokens):
        if token.has("many"):
            after = tokens[at + 1] if at + 1 < len(tokens) else None
            if after is not None and after.kind == "qty" and after.value.value == 1:
                return "query_price"
            if (
                at > 1
                and tokens[at - 1].text == "卖"
                and tokens[at - 2].kind == "qty"
                and tokens[at - 2].value.value == 1
            ):
                return "query_price"
            if at and tokens[at - 1].text in SOLD and not facts.dos:
                return "query_sales"
        elif (
            token.kind == "vague"
            and token.text.startswith("几")
            and at
            and tokens[at - 1].text in SOLD
            and not facts.dos
        ):
            return "query_sales"
        elif (
            token.kind == "vague"
            and token.text.startswith("几")
            and not facts.dos
            and facts.goods
            and (
                facts.question or any(other.text in ("还有", "还剩", "剩", "有", "剩下") for other in tokens)
            )
        ):
            return "query_stock"
    return ""


def _sold_them(facts: Facts) -> bool:
    """“上季度卖给兴农多少化肥”:给哪家的、过去一段日子、多少货。"""
    past = any(token.value.start <= facts.today for token in facts.days) or bool(facts.reading.of("days"))
    given = [facts.before(token) for token, _ in facts.parties]
    sold = any(token is not None and token.text in SOLD_TO for token in given)
    return bool(facts.goods and sold and not facts.counted and not facts.dos) and (
        past or any(token is not None and token.text == "卖给" for token in given)
    )


def _paying(facts: Facts) -> bool:
    """“要付给某某多少”:没说数,是在问。"""
    verbs = facts.weak("pay") or {"make_payment", "receive_payment"} & set(facts.dos)
    return bool(verbs and facts.parties) and not facts.goods and not facts.reading.of("num", "money", "qty")


def _still_has(facts: Facts) -> bool:
    words = {token.text for token in facts.reading.tokens}
    return (
        bool(facts.goods or facts.places)
        and not facts.counted
        and bool(words & {"还有", "还剩", "剩", "剩下", "还有还剩", "有", "都有", "有些"})
        and (facts.question or bool(words & {"啥", "什么", "哪些"}))
    )


def _other_verbs(facts: Facts) -> bool:
    return bool(facts.weak("pay"))


def _lookup(facts: Facts) -> bool:
    return any(
        token.text.startswith(("查", "看", "查询", "帮看", "帮查"))
        for token in facts.reading.tokens
        if token.kind == "word"
    )


def _narrow(facts: Facts, topics: set[str]) -> set[str]:
    """同一个词几种意思时,用别的词定下来。"""
    if "query_sales" in topics and "query_order" in topics and facts.doc():
        topics = topics - {"query_sales"}
    if "query_price" in topics and (
        "query_sales" in topics
        or "query_receivable" in topics
        or "query_payable" in topics
        or "query_profit" in topics
    ):
        topics = topics - {"query_price"}
    if "query_movements" in topics and "query_order" in topics and facts.doc():
        topics = topics - {"query_movements"}
    if "query_receivable" in topics or "query_payable" in topics or _owing(facts):
        topics = _debt(facts, topics)
    if "query_payable" in topics and "query_expiry" in topics:
        topics = topics - {"query_payable"}
    return topics


def _owing(facts: Facts) -> bool:
    paid = facts.weak("pay") and facts.reading.of("num", "money") and not facts.question
    return (
        any("欠" in token.text for token in facts.reading.tokens)
        and bool(facts.parties or facts.question)
        and not paid
    )


def _debt(facts: Facts, topics: set[str]) -> set[str]:
    """谁欠谁:看“欠”字在名字前面还是后面,再看对方是客户还是供应商。"""
    text, where = facts.reading.text, side(facts)
    rest = topics - {"query_receivable", "query_payable"}
    owed_word = [token for token in facts.reading.tokens if "欠" in token.text]
    if "应收" in text or "应付" in text:
        return rest | {"query_receivable" if "应收" in text else "query_payable"}
    if "欠我" in text or "欠咱" in text or "该收" in text:
        return rest | {"query_receivable"}
    if "我们欠" in text or "我欠" in text or "咱欠" in text or "咱们欠" in text:
        return rest | {"query_payable"}
    if owed_word and facts.parties:
        before = facts.parties[0][0].start < owed_word[0].start
        if where == "supplier" or (where == "both" and not before):
            return rest | {"query_payable"}
        return rest | {"query_receivable"}
    if where == "supplier" or "供应商" in text or "厂家" in text:
        return rest | {"query_payable"}
    if "query_receivable" in topics and "query_payable" in topics:
        return rest | {"query_payable" if where == "supplier" else "query_receivable"}
    return topics


def query(facts: Facts, name: str) -> Frame:
    """把查询写成读法。"""
    fields = FIELDS[name].split()
    slots: Slots = {}
    ambiguous: dict[str, tuple[str, ...]] = {}
    said: dict[str, str] = {}
    reason = ""
    if facts.parties:
        codes = facts.party_codes()
        said["partner"] = facts.parties[0][0].text
        if "partner" in fields:
            if len(codes) == 1:
                slots["partner"] = codes[0]
            else:
                ambiguous["partner"] = codes
    if "warehouse" in fields and len({codes for _, codes, _ in facts.places}) == 1:
        slots["warehouse"] = facts.places[0][1][0]
    if "products" in fields:
        reason = _products(facts, slots, said)
    times(facts, fields, slots)
    rest(facts, fields, slots)
    if ambiguous:
        return Frame("ask", name, slots, (), ambiguous, "which_partner", said)
    if reason:
        return Frame("reject", name, slots, (), {}, reason, said)
    if name == "query_price" and not any(key in slots for key in ("products", "brand", "category")):
        return Frame("ask", name, slots, ("product",), {}, "which_product", said)
    if name == "query_stock":
        _wanted(facts, slots)
    if name == "query_price" and "成本" in facts.reading.text:
        slots["cost"] = True
    if name in ("query_receivable", "query_payable") and _LATE.search(facts.reading.text):
        slots["overdue"] = True
    return Frame("answer", name, slots, (), {}, "", said)


def _wanted(facts: Facts, slots: Slots) -> None:
    """顺口说了要多少,就带着:回答里说够不够。"""
    amounts = [
        amount
        for item in facts.sheet.items
        for amount in item.amounts
        if amount.value is not None and amount.unit
    ]
    if len(amounts) == 1:
        slots["lines"] = [{"qty": numbers.plain(amounts[0].value or Decimal(0)), "unit": amounts[0].unit}]


def _products(facts: Facts, slots: Slots, said: dict[str, str]) -> str:
    items = [item for item in facts.sheet.items if item.named]
    codes: list[str] = []
    lost: list[str] = []
    for item in items:
        found = _item(facts, item, slots)
        codes += found
        if (
            not found
            and not slots.get("brand")
            and not slots.get("category")
            and any(token.kind != "junk" or len(token.text) > 1 for token in item.words)
            and not is_saying(item.mention().text)
        ):
            lost.append(item.mention().text)
    said["products"] = " ".join(item.mention().text for item in items)
    if codes:
        slots["products"] = list(dict.fromkeys(codes))
        return ""
    return (
        "unknown_product"
        if lost
        and not slots.get("brand")
        and not slots.get("category")
        and any(_content(item) for item in items)
        else ""
    )


def _content(item: Item) -> bool:
    return any(token.kind in ("phrase", "run", "latin") or len(token.text) > 1 for token in item.words)


def _item(facts: Facts, item: Item, slots: Slots) -> list[str]:
    mention = item.mention()
    specs = [
        (amount.value, amount.unit)
        for amount in item.amounts
        if amount.unit in MEASURES and amount.value is not None
    ]
    if specs:
        mention = replace(mention, specs=(*mention.specs, *specs))
    if item.bare is not None:
        mention = replace(mention, specs=(*mention.specs, (item.bare, "")))
    word = mention.whole
    for tail in _TAILS:
        if word.endswith(tail) and len(word) > len(tail) + 1:
            word = word[: -len(tail)]
            break
    brand, category = (
        group_of(word, facts.catalog) if not (mention.specs or mention.sizes or mention.packs) else ("", "")
    )
    match = resolve(
        mention
        if word == mention.whole
        else Mention((word,), mention.specs, mention.sizes, mention.packs, mention.latin, word),
        (),
        facts.catalog,
        None,
    )
    if len(word) == 1 and not match.one and (kinds := _kinds_ending(word, facts)):
        if len(kinds) == 1:
            slots["category"] = kinds.pop()
            return []
        return [row.code for row in facts.catalog.goods if row.category in kinds]
    if match.how in ("brand", "category") and (brand or category) and len(match.codes) > 1:
        if brand:
            slots["brand"] = brand
        else:
            slots["category"] = category
        return []
    if match.codes:
        return of_that_size(facts, item, mention, match.codes)
    if len(word) == 2 and word[1] == "子":  # 杯子:名字末尾是杯的
        return [row.code for row in facts.catalog.goods if row.name.endswith(word[0])]
    return _each(facts, item)


def _kinds_ending(word: str, facts: Facts) -> set[str]:
    """“拿了多少烟”:类别叫香烟;“酒”是白酒、啤酒这几类。"""
    return {
        row.category for row in facts.catalog.goods if len(row.category) > 1 and row.category.endswith(word)
    }


def _each(facts: Facts, item: Item) -> list[str]:
    """几个名字连着说:一个一个找,尽量取长的。"""
    words, found, at = item.words[:MOST_WORDS], [], 0
    while at < len(words):
        for stop in range(min(len(words), at + 6), at, -1):
            pieces = tuple(token.text for token in words[at:stop])
            match = resolve(Mention(pieces, text="".join(pieces)), (), facts.catalog, None, suggest=False)
            if match.codes and match.how != "none":
                found += list(match.codes)
                at = stop
                break
        else:
            at += 1
    return found
