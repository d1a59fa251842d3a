"""上架、移库位：货从一格放到另一格，量和钱都不变；以后到货就放这一格。"""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from core.accounts import availability, open_bin
from core.catalog import goods_by_id
from core.documents import Draft, Line
from core.drafting import SaidLine, Want, card, card_line, post_prepared
from core.errors import Blocked, Invalid
from core.locks import home_bins, lock_availability
from core.lots import Lot, Taken, fefo_order, walk
from core.picking import batch_texts, in_order, lots_here
from core.posting_rules import Kind, Role
from core.prepared import Prepared
from core.tx import Tx
from core.values import MILLI
from core.warehouses import BIN, warehouse, warehouse_names

BIN_HINT = "库位写成 A1、B12 或 C-2-3 这样"


@dataclass(frozen=True, slots=True)
class PutAway:
    """Without a quantity: what lies in no bin, and when everything is shelved, all that is elsewhere. from_bin None = wherever it lies."""

    product_id: int
    to_bin: str
    from_bin: str | None = None
    said_milli: int | None = None
    unit: str | None = None
    warehouse_id: int | None = None


def prepare(tx: Tx, command: PutAway) -> Prepared:
    """What lies in no bin first, then past the bins as one walks. Raises Invalid for a strange bin, Blocked for too little."""
    to_bin = _bin(command.to_bin)
    from_bin = None if command.from_bin is None else _bin(command.from_bin)
    if from_bin == to_bin:
        raise Invalid("same_bin", f"从 {to_bin} 到 {to_bin} 没有移动。请说清放到哪一格。")
    goods = goods_by_id(tx.conn, tx.company_id, [command.product_id], stopped_too=True)[command.product_id]
    place = (
        command.warehouse_id or goods.warehouse_id or tx.actor.warehouse_id or tx.company.default_warehouse_id
    )
    unit = command.unit or goods.base_unit
    said = SaidLine(goods.id, command.said_milli or MILLI, unit, warehouse_id=place)
    want = Want(said, goods, 0, place)
    home = home_bins(lock_availability(tx, {want.key}))
    lots = [
        lot
        for lot in sorted(
            lots_here(tx, [want]).get(want.key, []),
            key=lambda lot: (lot.bin != "", walk(lot.bin), fefo_order(lot)),
        )
        if lot.bin != to_bin and from_bin in (None, lot.bin)
    ]
    loose = [lot for lot in lots if not lot.bin and lot.free_milli]
    if from_bin is None and command.said_milli is None and loose:
        lots = loose
    here = sum(lot.free_milli for lot in lots)
    want.qty_milli = here if command.said_milli is None else goods.to_base(command.said_milli, unit)
    taken, missing = in_order(lots, want.qty_milli)
    if missing or not taken:
        raise _too_little(want, lots, here, to_bin, from_bin)
    lines = [want.out_of(Role.LINE, one, to_bin=to_bin) for one in taken]
    draft = Draft(Kind.PUT_AWAY, lines, tx.today, extra={"home_bin": home.get(want.key, "")})
    names = warehouse_names(tx.conn, tx.company_id)
    words = goods.words(want.qty_milli, command.unit)
    shown = card(
        tx,
        "移库位",
        draft,
        warehouse=names[place],
        lines=[card_line(want, batches=batch_texts(want, taken)) | {"said": words, "base": ""}],
        bins=f"{_from(taken)} → {to_bin}",
    )
    facts = [
        draft.kind,
        goods.id,
        place,
        to_bin,
        [(one.lot.batch_id, one.lot.bin, one.qty_milli) for one in taken],
    ]
    return Prepared(shown, facts, draft, goods={goods.id: goods})


def do(tx: Tx, command: PutAway, prepared: Prepared) -> dict[str, Any]:
    """The bin is made when it is used first; from now on what arrives of these goods is put there."""
    assert prepared.draft is not None
    line = prepared.draft.lines[0]
    place = tx.conn.execute(select(warehouse).where(warehouse.c.id == line.warehouse_id)).one()
    open_bin(tx.conn, tx.company_id, place, line.to_bin)
    live_in(tx, line, line.to_bin)
    return post_prepared(tx, command, prepared)


def live_in(tx: Tx, line: Line, bin_code: str) -> None:
    """Where these goods are put from now on; undoing a 移库位单 gives back what it was before."""
    tx.conn.execute(
        update(availability)
        .where(availability.c.product_id == line.product_id, availability.c.warehouse_id == line.warehouse_id)
        .values(home_bin=bin_code)
    )


def _bin(said: str) -> str:
    code = said.strip().upper()
    if not re.fullmatch(BIN, code):
        raise Invalid("bin", f"“{said}”不像库位。{BIN_HINT}，例如：上架 生抽 20箱 A1。")
    return code


def _from(taken: tuple[Taken, ...]) -> str:
    return "、".join(dict.fromkeys(one.lot.bin or "未上架" for one in taken))


def _too_little(want: Want, lots: list[Lot], here: int, to_bin: str, from_bin: str | None) -> Blocked:
    where = f"{from_bin} 里" if from_bin else f"{to_bin} 以外"
    picked = sum(lot.picked_milli for lot in lots)
    tail = f"，另有 {want.words(picked)} 在拣货单上不能动" if picked else ""
    if not here and not picked and from_bin is None:
        return Blocked(
            "not_there",
            f"{want.goods.title} 在这个仓没有放在 {to_bin} 以外的，不用再上架。说“{to_bin}有什么”看看。",
        )
    return Blocked(
        "not_there",
        f"{want.goods.title} 在 {where}能移的只有 {want.words(here)}{tail}。改小数量，或说“库位 {to_bin}”看看。",
    )
