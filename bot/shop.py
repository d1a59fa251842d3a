"""总装：把数据库、柜台、收件箱、渠道、送信、钟表插在一起，就是一家开着的店。"""

import logging
import os
import secrets
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

import intents
from bot.channels import channel_class
from bot.clerk import Clerk
from bot.delivery import Delivery
from bot.inbox import Inbox
from bot.message import Channel, Incoming
from bot.settings import Settings
from bot.shelf import Shelf
from core import audit, schema, tasks
from core.company import only_company, the_company
from core.db import Books, open_books
from core.values import utc_now
from notifications import clock as notice_clock

log = structlog.get_logger()


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
    workers: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(4, thread_name_prefix="inbox")
    )
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


def open_shop(
    settings: Settings,
    clock: Callable[[], datetime] = utc_now,
    channels: Iterable[Callable[["Shop"], Channel]] | None = None,
) -> Shop:
    """Open the books (upgraded), read the catalogue, build the channels that are set up. Raises LookupError before `init`."""
    if not settings.has_books:
        raise LookupError("no books")
    books = open_books(settings.books_url)
    schema.upgrade(books)
    with books.read() as conn:
        company_id = only_company(conn)
        demo = bool(the_company(conn, company_id).settings.get("demo"))
    clerk = Clerk(books, company_id, Shelf(books, company_id), settings.address)
    box = Inbox(books, company_id, clerk, clock)
    made: dict[str, Channel] = {}
    box.channels = made
    shop = Shop(books, settings, company_id, clock, box, Delivery(books, made, clock), made, demo)
    box.wake = shop.delivery.wake
    for build in configured(settings) if channels is None else channels:
        channel = build(shop)
        made[channel.name] = channel
    return shop


def configured(settings: Settings) -> list[Callable[[Shop], Channel]]:
    """The channels whose settings are filled in; web and console need none."""
    built: list[Callable[[Shop], Channel]] = [
        lambda _shop: channel_class("web")(),
        lambda _shop: channel_class("console")(),
    ]
    if settings.wecom_corp_id:
        from bot.channels.wecom_api import WeComSettings

        built.append(
            lambda shop: channel_class("wecom_app")(
                WeComSettings(
                    corp_id=settings.wecom_corp_id,
                    agent_id=settings.wecom_agent_id,
                    secret=settings.wecom_secret,
                    token=settings.wecom_token,
                    encoding_aes_key=settings.wecom_aes_key,
                    base_url=settings.wecom_base_url,
                    cards=settings.wecom_cards,
                ),
                shop.receive,
            )
        )
    if settings.dingtalk_client_id:
        from bot.channels.dingtalk_api import DingTalkSettings

        built.append(
            lambda shop: channel_class("dingtalk")(
                DingTalkSettings(
                    client_id=settings.dingtalk_client_id,
                    client_secret=settings.dingtalk_client_secret,
                    robot_code=settings.dingtalk_robot_code,
                    api_url=settings.dingtalk_base_url,
                    webhook_origins=tuple(settings.dingtalk_reply_origins),
                ),
                shop.receive,
            )
        )
    return built


logging.getLogger("apscheduler").setLevel(logging.WARNING)
