"""认领：死掉的进程占着的，不挡住后面的。"""

from datetime import timedelta

from core import outbox, tasks
from tests.make import NOW, Shop


def test_what_a_dead_process_holds_does_not_hide_what_is_behind_it(shop: Shop) -> None:
    with shop.books.bookkeeping() as conn:
        for number in range(15):
            tasks.put(conn, shop.company_id, "test", str(number), NOW, {})
            outbox.put(conn, shop.company_id, f"test/{number}/1", "web:main:1", "web", {}, NOW)
    soon, later = NOW + timedelta(seconds=1), NOW + timedelta(minutes=5)
    assert len(tasks.claim(shop.books, soon, 10)) == len(outbox.claim(shop.books, ["web"], soon, 10)) == 10
    rest = {row.key for row in tasks.claim(shop.books, soon, 10) if row.name == "test"}
    assert rest >= {"10", "11", "12", "13", "14"}
    assert len(outbox.claim(shop.books, ["web"], soon, 10)) == 5
    assert len(outbox.claim(shop.books, ["web"], later, 20)) == 15
