"""随机地上架、移库位、拣货、拣好、再加上会碰到它们的一切：拒绝可以，出错和对不上不行。"""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule
from sqlalchemy import select, text

from core.accounts import account, batch, stock
from core.commands import (
    CloseOrder,
    CountStock,
    DeliverGoods,
    DeliverPicked,
    HoldGoods,
    PickGoods,
    PlaceOrder,
    PutAway,
    RecallBatch,
    ReceiveGoods,
    ReverseDocument,
    ScrapGoods,
    SendTransfer,
    UnholdGoods,
)
from core.documents import document
from core.proof import prove_figures, report
from tests.properties.shop_machine import CUSTOMERS, GOODS, NUMBER, ShopMachine, run

BINS = st.sampled_from(("A1", "A3", "A10", "B2"))
KINDS = ("SO", "JH", "YW", "DN", "GR", "DJ", "SP", "CT", "TR")


class PickBooks(ShopMachine):
    """No model of bins: what the books hold must prove itself, whatever is asked in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[str] = []

    def _do(self, command: Any) -> dict[str, Any] | None:
        result = self._say(command)
        if result is not None and result.get("number"):
            self.made += [result["number"], *(one["number"] for one in result.get("also", ()))]
        return result

    @rule(code=GOODS, bin_code=BINS, number=NUMBER, some=st.booleans())
    def put_away(self, code: str, bin_code: str, number: int, some: bool) -> None:
        line = self._line(code, number)
        said = (line.said_milli, line.unit) if some else (None, None)
        self._do(PutAway(line.product_id, bin_code, None, *said))

    @rule(customers=st.lists(CUSTOMERS, min_size=1, max_size=2, unique=True))
    def pick(self, customers: list[str]) -> None:
        ids = [self.shop.parties[name] for name in customers]
        open_now = self.shop.rows(
            select(document.c.number)
            .where(document.c.kind == "SO", document.c.partner_id.in_(ids), document.c.reverses_id.is_(None))
            .order_by(document.c.id)
        )
        if open_now:
            self._do(PickGoods(tuple(row.number for row in open_now[-3:])))

    @rule(data=st.data(), code=GOODS, number=NUMBER, short=st.booleans())
    def picked(self, data: st.DataObject, code: str, number: int, short: bool) -> None:
        lists = [one for one in self.made if one.startswith("JH")]
        if lists:
            lines = (self._line(code, number),) if short else ()
            self._do(DeliverPicked(data.draw(st.sampled_from(lists)), lines))

    @rule(customer=CUSTOMERS, code=GOODS, number=NUMBER)
    def sell(self, customer: str, code: str, number: int) -> None:
        self._do(PlaceOrder((self._line(code, number),), self.shop.parties[customer]))

    @rule(customer=CUSTOMERS, code=GOODS, number=NUMBER)
    def hand_over(self, customer: str, code: str, number: int) -> None:
        self._do(DeliverGoods((self._line(code, number),), self.shop.parties[customer]))

    @rule(code=GOODS, number=NUMBER, age=st.sampled_from((0, 300, 535)))
    def arrive(self, code: str, number: int, age: int) -> None:
        made = None if code == "P5" else self.day - timedelta(days=age)
        line = self._line(code, number, price="90", mfg_date=made)
        self._do(ReceiveGoods((line,), self.shop.parties["成都总代"]))

    @rule(code=GOODS, number=NUMBER, what=st.sampled_from(("hold", "unhold", "scrap", "count", "send")))
    def take_away(self, code: str, number: int, what: str) -> None:
        line, places = self._line(code, number), self.shop.places
        goods = self.shop.goods[code]
        self._do(
            {
                "hold": HoldGoods(goods, reason="其他"),
                "unhold": UnholdGoods(goods),
                "scrap": ScrapGoods((line,), "破损"),
                "count": CountStock((line,), reason="其他"),
                "send": SendTransfer((line,), places["主仓"], places["一分店"]),
            }[what]
        )

    @rule(code=GOODS, numbers=st.lists(NUMBER, min_size=2, max_size=2))
    def count_by_batch(self, code: str, numbers: list[int]) -> None:
        rows = self.shop.rows(
            select(batch.c.batch_no)
            .where(batch.c.product_id == self.shop.goods[code], batch.c.batch_no != "")
            .order_by(batch.c.id.desc())
            .limit(2)
        )
        counted = [
            self._line(code, number, batch_no=row.batch_no)
            for number, row in zip(numbers, rows, strict=False)
        ]
        if counted:
            self._do(CountStock(tuple(counted), reason="其他"))

    @rule(data=st.data())
    def call_back(self, data: st.DataObject) -> None:
        rows = self.shop.rows(select(batch.c.batch_no, batch.c.product_id).where(batch.c.batch_no != ""))
        one = data.draw(st.sampled_from(sorted(tuple(row) for row in rows)))
        assert self._do(RecallBatch(*one)) is not None  # whatever lies on pick lists, a recall gets all of it

    @rule(data=st.data(), close=st.booleans())
    def take_back_a_document(self, data: st.DataObject, close: bool) -> None:
        mine = [one for one in self.made if one.startswith("SO" if close else KINDS)]
        if mine:
            number = data.draw(st.sampled_from(mine))
            self._do(CloseOrder(number) if close else ReverseDocument(number))

    @rule(days=st.sampled_from((1, 3, 30)))
    def sleep(self, days: int) -> None:
        self.shop.pass_days(days)

    @invariant()
    def the_books_prove_themselves(self) -> None:
        with self.shop.books.read() as conn:
            found = prove_figures(conn, self.shop.company_id)
            assert not found, report(found)
            loose = conn.execute(
                select(stock.c.batch_id)
                .join(account, account.c.id == stock.c.account_id)
                .where(text("stock.picked_milli > 0"), account.c.role != "可售")
            ).all()
        assert not loose, "set aside where nothing is for sale"


def test_bins_and_pick_lists_at_random() -> None:
    run(PickBooks, 15)


@pytest.mark.torture
def test_bins_and_pick_lists_at_random_for_long() -> None:
    run(PickBooks, 3000)
