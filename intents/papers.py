"""单据本身:撤销、同意、驳回、绑定身份。"""

from __future__ import annotations

from intents.intent import Intent, words

UNDO = Intent(
    "undo",
    "撤销",
    words("""
        撤销 撤消 撤回 作废 红冲 冲销 撤单 撤了 撤掉 撤销掉 撤回来 撤销上一单 撤销上一笔 反审核 冲红
        退单 作废掉 撤
    """),
    ("撤销上一单", "作废 XS20261119003"),
    "撤回 [单号]",
    (),
    True,
)
APPROVE = Intent(
    "approve",
    "同意",
    words("""
        审批通过 同意 批准 通过 批了 批了吧 批 准了 审核通过 审批同意 同意采购 同意申请 核准 审批
        审核 可以批 予以批准 同意了 通过了 过了
    """),
    ("审批通过 CG20261118002", "同意"),
    "同意 单号",
    ("document_no",),
    True,
)
REFUSE = Intent(
    "refuse",
    "驳回",
    words("""
        驳回 不同意 不批 不批准 打回 打回去 打回去重写 打回重写 打回重做 退回去重写 退回重写 拒绝
        否决 不通过 审批不通过 审核不通过 不予批准 不准 驳回去 驳了 退回申请 不行
    """),
    ("驳回 SQ20261119006 数量太多",),
    "驳回 单号 [原因]",
    ("document_no",),
    True,
)
BIND = Intent(
    "bind",
    "绑定",
    words("""
        绑定 绑定账号 绑定码 绑定一下 绑定账户 绑定身份 绑定手机 我要绑定 绑定微信 绑定企业微信
        绑定钉钉 帮我绑定 邀请码 激活码
    """),
    ("绑定 ZG8842",),
    "绑定 绑定码",
    ("code",),
    True,
)
FAMILY = (UNDO, APPROVE, REFUSE, BIND)
