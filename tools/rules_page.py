"""把记账规则表写成 docs/业务规则.md：会计看中文，代码只有一份。

用法：python tools/rules_page.py > docs/业务规则.md
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from core import staff
from core.gates import GATES
from core.posting_rules import KIND_NAMES, RULES, Measure, Number, Role

MEASURES = {Measure.GOODS: "货", Measure.PROMISE: "承诺", Measure.MONEY: "钱"}
NUMBERS = {
    Number.QTY: "数量",
    Number.OPEN: "订单未清数量",
    Number.AMOUNT: "金额",
    Number.COST: "成本",
    Number.LEFT: "货还在的份",
    Number.GONE: "货已出的份",
}
ROLES = {
    Role.LINE: "普通行",
    Role.GIFT: "赠品行",
    Role.BACK: "退回行",
    Role.GAIN: "盘盈行",
    Role.LOSS: "盘亏行",
    Role.SAME: "相符行",
    Role.REJECTED: "拒收行",
    Role.MISSING: "途中缺少行",
    Role.CHECK: "待检行",
    Role.HELD: "冻结行",
    Role.RECALL: "召回行",
    Role.STALE: "过期行",
    Role.STOCK: "库存行",
    Role.CASH: "资金行",
    Role.OWED_TO_US: "应收行",
    Role.OWED_BY_US: "应付行",
    Role.OVERPAID: "多收行",
    Role.REOPENED: "反核销行",
    Role.RETURNED: "已退供应商的份",
}
HEAD = """# 业务规则

本页由 `core/posting_rules.py` 的规则表生成（`python tools/rules_page.py`），不要手改。

每张单据记账时，下面每一行就是一笔流水：从“来处”流到“去处”。红冲把两头对调，所以总能原样倒回去。
钱的流水里，“来处”是贷方，“去处”是借方。成本在货出去之前按批次取，最后一份拿走余数。

| 单据 | 单号前缀 | 行 | 流什么 | 数字 | 来处 | 去处 |
|---|---|---|---|---|---|---|
"""


GATE_HEAD = """
## 闸

站在闸前的单，自己过得去的人看清提醒再确认；别人的成一张待审单，等他批。看不到数字的人只听到一句不带数字的话。

| 闸 | 谁自己过得去，也就是谁来批 | 谁看得到数字 |
|---|---|---|
"""


def _who(may: staff.May) -> str:
    return "、".join(role for role, allowed in staff.ROLES.items() if may in allowed)


def render() -> str:
    rows = [
        f"| {KIND_NAMES[kind]} | {kind.value} | {ROLES[role]} | {MEASURES[move.measure]} | {NUMBERS[move.number]} | {move.source.value} | {move.target.value} |"
        for kind, roles in RULES.items()
        for role, moves in roles.items()
        for move in moves
    ]
    gates = [f"| {gate.word} | {_who(gate.passes)} | {_who(gate.sees)} |" for gate in GATES.values()]
    return HEAD + "\n".join(rows) + "\n" + GATE_HEAD + "\n".join(gates) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())
