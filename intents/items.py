"""把切好的话排成一行一行的货:名字、数量、价钱、批号各归各位,改口的以最后一次为准。"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from intents.products import MEASURES, Mention
from intents.spans import Amount, Token

NAME_KINDS = frozenset(("phrase", "run", "latin", "junk", "dims"))
BIGGEST_PRICE = 1_000_000                        # 再大就不像单价,像电话、单号
JOINS = frozenset("回往入出要订定退的到进领收送发来调转剩还有了给把从共各要是和及又再零就都也先,在另外卖买盘拿拉提")   # 紧跟着名字也不会是名字一部分的字
FACT_KINDS = frozenset(("qty", "vague", "num", "price", "total", "money", "made", "expire", "batch"))


@dataclass
class Item:
    """一行货,还没有对上商品。"""

    words: list[Token] = field(default_factory=list)
    specs: list[tuple[Decimal, str]] = field(default_factory=list)
    sizes: list[tuple[str, str]] = field(default_factory=list)
    packs: list[str] = field(default_factory=list)
    amounts: list[Amount] = field(default_factory=list)
    bare: Decimal | None = None                   # 有数没单位
    vague: str | None = None                      # 说不准的数量,值是单位
    price: Decimal | None = None
    price_unit: str = ""
    amount: Decimal | None = None
    batch: str = ""
    made: object = None
    expire: object = None
    gift: bool = False
    first: bool = False                           # 数量说在名字前面
    row: int = 0                                  # 第几行文字
    part: int = 0                                 # 逗号隔开的第几段
    replaces: bool = False
    tail: list[Amount] = field(default_factory=list)      # 数量先说了,名字后面又一个数:多半是规格
    op: str = ""
    purpose: bool = False                         # “做卤料包”:说的是拿去做什么

    @property
    def counted(self) -> bool:
        """数量说了没有。"""
        return bool(self.amounts) or self.bare is not None or self.vague is not None

    @property
    def only_measure(self) -> bool:
        """数量全是 500ml、800g 这种,多半是规格。"""
        return bool(self.amounts) and self.bare is None and self.vague is None and all(amount.unit in ("ml", "l", "g", "升", "毫升", "克") for amount in self.amounts)

    @property
    def named(self) -> bool:
        """名字或规格说了没有。"""
        return bool(self.words or self.specs or self.sizes or self.packs)

    def mention(self) -> Mention:
        """这行货的叫法。"""
        pieces = tuple(token.text for token in self.words if token.kind != "latin")
        latin = tuple(token.text for token in self.words if token.kind == "latin")
        if latin and pieces:                      # 字母夹在汉字里,是名字的一段
            pieces, latin = tuple(token.text for token in self.words), ()
        said = [(token.start, token.text) for token in self.words]
        return Mention(pieces, tuple(self.specs), tuple(self.sizes), tuple(self.packs), latin, "".join(text for _, text in sorted(said)))


@dataclass
class Sheet:
    """一张单子上读到的东西。"""

    items: list[Item] = field(default_factory=list)
    total: Decimal | None = None
    left: list[Token] = field(default_factory=list)        # 没用上的数和字
    used: set[int] = field(default_factory=set)             # 已经说明白的不要、改口
    fixed: bool = False


class Builder:
    """顺着读,把每一段放进正在写的那一行。"""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.sheet = Sheet()
        self.item: Item | None = None
        self.row = self.part = 0
        self.fixing = False
        self.gift = False
        self.waiting_price: tuple[Decimal, str] | None = None

    def build(self) -> Sheet:
        """读完全部片段。"""
        for at, token in enumerate(self.tokens):
            self._take(at, token)
        self._close()
        self.sheet.items = [item for item in self.sheet.items if (item.named or item.counted) and not (item.purpose and not item.counted)]
        return self.sheet

    def _take(self, at: int, token: Token) -> None:
        if token.kind in NAME_KINDS:
            self._name(at, token)
        elif token.kind in FACT_KINDS:
            getattr(self, f"_{token.kind}")(at, token)
        elif token.kind == "sep":
            self._separator(token)
        elif token.kind == "word":
            self._word(at, token)

    # ---- 看前后 ----
    def _next(self, at: int) -> Token | None:
        for token in self.tokens[at + 1:]:
            if not (token.kind == "word" and token.text in ("的", "*", "是", "那个", "个", "(", ")", "[", "]", "x")):
                return token
        return None

    def _spec_follows(self, at: int) -> bool:
        """后面跟着“装”“的”“规格”,说的是规格。"""
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        if after is None or after.kind not in ("word", "run", "junk", "phrase"):
            return False
        return after.text.startswith("装") or after.text in ("规格", "包装", "规格的", "的装") or (after.text == "的" and not self._only_reason_after(at + 1))

    def _only_reason_after(self, at: int) -> bool:
        after = self._next(at)
        return after is None or after.kind == "sep" and False

    def _amount_ahead(self, at: int) -> bool:
        """同一段里后面还有数量,而且中间没有新的名字。"""
        for token in self.tokens[at + 1:]:
            if token.kind in ("qty", "vague"):
                return True
            if token.kind == "sep" and token.text in "\n,;、" or token.kind in ("num", "price", "total"):
                return False
            if token.kind in NAME_KINDS and not token.text.startswith("装"):
                return False
        return False

    def _name_ahead(self, at: int) -> bool:
        """下一个数量以前还有名字。"""
        for token in self.tokens[at + 1:]:
            if token.kind in ("qty", "vague", "num") or token.kind == "sep" and token.text in "\n;":
                return False
            if token.kind in NAME_KINDS:
                return True
        return False

    # ---- 开行、收行 ----
    def _close(self) -> None:
        if self.item is not None:
            self.sheet.items.append(self.item)
            self.item = None

    def _open(self) -> Item:
        if self.item is None:
            self.item = Item(row=self.row, part=self.part)
            if self.waiting_price:
                self.item.price, self.item.price_unit = self.waiting_price
                self.waiting_price = None
        return self.item

    def _last(self) -> Item | None:
        return self.item or (self.sheet.items[-1] if self.sheet.items else None)

    def _for_name(self) -> Item:
        """名字该写到哪一行。"""
        item = self.item
        if item is None:
            item = self._open()
        elif item.purpose and not item.named:
            pass
        elif item.counted and not (item.first and (not item.named or item.part == self.part and not self.fixing)):
            self._close()
            item = self._open()
        elif self.fixing and item.named and not item.counted:
            self._close()
            item = self._open()
        if self.fixing and not item.named:
            item.replaces, self.fixing, self.sheet.fixed = True, False, True
        return item

    def _name(self, at: int, token: Token) -> None:
        if token.text in ("装", "装的", "味", "规格") and (self.item is None or self.item.specs):
            return
        self._for_name().words.append(token)

    # ---- 数 ----
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
        if amount.unit == "块" and amount.value and item is not None and item.counted and item.price is None and not self._name_ahead_before_sep(at):
            item.price = amount.value              # 10箱 350块:块是钱
            return
        as_spec = amount.value is not None and amount.value > 0 and self._is_spec(at, amount)
        if as_spec:
            self._for_name().specs.append((amount.value or Decimal(0), amount.unit))
            return
        if self.fixing and self._last() is not None and not self._name_ahead_before_sep(at):
            last = self._last()
            assert last is not None
            last.amounts, last.bare, last.vague = [amount], None, None
            self.fixing, self.sheet.fixed = False, True
            return
        if item is not None and item.first and item.words and self.tokens[at - 1] in item.words and not self._name_ahead_before_sep(at):
            item.tail.append(amount)
        elif item is None or item.counted and not self._continues(at, item):
            self._new_amount(at, amount)
        elif item.counted:
            item.amounts.append(amount)
        else:
            item.amounts.append(amount)
            item.first = not item.named
            item.gift = item.gift or self.gift
            self.gift = False

    def _name_ahead_before_sep(self, at: int) -> bool:
        for token in self.tokens[at + 1:]:
            if token.kind in ("qty", "vague", "num", "sep"):
                return False
            if token.kind in NAME_KINDS:
                return True
        return False

    def _is_spec(self, at: int, amount: Amount) -> bool:
        if self._spec_follows(at) and (self._amount_ahead(at) or self._name_ahead_before_sep(at) or self.item is None or not self.item.counted or amount.unit in MEASURES):
            return not (self.item is None and self.tokens[at + 1].text == "的" and self._name_ahead_before_sep(at) and not self._amount_after_name(at))
        if amount.unit not in MEASURES or amount.unit in ("斤", "两"):
            return False
        if self.item is not None and self.item.first and self.item.words and not self._name_ahead_before_sep(at):
            return True                            # 20箱生抽500ml
        if self.item is not None and self.item.named and not self.item.counted:
            return self._amount_ahead(at)
        return self._amount_after_name(at)

    def _amount_after_name(self, at: int) -> bool:
        """“5L大豆油100箱”:名字后面紧跟着真正的数量。"""
        seen = False
        for spot, token in enumerate(self.tokens[at + 1:], at + 1):
            if token.kind in NAME_KINDS:
                seen = True
            elif token.kind in ("qty", "vague"):
                return seen and not self._name_ahead_before_sep(spot)
            elif token.kind in ("sep", "num"):
                return False
        return False

    def _continues(self, at: int, item: Item) -> bool:
        """3箱零5瓶、15箱2提:还是同一行的数量。"""
        if item.part != self.part or item.bare is not None or len(item.amounts) >= 3 or self.gift:
            return False
        before = self.tokens[at - 1]
        linked = before.kind == "word" and before.text in ("零", "又", "加", "带", "外加", "和", "再加", "加上", "还有")
        through_verb = before.kind == "word" and any(role.startswith("do:") for role in before.roles) and self.tokens[at - 2].kind == "qty"
        near = before.kind == "qty" or linked or through_verb or (before.kind == "word" and before.text in ("的", "*"))
        if item.first and item.named:
            return linked and not self._name_ahead_before_sep(at)
        return near and (linked or not self._name_ahead_before_sep(at) or not item.named)

    def _new_amount(self, at: int, amount: Amount) -> None:
        """数量来了,没有正在写的行,或者那行已经有数量。"""
        last = self._last()
        if last is not None and not last.counted and last.named and not self._name_ahead_before_sep(at) and last.row == self.row:
            last.amounts.append(amount)
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
        item = self.item
        value: Decimal = token.value
        if at and self.tokens[at - 1].text in ("*", "x", "/", "+", "=") or abs(value) >= BIGGEST_PRICE:
            self.sheet.left.append(token)          # 20箱*12 是一箱几个,不是价
            return
        if item is not None and item.named and not item.counted and (self._spec_follows(at) or self._amount_ahead(at)):
            item.specs.append((value, ""))
        elif item is None and self._spec_follows(at) and not self.sheet.items:
            self._open().specs.append((value, ""))
        elif item is not None and item.first and item.words and at and self.tokens[at - 1] is item.words[-1] and (self._spec_follows(at) or item.words[-1].end == token.start):
            item.specs.append((value, ""))         # 1箱藤椒油400的
        elif self.fixing and self._last() is not None:
            self._fix_number(value)
        elif item is not None and item.counted and item.price is None and (item.named or item.first):
            item.price = value
        elif item is not None and item.named and not item.counted:
            item.bare = value
        elif item is None and self.sheet.items and self.sheet.items[-1].counted and self.sheet.items[-1].price is None and self.sheet.items[-1].row == self.row:
            self.sheet.items[-1].price = value
        else:
            self.sheet.left.append(token)

    def _fix_number(self, value: Decimal) -> None:
        last = self._last()
        assert last is not None
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
        if item is None:
            self.waiting_price = (value, unit)
        elif item.price is not None and not self.fixing:
            self.sheet.left.append(token)
        else:
            item.price, item.price_unit = value, unit
            self.fixing = False

    def _total(self, at: int, token: Token) -> None:
        if self.sheet.total is not None:
            self.sheet.left.append(token)
        self.sheet.total = token.value[0]

    def _money(self, at: int, token: Token) -> None:
        item = self._last()
        if item is not None and item.counted and item.price is None:
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

    # ---- 标点和字眼 ----
    def _separator(self, token: Token) -> None:
        if token.text == "\n":
            self._close()
            self.row += 1
        elif token.text in ",;、.!?:":
            self.part += 1
            if self.item is not None and not (self.item.first and not self.item.named):
                self._close()

    def _word(self, at: int, token: Token) -> None:
        if self._is_size(at, token) or self._part_of_name(at, token):
            return
        if token.has("fix") and self._may_fix(at, token):
            self.fixing = True
            self.sheet.used.add(token.start)
        elif token.has("reset") and self.sheet.items + ([self.item] if self.item else []) and self._more_goods(at):
            self.item, self.sheet.items, self.sheet.fixed = None, [], True
            self.sheet.used.add(token.start)
        elif token.has("weak:drop") and self._drops(at):
            self.sheet.used.add(token.start)
        elif token.has("weak:gift") and self._gives(at):
            self.gift = True
        elif token.text in ("做", "用来做", "生产", "加工", "熬", "炒") and (self.item is None or self.item.counted):
            self._close()
            self._open().purpose = True
        elif token.text == "用" and at + 1 < len(self.tokens) and self.tokens[at + 1].text == "的" and self.item is not None and not self.item.counted:
            self.item = None                       # 蒜泥白肉用的……只是说用处

    def _part_of_name(self, at: int, token: Token) -> bool:
        """“胶带”的“带”:紧贴着名字的虚字先当名字的一部分,对不上再问。"""
        if len(token.text) != 1 or token.text in JOINS or not ("\u4e00" <= token.text <= "\u9fff"):
            return False
        before = self.tokens[at - 1] if at else None
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        if before is not None and before.kind in ("run", "phrase", "junk") and before.end == token.start and self.item is not None and not self.item.counted:
            if after is not None and (after.kind in ("qty", "vague", "num", *NAME_KINDS) or after.kind == "sep"):
                self.item.words.append(token)
                return True
        if after is not None and after.kind in ("run", "junk") and after.start == token.end and (before is None or before.end < token.start or before.kind == "word"):
            if len(after.text) == 1:
                self._for_name().words.append(token)
                return True
        return False

    def _is_size(self, at: int, token: Token) -> bool:
        size = next((role.partition(":")[2] for role in token.roles if role.startswith("size:")), None)
        if size is None and not token.has("pack"):
            return False
        near_name = any(other.kind in NAME_KINDS or other.kind == "qty" for other in (self.tokens[at - 1:at] if at else []) + list(self.tokens[at + 1:at + 2]))
        if not near_name and not (self.item is not None and self.item.named) and not self.sheet.items:
            return False
        item = self._for_name()
        if size:
            item.sizes.append((size, token.text))
        else:
            item.packs.append(token.text)
        return True

    def _may_fix(self, at: int, token: Token) -> bool:
        """改口要前面有东西、后面也有东西。"""
        before = self._last() is not None
        after = any(other.kind in NAME_KINDS or other.kind in FACT_KINDS for other in self.tokens[at + 1:])
        return before and after

    def _more_goods(self, at: int) -> bool:
        return any(token.kind in ("phrase", "run") for token in self.tokens[at + 1:])

    def _drops(self, at: int) -> bool:
        """“小郡花没有,”“黄喉不要了”:这一样不算。"""
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        ends = after is None or after.kind == "sep" or after.text in ("了", "啦", "哈", "换成")
        before = self.tokens[at - 1] if at else None
        close = before is not None and (before.kind in NAME_KINDS or before.kind == "qty" or before.text in ("先", "就", "都", "也", "暂时", "今天", "的"))
        if self.item is None or not self.item.named or not ends or not close:
            return False
        kept = _before_gap(self.item.words) if not self.item.counted else []
        self.item.words = kept
        if not kept:
            self.item = None
        return True

    def _gives(self, at: int) -> bool:
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        done = self.item.counted if self.item else bool(self.sheet.items)
        return done and after is not None and after.kind == "qty"


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
            old = kept[-1]
            if item.counted:
                kept.pop()
            else:
                old.words, old.specs, old.sizes, old.packs = item.words, item.specs, item.sizes, item.packs
                continue
        kept.append(item)
    sheet.items = kept
    return sheet
