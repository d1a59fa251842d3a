"""钱怎么说:35块5、三块二毛、1万2、¥35.50,单价、每箱多少、合计多少。"""

from __future__ import annotations

import re
from decimal import Decimal

from intents.intent import words as listed
from intents.numbers import NUMBER, parse

_SMALL = r"[\d零一二两三四五六七八九]"
_COINS = rf"(?:零?{_SMALL}{{1,2}}(?:(?:毛|角){_SMALL}?分?)?)?"
MONEY = (
    rf"(?:[¥$]\s*)?(?:人民币)?(?:{NUMBER})"
    rf"(?:\s*(?:块钱|块|元|圆)(?:半(?![箱件瓶包袋桶提斤])|{_COINS})|\s*(?:毛{_SMALL}?|角钱))?(?:钱|整|正)?"
)
_SPLIT = re.compile(
    rf"(?P<yuan>{NUMBER})\s*(?:块钱|块|元|圆)(?P<half>半)?(?:零?(?P<jiao>{_SMALL}{{1,2}})(?:(?P<mao>毛|角)(?:(?P<fen>{_SMALL})分?)?)?)?(?:钱|整|正)?$"
)
_MAO = re.compile(rf"(?P<jiao>{NUMBER})\s*(?:毛|角)(?P<fen>{_SMALL})?钱?$")
_MARKED = re.compile(r"[¥$]|块|元|圆|毛|角|整|正")

PRICE_LABEL = listed("单价 原价 折前 标价 挂牌价 价格 价钱 售价 卖价 进价 批发价 批价 零售价 价 @ 按 算 报价")
TOTAL_LABEL = listed(
    "一口价 打包价 打包算 全下来 全部下来 算一起 抹零算 抹零按 抹零收 抹零后 抹零给 抹零 抹掉零头 去零头 抹了零头 零头抹了 优惠后 折后共 一起 共收 一共收 总共收 合计收 共付 一共付 共给 总收 算下来 合下来 合计 总价 共计 一共 总共 总计 总额 总金额 金额 共 总款 合共 加起来 拢共 总的"
)
OLD_PRICE = listed("老价格 老价钱 老价 原价 照旧价 按老价 旧价 老样子价 上次的价 上次价格 价格不变 照旧")


DISCOUNT = re.compile(
    r"(?P<all>全部|全都|都|统一|一律|整单)?(?:按|给)?(?:打)?(?P<n>\d{1,2}(?:\.\d)?|[一二三四五六七八九](?:点?[一二三四五六七八九])?)折(?:优惠|算|给|后)?"
)


def discount(said: str) -> Decimal | None:
    """九折是 0.9,八五折、8.5 折、85 折都是 0.85。"""
    digits = "".join(str(int(value)) for char in said if (value := parse(char)) is not None)
    return Decimal(digits) / (10 ** len(digits)) if digits.strip("0") else None


def read(text: str) -> Decimal | None:
    """读一个钱数。"""
    text = re.sub(r"^(?:人民币|[¥$\s])+", "", text.strip())
    m = _SPLIT.fullmatch(text)
    if m:
        yuan = parse(m["yuan"])
        if yuan is not None and m["half"]:
            return yuan + Decimal("0.5")
        return None if yuan is None else yuan + _cents(m["jiao"], bool(m["mao"]), m["fen"])
    m = _MAO.fullmatch(text)
    if m:
        jiao = parse(m["jiao"])
        return None if jiao is None else jiao / 10 + (_digit(m["fen"]) / 100 if m["fen"] else 0)
    text = re.sub(r"(?:钱|整|正)$", "", text)
    return parse(text)


def _digit(text: str) -> Decimal:
    return parse(text) or Decimal(0)


def _cents(jiao: str | None, mao: bool, fen: str | None) -> Decimal:
    value = Decimal(0)
    if jiao:
        digits = "".join(str(int(_digit(char))) for char in jiao)
        value = Decimal("0." + digits) if not mao or len(digits) == 1 else Decimal(digits) / 10
    return value + (_digit(fen) / 100 if fen else 0)


def is_marked(text: str) -> bool:
    """带着块、元、¥ 这种记号,一定是钱。"""
    return bool(_MARKED.search(text))
