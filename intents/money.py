"""钱:收客户的、付供应商的。"""

from __future__ import annotations

from intents.intent import Intent, words

RECEIVE_PAYMENT = Intent(
    "receive_payment",
    "收款",
    words("""
        收款 收款单 收款登记 登记收款 收到货款 收货款 收钱 收账 收现金 回款 回款登记 收到款 收了款
        客户付款 客户打款 客户回款 收到钱 收到现金 收到转账 收到微信 收到账款 收尾款 收定金 收欠款
        货款到账 收到尾款 收到定金 收到欠款 来款登记
    """),
    ("收款 川味园 1200元", "老王打款两万,收款"),
    "收款 客户 金额 [微信]",
    ("partner", "amount"),
    True,
)

MAKE_PAYMENT = Intent(
    "make_payment",
    "付款",
    words("""
        付款 付款单 付款登记 登记付款 付款给 付货款 支付货款 支付 付给 付钱给 打款给 转账给 汇款给
        转给 打给 汇给 付了款 付供应商 付尾款 付定金 付账 付供应商款 结货款 付清货款 还供应商 支付给
    """),
    ("付款 味佳 8000元", "给牛油厂打了一万二"),
    "付款 供应商 金额",
    ("partner", "amount"),
    True,
)
FAMILY = (RECEIVE_PAYMENT, MAKE_PAYMENT)
