"""东西是到了还是走了:看动词怎么说。"""

from __future__ import annotations

from intents.facts import Facts
from intents.intent import words
from intents.spans import Token


def received(facts: Facts, verb: Token) -> bool:
    """“收电瓶9只”“冻库收:榴莲肉5箱”:收后面就是带数的货,没有说钱。"""
    after = facts.after(verb)
    return (
        verb.text in ("收", "收上")
        and facts.counted
        and not facts.parties
        and after is not None
        and (after.kind in ("phrase", "run", "qty") or after.text in (":", ","))
    )


BROUGHT = words(
    "送来 送来了 送来的 送过来 送过来了 拉来 拉来了 发来 发来了 运来 运来了 拿来的 拿过来的 拿过来 拿过来了 带来 带来了 带来的 带过来的 拉来的 运来的 拖来 拖来的 捎来的"
)


def tomorrow(facts: Facts) -> bool:
    """说的是往后的哪一天。"""
    return any(token.value.single and token.value.start > facts.today for token in facts.days)


GONE_ENDS = ("走", "走了", "出去", "出去了", "掉", "掉了", "已送", "已发")
GONE = ("发了", "送了", "拿了", "拉了", "领了", "发给了", "已送", "已发", "已经送", "已经发", "送到了")


def gone(token: Token) -> bool:
    """已经走了。"""
    return token.text.endswith(GONE_ENDS) or token.text in GONE


def came(token: Token) -> bool:
    """真的到了,不是“到、来”这种虚的。"""
    return token.text not in ("到", "收", "送到", "来")
