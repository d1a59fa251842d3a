"""把要办的事写成读法:货的单子、收付款、撤销审批绑定、复制老单。"""

from __future__ import annotations

from decimal import Decimal

from intents import dates, numbers
from intents.choose import customer, side, supplier
from intents.facts import Facts, single_day
from intents.frame import Frame, Slots
from intents.lines import Draft, any_line, draft
from intents.money_talk import unexplained_words
from intents.spans import Token

SUPPLIER_SIDE = frozenset(("stock_in", "purchase_order", "purchase_return", "make_payment"))
NO_PARTY = frozenset(("transfer", "stocktake", "scrap", "produce", "pick_materials", "purchase_request"))
NEEDS_PARTY = frozenset(("sales_order", "purchase_order", "sales_return", "purchase_return"))
FUTURE = frozenset(("sales_order", "purchase_order"))
ROUNDED = ("抹", "去零", "零头", "优惠")
TRANSFER = "TR"  # 收调拨单不必再说货:照单全收
KEPT = frozenset(
    ("stock_in", "stock_out", "sales_order", "purchase_order", "purchase_request")
)  # 说了退就不对劲
NOTES = frozenset(("scrap", "sales_return", "purchase_return"))


class Paper:
    """边写边记缺什么。"""

    def __init__(self, facts: Facts, intent: str) -> None:
        self.facts, self.intent = facts, intent
        self.slots: Slots = {}
        self.missing: list[str] = []
        self.ambiguous: dict[str, tuple[str, ...]] = {}
        self.reason = self.problem = ""
        self.said: dict[str, str] = {}
        self.exact = True

    def partner(self, needed: bool) -> None:
        """对方是谁。"""
        keep = supplier if self.intent in SUPPLIER_SIDE else customer
        codes = self.facts.party_codes(keep)
        if codes:
            self.said["partner"] = self.facts.parties[0][0].text
            self.exact = self.exact and not any(token.has("repaired") for token, _ in self.facts.parties)
        if len(codes) == 1:
            self.slots["partner"] = codes[0]
        elif codes:
            self.ambiguous["partner"] = codes
        elif needed or self.facts.stranger:
            self.missing.append("partner")
            if self.facts.stranger:
                self.said["partner"] = self.facts.stranger
                self.trouble("unknown_partner", "ask")

    def trouble(self, reason: str, problem: str) -> None:
        """记下第一个问题。"""
        if not self.reason:
            self.reason, self.problem = reason, problem

    def take(self, lines: Draft) -> None:
        """货行并进来。"""
        if lines.lines:
            self.slots["lines"] = lines.lines
        self.missing += lines.missing
        self.ambiguous.update(lines.ambiguous)
        self.said.update(lines.said)
        self.exact = self.exact and lines.exact
        if lines.notes:
            self.slots["note"] = " ".join(lines.notes)
        if lines.reason:
            self.trouble(lines.reason, lines.problem)

    def frame(self) -> Frame:
        """写完:没有缺、没有歧义、没有问题才算能办。"""
        if self.problem == "reject":
            return self._as("reject")
        if self.facts.negated:
            self.reason = "negated"
            return self._as("reject")
        if self.missing or self.ambiguous or self.problem:
            return self._as("ask")
        stop = unfinished(self.facts, self.intent)
        if stop:
            self.reason = stop
            self.missing = self.missing or ([] if stop in ("negated", "supposed", "question") else ["lines"])
            return self._as("reject" if stop in ("negated", "supposed", "question") else "ask")
        return self._as("act")

    def _as(self, outcome: str) -> Frame:
        return Frame(
            outcome,
            self.intent,
            self.slots,
            tuple(dict.fromkeys(self.missing)),
            self.ambiguous,
            self.reason,
            self.said,
            self.exact and outcome == "act",
        )


def unfinished(facts: Facts, intent: str) -> str:
    """还有没说明白的话,就不能直接办:疑问、否定、假设、没用上的字和数。"""
    if facts.negated:
        return "negated"
    if facts.supposed:
        return "supposed"
    if facts.question:
        return "question"
    if facts.unmended or (facts.weak("back") and intent in KEPT):
        return "unexplained"
    for token in facts.sheet.left:
        if token.kind in ("num", "price", "money", "total", "qty", "batch", "made", "expire"):
            return "unexplained"
    return ""


def goods(facts: Facts, intent: str, trouble: str = "") -> Frame:
    """货的单子。"""
    paper = Paper(facts, intent)
    if intent not in NO_PARTY:
        paper.partner(intent in NEEDS_PARTY)
    elif facts.parties and intent not in ("purchase_request", "transfer"):
        paper.trouble("wrong_side", "ask")
        paper.missing.append("partner")
    elif facts.parties:
        paper.slots["note"] = facts.parties[0][0].text
    if trouble == "wrong_side":
        paper.slots.pop("partner", None)
        paper.missing.append("partner")
        paper.trouble("wrong_side", "ask")
    _date_of_paper(facts, intent)
    lines = draft(
        facts.sheet,
        facts.catalog,
        facts.today,
        paper.slots.get("partner"),
        zero_ok=intent == "stocktake",
        notes_ok=intent in NOTES,
        ours=intent in NO_PARTY,
    )
    paper.take(lines)
    number = facts.doc() or ""
    if intent == "stock_in" and number.upper().startswith(TRANSFER):
        paper.slots["document_no"] = number
    elif not lines.lines:
        paper.missing.append("lines")
    _only_unknown(paper, lines)
    _places(paper, facts, intent)
    _date(paper, facts, intent)
    if facts.sheet.total is not None:
        paper.slots["amount"] = numbers.money(facts.sheet.total)
    _notes(paper, facts, intent)
    return paper.frame()


def _goods_of_a_day(facts: Facts) -> bool:
    """“3月7号的奶”:日子后面跟着“的”和货,说的是那批货的日期,不是单据的。"""
    for token in facts.days:
        after = facts.after(token)
        named = facts.after(after) if after is not None and after.text == "的" else None
        if named is not None and named.kind in ("phrase", "run") and token.value.single and facts.sheet.items:
            return not any(
                item.words and item.words[0] is named and item.counted for item in facts.sheet.items
            )
    return False


def _date_of_paper(facts: Facts, intent: str) -> None:
    """调拨、订单里一栏“日期 3月17”是单据的日子;只有进货、完工才说生产日期。"""
    for token in facts.reading.of("made"):
        if token.text.startswith("日期") and intent in (
            *FUTURE,
            "transfer",
            "sales_return",
            "purchase_return",
        ):
            facts.days.append(Token("day", token.text, token.start, token.end, token.value))
            for item in facts.sheet.items:
                item.made = None if item.made is token.value else item.made


def _only_unknown(paper: Paper, lines: Draft) -> None:
    """只说了一样货,而这样货没有:直接说没有。"""
    if lines.unknown and len(lines.lines) == lines.unknown and not lines.ambiguous:
        paper.reason, paper.problem = "unknown_product", "reject"


def _places(paper: Paper, facts: Facts, intent: str) -> None:
    if intent == "transfer":
        _two_places(paper, facts)
        return
    found = list(dict.fromkeys(code for _, codes, _ in facts.places for code in codes))
    if len(found) == 1:
        paper.slots["warehouse"] = found[0]
    elif found:
        paper.ambiguous["warehouse"] = tuple(found)


def _two_places(paper: Paper, facts: Facts) -> None:
    spots = {"from": "", "to": ""}
    loose = []
    for _, codes, role in facts.places:
        if len(codes) != 1:
            paper.ambiguous["warehouse"] = codes
        elif role in spots and not spots[role]:
            spots[role] = codes[0]
        elif codes[0] not in spots.values():
            loose.append(codes[0])
    for code in loose:
        empty = "from" if not spots["from"] else "to" if not spots["to"] else ""
        if not empty:
            paper.trouble("too_many_places", "ask")
            paper.missing.append("warehouse")
        else:
            spots[empty] = code
    for path, role in (("warehouse", "from"), ("to_warehouse", "to")):
        if spots[role]:
            paper.slots[path] = spots[role]
        else:
            paper.missing.append(path)
    if spots["from"] and spots["from"] == spots["to"]:
        paper.slots.pop("to_warehouse")
        paper.missing.append("to_warehouse")
        paper.trouble("same_place", "ask")


def _date(paper: Paper, facts: Facts, intent: str) -> None:
    if intent == "purchase_request":
        return
    day = None if _of_the_sale(facts, intent) else single_day(facts)
    if day is None:
        if facts.days and not _of_the_sale(facts, intent):
            paper.slots["note"] = " ".join(token.text for token in facts.days)
        return
    said = {token.value.start for token in facts.days if token.value.single}
    if intent in ("stock_in", "produce") and _goods_of_a_day(facts):
        paper.trouble("two_dates", "ask")
        paper.missing.append("date")
        return
    if len(said) > 1 and not facts.sheet.fixed:
        paper.trouble("two_dates", "ask")
        paper.missing.append("date")
        return
    ahead = intent in FUTURE or (intent == "transfer" and day.start > facts.today)
    when = (dates.in_future if ahead else dates.in_past)(day, facts.today)
    if when > facts.today and not ahead:
        paper.trouble("not_yet", "ask")  # 明天到的货,今天不能入
        paper.missing.append("date")
    paper.slots["date"] = when.isoformat()


def _of_the_sale(facts: Facts, intent: str) -> bool:
    """“昨天送多了,退回来一箱”:昨天是送货那天,不是退货这天。"""
    if intent not in ("sales_return", "purchase_return"):
        return False
    after = [facts.after(token) for token in facts.days]
    return bool(after) and all(
        token is not None and token.has("weak:send", "weak:leave", "weak:want") for token in after
    )


def _notes(paper: Paper, facts: Facts, intent: str) -> None:
    if intent in NOTES:
        words = [token.text for token in facts.reading.tokens if token.has("reason")]
        if words:
            paper.slots["note"] = " ".join(words)


def unsure(facts: Facts, reason: str) -> Frame:
    """说了货,没说要办什么。"""
    paper = Paper(facts, "unknown")
    codes = facts.party_codes()
    if len(codes) == 1:
        paper.slots["partner"] = codes[0]
    elif codes:
        paper.ambiguous["partner"] = codes
    lines = draft(facts.sheet, facts.catalog, facts.today, paper.slots.get("partner"))
    paper.take(lines)
    paper.missing = [path for path in paper.missing if not path.startswith("lines")]
    paper.ambiguous = {
        path: codes
        for path, codes in paper.ambiguous.items()
        if path.startswith("lines") or path == "partner"
    }
    if reason == "two_commands":
        paper.slots, paper.ambiguous = {}, {"intent": tuple(name for name in facts.dos)}
        return Frame("ask", "unknown", {}, ("intent",), paper.ambiguous, "two_commands", paper.said)
    if not any_line(lines) and not lines.ambiguous and idle(facts):
        return Frame("chat", "chitchat")
    if facts.negated:
        return Frame("reject", "unknown", paper.slots, (), {}, "negated", paper.said)
    if not any_line(lines) and not lines.ambiguous:
        return Frame(
            "reject",
            "unknown",
            {},
            (),
            {},
            "unknown_product" if lines.lines and facts.counted else "garbage",
            paper.said,
        )
    if reason == "return_side":
        return Frame(
            "ask",
            "unknown",
            paper.slots,
            (),
            {"intent": ("sales_return", "purchase_return")},
            reason,
            paper.said,
        )
    if facts.sheet.items and not facts.counted and not codes and _mostly_talk(facts):
        return Frame("reject", "unknown", {}, (), {}, "garbage", paper.said)
    return Frame(
        "ask",
        "unknown",
        paper.slots,
        ("intent",),
        {path: found for path, found in paper.ambiguous.items() if path != "intent"},
        "intent",
        paper.said,
    )


def idle(facts: Facts) -> bool:
    """没有动作、单位、单号、钱,也没有像样的数量:只是在聊天。"""
    if facts.dos or facts.topics or facts.parties or facts.stranger:
        return False
    if facts.reading.of("doc", "price", "money", "total", "batch", "made", "expire", "num", "latin"):
        return False
    counts = facts.reading.of("qty", "vague")
    return all(token.text.strip() in ("半个", "一个", "两个", "几个") for token in counts) and any(
        "\u4e00" <= char <= "\u9fff" for char in facts.reading.text
    )


def _mostly_talk(facts: Facts) -> bool:
    return any(token.kind == "junk" for token in facts.reading.tokens)


# ---- 收付款 ----
def money(facts: Facts, intent: str) -> Frame:
    """收款、付款。"""
    paper = Paper(facts, intent)
    paper.partner(True)
    where = side(facts)
    if where == ("supplier" if intent == "receive_payment" else "customer"):
        paper.slots.pop("partner", None)
        paper.missing.append("partner")
        paper.trouble("wrong_side", "ask")
    _sum(paper, facts)
    day = single_day(facts)
    if day is not None:
        paper.slots["date"] = dates.in_past(day, facts.today).isoformat()
    methods = [token.text for token in facts.reading.tokens if token.has("method")]
    if methods:
        paper.slots["method"] = methods[0]
    if not facts.parties and unexplained_words(facts) and not paper.said.get("partner"):
        paper.said["partner"] = unexplained_words(facts)
        paper.trouble("unknown_partner", "ask")
    elif facts.parties and unexplained_words(facts):
        paper.trouble("unexplained", "ask")
        paper.said["left"] = unexplained_words(facts)
        paper.missing.append("note")
    return paper.frame()


def sums(facts: Facts) -> list[tuple[Token, Decimal]]:
    """话里的钱数。"""
    found: list[tuple[Token, Decimal]] = []
    for token in facts.reading.tokens:
        if token.kind in ("num",):
            found.append((token, token.value))
        elif token.kind in ("money", "price", "total"):
            found.append((token, token.value[0]))
        elif token.kind == "qty" and token.value.unit in ("块", "元") and token.value.value is not None:
            found.append((token, token.value.value))
    return found


def _this_time(facts: Facts, amount: Token) -> bool:
    """“货款三万二,先付两万”:前面是欠的,先付的才是这一笔。"""
    verb = facts.before(amount)
    first = facts.before(verb) if verb is not None and verb.has("weak:pay") else None
    return first is not None and first.text in ("先", "这次", "今天先")


def _sum(paper: Paper, facts: Facts) -> None:
    found = sums(facts)
    rounded = [pair for pair in found if pair[0].kind == "total" and pair[0].text.startswith(ROUNDED)]
    found = rounded or found
    if facts.reading.has("fix") and len(found) == 2:
        found = found[1:]
    if len(found) == 2 and _this_time(facts, found[1][0]):
        found = found[1:]
    other = [
        token
        for token in facts.reading.tokens
        if token.kind in ("qty", "vague", "batch", "made", "expire")
        and not any(token is used for used, _ in found)
    ]
    if facts.reading.of("vague"):
        paper.missing.append("amount")
    elif len({value for _, value in found}) > 1 or other:
        paper.trouble("two_amounts", "ask")
        paper.missing.append("amount")
    elif found:
        value = found[0][1]
        paper.slots["amount"] = numbers.money(value)
        if value <= 0:
            paper.trouble("not_positive", "reject")
        elif value != value.quantize(Decimal("0.01")):
            paper.trouble("not_cents", "ask")
            paper.missing.append("amount")
        facts.sheet.left = []
    else:
        paper.missing.append("amount")
