"""真的浏览器：手机到大屏不横滚、点得着、不往外要东西；加行、连点、停用、两秒内换新。"""

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import func, select

from core.catalog import product, product_unit
from core.commands import DeliverGoods, PlaceOrder, ReceiveGoods, TakePayment
from tests.admin_web.conftest import make_app
from tests.make import Shop

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTHS = (360, 390, 768, 1280)
SMALL = """() => [...document.querySelectorAll('a,button,input:not([type=hidden]),select,summary,label.tick')].filter(one => {
  const box = one.getBoundingClientRect();
  if (!box.width || !box.height || one.type === 'checkbox' || one.closest('.note')) return false;
  const row = one.classList.contains('into') && one.closest('tr').getBoundingClientRect();  // the whole row is the target
  return (row ? row.height : box.height) < TAP || (row ? row.width : box.width) < TAP;
}).map(one => one.outerHTML.slice(0, 90))""".replace("TAP", "43.5")  # 44, whatever the rounding


@pytest.fixture
def address(lite_shop: Shop) -> Iterator[str]:
    """The shop behind a real server on a port the kernel chose."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(make_app(lite_shop, demo=True), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def chromium() -> Iterator[Any]:
    path = os.environ.get("ZHANGGUI_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def sign_in(chromium: Any, address: str, width: int = 390, name: str = "李老板") -> tuple[Page, list[str]]:
    """A page with that person logged in, and the list of what it asked of others."""
    page = chromium.new_context(viewport={"width": width, "height": 844}, locale="zh-CN").new_page()
    outside: list[str] = []
    page.on(
        "request", lambda one: None if one.url.startswith((address, "data:")) else outside.append(one.url)
    )
    page.on("pageerror", lambda error: outside.append(str(error)))
    page.goto(f"{address}/login")
    page.get_by_role("button", name=name).click()
    return page, outside


def urls(shop: Shop) -> list[str]:
    keys = ("product", "stock", "document", "customer", "supplier", "warehouse", "staff")
    rows = {
        "product": shop.goods["P1"],
        "customer": shop.parties["张姐火锅"],
        "supplier": shop.parties["成都总代"],
        "warehouse": shop.places["主仓"],
        "staff": shop.people["小刘"].id,
    }
    return [
        "",
        "more",
        *(f"{key}/list" for key in keys),
        *(f"{key}/{page}?pk={row}" for key, row in rows.items() for page in ("detail", "edit")),
        *(f"{key}/create" for key in rows),
        "document/detail?pk=1",
        "document/detail?pk=3",
        "nothing/list",
    ]


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_fits_every_screen(chromium: Any, address: str, lite_shop: Shop, width: int) -> None:
    zhang = lite_shop.parties["张姐火锅"]
    lite_shop.run(PlaceOrder((lite_shop.line("P1", 12),), zhang))
    lite_shop.run(DeliverGoods((lite_shop.line("P1", 10),), zhang))
    lite_shop.run(TakePayment(zhang, 100_000))
    page, outside = sign_in(chromium, address, width)
    for url in urls(lite_shop):
        page.goto(f"{address}/admin/{url}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, url
        assert page.evaluate(SMALL) == [], url
    page.context.clear_cookies()
    page.goto(f"{address}/login")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(SMALL) == []
    assert outside == []


def test_a_product_is_made_on_a_phone(chromium: Any, address: str, lite_shop: Shop) -> None:
    page, outside = sign_in(chromium, address)
    page.goto(f"{address}/admin/product/create")
    for label, text in (("名称", "鲜味生抽"), ("类别", "酱油"), ("基本单位", "瓶")):
        page.get_by_label(label, exact=False).first.fill(text)
    page.get_by_role("button", name="加一行单位换算").click()
    assert page.locator(".grid-row [data-base]").inner_text() == "瓶"
    page.locator("[name$='.unit'][data-unit]").fill("箱")
    page.locator("[name$='.factor']").fill("12")
    page.get_by_role("button", name="加一行条码").click()
    page.get_by_role("button", name="加一行条码").click()
    page.locator("[data-rows=barcodes] [data-drop]").first.click()
    page.locator("[name$='.code'][name^='rows.barcodes']").fill("6901234567893")
    page.get_by_role("button", name="保存").click()
    assert "校验位不对" in page.locator(".grid-row .wrong").inner_text()
    page.locator("[name$='.code'][name^='rows.barcodes']").fill("6901234567892")
    page.get_by_role("button", name="保存").dblclick()
    page.wait_for_url("**/product/detail?pk=*")
    assert "已保存：鲜味生抽" in page.locator(".note.success").inner_text()
    made = lite_shop.one(select(product.c.id).where(product.c.name == "鲜味生抽"))
    assert (
        lite_shop.one(
            select(product_unit.c.factor_milli).where(
                product_unit.c.product_id == made, product_unit.c.unit == "箱"
            )
        )
        == 12_000
    )
    assert lite_shop.one(select(func.count()).select_from(product).where(product.c.name == "鲜味生抽")) == 1
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="停用").click()
    assert "已停用" in page.locator(".note.success").inner_text()
    assert outside == []


def test_what_is_received_elsewhere_appears_within_two_seconds(
    chromium: Any, address: str, lite_shop: Shop
) -> None:
    page, _ = sign_in(chromium, address, 1280)
    page.goto(f"{address}/admin/stock/list?q=老抽")
    with page.expect_response("**/admin/changes"):
        pass
    lite_shop.run(
        ReceiveGoods(
            (lite_shop.line("P2", 7, price="90", mfg_date=date(2026, 1, 2)),),
            partner_id=lite_shop.parties["成都总代"],
        )
    )
    page.get_by_text("7箱(84瓶)").wait_for(timeout=3000)


def test_a_tap_anywhere_on_a_card_opens_it(chromium: Any, address: str) -> None:
    page, _ = sign_in(chromium, address)
    page.goto(f"{address}/admin/product/list")
    assert page.locator(".list thead").is_hidden()
    page.locator("tr", has_text="海天老抽").click(position={"x": 250, "y": 60})
    assert "海天老抽" in page.locator("h1").inner_text()
