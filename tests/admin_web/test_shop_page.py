"""店铺设置：老板改了就照着办；填错了留在原处说清楚；别人打不开，聊天和接口也改不了。"""

from datetime import timedelta

import pytest

from core.commands import DeliverGoods, PlaceOrder, SaveRecord, SetUpShop
from core.company import the_company
from core.errors import Invalid, NotAllowed
from tests.admin_web.conftest import Browser
from tests.admin_web.test_rights import Visit
from tests.make import Shop


def settings(shop: Shop) -> dict[str, object]:
    with shop.books.read() as conn:
        return dict(the_company(conn, shop.company_id).settings)


def test_the_boss_sets_how_long_credit_lasts(lite_shop: Shop, boss: Browser) -> None:
    """One delivery 12 days late: passes with the 30 days that hold at first, waits once it is 7."""
    shop, zhang = lite_shop, lite_shop.parties["张姐火锅"]
    shop.run(DeliverGoods((shop.line("P1", 1),), zhang))
    shop.now += timedelta(days=42)
    assert "state" not in shop.run(PlaceOrder((shop.line("P1", 1),), zhang), by="小刘")
    assert 'value="30"' in boss.as_(shop, "李老板").get("/admin/shop").text
    saved = boss.fill("/admin/shop", {"name": "川味调料行", "overdue_days": "7", "below_cost": "warn"})
    assert (saved.status_code, saved.headers["location"]) == (303, "/admin/shop")
    assert "店铺设置已保存" in boss.get("/admin/shop").text
    assert settings(shop) == {"overdue_days": 7, "below_cost": "warn"}
    assert shop.run(PlaceOrder((shop.line("P1", 1),), zhang), by="小刘")["state"] == "draft"


def test_what_is_set_leaves_the_rest_alone(lite_shop: Shop) -> None:
    lite_shop.run(SetUpShop("新店名", 15, "ask"))
    before = settings(lite_shop)
    lite_shop.run(SetUpShop("又一个名", 15, "ask"))
    assert settings(lite_shop) == before


@pytest.mark.parametrize(
    ("filled", "told"),
    [
        ({"name": ""}, "店名不能空着"),
        ({"overdue_days": "三十"}, "逾期天数填 0 到 3650"),
        ({"overdue_days": "99999999999"}, "逾期天数填 0 到 3650"),
        ({"overdue_days": "-1"}, "逾期天数填 0 到 3650"),
        ({"below_cost": "x"}, "从列出来的里面选一个"),
    ],
)
def test_a_slip_is_told_and_nothing_is_lost(
    lite_shop: Shop, boss: Browser, filled: dict[str, str], told: str
) -> None:
    whole = {"name": "某某商行", "overdue_days": "10", "below_cost": "ask"} | filled
    answer = boss.fill("/admin/shop", whole)
    assert answer.status_code == 422
    assert told in answer.text
    assert "某某商行" in answer.text or not whole["name"]
    assert settings(lite_shop) == {}


def test_nobody_else(lite_shop: Shop, visit: Visit) -> None:
    assert visit("陈会计").get("/admin/shop").status_code == 403
    assert "/admin/shop" not in visit("陈会计").get("/admin/more").text
    with pytest.raises(NotAllowed):
        lite_shop.run(SetUpShop("我的店"), by="陈会计")
    with pytest.raises(Invalid):
        lite_shop.run(SetUpShop(" "))
    with pytest.raises(KeyError):
        lite_shop.run(SaveRecord("company", {"settings": {}}))
