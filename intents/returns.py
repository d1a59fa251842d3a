"""退货:客户退回来的,我们退给供应商的。"""

from __future__ import annotations

from intents.intent import Intent, words

SALES_RETURN = Intent(
    "sales_return",
    "销售退货",
    words("""
        客户退货 销售退货 销退 销售退货单 客退 客户退 客户退的 客户退回 顾客退货 买家退货 客户退回来
        退货入库 入退货 收退货
    """),
    ("川味园退货 秦妈火锅底料 1件", "老王退回来5箱加多宝"),
    "客户 退货 商品 数量",
    ("partner", "lines"),
    True,
)

PURCHASE_RETURN = Intent(
    "purchase_return",
    "采购退货",
    words("""
        采购退货 采购退货单 退供应商 退供 退厂 退厂家 采退 退货给厂家 退给供应商 退给厂家
        退货给供应商 退回供应商 退回厂家 供应商退货 退货出库 进货退货 采购退回
    """),
    ("退供应商 味佳 桂林辣酱 2箱", "退给鲜达 三鲜鸡精 2件"),
    "退供应商 供应商 商品 数量",
    ("partner", "lines"),
    True,
)
FAMILY = (SALES_RETURN, PURCHASE_RETURN)
RETURN_WORDS = words("退货 退货单 退货登记 登记退货 办退货 做退货 退换货 退了货 退个货")
