"""换货：退回和换出是一件事，一张换货单管两张单，要撤一起撤。"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from core.batches import remember_deals
from core.commands import deliver_goods, take_back
from core.commands.deliver_goods import DeliverGoods
from core.commands.take_back import TakeBack
from core.documents import Draft, Line
from core.drafting import SaidLine, card, posted_result, wants, with_parts
from core.ledger import post
from core.locks import lock_availability, lock_documents
from core.partners import the_partner
from core.posting_rules import Kind, Role
from core.prepared import Prepared
from core.settling import Settled
from core.tx import Tx


@dataclass(frozen=True, slots=True)
class ExchangeGoods:
    """back = what the customer returns, out = what he gets for it; out empty = the same again."""

    back: tuple[SaidLine, ...]
    partner_id: int
    out: tuple[SaidLine, ...] = ()
    day: date | None = None
    reason: str = ""


def prepare(tx: Tx, command: ExchangeGoods) -> Prepared:
    """The return into 待检, the replacement by FEFO out of what no order holds; what goes out again costs what came back.

    Raises what TakeBack and DeliverGoods raise. His open orders stay: a replacement is no delivery of them.
    """
    _lock(tx, command)
    back = take_back.prepare(tx, TakeBack(command.back, command.partner_id, command.day))
    assert back.draft is not None
    said = command.out or tuple(
        replace(line, price_e4=None, price_unit=None, amount_fen=None, batch_no=None) for line in command.back
    )
    out = deliver_goods.prepare_beside(
        tx, DeliverGoods(_priced(said, back.draft), command.partner_id, day=command.day), back.draft
    )
    assert out.draft is not None
    lines = [_told(line, Role.BACK) for line in back.draft.lines] + [
        _told(line, Role.LINE) for line in out.draft.lines
    ]
    draft = Draft(Kind.EXCHANGE, lines, back.draft.business_date, command.partner_id, note=command.reason)
    for part in (back.draft, out.draft):
        part.note = part.note or command.reason
    shown = card(
        tx,
        "换货",
        draft,
        partner=back.card["partner"],
        warehouse="、".join(dict.fromkeys((back.card["warehouse"], out.card["warehouse"]))),
        reason=command.reason,
        lines=[one | {"mark": "退回"} for one in back.card["lines"]]
        + [one | {"mark": "换出"} for one in out.card["lines"]],
        into=back.card["into"],
        back_fen=back.draft.total_fen,
        out_fen=out.draft.total_fen,
    )
    return Prepared(
        shown,
        [draft.kind, back.facts, out.facts],
        draft,
        back.defaulted + out.defaulted,
        back.warnings + out.warnings,
        max(back.amount_fen, out.amount_fen),
        goods=back.goods | out.goods,
        parts=[back.draft, out.draft],
        barriers=out.barriers,
    )


def do(tx: Tx, _command: ExchangeGoods, prepared: Prepared) -> dict[str, Any]:
    """The head first, then both halves under it: the return's credit settles the replacement."""
    assert prepared.draft is not None
    post(tx, prepared.draft)
    settled: list[Settled] = []
    for part in prepared.parts:
        part.parent_id = prepared.draft.id
        settled += post(tx, part)
    remember_deals(tx, prepared.parts[1], "S")
    result = posted_result(tx, prepared.draft, prepared.card, tuple(settled), prepared.goods)
    return result | with_parts(prepared)


def _lock(tx: Tx, command: ExchangeGoods) -> None:
    """All at once, in the order of core/locks.py: the halves would take their documents one after the other."""
    if not tx.writing:
        return
    back, out = wants(tx, command.back), wants(tx, command.out or command.back)
    lock_documents(tx, take_back.deliveries(tx, command.partner_id, back))
    the_partner(tx, command.partner_id)
    lock_availability(tx, {want.key for want in (*back, *out)})


def _priced(said: tuple[SaidLine, ...], back: Draft) -> tuple[SaidLine, ...]:
    """A replacement of the same goods has the price of what it replaces, unless another was said."""
    prices = {line.product_id: line for line in back.lines if line.price_e4 is not None}
    return tuple(
        replace(
            line, price_e4=prices[line.product_id].price_e4, price_unit=prices[line.product_id].price_unit
        )
        if line.product_id in prices and line.price_e4 is None and line.amount_fen is None and not line.gift
        else line
        for line in said
    )


def _told(line: Line, role: Role) -> Line:
    """The head's own line: what was exchanged for what, no figure of its own."""
    return Line(
        role, line.product_id, line.warehouse_id, line.batch_id, line.said_milli, line.unit, line.qty_milli
    )
