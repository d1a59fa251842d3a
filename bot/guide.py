"""帮助：这个人能说的话，一件事一行，例子就是意图自己的例句。"""

from typing import get_args, get_type_hints

from bot.answers import ANSWERS
from bot.message import Button, Outgoing
from core.commands import COMMANDS
from core.staff import Actor, May
from intents import INTENTS
from intents.to_command import TO_COMMAND

# what each command of the chat needs is what the command its words become needs; questions carry their own in ANSWERS
NEEDS: dict[str, May] = {
    name: COMMANDS[(get_args(made) or (made,))[0]].needs
    for name, make in TO_COMMAND.items()
    for made in (get_type_hints(make)["return"],)
}


def guide(actor: Actor) -> Outgoing:
    """Only what this person may do and this shop can do."""
    doing = [
        f"{intent.word}：{intent.help}"
        for intent in INTENTS
        if intent.name in NEEDS and NEEDS[intent.name] in actor.may
    ]
    asking = [
        intent.help
        for intent in INTENTS
        if intent.name in ANSWERS and any(actor.sees(need) for need in ANSWERS[intent.name][0])
    ]
    rows = [
        "像平时说话一样发给我就行。",
        *(["【记账】", *doing] if doing else []),
        "【查】" + "；".join(asking),
        "记账前都会请您确认；说错了直接说“不对，是30箱”，记错了回“撤回”。",
    ]
    return Outgoing("\n".join(rows), (Button("查库存", "库存"), Button("低库存", "低库存")))
