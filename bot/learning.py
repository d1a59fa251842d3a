"""学叫法：人替一个词选定了商品，记完账问一次以后要不要都这样；问过的不再问，从不自己放宽。"""

from datetime import datetime, timedelta
from typing import Any

from core.commands.learn_name import LONGEST, SHORTEST
from core.errors import Choice
from core.staff import Actor, May
from intents import dialogue
from intents.dialogue import State
from intents.frame import Catalog, Frame
from intents.lexicon import name_key
from intents.questions import Question, asked_by_books, label

WAITS = timedelta(minutes=30)  # as long as a bare 确认: a “2” tomorrow means something else
MOST_REMEMBERED = 50  # words asked about in this conversation


def offer(
    before: State, after: State, frame: Frame, catalog: Catalog, actor: Actor, now: datetime
) -> tuple[State, Question] | None:
    """The next state and the question, when a word was explained on the way to what has just been posted."""
    offered = before.get("offered") or []
    lines = {line.get("product") for line in frame.slots.get("lines") or ()}
    for chosen in before.get("chosen") or ():
        word = chosen["word"]
        if chosen["product"] in lines and word not in offered and _worth(word, chosen["product"], catalog):
            asked = Frame("ask", "learn_name", {"word": word, "product": chosen["product"]})
            if frame.slots.get("partner"):
                asked.slots["partner"] = frame.slots["partner"]
            question = (
                f"以后“{word}”就是 {label(chosen['product'], catalog)} 吗？要记住就回序号，不用理会也行。"
            )
            state = dialogue.ask_need(after, asked, "scope", question, _scopes(frame, chosen, catalog, actor))
            state |= {"offered": [*offered, word][-MOST_REMEMBERED:], "offered_at": now.isoformat()}
            return state, asked_by_books(state)
    return None


def lapsed(state: State, now: datetime) -> bool:
    """An offer that nobody took up in time."""
    pending = (state.get("frame") or {}).get("intent") == "learn_name" and state.get("offered_at")
    return bool(pending) and now - datetime.fromisoformat(str(pending)) > WAITS


def _worth(word: str, code: str, catalog: Catalog) -> bool:
    goods = catalog.goods_by_code.get(code)
    key = name_key(word)
    return (
        goods is not None
        and SHORTEST <= len(key) <= LONGEST
        and not key.isdigit()
        and key not in {name_key(goods.name), *(name_key(one.word) for one in goods.aliases)}
    )


def _scopes(frame: Frame, chosen: dict[str, Any], catalog: Catalog, actor: Actor) -> list[Choice]:
    """For everybody only when no other product answers to the word, and only by who keeps the master data."""
    party = catalog.party_by_code.get(frame.slots.get("partner") or "")
    choices = [(f"只对{party.name}", "partner")] if party else []
    choices.append(("只对我", "mine"))
    if chosen.get("new") and May.SET_UP in actor.may:
        choices.append(("对大家", "all"))
    return [Choice(text, {"scope": scope}, number) for number, (text, scope) in enumerate(choices, 1)]
