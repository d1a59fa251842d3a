"""一段跨过午夜、月底、二月二十九、夏令时那几天的日子，打印成 JSON：机器设在哪个时区，都该一字不差。

test_around_the_clock.py 在三个时区各跑一遍。用法：python -m tests.core.around_the_clock 库的地址
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from core.accounts import open_item
from core.commands import DeliverGoods, PaySupplier, ReceiveGoods, TakePayment
from core.documents import document
from core.outbox import outbox
from core.proof import prove
from notifications.clock import tick
from tests.make import make_books, make_shop

# instants in UTC; Shanghai is eight hours ahead and the shop's day begins at midnight there
MOMENTS = (
    ("a second before midnight", datetime(2026, 1, 31, 15, 59, 59, tzinfo=UTC)),
    ("midnight, a new month", datetime(2026, 1, 31, 16, 0, 0, tzinfo=UTC)),
    ("the clock put back an hour", datetime(2026, 1, 31, 15, 30, 0, tzinfo=UTC)),
    ("spring forward in New York", datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),
    ("the digest's hour", datetime(2026, 3, 8, 12, 10, tzinfo=UTC)),
    ("the hour again", datetime(2026, 3, 8, 12, 10, tzinfo=UTC) - timedelta(minutes=30)),
    ("and once more", datetime(2026, 3, 8, 13, 10, tzinfo=UTC)),
    ("fall back in New York", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
    ("the same hour there", datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),
    ("28 February", datetime(2028, 2, 28, 3, 0, tzinfo=UTC)),
    ("29 February", datetime(2028, 2, 29, 3, 0, tzinfo=UTC)),
    ("its last second", datetime(2028, 2, 29, 15, 59, 59, tzinfo=UTC)),
    ("1 March", datetime(2028, 2, 29, 16, 0, 1, tzinfo=UTC)),
)


def story(url: str) -> dict[str, Any]:
    """{documents: [(what happened, number, business date, due)], digests: [(key, person)], differences}."""
    shop = make_shop(make_books(url))
    zhang, chengdu = shop.parties["张姐火锅"], shop.parties["成都总代"]
    told = []
    for what, now in MOMENTS:
        shop.now = now
        made = [
            shop.run(ReceiveGoods((shop.line("P1", 2, price="96"),), chengdu)),
            shop.run(DeliverGoods((shop.line("P1", 1, batch_no="B2"),), zhang, reason="客户指定"))
            if what == "midnight, a new month"
            else shop.run(DeliverGoods((shop.line("P1", 1),), zhang)),
            shop.run(TakePayment(zhang, 20_000, "微信")),
            shop.run(PaySupplier(chengdu, 10_000, "微信")),
        ]
        tick(shop.books, now)
        told += [(what, one["number"]) for one in made]
    dates = {
        row.number: (str(row.business_date), str(row.due_date))
        for row in shop.rows(
            select(document.c.number, document.c.business_date, open_item.c.due_date).outerjoin(
                open_item, open_item.c.document_id == document.c.id
            )
        )
    }
    with shop.books.read() as conn:
        wrong = [str(one) for one in prove(conn, shop.company_id)]
    digests = sorted(
        (row.dedupe, row.recipient)
        for row in shop.rows(select(outbox.c.dedupe, outbox.c.recipient))
        if row.dedupe.startswith("daily_digest/")
    )
    shop.books.close()
    return {
        "documents": [[what, number, *dates[number]] for what, number in told],
        "digests": digests,
        "differences": wrong,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(story(sys.argv[1]), ensure_ascii=False))
