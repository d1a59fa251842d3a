"""期初：开张那天手里的货、钱、别人欠的和欠别人的，一张单记进来，可整张撤。"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from core.accounts import funds
from core.batches import make_batches, name_batches, number_of, to_extra
from core.catalog import Goods, goods_by_id
from core.company import closed_through
from core.documents import Draft, Line
from core.drafting import card, post_prepared
from core.errors import Blocked, Invalid, future_date, too_large
from core.locks import lock_availability, lock_funds
from core.partners import the_partner
from core.posting_rules import Kind, Role
from core.prepared import Prepared
from core.recalls import hold_arrivals
from core.tx import Tx
from core.values import MAX_MONEY_FEN, add_shelf_life


@dataclass(frozen=True, slots=True)
class OpeningLine:
    """role stock: product, qty, unit, value_fen · cash: fund, amount · owed_to_us / owed_by_us: partner, amount, due."""

    role: str
    amount_fen: int
    product_id: int | None = None
    said_milli: int | None = None
    unit: str | None = None
    warehouse_id: int | None = None
    batch_no: str | None = None
    mfg_date: date | None = None
    expiry_date: date | None = None
    received_on: date | None = None
    supplier_id: int | None = None
    fund: str | None = None
    partner_id: int | None = None
    due_date: date | None = None


@dataclass(frozen=True, slots=True)
class RecordOpening:
    lines: tuple[OpeningLine, ...]
    day: date | None = None
    note: str = "期初"


def prepare(tx: Tx, command: RecordOpening) -> Prepared:
    """Exempt from the back-dating limit, allowed until the first closed day (decisions 40, 74)."""
    if closed_through(tx):
        raise Blocked("opening_closed", "已经结过账，不能再录期初。差额请用其他入库、其他出库。")
    if not command.lines:
        raise Invalid("no_lines", "期初单是空的。请至少填一行。")
    day = command.day or tx.today
    if day > tx.today:
        raise future_date("期初日期", day.isoformat())
    goods = goods_by_id(
        tx.conn, tx.company_id, [line.product_id for line in command.lines if line.product_id]
    )
    cash = {fund.name: fund.account_id for fund in funds(tx.conn, tx.company_id)}
    lines = [_line(tx, said, goods, cash, day) for said in command.lines]
    lock_availability(
        tx, {(line.product_id, line.warehouse_id) for line in lines if line.product_id and line.warehouse_id}
    )
    _name_batches(tx, lines)
    lock_funds(tx, {line.fund_id for line in lines if line.fund_id})
    draft = Draft(Kind.OPENING, lines, day, note=command.note)
    facts = [day, [(x.role, x.product_id, x.qty_milli, x.amount_fen, x.partner_id) for x in lines]]
    shown = card(tx, "期初", draft, count=len(lines))
    return Prepared(shown, facts, draft, amount_fen=draft.total_fen, goods=goods)


def _line(tx: Tx, said: OpeningLine, goods: dict[int, Goods], cash: dict[str, int], day: date) -> Line:
    role = Role(said.role)
    if said.amount_fen < 0:
        raise Invalid("amount", "期初金额不能是负数。欠我们的和我们欠的分两行填。")
    if said.amount_fen > MAX_MONEY_FEN:
        raise too_large("期初金额")
    match role:
        case Role.STOCK:
            if said.product_id not in goods:
                raise Invalid("product", "期初库存的每一行都要有商品。请补上再导。")
            return _stock_line(tx, said, goods[said.product_id], day)
        case Role.CASH:
            if said.fund not in cash:
                raise Invalid("fund", f"没有“{said.fund}”这个账户，可以用：{'、'.join(cash)}。请改好再导。")
            return Line(role, amount_fen=said.amount_fen, fund_id=cash[said.fund])
        case Role.OWED_TO_US | Role.OWED_BY_US:
            who = the_partner(tx, said.partner_id or 0, lock=False)
            return Line(role, amount_fen=said.amount_fen, partner_id=who.id, due_date=said.due_date or day)
        case _:
            raise Invalid("role", "期初只有库存、资金、应收、应付四种行。")


def _stock_line(tx: Tx, said: OpeningLine, goods: Goods, day: date) -> Line:
    """A batch as it lies there; what is past its date goes to 过期 at once."""
    qty = goods.to_base(said.said_milli or 0, said.unit or goods.base_unit)
    made, expiry, number = None, None, ""
    if goods.batched:
        made, expiry = said.mfg_date, said.expiry_date
        expiry = expiry or (add_shelf_life(made, goods.shelf_life) if made and goods.shelf_life else None)
        number = number_of(said.batch_no, made, expiry, day)
    warehouse_id = said.warehouse_id or goods.warehouse_id or tx.company.default_warehouse_id
    spec = {
        "batch_no": number,
        "mfg_date": made,
        "expiry_date": expiry,
        "supplier_id": said.supplier_id or goods.supplier_id,
        "received_on": said.received_on or min(day, (made or day) + timedelta(days=3)),
    }
    stale = expiry is not None and expiry < tx.today
    return Line(
        Role.STALE if stale else Role.STOCK,
        goods.id,
        warehouse_id,
        None,
        said.said_milli,
        said.unit or goods.base_unit,
        qty,
        amount_fen=said.amount_fen,
        extra={"batch": spec},
    )


def _name_batches(tx: Tx, lines: list[Line]) -> None:
    specs = [(line.extra or {})["batch"] | {"product_id": line.product_id} for line in lines if line.extra]
    name_batches(tx, specs)
    for line, spec in zip((line for line in lines if line.extra), specs, strict=True):
        line.extra = to_extra(spec)


def do(tx: Tx, command: RecordOpening, prepared: Prepared) -> dict[str, Any]:
    assert prepared.draft is not None
    stocked = [line for line in prepared.draft.lines if line.product_id]
    if stocked:
        make_batches(tx, stocked)
    result = post_prepared(tx, command, prepared)
    hold_arrivals(tx, prepared.draft)
    return result
