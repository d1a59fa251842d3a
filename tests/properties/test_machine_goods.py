"""随机地做一切（test_machine.py 的每一样都在），再加上冻结、解冻、召回、换货、签收、索赔：每一步之后账都自证无误，可售和锁定与小账本一致。"""

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import func, select

from core.accounts import batch
from core.commands import ClaimSupplier, ExchangeGoods, HoldGoods, RecallBatch, SignDelivery, UnholdGoods
from core.documents import document
from core.posting_rules import Kind, Role
from tests.make import CASE
from tests.properties.model import Effect
from tests.properties.shop_machine import CUSTOMERS, GOODS, NUMBER, SUPPLIERS, UNIT, run
from tests.properties.test_machine import Books

SIGN = {Kind.HOLD: {Role.LINE: -1}, Kind.UNHOLD: {Role.LINE: 1}}


class GoodsBooks(Books):
    """The machine of test_machine.py with the documents that came later."""

    def _say(self, command: Any) -> dict[str, Any] | None:
        before = int(self.shop.one(select(func.coalesce(func.max(document.c.id), 0))))
        result = super()._say(command)
        own = result.get("number") if result else None
        for number in self.shop.rows(
            select(document.c.number).where(
                document.c.id > before, document.c.kind == Kind.HOLD.value, document.c.number != (own or "")
            )
        ):
            self._learn(number[0], Effect())  # a recalled batch that came back
        return result

    def _sign(self, kind: Kind, role: Role) -> int:
        return SIGN[kind].get(role, 0) if kind in SIGN else super()._sign(kind, role)

    @rule(code=GOODS, number=NUMBER, some=st.booleans())
    def hold(self, code: str, number: int, some: bool) -> None:
        unit, factor = UNIT.get(code, ("箱", CASE))
        said = number * 1000 if some else None
        result = self._say(HoldGoods(self.shop.goods[code], None, None, said, unit, "其他"))
        if result is not None:
            taken = -sum(self._learn(result["number"], Effect()).lots.values())
            assert not some or taken == number * factor
            self._shrink_all()

    @rule(code=GOODS, number=NUMBER, some=st.booleans())
    def unhold(self, code: str, number: int, some: bool) -> None:
        said = number * 1000 if some else None
        unit = UNIT.get(code, ("箱", 0))[0]
        result = self._say(UnholdGoods(self.shop.goods[code], None, None, said, unit))
        if result is not None:
            self._learn(result["number"], Effect())

    @rule(data=st.data(), again=st.booleans())
    def recall(self, data: st.DataObject, again: bool) -> None:
        rows = self.shop.rows(select(batch.c.batch_no, batch.c.product_id).where(batch.c.batch_no != ""))
        one = data.draw(st.sampled_from(sorted(tuple(row) for row in rows)))
        result = self._say(UnholdGoods(one[1], one[0]) if again else RecallBatch(*one))
        assert again or result is not None
        if result is not None:
            self._learn(result["number"], Effect())
            self._shrink_all()

    @rule(customer=CUSTOMERS, code=GOODS, number=NUMBER)
    def exchange(self, customer: str, code: str, number: int) -> None:
        self._turn()
        fits = self._base(code, number) <= self.model.free(self._place(code))
        result = self._say(ExchangeGoods((self._line(code, number),), self.shop.parties[customer]))
        if result is None:
            return
        assert fits
        effect = Effect()
        effect.owed[self.shop.parties[customer], "R"] = result["out_fen"] - result["back_fen"]
        out = result["also"][1]["number"]
        self._learn(out, effect)
        self.effects[result["number"]] = self.effects.pop(out)

    @rule(supplier=SUPPLIERS, amount=st.integers(1, 50_000))
    def claim(self, supplier: str, amount: int) -> None:
        result = self._say(ClaimSupplier(self.shop.parties[supplier], amount))
        assert result is not None
        effect = Effect()
        effect.owed[self.shop.parties[supplier], "P"] = -amount
        self._learn(result["number"], effect)

    @precondition(lambda self: any(number.startswith("DN") for number in self.effects))
    @rule(data=st.data(), code=GOODS, number=NUMBER, some=st.booleans())
    def sign(self, data: st.DataObject, code: str, number: int, some: bool) -> None:
        sent = data.draw(st.sampled_from(sorted(one for one in self.effects if one.startswith("DN"))))
        refused = (self._line(code, number),) if some else ()
        result = self._say(SignDelivery(sent, refused, "破损"))
        if result is not None:
            effect = Effect()
            partner = self.shop.one(select(document.c.partner_id).where(document.c.number == sent))
            effect.owed[partner, "R"] = -result["refused_fen"]
            self._learn(result["number"], effect)

    def _shrink_all(self) -> None:
        for place in list(self.model.lots):
            self.model.shrink(place)


def test_everything_at_random_with_the_later_documents() -> None:
    run(GoodsBooks, 50)


@pytest.mark.torture
def test_everything_at_random_with_the_later_documents_for_long() -> None:
    run(GoodsBooks, 3000)
