"""推送：日报、临期、低库存从账里来，每件事每个人只说一次。"""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.commands import DeliverGoods, EarnMoney, PlaceOrder, ReceiveGoods
from core.db import open_books
from core.outbox import outbox
from core.tasks import task
from notifications.clock import tick
from tests.conftest import fresh_url
from tests.make import NOW, Shop, find_shop

ROOT = Path(__file__).resolve().parents[2]
EVENING = NOW.replace(hour=12, minute=10)  # 20:10 in Shanghai


def letters(shop: Shop, name: str) -> list[tuple[str, str]]:
    """[(recipient's name, text)] of one notice."""
    names = {str(actor.id): name for name, actor in shop.people.items()}
    rows = shop.rows(select(outbox).where(outbox.c.dedupe.like(f"{name}/%")).order_by(outbox.c.id))
    return [(names[row.recipient.rsplit(":", 1)[1]], row.body["notice"]["text"]) for row in rows]


def test_R34_one_message_when_it_falls_below_none_until_it_recovers(shop: Shop) -> None:
    """20箱 on hand, safety 10箱: selling 10箱 is fine, one more tells the buyers once."""
    shop.run(DeliverGoods((shop.line("P1", 10),), shop.parties["王记饭店"]))
    tick(shop.books, shop.now)
    assert letters(shop, "low_stock") == []
    shop.run(DeliverGoods((shop.line("P1", 1),), shop.parties["王记饭店"]))
    tick(shop.books, shop.now)
    told = letters(shop, "low_stock")
    assert [name for name, _ in told] == ["李老板", "小周", "老陈"]
    assert "海天金标生抽 500ml 可用 9箱(108瓶)，低于安全 10箱(120瓶)" in told[1][1]
    assert "建议订" in told[1][1]
    shop.run(DeliverGoods((shop.line("P1", 1),), shop.parties["王记饭店"]))
    tick(shop.books, shop.now)
    assert len(letters(shop, "low_stock")) == 3
    shop.run(ReceiveGoods((shop.line("P1", 20, price="96"),), shop.parties["成都总代"]))
    tick(shop.books, shop.now)
    shop.run(PlaceOrder((shop.line("P1", 20),), shop.parties["王记饭店"]))
    tick(shop.books, shop.now)
    assert len(letters(shop, "low_stock")) == 6


def test_low_stock_speaks_again_after_a_day(lite_shop: Shop) -> None:
    lite_shop.run(DeliverGoods((lite_shop.line("P1", 12),), lite_shop.parties["王记饭店"]))
    tick(lite_shop.books, lite_shop.now)
    lite_shop.now += timedelta(hours=25)
    tick(lite_shop.books, lite_shop.now)
    lite_shop.run(DeliverGoods((lite_shop.line("P1", 1),), lite_shop.parties["王记饭店"]))
    tick(lite_shop.books, lite_shop.now)
    assert len(letters(lite_shop, "low_stock")) == 6


def test_R03_the_digest_in_its_order_once_a_day_masked_by_role(shop: Shop) -> None:
    shop.run(DeliverGoods((shop.line("P1", 11, batch_no="B2"),), shop.parties["王记饭店"], reason="客户指定"))
    shop.run(EarnMoney(5_000, "废品", "现金"))
    tick(shop.books, EVENING.replace(hour=12, minute=6))
    assert letters(shop, "daily_digest") == []
    for _ in range(3):
        tick(shop.books, EVENING)
    told = dict(letters(shop, "daily_digest"))
    assert set(told) == {"李老板", "陈会计"}
    boss = told["李老板"]
    assert boss.index("低于安全库存") < boss.index("临期")
    assert "销售 ¥1,320.00" in boss
    assert "毛利 ¥264.00" in boss
    assert "账本封条" in boss
    assert "费用 ¥0.00，其他收入 ¥50.00" in boss
    assert "账本封条" not in told["陈会计"]


def test_a_digest_missed_while_the_power_was_off_comes_the_same_day(lite_shop: Shop) -> None:
    tick(lite_shop.books, EVENING + timedelta(hours=3))
    assert len(letters(lite_shop, "daily_digest")) == 2


def test_an_order_let_go_is_told_to_whoever_made_it(lite_shop: Shop) -> None:
    lite_shop.run(PlaceOrder((lite_shop.line("P1", 2),), lite_shop.parties["王记饭店"]), by="小刘")
    lite_shop.pass_days(5)
    tick(lite_shop.books, lite_shop.now)
    assert [(name, "SO-20260115-0001" in text) for name, text in letters(lite_shop, "released")] == [
        ("小刘", True)
    ]


WORKER = """
import sys; sys.path.insert(0, {root!r})
from datetime import datetime
from core.db import open_books
from notifications.clock import tick
books = open_books({url!r})
print('ready', flush=True)
sys.stdin.readline()
tick(books, datetime.fromisoformat({now!r}))
"""


def worker(url: str) -> subprocess.Popen[str]:
    code = WORKER.format(root=str(ROOT), url=url, now=EVENING.isoformat())
    made = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert made.stdout is not None
    assert made.stdout.readline() == "ready\n"
    return made


def test_four_processes_tick_at_once_and_each_person_hears_once(
    request: pytest.FixtureRequest, database: str
) -> None:
    url = fresh_url(request, database, "shop")
    workers = [worker(url) for _ in range(4)]
    for one in workers:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    assert [one.wait(60) for one in workers] == [0, 0, 0, 0]
    books = open_books(url)
    shop = find_shop(books)
    assert len(letters(shop, "daily_digest")) == 2
    books.close()


def test_killed_at_any_moment_nothing_is_lost_or_doubled(request: pytest.FixtureRequest) -> None:
    """SIGKILL a little later each time, then let a healthy process finish: each person heard exactly once."""
    for wait in (0.0, 0.01, 0.03, 0.06, 0.1, 0.2):
        url = fresh_url(request, "sqlite", "shop")
        one = worker(url)
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
        time.sleep(wait)
        os.kill(one.pid, signal.SIGKILL)
        one.wait()
        books = open_books(url)
        shop = find_shop(books)
        tick(books, EVENING)
        tick(books, EVENING + timedelta(minutes=5))  # what the dead one had claimed falls due again
        assert len(letters(shop, "daily_digest")) == 2, wait
        assert shop.one(select(func.count()).select_from(task).where(task.c.done_at.is_(None))) == 0
        books.close()
