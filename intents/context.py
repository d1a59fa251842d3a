"""刚问过一句之后的回话:选一个、补一样、确认、取消、改一处、批或不批。"""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

from intents import numbers, talk, words
from intents.among import party_among
from intents.by_number import pointed
from intents.correct import correction
from intents.facts import CALLED_OFF, Facts, gather
from intents.fill import fill
from intents.fits import covers, matching_details
from intents.frame import Frame
from intents.intent import words as listed
from intents.lexicon import is_han, name_key
from intents.mention import Mention
from intents.page import Item
from intents.reading import read

State = dict[str, Any]
LONGEST_STRANGER = 10  # 单位名不会更长
PARTICLES = "吧啊哈呀嘛呗哦噢呢的了啦咯嘞哟哇哒~!.,。 "
YES, NO = frozenset(talk.CONFIRM.triggers), frozenset(talk.CANCEL.triggers)
NONE_OF_THESE = frozenset(
    listed("""
    都不是 都不要 都不对 没有我要的 不是这些 一个都不是 全不是 没有 都没有 没一个对 以上都不是 不要
    不要了 算了 取消 不选了 不是
""")
)
_INDEX = re.compile(
    r"^(?:我?选择?|要|就|我要|就要|回复|序号|编号|是)?(?:第)?\s*(\d{1,4}|[一二两三四五六七八九十]{1,3})\s*(?:个|号|项|款|种|条|家|位|、|\.)?(?:吧|的|那个|这个)*$"
)
_LAST = frozenset(
    listed(
        "倒数第一个 倒数第一 倒数第一种 最后一个 最后那个 最后 最后一项 最下面那个 最后面那个 末尾那个 最后一款 最后一家 最后的"
    )
)
_FIRST_OF_TWO = frozenset(
    listed("上面那个 上边那个 上头那个 前面那个 前边那个 前头那个 前一个 头一个 头个 前者 上面的 前面的")
)
_LAST_OF_TWO = frozenset(
    listed("下面那个 下边那个 下头那个 后面那个 后边那个 后头那个 后一个 底下那个 后者 下面的 后面的")
)
_ASKS = re.compile(r"^(?:我?要|我?选|就要|就是|就|是|拿|来)(?=\S{2})")
_TWICE = re.compile(r"^(.{1,5})\1+$")
_HM = re.compile(r"^(?:嗯+|哦+|噢|好|行|那|ok|对|额|啊)+(?=.)")
_HOLD_ON = re.compile(r"^(?:等一?下|等等|慢着|且慢|稍等)[\s,]+(?=\S)")
_GIVE_UP = re.compile(r"^(?:算了|取消|先不|暂时不|不要|不用|别|不|先别|还是不|还是别|先放|甭|莫)[^\d]{0,6}$")
_CODE = re.compile(r"^(确认|同意|确定|ok|好|取消|不要)\s*([0-9a-f]{4,6})$")


def bare(text: str) -> str:
    """去掉末尾的语气词和标点。"""
    return text.strip(" ,.!?~;:\n").rstrip(PARTICLES).lstrip(",. ") or text.strip()


_SO_BE_IT = re.compile(
    r"(?:那|可以)?就?(?:按|照)?(?:这样|这么|这个|这)(?:子|样)?(?:着)?(?:来|办|弄|搞|做|整|记|录|下|开|走|入|出|定|写)?(?:单|账|库|货)?"
)


def _agreed(part: str) -> bool:
    """“嗯就这么着吧”“入啦”:去掉开头的应声、末尾的语气,剩下的是答应的话。"""
    part = _TWICE.sub(r"\1", part)
    core = bare(part)
    said = {part, core, core + "了", core + "吧", _HM.sub("", core), _HM.sub("", part)}
    return bool(said & YES) or (len(core) > 2 and _SO_BE_IT.fullmatch(core) is not None)


def is_yes(text: str) -> bool:
    """整句都是答应的话。"""
    parts = [part.strip() for part in re.split(r"[,.!;\s~]+", text) if part.strip()]
    return (
        bool(parts)
        and len(parts) <= 6
        and "1" not in parts
        and all(_agreed(part) or part in words.FILLERS for part in parts)
        and any(map(_agreed, parts))
    )


def is_no(text: str, facts: Facts) -> bool:
    """第一小句是不要的话,后面没有新的数。"""
    parts = [part.strip() for part in re.split(r"[,.!;\s]+", text) if part.strip()]
    parts = [part for part in parts if part not in words.FILLERS or part in NO] or parts
    if not parts:
        return False
    if len(parts) > 1 and (_named(facts) or facts.places):
        return False
    first = re.sub(r"^(.{1,3})\1+$", r"\1", parts[0])
    refused = (
        first in NO
        or bare(first) in NO
        or first + "了" in NO
        or bool(_GIVE_UP.match(first) and not _named(facts))
    )
    return refused and not any(char.isdigit() for char in text) and not facts.counted


def called_off(facts: Facts, held: Frame) -> bool:
    """“拉倒吧 这车货不要了”“他来电话说全不要了”:没说别的货、没说数,就是手上这件不办了。"""
    own = set(facts.party_codes()) <= {held.slots.get("partner")}
    goods = any(
        token.kind in ("phrase", "run") and len(token.text) > 1
        for item in (*facts.sheet.items, *facts.sheet.removed)
        for token in item.words
    )
    off = any(
        token.text in CALLED_OFF and token.text not in ("等等", "再说") for token in facts.reading.tokens
    )
    said = facts.counted or facts.question or facts.topics or facts.reading.of("num")
    return off and own and not goods and not said


def _named(facts: Facts) -> bool:
    return any(
        token.kind in ("phrase", "run") and len(token.text) > 1
        for item in facts.sheet.items
        for token in item.words
    ) or bool(facts.parties)


def answer(text: str, state: State, facts: Facts) -> Frame | None:
    """当作对上一句的回话来读;不像回话就返回 None。"""
    pending = state.get("pending") or "none"
    coded = _CODE.match(text)
    if coded and any(char.isdigit() for char in coded[2]):
        return Frame(
            "act", "cancel" if coded[1] in ("取消", "不要") else "confirm", {"code": coded[2].upper()}
        )
    if pending == "none":
        return None
    held = Frame.from_dict(state.get("frame") or {})
    point = pointed(text, facts, held, pending) if pending != "approve" else None
    if point is not None:
        return point
    readers = {"select": _select, "fill": _fill, "confirm": _confirm, "approve": _approve}
    return readers[pending](text, facts, held, state) if pending in readers else None


# ---- 选 ----
def choices(held: Frame, state: State) -> tuple[str, list[Any]]:
    """问的是哪一栏,有哪几个。"""
    options = state.get("options") or []
    if options:
        return options[0].get("slot", ""), [option.get("value") for option in options]
    for path, codes in held.ambiguous.items():
        return path, list(codes)
    return "", []


def _select(text: str, facts: Facts, held: Frame, state: State) -> Frame | None:
    path, codes = choices(held, state)
    said = bare(text)
    offered = [
        option
        for option in state.get("options") or []
        if option.get("fill") is not None and len(said) > 1 and said in option["label"]
    ]
    if len(offered) == 1:
        return Frame("act", "select", {"index": str(offered[0]["number"])})
    if said in NONE_OF_THESE or is_no(text, facts) or (text in NO and text != "1"):
        return Frame("act", "cancel")
    index = _index(text, said, len(codes))
    counted = _count_meanwhile(facts, held, path)
    if counted is not None and not _asked_by_books(state):
        return counted
    if _asked_by_books(state) and (index is None or not _numbered(index, state, codes)):
        filled = _answered(text, facts, replace(held, missing=(path,), ambiguous={}))
        if filled is not None:
            return filled
    if index is not None:
        if _numbered(index, state, codes):
            return _picked(path, codes, index, state)
        spec = _narrowed(facts, path, codes)
        if len(spec) == 1 and index > len(codes):
            return _picked(path, codes, codes.index(spec[0]) + 1, state)
        return Frame("ask", "select", {}, ("index",), {}, "bad_index")
    if (
        facts.topics
        or (facts.dos and path != "intent")
        or (facts.counted and any(item.counted and item.named for item in facts.sheet.items))
    ):
        return None
    if path == "intent":
        names = [name for name in facts.dos if name in codes]
        return (
            _picked(path, codes, codes.index(names[0]) + 1, state) if len(names) == 1 else fill(facts, held)
        )
    found = _narrowed(facts, path, codes)
    if len(found) == 1:
        return _picked(path, codes, codes.index(found[0]) + 1, state)
    if len(found) > 1:
        return Frame("ask", "select", {}, ("index",), {path: tuple(found)}, "still_several")
    return None


def _count_meanwhile(facts: Facts, held: Frame, path: str) -> Frame | None:
    """问是哪个商品,先答了数量(“3箱”):记下,再接着问。"""
    m = re.fullmatch(r"lines\[(\d+)\]\.product", path)
    items = facts.sheet.items
    if m is None or len(items) != 1 or items[0].named or len(items[0].amounts) != 1 or items[0].only_measure:
        return None
    if facts.dos or facts.parties or facts.question:
        return None
    slots, amount = copy.deepcopy(held.slots), items[0].amounts[0]
    line = slots["lines"][int(m[1])]
    if line.get("qty") or not amount.value or amount.value <= 0:
        return None
    line["qty"], line["unit"] = numbers.plain(amount.value), amount.unit
    missing = tuple(one for one in held.missing if not one.startswith(f"lines[{m[1]}]."))
    return replace(held, outcome="ask", slots=slots, missing=missing)


def _answered(text: str, facts: Facts, held: Frame) -> Frame | None:
    """补上账本问的那一样;说的是别的货、别的事就不算回话,说“不对”就是在改。"""
    if facts.reading.has("fix"):
        return correction(text, facts, held)
    if (
        facts.goods
        or facts.dos
        or (any(item.named for item in facts.sheet.items) and held.missing != ("reason",))
    ):
        return None
    return fill(facts, held)


def _asked_by_books(state: State) -> bool:
    """账本问的:选项之外,也可以直接说名称、数量或价钱。"""
    return any(option.get("fill") is not None for option in state.get("options") or [])


def _numbered(index: int, state: State, codes: list[Any]) -> bool:
    options = state.get("options") or []
    numbers_ = [option.get("number") for option in options] or list(range(1, len(codes) + 1))
    return index in numbers_


def _index(text: str, said: str, count: int) -> int | None:
    text = _ASKS.sub("", text)
    if (
        said in _LAST
        or text in _LAST
        or _ASKS.sub("", said) in _LAST
        or (count == 2 and text.strip(" ,.!") in _LAST_OF_TWO)
    ):
        return count
    if count == 2 and text.strip(" ,.!") in _FIRST_OF_TWO:
        return 1
    m = _INDEX.match(text.strip(" .,!")) or _INDEX.match(said)
    if not m:
        return None
    value = numbers.parse(m[1])
    return int(value) if value is not None else None


def _picked(path: str, codes: list[Any], index: int, state: State) -> Frame:
    options = state.get("options") or []
    option = next((option for option in options if option.get("number") == index), None)
    value = option.get("value") if option else codes[index - 1]
    slots: dict[str, Any] = {"index": str(index)}
    if value is None:
        return Frame("act", "select", slots)
    if path.endswith("product"):
        slots["product"] = value
    elif path == "partner":
        slots["partner"] = value
    return Frame("act", "select", slots)


def _narrowed(facts: Facts, path: str, codes: list[Any]) -> list[Any]:
    """用说的字眼把候选缩小。"""
    catalog = facts.catalog
    if path.endswith("product"):
        rows = [catalog.goods_by_code[code] for code in codes if code in catalog.goods_by_code]
        mention = _loose_mention(facts)
        if not (mention.named or mention.specs or mention.sizes or mention.packs):
            return []
        kept = [
            row
            for row in rows
            if not mention.pieces or covers(row, mention.pieces) or name_key(row.brand) == mention.whole
        ]
        return [row.code for row in matching_details(kept, mention)] if kept else []
    if path.endswith(".unit"):
        return [code for code in codes if code == bare(facts.reading.text)]
    if path == "partner":
        return party_among(facts, bare(facts.reading.text), codes)
    if path in ("warehouse", "to_warehouse"):
        return [code for _, found, _ in facts.places for code in found if code in codes]
    return []


def _loose_mention(facts: Facts) -> Mention:
    """选的时候,数量单位也可能说的是规格。"""
    whole = Item()
    for item in facts.sheet.items:
        whole.words += item.words
        whole.specs += item.specs + [(amount.value or Decimal(0), amount.unit) for amount in item.amounts]
        whole.sizes += item.sizes
        whole.packs += item.packs
        if item.bare is not None:
            whole.specs.append((item.bare, ""))
    if not whole.sizes:
        whole.sizes = [
            (role.partition(":")[2], token.text)
            for token in facts.reading.tokens
            for role in token.roles
            if (role.startswith("size:") and len(token.text) > 1)
            or (role.startswith("size:") and not whole.words)
        ]
    if not whole.packs:
        whole.packs = [
            token.text for token in facts.reading.tokens if token.has("pack") and not token.has("fill")
        ]
    whole.specs += [(token.value, "") for token in facts.sheet.left if token.kind == "num"]
    return whole.mention()


# ---- 补 ----
def _fill(text: str, facts: Facts, held: Frame, state: State) -> Frame | None:
    if is_no(text, facts) or called_off(facts, held):
        return Frame("act", "cancel")
    if state.get("question"):
        return _answered(text, facts, copy.deepcopy(held))
    return fill(facts, copy.deepcopy(held)) or _stranger(text, facts, held)


def _stranger(text: str, facts: Facts, held: Frame) -> Frame | None:
    """问哪个客户,答了个不认识的名字:说没有这家,再问。"""
    bare_name = 2 <= len(text) <= LONGEST_STRANGER and all(map(is_han, text))
    if (
        held.missing[:1] != ("partner",)
        or not bare_name
        or facts.parties
        or facts.dos
        or facts.topics
        or facts.question
        or facts.negated
        or facts.supposed
        or facts.reading.has("chat", "talk:help", "talk:confirm")
        or not facts.goods
    ):
        return None
    return replace(held, outcome="ask", reason="unknown_partner", said={**held.said, "partner": text})


# ---- 确认 ----
def _confirm(text: str, facts: Facts, held: Frame, state: State) -> Frame | None:
    if is_yes(text) or text.strip() == "1":
        return Frame("act", "confirm")
    if is_no(text, facts) or called_off(facts, held):
        return Frame("act", "cancel")
    wait = _HOLD_ON.match(text)
    if wait:  # “等下,锡纸去掉”:等的是改完再记
        text = text[wait.end() :]
        facts = gather(read(text, facts.catalog, facts.today), facts.catalog, facts.today)
    return correction(text, facts, held)


# ---- 审批 ----
def _approve(text: str, facts: Facts, held: Frame, state: State) -> Frame | None:
    number = facts.doc() or held.slots.get("document_no")
    slots: dict[str, Any] = {"document_no": number} if number else {}
    first = re.split(r"[,.!;\n]+", text)[0].strip()
    if "refuse" in facts.dos or bare(first) in NO:
        rest = text[len(first) :].strip(" ,.!;")
        return Frame("act", "refuse", {**slots, **({"note": rest} if rest else {})})
    if facts.question or facts.negated or facts.counted:
        return None
    if ("approve" in facts.dos and not _named(facts)) or is_yes(text):
        return Frame("act", "approve", slots) if number else Frame("ask", "approve", {}, ("document_no",))
    return None
