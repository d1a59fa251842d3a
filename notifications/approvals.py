"""待审与审批结果：等谁批就告诉谁，批完告诉提的人。"""

from typing import Any

from core.approvals import DECISIONS, NO
from core.gates import told, waited_for
from core.rights import sees_money
from core.staff import Actor, May
from core.values import plain, yuan
from notifications.notice import Item, Moment

SHOWN = 6  # lines of the document that the message repeats


def ask(moment: Moment, actor: Actor) -> list[Item]:
    """To everybody with the role of this step but the one who asked."""
    body = moment.body
    if body["needs"] not in actor.roles or actor.id == body["staff_id"]:
        return []
    money = f" {yuan(body['total_fen'])}" if sees_money(actor, body["kind"]) and body["total_fen"] else ""
    head = f"{body['number']} {body['name']}{money} 等您审批（{body['requester']}提的）"
    lines = [f"　{line['product']} {line['said']}" for line in (body["lines"] or ())[:SHOWN]]
    more = len(body["lines"] or ()) - SHOWN
    rows = [
        head,
        *([body["partner"]] if body["partner"] else []),
        *lines,
        *([f"　还有 {more} 行"] if more > 0 else []),
        *(f"⚠ {words}" for words in told(waited_for(body), actor)),
    ]
    number = body["number"]
    buttons = (("同意", f"同意 {number}"), ("驳回", f"驳回 {number}"), *_cash_first(body, actor))
    return [Item(str(body["document_id"]), body["needs"], "\n".join(rows), buttons)]


def _cash_first(body: dict[str, Any], actor: Actor) -> tuple[tuple[str, str], ...]:
    """What stands in the way can be paid away: one button takes the money, then the document passes (M10)."""
    cash = max((one.cash_fen for one in waited_for(body) if one.gate == "credit"), default=0)
    if not cash or May.TAKE_PAYMENT not in actor.may or not actor.sees(May.SEE_RECEIVABLE):
        return ()
    return (("改现款", f"收款 {body['partner']} {plain(cash, 100)}元 现金"),)


def tell(moment: Moment, actor: Actor) -> list[Item]:
    """To the one who asked."""
    body = moment.body
    if actor.id != body["staff_id"]:
        return []
    note = f"：{body['note']}" if body["note"] else ""
    after = "单已作废，号留着；要的话改好重开一张。" if body["decision"] == NO else "已记账。"
    text = f"{body['number']} {body['by']}{DECISIONS[body['decision']]}了{note}。{after}"
    return [Item(str(body["document_id"]), "decided", text, (("看单据", f"单据 {body['number']}"),))]
