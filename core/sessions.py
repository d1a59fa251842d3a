"""登录：服务器端会话、一次性登录链接、密码、试错限制；离职的人当场失效。"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from pwdlib import PasswordHash
from sqlalchemy import ForeignKey, Row, delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from core.commands.bind_identity import hashed
from core.db import Base, Books
from core.errors import Blocked
from core.staff import KEEPER_ROLE, Actor, actor_by_id, staff, to_actor

SESSION_LIFE = timedelta(days=14)
LINK_LIFE = timedelta(minutes=5)
SEEN_STEP = timedelta(minutes=5)  # how stale seen_at may be: reading a page must not always write
TRY_WINDOW = timedelta(minutes=15)
TRIES = 5
PASSWORDS = PasswordHash.recommended()


class Session(Base):
    __tablename__ = "session"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class LoginLink(Base):
    __tablename__ = "login_link"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class LoginTry(Base):
    __tablename__ = "login_try"
    id: Mapped[int] = mapped_column(primary_key=True)
    who: Mapped[str]
    at: Mapped[datetime]
    ok: Mapped[bool]


session, login_link, login_try = Session.__table__, LoginLink.__table__, LoginTry.__table__


# ── sessions ──


def open_session(books: Books, staff_id: int, now: datetime) -> str:
    """A new session; the returned token goes into the cookie and is kept nowhere."""
    token = secrets.token_urlsafe(32)
    with books.bookkeeping() as conn:
        conn.execute(delete(session).where(session.c.expires_at < now))
        conn.execute(
            session.insert(),
            {
                "token_hash": hashed(token),
                "staff_id": staff_id,
                "created_at": now,
                "seen_at": now,
                "expires_at": now + SESSION_LIFE,
            },
        )
    return token


def session_actor(books: Books, token: str, now: datetime) -> Actor | None:
    """Whose session this is; None when unknown or over. A leaver's session is closed on sight."""
    with books.read() as conn:
        row = conn.execute(select(session).where(session.c.token_hash == hashed(token))).one_or_none()
        actor = _person(actor_by_id(conn, row.staff_id)) if row else None
    if row is None:
        return None
    if actor is None or row.expires_at <= now:
        close_session(books, token)
        return None
    if now - row.seen_at > SEEN_STEP:
        with books.bookkeeping() as conn:
            conn.execute(update(session).where(session.c.token_hash == row.token_hash).values(seen_at=now))
    return actor


def _person(actor: Actor | None) -> Actor | None:
    return None if actor is None or KEEPER_ROLE in actor.roles else actor  # 掌柜 cannot log in (decision 81)


def close_session(books: Books, token: str) -> None:
    with books.bookkeeping() as conn:
        conn.execute(delete(session).where(session.c.token_hash == hashed(token)))


def close_sessions(books: Books, staff_id: int, but: str | None = None) -> None:
    """End every session and unused link of a person, except the session of token `but`."""
    with books.bookkeeping() as conn:
        conn.execute(
            delete(session).where(session.c.staff_id == staff_id, session.c.token_hash != hashed(but or ""))
        )
        conn.execute(
            delete(login_link).where(login_link.c.staff_id == staff_id, login_link.c.used_at.is_(None))
        )


# ── one-time links ──


def make_login_link(books: Books, staff_id: int, now: datetime) -> str:
    """The token of /login?token=…: one person, five minutes, once."""
    token = secrets.token_urlsafe(32)
    with books.bookkeeping() as conn:
        conn.execute(delete(login_link).where(login_link.c.expires_at < now - timedelta(days=1)))
        conn.execute(
            login_link.insert(),
            {
                "token_hash": hashed(token),
                "staff_id": staff_id,
                "expires_at": now + LINK_LIFE,
                "used_at": None,
            },
        )
    return token


def link_owner(books: Books, token: str, now: datetime) -> Actor | None:
    """Whose link this is, without using it up."""
    with books.read() as conn:
        staff_id = conn.execute(
            select(login_link.c.staff_id).where(
                login_link.c.token_hash == hashed(token),
                login_link.c.used_at.is_(None),
                login_link.c.expires_at > now,
            )
        ).scalar()
        return _person(actor_by_id(conn, staff_id)) if staff_id else None


def use_login_link(books: Books, token: str, now: datetime) -> Actor | None:
    """Use the link up; None when it is wrong, old, used, or its person has left."""
    with books.bookkeeping() as conn:
        staff_id = conn.execute(
            update(login_link)
            .where(
                login_link.c.token_hash == hashed(token),
                login_link.c.used_at.is_(None),
                login_link.c.expires_at > now,
            )
            .values(used_at=now)
            .returning(login_link.c.staff_id)
        ).scalar()
        return _person(actor_by_id(conn, staff_id)) if staff_id else None


# ── passwords ──


def hash_password(password: str, key: str = "", secret: str = "") -> str:
    """The hash to keep. With a key the salt comes from it: the same form sent twice is the same command."""
    salt = hmac.new(secret.encode(), key.encode(), hashlib.sha256).digest()[:16] if key else None
    return PASSWORDS.hash(password, salt=salt)


def login_by_password(
    books: Books, company_id: int, name: str, password: str, ip: str, now: datetime
) -> Actor | None:
    """None when name or password is wrong. Blocked after five failures in 15 minutes, by name or address."""
    mine, theirs = f"name/{company_id}/{name[:64]}", f"ip/{ip}"
    tries = _begin_try(books, (mine, theirs), now)
    with books.read() as conn:
        row = conn.execute(
            select(staff).where(staff.c.company_id == company_id, staff.c.name == name, staff.c.active)
        ).one_or_none()
    if not _fits(row, password) or row is None:
        return None
    with books.bookkeeping() as conn:
        conn.execute(
            update(login_try).where(login_try.c.id.in_(tries) | (login_try.c.who == mine)).values(ok=True)
        )
    return _person(to_actor(row))


def _fits(row: Row[tuple[object, ...]] | None, password: str) -> bool:
    # An unknown name costs as much time as a wrong password: the clock tells nobody who works here.
    known = getattr(row, "password", None)
    return PASSWORDS.verify(password, known or _nobody()) and known is not None


_decoy: list[str] = []


def _nobody() -> str:
    if not _decoy:
        _decoy.append(PASSWORDS.hash(secrets.token_urlsafe(16)))
    return _decoy[0]


def _begin_try(books: Books, who: tuple[str, ...], now: datetime) -> list[int]:
    """Count the try before it is made, so that many at once do not slip through; success is marked after."""
    with books.bookkeeping() as conn:
        conn.execute(delete(login_try).where(login_try.c.at < now - timedelta(days=1)))
        failed = (
            conn.execute(
                select(func.count())
                .where(login_try.c.who.in_(who), login_try.c.ok.is_(False), login_try.c.at > now - TRY_WINDOW)
                .group_by(login_try.c.who)
            )
            .scalars()
            .all()
        )
        if max(failed, default=0) >= TRIES:
            raise Blocked(
                "throttled", "试错太多次了，请 15 分钟后再试；或向机器人发“后台”，用它给的链接登录。"
            )
        return [
            int(
                conn.execute(
                    login_try.insert().returning(login_try.c.id), {"who": one, "at": now, "ok": False}
                ).scalar_one()
            )
            for one in who
        ]
