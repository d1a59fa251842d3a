"""回话：把提案的预览和记账的结果说成手机上看得完的几行；看不得的数字不出现。"""

from typing import Any

from bot.message import Button, Outgoing
from core.rights import CUSTOMERS, SUPPLIERS, sees, sees_money
from core.staff import Actor, May
from core.values import yuan

Card = dict[str, Any]
ABOUT = ("同意", "驳回", "作废")  # what is said of a document that is already there


LEARNT = {
    "记叫法": "✓ 记住了：“{word}”是 {product}（{whom}）。不要了说“忘掉 {word}”。",
    "忘掉叫法": "✓ 忘掉了：“{word}”不再是 {product}（{whom}）。",
}


def _replaced(result: Card) -> str:
    return f"原来记的是 {result['instead_of']}。" if result.get("instead_of") else ""


def confirm_buttons(code: str) -> tuple[Button, ...]:
    return (Button("确认", f"确认 {code}"), Button("取消", f"取消 {code}"))


def preview(
    card: Card,
    actor: Actor,
    code: str,
    defaulted: list[str],
    warnings: list[str],
    waiting: int = 0,
    changed: bool = False,
) -> Outgoing:
    """What will be posted, in full; what was filled in and what deserves a look stand out."""
    what = card["title"] + (f" {card['of']}" if card["title"] in ABOUT else "")
    if card.get("takes"):
        what = f"一起撤这 {len(card['takes'])} 张，从新到旧"
    rows = ["情况有变，请再看一眼：" if changed else f"请确认{what}", *_body(card, actor)]
    rows += [f"※ {one}" for one in _allowed(card, actor, defaulted)]
    rows += [f"⚠ {one}" for one in warnings]
    rows += list(card.get("asks") or ())
    rows.append(f"回“确认”记账，“取消”不记（编号 {code}）。不对就直接说，如“是30箱”。")
    if waiting:
        rows.append(f"另外还有 {waiting} 笔未确认。")
    return Outgoing("\n".join(rows), confirm_buttons(code))


def posted(result: Card, actor: Actor) -> Outgoing:
    """Number, what changed, what is left, what to say next."""
    if result.get("state"):
        return _not_posted(result, actor)
    if result["title"] in LEARNT:
        return Outgoing(LEARNT[result["title"]].format(**result) + _replaced(result))
    if result["title"] == "存模板":  # kept, nothing posted
        return Outgoing(f"✓ 已{result['title']}“{result['name']}”，下回说“用模板 {result['name']}”。")
    rows = [
        f"✓ {_done_words(result)} {_numbers(result)}".rstrip(),
        *_body(result, actor),
        *_left(result),
        *_settled(result, actor),
        *(
            f"{one['number']} 等{one['waits_for']}审批，批了才记账"
            for one in result.get("also") or ()
            if one.get("state")
        ),
    ]
    if result["title"] in ("红冲", "一起撤", "同意") or "number" not in result:
        return Outgoing("\n".join(rows))
    rows.append("记错了？10 分钟内回“撤回”。")
    return Outgoing("\n".join(rows), (Button("撤回", f"撤回 {result['number']}"),))


def _numbers(result: Card) -> str:
    """One number, or several when one act made several of the same kind: a walk for two orders."""
    also = [
        one["number"]
        for one in result.get("also") or ()
        if one["kind"] == result["kind"] and not one.get("state")
    ]
    return "、".join([result.get("number", ""), *also])


def _not_posted(result: Card, actor: Actor) -> Outgoing:
    """A document that waits for approval, or was refused: nothing moved."""
    number = result["number"]
    if result["state"] == "cancelled":
        return Outgoing(f"✓ 已{result['title']} {number}，没有记账，单号留着。")
    if result["title"] == "同意":
        return Outgoing(f"✓ 已同意 {number}，接着等{result['waits_for']}审批。")
    rows = [
        f"已提交 {result['name']} {number}，等{result['waits_for']}审批，批了才记账",
        *_body(result, actor),
        *(f"⚠ {one}" for one in result.get("why") or ()),
    ]
    rows.append(f"不要了回“作废 {number}”。")
    return Outgoing("\n".join(rows), (Button("作废", f"作废 {number}"),))


def bound(result: Card) -> str:
    roles = "、".join(result["roles"])
    return f"绑定好了，{result['name']}（{roles}）。直接发话就行，例如“库存 生抽”。发“帮助”看会什么。"


def _done_words(result: Card) -> str:
    if result["title"] == "一起撤":
        return f"已一起撤 {len(result['takes'])} 张，{result['of']} →"
    return f"已红冲 {result['of']} →" if result["title"] == "红冲" else f"已{result['title']}"


def _allowed(card: Card, actor: Actor, notes: list[str]) -> list[str]:
    return [note for note in notes if sees_money(actor, card["kind"]) or "价" not in note]


def _body(card: Card, actor: Actor) -> list[str]:
    rows = []
    head = [
        card.get("partner") or "",
        card.get("warehouse") or "",
        card.get("bins") or "",
        card.get("date") or "",
        card.get("reason") or "",
    ]
    if card["title"] == "结账":
        rows.append(f"结到 {card['through']}（原来 {card['before']}），这天及以前不能再记单")
    if card["title"] == "反结账":
        rows.append(f"原来结到 {card['before']}，改为 {card['through']}")
    if card.get("takes"):
        return rows + _taken(card, actor)
    if any(head):
        rows.append(" · ".join(part for part in head if part))
    for number, line in enumerate(card.get("lines") or (), 1):
        rows += _line(card, line, actor, number if len(card["lines"]) > 1 else 0)
    return rows + (_totals(card, actor) if card["kind"] else [])


def _taken(card: Card, actor: Actor) -> list[str]:
    """What goes along when a document is undone with all that stands on it, and by which numbers once it is done."""
    return [
        f"{number}. {one['number']} {one['name']}"
        + (f" {one['partner']}" if one["partner"] else "")
        + (f" {yuan(one['total_fen'])}" if one["total_fen"] and sees_money(actor, one["kind"]) else "")
        + (f" → {one['by']}" if one.get("by") else "")
        for number, one in enumerate(card["takes"], 1)
    ]


def _line(card: Card, line: Card, actor: Actor, number: int) -> list[str]:
    mark = f"{line['mark']} " if line.get("mark") else ""
    text = f"{f'{number}. ' if number else ''}{mark}{line['product']} {line['said']}"
    if line.get("base"):
        text += f"（{line['base']}）"
    if line.get("gift"):
        text += " 赠品"
    elif (
        line.get("price")
        and (sees_money(actor, card["kind"]) or line.get("price_said"))
        and not actor.in_group
    ):
        text += f" × {line['price']} = {yuan(line['amount_fen'])}"
    rows = [text]
    if line.get("difference"):
        rows.append(f"　账面 {line['book']}，差异 {line['difference']}")
    if line.get("note"):
        rows.append(f"　{line['note']}")
    if line.get("expiry") or line.get("mfg"):
        dates = [
            f"生产 {line['mfg']}" if line.get("mfg") else "",
            f"到期 {line['expiry']}" if line.get("expiry") else "",
        ]
        rows.append("　批次 " + line["batch"] + "，" + "，".join(one for one in dates if one))
    for part in line.get("batches") or ():
        rows.append(
            f"　批次 {part['batch']} {part['qty']}" + (f"，到期 {part['expiry']}" if part["expiry"] else "")
        )
    return rows


def _totals(card: Card, actor: Actor) -> list[str]:
    rows = []
    said = bool(card.get("lines")) and all(line.get("price_said") for line in card["lines"])
    visible = (sees_money(actor, card["kind"]) or said) and not actor.in_group
    if card.get("orders"):
        rows.append(f"冲订单 {'、'.join(card['orders'])}")
    if card.get("promised"):
        held = f"{card['waits_for']}批了才锁定库存" if card.get("waits_for") else "确认后立即锁定库存"
        rows.append(f"送货 {card['promised']}，{held}")
    if visible:
        rows += [_share(one) for one in card.get("shares") or ()]
    if card.get("owed") and visible and card.get("due"):
        rows.append(f"{card['owed']} {yuan(card['total_fen'])}，{card['due']} 到期")
    elif card.get("lines") and visible and card.get("total_fen") and not card.get("credits"):
        rows.append(f"合计 {yuan(card['total_fen'])}")
    if card.get("into"):
        rows.append(f"先放{card['into']}")
    if card.get("credits") and visible:
        rows.append(f"冲减{card['credits']} {yuan(card['total_fen'])}")
    if card.get("shares") is not None and not card["total_fen"]:
        rows.append("价格没变，不再是暂估")
    if "back_fen" in card and visible:
        more = card["out_fen"] - card["back_fen"]
        rows.append(
            f"退回 {yuan(card['back_fen'])}，换出 {yuan(card['out_fen'])}，"
            + ("两清" if not more else f"客户补 {yuan(more)}" if more > 0 else f"冲减应收 {yuan(-more)}")
        )
    if card.get("signed_by"):
        rows.append(f"签收人 {card['signed_by']}")
    if card.get("refused_fen") and visible:
        rows.append(f"拒收的冲减应收 {yuan(card['refused_fen'])}")
    if card.get("about"):
        rows.append(f"就 {card['about']}")
    if card.get("requisition"):
        rows.append(f"按申请 {card['requisition']}")
    if "lead_days" in card:
        terms = [
            f"运费 {yuan(card['freight_fen'])}" if card["freight_fen"] and visible else "",
            f"{card['lead_days']} 天到货" if card["lead_days"] is not None else "",
            f"报价到 {card['valid_until']}" if card["valid_until"] else "",
        ]
        rows += ["，".join(term for term in terms if term)] if any(terms) else []
    if card.get("arrives"):
        rows.append(f"预计到货 {card['arrives']}")
    if card.get("value_fen") and actor.sees(May.SEE_COST):
        rows.append(f"盘点损益 {yuan(card['value_fen'])}")
    if card.get("next") and card.get("number"):
        rows.append(card["next"].format(number=card["number"]))
    if card.get("fund") or "settles" in card or "reopens" in card:
        rows += _payment(card, actor)
    return rows + _received(card, actor)


def _received(card: Card, actor: Actor) -> list[str]:
    """Of a recall: who has had the batch, newest first; the phone only for those who may know customers, and not in a group."""
    if "received" not in card:
        return []
    rows = [
        f"{card['product']} 批次 {card['batch']}"
        + (f"，供应商 {card['supplier']}" if sees(actor, SUPPLIERS) and card["supplier"] else "")
    ]
    rows += [f"途中还有 {qty}，到货时自动冻结" for qty in card["on_the_way"]]
    if not sees(actor, CUSTOMERS):
        return [*rows, f"{len(card['received'])} 张出库单送出过这一批，请问销售"]
    rows.append("收过这一批的客户：" if card["received"] else "还没有客户收过这一批")
    return rows + [
        f"　{one['customer']} {one['phone']} {one['qty']}（{one['number']}，{one['day']}）".replace("  ", " ")
        for one in card["received"]
    ]


def _share(one: Card) -> str:
    """Where a change of cost falls: on goods still here, on those gone, on those sent back."""
    parts = (("库存里", one["left_fen"]), ("已出的", one["gone_fen"]), ("已退的", one["back_fen"]))
    return f"{one['product']} {yuan(one['fen'])}：" + "，".join(
        f"{word} {yuan(fen)}" for word, fen in parts if fen
    )


def _payment(card: Card, actor: Actor) -> list[str]:
    rows = [
        f"{card['title']} {yuan(card['total_fen'])}" + (f"（{card['fund']}）" if card.get("fund") else "")
    ]
    if actor.in_group:
        return rows
    if "funds" in card:
        return rows + [f"{one['name']} 余额 {yuan(one['fen'])}" for one in card["funds"]]
    rows += [
        f"核销 {one['number']}（{one['due']} 到期）{yuan(one['fen'])}"
        + (f"，还欠 {yuan(one['left_fen'])}" if one["left_fen"] else "")
        for one in card.get("settles") or ()
    ]
    rows += [f"{one['number']} 又未清 {yuan(one['fen'])}" for one in card.get("reopens") or ()]
    for one in card.get("balances") or ():
        rows.append(f"{one['name']}余额 {yuan(one['before_fen'])} → {yuan(one['after_fen'])}")
    if "owed_after_fen" not in card:
        return rows
    after = card["owed_after_fen"]
    rows.append(
        f"{card['owed']}余额 {yuan(card['owed_before_fen'])} → {yuan(after)}"
        if after >= 0
        else f"多出的 {yuan(-after)} 记{card['ahead']}"
    )
    return rows


def _left(result: Card) -> list[str]:
    rows = []
    for one in result.get("left") or ():
        reserved = f"，可用 {one['available']}" if one["reserved_milli"] else ""
        rows.append(f"{one['product']} 现有 {one['on_hand']}{reserved}")
    return rows


def _settled(result: Card, actor: Actor) -> list[str]:
    if result.get("fund") or "settles" in result or actor.in_group or not sees_money(actor, result["kind"]):
        return []
    return [f"已自动核销 {one['number']} {yuan(one['fen'])}" for one in result.get("settled") or ()]
