"""冻结、解冻、召回：货还在库里但不能卖；召回还要答出谁收过这一批。"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from core.accounts import batch
from core.books.trace import BatchTrace, batch_trace
from core.catalog import Goods, goods_by_id, product
from core.documents import Draft, Line
from core.drafting import SaidLine, Want, card
from core.errors import Choice, Need, no_such
from core.locks import Key, home_bins, lock_availability, lock_open_orders
from core.lots import Taken, acceptable, fefo_order
from core.pick_lists import given_back, let_go_picks
from core.picking import batch_texts, in_order, let_go, lots_here, shortage
from core.posting_rules import Account, Kind, Role
from core.prepared import Prepared
from core.recalls import recalled
from core.tx import Tx
from core.values import MILLI
from core.warehouses import warehouse_names

REASONS = ("质量有疑问", "客户投诉", "等厂家答复", "其他")
ROLE_OF = {Account.OK: Role.LINE, Account.CHECK: Role.CHECK}


@dataclass(frozen=True, slots=True)
class HoldGoods:
    """A product or a batch of it (a batch number alone will do). None = all of it: every batch, warehouse, the whole quantity."""

    product_id: int | None = None
    batch_no: str | None = None
    warehouse_id: int | None = None
    said_milli: int | None = None
    unit: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class UnholdGoods:
    """As HoldGoods; naming a batch that is called back ends its recall."""

    product_id: int | None = None
    batch_no: str | None = None
    warehouse_id: int | None = None
    said_milli: int | None = None
    unit: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RecallBatch:
    """Everything of one batch, wherever it lies, and whatever of it comes back until the recall ends."""

    batch_no: str
    product_id: int | None = None
    reason: str = ""


@dataclass(slots=True)
class Aim:
    """What is meant: goods, one batch or all, one Want per warehouse; qty_milli None = all there is."""

    goods: Goods
    batch: Any | None
    wants: list[Want]
    qty_milli: int | None


def prepare_holding(tx: Tx, command: HoldGoods) -> Prepared:
    """A quantity is taken from 可售, FEFO; without one 待检 is held too. Orders that no longer fit are let go first."""
    aim = _aim(tx, command)
    reason = command.reason or _ask_why(aim, "冻结")
    return _held(tx, aim, "冻结", reason, tuple(ROLE_OF) if aim.qty_milli is None else (Account.OK,), False)


def prepare_recall(tx: Tx, command: RecallBatch) -> Prepared:
    """Holds what is left, even if nothing is; the card says who received the batch (features.md M14)."""
    aim = _aim(tx, command)
    prepared = _held(tx, aim, "召回", command.reason or "召回", tuple(ROLE_OF), True)
    prepared.card |= _told(aim, batch_trace(tx.conn, aim.batch.id if aim.batch else 0))
    return prepared


def prepare_release(tx: Tx, command: UnholdGoods) -> Prepared:
    """Expired goods stay; those of a recalled batch move only when the batch is named, which ends the recall."""
    aim = _aim(tx, command)
    homes = home_bins(lock_availability(tx, {want.key for want in aim.wants}))
    lots = lots_here(tx, aim.wants, Account.HELD)
    back = recalled(tx.conn, [lot.batch_id for here in lots.values() for lot in here] + _only(aim))
    left, lines, shown = aim.qty_milli, [], []
    for want in aim.wants:
        own = [
            lot
            for lot in sorted(lots.get(want.key, []), key=fefo_order)
            if acceptable(lot, tx.today, 0)
            and (lot.batch_id in _only(aim) if aim.batch else lot.batch_id not in back)
        ]
        taken, left = _take(own, left)
        lines += [
            want.out_of(Role.LINE, one, reason=command.reason, to_bin=homes.get(want.key, ""))
            for one in taken
        ]
        shown += _shown(want, taken)
    if left or not (lines or set(_only(aim)) & back):
        raise _short(aim, left, "冻结里能解的只有这些：过期的请报损，召回中的要点名批次。")
    ending = sorted(set(_only(aim)) & back)
    lines += [_recall_line(aim, command.reason) for _ in ending]
    draft = Draft(Kind.UNHOLD, lines, tx.today, note=command.reason)
    freed = card(tx, "解冻", draft, warehouse=_places(tx, lines), lines=shown, reason=command.reason)
    warnings = [f"批次 {aim.batch.batch_no} 的召回就此结束" for _ in ending if aim.batch]
    return Prepared(freed, _facts(draft), draft, [], warnings, goods={aim.goods.id: aim.goods})


# ── what is meant ──


def _aim(tx: Tx, command: HoldGoods | UnholdGoods | RecallBatch) -> Aim:
    """Raises NotFound for an unknown batch, Need when several goods have one of that number."""
    one = _batch(tx, command.batch_no, command.product_id) if command.batch_no else None
    product_id = one.product_id if one is not None else command.product_id
    if product_id is None:
        raise Need("lines[0].product", "哪个商品或批次？例如：冻结 生抽，召回 20251108。")
    goods = goods_by_id(tx.conn, tx.company_id, [product_id], stopped_too=True)[product_id]
    if isinstance(command, RecallBatch):
        return Aim(goods, one, _wants(tx, goods, None, None), None)
    said = command.said_milli
    unit = command.unit or goods.base_unit
    qty = None if said is None else goods.to_base(said, unit)
    place = command.warehouse_id
    if qty is not None:  # a quantity is in one place, as everywhere (decision 30)
        place = place or goods.warehouse_id or tx.actor.warehouse_id or tx.company.default_warehouse_id
    return Aim(goods, one, _wants(tx, goods, place, command.unit), qty)


def _batch(tx: Tx, batch_no: str, product_id: int | None) -> Any:
    query = (
        select(batch, product.c.code, product.c.name, product.c.spec)
        .join(product, product.c.id == batch.c.product_id)
        .where(product.c.company_id == tx.company_id, batch.c.batch_no == batch_no)
        .order_by(product.c.id)
    )
    rows = tx.conn.execute(query if product_id is None else query.where(product.c.id == product_id)).all()
    if not rows:
        raise no_such("批次", batch_no, "请核对批次号，或说商品名。")
    if len(rows) > 1:
        choices = [
            Choice(f"{row.name} {row.spec}".strip(), {"lines[0].product": row.code}, number)
            for number, row in enumerate(rows, 1)
        ]
        raise Need(
            "lines[0].product", f"有 {len(rows)} 种商品的批次叫 {batch_no}，哪一种？回序号。", tuple(choices)
        )
    return rows[0]


def _wants(tx: Tx, goods: Goods, place: int | None, unit: str | None) -> list[Want]:
    places = [place] if place else sorted(warehouse_names(tx.conn, tx.company_id))
    largest = max(goods.units, key=lambda one: goods.units[one])
    return [Want(SaidLine(goods.id, MILLI, unit or largest), goods, 0, one) for one in places]


def _only(aim: Aim) -> list[int]:
    return [aim.batch.id] if aim.batch is not None else []


def _ask_why(aim: Aim, verb: str) -> str:
    raise Need(
        "reason",
        f"{aim.goods.title} 为什么{verb}？回序号或原因。",
        tuple(Choice(reason, {"reason": reason}, number) for number, reason in enumerate(REASONS, 1)),
    )


# ── holding ──


def _held(
    tx: Tx, aim: Aim, title: str, reason: str, conditions: tuple[Account, ...], recall: bool
) -> Prepared:
    lock_open_orders(tx, Kind.SALES_ORDER, [aim.goods.id])  # they may have to be let go
    balances = lock_availability(tx, {want.key for want in aim.wants})
    places = {condition: lots_here(tx, aim.wants, condition) for condition in conditions}
    ended = _ended(tx, aim, places[Account.OK], title)
    places[Account.OK] = {key: given_back(lots, ended) for key, lots in places[Account.OK].items()}
    left, lines, shown, leaving = aim.qty_milli, [], [], list[tuple[Key, int]]()
    for want in aim.wants:
        taken: list[Taken] = []
        for condition, lots in places.items():
            here = [lot for lot in lots.get(want.key, []) if not aim.batch or lot.batch_id == aim.batch.id]
            some, left = _take(sorted(here, key=fefo_order), left)
            lines += [want.out_of(ROLE_OF[condition], one, reason=reason) for one in some]
            if condition is Account.OK:
                leaving += [(want.key, one.qty_milli) for one in some]
            taken += some
        shown += _shown(want, tuple(taken))
    if left or not (lines or recall):
        raise _short(aim, left, "能冻结的只有这些，改小数量再说一次。")
    if recall:
        lines.append(_recall_line(aim, reason))
    releases = let_go(tx, leaving, balances, title, ended=ended)
    draft = Draft(Kind.HOLD, lines, tx.today, note=reason)
    held = card(tx, title, draft, warehouse=_places(tx, lines), lines=shown, reason=reason)
    warnings = [f"{one.extra['order']} 正在拣这批货，{title}后这张拣货单作废" for one in ended if one.extra]
    if releases:
        freed = "、".join((one.extra or {})["order"] for one in releases)
        warnings.append(f"{title}后不够订单锁定的，会放开 {freed} 的锁定，并告诉开单的人")
    return Prepared(
        held, _facts(draft), draft, [], warnings, before=ended + releases, goods={aim.goods.id: aim.goods}
    )


def _ended(tx: Tx, aim: Aim, lots: dict[tuple[int, int], list[Any]], why: str) -> list[Draft]:
    """A whole batch or product is held with what pick lists have set aside of it; a quantity is taken from the rest."""
    if aim.qty_milli is not None:
        return []
    only = _only(aim)
    return let_go_picks(
        tx,
        (
            lot.batch_id
            for here in lots.values()
            for lot in here
            if lot.picked_milli and (not only or lot.batch_id in only)
        ),
        why,
    )


def _take(own: list[Any], left: int | None) -> tuple[tuple[Taken, ...], int | None]:
    """As much as is still wanted; left None = all there is."""
    taken, missing = in_order(own, sum(lot.free_milli for lot in own) if left is None else left)
    return taken, None if left is None else missing


def _recall_line(aim: Aim, reason: str) -> Line:
    return Line(Role.RECALL, aim.goods.id, batch_id=_only(aim)[0], reason=reason)


def _short(aim: Aim, left: int | None, hint: str) -> Exception:
    want = aim.wants[0]
    asked = aim.qty_milli or 0
    want.said = SaidLine(aim.goods.id, *want.part(asked))
    return shortage(want, asked - (left or 0), hint)


def _shown(want: Want, taken: tuple[Taken, ...]) -> list[dict[str, Any]]:
    qty = sum(one.qty_milli for one in taken)
    if not qty:
        return []
    return [
        {
            "product_id": want.goods.id,
            "code": want.goods.code,
            "product": want.goods.title,
            "said": want.words(qty),
            "qty_milli": qty,
            "warehouse_id": want.warehouse_id,
            "batches": batch_texts(want, taken),
        }
    ]


def _places(tx: Tx, lines: list[Line]) -> str:
    names = warehouse_names(tx.conn, tx.company_id)
    return "、".join(dict.fromkeys(names[line.warehouse_id] for line in lines if line.warehouse_id))


def _facts(draft: Draft) -> list[Any]:
    return [
        draft.kind,
        [(line.role, line.batch_id, line.warehouse_id, line.qty_milli) for line in draft.lines],
    ]


def _told(aim: Aim, trace: BatchTrace) -> dict[str, Any]:
    """What the card says of where the batch went; who may read the customers is decided where it is worded."""
    goods = aim.goods
    return {
        "batch": trace.batch_no,
        "product": goods.title,
        "supplier": trace.supplier,
        "received": [
            {
                "customer": one.customer,
                "phone": one.phone,
                "number": one.number,
                "day": str(one.day),
                "qty": goods.words(one.qty_milli),
                "qty_milli": one.qty_milli,
            }
            for one in trace.received
        ],
        "on_the_way": [
            goods.words(qty) for name, qty in trace.here if name.startswith(Account.TRANSIT.value)
        ],
    }
