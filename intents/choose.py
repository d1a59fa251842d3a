"""一句要办事的话是哪件事:先看明说的动作,再看小动词和对方是客户还是供应商。"""

from __future__ import annotations

from intents.delivery import BROUGHT, came, gone, received, tomorrow
from intents.facts import Facts
from intents.frame import Party
from intents.intent import words
from intents.spans import Token

# 两个动作一起出现时,前一个包着后一个(完工入库、报损出库、采购的货到了)
COVERS = frozenset(
    {
        ("produce", "stock_in"),
        ("pick_materials", "stock_out"),
        ("scrap", "stock_out"),
        ("sales_return", "stock_in"),
        ("purchase_return", "stock_out"),
        ("back", "stock_in"),
        ("back", "stock_out"),
        ("sales_return", "back"),
        ("purchase_return", "back"),
        ("transfer", "stock_out"),
        ("transfer", "stock_in"),
        ("transfer", "sales_order"),
        ("purchase_request", "purchase_order"),
        ("purchase_request", "sales_order"),
        ("purchase_order", "sales_order"),
        ("stock_in", "purchase_order"),
        ("repeat_order", "sales_order"),
        ("repeat_order", "purchase_order"),
        ("stocktake", "stock_in"),
        ("produce", "pick_materials"),
        ("pick_materials", "produce"),
    }
)
PAPER = ("bind", "undo", "refuse", "approve", "repeat_order")
GOODS = words("""
    stock_in stock_out sales_order purchase_order purchase_request sales_return
    purchase_return transfer stocktake scrap produce pick_materials
""")
MONEY = ("receive_payment", "make_payment")


def customer(row: Party) -> bool:
    """是不是客户。"""
    return row.is_customer


def supplier(row: Party) -> bool:
    """是不是供应商。"""
    return row.is_supplier


def side(facts: Facts) -> str:
    """说到的单位是哪一边:customer supplier both 或空。"""
    rows = [facts.catalog.party_by_code[code] for code in facts.party_codes()]
    if not rows:
        return ""
    buys, sells = all(row.is_customer for row in rows), all(row.is_supplier for row in rows)
    return "both" if buys and sells else "customer" if buys else "supplier" if sells else "both"


def settle(dos: list[str]) -> list[str]:
    """去掉被包着的动作。"""
    return [name for name in dos if not any((other, name) in COVERS for other in dos if other != name)]


def _orders_to_come(facts: Facts) -> list[str]:
    """“向某某采购……,1月10号到货”:到货说的是哪天送来,不是已经到了。"""
    dos = facts.dos
    if "purchase_order" not in dos or "stock_in" not in dos:
        return dos
    for token in facts.reading.tokens:
        before = facts.before(token)
        if (
            token.has("do:stock_in")
            and token.text in ("到货", "到", "货到", "来货", "到货入库")
            and before is not None
            and before.kind == "day"
            and (before.value.start >= facts.today or not before.value.year_said)
        ):
            return [name for name in dos if name != "stock_in"]
    return dos


def command(facts: Facts) -> tuple[str, str]:
    """(意图, 问题);意图空着是不办事,unknown 是要问办什么。"""
    dos = settle(_orders_to_come(facts))
    paper = [name for name in PAPER if name in dos and not (name == "repeat_order" and _as_usual(facts))]
    if paper and not (facts.counted and paper[0] in ("approve", "refuse")):
        return paper[0], ""
    dos = [name for name in dos if name not in PAPER]
    if dos == ["purchase_order"] and not facts.parties and any(map(_applies, facts.reading.tokens)):
        dos = ["purchase_request"]  # 写个申请,采购2盒
    money = _money(facts, dos)
    if money:
        return money, ""
    goods = [name for name in dos if name in GOODS or name == "back"]
    if len(goods) > 1 or (goods and any(name in MONEY for name in dos)):
        return "unknown", "two_commands"
    if goods:
        return _stated(facts, goods[0])
    if not facts.goods:
        return "", ""
    if _pays_too(facts):
        return "unknown", "two_commands"
    return _implied(facts)


def _applies(token: Token) -> bool:
    return token.text.startswith("申请")


def _as_usual(facts: Facts) -> bool:
    """货都说全了,后头带一句“老样子”“老规矩”:说的是送货、算钱照旧。"""
    said = [token for token in facts.reading.tokens if token.has("do:repeat_order")]
    return (
        facts.counted
        and all(token.text in AS_USUAL for token in said)
        and all(item.words and item.words[0].start < said[0].start for item in facts.sheet.items)
        and facts.sheet.items[-1].counted
    )


AS_USUAL = ("老样子", "老规矩", "跟上次一样", "和上次一样", "同上次", "跟上回一样", "和上回一样")


# ---- 明说的 ----
def _stated(facts: Facts, name: str) -> tuple[str, str]:
    where = side(facts)
    if name == "back":
        return _return(facts)
    if name == "sales_order" and where == "supplier":
        return "purchase_order", ""
    if name == "sales_order" and where == "both" and _with_party(facts):
        return "purchase_order", ""
    if name == "purchase_order" and where == "customer" and _their_own_list(facts):
        return "sales_order", ""  # 博雅学校采购单:他们采购,我们卖
    if name == "stock_in" and facts.weak("made") and not where and not facts.stranger:
        return "produce", ""  # 净菜间做好藕片80袋 入库
    if name == "stock_in" and facts.weak("back") and where == "customer":
        return "sales_return", ""
    wrong = {
        "stock_in": "customer",
        "purchase_order": "customer",
        "purchase_return": "customer",
        "sales_return": "supplier",
        "stock_out": "supplier",
    }
    if wrong.get(name) == where:
        return name, "wrong_side"
    return name, ""


def guess(facts: Facts) -> str | None:
    """只回了“邻里要的”“拉走的”“老刘家退的”:货在上一句,照小动词和对方猜是哪件事。"""
    name = _return(facts)[0] if "back" in facts.dos else _implied(facts)[0]
    if name == "unknown" and side(facts) == "customer" and not facts.weak("leave", "arrive", "back", "pay"):
        return "sales_order"
    return name if name in GOODS else None


def _their_own_list(facts: Facts) -> bool:
    after = facts.after(facts.parties[0][0])
    return after is not None and after.text in ("采购单", "采购订单", "采购", "进货单", "订货单", "购货单")


def _return(facts: Facts) -> tuple[str, str]:
    where = side(facts)
    if where == "customer":
        return "sales_return", ""
    if where == "supplier":
        return "purchase_return", ""
    if where == "both":
        return _both_return(facts)
    if any(token.text in ("客人", "顾客") for token in facts.reading.tokens) and not facts.stranger:
        return "sales_return", ""
    return "unknown", "return_side"


def _both_return(facts: Facts) -> tuple[str, str]:
    party = facts.parties[0][0]
    before, after = facts.before(party), facts.after(party)
    if (before is not None and before.has("prep:give")) or (
        before is not None and before.text.endswith(("给", "还"))
    ):
        return "purchase_return", ""
    if after is not None and after.has("weak:back", "do:back"):
        return "sales_return", ""
    return "unknown", "return_side"


def _with_party(facts: Facts) -> bool:
    """跟某某、向某某、找某某。"""
    before = facts.before(facts.parties[0][0]) if facts.parties else None
    return before is not None and before.has("prep:with")


def _just_before_party(facts: Facts) -> str:
    before = facts.before(facts.parties[0][0])
    return before.text if before is not None else ""


# ---- 没明说的 ----
def _implied(facts: Facts) -> tuple[str, str]:
    where = side(facts)
    if not facts.parties and facts.counted and any(map(_applies, facts.reading.tokens)):
        return "purchase_request", ""
    if where in ("supplier", "both") and facts.counted and _with_party(facts) and _buys(facts):
        return "purchase_order", ""
    if where in ("customer", "both") and facts.counted and _just_before_party(facts) == "卖给":
        return "sales_order", ""
    for guess in (_by_place, _by_back, _by_small_verb):
        name = guess(facts, where)
        if name:
            return name, ""
    if where in ("customer", "both") and _went_after_all(facts):
        return "stock_out", ""
    if where in ("supplier", "both") and (
        _brought_to_us(facts) or (where == "supplier" and _they_brought(facts))
    ):
        return "stock_in", ""
    if facts.weak("want") and not (not where and facts.reading.of("made", "expire") and _bought(facts)):
        if where in ("supplier", "both") and (where == "supplier" or _with_party(facts)):
            return "purchase_order", ""
        if where == "both":
            return ("sales_order", "") if _party_first(facts, "want") else ("unknown", "intent")
        return "sales_order", ""
    moved = _by_delivery(facts, where)
    if moved:
        return moved, ""
    if not where and not facts.stranger and facts.reading.of("made", "expire") and _bought(facts):
        return "stock_in", ""
    if where == "customer" and facts.counted:
        return "sales_order", ""
    if facts.stranger and facts.counted and facts.weak("send"):
        return "sales_order", ""
    return "unknown", "intent"


def _buys(facts: Facts) -> bool:
    """向某某进、跟某某叫、找某某买。"""
    return any(token.text in ("进", "买", "买上", "采买", "购买", "订购") for token in facts.reading.tokens)


def _they_brought(facts: Facts) -> bool:
    """“宝丽送来……”:名字后面紧跟着送来,后头打错成“要”“定”的字不作数。"""
    after = facts.after(facts.parties[0][0]) if facts.parties else None
    return after is not None and after.text in BROUGHT


def _brought_to_us(facts: Facts) -> bool:
    """宏发给我们送了3箱。"""
    after = facts.after(facts.parties[0][0]) if facts.parties else None
    us = facts.after(after) if after is not None and after.text == "给" else None
    return us is not None and us.text in ("我们", "我", "咱", "咱们", "店里", "家里") and facts.counted


def _bought(facts: Facts) -> bool:
    return any(token.text in ("进货", "进", "买") for token in facts.reading.tokens)


def _went_after_all(facts: Facts) -> bool:
    """“要的货发出去了”:要在前、走在后,已经走了。"""
    wants, leaves = facts.weak("want"), facts.weak("leave")
    return bool(wants and leaves) and leaves[-1].start > wants[-1].start and gone(leaves[-1])


def _party_first(facts: Facts, verb: str) -> bool:
    verbs = facts.weak(verb)
    return bool(facts.parties and verbs) and facts.parties[0][0].start < verbs[0].start


def _by_place(facts: Facts, where: str) -> str:
    """从这个仓到那个仓。"""
    roles = [role for _, _, role in facts.places]
    if not where and not facts.stranger and {"from", "to"} <= set(roles):
        return "transfer"  # 从门市拿20箱去前置仓
    moving = facts.weak("move") or (facts.weak("back", "send", "leave", "take") and len(facts.places) > 1)
    if moving and facts.places and not where and (len(facts.places) > 1 or "from" in roles or "to" in roles):
        return "transfer"
    if (
        len(facts.places) == 2
        and {"from", "to"} & set(roles)
        and not where
        and not facts.stranger
        and not facts.weak("leave", "want")
        and all(token.text in ("到", "入", "进") for token in facts.weak("arrive"))
    ):
        return "transfer"
    if any(token.text.startswith(("调", "移", "挪")) for token in facts.weak("move")) and not where:
        return "transfer"
    return ""


def _by_back(facts: Facts, where: str) -> str:
    if not facts.weak("back") or not where:
        return ""
    if where == "customer":
        return "sales_return"
    if where == "supplier":
        return "purchase_return"
    return _both_return(facts)[0] if _both_return(facts)[0] != "unknown" else ""


def _by_small_verb(facts: Facts, where: str) -> str:
    if (
        facts.weak("take")
        and not where
        and not [token for token in facts.weak("leave") if not token.has("weak:take")]
    ):
        return "pick_materials"
    arrived = any(came(token) for token in facts.weak("arrive"))
    if any(token.text[:1] in "盘数点" for token in facts.weak("counted")) and not where and not arrived:
        return "stocktake"
    return ""


def _by_delivery(facts: Facts, where: str) -> str:
    """东西到了还是走了:看动词,也看对方是谁。"""
    leave, arrive, send = facts.weak("leave"), facts.weak("arrive"), facts.weak("send")
    done = any(
        token.text in ("刚", "刚才", "刚刚", "已", "已经", "方才") for token in facts.reading.tokens
    ) or any(token.text.endswith("了") for token in leave + send)
    only_leave = [token for token in leave if not token.has("weak:arrive")]
    if where == "supplier" and (arrive or send or leave):
        return "stock_in" if arrive or done or send else ""
    if (
        where == "both"
        and any(token.text in BROUGHT for token in send + arrive)
        and _party_first(facts, "arrive")
    ):
        return "stock_in"
    if where in ("customer", "both"):
        if leave and (done or any(gone(token) for token in leave)) and not tomorrow(facts):
            return "stock_out"
        if send and leave and facts.places and not tomorrow(facts):
            return "stock_out"  # 从温江出六桶送老陈
        if send:
            return "stock_out" if done and not tomorrow(facts) else "sales_order"
        return "stock_out" if only_leave else ""
    if any(gone(token) for token in only_leave) or any(
        token.text in ("出", "出了", "出掉") for token in only_leave
    ):
        return "stock_out"
    if arrive and any(came(token) or received(facts, token) for token in arrive):
        return "stock_in"
    return ""


# ---- 钱 ----
INWARD = words(
    "打款 打过来 打来 转来 转过来 汇来 汇过来 到账 到帐 回款 来款 进账 交来 交来了 付来 付过来 打进来 转进来 汇进来 存进来"
)  # 钱是往里走的


def _money(facts: Facts, dos: list[str]) -> str:
    """收款还是付款。"""
    receive, pay = "receive_payment" in dos, "make_payment" in dos
    goods = [name for name in dos if name in GOODS or name == "back"]
    if goods:
        return ""
    paying = [token for token in facts.weak("pay") if _sum_said(facts) or token.text not in NO_SUM]
    if facts.goods and facts.weak("want", "send") and not facts.reading.of("num", "money", "price", "total"):
        return ""  # 顺达还想要点车蜡:没说钱
    if paying and not facts.parties and not goods and facts.reading.of("num", "money"):
        if facts.reading.has("label:supplier"):
            return "make_payment"
        if facts.reading.has("label:customer"):
            return "receive_payment"
    if (
        paying
        and paying[0].text.startswith("付")
        and not facts.parties
        and facts.reading.has("money")
        and facts.reading.of("num", "money")
    ):
        return "make_payment"  # 付鲁花货款两万三:没有这家供应商,也是在付钱
    if paying and not facts.parties and facts.reading.has("method") and facts.only_cash:
        return "receive_payment" if paying[0].text[0] == "收" else "make_payment"  # 刚收了2000块现金
    if not receive and not pay and not (paying and facts.parties and not _has_goods(facts)):
        return ""
    where = side(facts)
    if receive:
        return "receive_payment"
    outward = _outward(facts)
    if pay and not facts.parties:
        return "make_payment"
    if where == "supplier":
        return (
            "make_payment"
            if outward or not any(token.text.startswith(INWARD) for token in paying)
            else "receive_payment"
        )
    return "make_payment" if outward else "receive_payment"


NO_SUM = ("给", "还", "打", "转", "收", "交", "结")  # 没说钱也没说数,就不是在付钱


def _sum_said(facts: Facts) -> bool:
    return bool(facts.reading.of("num", "money", "price", "total", "vague")) or facts.reading.has(
        "money", "many", "method"
    )


def _pays_too(facts: Facts) -> bool:
    """“要旺仔3箱 收她货款500”:货和钱是两件事。"""
    return facts.counted and any(
        token.text in ("货款", "欠款", "尾款", "账款", "货钱", "定金", "订金", "余款")
        and any(
            verb.start < token.start
            and verb.text in ("收", "收了", "收到", "付", "付了", "还", "还了", "打", "打了")
            for verb in facts.weak("pay")
        )
        and any(other.start > token.start for other in facts.reading.of("num", "money", "price"))
        for token in facts.reading.tokens
    )


def _has_goods(facts: Facts) -> bool:
    items = facts.sheet.items
    named = any(token.kind in ("phrase", "run") for item in items for token in item.words)
    return named and any(
        item.vague is not None or any(amount.unit not in ("块", "元") for amount in item.amounts)
        for item in items
    )


def _outward(facts: Facts) -> bool:
    """钱是往外走的:付某某、给某某付、转给某某。"""
    if not facts.parties:
        return True
    party = facts.parties[0][0]
    before = facts.before(party)
    verbs = [token for token in facts.reading.tokens if token.has("weak:pay", "do:make_payment")]
    given = before is not None and (before.has("prep:give") or before.text.endswith("给"))
    after_verb = bool(verbs) and verbs[0].start < party.start and verbs[0].text[0] not in "收到"
    return given or after_verb
