"""把字眼表和每种意图的词合成一本词典:一个词可以有几种用处。"""

from __future__ import annotations

from collections import defaultdict

from intents import INTENTS, queries, returns, units, words
from intents.intent import words as listed
from intents.lexicon import SOUND
from intents.prices import PRICE_LABEL, TOTAL_LABEL

VERB_FILL = ("一下", "下", "个", "一个", "了", "完", "好", "一", "过", "一下子", "了个", "个小", "一哈", "哈")
SPLIT_VERBS = {
    "入库": "stock_in",
    "出库": "stock_out",
    "下单": "sales_order",
    "开单": "sales_order",
    "退货": "back",
    "收款": "receive_payment",
    "付款": "make_payment",
    "报损": "scrap",
    "领料": "pick_materials",
    "发货": "stock_out",
    "到货": "stock_in",
    "收货": "stock_in",
    "出货": "stock_out",
    "调货": "transfer",
    "盘库": "stocktake",
    "要货": "sales_order",
    "移库": "transfer",
    "盘点": "stocktake",
    "报废": "scrap",
    "完工": "produce",
}
ORDERED_TOPICS = frozenset(intent.name for intent in queries.FAMILY)
TALK = frozenset(("confirm", "cancel", "help"))
NO_FILL = frozenset(listed("入过库 出过库 领个料一"))

Roles = frozenset[str]


def _collect() -> dict[str, Roles]:
    table: dict[str, set[str]] = defaultdict(set)

    def add(role: str, items: tuple[str, ...] | list[str] | frozenset[str] | dict[str, str]) -> None:
        for word in items:
            table[word].add(role)

    for intent in INTENTS:
        kind = "topic" if intent.name in ORDERED_TOPICS else "talk" if intent.name in TALK else "do"
        add(f"{kind}:{intent.name}", intent.triggers)
    for verb, name in SPLIT_VERBS.items():
        role = "do:back" if name == "back" else f"do:{name}"
        add(role, [f"{verb[0]}{fill}{verb[1]}" for fill in VERB_FILL if fill != "过"])
    add("do:back", returns.RETURN_WORDS)
    for name, group in words.WEAK.items():
        add(f"weak:{name}", group)
    for word, name in words.PREPS.items():
        table[word].add(f"prep:{name}")
    for name, group in words.LABELS.items():
        add(f"label:{name}", group)
    for size, group in words.SIZES.items():
        add(f"size:{size}", group)
    add("label:price", PRICE_LABEL)
    add("label:total", TOTAL_LABEL)
    add("fill", words.FILLERS)
    add("fill", words.OTHER_OK)
    add("reason", words.REASONS)
    add("many", words.HOW_MANY)
    add("question", words.QUESTION)
    add("howto", words.HOW_TO)
    add("neg", words.NEGATIONS)
    add("cond", words.CONDITIONS)
    add("fix", words.FIXES)
    add("reset", words.RESETS)
    add("pack", words.PACKED)
    add("method", words.METHODS)
    add("money", words.MONEY_WORDS)
    add("unit", [unit for unit in units.WORDS if len(unit) > 1])
    add("chat", words.CHATTER)
    return {word: frozenset(roles) for word, roles in table.items()}


LEXICON: dict[str, Roles] = _collect()


def _heard() -> dict[tuple[int, int], str]:
    """两个字的主要动词按读音记,打错同音字也认得。"""
    strong = [*SPLIT_VERBS, "采购", "调拨", "撤销"]
    return {
        (int(SOUND[ord(word[0])]), int(SOUND[ord(word[1])])): word
        for word in strong
        if all(ord(char) < 65536 and SOUND[ord(char)] for char in word)
    }


VERBS_BY_SOUND = _heard()


def spelled() -> dict[str, str]:
    """全拼打出来的主要动词。"""
    from intents.lexicon import pinyin

    return {"".join(pinyin(word)): word for word in (*SPLIT_VERBS, *SPELLED_WORDS)}


SPELLED_WORDS = (
    "采购",
    "采购申请",
    "库存",
    "查库存",
    "查询",
    "调拨",
    "退货",
    "确认",
    "取消",
    "撤销",
    "撤回",
    "帮助",
    "你好",
    "完工入库",
    "临期",
    "应收",
    "应付",
    "对账单",
    "日报",
    "毛利",
    "送货",
    "退回",
    "领用",
    "价格",
)
SPELLED = spelled()
SPELLED_UNITS = {
    "xiang": "箱",
    "jian": "件",
    "ping": "瓶",
    "bao": "包",
    "dai": "袋",
    "tong": "桶",
    "ti": "提",
    "ban": "板",
    "he": "盒",
    "guan": "罐",
    "jin": "斤",
    "gongjin": "公斤",
    "ge": "个",
    "zhi": "支",
    "juan": "卷",
    "tiao": "条",
    "hu": "壶",
    "kuai": "块",
    "yuan": "元",
    "kun": "捆",
    "ba": "把",
    "zhang": "张",
    "tai": "台",
    "mi": "米",
    "kuang": "筐",
    "lou": "篓",
    "pen": "盆",
    "bei": "杯",
    "chuan": "串",
    "fen": "份",
    "shuang": "双",
    "tao": "套",
    "pian": "片",
    "gen": "根",
    "tan": "坛",
    "pan": "盘",
    "kuangzi": "筐",
}
