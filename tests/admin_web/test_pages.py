"""每一页在两种数据库上都打得开；读的引擎写不进去；搜、筛、排、来龙去脉都对。"""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.commands import DeliverGoods, PlaceOrder, ReceiveGoods, ReverseDocument, SaveRecord, TakePayment
from core.db import reading_engine
from core.warehouses import Warehouse, warehouse
from tests.admin_web.conftest import Browser, make_app
from tests.make import Shop


@pytest.fixture
def boss(shop: Shop) -> Iterator[Browser]:
    with Browser(make_app(shop)) as browser:
        yield browser.as_(shop, "李老板")


@pytest.fixture
def lite_boss(lite_shop: Shop) -> Iterator[Browser]:
    with Browser(make_app(lite_shop)) as browser:
        yield browser.as_(lite_shop, "李老板")


def test_the_reading_engine_cannot_write(shop: Shop) -> None:
    engine = reading_engine(shop.books)
    row = {
        "company_id": shop.company_id,
        "code": "X",
        "name": "X",
        "aliases": [],
        "active": True,
        "changed": 0,
    }
    for statement in (
        insert(warehouse).values(row),
        text("DELETE FROM alias"),
        text("UPDATE company SET name='x'"),
        text("CREATE TABLE t(a INT)"),
    ):
        with engine.connect() as conn, pytest.raises(DBAPIError, match=r"(?i)read-?only"):
            conn.execute(statement)
    with Session(engine) as session:
        session.add(Warehouse(**row))
        with pytest.raises(DBAPIError, match=r"(?i)read-?only"):
            session.commit()
    engine.dispose()
    assert shop.one(text("SELECT count(*) FROM warehouse")) == 2


def test_a_reader_does_not_stand_in_the_writers_way(shop: Shop) -> None:
    engine = reading_engine(shop.books)
    with Session(engine) as session:
        session.execute(text("SELECT count(*) FROM product")).all()
        shop.run(SaveRecord("warehouse", {"name": "冷库"}))
        assert session.execute(text("SELECT count(*) FROM warehouse")).scalar() in (2, 3)
    engine.dispose()


def history(shop: Shop) -> dict[str, str]:
    """Order 12 → deliver 10 → pay 1000; one delivery undone."""
    zhang = shop.parties["张姐火锅"]
    order = shop.run(PlaceOrder((shop.line("P1", 12),), zhang))
    sent = shop.run(DeliverGoods((shop.line("P1", 10),), zhang))
    paid = shop.run(TakePayment(zhang, 100_000))
    wrong = shop.run(DeliverGoods((shop.line("P3", 1),), zhang))
    undone = shop.run(ReverseDocument(wrong["number"]))
    return {
        "order": order["number"],
        "sent": sent["number"],
        "paid": paid["number"],
        "wrong": wrong["number"],
        "undone": undone["number"],
    }


def open_document(browser: Browser, number: str) -> str:
    found = re.search(
        rf'href="(/admin/document/detail\?pk=\d+)">{number}<',
        browser.get(f"/admin/document/list?q={number}").text,
    )
    assert found, number
    return browser.get(found[1]).text


def test_every_page_on_both_databases(shop: Shop, boss: Browser) -> None:
    numbers = history(shop)
    for key in ("product", "stock", "document", "customer", "supplier", "warehouse", "staff"):
        page = boss.get(f"/admin/{key}/list?q=a&sort=name__desc&page=1")
        assert page.status_code in (200, 400), key
        assert boss.get(f"/admin/{key}/list").status_code == 200
        assert boss.get(f"/admin/{key}/export").status_code == 200
    for key, row_id in (
        ("product", shop.goods["P1"]),
        ("customer", shop.parties["张姐火锅"]),
        ("supplier", shop.parties["成都总代"]),
        ("warehouse", shop.places["主仓"]),
        ("staff", shop.people["小刘"].id),
    ):
        assert boss.get(f"/admin/{key}/detail?pk={row_id}").status_code == 200
        assert boss.get(f"/admin/{key}/edit?pk={row_id}").status_code == 200
    assert "¥200.00" in open_document(boss, numbers["sent"])
    assert boss.get("/admin/").status_code == 200
    form = boss.hidden("/admin/warehouse/create") | {"name": "冷库"}
    assert boss.post("/admin/warehouse/create", data=form, follow_redirects=False).status_code == 303


def test_the_chain_from_order_to_payment(lite_shop: Shop, lite_boss: Browser) -> None:
    numbers = history(lite_shop)
    for name in ("order", "sent", "paid"):
        page = open_document(lite_boss, numbers[name])
        places = [page.index(f"</b> {numbers[one]}") for one in ("order", "sent", "paid")]
        assert places == sorted(places)
        assert numbers["wrong"] not in page.split("来龙去脉")[1]
    page = open_document(lite_boss, numbers["sent"])
    for words in (
        "应收 ¥1,200.00，已核销 ¥1,000.00",
        "未清 ¥200.00",
        "2026-02-14 到期",
        "李老板 · 2026-01-15 09:00 · 后台",
        "B1",
        "8箱",
        "¥120/箱",
        "就是这张",
        "2026-03-14",
    ):
        assert words in page, words
    assert '已被 <a href="/admin/document/detail?pk=' in open_document(lite_boss, numbers["wrong"])
    undone = open_document(lite_boss, numbers["undone"])
    assert numbers["wrong"] in undone
    assert "这是红冲单" in undone


def test_the_owners_money_is_not_in_the_storekeepers_chain(lite_shop: Shop) -> None:
    lite_shop.run(SaveRecord("staff", {"name": "阿强", "roles": ["仓管"]}))
    numbers = history(lite_shop)
    with Browser(make_app(lite_shop)) as browser:
        page = open_document(browser.as_(lite_shop, "阿强"), numbers["sent"])
    assert "B1" in page
    assert "¥" not in page
    assert numbers["paid"] not in page


def test_stock_by_batch_with_its_life(lite_shop: Shop, lite_boss: Browser) -> None:
    page = lite_boss.get(f"/admin/product/detail?pk={lite_shop.goods['P1']}").text
    for words in (
        "20箱(240瓶)",
        "B1",
        "8箱(96瓶)",
        "还剩 58 天",
        "life near",
        "B2",
        "life good",
        "¥768.00",
        "¥8/瓶",
        "成都总代",
    ):
        assert words in page, words
    assert page.index("B1") < page.index("B2")  # first to expire first


@pytest.mark.parametrize(
    ("url", "yes", "no"),
    [
        ("/admin/product/list?q=生抽", "海天金标生抽", "海天老抽"),
        ("/admin/product/list?q=P3", "旧庄蚝油", "生抽"),
        ("/admin/product/list?q=金标", "海天金标生抽", "老抽"),
        ("/admin/product/list?category=蚝油", "旧庄蚝油", "海天老抽"),
        ("/admin/product/list?q=%25", "还没有|没有符合的", "海天"),
        ("/admin/stock/list?q=B1", "B1", "B3"),
        ("/admin/stock/list?expiry_to=2026-04-01", "B1", "B2"),
        ("/admin/stock/list?place=过期", "没有符合的", "B1"),
        ("/admin/stock/list?warehouse=2", "没有符合的", "B1"),
        ("/admin/document/list?kind=QC", "期初单", "没有符合的"),
        ("/admin/document/list?day_from=2026-01-16", "没有符合的", "QC-2026"),
        ("/admin/document/list?kind=GR", "没有符合的", "QC-2026"),
        ("/admin/customer/list?level=批发", "张姐火锅", "王记饭店"),
        ("/admin/customer/list", "王记饭店", "川南粮油"),
        ("/admin/supplier/list", "川南粮油", "王记饭店"),
        ("/admin/staff/list", "小刘", ">掌柜</a>"),
        ("/admin/stock/list?warehouse=x&place=y&expiry_from=昨天", "B1", "没有符合的"),
    ],
)
def test_search_and_filters(lite_boss: Browser, url: str, yes: str, no: str) -> None:
    body = lite_boss.get(url).text.split("<tbody>")[1].split("</tbody>")[0]
    assert re.search(yes, body)
    assert no not in body


def test_what_expires_first_stands_first(lite_shop: Shop, lite_boss: Browser) -> None:
    lite_shop.run(
        SaveRecord(
            "product",
            {
                "name": "八角",
                "category": "香料",
                "base_unit": "斤",
                "batched": False,
                "countable": False,
                "code": "P5",
            },
        )
    )
    lite_shop.goods["P5"] = int(lite_shop.one(text("SELECT id FROM product WHERE code='P5'")))
    lite_shop.run(
        ReceiveGoods((lite_shop.line("P5", 3, "斤", price="20"),), partner_id=lite_shop.parties["成都总代"])
    )
    page = lite_boss.get("/admin/stock/list").text.split("<tbody>")[1].split("</tbody>")[0]
    assert page.index("B1") < page.index("B2") < page.index("八角")


def test_sorting_and_paging(lite_shop: Shop, lite_boss: Browser) -> None:
    for number in range(30):
        lite_shop.run(SaveRecord("product", {"name": f"货{number:02d}", "category": "杂", "base_unit": "个"}))
    first = lite_boss.get("/admin/product/list?category=杂&sort=title__desc").text
    assert "1–25，共 30 条" in first
    assert first.index("货29") < first.index("货28")
    second = lite_boss.get("/admin/product/list?category=杂&sort=title__desc&page=2").text
    assert "26–30，共 30 条" in second
    assert "货04" in second
    assert "上一页" in second


@pytest.mark.parametrize(
    "url",
    [
        "product/detail?pk=abc",
        "product/detail?pk=99999",
        "product/detail?pk=99999999999999999999999",
        "product/detail",
        "nothing/list",
        "document/detail?pk=-1",
        "supplier/detail?pk=1",
        "product/list?page=99999999999999",
        "product/list?page_size=7",
        "nowhere",
    ],
)
def test_odd_addresses_get_a_page_and_not_a_crash(lite_boss: Browser, url: str) -> None:
    assert lite_boss.get(f"/admin/{url}").status_code in (200, 400, 404)


def test_export_is_what_is_seen(lite_shop: Shop, lite_boss: Browser) -> None:
    lite_shop.run(SaveRecord("partner", {"name": "=1+1", "is_customer": True, "terms": "现结"}))
    sheet = lite_boss.get("/admin/customer/export?level=批发")
    assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
    assert sheet.content.startswith(b"\xef\xbb\xbf")
    assert sheet.text.splitlines()[1].startswith("张姐火锅,")
    assert "王记饭店" not in sheet.text
    assert "'=1+1" in lite_boss.get("/admin/customer/export").text


def test_changes_move_with_the_books(lite_shop: Shop, lite_boss: Browser) -> None:
    seen = [lite_boss.get("/admin/changes").json()["at"]]
    lite_shop.run(
        ReceiveGoods(
            (lite_shop.line("P1", 1, price="96", mfg_date=date(2026, 1, 1)),),
            partner_id=lite_shop.parties["成都总代"],
        )
    )
    seen.append(lite_boss.get("/admin/changes").json()["at"])
    lite_shop.run(SaveRecord("warehouse", {"name": "冷库"}))
    seen.append(lite_boss.get("/admin/changes").json()["at"])
    assert len(set(seen)) == 3


def test_another_company_is_another_world(lite_shop: Shop, lite_boss: Browser) -> None:
    from tests.make import make_shop

    other = make_shop(lite_shop.books, "隔壁老王")
    assert lite_boss.get(f"/admin/product/detail?pk={other.goods['P1']}").status_code == 404
    assert lite_boss.get(f"/admin/staff/detail?pk={other.people['小刘'].id}").status_code == 404
    assert "共 4 条" in lite_boss.get("/admin/product/list").text
    form = lite_boss.hidden("/admin/more") | {"pk": str(other.goods["P1"]), "active": "0"}
    assert lite_boss.post("/admin/product/active", data=form, follow_redirects=False).status_code == 404


def test_pages_keep_to_themselves(lite_boss: Browser) -> None:
    answer = lite_boss.get("/admin/")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r'(?:src|href)="https?://', answer.text + lite_boss.get("/login").text)
