"""二十种人为损坏，每一种都被点名，不冤枉别处；余额能从流水重建，重建留痕。"""

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from core.accounts import availability, batch, stock
from core.audit import audit, seal
from core.commands import (
    DeliverGoods,
    PaySupplier,
    PlaceOrder,
    ReceiveGoods,
    ReopenItems,
    ReverseDocument,
    SettleItems,
    TakePayment,
)
from core.proof import Difference, prove, report
from core.rebuild import rebuild
from tests.make import CASE, Shop


@contextmanager
def behind_the_back(shop: Shop) -> Iterator[Connection]:
    """Raw SQL by somebody with the file in hand: triggers dropped first, CHECKs and foreign keys off where that is possible."""
    engine = shop.books.engine
    with engine.connect() as conn:
        if shop.books.sqlite:
            conn.exec_driver_sql("SELECT 1")
            conn.rollback()
            raw: Any = conn.connection.dbapi_connection
            raw.execute("PRAGMA foreign_keys=OFF")
        with conn.begin():
            for statement in _drop_triggers(conn, shop.books.sqlite):
                conn.exec_driver_sql(statement)
            yield conn
        if shop.books.sqlite:
            raw.execute("PRAGMA foreign_keys=ON")


def _drop_triggers(conn: Connection, sqlite: bool) -> list[str]:
    if sqlite:
        return [
            f"DROP TRIGGER {name}"
            for name in conn.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='trigger'").scalars()
        ]
    rows = conn.exec_driver_sql("SELECT tgname, tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal")
    return [f"DROP TRIGGER {name} ON {table}" for name, table in rows]


def trade(shop: Shop) -> None:
    """A little of everything: receipt, order, part delivery, payments, a reversal."""
    zhang, chengdu = shop.parties["张姐火锅"], shop.parties["成都总代"]
    shop.run(
        ReceiveGoods(
            (shop.line("P1", 20, price="96", mfg_date=date(2025, 12, 1)), shop.line("P2", 5, price="100")),
            chengdu,
        ),
        by="老陈",
    )
    shop.run(PlaceOrder((shop.line("P1", 12), shop.line("P3", 2)), zhang), by="小刘")
    shop.run(DeliverGoods((shop.line("P1", 9),), zhang), by="老陈")
    shop.run(TakePayment(zhang, 50_000, "微信"), by="陈会计")
    shop.run(PaySupplier(chengdu, 30_000, "微信"), by="陈会计")
    undone = shop.run(DeliverGoods((shop.line("P2", 1, price="130"),), zhang), by="老陈")
    shop.run(ReverseDocument(undone["number"]))
    seal(shop.books)


def differences(shop: Shop) -> list[Difference]:
    with shop.books.read() as conn:
        return prove(conn, shop.company_id)


def test_a_days_trade_proves_clean(shop: Shop) -> None:
    trade(shop)
    assert differences(shop) == []
    assert report([]) == "账实相符：0 差异。"


@dataclass(frozen=True)
class Corruption:
    """What is done to the database, and what the proof says of it."""

    name: str
    sql: str
    what: str
    row: str
    book: str = ""
    proved: str = ""
    also: tuple[str, ...] = ()  # what else no longer agrees because of it, and nothing more


CORRUPTIONS = (
    Corruption(
        "stock row",
        "UPDATE stock SET qty_milli = qty_milli + 5000 WHERE batch_id = (SELECT id FROM batch WHERE batch_no = 'B2') AND qty_milli > 0",
        "库存",
        "海天金标生抽 500ml 批次B2 可售/主仓",
        "137瓶",
        "132瓶",
    ),
    Corruption(
        "batch value",
        "UPDATE batch SET value_fen = value_fen - 100 WHERE batch_no = 'B2'",
        "批次金额",
        "海天金标生抽 500ml 批次B2",
        "¥1,055.00",
        "¥1,056.00",
    ),
    Corruption(
        "reserved",
        "UPDATE availability SET reserved_milli = reserved_milli - 12000 WHERE reserved_milli = 36000",
        "锁定",
        "海天金标生抽 500ml 主仓",
        "24瓶",
        "36瓶",
    ),
    Corruption(
        "fund",
        "UPDATE fund SET balance_fen = balance_fen + 1 WHERE balance_fen > 0",
        "资金",
        "微信",
        "¥200.01",
        "¥200.00",
    ),
    Corruption(
        "open item",
        "UPDATE open_item SET open_fen = open_fen - 1 WHERE side = 'R' AND sign = 1 AND open_fen > 0",
        "未清往来",
        "DN-20260115-0001 张姐火锅 应收",
        "¥579.99",
        "¥580.00",
        also=("往来余额",),
    ),
    Corruption(
        "header total",
        "UPDATE document SET total_fen = total_fen + 1000 WHERE number = 'GR-20260115-0001'",
        "单据合计",
        "GR-20260115-0001",
        "¥2,430.00",
        "¥2,420.00",
    ),
    Corruption(
        "deleted entry",
        "DELETE FROM entry WHERE id = (SELECT MIN(e.id) FROM entry e JOIN document d ON d.id = e.document_id WHERE d.number = 'GR-20260115-0001' AND e.measure = 1)",
        "流水",
        "GR-20260115-0001 第1行 供应商→可售",
        "0瓶",
        "240瓶",
        also=("库存", "批次数量", "可售"),
    ),
    Corruption(
        "edited audit row",
        "UPDATE audit SET command = '出库' WHERE command = '入库'",
        "留痕",
        "出库",
        "内容改过",
    ),
    Corruption(
        "line quantity",
        "UPDATE document_line SET qty_milli = qty_milli + 12000 WHERE line_no = 1 AND document_id = (SELECT id FROM document WHERE number = 'GR-20260115-0001')",
        "流水",
        "GR-20260115-0001 第1行 供应商→可售",
        "240瓶",
        "252瓶",
    ),
    Corruption(
        "line cost",
        "UPDATE document_line SET cost_fen = cost_fen - 100 WHERE line_no = 1 AND document_id = (SELECT id FROM document WHERE number = 'DN-20260115-0001')",
        "流水",
        "DN-20260115-0001 第1行 存货→销售成本",
        "¥768.00",
        "¥767.00",
    ),
    Corruption(
        "deleted line",
        "DELETE FROM document_line WHERE line_no = 2 AND document_id = (SELECT id FROM document WHERE number = 'GR-20260115-0001')",
        "流水",
        "GR-20260115-0001 第2行 应付→存货",
        "¥500.00",
        "¥0.00",
        also=("单据合计", "老价格"),
    ),
    Corruption(
        "batch quantity",
        "UPDATE batch SET qty_milli = qty_milli - 12000 WHERE batch_no = 'B2'",
        "批次数量",
        "海天金标生抽 500ml 批次B2",
        "120瓶",
        "132瓶",
    ),
    Corruption(
        "expired goods for sale",
        "UPDATE batch SET expiry_date = '2026-01-01' WHERE batch_no = 'B3'",
        "过期",
        "李锦记旧庄蚝油 批次B3",
        "还在可售",
        "已过期，该在过期",
    ),
    Corruption(
        "order balance",
        "UPDATE order_open SET open_milli = 0 WHERE order_line = 1",
        "订单未完成",
        "SO-20260115-0001 第1行",
        "0瓶",
        "36瓶",
    ),
    Corruption(
        "open item amount",
        "UPDATE open_item SET amount_fen = amount_fen + 1, open_fen = open_fen + 1 WHERE side = 'P' AND sign = 1",
        "往来笔数",
        "GR-20260115-0001 成都总代 应付",
        "¥2,420.01",
        "¥2,420.00",
        also=("往来余额",),
    ),
    Corruption(
        "open item of another",
        "UPDATE open_item SET partner_id = (SELECT id FROM partner WHERE name = '王记饭店') WHERE side = 'R' AND sign = 1 AND document_id = (SELECT id FROM document WHERE number = 'DN-20260115-0001')",
        "往来余额",
        "王记饭店 应收",
        "¥580.00",
        "¥0.00",
        also=("往来笔数", "核销"),
    ),
    Corruption(
        "settlement amount",
        "UPDATE settlement SET amount_fen = amount_fen - 100 WHERE document_id = (SELECT id FROM document WHERE number = 'SK-20260115-0001')",
        "未清往来",
        "SK-20260115-0001 张姐火锅 应收",
        "¥0.00",
        "¥1.00",
    ),
    Corruption(
        "settlement pair",
        "UPDATE settlement SET credit_id = debit_id WHERE document_id = (SELECT id FROM document WHERE number = 'FK-20260115-0001')",
        "核销",
        "FK-20260115-0001",
        "借贷方向、往来单位或应收应付不配对",
        "一借一贷、同一单位同一边",
        also=("未清往来",),
    ),
    Corruption(
        "money into another fund",
        "UPDATE entry SET target_id = (SELECT id FROM account WHERE name = '银行') WHERE document_id = (SELECT id FROM document WHERE number = 'SK-20260115-0001')",
        "资金",
        "银行",
        "¥0.00",
        "¥500.00",
    ),
    Corruption(
        "number skipped",
        "UPDATE counter SET last = last + 1 WHERE prefix = 'DN'",
        "单号",
        "DN-20260115 缺 DN-20260115-0004",
        "3 张",
        "4 张",
    ),
)


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda one: one.name)
def test_a_planted_corruption_is_named(shop: Shop, corruption: Corruption) -> None:
    trade(shop)
    with behind_the_back(shop) as conn:
        assert conn.execute(text(corruption.sql)).rowcount == 1
    found = differences(shop)
    named = [one for one in found if one.what == corruption.what and corruption.row in one.row]
    assert named, report(found)
    if corruption.proved:
        assert (named[0].book, named[0].proved) == (corruption.book, corruption.proved)
    assert corruption.row in report(found)
    assert {one.what for one in found} == {corruption.what, *corruption.also}


def test_the_twenty_are_told_in_the_docs() -> None:
    told = (Path(__file__).parents[2] / "docs" / "账是怎么自证的.md").read_text(encoding="utf-8")
    rows = [line for line in told.splitlines() if re.match(r"\| \d+ \|", line)]
    assert len(CORRUPTIONS) == len(rows) == 20
    for corruption, row in zip(CORRUPTIONS, rows, strict=True):
        assert f"| {corruption.what} |" in row, row


def test_by_hand_and_estimated_are_proved_too(shop: Shop) -> None:
    """核销单 against its settlements, 反核销 against what it undid, 暂估 against the lines."""
    trade(shop)
    shop.run(ReopenItems("SK-20260115-0001", "DN-20260115-0001"))
    shop.run(SettleItems("SK-20260115-0001", ("DN-20260115-0001",), 40_000))
    assert differences(shop) == []
    with behind_the_back(shop) as conn:
        conn.execute(
            text("UPDATE document_line SET amount_fen = 41000 WHERE amount_fen = 40000 AND role = 'line'")
        )
        conn.execute(
            text("UPDATE settlement SET debit_id = credit_id, credit_id = debit_id WHERE amount_fen < 0")
        )
        conn.execute(text("UPDATE open_item SET provisional = TRUE WHERE side = 'P' AND sign = 1"))
    found = {(one.what, one.row, one.book, one.proved) for one in differences(shop)}
    assert found >= {
        ("核销单", "HX-20260115-0002", "¥410.00", "¥400.00"),
        ("反核销", "HX-20260115-0001", "与原来的核销对不上", "同一对，金额相反"),
        ("暂估", "GR-20260115-0001", "是", "不是"),
    }


def test_an_audit_row_edited_with_its_digest_breaks_the_chain(shop: Shop) -> None:
    trade(shop)
    with behind_the_back(shop) as conn:
        conn.execute(text("UPDATE audit SET digest = 'forged' WHERE id = 3"))
    assert {(one.what, one.book) for one in differences(shop)} == {("留痕", "内容改过"), ("封条", "与链不符")}
    with behind_the_back(shop) as conn:
        conn.execute(text("DELETE FROM audit_seal WHERE seq = 5"))
    assert ("封条", "第 5 号") in {(one.what, one.row) for one in differences(shop)}


def test_a_document_that_vanished_is_missed_by_its_number(shop: Shop) -> None:
    trade(shop)
    with behind_the_back(shop) as conn:
        if not shop.books.sqlite:
            conn.exec_driver_sql("SET session_replication_role = replica")
        conn.execute(text("DELETE FROM document WHERE number = 'SO-20260115-0001'"))
    assert any(one.what == "单号" and "SO-20260115-0001" in one.row for one in differences(shop))


REBUILT: tuple[tuple[str, Callable[[Shop], Any]], ...] = (
    (
        "UPDATE stock SET qty_milli = qty_milli + 5000 WHERE qty_milli > 0",
        lambda shop: select(stock.c.qty_milli).order_by(stock.c.batch_id),
    ),
    (
        "DELETE FROM stock",
        lambda shop: (
            select(stock.c.batch_id, stock.c.qty_milli)
            .where(stock.c.qty_milli > 0)
            .order_by(stock.c.batch_id)
        ),
    ),
    (
        "UPDATE batch SET qty_milli = qty_milli + 1000, value_fen = value_fen + 7",
        lambda shop: select(batch.c.qty_milli, batch.c.value_fen).order_by(batch.c.id),
    ),
    (
        "UPDATE availability SET sellable_milli = sellable_milli + 1000, reserved_milli = 0",
        lambda shop: select(availability.c.sellable_milli, availability.c.reserved_milli).order_by(
            availability.c.product_id
        ),
    ),
    (
        "DELETE FROM availability",
        lambda shop: select(availability.c.sellable_milli).order_by(availability.c.product_id),
    ),
    (
        "UPDATE fund SET balance_fen = balance_fen + 5",
        lambda shop: text("SELECT balance_fen FROM fund ORDER BY account_id"),
    ),
    (
        "UPDATE open_item SET open_fen = amount_fen",
        lambda shop: text("SELECT open_fen FROM open_item ORDER BY id"),
    ),
    (
        "DELETE FROM order_open",
        lambda shop: text(
            "SELECT order_id, order_line, open_milli, kind, partner_id FROM order_open ORDER BY 1, 2"
        ),
    ),
)


@pytest.mark.parametrize(("sql", "figures"), REBUILT, ids=[sql for sql, _ in REBUILT])
def test_balances_are_rebuilt_from_the_entries(shop: Shop, sql: str, figures: Callable[[Shop], Any]) -> None:
    trade(shop)
    before = shop.rows(figures(shop))
    with behind_the_back(shop) as conn:
        conn.execute(text(sql))
    assert differences(shop)
    result = rebuild(shop.books, shop.company_id, shop.now)
    assert shop.rows(figures(shop)) == before
    assert differences(shop) == []
    kept = shop.one(select(audit.c.facts).order_by(audit.c.id.desc()).limit(1))
    assert kept["result"]["differences"] == result["differences"] != []


def test_history_cannot_be_rebuilt_only_named(shop: Shop) -> None:
    trade(shop)
    with behind_the_back(shop) as conn:
        conn.execute(text("UPDATE document SET total_fen = total_fen + 1 WHERE number = 'GR-20260115-0001'"))
    assert rebuild(shop.books, shop.company_id, shop.now)["rebuilt"] == 0
    assert [one.what for one in differences(shop)] == ["单据合计"]


def test_another_companys_books_are_not_mixed_in(shop: Shop) -> None:
    from tests.make import make_shop

    trade(shop)
    other = make_shop(shop.books, "另一家")
    other.keys = itertools.count(1000)
    trade(other)
    assert differences(shop) == differences(other) == []
    with behind_the_back(shop) as conn:
        conn.execute(
            text("UPDATE batch SET value_fen = value_fen + 1 WHERE product_id = :p"), {"p": other.goods["P3"]}
        )
    assert differences(shop) == []
    assert len(differences(other)) == 1


def test_days_go_by_and_the_books_still_prove(shop: Shop) -> None:
    trade(shop)
    shop.now += timedelta(days=60)  # B1 expires on the way, the order is forgotten
    shop.run(TakePayment(shop.parties["王记饭店"], 100, "现金"))
    assert differences(shop) == []
    assert (
        shop.one(select(availability.c.reserved_milli).where(availability.c.product_id == shop.goods["P1"]))
        == 0
    )
    assert (
        shop.one(select(availability.c.sellable_milli).where(availability.c.product_id == shop.goods["P1"]))
        == (11 + 20) * CASE
    )
