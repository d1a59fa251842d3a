"""签收：货到了客户手上；当场不要的是拒收，退回待检、冲应收，和签收一起记、一起撤。"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from core.catalog import Goods, goods_by_id
from core.commands import take_back
from core.commands.take_back import TakeBack
from core.documents import Draft, Line, by_number, document, document_line, stands
from core.drafting import SaidLine, business_day, card, posted_result, with_parts
from core.errors import Blocked, Invalid
from core.ledger import post
from core.locks import lock_documents
from core.partners import partner
from core.posting_rules import KIND_NAMES, Kind, Role
from core.prepared import Prepared
from core.requisitions import must_stand
from core.settling import Settled
from core.tx import Tx


@dataclass(frozen=True, slots=True)
class SignDelivery:
    """refused = what the customer would not take, of this delivery; the rest is signed for."""

    number: str
    refused: tuple[SaidLine, ...] = ()
    reason: str = ""
    signed_by: str = ""
    day: date | None = None


def prepare(tx: Tx, command: SignDelivery) -> Prepared:
    """Once per delivery. Raises what TakeBack raises for goods that this delivery did not bring."""
    sent = by_number(tx.conn, tx.company_id, command.number)
    if sent.kind != Kind.DELIVERY or sent.reverses_id is not None:
        raise Invalid(
            "not_delivery",
            f"{sent.number} 是{KIND_NAMES[Kind(sent.kind)]}，签收的是出库单。请说 DN- 开头的单号。",
        )
    lock_documents(tx, [sent.id])
    must_stand(tx, sent, "签收")
    _not_signed(tx, sent)
    day = business_day(tx, command.day)
    if day < sent.business_date:
        raise Invalid(
            "signed_before", f"{sent.number} {sent.business_date} 才出库，不能 {day} 就签收。请核对日期。"
        )
    back = _refused(tx, command, sent)
    lines = _lines(tx, sent, back.draft if back else None)
    draft = Draft(Kind.SIGNED, lines, day, sent.partner_id, parent_id=sent.id, note=command.reason)
    draft.extra = {"signed_by": command.signed_by} if command.signed_by else None
    goods = goods_by_id(tx.conn, tx.company_id, {line.product_id or 0 for line in lines}, stopped_too=True)
    shown = card(
        tx,
        "签收",
        draft,
        partner=tx.conn.execute(select(partner.c.name).where(partner.c.id == sent.partner_id)).scalar() or "",
        about=sent.number,
        reason=command.reason,
        signed_by=command.signed_by,
        lines=_card_lines(lines, goods),
        into="待检，放行后才能再卖" if back else "",
        refused_fen=back.draft.total_fen if back and back.draft else 0,
    )
    facts = [draft.kind, sent.id, day, back.facts if back else None]
    parts = [back.draft] if back and back.draft else []
    return Prepared(shown, facts, draft, amount_fen=back.amount_fen if back else 0, goods=goods, parts=parts)


def _card_lines(lines: list[Line], goods: dict[int, Goods]) -> list[dict[str, Any]]:
    """Batches of one product are one line to a reader; what was refused stands by itself."""
    sums: dict[tuple[int, Role], list[Line]] = {}
    for line in lines:
        sums.setdefault((line.product_id or 0, line.role), []).append(line)
    return [
        {
            "product_id": of,
            "product": goods[of].title,
            "said": goods[of].words(sum(one.qty_milli for one in same), same[0].unit),
            "qty_milli": sum(one.qty_milli for one in same),
            "warehouse_id": same[0].warehouse_id,
        }
        | ({"mark": "拒收"} if role is Role.BACK else {})
        for (of, role), same in sums.items()
    ]


def do(tx: Tx, _command: SignDelivery, prepared: Prepared) -> dict[str, Any]:
    assert prepared.draft is not None
    post(tx, prepared.draft)
    settled: list[Settled] = []
    for part in prepared.parts:
        part.parent_id = prepared.draft.id
        settled += post(tx, part)
    result = posted_result(tx, prepared.draft, prepared.card, tuple(settled), prepared.goods)
    return result | with_parts(prepared)


def _not_signed(tx: Tx, sent: Any) -> None:
    by = tx.conn.execute(
        select(document.c.number).where(
            document.c.parent_id == sent.id, document.c.kind == Kind.SIGNED.value, stands()
        )
    ).scalar()
    if by:
        raise Blocked(
            "signed",
            f"{sent.number} 已经签收过了（{by}）。签错了请先撤回 {by}；后来才退的请记客户退货。",
            number=by,
        )


def _refused(tx: Tx, command: SignDelivery, sent: Any) -> Prepared | None:
    if not command.refused:
        return None
    said = TakeBack(command.refused, sent.partner_id, command.day, note=command.reason or "拒收")
    return take_back.prepare_refusal(tx, said, sent.id)


def _lines(tx: Tx, sent: Any, back: Draft | None) -> list[Line]:
    """One line per line of the delivery for what was signed, and one for what was refused of it."""
    refused: dict[int | None, int] = {}
    for line in back.lines if back else []:
        refused[line.order_line] = refused.get(line.order_line, 0) + line.qty_milli
    rows = tx.conn.execute(
        select(document_line).where(document_line.c.document_id == sent.id).order_by(document_line.c.line_no)
    )
    lines = []
    for row in rows:
        gone = refused.get(row.line_no, 0)
        for role, qty in ((Role.LINE, row.qty_milli - gone), (Role.BACK, gone)):
            if qty:
                lines.append(
                    Line(
                        role,
                        row.product_id,
                        row.warehouse_id,
                        row.batch_id,
                        unit=row.unit,
                        qty_milli=qty,
                        order_id=sent.id,
                        order_line=row.line_no,
                    )
                )
    return lines
