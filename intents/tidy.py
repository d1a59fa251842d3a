"""读之前先把话理顺:行首序号、乘号、钟点、叮嘱和家常去掉,绕着说的改成直说。"""

from __future__ import annotations

import re

from intents.numbers import parse, plain
from intents.remarks import without_remarks

_BULLET = re.compile(r"(?m)^[ \t]*(?:\d{1,2}[、)]|\d{1,2}\.(?=\s*[^\d\s])|[-*•·#]+(?=\s*[^\d\s]))[ \t]*")
_TIMES = re.compile(r"(?<=[\u4e00-\u9fff)\s])x(?=\s?\d)|(?<=\d)\s?x\s?(?=\d)|(?<=\dm)x(?=\d)")
_SAID_TIMES = re.compile(
    r"(?P<a>[\d零一二三四五六七八九十百.点]+)乘以?(?P<b>[\d零一二三四五六七八九十百.点]+)"
)
_LOAD = re.compile(
    r"(?<=[来到了送拉卸发的])(?:一|1|两|整)(?:整)?(?:车|批|趟|船|柜)"
    r"(?:货|菜|水果|果子|料|东西)?(?=[\s,:;。是有])"
)
_CLOCK = re.compile(
    r"(?:早上|上午|中午|下午|晚上|凌晨|傍晚)?(?<![\d.])(?:\d{1,2}|十[一二]?|[一二两三四五六七八九])点(?:半|钟|整|\d{1,2}分?)?"
    r"(?:之前|以前|前|左右|以后|之后|后)?(?=送|到|要|来|拿|提|之|出|发|吧|哈|$|[,.;!\s])"
)
_RULE = re.compile(r"(?m)^[\W_]{2,}$")
_BELOW = re.compile(r"零下(?=\d)")

_HAN_N = "一二两三四五六七八九十百"
# 左边的说法换成右边的,从上到下
REWRITES = tuple(
    (re.compile(pattern), word)
    for pattern, word in (
        (r"元月", "1月"),
        # 9月12日前送:说的就是那一天
        (r"(?<=[日号])(?:之前|以前|前)(?=[\s送到要发,.;!]|$)", ""),
        (r"(?<=[今明后]天)(?:之前|以前|前)(?=[\s送到要发,.;!]|$)", ""),
        (r"(?<=[周期拜][一二三四五六日天])(?:之前|以前|前)(?=[\s送到要发,.;!]|$)", ""),
        # 不是甲是乙
        (r"(?<!是)不是\s*[^\s,.;\n是]{1,12}?(?:[\s,]*而|[\s,]+|(?=是))是(?!不是)(?=\S)", "不对 "),
        (
            r"(?<=[\s,.;!])不是(?!(?:\d+|[一二两三四五六七八九十半百]+)\s?[箱件瓶包袋桶提盒个斤条罐支块元])(?![真要给发这那])[\u4e00-\u9fffa-z]{1,10}?(?:哈|啊|哦|呀|哟|嘛|噢)?(?=$|[,.;!\n])",
            " ",
        ),
        # 报损的缘由
        (
            r"(?:让|被|叫|给)(?:老鼠|耗子|猫|狗|虫子?|客人|小孩|孩子|工人|雨水?|水|太阳)给?(?:[咬嗑啃吃抓踩打摔碰撕弄泡淋浇晒蛀])(?:坏|烂|破|湿|碎)?了?",
            "坏了",
        ),
        # 顺口说的库里情形、别的货
        (
            r"(?<=[\u4e00-\u9fff])(?:就|都|也|快|只)?(?:没|剩不下|不剩)(?:有|剩)?(?:几|多少)[箱件瓶包袋桶提盒个斤条罐]?了(?=[\s,.;!]+\S)",
            " ",
        ),
        (
            r"(?:[\u4e00-\u9fff]{0,4})(?:冰柜|货架|柜子|冰箱|架子|展柜|店里|库里)(?:都|快|又)?(?:空|满|没货)了(?=[\s,.;!]+\S)",
            " ",
        ),
        (
            r"(?:^|(?<=[\s,.;!]))[\u4e00-\u9fff]{1,6}(?:别|不要|甭|莫)(?:给|拿|送|发|装)(?:我)?(?=[\s,]+(?:要|来|给|拿|就要|换|下|订))",
            " ",
        ),
        (r"送[个一两点]?[^\s,\d]{1,6}(?:不用|不要|别|不必|不)(?:记|算|录|入账|记账)(?:账|帐|钱|了)?", " "),
        (r"(?:千万|记得)?别忘了?(?:写|记|算|开|注明|备注)(?:上|在|到|是|给)?(?=[\u4e00-\u9fff])", " 给"),
        (r"(?:千万|记得)?别忘(?:了|记)?(?=[给跟向把帮开下送订入出])", ""),
        (r"(?:上|前|这)?(?:俩|两|几|三|半)个?月的?(?=账|款|货款|帐|钱)", ""),
        (r"^[\u4e00-\u9fff]{1,6}(?:加工|做|炒|熬|磨|包|卤|生产|打包|烤|蒸)(?:完|好)了[\s,]+(?=.*完工)", ""),
        (
            rf"^(?:(?!\d|[{_HAN_N}]+[箱件瓶包袋桶提盒斤条罐支双套块元])[^\n]){{0,30}}?(?<!不)(?:哦|噢|啊)?(?:对了(?!一|下|账|单|吗|没)|说正事|言归正传)[\s,]*",
            "",
        ),
        (r"哪([两二三四五六七八九十])[样种款个]", r"前\1名 "),
        (
            r"([一每单][箱件瓶包袋桶提盒个斤条罐支双套])(?:卖|要|是|得)多少(?![钱了箱件瓶包袋桶提盒个斤条罐支双套])",
            r"\1多少钱",
        ),
        # 尺码、长短、瓦数、纸号
        (r"(?<![a-z])(x{0,3}[sml])码", r"\1 "),
        (r"(?<=\d)(?:长|高|宽|粗|厚)的", "的"),
        (r"(?<=\d)瓦(?!楞|片)", "w"),
        (r"五(?=w(?![a-z]))", "5"),
        (r"(?<![a-z][ab])(?<=[ab])四(?=纸|复印|打印|的)", "4"),
        (r"(?<![a-z][ab])(?<=[ab])三(?=纸|复印|打印|的)", "3"),
    )
)
_FREE = re.compile(
    rf"买(?P<buy>\d+|[{_HAN_N}]+)(?P<u>[箱件瓶包袋桶提盒个斤条罐支双套]?)(?:送|赠|搭)(?P<free>\d+|[{_HAN_N}]+)(?P<u2>[箱件瓶包袋桶提盒个斤条罐支双套]?)(?:的)?(?:活动)?"
)
_BOUGHT = re.compile(rf"(?P<n>\d+|[{_HAN_N}]+)\s?(?P<unit>[箱件瓶包袋桶提盒个斤条罐支双套])")


def _with_gift(text: str) -> str:
    """“红牛20箱 买十送一”:照前面的数算出送几箱;算不整就留着,好去问。"""
    offer = _FREE.search(text)
    bought = list(_BOUGHT.finditer(text[: offer.start()])) if offer else []
    if offer is None or not bought:
        return text
    said, buy, free = parse(bought[-1]["n"]), parse(offer["buy"]), parse(offer["free"])
    if not said or not buy or not free or said % buy:
        return text
    gift = f" 送{plain(said / buy * free)}{offer['u2'] or bought[-1]['unit']}"
    return text[: offer.start()] + gift + text[offer.end() :]


def _multiplied(m: re.Match[str]) -> str:
    left, right = parse(m["a"]), parse(m["b"])
    return m[0] if left is None or right is None else f"{left:f}*{right:f}"


def tidy(text: str) -> str:
    """去掉行首序号,乘号写成星号(八乘三十也是);“来了一车菜”的“一车菜”不是数量,绕着说的改成直说。"""
    text = _SAID_TIMES.sub(_multiplied, _TIMES.sub("*", _BULLET.sub("", text)))
    text = _CLOCK.sub(" ", text)
    text = _BELOW.sub("-", _RULE.sub("", _LOAD.sub(" ", text)))
    for pattern, word in REWRITES:
        text = pattern.sub(word, text)
    return without_remarks(_with_gift(text))
