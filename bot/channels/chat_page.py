"""网页聊天：/chat 的页面和 /api/v1/chat 的接口，走的是和企业微信、钉钉同一个收件箱。"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Body, HTTPException, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse
from pydantic import BaseModel, Field
from sqlalchemy import select
from starlette.staticfiles import StaticFiles

from bot.delivery import Unanswered, message_of
from bot.inbox import Inbox
from bot.message import Incoming, Kind
from bot.photos import codes_in, with_codes
from core.company import the_company
from core.conversations import conversation, inbox
from core.db import Books
from core.outbox import outbox
from core.staff import Actor, people

STATIC = Path(__file__).parent / "static"
ACCOUNT = "main"
PHOTO_SIGN = "〔照片〕"
PHOTO_PATH = "/api/v1/chat/photo"
WhoIs = Callable[[Request], Actor | None]
SignIn = Callable[[Request, Response, int], None]
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class ChatIn(BaseModel):
    """One message. The same message_id again gets the first answer and posts nothing."""

    message_id: str = Field(min_length=1, max_length=128)
    text: str = Field(default="", max_length=4000)
    conversation: str | None = Field(default=None, max_length=64)
    group: str | None = Field(default=None, max_length=64, description="群名；群里只回公开内容")


class ButtonOut(BaseModel):
    text: str
    say: str


class ChatOut(BaseModel):
    text: str
    buttons: list[ButtonOut]
    outcome: str
    intent: str
    proposal: str | None
    documents: list[str]
    files: list[str]
    key: str = ""


class PhotoOut(ChatOut):
    said: str = Field(description="读出来的条码，连同一起说的话；空的是没看出条码")


class PersonIn(BaseModel):
    staff_id: int


class ChatPages:
    """`router` is mounted by bot/app.py. `who` names the person of a request (session or bearer token), None = nobody."""

    def __init__(
        self, books: Books, company_id: int, box: Inbox, who: WhoIs, sign_in: SignIn, demo: bool
    ) -> None:
        self.books, self.company_id, self.box, self.who = books, company_id, box, who
        self.sign_in, self.demo = sign_in, demo
        self.router = APIRouter()
        add = self.router.add_api_route
        add("/", self.home, include_in_schema=False)
        add("/chat", self.page, include_in_schema=False, response_model=None)
        add(
            "/api/v1/chat",
            self.say,
            methods=["POST"],
            response_model=ChatOut,
            tags=["聊天"],
            summary="说一句话",
        )
        add(
            PHOTO_PATH,
            self.show,
            methods=["POST"],
            response_model=PhotoOut,
            tags=["聊天"],
            summary="发一张条码照片",
        )
        add("/api/v1/chat/messages", self.messages, tags=["聊天"], summary="之后收到的消息")
        add("/api/v1/chat/history", self.history, tags=["聊天"], summary="最近的对话")
        add("/api/v1/chat/me", self.me, include_in_schema=False)
        add("/api/v1/chat/as", self.become, methods=["POST"], include_in_schema=False, response_model=None)

    def person(self, request: Request) -> Actor:
        """Raises 401 for nobody, 403 for a cookie that another site sends along."""
        actor = self.who(request)
        if actor is None or actor.company_id != self.company_id:
            raise HTTPException(401, "请先登录。")
        by_cookie = "authorization" not in request.headers
        if request.method == "POST" and by_cookie and request.headers.get("x-requested-with") != "zhanggui":
            raise HTTPException(403, "请从聊天页面发送。")
        return actor

    def home(self) -> RedirectResponse:
        return RedirectResponse("/chat")

    def page(self, request: Request) -> Response:
        if self.who(request) is None and not self.demo:
            return RedirectResponse("/login?next=/chat")
        return FileResponse(STATIC / "chat.html", headers=PAGE_HEADERS)

    def say(self, body: ChatIn, request: Request) -> dict[str, Any]:
        return self._answered(self.person(request), body, "typed")

    def show(
        self,
        request: Request,
        picture: Annotated[bytes, Body(media_type="image/jpeg")],
        said: Annotated[ChatIn, Query()],
    ) -> dict[str, Any]:
        """The codes of a photo join the words sent with it; from there on it is a message like any other."""
        actor = self.person(request)
        words = with_codes(codes_in(picture), said.text)
        return self._answered(actor, said.model_copy(update={"text": words}), "photo") | {"said": words}

    def _answered(self, actor: Actor, body: ChatIn, kind: Kind) -> dict[str, Any]:
        chat_id = f"group/{body.group}" if body.group else body.conversation or "web"
        message_id, group = f"{actor.id}/{body.message_id}", bool(body.group)
        incoming = Incoming(
            "web", ACCOUNT, message_id, chat_id, str(actor.id), group, kind, body.text, {}, {}
        )
        stored = self.box.receive(incoming)
        return self.box.answer(incoming).to_dict() | {"key": f"reply/{stored.inbox_id}"}

    def messages(self, request: Request, after: Annotated[int, Query(ge=0)] = 0) -> dict[str, Any]:
        actor = self.person(request)
        mine = outbox.c.recipient == f"web:{ACCOUNT}:{actor.id}"
        query = select(outbox).where(mine, outbox.c.id > after).order_by(outbox.c.id).limit(100)
        with self.books.read() as conn:
            shown = [_shown(conn, row) for row in conn.execute(query)]
        return {"messages": [one for one in shown if one is not None]}

    def history(self, request: Request, limit: Annotated[int, Query(ge=1, le=100)] = 40) -> dict[str, Any]:
        actor = self.person(request)
        with self.books.read() as conn:
            return {"messages": _history(conn, actor.id, limit)}

    def me(self, request: Request) -> dict[str, Any]:
        """Who sits here, and in the demo who else could."""
        actor = self.who(request)
        if actor is None and not self.demo:
            raise HTTPException(401, "请先登录。")
        with self.books.read() as conn:
            shop = the_company(conn, self.company_id)
            others = people(conn, self.company_id) if self.demo else []
        return {
            "shop": shop.name,
            "people": [_shown_person(one) for one in others],
            "me": actor and _shown_person(actor),
        }

    def become(self, body: PersonIn, request: Request) -> Response:
        """Only in the demo: sit down as somebody else."""
        if not self.demo or request.headers.get("x-requested-with") != "zhanggui":
            raise HTTPException(403, "只有演示店可以换身份。")
        answer = JSONResponse({"ok": True})
        self.sign_in(request, answer, body.staff_id)
        return answer


def _shown_person(one: Actor) -> dict[str, Any]:
    return {"id": one.id, "name": one.name, "roles": list(one.roles)}


def chat_files() -> StaticFiles:
    return StaticFiles(directory=STATIC)


def _shown(conn: Any, row: Any) -> dict[str, Any] | None:
    try:
        message = message_of(conn, row)
    except Unanswered:
        return None
    kind = "notice" if "notice" in row.body else "reply"
    return {
        "id": row.id,
        "key": row.dedupe,
        "who": "bot",
        "kind": kind,
        "text": message.text,
        "at": (row.sent_at or row.next_at).isoformat(),
        "buttons": [{"text": one.text, "say": one.say} for one in message.buttons],
        "outcome": _outcome(conn, row),
    }


def _outcome(conn: Any, row: Any) -> str:
    if "notice" in row.body:
        return "notice"
    reply = (
        conn.execute(
            select(inbox.c.reply).where(inbox.c.id == int(row.dedupe.removeprefix("reply/")))
        ).scalar()
        or {}
    )
    return str(reply.get("outcome", ""))


def _history(conn: Any, staff_id: int, limit: int) -> list[dict[str, Any]]:
    said = conn.execute(
        select(inbox)
        .join(conversation, conversation.c.id == inbox.c.conversation_id)
        .where(
            conversation.c.channel == "web",
            conversation.c.account == ACCOUNT,
            conversation.c.sender_id == str(staff_id),
            conversation.c.chat_id == "web",
        )
        .order_by(inbox.c.id.desc())
        .limit(limit)
    ).all()
    got = conn.execute(
        select(outbox)
        .where(outbox.c.recipient == f"web:{ACCOUNT}:{staff_id}")
        .order_by(outbox.c.id.desc())
        .limit(limit)
    ).all()
    items: list[tuple[Any, int, dict[str, Any]]] = []
    for row in said:
        shot = PHOTO_SIGN if row.raw.get("kind") == "photo" else ""
        mine = {"who": "me", "text": shot + row.text, "at": row.received_at.isoformat(), "id": 0}
        items.append((row.received_at, 0, mine))
    for row in got:
        shown = _shown(conn, row)
        if shown is not None:
            items.append((row.sent_at or row.next_at, 1, shown))
    return [one for _, _, one in sorted(items, key=lambda item: (item[0], item[1]))][-limit:]
