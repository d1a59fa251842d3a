"""许多人同一瞬间动同一样东西：只有一个成，谁也不坏账。"""

import random
from collections import Counter
from datetime import date

from sqlalchemy import func, select, text

from core.accounts import availability
from core.commands import (
    AddCost,
    CountStock,
    CutPrice,
    DeliverGoods,
    MoveFunds,
    NetOff,
    PaySupplier,
    PlaceOrder,
    ReceiveGoods,
    ReopenItems,
    ReverseDocument,
    SaveRecord,
    SettleItems,
    SpendMoney,
    TakeBack,
    TakePayment,
    WriteOff,
)
from core.documents import document
from core.execute import done
from core.proof import prove
from tests.make import CASE, Shop, e4
from tests.races.crew import Crew, Job, Outcome

ROUNDS = 10


def proved(shop: Shop) -> list[str]:
    with shop.books.read() as conn:
        return [str(one) for one in prove(conn, shop.company_id)]


def last_box(shop: Shop, number: int) -> str:
    """A new product of which there is one 箱."""
    code = f"L{number}"
    made = shop.run(
        SaveRecord(
            "product",
            {
                "code": code,
                "name": f"最后一箱{number}",
                "category": "酱油",
                "base_unit": "瓶",
                "price_unit": "箱",
                "shelf_life": "540d",
            },
            children={
                "units": [{"unit": "箱", "factor_milli": CASE}],
                "prices": [{"side": "S", "unit": "箱", "price_e4": e4(50), "valid_from": date(2025, 1, 1)}],
            },
        )
    )
    shop.goods[code] = made["id"]
    shop.run(
        ReceiveGoods((shop.line(code, 1, price="30", mfg_date=date(2025, 12, 1)),), shop.parties["成都总代"])
    )
    return code


def kinds(outcomes: list[list[Outcome]]) -> Counter[str]:
    broken = [one.said for mine in outcomes for one in mine if one.kind == "broken"]
    assert not broken, broken
    return Counter(one.kind for mine in outcomes for one in mine)


def test_the_last_box_has_one_winner(shop: Shop, crew: Crew) -> None:
    """Sixteen people order or deliver it at once, ten times."""
    for number in range(ROUNDS):
        code = last_box(shop, number)
        customers = [shop.parties["张姐火锅"], shop.parties["王记饭店"]]
        work = [
            [
                Job(
                    shop.boss,
                    (PlaceOrder if number % 2 else DeliverGoods)((shop.line(code, 1),), customers[one % 2]),
                    f"box/{number}/{one}",
                )
            ]
            for one in range(16)
        ]
        outcomes = crew.run(shop, work)
        assert kinds(outcomes) == {"ok": 1, "refused": 15}
        assert all("可用只剩 0箱" in one.said for mine in outcomes for one in mine if one.kind == "refused")
        row = shop.rows(select(availability).where(availability.c.product_id == shop.goods[code]))[0]
        assert (row.sellable_milli, row.reserved_milli) == ((CASE, CASE) if number % 2 else (0, 0))
    assert proved(shop) == []


def test_one_key_sixteen_times_at_once_is_one_posting(shop: Shop, crew: Crew) -> None:
    zhang = shop.parties["张姐火锅"]
    for number in range(ROUNDS // 2):
        command = (TakePayment(zhang, 100, "现金"), DeliverGoods((shop.line("P1", 1),), zhang))[number % 2]
        before = shop.one(select(func.count()).select_from(document))
        outcomes = crew.run(shop, [[Job(shop.boss, command, f"once/{number}")]] * 16)
        assert kinds(outcomes) == {"ok": 16}
        assert all(mine[0].result == outcomes[0][0].result for mine in outcomes)
        assert shop.one(select(func.count()).select_from(document)) == before + 1
        assert shop.one(select(func.count()).select_from(done).where(done.c.key == f"once/{number}")) == 1
    assert proved(shop) == []


def test_one_partners_money_from_all_sides(shop: Shop, crew: Crew) -> None:
    """Sixteen people pay, net, settle, re-open, write off, add freight to and cut the price of the same partner's documents."""
    values = {"name": "川西商行", "is_customer": True, "is_supplier": True, "terms": "30天"}
    who = shop.parties["川西商行"] = shop.run(SaveRecord("partner", values))["id"]
    bought = shop.run(ReceiveGoods((shop.line("P2", 20, price="100"),), who))["number"]
    sold = shop.run(DeliverGoods((shop.line("P2", 5),), who))["number"]
    paid = shop.run(TakePayment(who, 20_000, "现金"))["number"]
    commands = [
        TakePayment(who, 700, "现金"),
        PaySupplier(who, 300, "现金"),
        SpendMoney(100, "房租", "现金"),
        MoveFunds(200, "现金", "银行"),
        MoveFunds(200, "银行", "现金"),
        NetOff(who, 900),
        ReopenItems(paid, sold),
        SettleItems(paid, (sold,)),
        WriteOff(who, 50, owed="应收"),
        WriteOff(who, 50, owed="应付"),
        AddCost(bought, 110),
        CutPrice(bought, 90),
        DeliverGoods((shop.line("P2", 1, "瓶"),), who),
        TakeBack((shop.line("P2", 1, "瓶"),), who),
    ]
    chance = random.Random(7)
    work = [
        [Job(shop.boss, chance.choice(commands), f"money/{one}/{number}") for number in range(6)]
        for one in range(16)
    ]
    before = deadlocks(shop)
    outcomes = kinds(crew.run(shop, work))
    assert outcomes["ok"] > 48
    assert deadlocks(shop) == before
    assert proved(shop) == []


def deadlocks(shop: Shop) -> int:
    if shop.books.sqlite:
        return 0
    with shop.books.read() as conn:
        conn.execute(text("SELECT pg_stat_clear_snapshot()"))
        return int(
            conn.execute(
                text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
            ).scalar_one()
        )


def test_opposed_orders_do_not_wait_for_each_other_for_ever(shop: Shop, crew: Crew) -> None:
    """Four people, lines in opposite order, receipts and deliveries of the same goods in between."""
    lines = [shop.line("P1", 1, "瓶"), shop.line("P3", 1, "瓶")]
    customers = [shop.parties["张姐火锅"], shop.parties["王记饭店"]]
    bought = [
        shop.line("P1", 1, "瓶", price="8", batch_no="B2", expiry_date=date(2027, 1, 23)),
        shop.line("P3", 1, "瓶", price="10"),
    ]

    def jobs(who: int) -> list[Job]:
        way = 1 if who % 2 else -1
        made = []
        for number in range(8):
            made.append(
                Job(
                    shop.boss,
                    (PlaceOrder, DeliverGoods)[number % 2](
                        tuple(lines[::way]), customers[(who // 2 + number) % 2]
                    ),
                    f"cross/{who}/{number}",
                )
            )
            made.append(
                Job(
                    shop.boss,
                    ReceiveGoods(tuple(bought[::-way]), shop.parties["成都总代"]),
                    f"cross/{who}/r{number}",
                )
            )
        return made

    assert kinds(crew.run(shop, [jobs(who) for who in range(4)])) == {"ok": 64}
    assert deadlocks(shop) == 0
    assert proved(shop) == []


def test_everybody_does_everything_at_once(shop: Shop, crew: Crew) -> None:
    """Orders, deliveries, counts, payments and reversals of each other's documents, over midnight: refusals yes, damage no."""
    choose = random.Random(20260115)
    zhang, wang, chengdu = (shop.parties[name] for name in ("张姐火锅", "王记饭店", "成都总代"))
    shop.run(TakePayment(zhang, 500_000, "现金"))
    shop.run(
        ReceiveGoods(
            (
                shop.line("P1", 30, price="96", mfg_date=date(2025, 12, 1)),
                shop.line("P2", 30, price="100", mfg_date=date(2025, 12, 1)),
            ),
            chengdu,
        )
    )
    shop.run(PlaceOrder((shop.line("P1", 3),), zhang))
    shop.run(DeliverGoods((shop.line("P2", 2),), wang))
    shop.pass_days(60)  # whoever comes first turns the day: B1 expires, the order is let go

    def one(who: int, number: int) -> Job:
        goods = tuple(
            shop.line(code, choose.randint(1, 3))
            for code in choose.sample(("P1", "P2"), choose.randint(1, 2))
        )
        command = choose.choice(
            (
                lambda: PlaceOrder(goods, choose.choice((zhang, wang))),
                lambda: DeliverGoods(goods, choose.choice((zhang, wang))),
                lambda: ReceiveGoods(goods, chengdu),
                lambda: TakePayment(choose.choice((zhang, wang)), choose.randint(1, 50_000), "现金"),
                lambda: PaySupplier(chengdu, choose.randint(1, 200_000), "现金"),
                lambda: CountStock(
                    (shop.line(choose.choice(("P1", "P2")), choose.randint(10, 40)),), reason="其他"
                ),
                lambda: ReverseDocument(
                    f"{choose.choice(('DN', 'SO', 'SK', 'FK', 'GR'))}-{choose.randint(1, 12)}"
                ),
            )
        )()
        return Job(shop.boss, command, f"all/{who}/{number}")

    outcomes = crew.run(shop, [[one(who, number) for number in range(12)] for who in range(6)])
    counted = kinds(outcomes)
    assert counted["ok"] >= 30, counted
    assert shop.one(select(func.count()).where(document.c.kind == "EX")) == 1
    assert proved(shop) == []
