"""拒绝与追问：每一种都有代码、事实和一句告诉人下一步怎么办的中文。

BusinessError
├── NotAllowed            没有权限
├── NotFound              找不到人、商品、单据、提案
├── Invalid               填得不对：数量、单位、日期、金额、资料
├── NotEnough             库存、可用、资金不够
├── Blocked               被别的单据、结账、信用挡住
├── Stale                 提案已处理、过期，或内容变了
└── Clash                 重复：同名商品、同条码、同一把钥匙不同内容
Need                      还差一样东西，问一句就能继续
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class BusinessError(Exception):
    """Stop, nothing was written. `code` is stable for machines, `facts` are the figures, str() is the sentence."""

    def __init__(self, code: str, sentence: str, **facts: Any) -> None:
        super().__init__(sentence)
        self.code, self.sentence, self.facts = code, sentence, facts


class NotAllowed(BusinessError): ...


class NotFound(BusinessError): ...


class Invalid(BusinessError): ...


class NotEnough(BusinessError): ...


class Blocked(BusinessError): ...


class Stale(BusinessError): ...


class Clash(BusinessError): ...


@dataclass(frozen=True, slots=True)
class Choice:
    """One numbered answer: `fill` maps paths of the frame to what they become (codes and decimal strings)."""

    label: str
    fill: Mapping[str, Any]
    number: int | None = None


@dataclass
class Need(Exception):
    """One thing is missing. No choices = the person types it. `slot` is the path of the frame it belongs to."""

    slot: str
    question: str
    choices: tuple[Choice, ...] = field(default=())

    def __post_init__(self) -> None:
        super().__init__(self.question)


def not_allowed(what: str) -> NotAllowed:
    nothing = "" if what.startswith(("查", "看")) else "，没有记账"
    return NotAllowed(
        "not_allowed", f"您没有“{what}”的权限{nothing}。需要的话请找老板在后台“员工”里开通。", needs=what
    )


def no_such(kind: str, said: str, hint: str) -> NotFound:
    return NotFound("not_found", f"没有找到{kind}“{said}”。{hint}", kind=kind, said=said)


def unknown_unit(product: str, unit: str, units: tuple[str, ...]) -> Invalid:
    return Invalid(
        "unknown_unit",
        f"{product} 没有单位“{unit}”，可以用：{'、'.join(units)}。换个单位再说一次。",
        product=product,
        unit=unit,
        units=units,
    )


def not_whole(product: str, said: str, base: str) -> Invalid:
    return Invalid(
        "not_whole",
        f"{product} {said}换算成{base}不是整数。请改成整{base}的数量。",
        product=product,
        said=said,
    )


def not_positive(product: str) -> Invalid:
    return Invalid("not_positive", f"{product} 的数量要大于 0。改好数量再说一次。", product=product)


def too_large(what: str) -> Invalid:
    return Invalid("too_large", f"{what}大得不像真的，没有记账。请核对后重新输入。", what=what)


def short_of(product: str, need: str, available: str, hint: str) -> NotEnough:
    return NotEnough(
        "short_of",
        f"{product} 要 {need}，可用只剩 {available}。{hint}",
        product=product,
        need=need,
        available=available,
    )


def future_date(what: str, day: str) -> Invalid:
    return Invalid(
        "future_date", f"{what} {day} 还没到。请核对日期后重说，例如“生产日期 今天”。", what=what, day=day
    )


def closed_day(day: str, through: str) -> Blocked:
    return Blocked(
        "closed_day",
        f"{through} 及以前已结账，不能再记 {day} 的单。请改用今天的日期。",
        day=day,
        through=through,
    )


def open_problems(through: str, problems: list[str]) -> Blocked:
    listed = "\n".join(f"{number}. {one}" for number, one in enumerate(problems, 1))
    return Blocked(
        "open_problems",
        f"还不能结到 {through}，先办完这些：\n{listed}\n办完再结；非结不可请老板来办。",
        through=through,
        problems=problems,
    )


def too_far_back(day: str, days: int) -> Blocked:
    return Blocked(
        "too_far_back",
        f"{day} 太早了，最多补录 {days} 天内的单。请改日期，或请老板录期初。",
        day=day,
        days=days,
    )


def fund_short(fund: str, balance: str, need: str) -> NotEnough:
    return NotEnough(
        "fund_short",
        f"{fund} 余额只有 {balance}，不够付 {need}。换个账户，或先把收款记上。",
        fund=fund,
        balance=balance,
        need=need,
    )


def nothing_open(what: str, hint: str) -> Invalid:
    return Invalid("nothing_open", f"{what} 没有未清的款。{hint}", what=what)


def more_than_open(what: str, said: str, open_text: str) -> Invalid:
    return Invalid(
        "more_than_open",
        f"{what} 未清只有 {open_text}，不够 {said}。请改小金额再说。",
        said=said,
        open=open_text,
    )


def blocked_by(number: str, why: str) -> Blocked:
    return Blocked("blocked_by", f"{number} 不能撤回：{why}", number=number)


def in_the_way(number: str, why: str, advice: str = "先撤回那张单，再来撤这张。") -> Blocked:
    """Later documents stand on it, named in `why`: whoever wants may have them undone along with it."""
    return Blocked("in_the_way", f"{number} 不能撤回：{why}。{advice}", number=number, why=why)


def already_reversed(number: str, by: str) -> Stale:
    return Stale("already_reversed", f"{number} 已经红冲过了（{by}），没有再动账。", number=number, by=by)


def fired_already(code: str) -> Stale:
    return Stale("fired", f"提案 {code} 已经处理过了，没有重复记账。", proposal=code)


def expired(code: str) -> Stale:
    return Stale("expired", f"提案 {code} 已过期，没有记账。请重新说一次。", proposal=code)


def key_reused(key: str) -> Clash:
    return Clash("key_reused", "同一个编号带着不同的内容再次提交，已拒绝并报警。请换一个新的编号。", key=key)


def exists_already(what: str, existing: str) -> Clash:
    return Clash(
        "exists",
        f"{what}已经有了：{existing}。是同一个就直接用它；不是就改个不同的名称或规格。",
        existing=existing,
    )
