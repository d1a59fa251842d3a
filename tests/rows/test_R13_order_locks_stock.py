"""R13 下单立即锁库存：两个人同一瞬间各要 12箱，可用 20箱，永远只成一个。题目的 200 次在此 20 次，torture 做满。"""

import pytest
from sqlalchemy import select

from core.accounts import availability
from core.commands import PlaceOrder, ReverseDocument
from core.errors import Need
from core.proof import prove
from tests.make import CASE, Shop
from tests.races.crew import Crew, Job


def race(shop: Shop, crew: Crew, rounds: int) -> None:
    customers = (shop.parties["张姐火锅"], shop.parties["王记饭店"])
    for number in range(rounds):
        work = [
            [Job(shop.people[who], PlaceOrder((shop.line("P1", 12),), customers[one]), f"R13/{number}/{one}")]
            for one, who in enumerate(("小刘", "李老板"))
        ]
        outcomes = [mine[0] for mine in crew.run(shop, work)]
        assert sorted(one.kind for one in outcomes) == ["ok", "refused"]
        assert "可用只剩 8箱" in next(one.said for one in outcomes if one.kind == "refused")
        row = shop.rows(select(availability).where(availability.c.product_id == shop.goods["P1"]))[0]
        assert (row.sellable_milli, row.reserved_milli) == (20 * CASE, 12 * CASE)
        shop.run(ReverseDocument(next(one.result["number"] for one in outcomes if one.kind == "ok")))
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []


def test_R13_two_at_the_same_instant(shop: Shop, crew: Crew) -> None:
    race(shop, crew, 20)


@pytest.mark.torture
def test_R13_two_at_the_same_instant_two_hundred_times(shop: Shop, crew: Crew) -> None:
    race(shop, crew, 200)


def test_R13_the_loser_is_offered_what_is_left(lite_shop: Shop) -> None:
    lite_shop.run(PlaceOrder((lite_shop.line("P1", 12),), lite_shop.parties["张姐火锅"]), by="小刘")
    with pytest.raises(Need) as asked:
        lite_shop.run(PlaceOrder((lite_shop.line("P1", 12),), lite_shop.parties["王记饭店"]), by="小刘")
    assert "可用只剩 8箱" in asked.value.question
    assert "改期" in asked.value.question
    assert [(one.label, dict(one.fill)) for one in asked.value.choices] == [
        ("部分锁定 8箱", {"lines[0].qty": "8"})
    ]  # 老抽没有货，不作替代
