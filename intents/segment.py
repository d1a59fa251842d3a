"""结巴分词:启动时装好词典;只切剩下的话,不单独决定商品名到哪里为止。"""

from __future__ import annotations

import logging
import tempfile
import warnings
from functools import lru_cache
from pathlib import Path

with warnings.catch_warnings():  # 它自己的旧写法会在开店时吓人一跳
    warnings.simplefilter("ignore")
    import jieba

PIECE = 120  # 一次最多切这么长
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
