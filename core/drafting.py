"""各种单据共用的几步：说出来的行 → 商品、基本数量、仓库、日期；缺什么按固定顺序补或问。"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from core import tasks
from core.accounts import availability
from core.catalog import Goods, Priced, goods_by_id
from core.company import closed_through
from core.documents import Draft, Line, last_deal
from core.errors import Invalid, closed_day, future_date, too_far_back, too_large
from core.ledger import post
from core.lots import Taken
from core.posting_rules import KIND_NAMES, Role
from core.prepared import Prepared
from core.settling import Settled
from core.tx import Tx
from core.values import (
    MAX_MONEY_FEN,
    MAX_PRICE_E4,
    MILLI,
    amount_fen,
    half_up,
    plain,
    price_text,
    yuan,
)
from core.warehouses import warehouse_names

BACK_DAYS = 7  # how far back a document may be dated (decision 33)


@dataclass(frozen=True, slots=True)
class SaidLine:
    """One line as it was said: said_milli in `unit`, price per `price_unit`; None = not said."""

    product_id: int
    said_milli: int
    unit: str
    price_e4: int | None = None
    price_unit: str | None = None
    amount_fen: int | None = None
    warehouse_id: int | None = None
    batch_no: str | None = None
    mfg_date: date | None = None
    expiry_date: date | None = None
    gift: bool = False


@dataclass(slots=True)
class Want:
    """A said line resolved: goods, base quantity and the warehouse it concerns."""

    said: SaidLine
    goods: Goods
    qty_milli: int
    warehouse_id: int

    @property
    def key(self) -> tuple[int, int]:
        return (self.goods.id, self.warehouse_id)

    def words(self, qty_milli: int) -> str:
        """A base quantity of these goods, in the unit that was said."""
        return self.goods.words(qty_milli, self.said.unit)

    @property
    def said_text(self) -> str:
        return plain(self.said.said_milli, MILLI) + self.said.unit

    @property
    def base_text(self) -> str:
        return plain(self.qty_milli, MILLI) + self.goods.base_unit

    def part(self, qty_milli: int) -> tuple[int, str]:
        """(said_milli, unit) of a part of this line: in the said unit if that is exact, else in the base unit."""
        number, rest = divmod(qty_milli * MILLI, self.goods.factor_milli(self.said.unit))
        return (qty_milli, self.goods.base_unit) if rest else (number, self.said.unit)

    def line(self, role: Role, batch_id: int | None, qty_milli: int, **more: Any) -> Line:
        """A line of the document for this much of it."""
        said, unit = self.part(qty_milli)
        return Line(role, self.goods.id, self.warehouse_id, batch_id, said, unit, qty_milli, **more)

    def out_of(self, role: Role, one: Taken, **more: Any) -> Line:
        """A line of the document for what is taken from one batch in one bin."""
        return self.line(role, one.lot.batch_id, one.qty_milli, bin=one.lot.bin, **more)


def wants(tx: Tx, lines: tuple[SaidLine, ...], total_fen: int | None = None) -> list[Want]:
    """Resolve the lines; the warehouse is said → the product's → the person's → the company's (decision 30).

    A total on the only line is that line's amount to the fen, not a price to be rounded (decision 28).
    """
    if not lines:
        raise Invalid("no_lines", "还没说是什么货、多少。例如：入库 酱油 20箱。")
    if (
        total_fen is not None
        and len(lines) == 1
        and lines[0].price_e4 is None
        and lines[0].amount_fen is None
        and not lines[0].gift
    ):
        lines = (replace(lines[0], amount_fen=total_fen),)
    goods = goods_by_id(tx.conn, tx.company_id, (line.product_id for line in lines))
    found = []
    for line in lines:
        one = goods[line.product_id]
        warehouse_id = (
            line.warehouse_id or one.warehouse_id or tx.actor.warehouse_id or tx.company.default_warehouse_id
        )
        found.append(Want(line, one, one.to_base(line.said_milli, line.unit), warehouse_id))
    return found


def business_day(tx: Tx, said: date | None) -> date:
    """The document's day; refuses the future, closed days and what is too long ago."""
    day = said or tx.today
    if day > tx.today:
        raise future_date("单据日期", day.isoformat())
    closed = closed_through(tx) if day < tx.today else None  # today is never closed
    if closed and day <= closed:
        raise closed_day(day.isoformat(), closed.isoformat())
    if day < tx.today - timedelta(days=BACK_DAYS):
        raise too_far_back(day.isoformat(), BACK_DAYS)
    return day


def line_amount(want: Want, priced: Priced) -> int:
    """Said amount, or quantity × price rounded once; refuses what no shop would pay."""
    if want.said.amount_fen is not None:
        amount = want.said.amount_fen
    else:
        amount = amount_fen(want.qty_milli, priced.price_e4, want.goods.factor_milli(priced.unit))
    if not 0 <= amount <= MAX_MONEY_FEN:
        raise too_large(f"{want.goods.title} 的金额")
    return amount


def said_price(want: Want, only_line: bool, total_fen: int | None) -> Priced | None:
    """What was said about money on this line: a price, an amount, or the total when it is the only line."""
    if want.said.gift:
        return Priced(0, want.said.unit, "赠品")
    if want.said.price_e4 is not None:
        return Priced(want.said.price_e4, want.said.price_unit or want.said.unit, "说的")
    amount = want.said.amount_fen if want.said.amount_fen is not None else total_fen if only_line else None
    if amount is None:
        return None
    price = half_up(amount * want.goods.factor_milli(want.said.unit) * 100, want.qty_milli)
    if price > MAX_PRICE_E4:
        raise too_large(f"{want.goods.title} 的单价")
    return Priced(price, want.said.unit, "说的")


def check_total(total_fen: int | None, lines: list[Line]) -> None:
    """A total on several lines, or beside a price, is a check sum (decision 28)."""
    added = sum(line.amount_fen for line in lines)
    if total_fen is not None and total_fen != added:
        raise Invalid(
            "total_differs",
            f"说的合计 {yuan(total_fen)}，逐行相加是 {yuan(added)}，差 {yuan(total_fen - added)}。请核对价格或合计后再说一次。",
            said=total_fen,
            added=added,
        )


_DEALS = (
    select(last_deal)
    .where(
        last_deal.c.product_id.in_(bindparam("wanted", expanding=True)), last_deal.c.side == bindparam("side")
    )
    .order_by(last_deal.c.document_id)
)
_HIS_DEALS = _DEALS.where(last_deal.c.partner_id == bindparam("partner"))


def last_deals(tx: Tx, product_ids: Iterable[int], side: str, partner_id: int | None = None) -> list[Any]:
    """The last deals over these goods with this partner, or with everybody, the oldest first."""
    wanted = {"wanted": sorted(set(product_ids)), "side": side}
    if partner_id is None:
        return list(tx.conn.execute(_DEALS, wanted))
    return list(tx.conn.execute(_HIS_DEALS, wanted | {"partner": partner_id}))


def newest(deals: Iterable[Any]) -> dict[int, Any]:
    """{product: its newest deal}."""
    return {row.product_id: row for row in deals}


def card_line(want: Want, line: Line | None = None, **more: Any) -> dict[str, Any]:
    """A line of a card: names and figures; who may see which is decided where it is worded."""
    shown = {
        "product_id": want.goods.id,
        "code": want.goods.code,
        "product": want.goods.title,
        "said": want.said_text,
        "unit": want.said.unit,
        "qty_milli": want.qty_milli,
        "warehouse_id": want.warehouse_id,
        "base": want.base_text if want.said.unit != want.goods.base_unit else "",
    }
    if line is not None and line.price_e4 is not None:
        shown |= {
            "price": price_text(line.price_e4) + f"/{line.price_unit}",
            "amount_fen": line.amount_fen,
            "price_said": want.said.price_e4 is not None or want.said.amount_fen is not None,
        }
    return shown | {k: v for k, v in more.items() if v not in (None, "", [])}


def card(tx: Tx, title: str, draft: Draft, **more: Any) -> dict[str, Any]:
    """What every preview and reply says; `more` is what this document has besides."""
    dated = str(draft.business_date) if draft.business_date != tx.today else ""
    base = {"title": title, "kind": draft.kind.value, "partner": "", "total_fen": draft.total_fen}
    return base | {"date": dated, "lines": []} | more


def place_names(tx: Tx, found: Iterable[Want]) -> str:
    names = warehouse_names(tx.conn, tx.company_id)
    return "、".join(dict.fromkeys(names[want.warehouse_id] for want in found))


def goods_of(found: Iterable[Want]) -> dict[int, Goods]:
    return {want.goods.id: want.goods for want in found}


def line_facts(draft: Draft) -> list[Any]:
    """What must not change between preview and confirmation: goods, quantities, prices."""
    names = ("product_id", "warehouse_id", "qty_milli", "price_e4", "price_unit", "amount_fen")
    return [tuple(getattr(line, name) for name in names) for line in draft.lines]


def post_prepared(tx: Tx, _command: Any, prepared: Prepared) -> dict[str, Any]:
    """The usual do(): let go of what can no longer be held, post the draft, return the structured result."""
    assert prepared.draft is not None
    for release in prepared.before:
        post_release(tx, release)
    settled = post(tx, prepared.draft)
    return posted_result(tx, prepared.draft, prepared.card, settled, prepared.goods)


def post_release(tx: Tx, draft: Draft) -> str:
    """Post one SALES_CLOSE and leave a task that tells the order's owner; returns its number."""
    told = draft.extra or {}
    draft.extra = None
    post(tx, draft)
    body = told | {"document_id": draft.id, "why": draft.note}
    tasks.put(tx.conn, tx.company_id, "released", draft.number, tx.now, body)
    return draft.number


def posted_result(
    tx: Tx,
    draft: Draft,
    card: dict[str, Any],
    settled: tuple[Settled, ...] = (),
    goods: dict[int, Goods] | None = None,
) -> dict[str, Any]:
    return card | {
        "document_id": draft.id,
        "kind": draft.kind.value,
        "number": draft.number,
        "name": KIND_NAMES[draft.kind],
        "total_fen": draft.total_fen,
        "settled": [{"number": s.document_number, "fen": s.amount_fen} for s in settled],
        "left": left_after(tx, draft, goods),
    }


def with_parts(prepared: Prepared) -> dict[str, Any]:
    """What the result says of the other documents of the same act; nothing when there are none."""
    also = [{"document_id": one.id, "kind": one.kind, "number": one.number} for one in prepared.parts]
    return {"also": also} if also else {}


_LEFT = select(availability).where(
    availability.c.product_id.in_(bindparam("wanted", expanding=True)),
    availability.c.warehouse_id.in_(bindparam("places", expanding=True)),
)


def left_after(tx: Tx, draft: Draft, known: dict[int, Goods] | None = None) -> list[dict[str, Any]]:
    """What is available now of every product the document touched, in words and in milli."""
    ids = sorted({line.product_id for line in draft.lines if line.product_id})
    if not ids:
        return []
    places = {line.warehouse_id for line in draft.lines if line.warehouse_id}
    rows = tx.conn.execute(_LEFT, {"wanted": ids, "places": sorted(places)}).all()
    goods = known or {}
    if not set(ids) <= set(goods):
        goods = goods_by_id(tx.conn, tx.company_id, ids, stopped_too=True)
    units = {line.product_id: line.unit for line in draft.lines if line.unit}
    return [
        {
            "product": goods[row.product_id].title,
            "warehouse_id": row.warehouse_id,
            "on_hand": goods[row.product_id].words(row.sellable_milli, units.get(row.product_id)),
            "reserved_milli": row.reserved_milli,
            "available": goods[row.product_id].words(
                row.sellable_milli - row.reserved_milli, units.get(row.product_id)
            ),
        }
        for row in rows
    ]
