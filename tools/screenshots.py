"""给 README 拍照：对着正在开着的演示店，手机和电脑各拍几张。

用法：python tools/screenshots.py http://127.0.0.1:8000
"""

import os
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

OUT = Path(__file__).resolve().parents[1] / "docs" / "图"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def say(page: Page, words: str) -> None:
    before = page.locator(".bot:not(.typing)").count()
    page.fill("#text", words)
    page.click("#send")
    page.wait_for_function(
        "n => document.querySelectorAll('.bot:not(.typing)').length > n && !document.querySelector('.typing')",
        arg=before,
    )


def sit_down(page: Page, base: str, name: str) -> None:
    page.goto(f"{base}/chat")
    page.wait_for_selector(".person", state="attached")
    if not page.locator("#people[open]").count():
        page.click("#who")
    page.click(f".person:has-text('{name}')")
    page.wait_for_selector("#quick button")
    page.wait_for_timeout(800)


def main(base: str) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("ZHANGGUI_CHROMIUM", "/usr/bin/chromium"), args=FLAGS
        )
        phone = browser.new_context(
            viewport={"width": 390, "height": 844}, device_scale_factor=2, locale="zh-CN"
        ).new_page()
        sit_down(phone, base, "老陈")
        for words in ("入库 酱油 20箱", "1", "确认"):
            say(phone, words)
        phone.screenshot(path=OUT / "chat-phone.png")
        desktop = browser.new_context(viewport={"width": 1180, "height": 760}, locale="zh-CN").new_page()
        sit_down(desktop, base, "小刘")
        for words in ("张姐火锅下单 金标生抽500ml 5箱 明天送", "确认", "金标生抽500ml还有多少"):
            say(desktop, words)
        desktop.screenshot(path=OUT / "chat-desktop.png")
        sit_down(phone, base, "李老板")
        for name, path in (("admin-products", "/admin/product/list"), ("admin-home", "/admin/")):
            phone.goto(base + path)
            phone.wait_for_timeout(500)
            phone.screenshot(path=OUT / f"{name}.png")
        phone.goto(f"{base}/admin/document/list?kind=DN")
        phone.locator("a[href*='/admin/document/detail']").first.click()
        phone.wait_for_timeout(500)
        phone.screenshot(path=OUT / "admin-document.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
