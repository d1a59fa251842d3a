"""订单:客户要货、跟供应商订货、内部请购、照老单再来一份。"""

from __future__ import annotations

from itertools import product

from intents.intent import Intent, words

AGAIN = " ".join(
    "".join(parts)
    for parts in product(("再", "照着再", "重新", "照样"), ("来", "下", "开", "做", "报", "订"), ("一单", "一份", "一遍", "一次", "一回", "一张"))
)  # fmt: skip

SALES_ORDER = Intent(
    "sales_order",
    "销售订单",
    words("""
        下单 开单 销售开单 销售单 销售订单 销售下单 客户下单 开销售单 下销售单 报单 要货 要货单
        订货单 加急单 补单 订单 开个单 下个单 新订单 开票单 打单 录单 客户订单 销售 预订单 下一单
        开一单 出单 做单 加单 追单 急单 散单 下订单 下了单 订货
    """),
    ("川味园下单 小金标 5箱", "老王要红牛10箱", "明天送张嬢面馆 挂面5箱"),
    "客户 下单 商品 数量 [单价… 明天送]",
    ("partner", "lines"),
    True,
)

PURCHASE_ORDER = Intent(
    "purchase_order",
    "采购订单",
    words("""
        采购 采购单 采购订单 采购下单 下采购单 下个采购单 下采购 开采购单 采购订货 进货单 进货订单
        向厂家订货 采购一批 下采购订单 订采购 购货单
    """),
    ("采购下单 味佳 桂林辣酱 20箱", "跟锦程要货 小金标50箱", "向宏达采购 一次性手套 10箱"),
    "跟供应商 采购 商品 数量 [单价…]",
    ("partner", "lines"),
    True,
)

PURCHASE_REQUEST = Intent(
    "purchase_request",
    "采购申请",
    words("""
        采购申请 采购申请单 申请采购 请购 请购单 申购 申购单 申请进货 申请进点货 申请进些货
        申请进一批 申请订货 申请买 申请购买 申请购入 申请补货 报采购 报个采购 报一下采购 提采购
        提个采购 请求采购 要求采购 打采购申请 我要申请采购 采购需求 购买申请 进货申请 补货申请
        申请采买
    """),
    ("采购申请 红牛 50箱", "竹筷快没了,申请采购20件"),
    "采购申请 商品 数量",
    ("lines",),
    True,
)

REPEAT_ORDER = Intent(
    "repeat_order",
    "复制订单",
    words(
        AGAIN
        + """
        复制订单 复制 复制一份 复制一单 重复下单 照单再来
        照着再来 来一份一样的 照旧来一单 照样来一单 老样子 老规矩 复制上单
        复制上次 同上次 照上次 照上单 照抄 再复制一份 再复制一单 照原单 返单 重复上单 跟上次一样
        和上次一样 跟上回一样 和上回一样
    """
    ),
    ("复制川味园上月订单", "红利食堂 跟上次一样再来一单"),
    "复制 客户 上月订单",
    ("partner",),
    True,
)
FAMILY = (SALES_ORDER, PURCHASE_ORDER, PURCHASE_REQUEST, REPEAT_ORDER)
