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
    """这段字是在说话(“包饺子用”“都送到了”),不像一个货名;带数的、说价钱折扣的、要缓要停要退的不算闲话。"""
    load()
    return bool(text) and not _BARGAIN.search(text) and any(word in _talk_words for word in cut(text))


def is_thing(word: str) -> bool:
    """词典里有的正经词,而且不是动词虚词那种说话用的,也不是人名译名。"""
    return frequency(word) > 5 and word not in _talk_words and word not in _person_words
