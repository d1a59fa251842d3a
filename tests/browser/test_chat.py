"""真的浏览器，390 像素宽的手机：从打开页面到库存变了，一步不落；任何请求都不许离开这台机器。"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, sync_playwright
from sqlalchemy import update

from bot.app import create_app
from bot.settings import Settings
from bot.shop import configured, open_shop
from core.company import company
from core.db import open_books
from tests.bot.test_photos import shot
from tests.conftest import fresh_url
from tests.doors import ticking
from tests.fakes.server import served

CHROMIUM = os.environ.get("ZHANGGUI_CHROMIUM") or next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))),
    "chromium",
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def phone(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Page, str, list[str]]]:
    """(page at 390 × 844, address, requests that left the machine)."""
    url = fresh_url(request, "sqlite", "shop")
    books = open_books(url)
    with books.engine.connect() as conn, conn.begin():
        conn.execute(update(company).values(settings={"demo": True}))
    books.close()
    settings = Settings(home=tmp_path, database_url=url)
    shop = open_shop(settings, ticking(), configured(settings))
    shop.start()
    outside: list[str] = []
    with served(create_app(shop)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN").new_page()

        def watch(made: Request) -> None:
            if not made.url.startswith((address, "data:")):
                outside.append(made.url)

        page.on("request", watch)
        yield page, address, outside
        browser.close()
    shop.stop()


def say(page: Page, words: str) -> str:
    """Type, send, wait for the answer; returns its text."""
    before = page.locator(".bot:not(.typing):not(.notice)").count()
    page.fill("#text", words)
    page.click("#send")
    return answered(page, before)


def answered(page: Page, before: int) -> str:
    page.wait_for_function(
        "n => document.querySelectorAll('.bot:not(.typing):not(.notice)').length > n && !document.querySelector('.typing')",
        arg=before,
    )
    return page.locator(".bot:not(.typing):not(.notice) .bubble").last.inner_text()


def press(page: Page, label: str) -> str:
    before = page.locator(".bot:not(.typing):not(.notice)").count()
    page.locator(".acts:not(.used) button", has_text=label).last.click()
    return answered(page, before)


def test_the_opening_conversation_on_a_phone(phone: tuple[Page, str, list[str]]) -> None:
    page, address, outside = phone
    page.goto(f"{address}/chat")
    page.click(".person:has-text('老陈')")
    page.wait_for_selector("#quick button")
    assert "老陈" in page.inner_text("#name")
    assert "选哪个" in say(page, "入库 酱油 20箱")
    assert "哪家供应商" in press(page, "海天老抽")
    assert "进价多少" in say(page, "成都总代")
    preview = say(page, "96")
    assert "20箱（240瓶）" in preview
    assert "¥1,920.00" in preview
    assert "没说生产日期" in preview
    assert "已入库 GR-20260115-0001" in press(page, "确认")
    assert "在库 20箱" in say(page, "库存 老抽")
    page.reload()
    page.wait_for_selector(".posted")
    assert "请确认红冲" in press(page, "撤回")
    assert "已红冲 GR-20260115-0001" in press(page, "确认")
    assert "在库 0箱" in say(page, "库存 老抽")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.eval_on_selector_all(
        "button:visible, a:visible",
        "all => all.filter(e => e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML)",
    )
    assert small == []
    assert outside == []


def test_a_message_that_could_not_leave_is_sent_again_and_posts_once(
    phone: tuple[Page, str, list[str]],
) -> None:
    """The line drops while 确认 is on its way: the page keeps the same message id for the second try."""
    page, address, _ = phone
    page.goto(f"{address}/chat")
    page.click(".person:has-text('老陈')")
    page.wait_for_selector("#quick button")
    say(page, "出库 王记 生抽 2箱")
    page.route("**/api/v1/chat", lambda route: route.abort())
    page.fill("#text", "确认")
    page.click("#send")
    page.wait_for_selector(".lost-note")
    page.unroute("**/api/v1/chat")
    before = page.locator(".bot:not(.typing):not(.notice)").count()
    page.click(".lost-note")
    assert "已出库 DN-20260115-0001" in answered(page, before)
    assert "在库 18箱" in say(page, "库存 生抽")


def test_what_is_pushed_appears_by_itself(phone: tuple[Page, str, list[str]]) -> None:
    page, address, _ = phone
    page.goto(f"{address}/chat")
    page.click(".person:has-text('老陈')")
    page.wait_for_selector(".notice", timeout=15_000)
    assert "临期提醒" in page.locator(".notice .bubble").first.inner_text()


def test_a_photo_of_a_barcode_with_words_in_the_box(phone: tuple[Page, str, list[str]]) -> None:
    """Taken with the phone's camera, shrunk in the page, read by the shop; words typed before go along."""
    page, address, outside = phone
    page.goto(f"{address}/chat")
    page.click(".person:has-text('老陈')")
    page.wait_for_selector("#quick button")
    before = page.locator(".bot:not(.typing):not(.notice)").count()
    page.fill("#text", "库存")
    page.set_input_files(
        "#photo", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": shot("6900000000007")}
    )
    assert "条码 6900000000007 还没建档" in answered(page, before)
    assert page.locator(".mine").last.inner_text().strip() == "6900000000007 库存"
    assert page.locator(".mine img").count() == 1
    assert page.input_value("#text") == ""
    before = page.locator(".bot:not(.typing):not(.notice)").count()
    page.set_input_files("#photo", {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"})
    assert "不是照片" in answered(page, before)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert outside == []
