"""开头一个词就定了的事:费用、核销、补价、结账、冻结、召回、换货、签收、模板、叫法。

日常的话靠整句的意思听;这些事说得少、错了贵,所以只认句首的这个词,而且和日常的词不重(books.md 决定 25)。
takes 是往后依次读哪些栏目;带问号的没说就不问。读法在 intents/leading.py。
"""

from __future__ import annotations

from dataclasses import dataclass

from intents.intent import Intent, words


@dataclass(frozen=True)
class Leading:
    """登记表里的一行:意图、句首的词、后面读什么。"""

    intent: Intent
    leads: tuple[str, ...]
    takes: tuple[str, ...]


def _leading(
    name: str, word: str, leads: str, takes: str, example: str, told: str = "", writes: bool = True
) -> Leading:
    intent = Intent(name, word, (), (example,) if leads else (), told or example, (), writes)
    return Leading(intent, words(leads), words(takes))


LEADING: tuple[Leading, ...] = (
    # 钱
    _leading("spend_money", "费用", "费用 报销 支出 记费用", "amount method? date? what", "费用 房租 3000 银行"),
    _leading("earn_money", "其他收入", "其他收入 记收入", "amount method? date? what", "其他收入 卖纸箱 50 现金"),
    _leading("move_funds", "资金调拨", "资金调拨 账户互转 内部转账", "amount funds date?", "资金调拨 5000 从微信到银行"),
    _leading("settle_items", "核销", "核销", "documents amount?", "核销 SK-20260115-0001 DN-20260115-0001"),
    _leading("reopen_items", "反核销", "反核销 取消核销", "documents", "反核销 SK-20260115-0001 DN-20260115-0001"),
    _leading("net_off", "对冲", "对冲 往来对冲", "partner amount?", "对冲 川西商行"),
    _leading("write_off", "抹零坏账", "抹零 坏账 抹掉零头", "partner amount? document?", "抹零 张姐 3.5"),
    _leading("add_cost", "补成本", "补运费 运费 补成本", "document amount", "补运费 GR-20260115-0001 200"),
    _leading("cut_price", "价保", "价保 降价补差 供应商补差", "document amount", "价保 GR-20260115-0001 300"),
    _leading("correct_price", "补价", "补价", "document priced", "补价 GR-20260115-0001 生抽 95"),
    _leading("claim_supplier", "索赔", "索赔 向供应商索赔", "document? partner? amount what?", "索赔 GR-20260115-0001 120"),
    _leading("close_books", "结账", "结账到 结账 月结账", "through", "结账到 上月底"),
    _leading("reopen_books", "反结账", "反结账 取消结账", "", "反结账"),
    # 货
    _leading("release_goods", "放行", "放行 待检放行", "lines", "放行 生抽 1箱"),
    _leading("hold_goods", "冻结", "冻结", "aim", "冻结 生抽 批次B1", "冻结 商品或批次 [原因]"),
    _leading("unhold_goods", "解冻", "解冻", "aim", "解冻 生抽 批次B1", "解冻 商品或批次"),
    _leading("recall_batch", "召回", "召回", "aim", "召回 B1", "召回 批次"),
    _leading("exchange_goods", "换货", "换货", "partner swap", "换货 张姐 生抽 1箱 换 老抽 1箱"),
    _leading("put_away", "移库位", "上架 移库位 移货位", "shelf", "上架 生抽 20箱 A1", "上架 商品 [数量] 库位，移库位 商品 A1到A3"),
    _leading("pick_goods", "拣货", "拣货 捡货", "orders", "拣货 SO-20260115-0001", "拣货 订单号（几张一起拣就都说上）或 客户"),
    _leading("deliver_picked", "拣好出库", "拣好了 拣好 拣完了 拣完 捡好了 捡好", "document? lines?", "拣好 JH-20260115-0001", "拣好 拣货单号 [商品 实拣数量]"),
    # 单据
    _leading("close_order", "关单", "关单 关闭订单 剩余不要了 剩下的不要了", "document", "关单 SO-20260115-0001"),
    _leading("sign_delivery", "签收", "签收 客户签收", "document what?", "签收 DN-20260115-0001"),
    _leading("withdraw_draft", "作废待审单", "作废待审 收回申请", "document", "收回申请 PO-20260115-0001"),
    _leading("record_quote", "记报价", "记报价 供应商报价", "document partner lines", "记报价 PR-20260115-0001 成都总代 生抽 50箱 单价95"),
    _leading("order_by_quote", "按报价下单", "按报价下单 照报价下单", "document date?", "按报价下单 RQ-20260115-0001"),
    _leading("save_template", "存模板", "存模板 存成模板", "document name", "存模板 周一单 SO-20260115-0001"),
    _leading("use_template", "用模板", "用模板 按模板下单", "name date?", "用模板 周一单"),
    # 叫法
    _leading("learn_name", "记叫法", "", "name", "选定商品记完账后回序号"),
    _leading("forget_name", "忘掉叫法", "忘掉 忘记叫法 删叫法", "name", "忘掉 小蚝油"),
    _leading("list_names", "查叫法", "叫法 别名 有哪些叫法 我的叫法", "name?", "叫法", writes=False),
    _leading("look_in_bin", "看库位", "库位 看库位 货位", "bin?", "库位 A1", "库位 A1，或“A1 有什么”", writes=False),
    _leading("compare_quotes", "比价", "比价", "document", "比价 PR-20260115-0001", writes=False),
    _leading("list_unpriced", "待补价", "待补价 哪些没补价", "", "待补价", writes=False),
)  # fmt: skip
BY_LEAD: dict[str, Leading] = {lead: one for one in LEADING for lead in one.leads}
READS: frozenset[str] = frozenset(one.intent.name for one in LEADING if not one.intent.writes)
FAMILY: tuple[Intent, ...] = tuple(one.intent for one in LEADING)
