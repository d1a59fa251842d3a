"""结巴分词:启动时装好词典;只切剩下的话,不单独决定商品名到哪里为止。"""

from __future__ import annotations

import logging
import re
import tempfile
import warnings
from functools import lru_cache
from pathlib import Path

with warnings.catch_warnings():  # 它自己的旧写法会在开店时吓人一跳
    warnings.simplefilter("ignore")
    import jieba

PIECE = 120  # 一次最多切这么长
TALKING = frozenset(
    "vdrpcuyeot"
)  # 动词、副词、代词、介词、连词、助词、语气、叹词、象声、时间:说话用的,不是货名
_BARGAIN = re.compile(
    r"[\da-z零一二三四五六七八九十百千万半几折价钱元块毛免扣减优惠贵等缓悔停慢错撤废问核退]|便宜|赠|送|变卦|再说"
)
# 家常话里才有的事;没有这些的闲话可能是“由老板定”那种要紧话,不敢放过
_EVERYDAY = re.compile(
    r"孩子|儿子|女儿|闺女|老婆|老公|媳妇|爸|妈|爷|奶奶|孙|舅|姨|叔|邻居|朋友|同学|家里|家人|我家|他家|她家|吃饭|做饭|喝酒|饿死|饿了|累死|累坏|好累|困死|睡觉|睡过头|热死|好热|太热|热得|冷死|好冷|太冷|降温|下雨|大雨|下雪|太阳|天气|刮风|台风|"
    r"堵车|路上|停电|跳闸|冰柜|冰箱|电视|手机|高考|上学|放学|考试|毕业|结婚|生日|满月|过年|过节|春节|中秋|端午|国庆|旅游|打牌|麻将|钓鱼|跳舞|足球|医院|感冒|"
    r"发烧|腿|腰|头疼|值班|加班|开会|出差|带娃|娃|宝宝|心情|高兴|开心|生意|客人|卖疯|卖得|抢着|好吃|爱吃|天天|包饺子|包花|都送到|送到了|装好了|卸好了|放好了|到齐|辛苦|缘分|老乡|红包|福"
)
_talk_words: set[str] = set()
_person_words: set[str] = set()
_ready: list[tempfile.TemporaryDirectory[str]] = []


def load() -> None:
    """装词典;缓存放在只有自己能看的临时目录里。"""
    if _ready:
        return
    folder = tempfile.TemporaryDirectory(prefix="zhanggui-jieba-")
    Path(folder.name).chmod(0o700)
    jieba.setLogLevel(logging.CRITICAL)  # 词典缓存写不下也能用
    jieba.dt.tmp_dir = folder.name
    jieba.initialize()
    with Path(jieba.__file__).with_name("dict.txt").open(encoding="utf-8") as rows:
        for word, _, tag in map(str.split, rows):
            if tag.startswith("nr"):
                _person_words.add(word)
            elif tag[0] in TALKING and tag != "vn":
                _talk_words.add(word)
    _ready.append(folder)


@lru_cache(maxsize=8192)
def frequency(word: str) -> int:
    """词典里这个词有多常见,0 是没有。"""
    load()
    found: int = jieba.dt.FREQ.get(word, 0)
    return found


def cut(text: str) -> list[str]:
    """切成词,长的分段切。"""
    load()
    found: list[str] = []
    for start in range(0, len(text), PIECE):
        found += jieba.lcut(text[start : start + PIECE])
    return found


def is_talk(text: str) -> bool:
    """这段字是在拉家常(“她家孩子高考完了”),不像一个货名;带数的、说价钱折扣的、要缓要停要退的不算。"""
    load()
    if not text or _BARGAIN.search(text) or not _EVERYDAY.search(text):
        return False
    return any(word in _talk_words for word in cut(text))


def is_saying(text: str) -> bool:
    """查账时多说的一句(“我好甩卖”):一个个词全是说话用的,没有一样东西。"""
    load()
    return bool(text) and all(word in _talk_words for word in cut(text))


def is_thing(word: str) -> bool:
    """词典里有的正经词,而且不是动词虚词那种说话用的,也不是人名译名。"""
    return frequency(word) > 5 and word not in _talk_words and word not in _person_words
