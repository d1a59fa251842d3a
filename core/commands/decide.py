"""审批：同意就照原来的请求记账，驳回就作废留号；自己提的自己能作废，不能自己批。"""

from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select

import core.commands
from core import approvals, gates
from core.approvals import NO, WITHDRAWN, YES
from core.documents import by_number, document
from core.errors import Blocked, BusinessError, Need, NotAllowed, Stale
from core.locks import lock_documents
from core.posting_rules import KIND_NAMES, Kind
from core.prepared import Handler, Prepared
from core.staff import Actor, actor_by_id
from core.tx import Tx
from core.values import yuan

OVER = {"posted": "已经批准记账", "cancelled": "已经作废"}


@dataclass(frozen=True, slots=True)
class Decide:
    """yes = 同意, no = 驳回 of a document that waits."""

    number: str
    yes: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawDraft:
    """作废: one's own document that still waits."""

    number: str
    note: str = ""


@dataclass(slots=True)
class Again:
    """The request as it is now: its command, prepared in the name of who asked for it."""

    tx: Tx
    handler: Handler
    command: Any
    prepared: Prepared


def prepare(tx: Tx, command: Decide) -> Prepared:
    """The card is the document as it would be posted now. Raises NotAllowed for the wrong person, Stale when it is over,
    Blocked when it can no longer be posted or has become dearer than what was asked for."""
    row, step, last = _waiting(tx, command.number)
    if row.staff_id == tx.actor.id:
        raise NotAllowed(
            "own_request",
            f"{row.number} 是您自己提的，要另一位{step.needs}来批。不要了请说“作废 {row.number}”。",
        )
    if step.needs not in tx.actor.roles:
        raise NotAllowed(
            "not_approver", f"{row.number} 等{step.needs}审批，您批不了。请他来回“同意 {row.number}”。"
        )
    title = "同意" if command.yes else "驳回"
    shown = dict(row.extra["card"])
    facts: list[Any] = [row.id, step.step, command.yes]
    goods, warnings = {}, gates.told(gates.waited_for(row.extra), tx.actor) if command.yes else []
    if command.yes and last:
        again = _again(tx, row)
        shown, goods = again.prepared.card, again.prepared.goods
        warnings = again.prepared.warnings + gates.told(again.prepared.barriers, tx.actor)
        facts += [again.prepared.digest, [one.full for one in again.prepared.barriers]]
    shown = shown | {"title": title, "of": row.number, "reason": command.note}
    return Prepared(shown, facts, None, [], warnings, row.total_fen, goods=goods)


def do(tx: Tx, command: Decide, prepared: Prepared) -> dict[str, Any]:
    row, step, last = _waiting(tx, command.number)
    approvals.decide(tx, step, YES if command.yes else NO, command.note)
    if not command.yes:
        return _cancelled(tx, row, prepared.card, NO, command.note)
    if not last:
        return _passed_on(tx, row, step, prepared.card)
    again = _again(tx, row)
    draft = again.prepared.draft
    assert draft is not None
    draft.id, draft.number = row.id, row.number
    if again.prepared.barriers:
        draft.extra = (draft.extra or {}) | gates.agreed(again.prepared.barriers)
    result = again.handler.do(again.tx, again.command, again.prepared)
    approvals.tell_requester(tx, row, YES, command.note)
    return result | {"title": "同意", "of": row.number}


def prepare_withdrawal(tx: Tx, command: WithdrawDraft) -> Prepared:
    row, step, _ = _waiting(tx, command.number)
    if row.staff_id != tx.actor.id:
        raise NotAllowed(
            "not_own",
            f"{row.number} 不是您提的，作废要提的人自己来；要否决请{step.needs}回“驳回 {row.number}”。",
        )
    shown = dict(row.extra["card"]) | {"title": "作废", "of": row.number, "reason": command.note}
    return Prepared(shown, [row.id, step.step])


def do_withdrawal(tx: Tx, command: WithdrawDraft, prepared: Prepared) -> dict[str, Any]:
    row, step, _ = _waiting(tx, command.number)
    approvals.decide(tx, step, WITHDRAWN, command.note)
    return _cancelled(tx, row, prepared.card, WITHDRAWN, command.note)


def _waiting(tx: Tx, number: str) -> tuple[Any, Any, bool]:
    """(the draft, the step whose turn it is, whether it is the last), held while it is decided."""
    found = by_number(tx.conn, tx.company_id, number)
    lock_documents(tx, [found.id])
    row = tx.conn.execute(select(document).where(document.c.id == found.id)).one()
    open_steps = [step for step in approvals.steps_of(tx, row.id) if step.decision is None]
    if row.state != "draft" or not open_steps:
        over = OVER.get(row.state, "不用审批") if approvals.steps_of(tx, row.id) else "不用审批"
        raise Stale("not_waiting", f"{row.number} {over}，没有再动账。", number=row.number)
    return row, open_steps[0], len(open_steps) == 1


def _again(tx: Tx, row: Any) -> Again:
    """Prepared once more with the rights and the warehouse of who asked: approval is no way round his limits."""
    requester = actor_by_id(tx.conn, row.staff_id)
    if requester is None:
        raise Blocked("requester_gone", f"提 {row.number} 的人已停用，批不了。请驳回，让别人重开一张。")
    kind = next(one for one in core.commands.COMMANDS if one.__name__ == row.command["name"])
    handler = core.commands.COMMANDS[kind]
    requester.require(handler.needs)
    theirs = replace(tx, actor=requester)
    said: Any = TypeAdapter(kind).validate_python(row.command["body"])
    try:
        prepared = handler.prepare(theirs, said)
    except Need as need:
        raise _impossible(row, need.question) from need
    except BusinessError as refusal:
        raise _impossible(row, str(refusal)) from refusal
    assert prepared.draft is not None
    _nothing_new(row, requester, prepared)
    now = (prepared.draft.kind, prepared.draft.partner_id, approvals.goods_asked(prepared.draft))
    if now != (row.kind, row.partner_id, row.extra["goods"]):
        raise Blocked(
            "other_goods",
            f"{row.number} 现在记出来的货、数量或对方和提的时候不一样了，不能照批。请驳回，让他重开一张。",
        )
    asked = row.extra["amount_fen"]
    if prepared.amount_fen > asked:
        raise Blocked(
            "dearer",
            f"{row.number} 提的时候是 {yuan(asked)}，现在要 {yuan(prepared.amount_fen)}，不能照批。请驳回，让他重开一张。",
        )
    if prepared.amount_fen < asked:
        prepared.warnings.append(f"提的时候是 {yuan(asked)}，现在是 {yuan(prepared.amount_fen)}")
    return Again(theirs, handler, said, prepared)


def _nothing_new(row: Any, requester: Actor, prepared: Prepared) -> None:
    """What is lifted is what was asked for: a gate that came down since is not passed along with it."""
    asked = {one.gate for one in gates.waited_for(row.extra)}
    new = [one for one in prepared.barriers if one.stops(requester) and one.gate not in asked]
    if new:
        raise _impossible(row, f"{new[0].brief or gates.GATES[new[0].gate].word}，提的时候没有这一条。")


def _impossible(row: Any, why: str) -> Blocked:
    return Blocked("cannot_post", f"{row.number} 现在记不了：{why}这张请驳回，让他重开。", number=row.number)


def _cancelled(tx: Tx, row: Any, card: dict[str, Any], decision: str, note: str) -> dict[str, Any]:
    approvals.cancel(tx, row.id)
    if decision == NO:
        approvals.tell_requester(tx, row, decision, note)
    return card | _head(row) | {"state": "cancelled"}


def _passed_on(tx: Tx, row: Any, step: Any, card: dict[str, Any]) -> dict[str, Any]:
    """Agreed, and now the next one's turn."""
    following = next(
        one for one in approvals.steps_of(tx, row.id) if one.decision is None and one.step != step.step
    )
    requester = actor_by_id(tx.conn, row.staff_id)
    result = card | _head(row) | {"state": "draft", "waits_for": following.needs}
    approvals.tell_approvers(
        tx,
        result,
        row.staff_id,
        requester.name if requester else "",
        following.step,
        following.needs,
        gates.waited_for(row.extra),
    )
    return result


def _head(row: Any) -> dict[str, Any]:
    return {
        "document_id": row.id,
        "kind": row.kind,
        "number": row.number,
        "name": KIND_NAMES[Kind(row.kind)],
        "total_fen": row.total_fen,
    }
