"""总装：唯一把数据库、柜台、渠道、钟表、后台插在一起的地方。"""

import logging
import os
import secrets
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from notifications import clock as notice_clock
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from sqlalchemy import func, select, text
from starlette.middleware.trustedhost import TrustedHostMiddleware

import intents
from admin_web import create_admin, mount
from bot.channels.chat_page import chat_files, chat_routes
from bot.channels.console import Console
from bot.channels.dingtalk import DingTalk
from bot.channels.dingtalk_api import DingTalkSettings
from bot.channels.web import WebChat
from bot.channels.wecom_api import WeComSettings
from bot.channels.wecom_app import WeComApp
from bot.clerk import Clerk
from bot.delivery import Delivery
from bot.inbox import Inbox
from bot.login import request_actor, sign_in
from bot.message import Channel, Incoming
from bot.settings import Settings
from bot.shelf import Shelf
from core import audit, schema, tasks
from core.company import only_company, the_company
from core.conversations import inbox as inbox_table
from core.db import Books, open_books
from core.outbox import outbox
from core.values import utc_now

log = structlog.get_logger()
MAX_BODY = 256 * 1024
WAITING = Gauge("zhanggui_inbox_waiting", "未回答的消息")
UNSENT = Gauge("zhanggui_outbox_unsent", "未送达的消息")


@dataclass
class Shop:
    """Everything one process runs, plugged together once."""

    books: Books
    settings: Settings
    company_id: int
    clock: Callable[[], datetime]
    inbox: Inbox
    delivery: Delivery
    channels: dict[str, Channel]
    demo: bool
    workers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4, thread_name_prefix="inbox"))
    owner: str = field(default_factory=lambda: f"{os.getpid()}-{secrets.token_hex(4)}")
    closing: list[Callable[[], None]] = field(default_factory=list)
    ready: bool = False
    _ticker: BackgroundScheduler | None = None

    def receive(self, incoming: Incoming) -> bool:
        """For channels that only deliver: store, then work off in the background. True = new."""
        stored = self.inbox.receive(incoming)
        self.workers.submit(self._work, stored.conversation_id)
        return stored.new

    def _work(self, conversation_id: int) -> None:
        try:
            self.inbox.work(conversation_id)
        except Exception:  # the edge of a worker thread; the sweep tries again
            log.exception("inbox worker", conversation_id=conversation_id)

    def start(self) -> None:
        intents.load()
        self.inbox.clerk.shelf.catalog()
        self.delivery.start()
        for channel in self.channels.values():
            if hasattr(channel, "start"):
                channel.start()
        self._ticker = BackgroundScheduler(timezone="Asia/Shanghai")
        for seconds, job in ((2, self._sweep), (2, self._seal), (5, self._tick)):
            self._ticker.add_job(job, "interval", seconds=seconds, max_instances=1, coalesce=True)
        self._ticker.start()
        self.ready = True

    def stop(self) -> None:
        self.ready = False
        if self._ticker:
            self._ticker.shutdown(wait=True)
        for channel in self.channels.values():
            if hasattr(channel, "stop"):
                channel.stop()
        self.workers.shutdown(wait=True)
        self.delivery.stop()
        for close in self.closing:
            close()
        self.books.close()

    def _sweep(self) -> None:
        for conversation_id in self.inbox.waiting():
            self._work(conversation_id)

    def _seal(self) -> None:
        if tasks.hold(self.books, "sealer", self.owner, self.clock()):
            audit.seal(self.books)

    def _tick(self) -> None:
        if tasks.hold(self.books, "clock", self.owner, self.clock(), 60):
            notice_clock.tick(self.books, self.clock())
            self.delivery.wake()


def open_shop(settings: Settings, clock: Callable[[], datetime] = utc_now, channels: Iterable[Callable[["Shop"], Channel]] | None = None) -> Shop:
    """Open the books (upgraded), read the catalogue, build the channels that are set up. Raises LookupError before `init`."""
    books = open_books(settings.books_url)
    schema.upgrade(books)
    with books.read() as conn:
        company_id = only_company(conn)
        demo = bool(the_company(conn, company_id).settings.get("demo"))
    clerk = Clerk(books, company_id, Shelf(books, company_id))
    box = Inbox(books, company_id, clerk, clock)
    made: dict[str, Channel] = {}
    shop = Shop(books, settings, company_id, clock, box, Delivery(books, made, clock), made, demo)
    box.wake = shop.delivery.wake
    for build in configured(settings) if channels is None else channels:
        channel = build(shop)
        made[channel.name] = channel
    return shop


def configured(settings: Settings) -> list[Callable[[Shop], Channel]]:
    """The channels whose settings are filled in; web and console need none."""
    built: list[Callable[[Shop], Channel]] = [lambda _shop: WebChat(), lambda _shop: Console()]
    if settings.wecom_corp_id:
        built.append(lambda shop: WeComApp(WeComSettings(
            corp_id=settings.wecom_corp_id, agent_id=settings.wecom_agent_id, secret=settings.wecom_secret, token=settings.wecom_token,
            encoding_aes_key=settings.wecom_aes_key, base_url=settings.wecom_base_url, cards=settings.wecom_cards), shop.receive))
    if settings.dingtalk_client_id:
        built.append(lambda shop: DingTalk(DingTalkSettings(
            client_id=settings.dingtalk_client_id, client_secret=settings.dingtalk_client_secret,
            robot_code=settings.dingtalk_robot_code, api_url=settings.dingtalk_base_url,
            webhook_origins=tuple(settings.dingtalk_reply_origins)), shop.receive))
    return built


def create_app(shop: Shop) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        starting = threading.Thread(target=shop.start, name="start")
        starting.start()  # jieba takes a second or two; /readyz waits for it, the port answers at once
        yield
        starting.join()
        shop.stop()

    app = FastAPI(title="掌柜", version="0.1", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json")
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=shop.settings.allowed_hosts)
    app.middleware("http")(_bounded)
    _doors(app, shop)
    _health(app, shop)
    return app


async def _bounded(request: Request, call_next: Any) -> Response:
    """Refuse what is too large before anything reads it."""
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MAX_BODY:
        return JSONResponse({"detail": "内容太大，没有处理。请分几次发，或发表格文件。"}, 413)
    if request.method in ("POST", "PUT", "PATCH") and "content-length" not in request.headers:
        return JSONResponse({"detail": "缺少长度，没有处理。请重新发送。"}, 411)
    answer: Response = await call_next(request)
    return answer


def _doors(app: FastAPI, shop: Shop) -> None:
    web = create_admin(shop.books, shop.clock, demo=shop.demo, secret=shop.settings.secret())
    mount(app, web)
    shop.closing.append(web.close)
    app.include_router(chat_routes(shop.books, shop.company_id, shop.inbox, lambda request: request_actor(shop, request),
                                   lambda request, answer, staff_id: sign_in(shop, request, answer, staff_id), shop.clock, shop.demo))
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
            WAITING.set(conn.execute(select(func.count()).select_from(inbox_table).where(text("inbox.state = 'new'"))).scalar_one())
            UNSENT.set(conn.execute(select(func.count()).select_from(outbox).where(text("outbox.state = 'due'"))).scalar_one())
        return PlainTextResponse(generate_latest(), media_type=CONTENT_TYPE_LATEST)


logging.getLogger("apscheduler").setLevel(logging.WARNING)
