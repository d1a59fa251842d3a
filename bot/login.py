"""这次请求是谁：接口令牌、登录会话；演示店可以换人坐。"""

from typing import Any

from fastapi import Request, Response
from sqlalchemy import select

from admin_web.door import COOKIE, set_session
from core.commands.bind_identity import hashed
from core.sessions import open_session, session_actor
from core.staff import Actor, actor_by_id, api_token


def request_actor(shop: Any, request: Request) -> Actor | None:
    """A bearer token names its person; else the session cookie does; else nobody."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        with shop.books.read() as conn:
            row = conn.execute(
                select(api_token.c.staff_id).where(
                    api_token.c.token_hash == hashed(token.strip()), api_token.c.revoked_at.is_(None)
                )
            ).scalar()
            return actor_by_id(conn, row) if row is not None else None
    cookie = request.cookies.get(COOKIE)
    return session_actor(shop.books, cookie, shop.clock()) if cookie else None


def sign_in(shop: Any, request: Request, answer: Response, staff_id: int) -> None:
    set_session(answer, request, open_session(shop.books, staff_id, shop.clock()))
