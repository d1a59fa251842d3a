"""单位:哪些字是单位,哪些可以互相代替,一个商品到底有没有这个单位。"""

from __future__ import annotations

from core.values import GRAMS, SAME_UNITS
from intents.frame import Goods
from intents.intent import words as listed

# 认得出来的单位,商品没有时要说“没有这个单位”,而不是当成名字
WORDS = listed("""
    箱 件 瓶 包 袋 桶 提 板 托 个 只 支 条 盒 罐 听 打 斤 两 吨 公斤 千克 kg 克 g 壶 坛 捆 卷 把 扎
    枚 台 米 公尺 厘米 公分 毫米 部 双 套 张 片 块 根 颗 粒 棵 筐 篓 篮 框 碗 杯 串 份 排 组 对 副
    本 册 支 枝 束 头 尾 匹 辆 架 节 段 方 立方 平方 平米 升 毫升 ml l 令 包装 缸 听装 盘 版 联 车
    挑 担 垛 手 刀 兜 网 团 轴 盏 扇 樽 尊 瓣 朵 株 蔸 封 贴 剂 床 件套 口 顶 门 面 座 管 筒 匣 连
    码 尺 寸 丈 磅 度 伏 瓦
""")
WEAK = frozenset(
    listed("""
    个 块 头 口 面 门 手 方 米 本 对 升 l g ml 封 刀 钱 车 节 段 部 连 码 寸 尺 份 版 团 组 管 座 双
    点 尾 两 令 架 台 兜 把 提 顶 排 条
""")
)  # 也常作别的意思
SAME = (*map(frozenset, SAME_UNITS), frozenset("支枝"))
WEIGHTS = frozenset(GRAMS)  # 论重量卖的单位,互相折算
SPOKEN = {
    "箱子": "箱",
    "瓶子": "瓶",
    "袋子": "袋",
    "桶子": "桶",
    "市斤": "斤",
    "盒子": "盒",
    "罐子": "罐",
    "包子": "",
}


def fit(goods: Goods, unit: str) -> str | None:
    """说的单位在这个商品上是目录里的哪个单位;没有就是 None。"""
    if unit in goods.units:
        return unit
    twins = {twin for group in SAME if unit in group for twin in group if twin in goods.units}
    if len(twins) == 1:
        return twins.pop()
    if twins:
        return None
    return unit if factor(goods, unit) is not None else None


def factor(goods: Goods, unit: str) -> int | None:
    """一个这样的单位是多少个千分之一基本单位。"""
    if unit in goods.units:
        return goods.units[unit]
    if goods.base_unit in WEIGHTS and unit in WEIGHTS:
        milli, rest = divmod(GRAMS[unit] * 1000, GRAMS[goods.base_unit])
        return milli if not rest else None
    return None
