"""随机地做一切：入库、订货、下单、出库、退货、调拨、盘点、报损、收付款、撤回、翻日、重复的钥匙；每一步之后账都自证无误。"""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from sqlalchemy import func, select, text

from core.accounts import availability, batch, fund, open_item
from core.commands import (
    CloseOrder,
    CountStock,
    DeliverGoods,
    OrderGoods,
    PaySupplier,
    PlaceOrder,
    ReceiveGoods,
    ReceiveTransfer,
    ReleaseGoods,
    ReverseDocument,
    ScrapGoods,
    SendBack,
    SendTransfer,
    TakeBack,
    TakePayment,
)
from core.documents import document, document_line
from core.errors import Clash
from core.execute import turn_day
from core.posting_rules import Kind, Role
from core.proof import prove_figures, report
from tests.make import CASE
from tests.properties.model import Effect, Lot, Model, OrderLine
from tests.properties.shop_machine import CUSTOMERS, GOODS, LIST, NUMBER, SUPPLIERS, UNIT, ShopMachine, run

PRICE = st.sampled_from((80, 96, 100, 131))
INTO_OK = {
    Kind.GOODS_RECEIPT: 1,
    Kind.OPENING: 1,
    Kind.RELEASE: 1,
    Kind.TRANSFER_IN: 1,
    Kind.DELIVERY: -1,
    Kind.MISC_OUT: -1,
    Kind.MISC_IN: 1,
    Kind.PURCHASE_RETURN: -1,
    Kind.TRANSFER_OUT: -1,
}


class Books(ShopMachine):
    """What every document does is foretold by a small model of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.effects: dict[str, Effect] = {}
        self.reversed: set[str] = set()
        self.today = self.day

    @initialize()
    def the_opening_stock(self) -> None:
        self._learn("QC-20260115-0001", Effect())

    # ── saying something ──

    def _turn(self) -> None:
        if self.day > self.today:
            self.model.turn(self.day)
            self.today = self.day

    def _say(self, command: Any) -> dict[str, Any] | None:
        self._turn()
        return super()._say(command)

    def _documents(self) -> int:
        return int(self.shop.one(select(func.coalesce(func.max(document.c.id), 0))))

    def _learn(self, number: str, effect: Effect) -> Effect:
        """Which batches the document moved, read from its lines; the totals were foretold by the caller."""
        rows = self.shop.rows(
            select(
                document_line,
                document.c.kind,
                document.c.business_date,
                batch.c.expiry_date,
                batch.c.received_on,
            )
            .join(document, document.c.id == document_line.c.document_id)
            .join(batch, batch.c.id == document_line.c.batch_id)
            .where(document.c.number == number)
            .order_by(document_line.c.line_no)
        )
        for row in rows:
            sign = self._sign(Kind(row.kind), Role(row.role))
            place = (row.product_id, row.warehouse_id)
            if sign:
                self.model.lots[place].setdefault(row.batch_id, Lot(row.expiry_date, row.received_on))
                effect.lots[place, row.batch_id] += sign * row.qty_milli
        self.effects[number] = effect
        self.model.apply(effect)
        return effect

    def _sign(self, kind: Kind, role: Role) -> int:
        """Whether such a line brings goods into 可售 (1), takes them out (−1) or neither."""
        if kind is Kind.STOCKTAKE:
            return {Role.GAIN: 1, Role.LOSS: -1}[role]
        if kind is Kind.SCRAP:
            return -1 if role is Role.LINE else 0
        return 0 if role is Role.MISSING else INTO_OK.get(kind, 0)

    def _base(self, code: str, number: int) -> int:
        return number * UNIT.get(code, ("箱", CASE))[1]

    def _place(self, code: str, place: str = "主仓") -> tuple[int, int]:
        return self.shop.goods[code], self.shop.places[place]

    # ── buying ──

    @rule(code=GOODS, supplier=SUPPLIERS, number=NUMBER)
    def order_goods(self, code: str, supplier: str, number: int) -> None:
        result = self._say(
            OrderGoods((self._line(code, number, price=str(90)),), self.shop.parties[supplier])
        )
        assert result is not None
        effect = Effect()
        self.model.bought[result["document_id"]] = OrderLine(
            result["document_id"], self.shop.parties[supplier], self._place(code), None, 0
        )
        effect.bought[result["document_id"]] = self._base(code, number)
        self._learn(result["number"], effect)

    @rule(code=GOODS, supplier=SUPPLIERS, number=NUMBER, price=PRICE, age=st.sampled_from((0, 10, 300, 500)))
    def receive(self, code: str, supplier: str, number: int, price: int, age: int) -> None:
        made = None if code == "P5" else self.day - timedelta(days=age)
        result = self._say(
            ReceiveGoods(
                (self._line(code, number, price=str(price), mfg_date=made),), self.shop.parties[supplier]
            )
        )
        assert result is not None
        effect = Effect()
        used, _ = self.model.use_up(
            self.model.bought, self.shop.parties[supplier], self._place(code), self._base(code, number)
        )
        for order, qty in used.items():
            effect.bought[order] -= qty
        effect.owed[self.shop.parties[supplier], "P"] = number * price * 100
        self._learn(result["number"], effect)
        assert sum(effect.lots.values()) == self._base(code, number)

    @rule(code=GOODS, supplier=SUPPLIERS, number=NUMBER, price=PRICE)
    def send_back(self, code: str, supplier: str, number: int, price: int) -> None:
        result = self._say(
            SendBack((self._line(code, number, price=str(price)),), self.shop.parties[supplier])
        )
        if result is None:
            return
        effect = Effect()
        effect.owed[self.shop.parties[supplier], "P"] = -number * price * 100
        self._learn(result["number"], effect)
        assert sum(effect.lots.values()) == -self._base(code, number)

    # ── selling ──

    @rule(customer=CUSTOMERS, code=GOODS, number=NUMBER)
    def place_order(self, customer: str, code: str, number: int) -> None:
        self._turn()
        fits = self._base(code, number) <= self.model.free(self._place(code))
        result = self._say(PlaceOrder((self._line(code, number),), self.shop.parties[customer]))
        assert (result is not None) == fits
        if result is not None:
            effect = Effect()
            self.model.orders[result["document_id"]] = OrderLine(
                result["document_id"],
                self.shop.parties[customer],
                self._place(code),
                self.day + timedelta(days=1),
                0,
            )
            effect.orders[result["document_id"]] = self._base(code, number)
            self._learn(result["number"], effect)

    @rule(customer=CUSTOMERS, code=GOODS, numbers=st.lists(NUMBER, min_size=1, max_size=2))
    def deliver(self, customer: str, code: str, numbers: list[int]) -> None:
        self._turn()
        place, need = self._place(code), self._base(code, sum(numbers))
        used, beyond = self.model.use_up(self.model.orders, self.shop.parties[customer], place, need)
        fits = beyond <= self.model.free(place)
        expected = self.model.fefo(place, need) if fits else {}
        result = self._say(
            DeliverGoods(tuple(self._line(code, number) for number in numbers), self.shop.parties[customer])
        )
        assert (result is not None) == fits
        if result is None:
            return
        effect = Effect()
        for order, qty in used.items():
            effect.orders[order] -= qty
        effect.owed[self.shop.parties[customer], "R"] = sum(numbers) * LIST[code] * 100
        self._learn(result["number"], effect)
        assert {batch_id: -qty for (_, batch_id), qty in effect.lots.items()} == expected, (
            "not first expired first out"
        )

    @rule(code=GOODS, number=NUMBER)
    def use_ourselves(self, code: str, number: int) -> None:
        self._turn()
        fits = self._base(code, number) <= self.model.free(self._place(code))
        result = self._say(DeliverGoods((self._line(code, number),), no_partner=True))
        assert (result is not None) == fits
        if result is not None:
            self._learn(result["number"], Effect())

    @rule(customer=CUSTOMERS, code=GOODS, number=NUMBER)
    def take_back(self, customer: str, code: str, number: int) -> None:
        result = self._say(TakeBack((self._line(code, number, price="50"),), self.shop.parties[customer]))
        if result is not None:
            effect = Effect()
            effect.owed[self.shop.parties[customer], "R"] = -number * 5000
            self._learn(result["number"], effect)

    @rule(code=GOODS, number=NUMBER)
    def release(self, code: str, number: int) -> None:
        result = self._say(ReleaseGoods((self._line(code, number),)))
        if result is not None:
            assert sum(self._learn(result["number"], Effect()).lots.values()) == self._base(code, number)

    @precondition(lambda self: any(line.open for line in self.model.orders.values()))
    @rule(data=st.data())
    def close_order(self, data: st.DataObject) -> None:
        self._turn()
        held = [line for line in self.model.orders.values() if line.open]
        if not held:  # the new day let go of them: it has come for the books too, though nothing is said
            turn_day(self.shop.books, self.shop.company_id, self.day, self.shop.now)
        else:
            line = data.draw(st.sampled_from(held))
            number = self.shop.one(select(document.c.number).where(document.c.id == line.number))
            assert self._say(CloseOrder(number)) is not None
            line.open = 0

    # ── the warehouse ──

    @rule(code=GOODS, number=NUMBER)
    def send_transfer(self, code: str, number: int) -> None:
        self._turn()
        fits = self._base(code, number) <= self.model.free(self._place(code))
        result = self._say(
            SendTransfer((self._line(code, number),), self.shop.places["主仓"], self.shop.places["一分店"])
        )
        assert (result is not None) == fits
        if result is not None:
            self._learn(result["number"], Effect())

    @precondition(lambda self: any(number.startswith("TR") for number in self.effects))
    @rule(data=st.data())
    def receive_transfer(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from([number for number in self.effects if number.startswith("TR")]))
        result = self._say(ReceiveTransfer(number))
        if result is not None:
            self._learn(result["number"], Effect())
            self.model.expire(self.day)

    @rule(code=GOODS, number=st.integers(0, 25))
    def count(self, code: str, number: int) -> None:
        self._turn()
        place = self._place(code)
        before = self.model.sellable(place)
        result = self._say(CountStock((self._line(code, number),), reason="其他"))
        if result is None:
            return
        effect = self._learn_count(result["number"])
        assert sum(effect.lots.values()) == self._base(code, number) - before
        self.model.shrink(place)
        self.model.expire(self.day)

    def _learn_count(self, number: str) -> Effect:
        same = self.shop.one(
            select(func.count())
            .select_from(document_line.join(document, document.c.id == document_line.c.document_id))
            .where(document.c.number == number, document_line.c.role == Role.SAME.value)
        )
        if same:
            self.effects[number] = Effect()
            return self.effects[number]
        return self._learn(number, Effect())

    @rule(code=GOODS, number=NUMBER)
    def scrap(self, code: str, number: int) -> None:
        result = self._say(ScrapGoods((self._line(code, number),), reason="破损"))
        if result is not None:
            self._learn(result["number"], Effect())
            self.model.shrink(self._place(code))

    # ── money ──

    @rule(customer=CUSTOMERS, amount=st.integers(1, 300_000))
    def take_payment(self, customer: str, amount: int) -> None:
        result = self._say(TakePayment(self.shop.parties[customer], amount, "微信"))
        assert result is not None
        effect = Effect(cash=amount)
        effect.owed[self.shop.parties[customer], "R"] = -amount
        self._learn(result["number"], effect)

    @rule(supplier=SUPPLIERS, amount=st.integers(1, 300_000))
    def pay_supplier(self, supplier: str, amount: int) -> None:
        fits = amount <= self.model.cash
        result = self._say(PaySupplier(self.shop.parties[supplier], amount, "微信"))
        assert (result is not None) == fits
        if result is not None:
            effect = Effect(cash=-amount)
            effect.owed[self.shop.parties[supplier], "P"] = -amount
            self._learn(result["number"], effect)

    # ── undoing, repeating, time ──

    @precondition(lambda self: self.effects)
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.effects)))
        result = self._say(ReverseDocument(number))
        assert result is None or number not in self.reversed, "undone twice"
        if result is not None:
            self.reversed.add(number)
            self.model.apply(self.effects[number], -1)
            self.model.expire(self.day)

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def the_same_key_again(self, data: st.DataObject) -> None:
        key, command, result = data.draw(st.sampled_from(self.said))
        before = self._documents()
        assert self.shop.run(command, key=key) == result
        assert self._documents() == before

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def the_same_key_with_other_content(self, data: st.DataObject) -> None:
        key, _, _ = data.draw(st.sampled_from(self.said))
        before = self._documents()
        with pytest.raises(Clash):
            self.shop.run(TakePayment(self.shop.parties["张姐火锅"], 123_456_789, "现金"), key=key)
        assert self._documents() == before

    @rule(days=st.sampled_from((1, 3, 30, 200)))
    def time_passes(self, days: int) -> None:
        self.shop.pass_days(days)

    # ── after every step ──

    @invariant()
    def the_books_prove_themselves_and_agree_with_the_model(self) -> None:
        with self.shop.books.read() as conn:
            found = prove_figures(conn, self.shop.company_id)
            rows = {
                (r.product_id, r.warehouse_id): (r.sellable_milli, r.reserved_milli, r.on_order_milli)
                for r in conn.execute(select(availability))
            }
            owed = {
                (r.partner_id, r.side): int(r.fen)
                for r in conn.execute(
                    select(
                        open_item.c.partner_id,
                        open_item.c.side,
                        func.sum(open_item.c.sign * open_item.c.open_fen).label("fen"),
                    ).group_by(text("1, 2"))
                )
            }
            cash = int(conn.execute(select(func.sum(fund.c.balance_fen))).scalar_one())
        assert not found, report(found)
        model = self.model
        for place in {*rows, *model.lots}:
            assert rows.get(place, (0, 0, 0)) == (
                model.sellable(place),
                model.reserved(place),
                model.on_order(place),
            ), place
            assert model.reserved(place) >= 0
        for key in {*owed, *model.owed}:
            assert owed.get(key, 0) == model.owed[key], key
        assert cash == model.cash


@pytest.mark.torture
def test_everything_at_random_for_long() -> None:
    run(Books, 5000)
