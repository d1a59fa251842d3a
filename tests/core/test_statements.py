"""一张入库单、一张出库单，整个记账不超过 30 条 SQL；1 行和 200 行一样多。"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event

from core.commands import DeliverGoods, PlaceOrder, ReceiveGoods, SaidLine, SaveRecord, TakePayment
from core.conversations import conversation, inbox
from core.execute import ReplyTo
from tests.make import Shop, e4, milli

MOST = 30


@contextmanager
def counted(shop: Shop) -> Iterator[list[str]]:
    """The statements sent meanwhile; BEGIN is not one."""
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(shop.books.engine, "before_cursor_execute", note)
    yield seen
    event.remove(shop.books.engine, "before_cursor_execute", note)


@pytest.fixture
def many(shop: Shop) -> list[SaidLine]:
    """200 products that differ, one line each."""
    for number in range(200):
        made = shop.run(
            SaveRecord(
                "product",
                {"name": f"调料{number}", "category": "调料", "base_unit": "袋", "shelf_life": "365d"},
                children={
                    "prices": [{"side": "S", "unit": "袋", "price_e4": e4(5), "valid_from": date(2025, 1, 1)}]
                },
            )
        )
        shop.goods[f"M{number}"] = made["id"]
    return [
        SaidLine(shop.goods[f"M{number}"], milli(10), "袋", e4(3), mfg_date=date(2025, 12, 1))
        for number in range(200)
    ]


def reply(shop: Shop, number: int) -> ReplyTo:
    """As from a chat, so that the outbox row is counted too."""
    with shop.books.bookkeeping() as conn:
        talk = conn.execute(
            conversation.insert().returning(conversation.c.id),
            {
                "channel": "console",
                "account": "t",
                "chat_id": str(number),
                "sender_id": "s",
                "is_group": False,
                "state": {},
                "reply_address": {},
                "seen_at": shop.now,
            },
        ).scalar_one()
        row = conn.execute(
            inbox.insert().returning(inbox.c.id),
            {
                "channel": "console",
                "account": "t",
                "message_id": str(number),
                "conversation_id": talk,
                "text": "",
                "raw": {},
                "digest": "",
                "received_at": shop.now,
                "state": "new",
            },
        ).scalar_one()
    return ReplyTo(row, talk, "console", "s")


def test_a_receipt_takes_at_most_thirty_statements(shop: Shop) -> None:
    """The dearest one: last price looked up, an advance to settle with, a reply to send."""
    chengdu = shop.parties["成都总代"]
    shop.run(ReceiveGoods((shop.line("P1", 1, price="96", mfg_date=date(2025, 12, 1)),), chengdu))
    with counted(shop) as seen:
        shop.run(ReceiveGoods((shop.line("P1", 20),), chengdu), reply=reply(shop, 1))
    assert len(seen) - 2 <= MOST, seen  # 2 of them put the message into the inbox


def test_a_delivery_takes_at_most_thirty_statements(shop: Shop) -> None:
    """The dearest one: on an order and beyond it, credit checked, settled with an advance, a reply to send."""
    zhang = shop.parties["张姐火锅"]
    shop.run(TakePayment(zhang, 10_000, "微信"))
    shop.run(PlaceOrder((shop.line("P1", 3),), zhang), by="小刘")
    with counted(shop) as seen:
        shop.run(
            DeliverGoods((shop.line("P1", 9), shop.line("P3", 1)), zhang), by="老陈", reply=reply(shop, 2)
        )
    assert len(seen) - 2 <= MOST, seen
    assert len([one for one in seen if one.startswith("INSERT INTO settlement")]) == 1


def test_two_hundred_lines_take_no_more_than_one(shop: Shop, many: list[SaidLine]) -> None:
    chengdu, zhang = shop.parties["成都总代"], shop.parties["张姐火锅"]
    counts = []
    for lines in (tuple(many[:1]), tuple(many)):
        with counted(shop) as seen:
            shop.run(ReceiveGoods(lines, chengdu))
        received = len(seen)
        sold = tuple(SaidLine(line.product_id, milli(1), "袋") for line in lines)
        with counted(shop) as seen:
            shop.run(DeliverGoods(sold, zhang))
        counts.append((received, len(seen)))
    assert counts[0] == counts[1]
    assert max(counts[1]) <= MOST
