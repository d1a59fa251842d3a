"""单据详情：明细和批次，来龙去脉（订单 → 出库 → 应收 → 收款），谁在什么时候记的。"""

from typing import Any

from sqlalchemy import select
from starlette.requests import Request

from admin_web.names import names_of
from admin_web.pages.words import DOORS
from core.accounts import account, batch, entry, open_item
from core.approvals import DECISIONS, approval
from core.audit import audit
from core.books.chain import related
from core.catalog import product
from core.commands import Decide
from core.documents import document, document_line
from core.errors import BusinessError
from core.execute import preview
from core.gates import lifted, told, waited_for
from core.posting_rules import KIND_NAMES, Account, Kind, Measure, Role
from core.rights import COST, kinds_seen, sees, sees_money
from core.values import MILLI, SHANGHAI, in_units, plain, price_text, yuan

MARKS = {
    Role.GIFT: "赠",
    Role.BACK: "退回",
    Role.GAIN: "盘盈",
    Role.LOSS: "盘亏",
    Role.SAME: "相符",
    Role.REJECTED: "拒收",
    Role.MISSING: "少了",
    Role.CHECK: "待检",
    Role.HELD: "冻结",
    Role.RECALL: "召回",
    Role.STALE: "过期",
    Role.CASH: "资金",
    Role.OWED_TO_US: "应收",
    Role.OWED_BY_US: "应付",
    Role.OVERPAID: "多收",
    Role.REOPENED: "反核销",
    Role.RETURNED: "已退供应商",
}
WITH_COST = frozenset(
    {Kind.DELIVERY, Kind.SALES_RETURN, Kind.PURCHASE_RETURN, Kind.MISC_OUT, Kind.SCRAP, Kind.STOCKTAKE}
)
OF_CASH = frozenset({Kind.PAYMENT_IN, Kind.PAYMENT_OUT, Kind.EXPENSE, Kind.INCOME, Kind.FUND_TRANSFER})


def document_page(request: Request, row: Any) -> dict[str, Any]:
    """{lines, chain, by, reverses, sees_cost, sees_money} for the document page."""
    ids = related(request.state.session.connection(), row.id)
    records = _heads(request, ids)
    return {
        "lines": _lines(request, row) if row.state == "posted" else _asked(request, row),
        "approvals": _approvals(request, row.id),
        "gates": _gates(request, row.id),
        "verdict": _verdict(request, row) if row.state == "draft" else None,
        "cash": Kind(row.kind) in OF_CASH,
        "sees_money": sees_money(request.state.actor, row.kind),
        "sees_cost": sees(request.state.actor, COST) and row.kind in WITH_COST,
        "chain": [_step(request, one, row.id) for one in records],
        "reverses": next((one for one in records if one.id == row.reverses_id), None),
        "by": _by(request, row.id),
    }


# ── lines ──


def _lines(request: Request, row: Any) -> list[dict[str, Any]]:
    names, money = names_of(request), sees_money(request.state.actor, row.kind)
    query = (
        select(
            document_line,
            product.c.name,
            product.c.spec,
            product.c.code,
            product.c.base_unit,
            batch.c.batch_no,
            batch.c.mfg_date,
            batch.c.expiry_date,
        )
        .outerjoin(product, product.c.id == document_line.c.product_id)
        .outerjoin(batch, batch.c.id == document_line.c.batch_id)
        .where(document_line.c.document_id == row.id)
        .order_by(document_line.c.line_no)
    )
    found = request.state.session.execute(query).all()
    names.load_units(one.product_id for one in found if one.product_id)
    funds = _funds(request, row.id) if money else {}
    return [
        _line(request, one, money) | ({"place": funds[one.line_no]} if one.line_no in funds else {})
        for one in found
    ]


def _funds(request: Request, document_id: int) -> dict[int, str]:
    """{line: where its cash came from or went}: a fund, or one fund → another."""
    query = (
        select(entry.c.line_no, account.c.name)
        .join(account, account.c.id.in_((entry.c.source_id, entry.c.target_id)))
        .where(
            entry.c.document_id == document_id,
            entry.c.measure == int(Measure.MONEY),
            account.c.role == Account.CASH.value,
        )
        .order_by(entry.c.id, account.c.id != entry.c.source_id)
    )
    found: dict[int, str] = {}
    for line_no, name in request.state.session.execute(query):
        found[line_no] = f"{found[line_no]} → {name}" if line_no in found else name
    return found


def _line(request: Request, one: Any, money: bool) -> dict[str, Any]:
    names = names_of(request)
    words = (
        in_units(one.qty_milli, names.units(one.product_id, one.base_unit), one.base_unit, one.unit)
        if one.product_id
        else ""
    )
    return {
        "product_id": one.product_id,
        "name": f"{one.name} {one.spec}".strip() if one.product_id else MARKS.get(one.role, ""),
        "mark": MARKS.get(one.role, "") if one.product_id else "",
        "quantity": words,
        "reason": one.reason,
        "said": "" if one.said_milli is None or not one.unit else plain(one.said_milli, MILLI) + one.unit,
        "batch": one.batch_no or "",
        "expiry": one.expiry_date,
        "place": " ".join(filter(None, (names.warehouses.get(one.warehouse_id), _bins(one)))),
        "price": f"{price_text(one.price_e4)}/{one.price_unit}" if money and one.price_e4 is not None else "",
        "amount": yuan(one.amount_fen) if money else "",
        "cost": yuan(one.cost_fen) if sees(request.state.actor, COST) else "",
    }


def _bins(one: Any) -> str:
    """The bin goods were taken from or put into; both when they went from one to the other."""
    return " → ".join(dict.fromkeys(filter(None, (one.bin, one.to_bin))))


def _extra(request: Request, document_id: int) -> dict[str, Any]:
    query = select(document.c.extra).where(document.c.id == document_id)
    return request.state.session.execute(query).scalar() or {}


def _asked(request: Request, row: Any) -> list[dict[str, Any]]:
    """What a document that was never posted asked for: it has no lines, only the card it was asked with."""
    money = sees_money(request.state.actor, row.kind)
    extra = _extra(request, row.id)
    names = names_of(request)
    return [
        {
            "product_id": line["product_id"],
            "name": line["product"],
            "mark": line.get("mark", ""),
            "quantity": line["said"],
            "reason": "",
            "batch": line.get("batch", ""),
            "expiry": None,
            "place": names.warehouses.get(line.get("warehouse_id"), ""),
            "price": line.get("price", "") if money else "",
            "amount": yuan(line["amount_fen"]) if money and "amount_fen" in line else "",
            "cost": "",
        }
        for line in extra.get("card", {}).get("lines", [])
    ]


def _approvals(request: Request, document_id: int) -> list[dict[str, str]]:
    """Step by step: whose turn, or who decided what and when."""
    rows = request.state.session.execute(
        select(approval).where(approval.c.document_id == document_id).order_by(approval.c.step)
    )
    people = names_of(request).people
    return [
        {
            "needs": row.needs,
            "who": people.get(row.staff_id, ""),
            "decision": DECISIONS.get(row.decision, "") if row.decision else "",
            "at": row.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if row.at else "",
            "note": row.note,
        }
        for row in rows
    ]


def _gates(request: Request, document_id: int) -> list[str]:
    """What it waits at, or what was lifted for it, as far as this reader may know."""
    extra = _extra(request, document_id)
    return told(waited_for(extra) or lifted(extra), request.state.actor)


def _verdict(request: Request, row: Any) -> dict[str, Any] | None:
    """For whose turn it is: what agreeing to it would post now, or why it cannot be; None for everybody else."""
    books, actor, now = request.state.books, request.state.actor, request.state.now
    try:
        preview(books, actor, Decide(row.number, False), now)
    except BusinessError:
        return None
    try:
        seen = preview(books, actor, Decide(row.number, True), now)
    except BusinessError as refused:
        return {"refused": str(refused)}
    return {"digest": seen.digest, "warnings": seen.warnings}


# ── where it came from, what came of it ──


def _heads(request: Request, ids: set[int]) -> list[Any]:
    actor = request.state.actor
    return list(
        request.state.session.execute(
            select(document)
            .where(
                document.c.id.in_(ids),
                document.c.company_id == actor.company_id,
                document.c.kind.in_(kinds_seen(actor)),
            )
            .order_by(document.c.id)
        )
    )


def _step(request: Request, one: Any, here: int) -> dict[str, Any]:
    money = sees_money(request.state.actor, one.kind)
    return {
        "id": one.id,
        "number": one.number,
        "kind": KIND_NAMES.get(Kind(one.kind), one.kind),
        "day": one.business_date,
        "here": one.id == here,
        "undoes": one.reverses_id is not None,
        "total": yuan(one.total_fen) if money and one.total_fen else "",
        "by": _by(request, one.id),
        "owed": [_owed(item) for item in _items(request, one)],
    }


def _items(request: Request, one: Any) -> list[Any]:
    actor = request.state.actor
    sides = [
        side for side, kind in (("R", Kind.PAYMENT_IN), ("P", Kind.PAYMENT_OUT)) if sees_money(actor, kind)
    ]
    return list(
        request.state.session.execute(
            select(open_item).where(open_item.c.document_id == one.id, open_item.c.side.in_(sides))
        )
    )


def _owed(item: Any) -> dict[str, Any]:
    word = {("R", 1): "应收", ("R", -1): "冲应收", ("P", 1): "应付", ("P", -1): "冲应付"}[
        item.side, item.sign
    ]
    return {
        "word": word,
        "amount": yuan(item.amount_fen),
        "open": yuan(item.open_fen) if item.open_fen else "",
        "settled": yuan(item.amount_fen - item.open_fen),
        "due": item.due_date,
    }


def _by(request: Request, document_id: int) -> dict[str, str] | None:
    """Who recorded it, when, through which door."""
    row = request.state.session.execute(
        select(audit.c.at, audit.c.staff_id, audit.c.door)
        .where(audit.c.document_id == document_id)
        .order_by(audit.c.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    return {
        "who": names_of(request).people.get(row.staff_id, ""),
        "at": row.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
        "door": DOORS.get(row.door, row.door),
    }
