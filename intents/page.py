"""一张正在写的单子:一行一行的货,看前看后,开行收行。"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from intents.mention import Mention
from intents.spans import Amount, Token

NAME_KINDS = frozenset(("phrase", "run", "latin", "junk", "dims"))
BIGGEST_PRICE = 1_000_000  # 再大就不像单价,像电话、单号
JOINS = frozenset(
    "那这上车回往入出要订定退的到进领收送发来调转剩还有了给把从共各要是和及又再零就都也先,在另外卖买盘拿拉提改换减添挪移搬匀拨捎跟与冻"
)  # 紧跟着名字也不会是名字一部分的字
FACT_KINDS = frozenset(
    ("qty", "vague", "num", "price", "total", "money", "made", "expire", "batch", "discount")
)


@dataclass
class Item:
    """一行货,还没有对上商品。"""

    words: list[Token] = field(default_factory=list)
    specs: list[tuple[Decimal, str]] = field(default_factory=list)
    sizes: list[tuple[str, str]] = field(default_factory=list)
    packs: list[str] = field(default_factory=list)
    amounts: list[Amount] = field(default_factory=list)
    bare: Decimal | None = None  # 有数没单位
    vague: str | None = None  # 说不准的数量,值是单位
    price: Decimal | None = None
    price_unit: str = ""
    amount: Decimal | None = None
    batch: str = ""
    made: object = None
    expire: object = None
    gift: bool = False
    first: bool = False  # 数量说在名字前面
    row: int = 0  # 第几行文字
    part: int = 0  # 逗号隔开的第几段
    replaces: bool = False
    corrects: bool = False  # 前面说过的同一样货,以这一次为准
    tail: list[Amount] = field(default_factory=list)  # 数量先说了,名字后面又一个数:多半是规格
    beside: list[tuple[int, str]] = field(default_factory=list)  # 大小、包装的原话和位置
    each: bool = False  # “各来一箱”:连着说的几样都是这个数
    cut: int = 0  # 这几段和后面的货名之间隔着动词、日子:说的是谁、在哪,未必是货名
    none_left: bool = False  # “抹茶粉没了”:盘点时是零,别的单子上是不要这一样
    purpose: bool = False  # “做卤料包”:说的是拿去做什么

    @property
    def counted(self) -> bool:
        """数量说了没有。"""
        return bool(self.amounts) or self.bare is not None or self.vague is not None

    @property
    def only_measure(self) -> bool:
        """数量全是 500ml、800g 这种,多半是规格。"""
        return (
            bool(self.amounts)
            and self.bare is None
            and self.vague is None
            and all(amount.unit in ("ml", "l", "g", "升", "毫升", "克") for amount in self.amounts)
        )

    @property
    def named(self) -> bool:
        """名字或规格说了没有。"""
        return bool(self.words or self.specs or self.sizes or self.packs)

    def mention(self) -> Mention:
        """这行货的叫法。"""
        pieces = tuple(dict.fromkeys(token.text for token in self.words if token.kind != "latin"))
        latin = tuple(token.text for token in self.words if token.kind == "latin")
        if latin and pieces:  # 字母夹在汉字里,是名字的一段
            pieces, latin = tuple(token.text for token in self.words), ()
        said = [(token.start, token.text) for token in self.words] + self.beside
        return Mention(
            pieces,
            tuple(self.specs),
            tuple(self.sizes),
            tuple(self.packs),
            latin,
            "".join(text for _, text in sorted(said)),
        )


@dataclass
class Sheet:
    """一张单子上读到的东西。"""

    items: list[Item] = field(default_factory=list)
    total: Decimal | None = None
    left: list[Token] = field(default_factory=list)  # 没用上的数和字
    used: set[int] = field(default_factory=set)  # 已经说明白的不要、改口
    fixed: bool = False
    removed: list[Item] = field(default_factory=list)  # 说了又不要的
    doubt: str = ""  # 有一处两种说法都通
    every: tuple[Decimal, str] | None = None  # “每卷都是235”:每一行的价


class Page:
    """写单子的人手边的东西。"""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.sheet = Sheet()
        self.item: Item | None = None
        self.row = self.part = 0
        self.fixing = False
        self.gift = False
        self.passed = 0  # 到这里为止已经说明白了
        self.off: Decimal | None = None  # 先说了折扣,价还没说
        self.waiting_price: tuple[Decimal, str] | None = None

    # ---- 看前后 ----
    def _next(self, at: int) -> Token | None:
        for token in self.tokens[at + 1 :]:
            if not (
                token.kind == "word"
                and token.text in ("的", "*", "是", "那个", "个", "(", ")", "[", "]", "x")
            ):
                return token
        return None

    def _spec_follows(self, at: int) -> bool:
        """后面跟着“装”“的”“规格”,说的是规格。"""
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        if after is None or after.kind not in ("word", "run", "junk", "phrase"):
            return False
        return (
            (after.text.startswith("装") and not after.has("weak:leave", "weak:made"))
            or after.text in ("规格", "包装", "规格的", "的装")
            or (
                after.text == "的"
                and after.start - self.tokens[at].end <= 1
                and self._next(at + 1) is not None
            )
        )

    def _amount_ahead(self, at: int) -> bool:
        """同一段里后面还有数量,而且中间没有新的名字。"""
        for token in self.tokens[at + 1 :]:
            if token.kind in ("qty", "vague"):
                return True
            if (token.kind == "sep" and token.text in "\n,;、") or token.kind in ("num", "price", "total"):
                return False
            if token.kind in NAME_KINDS and not token.text.startswith("装"):
                return False
        return False

    def _name_ahead_before_sep(self, at: int) -> bool:
        for spot, token in enumerate(self.tokens[at + 1 :], at + 1):
            if token.kind == "num" and self._heads_a_name(spot):
                return True
            if token.kind in ("qty", "vague", "num", "sep"):
                return False
            if token.kind in NAME_KINDS:
                return True
        return False

    def _heads_a_name(self, at: int) -> bool:
        """五孔、304螺丝:数后面紧跟着名字,是名字的头。"""
        after = self.tokens[at + 1 : at + 2]
        return (
            bool(after)
            and after[0].kind in ("run", "phrase", "junk")
            and after[0].start == self.tokens[at].end
        )

    def _amount_after_name(self, at: int) -> bool:
        """“5L大豆油100箱”:名字后面紧跟着真正的数量。"""
        seen = False
        for spot, token in enumerate(self.tokens[at + 1 :], at + 1):
            if token.kind in NAME_KINDS:
                seen = True
            elif token.kind in ("qty", "vague"):
                return seen and (not self._name_ahead_before_sep(spot) or self._amount_after_name(spot))
            elif token.kind in ("sep", "num"):
                return False
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

    def _own_amount(self, at: int) -> bool:
        """“要20斤甘露 茉莉花茶要30斤”:隔开的另一个名字,后面有它自己的数。"""
        if self.tokens[at].start == self.tokens[at - 1].end and self.tokens[at].text[0] != " ":
            return False
        for spot, token in enumerate(self.tokens[at + 1 :], at + 1):
            if token.kind in ("qty", "vague"):
                return not self._name_ahead_before_sep(spot)
            if token.kind in ("sep", "num", "price", "money"):
                return False
        return False

    def _for_name(self, at: int | None = None) -> Item:
        """名字该写到哪一行。"""
        item = self.item
        if item is None:
            item = self._open()
        elif item.purpose and not item.named:
            pass
        elif (
            item.counted
            and not (
                item.first
                and (not item.named or (item.part == self.part and not self.fixing and item.price is None))
                and not (at is not None and item.words and self._own_amount(at))
            )
        ) or (self.fixing and item.named and not item.counted):
            self._close()
            item = self._open()
        if self.fixing and not item.named:
            item.replaces, self.fixing, self.sheet.fixed = True, False, True
        return item

    def _name(self, at: int, token: Token) -> None:
        if token.text in ("装", "装的", "味", "规格") and (self.item is None or self.item.specs):
            return
        item = self._for_name(at)
        if item.words and not item.counted and self._parted(at):
            item.cut = len(item.words)
        item.words.append(token)

    def _parted(self, at: int) -> bool:
        """“净菜间今天做好藕片”“烘焙房领生豆”:这个名字和前一个之间有动词,或者有已经认出来的单位、日子。"""
        before = self.tokens[at - 1]
        verb = any(role.startswith(("weak:", "do:")) for role in before.roles) and not before.has("fill")
        return verb or before.end + 1 < self.tokens[at].start
