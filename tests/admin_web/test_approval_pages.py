"""后台的审批：规则在表单里定，待审单的页上看得到要什么、等谁、谁批的。"""

from collections.abc import Callable

from sqlalchemy import select

from core.approvals import approval_rule
from core.commands import Decide, OrderGoods, PlaceOrder, SaveRecord
from core.documents import document
from tests.admin_web.conftest import Browser
from tests.make import Shop

Visit = Callable[..., Browser]
NEW = "/admin/approval_rule/create"


def test_a_rule_is_set_in_the_form(lite_shop: Shop, boss: Browser) -> None:
    wrong = boss.fill(NEW, {"name": "出库", "kind": "盘点单", "needs": "老板"})
    assert "从这里选一个填：" in wrong.text
    assert "采购订单、" in wrong.text
    assert "盘点单、" not in wrong.text
    boss.fill(NEW, {"name": "大单", "kind": "销售订单", "over_fen": "2000", "needs": "财务"})
    row = lite_shop.rows(select(approval_rule).where(approval_rule.c.name == "大单"))[0]
    assert (row.kind, row.over_fen, row.needs, row.active) == ("SO", 200_000, "财务", True)
    assert "¥2,000.00" in boss.get("/admin/approval_rule/list").text


def test_what_waits_shows_what_is_asked_and_who_decides(lite_shop: Shop, visit: Visit) -> None:
    command = OrderGoods((lite_shop.line("P1", 55, price="96"),), lite_shop.parties["成都总代"])
    asked = lite_shop.run(command, by="小周")
    url = f"/admin/document/detail?pk={asked['document_id']}"
    page = visit("小周").get(url).text
    for words in ("待审", "等老板审批", "海天金标生抽 500ml", "55箱", "¥96/箱", "¥5,280.00"):
        assert words in page
    lite_shop.run(Decide(asked["number"], False, "先等等"))
    page = visit("小周").get(url).text
    for words in ("已作废", "李老板 驳回", "先等等"):
        assert words in page


def test_it_is_decided_on_the_page_as_it_was_shown(lite_shop: Shop, visit: Visit, boss: Browser) -> None:
    zhang = lite_shop.parties["张姐火锅"]
    lite_shop.run(SaveRecord("partner", {"credit_limit_fen": 10_000}, id=zhang))
    asked = lite_shop.run(PlaceOrder((lite_shop.line("P1", 3, price="90"),), zhang), by="小刘")
    url = f"/admin/document/detail?pk={asked['document_id']}"
    theirs = visit("小刘").get(url).text
    assert "低于最低售价 ¥114/箱" in theirs
    assert "低于成本" not in theirs
    assert 'value="yes"' not in theirs
    mine = boss.get(url).text
    for words in ("低于成本 ¥96.00/箱，这一行亏 ¥18.00", "先收 ¥170.00 可放行", 'value="yes"'):
        assert words in mine
    seen = boss.hidden(url)
    lite_shop.run(PlaceOrder((lite_shop.line("P1", 1),), zhang))  # he owes more than the page says
    state = select(document.c.state).where(document.c.number == asked["number"])
    assert "情况有变" in boss.post("/admin/document/decide", data=seen | {"say": "yes"}).text
    assert lite_shop.one(state) == "draft"
    stranger = visit("小刘")
    stranger.post("/admin/document/decide", data=stranger.hidden(url) | {"pk": seen["pk"], "say": "yes"})
    assert lite_shop.one(state) == "draft"
    boss.fill("/admin/document/decide", {"say": "yes", "note": "下不为例"}, page=url)
    assert lite_shop.one(state) == "posted"
    after = boss.get(url).text
    for words in ("李老板 同意", "下不为例", "低于成本 ¥96.00/箱"):
        assert words in after
