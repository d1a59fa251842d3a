"""编出来的目录：任意大小、几个行当，名字由牌子、口味、品名、规格拼成，所以每个商品说全了是什么，造的时候就知道。"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from random import Random

from intents.frame import Alias, Catalog, Goods, Party, Place


@dataclass(frozen=True, slots=True)
class Ware:
    """What a trade sells under one name: its flavours, its sizes, the base unit and how many of them are in a pack."""

    word: str
    category: str
    base: str
    pack: str
    flavours: tuple[str, ...]
    sizes: tuple[str, ...]


def _ware(word: str, category: str, base: str, pack: str, flavours: str, sizes: str) -> Ware:
    return Ware(word, category, base, pack, tuple(flavours.split()), tuple(sizes.split()))


ML = "150ml 250ml 330ml 480ml 500ml 800ml 1L 1.6L 1.8L 2.5L 5L"
G = "50g 80g 100g 160g 200g 260g 350g 400g 500g 750g 900g 1kg 2.5kg 5kg"
WARES = (
    _ware("生抽", "酱油", "瓶", "箱", "特级 薄盐 零添加 金标 味极鲜", ML),
    _ware("老抽", "酱油", "瓶", "箱", "草菇 特级 红烧 金标", ML),
    _ware("陈醋", "食醋", "瓶", "箱", "三年 六年 老坛 手工", ML),
    _ware("米醋", "食醋", "瓶", "箱", "九度 原浆 糯米", ML),
    _ware("蚝油", "调味酱", "瓶", "箱", "旧法 鲜香 挤挤", G),
    _ware("豆瓣酱", "调味酱", "瓶", "箱", "红油 郫县 香辣 原味", G),
    _ware("芝麻酱", "调味酱", "瓶", "箱", "纯 花生 二八", G),
    _ware("火锅底料", "底料", "袋", "箱", "清油 牛油 番茄 菌汤 三鲜", G),
    _ware("鸡精", "调味粉", "袋", "箱", "浓香 三鲜 原汁", G),
    _ware("白胡椒粉", "调味粉", "瓶", "箱", "海南 特细", G),
    _ware("菜籽油", "食用油", "桶", "箱", "压榨 小榨 浓香 非转", "900ml 1.8L 2.5L 5L 10L 20L"),
    _ware("大豆油", "食用油", "桶", "箱", "一级 精炼 非转", "900ml 1.8L 5L 10L 20L"),
    _ware("花生油", "食用油", "桶", "箱", "压榨 浓香 小榨", "900ml 1.8L 2.5L 5L"),
    _ware("大米", "粮食", "袋", "托", "东北 丝苗 长粒 珍珠", "2.5kg 5kg 10kg 25kg"),
    _ware("面粉", "粮食", "袋", "托", "高筋 中筋 低筋 雪花", "1kg 2.5kg 5kg 10kg 25kg"),
    _ware("挂面", "粮食", "包", "箱", "鸡蛋 荞麦 龙须 宽条", G),
    _ware("粉丝", "干货", "包", "件", "龙口 红薯 绿豆", G),
    _ware("木耳", "干货", "包", "件", "黑 秋 小碗", G),
    _ware("香菇", "干货", "包", "件", "花 金钱 冬", G),
    _ware("可乐", "饮料", "瓶", "箱", "无糖 樱桃 原味", ML),
    _ware("苏打水", "饮料", "瓶", "箱", "柠檬 无糖 白桃", ML),
    _ware("冰红茶", "饮料", "瓶", "箱", "柠檬 低糖 蜜桃", ML),
    _ware("乌龙茶", "饮料", "瓶", "箱", "无糖 茉莉 桂花", ML),
    _ware("纯净水", "饮料", "瓶", "件", "弱碱 天然", ML),
    _ware("酸奶", "乳品", "杯", "件", "草莓 黄桃 原味 蓝莓", "100g 150g 180g 200g 250g"),
    _ware("纯牛奶", "乳品", "盒", "箱", "低脂 全脂 高钙 有机", "200ml 250ml 500ml 1L"),
    _ware("婴儿奶粉", "乳品", "罐", "箱", "一段 二段 三段", "400g 700g 800g 900g"),
    _ware("啤酒", "酒水", "瓶", "箱", "纯生 冰爽 黑 精酿", "330ml 500ml 580ml 640ml"),
    _ware("白酒", "酒水", "瓶", "箱", "浓香 酱香 清香 老窖", "100ml 125ml 250ml 475ml 500ml"),
    _ware("红葡萄酒", "酒水", "瓶", "箱", "干 半干 珍藏", "187ml 375ml 750ml 1.5L"),
    _ware("薯片", "零食", "包", "箱", "黄瓜 番茄 烧烤 原味 麻辣", G),
    _ware("瓜子", "零食", "袋", "箱", "五香 焦糖 核桃 原味", G),
    _ware("牛肉干", "零食", "袋", "箱", "五香 麻辣 沙嗲", G),
    _ware("饼干", "零食", "盒", "箱", "苏打 夹心 葱香 奶盐", G),
    _ware("巧克力", "零食", "盒", "箱", "榛仁 黑 牛奶", G),
    _ware("速冻水饺", "冷冻", "袋", "箱", "白菜猪肉 韭菜鸡蛋 玉米虾仁 三鲜", G),
    _ware("汤圆", "冷冻", "袋", "箱", "黑芝麻 花生 豆沙", G),
    _ware("鱼丸", "冷冻", "袋", "箱", "墨鱼 包心 鲜", G),
    _ware("鸡翅中", "冷冻", "包", "件", "奥尔良 盐焗 原味", G),
    _ware("肥牛卷", "冷冻", "包", "件", "精品 雪花 谷饲", G),
    _ware("洗洁精", "日化", "瓶", "箱", "柠檬 生姜 茶籽", ML),
    _ware("洗衣液", "日化", "瓶", "箱", "薰衣草 除菌 深层", "500ml 1L 2L 3L 5L"),
    _ware("洗发露", "日化", "瓶", "箱", "去屑 柔顺 滋养", "100ml 200ml 400ml 500ml 750ml"),
    _ware("抽纸", "日化", "提", "箱", "三层 四层 原木", "100抽 120抽 130抽 150抽"),
    _ware("牙膏", "日化", "支", "箱", "薄荷 美白 抗敏 盐白", "90g 100g 120g 140g 180g"),
    _ware("垃圾袋", "日化", "卷", "箱", "加厚 手提 平口", "45cm 50cm 55cm 60cm"),
    _ware("中性笔", "文具", "支", "盒", "速干 按动 红 黑 蓝", "0.38mm 0.5mm 0.7mm 1mm"),
    _ware("复印纸", "文具", "包", "箱", "高白 全木浆 双面", "70g 75g 80g"),
    _ware("胶带", "文具", "卷", "箱", "透明 米黄 封箱", "45mm 48mm 50mm 60mm"),
    _ware("笔记本", "文具", "本", "包", "软抄 硬壳 线圈", "A4 A5 B5"),
    _ware("机油", "汽配", "桶", "箱", "全合成 半合成 矿物", "1L 4L 5L 18L"),
    _ware("防冻液", "汽配", "桶", "箱", "绿色 红色 长效", "1L 2L 4L 10L"),
    _ware("玻璃水", "汽配", "桶", "箱", "防冻 去油 镀膜", "1.3L 1.8L 2L"),
    _ware("雨刮片", "汽配", "支", "箱", "无骨 三段 有骨", "14寸 16寸 18寸 20寸 24寸"),
    _ware("角阀", "五金", "个", "箱", "铜 冷热 三角", "4分 6分 1寸"),
    _ware("生料带", "五金", "卷", "盒", "加厚 液体", "10m 15m 20m"),
    _ware("切割片", "五金", "片", "盒", "树脂 金刚石 不锈钢", "105mm 125mm 150mm 230mm"),
    _ware("电线", "五金", "卷", "件", "红 蓝 黄 双色", "1.5平方 2.5平方 4平方 6平方"),
    _ware("灯泡", "五金", "个", "箱", "暖光 白光 感应", "5W 9W 12W 18W"),
)  # fmt: skip
HEADS = "金福康泰华美丰源兴隆顺达恒嘉锦宏瑞祥盛利和安佳味鲜百千万天海江山云龙凤春秋"
TAILS = "记源丰达泰康府园庄河田谷川岭湖洲楼坊堂号家匠牌佳乐鼎禾穗泉峰林林苑"
PACKS = (4, 6, 8, 10, 12, 15, 20, 24, 30, 40)


@dataclass(frozen=True, slots=True)
class Made:
    """One product with what its name is made of."""

    goods: Goods
    brand: str
    flavour: str
    word: str
    size: str


def brands(rng: Random) -> list[str]:
    pairs = list(dict.fromkeys(head + tail for head in HEADS for tail in TAILS if head != tail))
    rng.shuffle(pairs)
    return pairs


def made_up(count: int, seed: int = 7) -> list[Made]:
    """`count` different products; a shop of a few thousand knows some forty brands per thousand."""
    rng = Random(seed)
    known = brands(rng)[: max(12, min(900, count // 25))]
    found = []
    for number, (brand, ware, flavour, size) in enumerate(islice(_all(rng, known), count), 1):
        size_in_name = rng.random() < 0.8
        name = brand + flavour + ware.word + (size if size_in_name else "")
        goods = Goods(
            id=number,
            code=f"P{number:07d}",
            name=name,
            brand=brand,
            spec=size,
            category=ware.category,
            base_unit=ware.base,
            units={ware.base: 1000, ware.pack: rng.choice(PACKS) * 1000},
            barcodes={f"69{number:010d}0": ware.base},
        )
        found.append(Made(goods, brand, flavour, ware.word, size))
    return found


def _all(rng: Random, known: list[str]) -> Iterator[tuple[str, Ware, str, str]]:
    """Every brand × ware × flavour × size, each once, well mixed."""
    shelves = [(brand, ware) for brand in known for ware in WARES]
    rng.shuffle(shelves)
    depth = max(len(ware.flavours) * len(ware.sizes) for ware in WARES)
    order = list(range(depth))
    rng.shuffle(order)
    for layer in order:
        for brand, ware in shelves:
            if layer < len(ware.flavours) * len(ware.sizes):
                flavour, size = divmod(layer, len(ware.sizes))
                yield brand, ware, ware.flavours[flavour], ware.sizes[size]


def catalog_of(made: list[Made], aliases: dict[str, str] | None = None) -> Catalog:
    """The products beside a few partners and two warehouses."""
    words = aliases or {}
    rows = [
        replace(one.goods, aliases=(Alias(words[one.goods.code]),)) if one.goods.code in words else one.goods
        for one in made
    ]
    parties = [
        Party(1, "K01", "喜来登饭店", ("喜来登",)),
        Party(2, "K02", "大众食堂", ("大众",)),
        Party(3, "S01", "宝丽经销部", ("宝丽",), is_customer=False, is_supplier=True),
    ]
    return Catalog(rows, parties, [Place(1, "W1", "总仓", ()), Place(2, "W2", "东门店", ("东门",))])
