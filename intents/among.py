"""在问过的几家里,照回话里的字找是哪一家。"""

from __future__ import annotations

import re
from typing import Any

from intents.facts import Facts
from intents.lexicon import name_key

_TAIL = re.compile(r"(?:的?那[个家位]|那边|这家|的)+$")
_HEAD = re.compile(r"^(?:就是|是|要|找|给|卖|做|开)+")


def party_among(facts: Facts, said: str, codes: list[Any]) -> list[Any]:
    """“一店”“二分店那个”“卖水果那位”:照原话找,再照认出来的字找。"""
    exact = [code for code in facts.party_codes() if code in codes]
    if len(exact) == 1:
        return exact
    kinds = ("party", "place", "phrase", "run", "junk")
    whole = _TAIL.sub("", said)
    pieces = "".join(token.text for token in facts.reading.tokens if token.kind in kinds)
    rows = facts.catalog.party_by_code
    named: list[Any] = []
    for word in filter(None, map(name_key, (whole, _HEAD.sub("", whole), pieces))):
        named = [
            code
            for code in codes
            if code in rows and any(word in name_key(name) for name in (rows[code].name, *rows[code].aliases))
        ]
        if named:
            break
    return named or exact
