"""测试用的账本和小店：几个普通函数；小店就是 features.md §0.1 的那一家。"""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from core import schema
from core.catalog import product
from core.commands import OpeningLine, RecordOpening, SaidLine, SaveRecord
from core.company import company
from core.db import Books, open_books
from core.execute import Order, execute
from core.founding import found_company
from core.partners import partner
from core.staff import Actor, actor_by_name
from core.warehouses import warehouse

TODAY = date(2026, 1, 15)  # a Thursday
NOW = datetime(2026, 1, 15, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
CASE = 12_000  # 一箱 = 12 瓶


def make_books(url: str) -> Books:
    """Open the database and bring it to head."""
    books = open_books(url)
    schema.upgrade(books)
    return books


def milli(number: str | int) -> int:
    """'2.5' → 2500, as a said quantity or a base quantity is kept."""
    return int(Decimal(str(number)) * 1000)


def e4(number: str | int) -> int:
    """'96' → 960000, as a price is kept."""
    return int(Decimal(str(number)) * 10_000)


def fen(number: str | int) -> int:
    return int(Decimal(str(number)) * 100)


@dataclass
class Shop:
    """The shop of features.md §0.1: ids by name, people, and run() for what they do."""

    books: Books
    company_id: int
    people: dict[str, Actor]
    goods: dict[str, int]  # P1 … P4 → id
    parties: dict[str, int]
    places: dict[str, int]
    now: datetime = NOW
    keys: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def boss(self) -> Actor:
        return self.people["李老板"]

    def run(self, command: Any, by: str = "李老板", key: str | None = None, **order: Any) -> dict[str, Any]:
        return execute(
            self.books, self.people[by], Order(command, key or f"test/{next(self.keys)}", **order), self.now
        )

    def pass_days(self, days: int) -> None:
        self.now += timedelta(days=days)

    def one(self, statement: Any) -> Any:
        with self.books.read() as conn:
            return conn.execute(statement).scalar()

    def rows(self, statement: Any) -> list[Any]:
        with self.books.read() as conn:
            return list(conn.execute(statement))

    def line(self, code: str, number: str | int, unit: str = "箱", **more: Any) -> SaidLine:
        """line('P1', 20, price='96') = 生抽 20箱 单价96."""
        if "price" in more:
            more["price_e4"] = e4(more.pop("price"))
        if "amount" in more:
            more["amount_fen"] = fen(more.pop("amount"))
        return SaidLine(self.goods[code], milli(number), unit, **more)


def make_shop(books: Books, name: str = "川味调料行") -> Shop:
    """Found the company, enter goods, parties, people and the opening stock through the commands."""
    founding = found_company(books, name, "李老板", NOW - timedelta(hours=1))
    with books.read() as conn:
        boss = actor_by_name(conn, founding.company_id, "李老板")
    keys = itertools.count(1)

    def save(table: str, values: dict[str, Any], **children: Any) -> None:
        execute(books, boss, Order(SaveRecord(table, values, children=children), f"make/{next(keys)}"), NOW)

    for one in STAFF:
        save("staff", one)
    for one in PARTIES:
        save("partner", one)
    save("warehouse", {"code": "CK02", "name": "一分店"})
    for values, children in PRODUCTS:
        save("product", values, **children)
    shop = find_shop(books, founding.company_id)
    execute(books, boss, Order(RecordOpening(opening_stock(shop)), f"make/{next(keys)}"), NOW)
    return shop


def find_shop(books: Books, company_id: int | None = None) -> Shop:
    """The shop that make_shop() made in these books."""
    with books.read() as conn:
        found = company_id or int(
            conn.execute(select(company.c.id).order_by(company.c.id)).scalars().first() or 0
        )
        people = {
            name: actor_by_name(conn, found, name)
            for name in ("李老板", "小周", "老陈", "小刘", "陈会计", "掌柜")
        }

        def ids(table: Any, column: str) -> dict[str, int]:
            return {
                getattr(r, column): r.id
                for r in conn.execute(select(table).where(table.c.company_id == found))
            }

        return Shop(books, found, people, ids(product, "code"), ids(partner, "name"), ids(warehouse, "name"))


STAFF: list[dict[str, Any]] = [
    {"name": "小周", "roles": ["采购"]},
    {"name": "老陈", "roles": ["仓管", "采购"]},
    {"name": "小刘", "roles": ["销售"]},
    {"name": "陈会计", "roles": ["财务"]},
]
PARTIES: list[dict[str, Any]] = [
    {
        "code": "C1",
        "name": "张姐火锅",
        "is_customer": True,
        "terms": "30天",
        "credit_limit_fen": 2_000_000,
        "level": "批发",
    },
    {"code": "C2", "name": "王记饭店", "is_customer": True, "terms": "现结", "level": "零售"},
    {"code": "S1", "name": "成都总代", "is_supplier": True, "terms": "30天"},
    {"code": "S2", "name": "川南粮油", "is_supplier": True, "terms": "30天"},
]


def _goods(
    code: str, name: str, spec: str, category: str, price: str, words: tuple[str, ...], **more: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """One product sold by the case of 12, with its list price and its aliases."""
    values = {
        "code": code,
        "name": name,
        "spec": spec,
        "category": category,
        "base_unit": "瓶",
        "price_unit": "箱",
    } | more
    unit = values["price_unit"]
    return values, {
        "units": [{"unit": "箱", "factor_milli": CASE}] if unit == "箱" else [],
        "prices": [{"side": "S", "unit": unit, "price_e4": e4(price), "valid_from": date(2025, 1, 1)}],
        "aliases": [{"word": word} for word in words],
    }


PRODUCTS = [
    _goods(
        "P1",
        "海天金标生抽",
        "500ml",
        "酱油",
        "120",
        ("生抽", "金标", "酱油"),
        brand="海天",
        shelf_life="540d",
        floor_e4=e4(114),
        ceiling_e4=e4(132),
        safety_milli=10 * CASE,
    ),
    _goods("P2", "海天老抽", "500ml", "酱油", "126", ("老抽", "酱油"), brand="海天", shelf_life="540d"),
    _goods("P3", "李锦记旧庄蚝油", "510g", "蚝油", "168", ("蚝油",), brand="李锦记", shelf_life="720d"),
    _goods(
        "P4",
        "鲜面条",
        "",
        "面制品",
        "6",
        ("面条",),
        base_unit="kg",
        price_unit="kg",
        countable=False,
        shelf_life="3d",
    ),
]


def opening_stock(shop: Shop) -> tuple[OpeningLine, ...]:
    """P1: B1 8箱 (expires 2026-03-14) and B2 12箱, both at ¥96/箱 · P3: one batch of 5箱 at ¥130/箱."""

    def stock(code: str, cases: int, cost: str, batch_no: str, made: date) -> OpeningLine:
        return OpeningLine(
            "stock",
            fen(cost) * cases,
            shop.goods[code],
            milli(cases),
            "箱",
            shop.places["主仓"],
            batch_no,
            made,
            supplier_id=shop.parties["成都总代"],
        )

    return (
        stock("P1", 8, "96", "B1", date(2024, 9, 20)),
        stock("P1", 12, "96", "B2", date(2025, 8, 1)),
        stock("P3", 5, "130", "B3", date(2025, 10, 1)),
    )
