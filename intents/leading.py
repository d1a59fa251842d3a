"""句首的词定了是什么事以后,后面的话按那件事要的栏目一样一样读出来。"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from intents import dates, numbers
from intents.commands import Paper, sums
from intents.dates import Day
from intents.facts import Facts, gather, single_day
from intents.fill import BIN, FROM_TO
from intents.frame import Catalog, Frame
from intents.lines import Draft as Lines
from intents.lines import draft
from intents.mention import Match
from intents.office import BY_LEAD, READS, Leading
from intents.page import Item
from intents.products import resolve
from intents.reading import read
from intents.spans import Token

LONGEST_LEAD = max(map(len, BY_LEAD))
NOT_AFTER = frozenset("坏了过吗没完得")  # “解冻坏了”“召回了吗”:不是在吩咐
_SWAP = re.compile(r"(?:换成|换出|换给|另换|换|给)(?=\s*[^\s])")
_SHELF = re.compile(
    rf"(?:(?:从|由|在)?\s*(?P<a>{BIN})\s*(?:移?到|至|去|换到|→|->)\s*|(?:移?到|放到|放在|放|至|上到|在)?\s*)(?P<b>{BIN})(?:库位|货位|那格|里|上)?\s*$"
)
_IN_BIN = re.compile(
    rf"({BIN})\s*(?:库位|货位)?(?:里面?|上面?)?(?:有什么|有啥|有哪些|放的?什么|放了什么|放的?啥)(?:货|东西)?\s*$"
)
_BATCH = re.compile(
    r"(?:批次号?|批号)?\s*[:#]?\s*((?=[a-z0-9\-]*\d)[a-z0-9\-]{2,24}|无日期-\d{8})(?:批次|那批|这批|的)?"
)


def leading(text: str, catalog: Catalog, today: date) -> Frame | None:
    """句首是办公室里的那些词就读完;不是返回 None。"""
    looked = _IN_BIN.match(text.rstrip(" ?.!"))
    if looked:
        text = f"库位 {looked[1]}"
    lead = next(
        (text[:size] for size in range(min(LONGEST_LEAD, len(text)), 1, -1) if text[:size] in BY_LEAD), ""
    )
    rest = text[len(lead) :]
    if not lead or (rest and rest[0] in NOT_AFTER):
        return None
    known = BY_LEAD[lead]
    rest = rest.strip(" ,:.!")
    facts = gather(read(rest, catalog, today), catalog, today)
    if known.intent.name not in READS and facts.question:
        return None
    paper = Paper(facts, known.intent.name)
    paper.exact = False
    claimed: set[int] = set()
    for take in known.takes:
        TAKES[take.rstrip("?")](paper, rest, claimed, not take.endswith("?"))
    if lead in ("抹零", "抹掉零头", "坏账"):
        paper.slots["what"] = "坏账" if lead == "坏账" else "抹零"
    return _done(paper, known, claimed)


def _done(paper: Paper, known: Leading, claimed: set[int]) -> Frame:
    """剩下没读进去的数,不能当没看见。"""
    left = [
        token
        for token in paper.facts.reading.tokens
        if token.kind in ("num", "money", "price", "total") and token.start not in claimed
    ]
    paper.facts.sheet.left = []
    if left and known.takes and "lines" not in known.takes:
        paper.said["left"] = left[0].text
        paper.trouble("unexplained", "ask")
        paper.missing.append("note")
    frame = paper.frame()
    if frame.outcome == "act" and known.intent.name in READS:
        return Frame("answer", frame.intent, frame.slots)
    return frame


Take = Callable[[Paper, str, set[int], bool], None]


def _partner(paper: Paper, rest: str, claimed: set[int], needed: bool) -> None:
    codes = paper.facts.party_codes()
    if len(codes) == 1:
        paper.slots["partner"] = codes[0]
    elif codes:
        paper.ambiguous["partner"] = codes
    elif needed:
        paper.missing.append("partner")


def _amount(paper: Paper, rest: str, claimed: set[int], needed: bool) -> None:
    found = [(token, value) for token, value in sums(paper.facts) if token.start not in claimed]
    values = {value for _, value in found}
    claimed |= {token.start for token, _ in found}
    if len(values) == 1 and (value := values.pop()) > 0:
        paper.slots["amount"] = numbers.money(value)
    elif found:
        paper.trouble("two_amounts", "ask")
        paper.missing.append("amount")
    elif needed:
        paper.missing.append("amount")


def _document(paper: Paper, rest: str, claimed: set[int], needed: bool) -> None:
    found = [token.value for token in paper.facts.reading.of("doc")]
    if found:
        paper.slots["document_no"] = found[0]
    elif needed:
        paper.missing.append("document_no")


def _documents(paper: Paper, rest: str, claimed: set[int], needed: bool) -> None:
    """先收付款单,后被核销的单;两张才够。"""
    found = [token.value for token in paper.facts.reading.of("doc")]
    if len(found) < 2:
        paper.missing += ["document_no", "others"][len(found) :]
    paper.slots |= {"document_no": found[0]} if found else {}
    paper.slots |= {"others": found[1:]} if len(found) > 1 else {}


def _method(paper: Paper, rest: str, claimed: set[int], needed: bool) -> None:
    said = [token.text for token in paper.facts.reading.tokens if token.has("method")]
    if said:
        paper.slots["method"] = said[0]


def _funds(paper: Paper, rest: str, claimed: set[int], needed: bool) -> None:
    m = FROM_TO.search(rest)
    if m:
        paper.slots |= {"source": m["a"], "target": m["b"]}
        return
    paper.missing.append("funds")


def _date(paper: Paper, rest: str, claimed: set[int], needed: bool) -> None:
    day = single_day(paper.facts)
    if day is not None:
        ahead = paper.intent in ("order_by_quote", "use_template")
        paper.slots["date"] = (dates.in_future if ahead else dates.in_past)(
            day, paper.facts.today
        ).isoformat()


def _through(paper: Paper, rest: str, claimed: set[int], needed: bool) -> None:
    """结到哪一天:说一个月就是月底。"""
    spans: list[Day] = [token.value for token in paper.facts.days]
    if not spans:
        paper.missing.append("date")
    elif spans[-1].single:
        paper.slots["date"] = dates.in_past(spans[-1], paper.facts.today).isoformat()
    else:
        paper.slots["date"] = dates.period(spans[-1], paper.facts.today)[1].isoformat()


def _what(paper: Paper, rest: str, claimed: set[int], needed: bool) -> None:
    words = [token.text for token in paper.facts.reading.tokens if _is_what(token)]
    if words:
        paper.slots["what"] = "".join(words)[:40]


def _is_what(token: Token) -> bool:
    return (
        token.kind in ("junk", "run", "phrase")
        or token.has("reason")
        or (
            token.kind == "word"
            and not token.has("method", "fill", "prep:from", "prep:to")
            and len(token.text) > 1
        )
    )


def _lines(paper: Paper, rest: str, claimed: set[int], needed: bool) -> None:
    facts = paper.facts
    found = draft(facts.sheet, facts.catalog, facts.today, paper.slots.get("partner"))
    paper.take(found)
    if not found.lines and needed:
        paper.missing.append("lines")


def _orders(paper: Paper, rest: str, claimed: set[int], needed: bool) -> None:
    """几张订单一趟拣,或者一个客户的全部。"""
    found = [token.value for token in paper.facts.reading.of("doc")]
    if found:
        paper.slots["others"] = found
        return
    _partner(paper, rest, claimed, False)
    if not paper.slots.get("partner") and "partner" not in paper.ambiguous:
        paper.missing.append("document_no")


def _shelf(paper: Paper, rest: str, claimed: set[int], needed: bool) -> None:
    """“生抽 20箱 A1”“生抽 A1到A3”:句尾是库位,前面是货。"""
    facts, cut = paper.facts, _SHELF.search(rest)
    again = gather(
        read(rest[: cut.start()] if cut else rest, facts.catalog, facts.today), facts.catalog, facts.today
    )
    if cut is None:
        paper.missing.append("to_bin")
    else:
        paper.slots["to_bin"] = cut["b"].upper()
        if cut["a"]:
            paper.slots["from_bin"] = cut["a"].upper()
    item, match = _named_first(again)
    line: dict[str, object] = {}
    if match is not None and match.one and not match.reason:
        line["product"] = match.one
    elif match is not None and match.codes and not match.reason:
        paper.ambiguous["lines[0].product"] = match.codes
        paper.said["lines[0].product"] = item.mention().text if item else ""
    else:
        paper.missing.append("lines[0].product")
    if item is not None and item.amounts and item.amounts[0].value:
        line |= {"qty": numbers.plain(item.amounts[0].value), "unit": item.amounts[0].unit}
    places = [codes[0] for _, codes, _ in again.places if len(codes) == 1]
    if places:
        paper.slots["warehouse"] = places[0]
    paper.slots["lines"] = [line]
    claimed |= {token.start for token in facts.reading.tokens}


def _bin(paper: Paper, rest: str, claimed: set[int], needed: bool) -> None:
    found = re.search(BIN, rest)
    if found:
        paper.slots["bin"] = found[0].upper()
    claimed |= {token.start for token in paper.facts.reading.tokens}


def _priced(paper: Paper, rest: str, claimed: set[int], needed: bool) -> None:
    """“生抽 95”“生抽 单价95/箱”:哪个商品、什么价。"""
    facts = paper.facts
    item = facts.sheet.items[0] if len(facts.sheet.items) == 1 else None
    match = resolve(item.mention(), (), facts.catalog, None) if item is not None and item.named else None
    line: dict[str, object] = {}
    if match is not None and match.one and not match.reason:
        line["product"] = match.one
    elif match is not None and match.codes:
        paper.ambiguous["lines[0].product"] = match.codes
    else:
        paper.missing.append("lines[0].product")
    values = {value for _, value in sums(facts)} or ({item.bare} if item is not None and item.bare else set())
    claimed |= {
        token.start for token in facts.reading.tokens if token.kind in ("num", "price", "money", "qty")
    }
    if len(values) == 1:
        line["price"] = numbers.money(values.pop())
        if item is not None and item.price_unit:
            line["price_unit"] = item.price_unit
    else:
        paper.missing.append("lines[0].price")
    paper.slots["lines"] = [line]


def _aim(paper: Paper, rest: str, claimed: set[int], needed: bool) -> None:
    """冻结、召回的对象:商品、批次、数量都可以只说一样。"""
    facts = paper.facts
    batch = facts.reading.of("batch")
    if batch:
        paper.slots["batch"] = batch[0].value
    item, match = _named_first(facts)
    line: dict[str, object] = {}
    if match is not None and match.codes and not match.reason:
        if match.one:
            line["product"] = match.one
        else:
            paper.ambiguous["lines[0].product"] = match.codes
            paper.said["lines[0].product"] = item.mention().text if item else ""
    known = [token.text for token in item.words] if item is not None and match and match.codes else []
    bare = _without(rest, [*known, *(token.text for token in facts.reading.of("qty", "place", "day"))])
    loose = _BATCH.search(bare)
    if not batch and loose:
        paper.slots["batch"] = loose[1].upper()
        claimed |= {token.start for token in facts.reading.of("num")}
    if item is not None and item.amounts and item.amounts[0].value:
        line |= {"qty": numbers.plain(item.amounts[0].value), "unit": item.amounts[0].unit}
    if line or "lines[0].product" in paper.ambiguous:
        paper.slots["lines"] = [line]
    why = "".join(char for char in _without(bare, [loose[0] if loose else ""]) if char.isalnum())[:40]
    if len(why) > 1:
        paper.slots["what"] = why
    places = [codes[0] for _, codes, _ in facts.places if len(codes) == 1]
    if places:
        paper.slots["warehouse"] = places[0]
    if not paper.slots.get("lines") and not paper.slots.get("batch"):
        paper.missing.append("lines[0].product")
        paper.slots["lines"] = [{}]


def _named_first(facts: Facts) -> tuple[Item | None, Match | None]:
    """“生抽 客户投诉”:从头起尽量长、认得出商品的一段是货,后面的是原因。"""
    item = next((one for one in facts.sheet.items if one.named), None)
    if item is None:
        return None, None
    for size in range(len(item.words), 0, -1):
        head = replace(item, words=item.words[:size], beside=[])
        match = resolve(head.mention(), (), facts.catalog, None, suggest=False)
        if match.codes and not match.reason:
            return head, match
    return item, resolve(item.mention(), (), facts.catalog, None)


def _without(rest: str, used: list[str]) -> str:
    """去掉已经读进栏目的原话。"""
    for word in filter(None, map(str.strip, used)):
        rest = rest.replace(word, " ", 1)
    return rest


def _swap(paper: Paper, rest: str, claimed: set[int], needed: bool) -> None:
    """“退的 换 换出的”:没说换成什么,就是同样的再来一份。"""
    facts, cut = paper.facts, _SWAP.search(rest)
    parts = [rest] if cut is None else [rest[: cut.start()], rest[cut.end() :]]
    for name, part in zip(("lines", "out"), parts, strict=False):
        again = gather(read(part, facts.catalog, facts.today), facts.catalog, facts.today)
        found: Lines = draft(again.sheet, facts.catalog, facts.today, paper.slots.get("partner"))
        paper.slots[name] = found.lines
        paper.ambiguous |= {path.replace("lines", name, 1): codes for path, codes in found.ambiguous.items()}
        paper.missing += [path.replace("lines", name, 1) for path in found.missing]
        paper.said |= {path.replace("lines", name, 1): said for path, said in found.said.items()}
        if found.reason:
            paper.trouble(found.reason, found.problem)
    if not paper.slots.get("lines"):
        paper.missing.append("lines")
    claimed |= {token.start for token in facts.reading.tokens}


def _name(paper: Paper, rest: str, claimed: set[int], needed: bool) -> None:
    """模板名、叫法:单号和日子以外的原话。"""
    spans = [token for token in paper.facts.reading.tokens if token.kind in ("doc", "day")]
    left = rest
    for token in reversed(spans):
        left = left[: token.start] + " " + left[token.end :]
    claimed |= {token.start for token in paper.facts.reading.tokens}
    if left.strip(" ,.“”\"'"):
        paper.slots["name"] = left.strip(" ,.“”\"'")[:20]
    elif needed:
        paper.missing.append("name")


TAKES: dict[str, Take] = {
    "partner": _partner,
    "amount": _amount,
    "document": _document,
    "documents": _documents,
    "method": _method,
    "funds": _funds,
    "date": _date,
    "through": _through,
    "what": _what,
    "lines": _lines,
    "orders": _orders,
    "shelf": _shelf,
    "bin": _bin,
    "priced": _priced,
    "aim": _aim,
    "swap": _swap,
    "name": _name,
}
