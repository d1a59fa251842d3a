"""对话与收件箱：谁在哪里说过什么，问到哪一步了。"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class Conversation(Base):
    """One talker in one chat: the key of pending questions and the lock that keeps messages in order."""

    __tablename__ = "conversation"
    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    account: Mapped[str]
    chat_id: Mapped[str]
    sender_id: Mapped[str]
    is_group: Mapped[bool]
    state: Mapped[dict[str, Any]]
    reply_address: Mapped[dict[str, Any]]
    seen_at: Mapped[datetime]


class InboxRow(Base):
    __tablename__ = "inbox"
    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    account: Mapped[str]
    message_id: Mapped[str]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversation.id"))
    text: Mapped[str]
    raw: Mapped[dict[str, Any]]
    digest: Mapped[str]
    received_at: Mapped[datetime]
    state: Mapped[str]
    reply: Mapped[dict[str, Any] | None]


conversation, inbox = Conversation.__table__, InboxRow.__table__
