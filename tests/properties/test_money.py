"""随机地收钱付钱、摊费用补价、核销放开、对冲抹零、费用资金、撤回：每一步之后账都自证，欠款和每个账户都和小模型一分不差。"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from sqlalchemy import func, select, text

from core.accounts import account, fund, open_item, settlement
from core.commands import (
    AddCost,
    CorrectPrice,
    CutPrice,
    DeliverGoods,
    EarnMoney,
    MoveFunds,
    NetOff,
    PaySupplier,
    ReceiveGoods,
    ReopenItems,
    ReverseDocument,
    SaveRecord,
    SendBack,
    SettleItems,
    SpendMoney,
    TakeBack,
    TakePayment,
    WriteOff,
)
from core.documents import document
from core.proof import prove_figures, report
from tests.make import e4
from tests.properties.shop_machine import ShopMachine, run

WHO = st.sampled_from(("川西商行", "张姐火锅", "成都总代"))
FUND = st.sampled_from(("现金", "银行"))
FEN = st.integers(1, 60_000)


@dataclass
class Effect:
    """What a document changed: fen by (partner, side) and by fund."""

    owed: Counter[tuple[int, str]] = field(default_factory=Counter)
    funds: Counter[str] = field(default_factory=Counter)


class Money(ShopMachine):
    """Said by 李老板; 川西商行 buys and sells. Refusals come from funds, from what is open, from what stands in the way."""

    def __init__(self) -> None:
        super().__init__()
        values = {"name": "川西商行", "is_customer": True, "is_supplier": True, "terms": "30天"}
        self.shop.parties["川西商行"] = self.shop.run(SaveRecord("partner", values))["id"]
        self.owed: Counter[tuple[int, str]] = Counter()
        self.funds: Counter[str] = Counter()
        self.effects: dict[str, Effect] = {}

    def _learn(self, result: dict[str, Any] | None, **changes: Any) -> None:
        """changes: R, P = fen on a side of `who`; everything else is a fund."""
        if result is None:
            return
        effect = Effect()
        who = changes.pop("who", None)
        for name, fen in changes.items():
            if name in ("R", "P"):
                effect.owed[self.shop.parties[who], name] += fen
            else:
                effect.funds[name] += fen
        self.effects[result["number"]] = effect
        self._apply(effect, 1)

    def _apply(self, effect: Effect, sign: int) -> None:
        for key, fen in effect.owed.items():
            self.owed[key] += sign * fen
        for name, fen in effect.funds.items():
            self.funds[name] += sign * fen

    # ── what is owed ──

    @rule(who=WHO, code=st.sampled_from(("P1", "P2")), number=st.integers(1, 3), price=st.integers(1, 200))
    def sell(self, who: str, code: str, number: int, price: int) -> None:
        line = self.shop.line(code, number, "瓶", price=price)
        self._learn(self._say(DeliverGoods((line,), self.shop.parties[who])), who=who, R=number * price * 100)

    @rule(who=WHO, number=st.integers(1, 3), price=st.integers(1, 200))
    def buy(self, who: str, number: int, price: int) -> None:
        line = self.shop.line("P2", number, "瓶", price=price)
        self._learn(self._say(ReceiveGoods((line,), self.shop.parties[who])), who=who, P=number * price * 100)

    # ── money ──

    @rule(who=WHO, fen=FEN, into=FUND)
    def take(self, who: str, fen: int, into: str) -> None:
        self._learn(self._say(TakePayment(self.shop.parties[who], fen, into)), who=who, R=-fen, **{into: fen})

    @rule(who=WHO, fen=FEN, out=FUND)
    def pay(self, who: str, fen: int, out: str) -> None:
        result = self._say(PaySupplier(self.shop.parties[who], fen, out))
        assert result is None or fen <= self.funds[out]
        self._learn(result, who=who, P=-fen, **{out: -fen})

    @rule(fen=FEN, out=FUND)
    def spend(self, fen: int, out: str) -> None:
        result = self._say(SpendMoney(fen, "房租", out))
        assert (result is not None) == (fen <= self.funds[out])
        self._learn(result, **{out: -fen})

    @rule(fen=FEN, into=FUND)
    def earn(self, fen: int, into: str) -> None:
        self._learn(self._say(EarnMoney(fen, "利息", into)), **{into: fen})

    @rule(fen=FEN, out=FUND, into=FUND)
    def move(self, fen: int, out: str, into: str) -> None:
        result = self._say(MoveFunds(fen, out, into))
        assert (result is not None) == (out != into and fen <= self.funds[out])
        self._learn(result, **{out: -fen, into: fen} if out != into else {})

    # ── the cost of what was bought ──

    @precondition(lambda self: any(number.startswith("GR") for number in self.effects))
    @rule(data=st.data(), fen=FEN, who=WHO)
    def freight(self, data: st.DataObject, fen: int, who: str) -> None:
        result = self._say(AddCost(self._receipt(data), fen, partner_id=self.shop.parties[who]))
        self._learn(result, who=who, P=fen)

    @precondition(lambda self: any(number.startswith("GR") for number in self.effects))
    @rule(data=st.data(), fen=FEN)
    def price_cut(self, data: st.DataObject, fen: int) -> None:
        result = self._say(CutPrice(self._receipt(data), fen))
        if result is not None:
            self._learn(result, who=result["partner"], P=-fen)

    @precondition(lambda self: any(number.startswith("GR") for number in self.effects))
    @rule(data=st.data(), price=st.integers(1, 200))
    def correct(self, data: st.DataObject, price: int) -> None:
        result = self._say(CorrectPrice(self._receipt(data), self.shop.goods["P2"], e4(price), "瓶"))
        if result is not None:
            sign = 1 if result["number"].startswith("LC") else -1
            self._learn(result, who=result["partner"], P=sign * result["total_fen"])

    def _receipt(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(one for one in self.effects if one.startswith("GR"))))

    @rule(who=WHO, number=st.integers(1, 3), price=st.integers(1, 200))
    def send_back(self, who: str, number: int, price: int) -> None:
        line = self.shop.line("P2", number, "瓶", price=price)
        self._learn(self._say(SendBack((line,), self.shop.parties[who])), who=who, P=-number * price * 100)

    @rule(who=WHO, code=st.sampled_from(("P1", "P2")), price=st.integers(1, 200))
    def take_back(self, who: str, code: str, price: int) -> None:
        line = self.shop.line(code, 1, "瓶", price=price)
        self._learn(self._say(TakeBack((line,), self.shop.parties[who])), who=who, R=-price * 100)

    # ── open items ──

    @rule(who=WHO, fen=st.none() | FEN)
    def net(self, who: str, fen: int | None) -> None:
        result = self._say(NetOff(self.shop.parties[who], fen))
        if result is not None:
            self._learn(result, who=who, R=-result["total_fen"], P=-result["total_fen"])

    @rule(who=WHO, fen=st.none() | FEN, owed=st.sampled_from(("", "应收", "应付", "多收")))
    def write_off(self, who: str, fen: int | None, owed: str) -> None:
        result = self._say(WriteOff(self.shop.parties[who], fen, owed=owed))
        if result is not None:
            name = result["balances"][0]["name"]
            by = result["balances"][0]["after_fen"] - result["balances"][0]["before_fen"]
            assert abs(by) == result["total_fen"]
            self._learn(result, who=who, **{"R" if name == "应收" else "P": by})

    @precondition(lambda self: self._pairs())
    @rule(data=st.data())
    def reopen(self, data: st.DataObject) -> None:
        credit, debit = data.draw(st.sampled_from(self._pairs()))
        self._learn(self._say(ReopenItems(credit, debit)))

    def _pairs(self) -> list[tuple[str, str]]:
        one, other, paid, owed = (
            open_item.alias("a"),
            open_item.alias("b"),
            document.alias("c"),
            document.alias("d"),
        )
        query = (
            select(paid.c.number, owed.c.number)
            .join(one, one.c.document_id == paid.c.id)
            .join(settlement, settlement.c.credit_id == one.c.id)
            .join(other, other.c.id == settlement.c.debit_id)
            .join(owed, owed.c.id == other.c.document_id)
        )
        return [(row[0], row[1]) for row in self.shop.rows(query.order_by(settlement.c.id))]

    @precondition(lambda self: self._open(-1) and self._open(1))
    @rule(data=st.data(), fen=st.none() | FEN)
    def settle(self, data: st.DataObject, fen: int | None) -> None:
        credit = data.draw(st.sampled_from(self._open(-1)))
        debits = data.draw(st.lists(st.sampled_from(self._open(1)), min_size=1, max_size=2, unique=True))
        before = self._still_open()
        result = self._say(SettleItems(credit, tuple(debits), fen))
        if result is not None:
            assert before - self._still_open() == 2 * result["total_fen"]
            self._learn(result)

    def _open(self, sign: int) -> list[str]:
        query = (
            select(document.c.number)
            .join(open_item, open_item.c.document_id == document.c.id)
            .where(open_item.c.open_fen > 0, open_item.c.sign == sign)
        )
        return [row.number for row in self.shop.rows(query.order_by(document.c.id))]

    def _still_open(self) -> int:
        return int(self.shop.one(select(func.coalesce(func.sum(open_item.c.open_fen), 0))))

    # ── undoing ──

    @precondition(lambda self: self.effects)
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.effects)))
        if self._say(ReverseDocument(number)) is not None:
            self._apply(self.effects.pop(number), -1)

    # ── after every step ──

    @invariant()
    def the_books_prove_themselves_and_agree_with_the_model(self) -> None:
        with self.shop.books.read() as conn:
            found = prove_figures(conn, self.shop.company_id)
            sums = select(
                open_item.c.partner_id,
                open_item.c.side,
                func.sum(open_item.c.sign * open_item.c.open_fen),
            ).group_by(text("1, 2"))
            owed = {(row[0], row[1]): int(row[2]) for row in conn.execute(sums)}
            rows = select(account.c.name, fund.c.balance_fen).join(account, account.c.id == fund.c.account_id)
            funds = {row.name: row.balance_fen for row in conn.execute(rows)}
        assert not found, report(found)
        for key in {*owed, *self.owed}:
            assert owed.get(key, 0) == self.owed[key], key
        for name in {*funds, *self.funds}:
            assert funds.get(name, 0) == self.funds[name], name


def test_money_at_random() -> None:
    run(Money, 15, 40)


@pytest.mark.torture
def test_money_at_random_for_long() -> None:
    run(Money, 3000, 40)
