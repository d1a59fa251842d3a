"""把打出来的字变成规矩的字:全角变半角、繁体变简体、大写变小写;再告诉每个字怎么读。"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib import resources

import numpy as np
from pypinyin import Style
from pypinyin.constants import PINYIN_DICT
from pypinyin.style import convert as style_of

from intents.dialect import standard
from intents.intent import words as listed

MAX_CHARS = 4000  # 更长的请发表格
MAX_LINES = 60

_EMOJI = re.compile("[\U0001f000-\U0001faff☀-➿️‍⬀-⯿]+")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
)
_CIRCLED = re.compile("[①-⑳⑴-⒇❶-❿➀-➓]")  # ①面巾2件 ②地巾5包
_AT = re.compile(r"@(?=[^\d\s])[^\s,,::]{1,12}[\s,:]+")
_SPACES = re.compile(r"[^\S\n]+")
_PUNCT = str.maketrans(
    {
        "，": ",",
        "、": "、",
        "。": ".",
        "；": ";",
        "：": ":",
        "！": "!",
        "？": "?",
        "（": "(",
        "）": ")",
        "【": "[",
        "】": "]",
        "「": "[",
        "」": "]",
        "《": "[",
        "》": "]",
        "“": '"',
        "”": '"',
        "‘": "'",
        "’": "'",
        "～": "~",
        "—": "-",
        "–": "-",
        "－": "-",
        "−": "-",
        "×": "*",
        "✕": "*",
        "✖": "*",
        "→": "→",
        "➡": "→",
        "¥": "¥",
        "￥": "¥",
        "\r": "\n",
        "\u2028": "\n",
        "\u2029": "\n",
    }
)

# 形近常写错的字:左边打成右边,只在别的读法都不成时用
LOOK_ALIKE = listed("""
    豉鼓 蚝耗 酱浆 粟栗 未末 千干 人入 日目 大太 晴睛 拔拨 贷货 候侯 茶荼 芥介 蕃番 薯署 籽仔 菇姑
    蘑磨 藕耦 饼拼 辣棘 醋酷 筷块 桶捅 罐灌 葵癸 椒淑 榨炸 腌淹 酥稣 糕羔 粽棕 糯懦 蜜密 柚袖 橙澄
    桔结 莓梅 梨犁 蕉焦 椰揶 檬蒙 萄淘 瓣辨 瓣辩 锤捶 钳甜 垫势 螺骡 钉订 扳板 锯据 胶郊 绳蝇 刷涮
    漆膝 阀伐 轴抽 筒简 帘窜 毯毡 袜抹 裤库 鞋靴 伞伤 拖拽 帽冒
""")


@lru_cache(maxsize=1)
def _simplify_table() -> dict[int, str]:
    """繁体到简体的单字表,取自 opencc 的字典。"""
    table: dict[int, str] = {}
    source = resources.files("opencc").joinpath("dictionary", "TSCharacters.txt")
    for row in source.read_text(encoding="utf-8").splitlines():
        old, _, new = row.partition("\t")
        if len(old) == 1 and new:
            table[ord(old)] = new.split()[0]
    for keep in "藉嗰":  # 在名字里、方言里就是本字;“乾”两边一样换成“干”,饼乾、牛肉乾才认得
        table.pop(ord(keep), None)
    return table


def plain(text: str) -> str:
    """逐字换成规矩的字,不动空白。"""
    text = unicodedata.normalize("NFKC", text.replace("￥", "¥").replace("…", "..."))
    text = _INVISIBLE.sub("", text.translate(_PUNCT)).translate(_simplify_table()).lower()
    return _EMOJI.sub(" ", text)


FACES = listed("""
    微笑 撇嘴 色 发呆 得意 流泪 害羞 闭嘴 睡 大哭 尴尬 发怒 调皮 呲牙 惊讶 难过 囧 抓狂 吐 偷笑 愉快 白眼 傲慢 困 惊恐
    憨笑 悠闲 咒骂 疑问 嘘 晕 衰 骷髅 敲打 再见 擦汗 抠鼻 鼓掌 坏笑 鄙视 委屈 快哭了 阴险 亲亲 可怜 笑脸 生病 脸红
    破涕为笑 恐惧 失望 无语 嘿哈 捂脸 奸笑 机智 皱眉 耶 吃瓜 加油 汗 天啊 旺柴 好的 打脸 哇 翻白眼 666 叹气 苦涩 裂开
    嘴唇 爱心 心碎 拥抱 强 弱 握手 胜利 抱拳 勾引 拳头 ok 合十 啤酒 咖啡 蛋糕 玫瑰 凋谢 菜刀 炸弹 月亮 太阳 庆祝
    礼物 红包 发 福 烟花 爆竹 猪头 跳跳 发抖 转圈 嘻嘻 比心 赞 鲜花 emm 社会社会 让我看看 图片 语音 表情 动画表情
""")
_FACE = re.compile(r"\[(?:" + "|".join(sorted(FACES, key=len, reverse=True)) + r")\]")


def normalise(text: str) -> str:
    """整句的规矩写法;换行留着,其他空白并成一个空格,聊天软件写成文字的表情、排成一列的圈码去掉。"""
    if len(_CIRCLED.findall(text)) > 1:
        text = _CIRCLED.sub(";", text)
    text = standard(_FACE.sub(" ", _AT.sub(" ", plain(text) + " ")))
    text = _SPACES.sub(" ", text)
    return "\n".join(line.strip() for line in text.split("\n")).strip()


_UNIT_WORDS = (
    (re.compile(r"(?<=\d)\s*毫升"), "ml"),
    (re.compile(r"(?<=\d)\s*(?:公斤|千克)"), "kg"),
    (re.compile(r"(?<=\d)\s*克"), "g"),
    (re.compile(r"(?<=\d)\s*升"), "l"),
    (re.compile(r"(?<=\d)\s*厘米"), "cm"),
    (re.compile(r"(?<=\d)\s*毫米"), "mm"),
)
_TIMES = re.compile(r"(?<=[\da-z])\s*[*x]\s*(?=\d)")
_NOISE = re.compile(r"[\s,.、/()\[\]\"'·\-_:;!?+~%&#@]+")
_NOT_HAN = re.compile(r"[^\u4e00-\u9fff]+")
_DOT = re.compile(r"(?<=\d)\.(?=\d)")


@lru_cache(maxsize=16384)
def name_key(text: str) -> str:
    """名字的规矩写法:没有空白和标点,克、升写成字母。"""
    return _key(plain(text))


def name_keys(texts: list[str]) -> list[str]:
    """许多名字一次写规矩,比一个一个快得多。"""
    return _key(plain("\uf8ff".join(texts))).split("\uf8ff")


def _key(text: str) -> str:
    for pattern, letter in _UNIT_WORDS:
        text = pattern.sub(letter, text)
    text = _TIMES.sub("*", text)
    text = _DOT.sub("\x01", text)
    return _NOISE.sub("", text).replace("\x01", ".")


def is_han(char: str) -> bool:
    """是不是汉字。"""
    return "\u4e00" <= char <= "\u9fff"


def han_only(text: str) -> str:
    """只留汉字。"""
    return _NOT_HAN.sub("", text)


# ---- 读音 ----
SYLLABLES: dict[str, int] = {}
_LOOSE_HEADS = (("zh", "z"), ("ch", "c"), ("sh", "s"))


def loose(syllable: str) -> str:
    """南方口音和语音转写常混的音并成一个。"""
    for full, flat in _LOOSE_HEADS:
        if syllable.startswith(full):
            syllable = flat + syllable[2:]
    if syllable.startswith("n") and len(syllable) > 1:
        syllable = "l" + syllable[1:]
    if syllable.startswith("hu") and len(syllable) > 2:
        syllable = "f" + syllable[2:]
    return syllable[:-1] if syllable.endswith(("ang", "eng", "ing")) else syllable


def _number(name: str) -> int:
    return SYLLABLES.setdefault(name, len(SYLLABLES) + 1)


def _tables() -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    sound, soft, first = np.zeros(65536, np.uint16), np.zeros(65536, np.uint16), np.zeros(65536, np.uint8)
    names = [""] * 65536
    flat: dict[str, str] = {}
    for code, readings in PINYIN_DICT.items():
        if not 0x4E00 <= code <= 0x9FFF:
            continue
        reading = readings.split(",")[0]
        if reading not in flat:
            flat[reading] = style_of(reading, Style.NORMAL, strict=False).replace("ü", "v")
        name = flat[reading]
        if name.isascii() and name.isalpha():
            sound[code], soft[code], first[code] = (
                _number(name),
                _number("~" + loose(name)),
                ord(name[0]) - 96,
            )
            names[code] = name
    return sound, soft, first, names


SOUND, SOFT, FIRST, _NAMES = _tables()
PLAIN_SYLLABLES = frozenset(name for name in SYLLABLES if not name.startswith("~"))


def pinyin(text: str) -> list[str]:
    """每个汉字的读音(不带声调),不是汉字的跳过。"""
    return [_NAMES[ord(char)] for char in text if is_han(char)]


def _heard(table: np.ndarray) -> dict[int, int]:
    """汉字换成读音的码位,给 str.translate 用;没有读音的字都读作零号。"""
    return {code: 0xE000 + int(table[code]) for code in range(0x4E00, 0xA000)}


_SOUND_OF, _SOFT_OF = _heard(SOUND), _heard(SOFT)


def sounds(text: str) -> str:
    """读音连成一串,一个字一个码位,用来比读音。"""
    return text.translate(_SOUND_OF)


def soft_sounds(text: str) -> str:
    """放宽口音以后的读音串。"""
    return text.translate(_SOFT_OF)


@lru_cache(maxsize=4096)
def cut_pinyin(text: str) -> tuple[str, ...] | None:
    """把连写的拼音切成最少的音节;切不成返回 None。"""
    if len(text) > 40:
        return None
    best: list[tuple[str, ...] | None] = [()] + [None] * len(text)
    for start in range(len(text)):
        done = best[start]
        if done is None:
            continue
        for size in range(1, min(6, len(text) - start) + 1):
            piece, old = text[start : start + size], best[start + size]
            if piece in PLAIN_SYLLABLES and (old is None or len(old) > len(done) + 1):
                best[start + size] = (*done, piece)
    return best[-1] or None
