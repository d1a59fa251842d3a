"""话里像是单位名、目录里却没有的那一段。"""

from __future__ import annotations

import re

from intents.frame import Catalog
from intents.mention import Mention
from intents.products import resolve
from intents.remarks import PERSON
from intents.spans import Token

AFTER_PARTY = frozenset(
    (
        "do:sales_order",
        "do:purchase_order",
        "do:back",
        "do:sales_return",
        "do:repeat_order",
        "weak:want",
        "weak:back",
        "weak:pay",
        "weak:leave",
        "weak:send",
    )
)
LONG_NAME = 4  # 生人的名字至少这么长,才不当成没听过的货
# 单位后面跟着的自家人、自家地方、泛泛的货;别的字(等批、先留着)可能是要紧话,“二店”“东区”可能是另一家,都不放过
WHOSE = re.compile(
    r"[\u4e00-\u9fff]{1,4}[间房池台班科室坊棚厨地]用?|项目部|工程部"
    rf"|{PERSON}"
    r"|财务|会计|出纳|老板|老板娘|经理|店长|主管|厨师长|主厨|大厨|师傅|采购|采购员|司机|伙计|工人|库管|仓管|保管|保管员"
    r"|媳妇|老婆|爱人|老公|儿子|女儿|弟弟|姐夫|他爸|他妈|菜|酒|料|药|肉|鱼|水果|饮料|水|百货|材料"
)
OF_PLACE = frozenset("地里边处间上方")  # 工地、店里、那边:地方的尾字单独是虚字
PARTY_ZONE_KINDS = frozenset(("junk", "run", "phrase", "latin"))


def stranger_zone(tokens: tuple[Token, ...], catalog: Catalog) -> list[int]:
    """“给某某下单”“客户:某某”“某某:”里的某某,目录里没有,当作不认识的单位。"""
    for at, token in enumerate(tokens):
        if token.has("label:customer", "label:supplier"):
            zone = run_of_names(tokens, at + 1)
            if zone:
                return zone
        if token.has("prep:give", "prep:with") and token.text not in ("和", "为", "对"):
            zone = _up_to_verb(tokens, at + 1) or (
                _to_the_end(tokens, at + 1) if token.has("prep:give") else []
            )
            if zone:
                return zone
    return _leading_stranger(tokens, catalog)


def belongs_to(tokens: tuple[Token, ...], party: int, catalog: Catalog) -> list[int]:
    """“鑫居工地刚拖走”“二食堂财务今天转了”“样板间用:”:紧跟着单位、后面是动词日子冒号、自己不是货的一段,是那家的谁。"""
    start = party + 1
    if start < len(tokens) and tokens[start].text == "的":
        start += 1
    zone: list[int] = []
    end = tokens[party].end if start == party + 1 else tokens[start - 1].end
    for at in range(start, len(tokens)):
        if tokens[at].start != end or not (tokens[at].kind in ("junk", "run") or tokens[at].text in OF_PLACE):
            break
        zone.append(at)
        end = tokens[at].end
    after = next((token for token in tokens[zone[-1] + 1 :] if not token.has("fill")), None) if zone else None
    pieces = tuple(tokens[at].text for at in zone)
    known = resolve(Mention(pieces, text="".join(pieces)), (), catalog, None, suggest=False).codes
    ends = after is not None and (after.kind == "day" or _verb(after) or after.text == ":")
    own = WHOSE.fullmatch("".join(pieces)) is not None
    return zone if zone and ends and own and not known else []


def run_of_names(tokens: tuple[Token, ...], start: int) -> list[int]:
    zone: list[int] = []
    for at in range(start, len(tokens)):
        token = tokens[at]
        if (
            token.kind in PARTY_ZONE_KINDS
            or _head_of_a_name(tokens, at)
            or (zone and _digit_of_a_name(tokens[at - 1], token))
        ):
            zone.append(at)
        elif zone or not (token.kind == "sep" and token.text == ":"):
            if (
                token.kind == "word"
                and token.text in ("老板", "师傅", "那边", "这边", "家", "的")
                and zone
                and token.text != "的"
            ):
                zone.append(at)
                continue
            break
    return zone


def _head_of_a_name(tokens: tuple[Token, ...], at: int) -> bool:
    """大兴、小满:紧贴着名字的大小是名字的头。"""
    return (
        tokens[at].text in ("大", "小")
        and at + 1 < len(tokens)
        and tokens[at + 1].start == tokens[at].end
        and tokens[at + 1].kind == "junk"
    )


def _digit_of_a_name(before: Token, token: Token) -> bool:
    """赵老五、王二:紧跟着的一个汉字数目是名字的一部分。"""
    return (
        token.kind == "num"
        and len(token.text) == 1
        and not token.text.isdigit()
        and token.start == before.end
    )


def _to_the_end(tokens: tuple[Token, ...], start: int) -> list[int]:
    """“出库 红牛5箱 给阳光网吧”:给后面一直到句尾的一个名字。"""
    zone = [at for at in range(start, len(tokens)) if tokens[at].kind != "sep"]
    named = all(
        tokens[at].kind in ("junk", "run") or tokens[at].text in ("吧", "的", "那边", "家") for at in zone
    )
    return zone if zone and named and any(tokens[at].kind == "junk" for at in zone) else []


def _up_to_verb(tokens: tuple[Token, ...], start: int) -> list[int]:
    """“给……下单”中间的一段。"""
    for at in range(start, min(len(tokens), start + 10)):
        token = tokens[at]
        if token.kind in ("sep", "qty", "num", "vague", "party"):
            return []
        if at > start and _verb(token) and not token.has("fill"):
            zone = list(range(start, at))
            return zone if any(tokens[spot].kind in PARTY_ZONE_KINDS for spot in zone) else []
    return []


def _verb(token: Token) -> bool:
    return any(role.startswith(("do:", "weak:")) for role in token.roles)


def _leading_stranger(tokens: tuple[Token, ...], catalog: Catalog) -> list[int]:
    """开头一段不认识的字,后面跟着冒号或“下单、要、退货”。"""
    zone = run_of_names(tokens, 0)
    if not zone or zone[-1] + 1 >= len(tokens):
        return []
    pieces = tuple(tokens[at].text for at in zone)
    strange = any(tokens[at].kind == "junk" for at in zone) or (
        len("".join(pieces)) >= LONG_NAME
        and not any(tokens[at].kind == "phrase" for at in zone)
        and not resolve(Mention(pieces, text="".join(pieces)), (), catalog, None, suggest=False).codes
    )
    if not strange:
        return []
    after = tokens[zone[-1] + 1]
    colon = after.kind == "sep" and after.text in (":", "\n")
    return zone if colon or after.has(*AFTER_PARTY) else []
