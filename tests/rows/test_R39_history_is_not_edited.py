"""R39 财务导得出每一张表，改不了一张旧单：网页、接口、聊天哪扇门都不行，谁都不行；数据库自己也不许。"""

from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from core.accounts import entry
from core.commands import DeliverGoods, ReceiveGoods, TakePayment
from core.documents import document, document_line
from tests.admin_web.conftest import Browser, make_app
from tests.conftest import fresh_url
from tests.doors import WebDoor, open_door
from tests.make import Shop

PEOPLE = ("李老板", "老陈", "小周", "小刘", "陈会计")
EXPORTS = {
    "product": "海天金标生抽",
    "stock": "B1",
    "document": "DN-20260115-0001",
    "customer": "张姐火锅",
    "supplier": "成都总代",
    "warehouse": "主仓",
}


@pytest.fixture
def sold(lite_shop: Shop) -> dict[str, Any]:
    lite_shop.run(ReceiveGoods((lite_shop.line("P1", 2, price="96"),), lite_shop.parties["成都总代"]))
    return lite_shop.run(DeliverGoods((lite_shop.line("P1", 3),), lite_shop.parties["张姐火锅"]))


def history(shop: Shop) -> list[Any]:
    return [
        shop.rows(query)
        for query in (
            select(document).order_by(document.c.id),
            select(document_line).order_by(document_line.c.document_id, document_line.c.line_no),
            select(entry).order_by(entry.c.id),
        )
    ]


def test_R39_the_accountant_exports_every_sheet(lite_shop: Shop, sold: dict[str, Any]) -> None:
    app = make_app(lite_shop)
    with Browser(app) as accountant, Browser(app) as salesman:
        accountant.as_(lite_shop, "陈会计")
        salesman.as_(lite_shop, "小刘")
        for key, word in EXPORTS.items():
            sheet = accountant.get(f"/admin/{key}/export")
            assert (sheet.status_code, word in sheet.text) == (200, True), key
            assert f"{key}/export" in accountant.get(f"/admin/{key}/list").text, key
            assert salesman.get(f"/admin/{key}/export").status_code == 403


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
def test_R39_no_page_writes_a_posted_document(lite_shop: Shop, sold: dict[str, Any], method: str) -> None:
    before, pk = history(lite_shop), sold["document_id"]
    app = make_app(lite_shop)
    for person in PEOPLE:
        with Browser(app) as browser:
            token = browser.as_(lite_shop, person).hidden("/admin/more")["csrftoken"]
            for path in (f"document/{pk}", f"document/edit?pk={pk}", f"document/detail?pk={pk}"):
                answer = browser.request(
                    method,
                    f"/admin/{path}",
                    headers={"X-CSRFToken": token},
                    data={"total_fen": "1", "state": "draft"},
                )
                assert answer.status_code in (403, 405), (person, path)
            assert "document/edit" not in browser.get(f"/admin/document/detail?pk={pk}").text
    assert history(lite_shop) == before


def test_R39_neither_the_interface_nor_the_chat_writes_one(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with open_door("web", fresh_url(request, "sqlite", "shop"), tmp_path) as door:
        assert isinstance(door, WebDoor)
        door.say("老陈", "入库 生抽 2箱 成都总代 单价96")
        number = door.say("老陈", "确认").split()[2]
        with door.shop.books.read() as conn:
            before = set(conn.execute(select(document_line)).all())
        for person in PEOPLE:
            for asked in (
                f"修改 {number} 数量改成 20箱",
                f"把 {number} 的单价改成 90",
                f"删除 {number}",
                f"反审核 {number}",
            ):
                door.say(person, asked)
                door.say(person, "确认")
            bearer = {"Authorization": f"Bearer {door.tokens[person]}"}
            for method in ("PUT", "PATCH", "DELETE", "POST"):
                for path in (f"/api/v1/documents/{number}", f"/api/v1/document/{number}"):
                    answer = httpx.request(method, door.url + path, headers=bearer, json={"total_fen": 1})
                    assert answer.status_code in (403, 404, 405), (method, path)
            assert httpx.put(f"{door.url}/api/v1/chat", headers=bearer, json={}).status_code == 405
        with door.shop.books.read() as conn:
            after = set(conn.execute(select(document_line)).all())
            red = set(
                conn.execute(select(document.c.id).where(document.c.reverses_id.is_not(None))).scalars()
            )
        assert before <= after  # “删除” is understood as 红冲: another document beside it
        assert {row.document_id for row in after - before} <= red


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE document SET total_fen = 1",
        "UPDATE document SET state = 'draft'",
        "DELETE FROM document",
        "UPDATE document_line SET qty_milli = 1",
        "DELETE FROM document_line",
        "UPDATE entry SET amount = 1",
        "DELETE FROM entry",
        "UPDATE settlement SET amount_fen = 1",
        "DELETE FROM audit",
        "UPDATE audit SET command = '入库'",
    ],
)
def test_R39_the_database_itself_refuses(shop: Shop, statement: str) -> None:
    shop.run(DeliverGoods((shop.line("P1", 1),), shop.parties["张姐火锅"]))
    shop.run(TakePayment(shop.parties["张姐火锅"], 100, "现金"))
    with shop.books.engine.connect() as conn, pytest.raises(DBAPIError), conn.begin():
        conn.execute(text(statement))
