"""收件箱：一条消息进来先存好，再按先后顺序办，每条恰好一个回答。"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import structlog
from sqlalchemy import select, text, update

from bot.clerk import Clerk
from bot.message import DeliveryError, HasPictures, Incoming, storable
from bot.photos import codes_in, with_codes
from bot.talk import Reply, Talk
from core import outbox, tasks
from core.audit import digest_of
from core.conversations import conversation, inbox
from core.db import Books, upsert

log = structlog.get_logger()
INLINE_WAIT = timedelta(seconds=10)
HOLD_SECONDS = 60
MAX_TEXT = 4000


class PictureLost(Exception):
    """A photo that could not be fetched, in words for the person who sent it."""


@dataclass(frozen=True, slots=True)
class Stored:
    inbox_id: int
    conversation_id: int
    new: bool


class Inbox:
    """The same for every channel: receive() before the acknowledgement, work() after it, answer() for those who wait."""

    def __init__(
        self,
        books: Books,
        company_id: int,
        clerk: Clerk,
        clock: Callable[[], datetime],
        wake: Callable[[], None] = lambda: None,
        channels: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        self.books, self.company_id, self.clerk, self.clock = books, company_id, clerk, clock
        self.wake = wake  # called when there is something to deliver
        self.channels = channels  # for the photos that lie with a platform

    def receive(self, incoming: Incoming) -> Stored:
        """Store the raw message once; the same (channel, account, message id) again is not new."""
        now = self.clock()
        body = incoming.text.replace("\x00", "")[:MAX_TEXT]
        with self.books.bookkeeping() as conn:
            talk = upsert(conn, conversation).values(
                channel=incoming.channel,
                account=incoming.account,
                chat_id=incoming.chat_id,
                sender_id=incoming.sender,
                is_group=incoming.is_group,
                state={},
                reply_address=storable(incoming.reply_address),
                seen_at=now,
            )
            talk_id = conn.execute(
                talk.on_conflict_do_update(
                    index_elements=["channel", "account", "chat_id", "sender_id"],
                    set_={"reply_address": talk.excluded.reply_address, "seen_at": now},
                ).returning(conversation.c.id)
            ).scalar_one()
            row = {
                "channel": incoming.channel,
                "account": incoming.account,
                "message_id": incoming.message_id,
                "conversation_id": talk_id,
                "text": body,
                "raw": {"kind": incoming.kind, "raw": storable(incoming.raw)},
                "digest": digest_of(body),
                "received_at": now,
                "state": "new",
            }
            made = conn.execute(
                upsert(conn, inbox).values(row).on_conflict_do_nothing().returning(inbox.c.id)
            ).scalar()
            if made is not None:
                return Stored(made, talk_id, True)
            old = conn.execute(
                select(inbox.c.id, inbox.c.conversation_id, inbox.c.digest).where(
                    inbox.c.channel == incoming.channel,
                    inbox.c.account == incoming.account,
                    inbox.c.message_id == incoming.message_id,
                )
            ).one()
        if old.digest != row["digest"]:
            log.error(
                "message id came back with other content",
                channel=incoming.channel,
                message_id=incoming.message_id,
            )
        return Stored(old.id, old.conversation_id, False)

    def answer(self, incoming: Incoming) -> Reply:
        """Receive and work off at once; waits for another worker that holds this talker, at most INLINE_WAIT."""
        stored = self.receive(incoming)
        deadline = time.monotonic() + INLINE_WAIT.total_seconds()
        while True:
            self.work(stored.conversation_id)
            with self.books.read() as conn:
                reply = conn.execute(select(inbox.c.reply).where(inbox.c.id == stored.inbox_id)).scalar()
            if reply is not None:
                return Reply.from_dict(reply)
            if time.monotonic() > deadline:
                return Reply("处理中，马上回您。", outcome="wait")
            time.sleep(0.02)

    def work(self, conversation_id: int) -> int:
        """Answer this talker's waiting messages in the order they came; returns how many. One worker at a time."""
        name, owner = f"talk/{conversation_id}", secrets.token_hex(8)
        if not tasks.hold(self.books, name, owner, self.clock(), HOLD_SECONDS):
            return 0
        try:
            count = 0
            while (row := self._next(conversation_id)) is not None:
                self._answer_one(row)
                count += 1
            return count
        finally:
            tasks.release(self.books, name, owner)

    def waiting(self) -> list[int]:
        """Conversations with unanswered messages: after a restart, and for channels that only receive."""
        with self.books.read() as conn:
            return list(
                conn.execute(
                    select(inbox.c.conversation_id).where(text("inbox.state = 'new'")).distinct().limit(100)
                ).scalars()
            )

    def _next(self, conversation_id: int) -> Any | None:
        with self.books.read() as conn:
            return conn.execute(
                select(inbox)
                .where(inbox.c.conversation_id == conversation_id, inbox.c.state == "new")
                .order_by(inbox.c.id)
                .limit(1)
            ).one_or_none()

    def _answer_one(self, row: Any) -> None:
        with self.books.read() as conn:
            talk_row = conn.execute(
                select(conversation).where(conversation.c.id == row.conversation_id)
            ).one()
        talk = Talk(
            row.id,
            row.conversation_id,
            row.channel,
            row.account,
            talk_row.chat_id,
            talk_row.sender_id,
            talk_row.is_group,
            row.raw.get("kind", "typed"),
            dict(talk_row.state),
            dict(talk_row.reply_address),
        )
        try:
            reply, state = self.clerk.handle(talk, self._heard(row), self.clock())
        except PictureLost as lost:
            reply, state = Reply(str(lost), outcome="reject"), talk.state
        except Exception:  # the edge: whatever broke, the person gets an answer and the owner a trace
            number = secrets.token_hex(2).upper()
            log.exception("message failed", number=number, inbox_id=row.id)
            reply, state = (
                Reply(
                    f"系统出错了，已记录（#{number}），这条没有记账。请稍后再发一次；还不行就把编号告诉老板。",
                    outcome="error",
                ),
                talk.state,
            )
        self._close(row, talk, reply, state)

    def _heard(self, row: Any) -> str:
        """The words of a message and the codes its photos show, which are fetched only when its turn comes."""
        channel = self.channels.get(row.channel)
        if row.raw.get("kind") != "photo" or not isinstance(channel, HasPictures):
            return str(row.text)
        try:
            seen = [code for picture in channel.pictures(row.raw["raw"]) for code in codes_in(picture)]
        except DeliveryError as trouble:
            raise PictureLost(
                f"照片没有取下来：{trouble.message}。请再发一次，或者把条码的数字打给我。"
            ) from trouble
        return with_codes(seen, row.text)

    def _close(self, row: Any, talk: Talk, reply: Reply, state: dict[str, Any]) -> None:
        now = self.clock()
        with self.books.bookkeeping() as conn:
            conn.execute(
                update(conversation).where(conversation.c.id == row.conversation_id).values(state=state)
            )
            conn.execute(
                update(inbox).where(inbox.c.id == row.id).values(state="done", reply=reply.to_dict())
            )
            outbox.put(
                conn,
                self.company_id,
                f"reply/{row.id}",
                talk.recipient,
                row.channel,
                {"reply": row.id},
                now,
                row.conversation_id,
            )
        self.wake()
