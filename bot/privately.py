"""群里不方便说的，私聊发给问的人。"""

from datetime import datetime

from bot.message import Outgoing
from core.db import Books
from core.staff import Actor
from notifications.clock import last_heard, put_letter
from notifications.notice import Item

SENT = "这个在群里不方便说，已私聊发送。"


def send(books: Books, actor: Actor, inbox_id: int, said: Outgoing, now: datetime) -> str:
    """Queue the answer where this person was last heard alone; returns what the group is told."""
    buttons = tuple((one.text, one.say) for one in said.buttons)
    item = Item("private", str(inbox_id), said.text, buttons, said.alerts)
    with books.read() as conn:
        to = last_heard(conn, actor)
    with books.bookkeeping() as conn:
        put_letter(conn, actor.company_id, f"private/{inbox_id}", to, item, now)
    return SENT
