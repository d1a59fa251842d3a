"""单子上的数:数量、规格、价钱、批号、日期各归各位。"""

from __future__ import annotations

from decimal import Decimal

from intents.mention import MEASURES
from intents.page import BIGGEST_PRICE, NAME_KINDS, Item, Page
from intents.spans import Amount, Token

SPEC_UNITS = frozenset(
    ("平方", "平", "寸", "分", "号", "段", "码", "度", "伏", "瓦", "级", "层", "芯", "孔", "目", "尺", "米")
)
NEVER_SOLD = frozenset(("寸", "码", "号", "段", "度", "伏", "瓦", "级", "芯", "孔", "目"))  # 只说是哪一种
BARCODE_DIGITS = (12, 13, 14)


class Amounts(Page):
    """读到一个数,放进该放的那一行。"""

    def _qty(self, at: int, token: Token) -> None:
        amount: Amount = token.value
        self._place_amount(at, amount)
        if amount.size and self._last() is not None:
            self._sized(amount)

    def _sized(self, amount: Amount) -> None:
        """3大箱:大小也算说了。"""
        last = self._last()
        if last is not None:
            last.sizes.append((amount.size, amount.size + amount.unit))

    def _place_amount(self, at: int, amount: Amount) -> None:
        item = self.item
        if item is not None and self._added_later(at):
            item.specs.append((amount.value or Decimal(0), amount.unit))
            return
        if (
            amount.unit == "块"
            and amount.value
            and item is not None
            and item.counted
            and item.price is None
            and not self._name_ahead_before_sep(at)
        ):
            item.price = amount.value  # 10箱 350块:块是钱
            return
        as_spec = (
            amount.value is not None
            and (amount.value > 0 or amount.unit == "度")
            and self._is_spec(at, amount)
        )
        if as_spec and amount.size and self.tokens[at].text.strip()[:1].isdigit():  # 84大桶的
            text = self.tokens[at].text.strip()
            name = text[: len(text) - len(amount.size + amount.unit)]
            item = self._for_name()
            item.words.append(Token("num", name, self.tokens[at].start, self.tokens[at].start + len(name)))
            return
        if as_spec:
            self._for_name().specs.append((amount.value or Decimal(0), amount.unit))
            return
        last = self._last()
        waits = item is not None and item.named and not item.counted
        if self.fixing and last is not None and (waits or not self._name_ahead_before_sep(at)):
            last.corrects = last.corrects or not last.counted  # 红油那个错了是3桶
            last.amounts, last.bare, last.vague = [amount], None, None
            self.fixing, self.sheet.fixed = False, True
            return
        if (
            item is not None
            and item.first
            and item.words
            and self.tokens[at - 1] in item.words
            and not self._name_ahead_before_sep(at)
        ):
            item.tail.append(amount)
        elif item is None or (item.counted and not self._continues(at, item)):
            self._new_amount(at, amount)
        elif item.counted:
            self._another(at, item, amount)
        else:
            item.amounts.append(amount)
            item.first = not item.named
            item.gift = item.gift or self.gift
            self.gift = False

    def _another(self, at: int, item: Item, amount: Amount) -> None:
        """3箱5瓶是一个数;“24寸 2支 26寸 2支”“3卷 4平方 2卷”单位轮着来,是换了规格的下一行。"""
        if len(item.amounts) != 2 or amount.unit != item.amounts[0].unit:
            item.amounts.append(amount)
            return
        after = self._next(at)
        moved = [] if after is not None and after.kind == "qty" else [item.amounts.pop()]
        self._close()
        self._open().amounts = [*moved, amount]

    def _is_spec(self, at: int, amount: Amount) -> bool:
        if self._spec_follows(at) and (
            self._amount_ahead(at)
            or self._name_ahead_before_sep(at)
            or self.item is None
            or not self.item.counted
            or amount.unit in MEASURES
        ):
            return not (
                self.item is None
                and self.tokens[at + 1].text == "的"
                and self._name_ahead_before_sep(at)
                and not self._amount_after_name(at)
            )
        if amount.unit in SPEC_UNITS and self._tells_which(at):
            return True
        if amount.unit in NEVER_SOLD and self._counts_right_after(at):
            return True  # 40码2箱 41码5箱
        if amount.unit not in MEASURES or amount.unit in ("斤", "两"):
            return False
        if (
            self.item is not None
            and self.item.first
            and self.item.words
            and not self._name_ahead_before_sep(at)
        ):
            return True  # 20箱生抽500ml
        if self.item is not None and self.item.named and not self.item.counted:
            glued = self.tokens[at + 1 : at + 2]
            joined = bool(glued) and glued[0].start == self.tokens[at].end and glued[0].kind in NAME_KINDS
            return self._amount_ahead(at) or (joined and self._amount_after_name(at))  # A4 70g得力的5箱
        return self._amount_after_name(at)

    def _tells_which(self, at: int) -> bool:
        """“飞鹤三段12罐”“6平方电线一卷”“两箱 42码的”:说的是哪一种,不是多少。"""
        if self.item is not None and self.item.named and not self.item.counted:
            return self._amount_ahead(at) or self._glued(at)
        if self.item is not None and not self.item.counted:
            return False
        return self._glued(at) or (self.item is None and self._amount_after_name(at))

    def _counts_right_after(self, at: int) -> bool:
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        if after is not None and after.has("weak:drop"):
            return True  # 16寸不要了
        return after is not None and after.kind == "qty" and after.value.unit not in NEVER_SOLD

    def _then_changed(self, at: int) -> bool:
        """“24的再改成4箱”:24 说的是哪一种,不是价。"""
        return any(token.has("fix") for token in self.tokens[at + 2 : at + 4])

    def _glued(self, at: int) -> bool:
        """4平方线3卷、五孔30个、6寸蛋糕盒两捆。"""
        after = self.tokens[at + 1 : at + 3]
        return (
            len(after) == 2
            and after[0].kind in NAME_KINDS
            and after[1].kind == "qty"
            and after[0].start == self.tokens[at].end
        )

    def _added_later(self, at: int) -> bool:
        """“两箱 42码的”:数量说完了,再补是哪一种。"""
        amount, after = self.tokens[at].value, self.tokens[at + 1 : at + 3]
        ends = len(after) == 1 or (len(after) == 2 and after[1].kind == "sep")
        return (
            amount.unit in SPEC_UNITS
            and self.item is not None
            and self.item.named
            and self.item.counted
            and bool(after)
            and after[0].text == "的"
            and ends
        )

    def _continues(self, at: int, item: Item) -> bool:
        """3箱零5瓶、15箱2提:还是同一行的数量。"""
        if item.part != self.part or item.bare is not None or len(item.amounts) >= 3 or self.gift:
            return False
        before = self.tokens[at - 1]
        amount: Amount = self.tokens[at].value
        if before.kind == "qty" and before.end == self.tokens[at].start and amount.unit == "两":
            return True  # 十八斤六两
        linked = self.tokens[at].text.startswith(("零", "又")) or (
            before.kind == "word"
            and before.text
            in (
                "零",
                "又",
                "加",
                "带",
                "外加",
                "另加",
                "和",
                "再加",
                "加上",
                "还有",
            )
        )
        through_verb = (
            before.kind == "word"
            and any(role.startswith("do:") for role in before.roles)
            and self.tokens[at - 2].kind == "qty"
        )
        near = (
            before.kind == "qty"
            or linked
            or through_verb
            or (before.kind == "word" and before.text in ("的", "*"))
        )
        if item.first and item.named:
            return linked and not self._name_ahead_before_sep(at)
        return near and (linked or not self._name_ahead_before_sep(at) or not item.named)

    def _new_amount(self, at: int, amount: Amount) -> None:
        """数量来了,没有正在写的行,或者那行已经有数量。"""
        last = self._last()
        if (
            last is not None
            and not last.counted
            and last.named
            and not self._name_ahead_before_sep(at)
            and last.row == self.row
        ):
            last.amounts.append(amount)
            return
        if (
            last is not None
            and last.vague
            and last.vague == amount.unit
            and not last.amounts
            and last.row == self.row
            and not self._name_ahead_before_sep(at)
        ):
            last.amounts, last.vague = [amount], None  # 二十来斤…称了,22斤
            return
        same = last.words if last is not None and self.gift and not self._name_ahead_before_sep(at) else None
        self._close()
        item = self._open()
        item.amounts.append(amount)
        item.first, item.gift, self.gift = True, self.gift, False
        if same:
            item.words, item.first = list(same), False

    def _vague(self, at: int, token: Token) -> None:
        item = self._last()
        if item is None or item.counted:
            self._close()
            item = self._open()
            item.first = True
        item.vague = token.value or ""

    def _num(self, at: int, token: Token) -> None:
        if token.text.isdigit() and len(token.text) in BARCODE_DIGITS:
            self._for_name().words.append(token)  # 目录里没有的条码:当名字,好说它没建档
            return
        item = self.item
        value: Decimal = token.value
        if at and self.tokens[at - 1].has("money"):
            self.sheet.left.append(token)  # 押金50、定金200:不是货的价
            return
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        if token.text in ("俩", "仨") and self._heads_goods(after, value):
            return
        heads = after is not None and after.kind in ("run", "phrase", "junk") and after.start == token.end
        if heads and (item is None or not item.named or not item.counted):
            self._for_name().words.append(token)  # 304自攻螺丝、84消毒液:数是名字的头
            return
        if (at and self.tokens[at - 1].text in ("*", "x", "/", "+", "=", "-")) or abs(value) >= BIGGEST_PRICE:
            self.sheet.left.append(token)  # 20箱*12 是一箱几个,不是价
            return
        if (
            item is not None
            and item.named
            and not item.counted
            and (self._spec_follows(at) or self._amount_ahead(at))
        ):
            item.specs.append((value, ""))
        elif (
            item is not None
            and item.first
            and not item.named
            and self._spec_follows(at)
            and self._name_ahead_before_sep(at)
        ):
            item.specs.append((value, ""))  # 两条十四的外胎
        elif item is None and self._spec_follows(at) and not self.sheet.items:
            self._open().specs.append((value, ""))
        elif (
            item is not None
            and item.first
            and item.words
            and at
            and self.tokens[at - 1] is item.words[-1]
            and (self._spec_follows(at) or item.words[-1].end == token.start)
        ):
            item.specs.append((value, ""))  # 1箱藤椒油400的
        elif self.fixing and self._last() is not None:
            self._fix_number(value)
        elif (
            (item is None or item.counted)
            and after is not None
            and after.text == "的"
            and (self._amount_ahead(at) if item is not None else self._then_changed(at))
        ):
            self._close()
            self._open().specs.append((value, ""))  # 软管60的20根 40的30根
        elif item is not None and item.counted and after is not None and after.text == "的":
            self.sheet.left.append(token)  # 10件 12.20的:不知道是价还是日子
        elif item is not None and item.counted and item.price is None and (item.named or item.first):
            item.price = value
        elif item is not None and item.named and not item.counted:
            item.bare = value
        elif (
            item is None
            and self.sheet.items
            and self.sheet.items[-1].counted
            and self.sheet.items[-1].price is None
            and self.sheet.items[-1].row == self.row
        ):
            self.sheet.items[-1].price = value
        elif after is not None and after.kind == "qty" and token.text.isdigit() and len(token.text) > 1:
            self._for_name().words.append(token)  # 84 两桶
        else:
            self.sheet.left.append(token)

    def _heads_goods(self, after: Token | None, value: Decimal) -> bool:
        """“俩电瓶”:另起一样货,没说单位。"""
        busy = self.item is not None and self.item.named and not self.item.counted
        if busy or after is None or after.kind not in NAME_KINDS:
            return False
        self._close()
        self._open().bare, self._open().first = value, True
        return True

    def _fix_number(self, value: Decimal) -> None:
        last = self._last()
        if last is None:
            return
        if last.price is not None:
            last.price = value
        elif last.amounts:
            last.amounts = [Amount(value, last.amounts[-1].unit)]
        else:
            last.bare = value
        self.fixing, self.sheet.fixed = False, True

    def _price(self, at: int, token: Token) -> None:
        value, unit = token.value
        item = self._last()
        if token.has("every"):
            self.sheet.every = (value, unit)
        elif (
            token.has("one")
            and item is not None
            and item.words
            and not item.counted
            and not self._amount_ahead(at)
        ):
            item.amounts, item.price = [Amount(Decimal(1), unit)], value  # 加多宝1箱280
        elif item is None:
            self.waiting_price = (value, unit)
        elif item.price is not None and not self.fixing:
            self.sheet.left.append(token)
        else:
            item.price, item.price_unit = value, unit
            self.fixing = False

    def _discount(self, at: int, token: Token) -> None:
        """“120 打九折”:折后价;说了“都”的每一行都打,没有价的不好算,问。"""
        priced = [
            item for item in (*self.sheet.items, self.item) if item is not None and item.price is not None
        ]
        if token.has("every"):
            chosen = priced if len(priced) == len(self.sheet.items) + (self.item is not None) else []
        else:
            chosen = priced if len(priced) == 1 else [item for item in priced if item is self.item]
        if not chosen and not priced:
            self.off = token.value
            return
        apart = (
            len(priced) > 1 and self.tokens[at - 1].end < token.start
        )  # 几样货后头另起一段说打折:不知道打哪几样
        if (len(chosen) != 1 or apart) and not token.has("every"):
            self.sheet.doubt = "discount"
        for item in chosen:
            self._cut(item, token.value)
        if not chosen:
            self.sheet.doubt = "discount"

    def _cut(self, item: Item, off: Decimal) -> None:
        price = (item.price or Decimal(0)) * off
        item.price = price
        if price != price.quantize(Decimal("0.0001")):
            self.sheet.doubt = "discount"

    def _total(self, at: int, token: Token) -> None:
        if self.sheet.total is not None:
            self.sheet.left.append(token)
        self.sheet.total = token.value[0]

    def _money(self, at: int, token: Token) -> None:
        item = self._last()
        if at and self.tokens[at - 1].has("money"):
            self.sheet.left.append(token)
        elif item is not None and item.price is None and (item.counted or item.named):
            item.price = token.value[0]
        elif item is not None and self.fixing:
            item.price, self.fixing = token.value[0], False
        else:
            self.sheet.left.append(token)

    def _made(self, at: int, token: Token) -> None:
        self._fact("made", token)

    def _expire(self, at: int, token: Token) -> None:
        self._fact("expire", token)

    def _batch(self, at: int, token: Token) -> None:
        self._fact("batch", token)

    def _fact(self, name: str, token: Token) -> None:
        item = self._last() or self._open()
        if getattr(item, name) and not self.fixing:
            self.sheet.left.append(token)
        setattr(item, name, token.value)
        self.fixing = False
