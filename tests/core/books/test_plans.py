"""账越记越厚，问起来不能越来越慢：每条查询从现在有的东西出发，不从历史出发。"""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, event

from core.books.day_book import stock_value
from core.books.expiring import expiring
from core.books.low_stock import low_stock
from core.books.owed import owed
from core.books.slow import slow
from core.books.sold import sold
from core.books.stock import stock_of
from tests.core.books.conftest import TODAY

# tables that only grow; a step through one of them must be narrowed by an index of what is open, here or recent
HISTORY = ("batch", "stock", "document", "document_line", "entry", "open_item", "settlement")
BY_HISTORY = ("sqlite_autoindex_batch_1",)  # every batch a product ever had


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        (lambda conn, of, _product: expiring(conn, of, TODAY), "batch_expiring"),
        (lambda conn, of, _product: slow(conn, of, TODAY), "stock_product"),
        (lambda conn, of, _product: stock_value(conn, of), "stock_product"),
        (lambda conn, of, product: stock_of(conn, of, [product]), "stock_product"),
        (lambda conn, of, product: sold(conn, of, TODAY, [product]), "line_product"),
        (lambda conn, of, _product: sold(conn, of, TODAY), "document_day"),
        (lambda conn, of, product: low_stock(conn, of, TODAY, [product]), "PRIMARY KEY"),
        (lambda conn, of, _product: owed(conn, of, "R", TODAY), "open_item_open"),
    ],
)
def test_no_question_walks_the_history(
    shop: Any, ask: Callable[[Connection, int, int], Any], expected: str
) -> None:
    shop.do(_sale(shop))
    asked: list[tuple[str, Any]] = []

    def remember(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        asked.append((statement, parameters))

    event.listen(shop.books.engine, "before_cursor_execute", remember)
    with shop.books.read() as conn:
        ask(conn, shop.company_id, shop.ids["P1"])
    event.remove(shop.books.engine, "before_cursor_execute", remember)
    with shop.books.read() as conn:
        steps = [
            row[-1]
            for statement, parameters in asked
            if statement.startswith("SELECT")
            for row in conn.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, parameters)
        ]
    assert any(expected in step for step in steps), steps
    for step in steps:
        assert not any(step == f"SCAN {table}" for table in HISTORY), steps
        assert not any(index in step for index in BY_HISTORY), steps


def _sale(shop: Any) -> Any:
    from core.commands import DeliverGoods

    return DeliverGoods((shop.line("P1", 1),), shop.ids["王记"])
