"""谁看得到什么：每条路由乘每个角色；销售在哪里都看不到进价（7319.53）。"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.routing import Mount, Route

from admin_web.fields import BookField
from admin_web.views import VIEWS
from core.approvals import approval_rule
from core.catalog import product
from core.commands import (
    DeliverGoods,
    OpeningLine,
    PaySupplier,
    ReceiveGoods,
    RecordOpening,
    SaveRecord,
    TakePayment,
)
from core.documents import document
from core.posting_rules import Kind
from core.rights import DOCUMENTS
from core.staff import ROLES, May
from tests.admin_web.conftest import Browser
from tests.make import Shop, e4

Visit = Callable[..., Browser]
PEOPLE = {"李老板": "老板", "阿强": "仓管", "小周": "采购", "小刘": "销售", "陈会计": "财务"}
KEYS = ("product", "stock", "document", "customer", "supplier", "warehouse", "staff", "approval_rule")
SEE = {
    "老板": set(KEYS),
    "仓管": {"product", "stock", "document", "customer", "supplier", "warehouse"},
    "采购": {"product", "stock", "document", "supplier", "warehouse"},
    "销售": {"product", "stock", "document", "customer", "warehouse"},
    "财务": {"product", "stock", "document", "customer", "supplier", "warehouse"},
}
KEEP = {
    "老板": {"product", "customer", "supplier", "warehouse", "staff", "approval_rule"},
    "采购": {"product", "supplier", "warehouse"},
}
PK = {"product": "P1", "customer": "张姐火锅", "supplier": "成都总代", "warehouse": "主仓", "staff": "小刘"}
CANARY = "7319.53"
SPOKEN = re.compile("|".join((r"7,?319\.53", "73195300", "731953")))


def routes(app: FastAPI) -> Iterator[tuple[str, str, str]]:
    """(name, method, path) of everything mounted at /admin."""
    admin = next(one for one in app.routes if isinstance(one, Mount) and one.path == "/admin")
    for one in admin.routes:
        if isinstance(one, Route):
            for method in sorted((one.methods or set()) - {"HEAD"}):
                yield str(one.name), method, one.path


def pk_of(shop: Shop, key: str) -> int:
    if key == "document":
        return int(shop.one(select(document.c.id)))
    if key == "approval_rule":
        return int(shop.one(select(approval_rule.c.id)))
    return {
        "product": shop.goods,
        "warehouse": shop.places,
        "staff": {n: a.id for n, a in shop.people.items()},
    }.get(key, shop.parties)[PK.get(key, "P1")]


def allowed(name: str, method: str, key: str, role: str) -> bool:
    if name in ("index", "changes", "more", "decide"):  # whose turn it is, the books say
        return True
    if name == "reconcile":
        return role in ("老板", "采购", "销售", "财务")  # one side of the accounts is enough
    if name == "shop":
        return role == "老板"
    if name == "shut":
        return method == "GET"  # which is a 404
    if name == "binding-code":
        return role == "老板"
    if name in ("create", "edit", "active"):
        return key in KEEP.get(role, set())
    if name == "export":
        return key in SEE[role] and role in ("老板", "财务")
    if name == "detail":
        return key in SEE[role] and key != "stock"
    return key in SEE[role]


def test_every_route_for_every_role(app: FastAPI, lite_shop: Shop, visit: Visit) -> None:
    seen = 0
    for person, role in PEOPLE.items():
        browser = visit(person)
        token = {"csrftoken": browser.hidden("/admin/more")["csrftoken"]}
        for name, method, path in routes(app):
            for key in KEYS if "{key}" in path else ("",):
                url = "/admin" + path.replace("{key}", key).replace("{rest:path}", "document/1")
                asked = url + (f"?pk={pk_of(lite_shop, key)}" if key and key != "stock" else "")
                pk = pk_of(lite_shop, key or "staff") if key != "stock" else 1
                answer = browser.request(
                    method,
                    asked,
                    data=token | {"pk": str(pk), "active": "1"} if method != "GET" else None,
                    headers={"X-CSRFToken": token["csrftoken"]},
                    follow_redirects=False,
                )
                assert (answer.status_code != 403) == allowed(name, method, key, role), (
                    person,
                    method,
                    asked,
                    answer.status_code,
                )
                assert answer.status_code < 500
                seen += 1
    assert seen > 200


def test_the_library_opens_nothing_else(app: FastAPI) -> None:
    assert {name for name, _, _ in routes(app)} == {
        "index",
        "list",
        "detail",
        "create",
        "edit",
        "active",
        "binding-code",
        "export",
        "changes",
        "more",
        "reconcile",
        "shop",
        "decide",
        "shut",
    }


def test_without_a_session_there_is_only_the_login_page(app: FastAPI, visit: Visit) -> None:
    stranger = visit()
    for _, method, path in routes(app):
        url = "/admin" + path.replace("{key}", "product").replace("{rest:path}", "x")
        answer = stranger.request(method, url, follow_redirects=False)
        assert answer.status_code == (303 if method == "GET" else 403), (method, url)
    assert stranger.get("/admin/static/zg.css").status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        "document/1",
        "document/detail?pk=1",
        "document/edit?pk=1",
        "document/create",
        "document/active",
        "stock/1",
        "stock/edit?pk=1",
        "document/list",
        "document",
    ],
)
def test_documents_and_stock_are_never_written(visit: Visit, method: str, path: str) -> None:
    """R39: 403 for every role, the owner too."""
    for person in PEOPLE:
        browser = visit(person)
        token = browser.hidden("/admin/more")["csrftoken"]
        answer = browser.request(
            method, f"/admin/{path}", headers={"X-CSRFToken": token}, follow_redirects=False
        )
        assert answer.status_code == 403, (person, method, path)
        assert "没有权限" in answer.text


def test_nothing_is_seen_by_default() -> None:
    for view in VIEWS:
        made = view()
        assert made.sees, made.key
        for field in made.fields:
            assert isinstance(field, BookField)
            assert field.sees, (made.key, field.name)
    assert set(DOCUMENTS) == set(Kind)
    assert all(any(May.SEE_STOCK in may for may in [ROLES[role]]) for role in ROLES if role != "系统")


# ── the canary ──


def fill_with_canaries(shop: Shop) -> None:
    """Everything a salesman must not see costs ¥7319.53 somewhere."""
    cost = e4(CANARY)
    shop.run(
        SaveRecord(
            "product",
            {
                "name": "金丝雀",
                "category": "试",
                "base_unit": "瓶",
                "code": "CANARY",
                "supplier_id": shop.parties["成都总代"],
            },
            children={
                "prices": [
                    {
                        "side": "P",
                        "partner_id": shop.parties["成都总代"],
                        "unit": "瓶",
                        "price_e4": cost,
                        "valid_from": shop.now.date(),
                    },
                    {"side": "S", "unit": "瓶", "price_e4": e4("8001"), "valid_from": shop.now.date()},
                ]
            },
        )
    )
    shop.goods["CANARY"] = int(shop.one(select(product.c.id).where(product.c.code == "CANARY")))
    shop.run(ReceiveGoods((shop.line("CANARY", 2, "瓶", price=CANARY),), partner_id=shop.parties["成都总代"]))
    shop.run(RecordOpening((OpeningLine("cash", 5_000_000, fund="现金"),)))
    shop.run(PaySupplier(shop.parties["成都总代"], 731_953))
    shop.run(DeliverGoods((shop.line("CANARY", 1, "瓶", price="8001"),), shop.parties["张姐火锅"]))
    shop.run(TakePayment(shop.parties["张姐火锅"], 100_000))


def every_page(shop: Shop) -> list[str]:
    documents = [row.id for row in shop.rows(select(document.c.id))]
    urls = [
        "/admin/",
        "/admin/more",
        "/admin/changes",
        *(f"/admin/document/detail?pk={one}" for one in documents),
    ]
    for key in KEYS:
        urls += [
            f"/admin/{key}/list",
            f"/admin/{key}/export",
            f"/admin/{key}/create",
            f"/admin/{key}/list?q={CANARY}",
            f"/admin/{key}/list?q=成都",
        ]
        ids = {
            "product": shop.goods.values(),
            "customer": shop.parties.values(),
            "supplier": shop.parties.values(),
            "warehouse": shop.places.values(),
            "staff": [one.id for one in shop.people.values()],
        }.get(key, ())
        urls += [f"/admin/{key}/{page}?pk={one}" for one in ids for page in ("detail", "edit")]
    return urls


def texts(browser: Browser, urls: list[str]) -> dict[str, str]:
    return {url: browser.get(url).text for url in urls}


def leaks(browser: Browser, shop: Shop, words: re.Pattern[str]) -> list[str]:
    return [
        url
        for url, text in texts(browser, every_page(shop)).items()
        if words.search(text.replace(f"q={CANARY}", "").replace(f'value="{CANARY}"', ""))
    ]


def test_a_salesman_never_sees_a_purchase_price(lite_shop: Shop, visit: Visit, boss: Browser) -> None:
    fill_with_canaries(lite_shop)
    assert len(leaks(boss, lite_shop, SPOKEN)) > 5  # the canary is really there
    assert leaks(visit("小刘"), lite_shop, SPOKEN) == []
    assert (
        leaks(visit("小刘"), lite_shop, re.compile('成都总代</|>成都总代|value="成都总代')) == []
    )  # nor whom we buy from (decision 69)


def test_a_storekeeper_sees_no_price_at_all(lite_shop: Shop, visit: Visit) -> None:
    fill_with_canaries(lite_shop)
    assert leaks(visit("阿强"), lite_shop, re.compile("¥")) == []


def test_a_buyer_sees_no_sale_price_and_an_accountant_changes_nothing(lite_shop: Shop, visit: Visit) -> None:
    fill_with_canaries(lite_shop)
    assert leaks(visit("小周"), lite_shop, re.compile("8,?001")) == []
    pages = texts(visit("陈会计"), every_page(lite_shop))
    assert not [
        url for url, text in pages.items() if ("create" in url or "edit" in url) and "没有权限" not in text
    ]
    assert all("导出" in pages[f"/admin/{key}/list"] for key in KEYS if key not in ("staff", "approval_rule"))


@pytest.mark.parametrize(
    "sort",
    [
        "total_fen",
        "total",
        "value",
        "value_fen",
        "supplier_id",
        "floor_e4",
        "password",
        "credit_limit_fen",
        "range",
    ],
)
def test_sorting_by_what_is_hidden_tells_nothing(visit: Visit, sort: str) -> None:
    browser = visit("小刘")
    for key in ("product", "stock", "document", "customer"):
        first, last = (browser.get(f"/admin/{key}/list?sort={sort}__{way}") for way in ("asc", "desc"))
        assert first.status_code in (200, 400)
        rows: Any = [re.findall(r'class="into" href="[^"]+"', one.text) for one in (first, last)]
        assert rows[0] == rows[1]
