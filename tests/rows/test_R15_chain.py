"""R15 一张订单走到哪了：锁定、出库、收款核销，谁在什么时候做的，一条链上看完。"""

from core.books.chain import chain
from core.commands import DeliverGoods, PlaceOrder, ReverseDocument, TakePayment
from core.posting_rules import Kind
from core.rights import kinds_seen
from tests.make import Shop


def test_R15_the_chain_names_every_document_and_its_maker(shop: Shop) -> None:
    zhang = shop.parties["张姐火锅"]
    order = shop.run(PlaceOrder((shop.line("P1", 3),), zhang), by="小刘")["number"]
    sent = shop.run(DeliverGoods((shop.line("P1", 3),), zhang), by="老陈")["number"]
    paid = shop.run(TakePayment(zhang, 10_000, "微信"), by="陈会计")["number"]
    with shop.books.read() as conn:
        seen = [chain(conn, shop.company_id, number, kinds_seen(shop.boss)) for number in (order, sent, paid)]
    assert [[(step.kind, step.who) for step in steps] for steps in seen] == [
        [(Kind.SALES_ORDER, "小刘"), (Kind.DELIVERY, "老陈"), (Kind.PAYMENT_IN, "陈会计")]
    ] * 3


def test_R15_what_a_person_may_not_look_up_is_not_in_his_chain(shop: Shop) -> None:
    zhang = shop.parties["张姐火锅"]
    order = shop.run(PlaceOrder((shop.line("P1", 3),), zhang), by="小刘")["number"]
    shop.run(DeliverGoods((shop.line("P1", 3),), zhang), by="老陈")
    shop.run(TakePayment(zhang, 10_000, "微信"), by="陈会计")
    with shop.books.read() as conn:
        steps = chain(conn, shop.company_id, order, kinds_seen(shop.people["老陈"]))
    assert Kind.PAYMENT_IN not in {step.kind for step in steps}


def test_R15_an_undoing_is_part_of_the_story(shop: Shop) -> None:
    order = shop.run(PlaceOrder((shop.line("P1", 3),), shop.parties["张姐火锅"]), by="小刘")["number"]
    shop.run(ReverseDocument(order), by="小刘")
    with shop.books.read() as conn:
        steps = chain(conn, shop.company_id, order, kinds_seen(shop.boss))
    assert [step.undoes for step in steps] == [False, True]
