"""后台的测试：小店加一个网页客户端，谁登录由测试说了算。"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from admin_web import AdminWeb, mount
from admin_web.door import COOKIE
from core.commands import SaveRecord
from core.sessions import open_session
from core.staff import staff
from tests.make import Shop

SECRET = "for-tests-only-" * 3
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def make_app(shop: Shop, demo: bool = False) -> FastAPI:
    app = FastAPI()
    mount(app, AdminWeb(shop.books, lambda: shop.now, demo=demo, secret=SECRET))
    return app


class Browser(TestClient):
    """One person's browser."""

    def as_(self, shop: Shop, name: str) -> "Browser":
        who = shop.one(select(staff.c.id).where(staff.c.name == name))
        self.cookies.set(COOKIE, open_session(shop.books, who, shop.now), domain="testserver.local")
        return self

    def hidden(self, url: str) -> dict[str, str]:
        """The hidden inputs of a page: token, key, version."""
        return dict(HIDDEN.findall(self.get(url).text))

    def fill(self, url: str, data: dict[str, Any], page: str | None = None) -> Any:
        """Fill in the form of `page` (or of the url itself) and send it."""
        return self.post(url, data=self.hidden(page or url) | data, follow_redirects=False)


@pytest.fixture
def app(lite_shop: Shop) -> FastAPI:
    lite_shop.run(SaveRecord("staff", {"name": "阿强", "roles": ["仓管"]}))
    lite_shop.run(
        SaveRecord("approval_rule", {"name": "大额采购", "kind": "PO", "over_fen": 500_000, "needs": "老板"})
    )
    return make_app(lite_shop)


@pytest.fixture
def visit(app: FastAPI, lite_shop: Shop) -> Iterator[Callable[[str], Browser]]:
    """visit('小刘') is a browser where 小刘 is logged in."""
    opened: list[Browser] = []

    def come(name: str = "") -> Browser:
        browser = Browser(app)
        opened.append(browser)
        return browser.as_(lite_shop, name) if name else browser

    yield come
    for one in opened:
        one.close()


@pytest.fixture
def boss(visit: Callable[[str], Browser]) -> Browser:
    return visit("李老板")
