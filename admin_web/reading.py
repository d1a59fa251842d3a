"""后台自己的数据库引擎：只能读，写不进去；所有的写都走记账之门。"""

from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

from core import db
from core.db import Books, to_json


def reading_engine(books: Books) -> Engine:
    """SQLite: deferred BEGIN and query_only. PostgreSQL: every transaction is read-only."""
    url = books.engine.url
    if not books.sqlite:
        return create_engine(
            url,
            pool_pre_ping=True,
            json_serializer=to_json,
            connect_args={"options": "-c default_transaction_read_only=on"},
        )
    engine = create_engine(
        url,
        module=_driver(),
        json_serializer=to_json,
        pool_size=12,
        max_overflow=20,
        connect_args={"timeout": 15, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _driver() -> ModuleType:
    return db.sqlite  # type: ignore[no-any-return]  # the very driver the books use


def _prepare(raw: Any, _record: object) -> None:
    raw.isolation_level = None
    for pragma in ("busy_timeout=15000", "trusted_schema=OFF", "query_only=ON"):
        raw.execute(f"PRAGMA {pragma}")


def _begin(conn: Connection) -> None:
    conn.exec_driver_sql("BEGIN")
