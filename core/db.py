"""数据库：SQLite 与 PostgreSQL 两种引擎、列的类型、两扇写的门。"""

import json
import sqlite3 as standard_sqlite
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from types import ModuleType
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Engine,
    Integer,
    String,
    Table,
    create_engine,
    event,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.url import make_url
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeDecorator

try:
    from pysqlite3 import dbapi2 as sqlite
except ImportError:  # Linux arm64 has no wheel (books.md decision 85)
    sqlite = standard_sqlite

__all__ = [
    "Base",
    "Books",
    "Id",
    "Instant",
    "journal_mode",
    "open_books",
    "reading_engine",
    "sqlite",
    "sqlite_version",
    "to_json",
    "upsert",
]

SAFE_WAL = (3, 51, 3)  # older libraries can corrupt a WAL database with two connections (reliability.md §4.9)
RETRIES = 8


def journal_mode(version: tuple[int, ...]) -> str:
    return "WAL" if version >= SAFE_WAL else "TRUNCATE"


def sqlite_version() -> tuple[int, ...]:
    return tuple(int(part) for part in sqlite.sqlite_version.split("."))


class Instant(TypeDecorator[datetime]):
    """A UTC instant; SQLite keeps sortable text. Naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(String() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None or isinstance(value, datetime):
            return None if value is None else value.astimezone(UTC)
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


Id = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """Tables are declared once, in the room that owns them; core speaks Core statements on `.__table__`."""

    __table__: ClassVar[Table]

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: Id,
        datetime: Instant(),
        dict[str, Any]: JSON(none_as_null=True),
        list[str]: JSON(none_as_null=True),
        dict[str, Any] | None: JSON(none_as_null=True),
    }


# What bookkeeping() may touch: messages, questions, deliveries, work lists. Nothing the business would miss.
PLUMBING = frozenset(
    {
        "inbox",
        "conversation",
        "proposal",
        "outbox",
        "task",
        "lease",
        "audit_seal",
        "session",
        "login_link",
        "login_try",
    }
)


def to_json(value: Any) -> str:
    """Canonical JSON: digests and SQLite text agree on it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def upsert(conn: Connection, table: Any) -> Any:
    """`insert` that knows ON CONFLICT on this database; kept, because naming its `excluded` columns costs more than running it."""
    return insert_of(conn.dialect.name, table)


@cache
def insert_of(dialect: str, table: Any) -> Any:
    return (sqlite_dialect if dialect == "sqlite" else postgresql).insert(table)


@cache
def once(dialect: str, table: Any) -> Any:
    """`insert` of a row that may be there already, which then stays as it is; returns the id of a new one."""
    return insert_of(dialect, table).on_conflict_do_nothing().returning(table.c.id)


@dataclass(frozen=True)
class Books:
    """One database: `engine` writes, `read()` never does; `writer` is the queue every posting goes through."""

    engine: Engine

    @property
    def sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @cached_property
    def writer(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(1 if self.sqlite else RETRIES, thread_name_prefix="books")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A short read-only transaction."""
        with (
            self.engine.connect().execution_options(read_only=True, postgresql_readonly=True) as conn,
            conn.begin(),
        ):
            yield conn

    @contextmanager
    def bookkeeping(self) -> Iterator[Connection]:
        """The write door for PLUMBING tables."""
        with self.engine.connect().execution_options(bookkeeping=True) as conn, conn.begin():
            yield conn

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """The write door for the books: core/execute.py, and core/founding.py for a company that is not there yet."""
        with self.engine.connect() as conn, conn.begin():
            yield conn

    def close(self) -> None:
        if "writer" in self.__dict__:
            self.writer.shutdown(wait=True)
        self.engine.dispose()


def open_books(url: str) -> Books:
    """`sqlite:///path` or `postgresql+psycopg://…`."""
    return Books(
        _sqlite_engine(url) if make_url(url).get_backend_name() == "sqlite" else _postgres_engine(url)
    )


def reading_engine(books: Books) -> Engine:
    """An engine of its own that the database itself lets nothing write through."""
    url = books.engine.url.render_as_string(hide_password=False)
    if not books.sqlite:
        return _postgres_engine(url, options="-c default_transaction_read_only=on")
    engine = _sqlite_engine(url, queue=False)
    event.listen(engine, "connect", lambda raw, _record: raw.execute("PRAGMA query_only=ON"))
    return engine


def _postgres_engine(url: str, **connect: Any) -> Engine:
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_size=12,
        max_overflow=20,
        json_serializer=to_json,
        connect_args={"prepare_threshold": 2} | connect,
    )
    event.listen(engine, "before_execute", _guard_doors)
    return engine


def _sqlite_engine(url: str, queue: bool = True) -> Engine:
    module: ModuleType = sqlite
    engine = create_engine(
        url,
        module=module,
        json_serializer=to_json,
        pool_size=12,
        max_overflow=20,
        connect_args={"timeout": 15, "check_same_thread": False},
        execution_options={"queue": queue},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "before_execute", _guard_doors)
    return engine


def _prepare_sqlite(raw: Any, _record: object) -> None:
    raw.isolation_level = None  # the driver must not guess BEGIN and COMMIT
    for pragma in (
        f"journal_mode={journal_mode(sqlite_version())}",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=15000",
        "trusted_schema=OFF",
        "cache_size=-16384",  # KiB a connection; with the usual 2 MiB one look at 4,000 products reads them all anew
    ):
        raw.execute(f"PRAGMA {pragma}")


def _begin_sqlite(conn: Connection) -> None:
    # BEGIN DEFERRED fails at once when its snapshot is stale; a writer must queue from the start.
    doors = conn.get_execution_options()
    conn.exec_driver_sql("BEGIN IMMEDIATE" if doors["queue"] and not doors.get("read_only") else "BEGIN")


def _guard_doors(
    conn: Connection, statement: Any, _many: object, _params: object, options: dict[str, Any]
) -> None:
    if not isinstance(statement, UpdateBase):
        return
    doors = conn.get_execution_options()
    if doors.get("read_only"):
        raise AssertionError("a read-only connection may not write")
    table = getattr(statement, "table", None)
    if doors.get("bookkeeping") and table is not None and table.name not in PLUMBING:
        raise AssertionError(f"bookkeeping may not write {table.name}")
