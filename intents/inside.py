"""自家仓库里的事:调拨、盘点、报损、完工、领料。"""

from __future__ import annotations

from intents.intent import Intent, words

TRANSFER = Intent(
    "transfer",
    "调拨",
    words("""
        调拨 调拨单 调货 移库 移仓 转仓 倒仓 仓库调拨 调仓 转库 库存调拨 仓间调拨 店间调拨 调库
    """),
    ("调拨 小金标 10箱 从主仓到春熙路店", "从主仓调5箱红牛去门市"),
    "调拨 商品 数量 从A仓到B仓",
    ("lines", "warehouse", "to_warehouse"),
    True,
)

STOCKTAKE = Intent(
    "stocktake",
    "盘点",
    words("""
        盘点 盘点单 盘点录入 盘点结果 盘库 盘存 盘货 实盘 实盘数 清点 清点结果 盘点数 盘点登记
        录盘点 盘点实数 库存盘点 点数 点库 盘仓
    """),
    ("盘点 小金标 35箱", "盘点 冷库 虾滑 18箱"),
    "盘点 商品 实数",
    ("lines",),
    True,
)

SCRAP = Intent(
    "scrap",
    "报损",
    words("""
        报损 报损单 报废 报废单 报损处理 报损登记 做报损 损耗登记 报损耗 报坏 报废处理 报失 报损一下
        报掉 报了损 报个损 记损 记损耗 做损耗 走损耗 算损耗 登记报损 登记损耗 按报损处理
    """),
    ("报损 鲜鸡蛋 2板", "旧庄蚝油碎了3瓶,报损"),
    "报损 商品 数量 [原因]",
    ("lines",),
    True,
)

PRODUCE = Intent(
    "produce",
    "完工入库",
    words("""
        完工入库 生产入库 生产完工 完工 完工登记 完工单 产成品入库 成品入库 车间完工 入完工 报完工
        产品完工 自产入库 加工入库 加工完工 组装入库 组装完工 产出入库 生产报工 完成入库
    """),
    ("完工入库 自制红油辣子 20桶", "车间完工 大袋自制底料 20箱"),
    "完工入库 商品 数量",
    ("lines",),
    True,
)

PICK_MATERIALS = Intent(
    "pick_materials",
    "领料",
    words("""
        领料 领料单 生产领料 车间领料 来领料 领材料 领原料 领原材料 领料出库 领料登记 投料
        车间来领料 加工领料 领用材料
    """),
    ("领料 二荆条 100斤", "车间领子弹头50斤"),
    "领料 商品 数量",
    ("lines",),
    True,
)
FAMILY = (TRANSFER, STOCKTAKE, SCRAP, PRODUCE, PICK_MATERIALS)
