"""把切好的话排成一行一行的货:名字、数量、价钱、批号各归各位,改口的以最后一次为准。"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import takewhile

from intents.amounts import Amounts
from intents.page import FACT_KINDS, JOINS, NAME_KINDS, Item, Sheet
from intents.spans import Amount, Token

EACH = ("各", "各来", "各要", "各自", "各拿", "各订", "每样", "每种", "分别")
NONE_LEFT = frozenset(("没", "没有", "没了", "没有了", "没得", "没货", "没货了", "断货"))
NEXT_ONE = frozenset(("还有", "另外", "还要", "再来", "再要", "以及", "外加", "加上", "另加", "再加"))
PUT_OFF = frozenset(("先不要", "先别送", "先别发", "先别拿", "先不送", "先不发", "先不拿"))
ENOUGH_WORDS = ("就行", "就可以", "就好", "就够", "就够了", "就行了", "就好了", "就可以了")


class Builder(Amounts):
    """顺着读,把每一段放进正在写的那一行。"""

    def build(self) -> Sheet:
        """读完全部片段。"""
        for at, token in enumerate(self.tokens):
            self._take(at, token)
        self._close()
        if self.off is not None:  # 打九折 原价120:价在折扣后面
            priced = [item for item in self.sheet.items if item.price is not None]
            if len(priced) == 1:
                self._cut(priced[0], self.off)
            else:
                self.sheet.doubt = "discount"
        self.sheet.items = [
            item
            for item in self.sheet.items
            if (item.named or item.counted) and not (item.purpose and not item.counted)
        ]
        return self.sheet

    def _take(self, at: int, token: Token) -> None:
        if token.end <= self.passed:
            return
        if self._new_number(at, token):
            self._num(at, replace(token, kind="num", value=Decimal(token.text)))
        elif token.kind in NAME_KINDS:
            self._name(at, token)
        elif token.kind in FACT_KINDS:
            getattr(self, f"_{token.kind}")(at, token)
        elif token.kind == "sep":
            self._separator(token)
        elif token.kind == "word":
            self._word(at, token)

    def _new_number(self, at: int, token: Token) -> bool:
        """“白菜改50”:改后面收尾的光数字是新的数,哪怕目录里有样货就叫 50。"""
        return (
            self.fixing
            and token.kind == "phrase"
            and token.text.isdigit()
            and at + 1 == len(self.tokens)
            and self.tokens[at - 1].has("fix")
        )

    # ---- 标点和字眼 ----
    def _separator(self, token: Token) -> None:
        if token.text == "\n" and self._more_about_it(token):
            return
        if token.text == "\n":
            self._close()
            self.row += 1
        elif token.text in ",;、.!?:":
            self.part += 1
            if self.item is not None and not (self.item.first and not self.item.named):
                self._close()

    def _more_about_it(self, token: Token) -> bool:
        """一栏一行的单子:“商品:勇闯”下一行“数量:10箱”,还是同一样货。"""
        after = next((other for other in self.tokens if other.start >= token.end), None)
        own = self.item is not None and self.item.named
        return (
            own
            and after is not None
            and (after.has("label:qty") or after.text.startswith(("单价", "规格", "单位")))
        )

    def _word(self, at: int, token: Token) -> None:
        if self._is_size(at, token) or self._part_of_name(at, token) or self._set_against(at, token):
            return
        if (
            (token.has("fix") or (token.text == "不" and self._plain_no(at))) and self._may_fix(at, token)
        ) or (token.has("reset") and self._changes_mind(at)):
            self.fixing = True
            self.sheet.used.add(token.start)
        elif (
            token.has("reset")
            and self.sheet.items + ([self.item] if self.item else [])
            and self._more_goods(at)
            and not self._only_that_one(at)
        ):
            self.item, self.sheet.items, self.sheet.fixed = None, [], True
            self.sheet.used.add(token.start)
        elif (
            (token.has("weak:drop") and self._drops(at))
            or (token.text in PUT_OFF and self._puts_off(at) and self._drops(at))
            or (token.text in ("不要", "不用", "别要", "去掉", "删掉", "取消") and self._takes_back(at))
        ):
            self.sheet.used.add(token.start)
        elif token.text == "分别" and self._respectively(at):
            pass
        elif token.text in NEXT_ONE and self.item is not None and self.item.first and self.item.named:
            self._close()  # 再补10斤小米辣 还有葱5斤
        elif (token.text in EACH or (token.text == "一样" and self._for_each(at))) and self._uncounted():
            self.item = self.item or self.sheet.items.pop()
            self.item.each = True
        elif token.text in ENOUGH_WORDS and self._last() is not None:
            last = self._last()
            if last is not None:
                last.corrects = True
        elif token.has("weak:free") and self._last() is not None:
            self._free()
        elif token.has("weak:gift") and self._gives(at):
            self.gift = True
        elif token.text in ("做", "用来做", "生产", "加工", "熬", "炒") and (
            self.item is None or self.item.counted
        ):
            self._close()
            self._open().purpose = True
        elif (
            token.text == "用"
            and at + 1 < len(self.tokens)
            and self.tokens[at + 1].text == "的"
            and self.item is not None
            and not self.item.counted
        ):
            self.item = None  # 蒜泥白肉用的……只是说用处

    def _uncounted(self) -> bool:
        """“388A、230A都到了,每样两箱”:前面那样还没说数。"""
        last = self._last()
        return last is not None and last.named and not last.counted and last.row == self.row

    def _for_each(self, at: int) -> bool:
        """“洗发水和沐浴露,一样出三箱”。"""
        return any(token.kind == "qty" for token in self.tokens[at + 1 : at + 3])

    def _respectively(self, at: int) -> bool:
        """“黑巧、白巧、可可粉 分别 2、2、1 箱”“单价分别是30、25”:一样一个,个数正好才算。"""
        said: list[Token] = []
        for token in self.tokens[at + 1 :]:
            if token.kind in ("num", "qty", "money", "price"):
                said.append(token)
            elif not (token.kind == "sep" and token.text in ",、/") and token.text not in (
                "是",
                "为",
                "要",
                "来",
                "和",
            ):
                break
        self._close()
        for counted in (False, True):
            open_ones = [item for item in self.sheet.items if item.counted == counted and item.price is None]
            goods = open_ones[-len(said) :] if said else []
            if len(said) < 2 or len(goods) != len(open_ones) or len(goods) != len(said):
                continue
            units = [token.value.unit for token in said if token.kind == "qty"]
            for item, token in zip(goods, said, strict=True):
                value = (
                    token.value.value
                    if token.kind == "qty"
                    else token.value
                    if token.kind == "num"
                    else token.value[0]
                )
                if counted:
                    item.price = value
                elif token.kind == "qty":
                    item.amounts = [token.value]
                elif token.kind == "num" and len(units) == 1:
                    item.amounts = [Amount(value, units[0])]
                else:
                    item.bare = value
            self.passed = said[-1].end
            return True
        return False

    def _part_of_name(self, at: int, token: Token) -> bool:
        """“胶带”的“带”:紧贴着名字的虚字先当名字的一部分,对不上再问。"""
        if len(token.text) != 1 or token.text in JOINS or not ("\u4e00" <= token.text <= "\u9fff"):
            return False
        before = self.tokens[at - 1] if at else None
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        if (
            before is not None
            and before.kind in ("run", "phrase", "junk")
            and before.end == token.start
            and self.item is not None
            and not self.item.counted
            and after is not None
            and after.kind in ("qty", "vague", "num", "sep", *NAME_KINDS)
        ):
            self.item.words.append(token)
            return True
        if (
            after is not None
            and after.kind in ("run", "junk")
            and after.start == token.end
            and len(after.text) == 1
            and (before is None or before.end < token.start or before.kind == "word")
        ):
            self._for_name().words.append(token)
            return True
        return False

    def _is_size(self, at: int, token: Token) -> bool:
        size = next((role.partition(":")[2] for role in token.roles if role.startswith("size:")), None)
        if size is None and not token.has("pack"):
            return False
        near_name = any(
            other.kind in NAME_KINDS or other.kind == "qty"
            for other in (*(self.tokens[at - 1 : at] if at else ()), *self.tokens[at + 1 : at + 2])
        )
        if not near_name and not (self.item is not None and self.item.named) and not self.sheet.items:
            return False
        item = self._for_name()
        item.beside.append((token.start, token.text))
        if size:
            item.sizes.append((size, token.text))
        else:
            item.packs.append(token.text)
        return True

    def _set_against(self, at: int, token: Token) -> bool:
        """“二十个 不是二十箱哦”:前面刚说了数,紧贴着“不是”的那个只是对照,不是改口。"""
        before, after = self.tokens[at - 1] if at else None, self.tokens[at + 1 : at + 2]
        told = self._last()
        if (
            token.text not in ("不是", "可不是", "而不是", "并不是")
            or told is None
            or not told.counted
            or before is None
            or not after
            or after[0].kind != "qty"
            or after[0].start != token.end
            or after[0].text[0] == " "
        ):
            return False
        rest = [one for one in self.tokens[at + 2 :] if one.kind != "sep" and not one.has("fill")]
        if rest:
            return False
        self.passed = after[0].end
        self.sheet.used.add(token.start)
        return True

    def _plain_no(self, at: int) -> bool:
        """“十二盒 不 二十盒”:两个数中间的“不”是改口。"""
        around = (*self.tokens[at - 1 : at], *self.tokens[at + 1 : at + 2]) if at else ()
        return len(around) == 2 and all(token.kind in ("qty", "num") for token in around)

    def _changes_mind(self, at: int) -> bool:
        """“要12箱算了改15箱”:算了后面紧跟着改、跟着数,是改口。"""
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        then = self.tokens[at + 2] if at + 2 < len(self.tokens) else None
        if after is not None and after.text in ("还是", "还", "就", "那就", "那"):
            after, then = then, None
            if after is not None and after.text == "是":
                after = self.tokens[at + 3] if at + 3 < len(self.tokens) else None
        return (
            after is not None
            and self._last() is not None
            and (after.kind == "qty" or (after.has("fix") and then is not None and then.kind == "qty"))
        )

    def _may_fix(self, at: int, token: Token) -> bool:
        """改口要前面有东西、后面也有东西。"""
        before = self._last() is not None
        after = any(
            other.kind in NAME_KINDS or other.kind in FACT_KINDS for other in self.tokens[at + 1 : at + 40]
        )
        return before and after

    def _only_that_one(self, at: int) -> bool:
        """“小抽——算了小抽先不订了”:算了的只是这一样。"""
        names = list(takewhile(lambda token: token.kind in NAME_KINDS, self.tokens[at + 1 :]))
        after = self.tokens[at + 1 + len(names) : at + 3 + len(names)] if names else ()
        return any(token.has("weak:drop", "talk:cancel", "neg") for token in after)

    def _more_goods(self, at: int) -> bool:
        return any(token.kind in ("phrase", "run") for token in self.tokens[at + 1 :])

    def _drops(self, at: int) -> bool:
        """“小郡花没有,”“黄喉不要了”:这一样不算。"""
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        ends = (
            after is None
            or after.kind == "sep"
            or after.text in ("了", "啦", "哈", "换成", "换")
            or after.start > self.tokens[at].end
            or (self.tokens[at].text.endswith("了") and after.kind not in ("qty", "vague", "num"))
        )
        before = self.tokens[at - 1] if at else None
        close = before is not None and (
            before.kind in NAME_KINDS
            or before.kind == "qty"
            or before.text in ("先", "就", "都", "也", "暂时", "今天", "的")
        )
        if self.item is None or not self.item.named or not ends or not close:
            return False
        if self.item.counted and any(
            token.has("weak:back", "do:back", "do:sales_return") for token in self.tokens[:at]
        ):
            return False  # 退2箱 不要了:是退的原因
        kept = _before_gap(self.item.words) if not self.item.counted else []
        if not self.item.counted:
            none_left = self.tokens[at].text in NONE_LEFT
            gone = replace(self.item, words=self.item.words[len(kept) :], none_left=none_left)
            self.sheet.removed.append(gone)
            self._unsay(gone)
        self.item.words = kept
        if not kept:
            self.item = None
        return True

    def _puts_off(self, at: int) -> bool:
        """“干贝两箱 花菇先不要”:紧跟着目录里另一样还没说数的货,说的是那一样;跟在数后面的是整张单不办。"""
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        words = self.item.words if self.item is not None and not self.item.counted else []
        return (
            bool(words)
            and all(token.kind in ("phrase", "run") for token in words)
            and words[-1].end == self.tokens[at].start
            and (after is None or after.kind == "sep")
            and any(item.counted for item in self.sheet.items)
        )

    def _unsay(self, gone: Item) -> None:
        """“花菇…花菇先不要”:刚开口说过一遍、还没说数的同一样,一起划掉。"""
        last = self.sheet.items[-1] if self.sheet.items else None
        said = [token.text for token in gone.words]
        if last is not None and not last.counted and [token.text for token in last.words] == said:
            self.sheet.items.pop()

    def _ordered(self, at: int) -> bool:
        """“订奥利奥10箱 送小馒头5袋”:前面说了订、要,后面紧跟着送别的,是赠品;“明天送”是送货。"""
        before = self.tokens[at - 1]
        return before.kind in ("qty", "price", "sep") and any(
            token.has("weak:want", "do:sales_order", "do:purchase_order", "do:stock_in")
            for token in self.tokens[:at]
        )

    def _takes_back(self, at: int) -> bool:
        """“要5箱勇闯 不要勇闯了”:后面说的正是前面写过的一样,划掉。"""
        names = list(takewhile(lambda token: token.kind in NAME_KINDS, self.tokens[at + 1 :]))
        said = {token.text for token in names}
        self._close()
        for item in reversed(self.sheet.items if names else []):
            if said == {token.text for token in item.words}:
                self.sheet.items.remove(item)
                self.passed = names[-1].end
                return True
        return False

    def _free(self) -> None:
        """“雪碧1箱不要钱”:赠品说在后面。"""
        last = self._last()
        if last is not None and last.counted and last.price is None:
            last.gift = True
        self.gift = False

    def _gives(self, at: int) -> bool:
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        done = self.item.counted if self.item else bool(self.sheet.items)
        if not done or after is None:
            return False
        if self.tokens[at - 1].text in ("先", "已", "已经", "只", "才", "刚"):
            self.sheet.doubt = "gift_or_send"  # 先送1箱:是送货
            return False
        if after.kind in NAME_KINDS and self.tokens[at].text == "送" and not self._ordered(at):
            self.sheet.doubt = "gift_or_send"  # 送卷尺一把:是赠还是送货
            return False
        return after.kind == "qty" or after.kind in NAME_KINDS


def _before_gap(words: list[Token]) -> list[Token]:
    """“红牛 加多宝 东鹏不用”:只去掉最后连着的那个名字。"""
    for at in range(len(words) - 1, 0, -1):
        if words[at].start > words[at - 1].end:
            return words[:at]
    return []


def build(tokens: Sequence[Token]) -> Sheet:
    """排好,并把改口的、补充说明的并到前一行。"""
    sheet = Builder(tokens).build()
    kept: list[Item] = []
    for item in sheet.items:
        if item.replaces and kept:
            spot = _said_before(kept, item)
            old = kept[spot]
            if item.counted:
                del kept[spot]
                if not item.words or _short_for(item, old):  # 脐橙10箱 不对 要筐的10筐
                    item.words, item.specs = old.words, [*old.specs, *item.specs]
            else:
                old.words, old.specs, old.sizes, old.packs = item.words, item.specs, item.sizes, item.packs
                continue
        kept.append(item)
    sheet.items = _priced_later(kept, tokens)
    return sheet


def _short_for(item: Item, old: Item) -> bool:
    """“品客原味20箱 啊不 原味15箱”:改口时只说了末尾几个字。"""
    said, before = ("".join(token.text for token in one.words) for one in (item, old))
    return len(said) > 1 and said != before and before.endswith(said)


def _said_before(kept: list[Item], item: Item) -> int:
    """“仔姜5筐 老姜3袋 不对 仔姜是6筐”:改的是前面说过的同一样,不是紧前面那样。"""
    said = [token.text for token in item.words]
    same = [spot for spot, old in enumerate(kept) if said and [token.text for token in old.words] == said]
    return same[-1] if same else len(kept) - 1


def _priced_later(items: list[Item], tokens: Sequence[Token]) -> list[Item]:
    """“床单12条 被套12床 锦云 床单58 被套96”:前面每样都说了数,后面另起一段逐样只报一个光数,是单价。"""
    half = len(items) // 2
    goods, said = items[:half], items[half:]
    names = ["".join(token.text for token in item.words) for item in goods]
    if (
        half < 2
        or len(said) != half
        or len(set(names)) != half
        or sorted(names) != sorted("".join(token.text for token in item.words) for item in said)
        or not all(item.amounts and item.price is None and item.words for item in goods)
        or not all(not item.amounts and bool(item.bare) != (item.price is not None) for item in said)
    ):
        return items
    start = said[0].words[0].start
    before = [token for token in tokens if token.end <= start][-1]
    if (
        before.kind != "sep" and start - before.end <= 1 and not before.has("label:price")
    ):  # 中间隔着单位名的,那一段不在这些片段里
        return items
    for item in said:
        priced = goods[names.index("".join(token.text for token in item.words))]
        priced.price, priced.price_unit = item.bare or item.price, item.price_unit
    return goods
