"""群里不方便说的，私聊发给问的人。"""

from datetime import datetime

from bot.message import Outgoing
from core import outbox
from core.db import Books
from core.staff import Actor
from notifications.clock import last_heard

SENT = "这个在群里不方便说，已私聊发送。"


def send(books: Books, actor: Actor, inbox_id: int, said: Outgoing, now: datetime) -> str:
    """Queue the answer where this person was last heard alone; returns what the group is told."""
    with books.read() as conn:
        channel, account, external_id, address = last_heard(conn, actor)
    notice = {
        "text": said.text,
        "buttons": [{"text": one.text, "say": one.say} for one in said.buttons],
        "alerts": list(said.alerts),
    }
    with books.bookkeeping() as conn:
        outbox.put(
            conn,
            actor.company_id,
            f"private/{inbox_id}",
            f"{channel}:{account}:{external_id}",
            channel,
            {"notice": notice, "address": address},
            now,
        )
    return SENT
