"""往来单位和仓库的名字:全名、别名、常省掉的后缀、分店,读音差不多也认得。"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from intents.intent import words as listed
from intents.lexicon import han_only, is_han, name_key, pinyin, soft_sounds

if TYPE_CHECKING:
    from intents.frame import Catalog

# 名字后面常省掉的字眼,一层一层剥
LEGAL = listed("""
    股份有限公司 有限责任公司 有限公司 公司 集团 经营部 经销部 批发部 批发行 办事处 总代理 分公司
    商贸行 商行 合作社 个体户 旗舰店 总店
""")
TRADE = listed("""
    食品 商贸 贸易 饮料 粮油 火锅店 火锅 酒店 大酒店 饭店 餐饮 餐厅 副食店 副食 干杂铺 面馆 冒菜
    烧烤 串串香 超市 便利店 便利 食堂 冻品 水果店 水果行 果行 果业 五金店 五金行 五金 建材 零食店
    零食铺 零食 烟酒 茶楼 小吃 小吃店 门市部 门市 批发 分销 包材 包装材料 包装 调料 调味品 电器 机电
    服装店 服饰 文具店 药店 母婴店 母婴 水产 海鲜 生鲜 肉类 肉铺 肉店 禽蛋 蛋品 蔬菜 菜店 果蔬 烟酒行 酒行
    酒业 酒水 茶业 茶行 乳业 乳品 米业 油脂 面业 粮行 汽修 汽配 汽修厂 修理厂 车行 轮胎 汽车用品 装饰
    装修 装修队 工程队 施工队 装饰材料 建材行 水暖 五金机电 物业 文体 文具 办公 办公用品 文印 打印店
    图文 书店 幼儿园 小学 中学 学校 学院 医院 诊所 宾馆 旅馆 民宿 会所 网吧 奶茶店 奶茶 咖啡店 咖啡 烘焙
    蛋糕店 蛋糕 面包店 早餐店 快餐店 快餐 食府 大排档 酒楼 农家乐 农庄 菜市场 便民店 小卖部 商店 商场 商城
    大药房 药房 饺子馆 饭馆 菜馆 面馆 粥铺 早餐铺 早点铺 早点 花店 花艺 花坊 花行 宠物医院 宠物店 宠物生活馆 宠物用品 宠物 生活馆 杂货铺 杂货店 杂货 便利超市
    烟酒茶 连锁酒店 培训学校 培训 装饰公司 水暖五金 鞋店 鞋行 服装 ktv 理发店 美容院 健身房 茶馆 酒吧 药业 医药 医药公司 粮油店 粮店 米店 油坊 豆腐坊 馒头店 包子铺 熟食店 卤味店
    卖场 连锁 供应链 物流 配送 科技 实业 工贸 制造厂 加工厂 厂家 饭庄 烧烤店 串店 鲜花店 日杂 百货 日化
""")
COMMON = 60  # 词典里比这常见的两个字,不当店名的头
PLACE_TAIL = listed("仓库 库房 门店 门市 仓 库 店")
_DIGITS = "0123456789一二三四五六七八九十"
_BRACKET = re.compile(r"[((](.+?)[))]")


class Directory:
    """单位和仓库的叫法到编码;同一个叫法可以有几家。"""

    def __init__(self, catalog: Catalog) -> None:
        brands = (
            {name_key(row.brand) for row in catalog.goods_by_code.values() if row.brand}
            if len(catalog.goods_by_code) < 20000
            else set()
        )
        self.party: dict[str, tuple[str, ...]] = {}
        self.party_by_sound: dict[str, tuple[str, ...]] = {}
        self.party_by_pinyin: dict[str, tuple[str, ...]] = {}
        self.place: dict[str, tuple[str, ...]] = {}
        self.exact: set[str] = set()
        self.place_exact: set[str] = set()
        self._add_parties(catalog, brands)
        self._add_places(catalog)
        self.heads = {word[0] for word in (*self.party, *self.place) if word}
        self.sound_heads = {sound[0] for sound in self.party_by_sound}
        self.longest = max([2, *(len(word) for word in (*self.party, *self.place))])

    def _add_parties(self, catalog: Catalog, brands: set[str]) -> None:
        sure: dict[str, list[str]] = defaultdict(list)
        short: dict[str, list[str]] = defaultdict(list)
        for row in catalog.party_by_code.values():
            own = list(
                dict.fromkeys(
                    _forms(row.name)[0] + [name_key(word) for word in row.aliases] + [row.code.lower()]
                )
            )
            for word in own:
                sure[word].append(row.code)
            shops = [word[:-1] for word in own if word[-1] in "店家" and len(han_only(word)) >= 3]
            for word in (*_forms(row.name)[1], *shops):
                if word not in own and word not in brands:
                    short[word].append(row.code)
        _shared_heads(catalog, sure, short, brands)
        _whole_family(sure, short)
        self.exact = set(sure)
        self.party = {word: tuple(dict.fromkeys(codes)) for word, codes in sure.items()}
        for word, codes in short.items():
            if word not in sure:
                self.party[word] = tuple(dict.fromkeys(codes))
        heard: dict[str, list[str]] = defaultdict(list)
        spelled: dict[str, list[str]] = defaultdict(list)
        for word, codes2 in self.party.items():
            if len(word) >= 3 and all(map(is_han, word)):
                heard[soft_sounds(word)] += codes2
            if all(map(is_han, word)):
                spelled["".join(pinyin(word))] += codes2
        self.party_by_pinyin = {
            said: tuple(dict.fromkeys(codes)) for said, codes in spelled.items() if len(said) >= 5
        }
        self.party_by_sound = {sound: tuple(dict.fromkeys(codes)) for sound, codes in heard.items()}

    def _add_places(self, catalog: Catalog) -> None:
        words: dict[str, list[str]] = defaultdict(list)
        loose: dict[str, list[str]] = defaultdict(list)
        for row in catalog.place_by_code.values():
            for word in dict.fromkeys(
                [name_key(row.name), row.code.lower(), *(name_key(alias) for alias in row.aliases)]
            ):
                words[word].append(row.code)
                tail = next((tail for tail in PLACE_TAIL if word.endswith(tail)), "")
                if tail and len(word) - len(tail) >= 2 and word[0] not in _DIGITS:
                    loose[word[: -len(tail)]].append(row.code)
        self.place_exact = set(words)
        for word, codes in loose.items():
            if word not in words and word not in self.party:
                words[word] = codes
        self.place = {word: tuple(dict.fromkeys(codes)) for word, codes in words.items()}


def _shared_heads(
    catalog: Catalog, sure: dict[str, list[str]], short: dict[str, list[str]], brands: set[str]
) -> None:
    """“悦来要……”:悦来商务宾馆、悦来度假酒店都叫悦来,说了就是这几家里的一家;常用词(四川、实验)不算。"""
    from intents.segment import frequency

    heads: dict[str, list[str]] = defaultdict(list)
    for row in catalog.party_by_code.values():
        heads[name_key(row.name)[:2]].append(row.code)
    for head, codes in heads.items():
        plain = len(head) == 2 and all(map(is_han, head)) and frequency(head) < COMMON
        if len(codes) > 1 and plain and head not in brands and head not in sure and head not in short:
            short[head] += codes


def _whole_family(sure: dict[str, list[str]], short: dict[str, list[str]]) -> None:
    """省略的叫法,别家名字里也有的,就不只是这一家:“海丰”可能是海丰冻品,也可能是海丰水产。"""
    for word, codes in sure.items():
        for start in range(len(word)):
            for stop in range(start + 2, len(word) + 1):
                if word[start:stop] in short and word[start:stop] not in sure:
                    short[word[start:stop]] += codes


def _shorter(word: str) -> list[str]:
    """去掉一层一层的后缀,至少留两个字。"""
    found: list[str] = []
    while True:
        tail = next(
            (
                t
                for t in sorted(LEGAL + TRADE, key=len, reverse=True)
                if word.endswith(t) and len(word) - len(t) >= 2
            ),
            None,
        )
        if tail is None:
            return found
        word = word[: -len(tail)]
        found.append(word)


def _forms(name: str) -> tuple[list[str], list[str]]:
    """一个全名的写法:一定算数的,和省略的。"""
    inside = [name_key(part) for part in _BRACKET.findall(name)]
    whole, base = name_key(name), name_key(_BRACKET.sub("", name))
    sure, short = [whole], []
    cores = [base, *_shorter(base)]
    short += cores
    for branch in inside:
        for core in cores:
            for tail in {
                branch,
                re.sub(r"(?:分店|路店|店|路)$", "", branch) or branch,
                re.sub(r"店$", "", branch) or branch,
            }:
                short.append(core + tail)
    return sure, [word for word in dict.fromkeys(short) if len(han_only(word)) >= 2 and word not in sure]
