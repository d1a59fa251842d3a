"""帮助：这个人能说的话，一件事一行，例子就是意图自己的例句。"""

import re
from typing import get_args, get_type_hints

from bot.answers import ANSWERS
from bot.message import Button, Outgoing
from core.commands import COMMANDS
from core.staff import Actor, May
from intents import INTENTS, Intent, office
from intents.to_command import TO_COMMAND

# what each command of the chat needs is what the command its words become needs; questions carry their own in ANSWERS
NEEDS: dict[str, May] = {
    name: COMMANDS[(get_args(made) or (made,))[0]].needs
    for name, make in TO_COMMAND.items()
    for made in (get_type_hints(make)["return"],)
}


ABOUT = re.compile(r"帮助[\s:：]*(?P<word>[^\s]{2,8})")


def guide(actor: Actor) -> Outgoing:
    """Only what this person may do and this shop can do; what is said seldom is named, and explained when asked."""
    mine = [intent for intent in INTENTS if _may(actor, intent)]
    doing = [
        f"{intent.word}：{intent.help}" for intent in mine if intent.writes and intent not in office.FAMILY
    ]
    seldom = [intent.word for intent in mine if intent in office.FAMILY and intent.examples]
    asking = [intent.help for intent in mine if not intent.writes and intent not in office.FAMILY]
    rows = [
        "像平时说话一样发给我就行。",
        *(["【记账】", *doing] if doing else []),
        "【查】" + "；".join(asking),
        *([f"【还会】{'、'.join(seldom)}（怎么说，发“帮助 {seldom[0]}”）"] if seldom else []),
        "记账前都会请您确认；说错了直接说“不对，是30箱”，记错了回“撤回”。",
    ]
    return Outgoing("\n".join(rows), (Button("查库存", "库存"), Button("低库存", "低库存")))


def explain(actor: Actor, text: str) -> Outgoing | None:
    """“帮助 冻结”: how it is said, with its own examples; None when nothing is called that."""
    asked = ABOUT.fullmatch(text.strip())
    for intent in INTENTS if asked else ():
        if asked and asked["word"] == intent.word and intent.examples and _may(actor, intent):
            told = [f"{intent.word}：{intent.help}", *(f"例：{example}" for example in intent.examples)]
            return Outgoing("\n".join(dict.fromkeys(told)))
    return None


def _may(actor: Actor, intent: Intent) -> bool:
    if intent.name in NEEDS:
        return NEEDS[intent.name] in actor.may
    return intent.name in ANSWERS and any(actor.sees(need) for need in ANSWERS[intent.name][0])
