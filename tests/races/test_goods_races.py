"""审批、签收、换货、召回也是许多人同一瞬间做：只成一次，召回的货一箱都漏不出去。"""

from sqlalchemy import func, select

from core.accounts import account, batch, stock
from core.commands import (
    Decide,
    DeliverGoods,
    ExchangeGoods,
    OrderGoods,
    PlaceOrder,
    RecallBatch,
    ReceiveTransfer,
    ReverseDocument,
    SaveRecord,
    SendTransfer,
    SignDelivery,
    UnholdGoods,
    WithdrawDraft,
)
from core.documents import document
from core.staff import actor_by_name
from tests.make import CASE, Shop
from tests.races.crew import Crew, Job
from tests.races.test_races import kinds, proved

ROUNDS = 4


def test_one_decision_wins(shop: Shop, crew: Crew) -> None:
    """Two bosses agree, refuse and the one who asked withdraws, all at once: one of them, and the document says which."""
    rule = {"name": "采购", "kind": "PO", "needs": "老板"}
    shop.run(SaveRecord("staff", {"name": "王老板", "roles": ["老板"]}))
    shop.run(SaveRecord("approval_rule", rule))
    with shop.books.read() as conn:
        bosses = [actor_by_name(conn, shop.company_id, name) for name in ("李老板", "王老板")]
    for round_number in range(ROUNDS):
        order = OrderGoods((shop.line("P1", 1, price="96"),), shop.parties["成都总代"])
        number = shop.run(order, by="小周")["number"]
        jobs = [(boss, Decide(number, yes)) for boss in bosses for yes in (True, False)]
        jobs.append((shop.people["小周"], WithdrawDraft(number)))
        outcomes = crew.run(
            shop, [[Job(who, what, f"decide/{round_number}/{n}")] for n, (who, what) in enumerate(jobs)]
        )
        assert kinds(outcomes) == {"ok": 1, "refused": 4}
        won = next(what for (_, what), [one] in zip(jobs, outcomes, strict=True) if one.kind == "ok")
        state = shop.one(select(document.c.state).where(document.c.number == number))
        assert state == ("posted" if isinstance(won, Decide) and won.yes else "cancelled")
    assert proved(shop) == []


def test_nothing_of_a_recalled_batch_slips_through(shop: Shop, crew: Crew) -> None:
    """While it is called back it is sold, comes back and arrives from elsewhere: afterwards none of it is for sale."""
    for round_number in range(ROUNDS):
        sold = shop.run(DeliverGoods((shop.line("P1", 1),), shop.parties["张姐火锅"]))
        sent = shop.run(SendTransfer((shop.line("P1", 1),), shop.places["主仓"], shop.places["一分店"]))
        commands = [
            RecallBatch("B1"),
            ReverseDocument(sold["number"]),
            ReceiveTransfer(sent["number"]),
            DeliverGoods((shop.line("P1", 1),), shop.parties["王记饭店"]),
            PlaceOrder((shop.line("P1", 2),), shop.parties["王记饭店"]),
        ]
        outcomes = crew.run(
            shop,
            [[Job(shop.boss, command, f"recall/{round_number}/{n}")] for n, command in enumerate(commands)],
        )
        assert kinds(outcomes)["ok"] >= 4, [one.said for [one] in outcomes]
        query = (
            select(func.coalesce(func.sum(stock.c.qty_milli), 0))
            .join(account, account.c.id == stock.c.account_id)
            .join(batch, batch.c.id == stock.c.batch_id)
            .where(batch.c.batch_no == "B1", account.c.role == "可售")
        )
        assert int(shop.one(query)) == 0
        assert proved(shop) == []
        shop.run(UnholdGoods(batch_no="B1"))


def test_a_delivery_is_signed_and_exchanged_no_more_than_it_brought(shop: Shop, crew: Crew) -> None:
    sold = shop.run(DeliverGoods((shop.line("P1", 5),), shop.parties["张姐火锅"]))
    signed = crew.run(
        shop, [[Job(shop.boss, SignDelivery(sold["number"]), f"sign/{number}")] for number in range(6)]
    )
    assert kinds(signed) == {"ok": 1, "refused": 5}
    change = ExchangeGoods((shop.line("P1", 2),), shop.parties["张姐火锅"], (shop.line("P3", 1),))
    changed = crew.run(shop, [[Job(shop.boss, change, f"change/{number}")] for number in range(6)])
    assert kinds(changed) == {"ok": 2, "refused": 4}  # 5箱 can come back: two times two
    back = select(func.sum(stock.c.qty_milli)).join(account, account.c.id == stock.c.account_id)
    assert int(shop.one(back.where(account.c.role == "待检"))) == 4 * CASE
    assert proved(shop) == []
