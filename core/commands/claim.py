"""索赔：跟供应商谈定赔多少，冲减应付。"""

from dataclasses import dataclass
from typing import Any

from core.commands.order_goods import the_supplier
from core.documents import Draft, Line, by_number
from core.drafting import card
from core.errors import Invalid, too_large
from core.locks import lock_documents
from core.posting_rules import KIND_NAMES, Kind, Role
from core.prepared import Prepared
from core.requisitions import must_stand
from core.tx import Tx
from core.values import MAX_MONEY_FEN

ABOUT = (Kind.GOODS_RECEIPT, Kind.SCRAP)


@dataclass(frozen=True, slots=True)
class ClaimSupplier:
    """number = the receipt or the scrapping it is about, if one was said."""

    partner_id: int
    amount_fen: int
    number: str | None = None
    reason: str = ""


def prepare(tx: Tx, command: ClaimSupplier) -> Prepared:
    """Once agreed: it lowers what we owe him at once, as a return would. Raises Invalid for a document it cannot be about."""
    about = _about(tx, command) if command.number else None
    supplier = the_supplier(tx, command.partner_id)
    if command.amount_fen <= 0:
        raise Invalid("amount", "索赔金额要大于 0。谈定多少就说多少，例如：索赔 成都总代 200。")
    if command.amount_fen > MAX_MONEY_FEN:
        raise too_large("索赔金额")
    if about is not None and about.partner_id not in (None, supplier.id):
        raise Invalid("other_supplier", f"{about.number} 不是 {supplier.name} 的货。请核对单号和供应商。")
    line = Line(Role.LINE, amount_fen=command.amount_fen, reason=command.reason)
    if about is not None:
        line.order_id, line.order_line = about.id, 1  # so that it is not undone from under the claim
    draft = Draft(
        Kind.CLAIM,
        [line],
        tx.today,
        supplier.id,
        parent_id=about.id if about is not None else None,
        note=command.reason,
    )
    shown = card(
        tx,
        "索赔",
        draft,
        partner=supplier.name,
        reason=command.reason,
        about=about.number if about is not None else "",
        credits="应付",
    )
    facts = [draft.kind, supplier.id, command.amount_fen, draft.parent_id]
    return Prepared(shown, facts, draft, amount_fen=command.amount_fen)


def _about(tx: Tx, command: ClaimSupplier) -> Any:
    row = by_number(tx.conn, tx.company_id, command.number or "")
    if Kind(row.kind) not in ABOUT or row.reverses_id is not None:
        raise Invalid(
            "not_about",
            f"{row.number} 是{KIND_NAMES[Kind(row.kind)]}，索赔只能就入库单或报损单。也可以不带单号。",
        )
    lock_documents(tx, [row.id])
    must_stand(tx, row, "索赔")
    return row
