"""同一台随机机器在 PostgreSQL 上：锁、约束和小数点都和 SQLite 说同样的话。"""

import os
from itertools import count

import pytest
from sqlalchemy import make_url

from tests.conftest import outside
from tests.make import make_books
from tests.properties.shop_machine import furnish, run
from tests.properties.test_machine_goods import GoodsBooks

NUMBERS = count(1)


class OnPostgres(GoodsBooks):
    """Every example runs in a database of its own, cloned from one furnished shop."""

    address = ""

    def new_place(self) -> str:
        self.database = f"machine_{os.getpid()}_{next(NUMBERS)}"
        outside(self.address, f"CREATE DATABASE {self.database} TEMPLATE {_shop(self.address)}")
        return make_url(self.address).set(database=self.database).render_as_string(hide_password=False)

    def clear_place(self) -> None:
        outside(self.address, f"DROP DATABASE {self.database} WITH (FORCE)")


_SHOPS: dict[str, str] = {}


def _shop(address: str) -> str:
    """The furnished shop to clone; made once per process."""
    if address not in _SHOPS:
        name = f"machine_shop_{os.getpid()}"
        outside(address, f"CREATE DATABASE {name}")
        books = make_books(make_url(address).set(database=name).render_as_string(hide_password=False))
        furnish(books)
        books.close()
        _SHOPS[address] = name
    return _SHOPS[address]


def test_everything_at_random_on_postgresql(postgres: str) -> None:
    OnPostgres.address = postgres
    run(OnPostgres, 5)


@pytest.mark.torture
def test_everything_at_random_on_postgresql_for_long(postgres: str) -> None:
    OnPostgres.address = postgres
    run(OnPostgres, 1000)
