"""features.md §0.1 的铺子：四个商品、两仓、两客户、两供应商；今天 2026-01-15。"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from core.commands import OpeningLine, RecordOpening, SaidLine, SaveRecord
from core.db import Books, open_books
from core.execute import Order, execute
from core.founding import found_company
from core.staff import Actor, actor_by_id
from tests.conftest import fresh_url

TODAY = date(2026, 1, 15)
NOW = datetime(2026, 1, 15, 1, tzinfo=UTC)  # 09:00 in Shanghai
BOX = 12_000  # 12 瓶 in milli


@dataclass
class Shop:
    books: Books
    company_id: int
    main: int
    boss: Actor
    ids: dict[str, int] = field(default_factory=dict)
    keys: Iterator[int] = field(default_factory=count)

    def do(self, command: Any, now: datetime = NOW) -> dict[str, Any]:
        return execute(self.books, self.boss, Order(command, f"t/{next(self.keys)}"), now)

    def save(self, name: str, table: str, values: dict[str, Any], **children: Any) -> None:
        self.ids[name] = self.do(SaveRecord(table, values, children=children))["id"]

    def line(self, name: str, qty: int, unit: str = "箱", **more: Any) -> SaidLine:
        return SaidLine(self.ids[name], qty * 1000, unit, **more)


def bottles(**values: Any) -> dict[str, Any]:
    return {"category": "调味汁", "base_unit": "瓶", "price_unit": "箱", "shelf_life": "540d"} | values


@pytest.fixture
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """On SQLite; test_both.py asks the same questions of PostgreSQL."""
    books = open_books(fresh_url(request, "sqlite", "empty"))
    yield open_shop(books)
    books.close()


def open_shop(books: Books) -> Shop:
    """Opening stock: P1 B1 8箱 (expires 2026-03-14) and B2 12箱 at ¥96; P3 5箱."""
    found = found_company(books, "测试", "李老板", NOW - timedelta(days=100))
    with books.read() as conn:
        boss = actor_by_id(conn, found.owner_id)
    assert boss is not None
    made = Shop(books, found.company_id, found.warehouse_id, boss)
    _records(made)
    made.do(
        RecordOpening(
            (
                _stock(made, "P1", 8, 76800, date(2024, 9, 20)),
                _stock(made, "P1", 12, 115200, date(2025, 8, 1)),
                _stock(made, "P3", 5, 60000, date(2025, 8, 1)),
            ),
            day=date(2025, 11, 1),
        )
    )
    return made


def _records(shop: Shop) -> None:
    shop.save(
        "张姐",
        "partner",
        {
            "name": "张姐火锅",
            "is_customer": True,
            "terms": "30天",
            "level": "批发",
            "credit_limit_fen": 2_000_000,
        },
    )
    shop.save("王记", "partner", {"name": "王记饭店", "is_customer": True, "terms": "现结", "level": "零售"})
    shop.save("总代", "partner", {"name": "成都总代", "is_supplier": True, "terms": "30天"})
    shop.save("一分店", "warehouse", {"name": "一分店"})
    box = [{"unit": "箱", "factor_milli": BOX}]
    old = date(2025, 1, 1)
    shop.save(
        "P1",
        "product",
        bottles(
            name="海天金标生抽",
            spec="500ml",
            brand="海天",
            safety_milli=10 * BOX,
            floor_e4=1_140_000,
            ceiling_e4=1_320_000,
        ),
        units=box,
        prices=[
            {"side": "S", "unit": "箱", "price_e4": 1_180_000, "valid_from": date(2024, 1, 1)},
            {"side": "S", "unit": "箱", "price_e4": 1_200_000, "valid_from": old},
            {"side": "S", "unit": "箱", "price_e4": 1_250_000, "valid_from": date(2026, 2, 1)},
            {"side": "S", "unit": "箱", "price_e4": 1_160_000, "valid_from": old, "level": "批发"},
            {
                "side": "S",
                "unit": "箱",
                "price_e4": 1_150_000,
                "valid_from": old,
                "partner_id": shop.ids["张姐"],
            },
            {"side": "P", "unit": "箱", "price_e4": 960_000, "valid_from": old},
        ],
    )
    shop.save(
        "P3",
        "product",
        bottles(name="李锦记旧庄蚝油", spec="510g", brand="李锦记", shelf_life="720d"),
        units=box,
    )
    shop.save(
        "P4",
        "product",
        {"name": "鲜面条", "category": "面食", "base_unit": "斤", "countable": False, "shelf_life": "3d"},
    )


def _stock(shop: Shop, name: str, boxes: int, value_fen: int, made: date) -> OpeningLine:
    return OpeningLine(
        "stock", value_fen, shop.ids[name], boxes * 1000, "箱", mfg_date=made, received_on=date(2025, 11, 1)
    )
