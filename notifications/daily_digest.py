"""日报：缺货、低于安全库存、临期、滞销，和今天的几个数；每行带序号。"""

from datetime import date, datetime

from sqlalchemy import Connection

from core import audit
from core.books.day_book import day_book
from core.books.expiring import expiring
from core.books.low_stock import low_stock_top, shortages
from core.books.slow import IDLE_DAYS, slow_top
from core.books.sold import WINDOW_DAYS, sold_in
from core.posting_rules import KIND_NAMES, Kind
from core.staff import Actor, May
from core.values import yuan
from notifications.notice import Item, Moment
from notifications.wording import MANY, block, look, lot_line, low_line, reorder, short_line, slow_line


def compose(moment: Moment, actor: Actor) -> list[Item]:
    said = digest_text(moment.conn, moment.company_id, moment.today, moment.now, actor)
    return [said]


def digest_text(conn: Connection, company_id: int, today: date, now: datetime, actor: Actor) -> Item:
    """The day for one reader (R03); figures the reader may not see are left out, not blanked."""
    money = actor.sees(May.SEE_COST)
    rows = [f"日报 {today}", *_figures(conn, company_id, today, actor)]
    alerts: list[str] = []
    for title, lines, says, total in _sections(conn, company_id, today, actor, money):
        rows += block(title, lines, len(alerts) + 1, total)
        alerts += says
    if not alerts:
        rows.append("没有缺货、低库存、临期、滞销。")
    if "老板" in actor.roles and not actor.in_group:
        rows.append(f"账本封条 {audit.head(conn)[:16]}")
    return Item(
        "day",
        str(today),
        "\n".join(rows),
        (("临期", "临期"), ("低库存", "低库存"), ("应收", "应收")),
        tuple(alerts),
    )


def _sections(
    conn: Connection, company_id: int, today: date, actor: Actor, money: bool
) -> list[tuple[str, list[str], list[str], int]]:
    """(title, the lines shown, what “报 n” says for each, how many there are); sales are read once for all."""
    warehouse_id = actor.warehouse_id
    rates, moving = sold_in(conn, company_id, today, (WINDOW_DAYS, IDLE_DAYS))
    here = moving if warehouse_id is None else None
    short = shortages(conn, company_id, warehouse_id)
    low = low_stock_top(conn, company_id, today, MANY, rates=rates)
    near = expiring(
        conn, company_id, today, warehouse_id=warehouse_id, rates=rates if warehouse_id is None else None
    ).near
    idle = slow_top(conn, company_id, today, MANY, warehouse_id=warehouse_id, moving=here)
    tied = f"，占用 {yuan(idle.value_fen)}" if money and idle.total else ""
    return [
        (
            "缺货",
            [short_line(one) for one in short[:MANY]],
            [look(one.article) for one in short[:MANY]],
            len(short),
        ),
        (
            "低于安全库存",
            [low_line(one) for one in low.rows],
            [reorder(one, actor) for one in low.rows],
            low.total,
        ),
        (
            "临期",
            [lot_line(lot, money) for lot in near[:MANY]],
            [look(lot.article) for lot in near[:MANY]],
            len(near),
        ),
        (
            f"滞销（60 天没卖{tied}）",
            [slow_line(one, money) for one in idle.rows],
            [look(one.article) for one in idle.rows],
            idle.total,
        ),
    ]


def _figures(conn: Connection, company_id: int, today: date, actor: Actor) -> list[str]:
    book = day_book(conn, company_id, today)
    rows = []
    if actor.sees(May.SEE_SALES_PRICE):
        rows.append(f"销售 {yuan(book.sales_fen)}，新订单 {yuan(book.orders_fen)}")
    if actor.sees(May.SEE_COST):
        rows.append(f"毛利 {yuan(book.margin_fen)}，库存额 {yuan(book.stock_value_fen)}")
    if actor.sees(May.SEE_PURCHASE_PRICE):
        rows.append(f"进货 {yuan(book.purchases_fen)}")
    if actor.sees(May.SEE_RECEIVABLE):
        rows.append(f"收款 {yuan(book.money_in_fen)}，新增应收 {yuan(book.new_receivable_fen)}")
    if actor.sees(May.SEE_PAYABLE):
        rows.append(f"付款 {yuan(book.money_out_fen)}")
    if actor.sees(May.KEEP_CASH) and (book.expenses_fen or book.other_income_fen):
        rows.append(f"费用 {yuan(book.expenses_fen)}，其他收入 {yuan(book.other_income_fen)}")
    counted = "、".join(f"{KIND_NAMES[Kind(kind)]} {count}" for kind, count in book.documents)
    return [*rows, f"单据：{counted}" if counted else "今天还没有单据"]
