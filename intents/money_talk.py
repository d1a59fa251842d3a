"""收付款的话里没认出来的字:“菜钱”“伙食费”只是说为什么,别的要问。"""

from __future__ import annotations

import re

from intents.facts import Facts
from intents.holding import held_back
from intents.mention import Mention
from intents.products import resolve
from intents.segment import cut, is_thing

FOR_WHAT = ("钱", "款", "费")
_UNREAL = re.compile(r"假|比方|错|试")
_DAILY = re.compile(
    r"(?:这|那|上)?[次批月]?(?:菜|饭|酒|水|肉|鱼|药|茶|料|材料|伙食|餐|食材|耗材|配件|运|样品)"
)


def unexplained_words(facts: Facts) -> str:
    """没认出来的字;知道是谁的钱时,“菜钱”“电池款”“伙食费”只是说为什么。"""
    left: list[str] = []
    since = clause = 0  # left 里从这里起还连着;这一小句从哪里起
    end = -1
    for token in facts.reading.tokens:
        if token.start != end:
            since = len(left)
        end = token.end
        said = "".join(left[since:])
        if token.kind == "sep" or token.text[:1] == " ":
            clause = token.end
        if (
            facts.parties
            and said
            and token.text.lstrip("的").startswith(FOR_WHAT)
            and not held_back(facts.reading.text[clause : token.start])
            and not _UNREAL.search(facts.reading.text[clause : token.start])
            and _for_what(said, facts)
        ):
            del left[since:]
        elif (
            facts.parties
            and token.kind in ("junk", "run")
            and len(whole := said + token.text) > 2
            and whole.endswith(FOR_WHAT)
            and _DAILY.fullmatch(whole[:-1])
        ):
            del left[since:]  # 伙食费
        elif token.kind not in ("junk", "run", "phrase", "latin"):
            since = len(left)
        elif token.text not in ("整", "点") and token.start not in facts.known:
            left.append(token.text)
    return "".join(left)


def _for_what(said: str, facts: Facts) -> bool:
    """菜钱、电池款:店里有的货,或者词典里正经的东西;别的(等款到、测试款)可能是要紧话。"""
    if _DAILY.fullmatch(said) or all(map(is_thing, cut(said))):
        return True
    match = resolve(Mention((said,), text=said), (), facts.catalog, None, suggest=False)
    return bool(match.codes) and match.how not in ("sound", "none")
