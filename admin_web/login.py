"""登录和退出：密码、机器人发的一次性链接、演示公司里点一下就进。"""

from functools import partial
from typing import Any

import anyio
import anyio.to_thread
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from admin_web.door import COOKIE, GUARDS, Csrf, Doorkeeper, set_session
from core.company import only_company, the_company
from core.errors import Blocked
from core.sessions import close_session, link_owner, login_by_password, open_session, use_login_link
from core.staff import Actor, people

WRONG = "名字或密码不对。请再试一次，或向机器人发“后台”要登录链接。"
BAD_LINK = "这个登录链接用过了或过了 5 分钟。请向机器人再发“后台”要一个新的。"
HOME = "/admin/"


def safe_next(url: str | None) -> str:
    """Only a path of our own; anything else goes home."""
    fine = (
        url
        and url.startswith("/")
        and not url.startswith(("//", "/\\"))
        and url.isprintable()
        and "\\" not in url
    )
    return url if fine and url else HOME


class LoginPages:
    """`/login` and `/logout`."""

    def __init__(self, keeper: Doorkeeper, templates: Jinja2Templates, demo: bool, secret: str) -> None:
        self.keeper, self.templates, self.demo, self.secret = keeper, templates, demo, secret
        self.hashing = anyio.CapacityLimiter(2)  # argon2 takes 64 MiB each

    def routes(self) -> list[Route]:
        guard = [Middleware(Csrf, secret_key=self.secret)]
        return [
            Route("/login", self.show, methods=["GET"], middleware=guard, name="login"),
            Route("/login", self.enter, methods=["POST"], middleware=guard, name="enter"),
            Route("/logout", self.leave, methods=["POST"], middleware=guard, name="logout"),
        ]

    async def show(self, request: Request) -> Response:
        token = request.query_params.get("token")
        if token:
            owner = await anyio.to_thread.run_sync(link_owner, self.keeper.books, token, self.keeper.clock())
            return await self._page(
                request, token=token if owner else "", owner=owner, wrong="" if owner else BAD_LINK
            )
        if await self.keeper.session_actor(request):
            return RedirectResponse(safe_next(request.query_params.get("next")), 303)
        return await self._page(request)

    async def enter(self, request: Request) -> Response:
        form = await request.form()
        said = {name: str(form.get(name) or "") for name in ("token", "person", "name", "password")}
        try:
            actor, wrong = await self._who(request, said)
        except Blocked as refused:
            actor, wrong = None, str(refused)
        if actor is None:
            return await self._page(request, wrong=wrong, name=said["name"], status=403)
        old = request.cookies.get(COOKIE)
        if old:
            await anyio.to_thread.run_sync(close_session, self.keeper.books, old)
        token = await anyio.to_thread.run_sync(open_session, self.keeper.books, actor.id, self.keeper.clock())
        response = RedirectResponse(safe_next(str(form.get("next") or "")), 303)
        set_session(response, request, token)
        return response

    async def _who(self, request: Request, said: dict[str, str]) -> tuple[Actor | None, str]:
        books, now = self.keeper.books, self.keeper.clock()
        if said["token"]:
            return await anyio.to_thread.run_sync(use_login_link, books, said["token"], now), BAD_LINK
        if said["person"]:
            return await anyio.to_thread.run_sync(self._person, said["person"]), WRONG
        ip = request.client.host if request.client else "?"
        with books.read() as conn:
            company_id = only_company(conn)
        check = partial(login_by_password, books, company_id, said["name"].strip(), said["password"], ip, now)
        return await anyio.to_thread.run_sync(check, limiter=self.hashing), WRONG

    def _person(self, staff_id: str) -> Actor | None:
        """The demo's one-click entry; anywhere else it lets nobody in."""
        return next((one for one in self._people() if str(one.id) == staff_id), None)

    def _people(self) -> list[Actor]:
        if not self.demo:
            return []
        with self.keeper.books.read() as conn:
            return people(conn, only_company(conn))

    def _company(self) -> str:
        with self.keeper.books.read() as conn:
            return str(the_company(conn, only_company(conn)).name)

    async def _page(self, request: Request, status: int = 200, **context: Any) -> Response:
        people = await anyio.to_thread.run_sync(self._people)
        company = await anyio.to_thread.run_sync(self._company)
        query = request.query_params.get("next") or (
            str((await request.form()).get("next") or "") if request.method == "POST" else ""
        )
        made = {
            "people": people,
            "company": company,
            "next": safe_next(query),
            "wrong": "",
            "token": "",
            "owner": None,
            "name": "",
        }
        page = self.templates.TemplateResponse(
            request=request, name="login.html", context=made | context, status_code=status
        )
        page.headers.update({**GUARDS, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
        return page

    async def leave(self, request: Request) -> Response:
        token = request.cookies.get(COOKIE)
        if token:
            await anyio.to_thread.run_sync(close_session, self.keeper.books, token)
        response = RedirectResponse("/login", 303)
        response.delete_cookie(COOKIE, path="/")
        return response
