"""演示店：九十天的账记得出来、对得上、样样有得看。"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from core import schema
from core.accounts import funds
from core.books.day_book import day_book
from core.books.expiring import STAGES, expiring
from core.books.low_stock import low_stock, shortages
from core.books.owed import owed
from core.books.slow import slow
from core.catalog import check_barcode
from core.company import the_company
from core.db import Books, open_books
from core.demo import found_demo
from core.demo.catalogue import goods, partners, people, places
from core.staff import identity, staff
from core.values import to_day

NOW = datetime(2026, 1, 15, 8, 20, tzinfo=UTC)  # 16:20 on a Thursday in Shanghai
TODAY = date(2026, 1, 15)
SECONDS = 240  # far more than it takes, so that a busy machine does not fail the suite


@dataclass
class Demo:
    books: Books
    company_id: int
    seconds: float
    steps: list[float]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    books = open_books(f"sqlite:///{tmp_path_factory.mktemp('demo')}/demo.db")
    schema.upgrade(books)
    steps: list[float] = []
    started = time.monotonic()
    founding = found_demo(books, NOW, lambda part, _what: steps.append(part))
    yield Demo(books, founding.company_id, time.monotonic() - started, steps)
    books.close()


def _rows(demo: Demo, sql: str) -> list[Any]:
    with demo.books.read() as conn:
        return list(conn.execute(text(sql)))


def test_in_time_and_with_progress(demo: Demo) -> None:
    assert demo.seconds < SECONDS
    assert demo.steps == sorted(demo.steps)
    assert demo.steps[-1] == 1


def test_ninety_days_of_documents_in_a_weekday_rhythm(demo: Demo) -> None:
    kinds = {
        row.kind: row
        for row in _rows(
            demo, "select kind, count(*) n, count(reverses_id) undone from document group by kind"
        )
    }
    assert sum(row.n for row in kinds.values()) >= 1200
    assert {"GR", "SO", "DN", "SK", "FK", "QI", "QO", "QC", "EX"} <= kinds.keys()
    assert sum(row.undone for row in kinds.values()) >= 10
    days = Counter(
        date.fromisoformat(str(row[0])[:10])
        for row in _rows(demo, "select business_date from document where kind = 'DN'")
    )
    assert min(days) >= TODAY - timedelta(days=90)
    assert max(days) == TODAY
    sundays = [days[day] for day in days if day.isoweekday() == 7]
    mondays = [days[day] for day in days if day.isoweekday() == 1]
    assert sum(sundays) * 2 < sum(mondays)


def test_nothing_was_written_in_the_future_or_out_of_order(demo: Demo) -> None:
    rows = _rows(demo, "select created_at, business_date from document order by id")
    at = [row.created_at for row in rows]
    assert at == sorted(at)
    assert at[-1] <= NOW.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    stamped = [datetime.fromisoformat(one) for one in at]
    assert all(
        to_day(one) == date.fromisoformat(str(row.business_date))
        for one, row in zip(stamped, rows, strict=True)
    )


def test_the_morning_has_something_to_show(demo: Demo) -> None:
    with demo.books.read() as conn:
        assert the_company(conn, demo.company_id).today == TODAY
        assert the_company(conn, demo.company_id).settings["demo"] is True
        found = expiring(conn, demo.company_id, TODAY)
        assert {lot.stage for lot in found.near} == set(STAGES)
        assert found.expired
        assert any(lot.unsold_milli for lot in found.near)
        assert len(low_stock(conn, demo.company_id, TODAY)) >= 10
        assert shortages(conn, demo.company_id)
        assert len(slow(conn, demo.company_id, TODAY)) >= 5
        today = day_book(conn, demo.company_id, TODAY)
        assert today.sales_fen > 0
        assert 0 < today.margin_fen < today.sales_fen


def test_debts_are_of_every_age_and_the_funds_are_sound(demo: Demo) -> None:
    with demo.books.read() as conn:
        receivable = owed(conn, demo.company_id, "R", TODAY)
        payable = owed(conn, demo.company_id, "P", TODAY)
        money = {row.name: row.balance_fen for row in funds(conn, demo.company_id)}
    for bucket in range(5):
        assert sum(one.buckets[bucket] for one in receivable) > 0
    assert sum(one.owed_fen for one in payable) > 0
    assert all(balance > 0 for balance in money.values())
    assert 5_000_000 < sum(money.values()) < 100_000_000


def test_orders_wait_for_tomorrow(demo: Demo) -> None:
    tomorrow = TODAY + timedelta(days=1)
    (row,) = _rows(
        demo,
        f"select count(distinct order_id) from order_open where open_milli > 0 and promised_on = '{tomorrow}'",
    )
    assert row[0] >= 3


def test_everybody_is_there_and_can_be_reached(demo: Demo) -> None:
    with demo.books.read() as conn:
        rows = conn.execute(identity.select().join(staff, staff.c.id == identity.c.staff_id)).all()
        names = {row.name: row.roles for row in conn.execute(staff.select())}
    assert len(rows) == 15
    assert {(row.channel, row.account, row.external_id == str(row.staff_id)) for row in rows} == {
        ("web", "main", True)
    }
    assert names["老陈"] == ["仓管", "采购"]
    assert [names[name] for name in ("李老板", "小周", "小刘", "陈会计")] == [
        ["老板"],
        ["采购"],
        ["销售"],
        ["财务"],
    ]
    assert [place.name for place in places()] == ["主仓", "冷库", "一分店"]


def test_the_past_is_not_announced(demo: Demo) -> None:
    assert _rows(demo, "select name from task where done_at is null") == []
    assert _rows(demo, "select dedupe from outbox") == []


# ── the proofs of books.md §2: every balance is the sum of its entries ──

ENDS = """(select measure, target_id account_id, product_id, batch_id, partner_id, amount from entry
  union all select measure, source_id, product_id, batch_id, partner_id, -amount from entry)"""


@pytest.mark.parametrize(
    ("balance", "sql"),
    [
        (
            "stock",
            f"""select e.batch_id, e.account_id from (select batch_id, account_id, sum(amount) qty from {ENDS} where measure = 1
        group by batch_id, account_id) e join account a on a.id = e.account_id and a.role in ('可售', '过期')
        left join stock s on s.batch_id = e.batch_id and s.account_id = e.account_id where coalesce(s.qty_milli, 0) <> e.qty""",
        ),
        (
            "batch quantity",
            """select b.id from batch b left join (select batch_id, sum(qty_milli) qty from stock group by batch_id) s
        on s.batch_id = b.id where coalesce(s.qty, 0) <> b.qty_milli""",
        ),
        (
            "batch value",
            f"""select b.id from batch b left join (select e.batch_id, sum(e.amount) fen from {ENDS} e
        join account a on a.id = e.account_id and a.role = '存货' where e.measure = 3 group by e.batch_id) v
        on v.batch_id = b.id where coalesce(v.fen, 0) <> b.value_fen""",
        ),
        (
            "sellable",
            """select v.product_id from availability v left join (select s.product_id, a.warehouse_id, sum(s.qty_milli) qty
        from stock s join account a on a.id = s.account_id and a.role = '可售' group by 1, 2) s
        on s.product_id = v.product_id and s.warehouse_id = v.warehouse_id where coalesce(s.qty, 0) <> v.sellable_milli""",
        ),
        (
            "reserved",
            f"""select v.product_id from availability v left join (select e.product_id, a.warehouse_id, sum(e.amount) qty
        from {ENDS} e join account a on a.id = e.account_id and a.role = '锁定' where e.measure = 2 group by 1, 2) r
        on r.product_id = v.product_id and r.warehouse_id = v.warehouse_id where coalesce(r.qty, 0) <> v.reserved_milli""",
        ),
        (
            "open orders",
            """select v.product_id from availability v left join (select product_id, warehouse_id, sum(open_milli) qty
        from order_open group by 1, 2) o on o.product_id = v.product_id and o.warehouse_id = v.warehouse_id
        where coalesce(o.qty, 0) <> v.reserved_milli""",
        ),
        (
            "funds",
            f"""select f.account_id from fund f left join (select account_id, sum(amount) fen from {ENDS} where measure = 3
        group by 1) e on e.account_id = f.account_id where coalesce(e.fen, 0) <> f.balance_fen""",
        ),
        (
            "open items",
            """select i.id from open_item i left join (select id, sum(fen) fen from (select debit_id id, amount_fen fen
        from settlement union all select credit_id, amount_fen from settlement) group by id) s on s.id = i.id
        where i.amount_fen - coalesce(s.fen, 0) <> i.open_fen""",
        ),
        (
            "receivable",
            f"""select e.partner_id from (select e.partner_id, sum(e.amount) fen from {ENDS} e join account a
        on a.id = e.account_id and a.role = '应收' where e.measure = 3 group by 1) e left join (select partner_id, sum(sign * open_fen) fen
        from open_item where side = 'R' group by 1) i on i.partner_id = e.partner_id where coalesce(i.fen, 0) <> e.fen""",
        ),
        (
            "headers",
            """select d.id from document d join (select document_id, sum(amount_fen) fen from document_line group by 1) l
        on l.document_id = d.id where l.fen <> d.total_fen""",
        ),
    ],
)
def test_balances_are_the_sum_of_their_entries(demo: Demo, balance: str, sql: str) -> None:
    assert _rows(demo, sql) == [], balance


# ── the catalogue ──


def test_the_word_soy_sauce_fits_exactly_two_products() -> None:
    """入库 酱油 20箱 asks 海天还是厨邦: nobody else's name, alias, brand or spec holds both characters."""
    named = [
        one for one in goods() if {"酱", "油"} <= set("".join((one.name, one.brand, one.spec, *one.aliases)))
    ]
    assert [(one.name, one.spec) for one in named] == [("海天酱油", "500ml"), ("厨邦酱油", "500ml")]
    assert all("酱油" in one.aliases for one in named)
    assert all("酱油" not in one.category for one in goods())


def test_catalogue_is_plausible() -> None:
    all_goods = goods()
    assert 280 <= len(all_goods) <= 340
    assert (
        len({one.code for one in all_goods})
        == len({(one.name, one.spec) for one in all_goods})
        == len(all_goods)
    )
    codes = [code for one in all_goods for code in (one.barcode, one.box_barcode) if code]
    assert len(set(codes)) == len(codes)
    for code in codes:
        check_barcode(code)
        assert code.startswith("2")  # the range for use inside a shop
    for one in all_goods:
        assert (
            one.buy_e4
            <= one.level_e4(930)
            <= one.level_e4(950)
            <= one.level_e4(970)
            <= one.sell_e4
            <= one.level_e4(1100)
        )
        assert one.price_unit in dict(one.units)


def test_no_alias_means_two_things_but_soy_sauce() -> None:
    words = Counter(word for one in goods() for word in one.aliases)
    assert [word for word, times in words.items() if times > 1] == ["酱油"]
    assert not words.keys() & {one.name for one in goods()}
    known = Counter(word for who in partners() for word in (who.name, *who.aliases))
    assert known.most_common(1)[0][1] == 1
    assert (len(partners()), len(people())) == (40, 15)
