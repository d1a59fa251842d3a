"""谁在用后台：会话 cookie、没登录就去登录页、跨站提交一律拒绝、页面只许用自己的文件。"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

import anyio.to_thread
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp
from starlette_admin.auth import AdminUser, BaseAuthProvider
from starlette_admin.security.csrf import CSRFMiddleware

from core.db import Books
from core.sessions import SESSION_LIFE, session_actor
from core.staff import Actor

COOKIE = "zg_session"
GUARDS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'self'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
STALE_PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>请刷新</title>
<p style="font:18px sans-serif;margin:3rem 1.5rem">页面放得太久，这次没有保存。
请返回上一页，刷新后再试一次。</p></html>"""


class Doorkeeper:
    """Knows from a request who is asking."""

    def __init__(self, books: Books, clock: Callable[[], datetime]) -> None:
        self.books, self.clock = books, clock

    async def session_actor(self, request: Request) -> Actor | None:
        """Who is logged in; asked once per request."""
        if not hasattr(request.state, "actor"):
            token = request.cookies.get(COOKIE)
            request.state.actor = token and await anyio.to_thread.run_sync(
                session_actor, self.books, token, self.clock()
            )
        return request.state.actor or None


def set_session(response: Response, request: Request, token: str) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(SESSION_LIFE.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
        path="/",
    )


class Gate(BaseHTTPMiddleware):
    """Nobody past this point without a session; static files are free."""

    def __init__(self, app: ASGIApp, keeper: Doorkeeper, secret: str) -> None:
        super().__init__(app)
        self.keeper, self.secret = keeper, secret

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        inside = request.scope["path"].removeprefix(request.scope["root_path"])
        if inside.startswith("/static/"):
            return await call_next(request)
        actor = await self.keeper.session_actor(request)
        if actor is None:
            return _to_login(request)
        request.state.books, request.state.now, request.state.secret = (
            self.keeper.books,
            self.keeper.clock(),
            self.secret,
        )
        request.state.is_anonymous, request.state.admin_user = False, AdminUser(actor.name)
        response = await call_next(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.update(GUARDS)
        return response


def _to_login(request: Request) -> Response:
    if request.method not in ("GET", "HEAD"):
        return HTMLResponse("请先登录。", 401)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/login?next={quote(here, safe='')}", 303)


class SessionAuth(BaseAuthProvider):
    """What starlette-admin asks of an auth provider, answered by our sessions."""

    def __init__(self, keeper: Doorkeeper, secret: str) -> None:
        super().__init__()
        self.keeper, self.secret = keeper, secret

    async def authenticate(self, request: Request) -> AdminUser | None:
        actor = await self.keeper.session_actor(request)
        return AdminUser(actor.name) if actor else None

    def get_middleware(self) -> Middleware:
        return Middleware(Gate, keeper=self.keeper, secret=self.secret)


class Csrf(CSRFMiddleware):
    """The library's double-submit check, refusing in Chinese."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        passed: list[Response] = []

        async def inner(request: Request) -> Response:
            passed.append(await call_next(request))
            return passed[0]

        response: Any = await super().dispatch(request, inner)
        return response if passed else HTMLResponse(STALE_PAGE, 403)
