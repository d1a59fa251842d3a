"""这次请求是谁：接口令牌、登录会话；演示店可以换人坐。"""

from typing import Any

from fastapi import Request, Response

from admin_web.door import COOKIE, set_session
from core.commands.bind_identity import hashed
from core.sessions import open_session, session_actor
from core.staff import Actor, actor_by_token


def request_actor(shop: Any, request: Request) -> Actor | None:
    """A bearer token names its person; else the session cookie does; else nobody."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        with shop.books.read() as conn:
            return actor_by_token(conn, hashed(token.strip()))
    cookie = request.cookies.get(COOKIE)
    return session_actor(shop.books, cookie, shop.clock()) if cookie else None


def sign_in(shop: Any, request: Request, answer: Response, staff_id: int) -> None:
    set_session(answer, request, open_session(shop.books, staff_id, shop.clock()))
