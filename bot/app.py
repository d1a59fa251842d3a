"""网站：聊天页面、接口、后台、平台回调、健康检查，都开在同一家店上。"""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from sqlalchemy import func, select, text
from starlette.middleware.trustedhost import TrustedHostMiddleware

from admin_web import AdminWeb, mount
from bot.channels.chat_page import PHOTO_PATH, ChatPages, chat_files
from bot.login import request_actor, sign_in
from bot.photos import LARGEST
from bot.shop import Shop
from core import schema
from core.conversations import inbox as inbox_table
from core.outbox import outbox

MAX_BODY = 256 * 1024
LARGER = {PHOTO_PATH: LARGEST}
WAITING = Gauge("zhanggui_inbox_waiting", "未回答的消息")
UNSENT = Gauge("zhanggui_outbox_unsent", "未送达的消息")


def create_app(shop: Shop) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        starting = threading.Thread(target=shop.start, name="start")
        starting.start()  # jieba takes a second or two; /readyz waits for it, the port answers at once
        yield
        starting.join()
        shop.stop()

    app = FastAPI(
        title="掌柜",
        version="0.1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=shop.settings.allowed_hosts)
    app.middleware("http")(_bounded)
    _doors(app, shop)
    _health(app, shop)
    return app


async def _bounded(request: Request, call_next: Any) -> Response:
    """Refuse what is too large before anything reads it."""
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > LARGER.get(request.url.path, MAX_BODY):
        return JSONResponse({"detail": "内容太大，没有处理。请分几次发，或发表格文件。"}, 413)
    if request.method in ("POST", "PUT", "PATCH") and "content-length" not in request.headers:
        return JSONResponse({"detail": "缺少长度，没有处理。请重新发送。"}, 411)
    answer: Response = await call_next(request)
    return answer


def _doors(app: FastAPI, shop: Shop) -> None:
    web = AdminWeb(shop.books, shop.clock, demo=shop.demo, secret=shop.settings.secret())
    mount(app, web)
    shop.closing.append(web.close)
    pages = ChatPages(
        shop.books,
        shop.company_id,
        shop.inbox,
        lambda request: request_actor(shop, request),
        lambda request, answer, staff_id: sign_in(shop, request, answer, staff_id),
        shop.demo,
    )
    app.include_router(pages.router)
    app.mount("/chat/static", chat_files())
    for channel in shop.channels.values():
        if hasattr(channel, "router"):
            app.include_router(channel.router)


def _health(app: FastAPI, shop: Shop) -> None:
    @app.get("/healthz", include_in_schema=False)
    def healthz() -> dict[str, str]:
        return {"name": "zhanggui", "status": "ok"}

    @app.get("/readyz", include_in_schema=False)
    def readyz() -> Response:
        ready = shop.ready and schema.revision(shop.books) == schema.head()
        return JSONResponse({"ready": ready}, 200 if ready else 503)

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        with shop.books.read() as conn:
            WAITING.set(
                conn.execute(
                    select(func.count()).select_from(inbox_table).where(text("inbox.state = 'new'"))
                ).scalar_one()
            )
            UNSENT.set(
                conn.execute(
                    select(func.count()).select_from(outbox).where(text("outbox.state = 'due'"))
                ).scalar_one()
            )
        return PlainTextResponse(generate_latest(), media_type=CONTENT_TYPE_LATEST)
