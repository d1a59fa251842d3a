"""钱的单据在后台看得懂：种类、账户、来龙去脉、谁看得到。"""

import pytest

from core.commands import (
    AddCost,
    CutPrice,
    DeliverGoods,
    EarnMoney,
    MoveFunds,
    NetOff,
    ReceiveGoods,
    ReopenItems,
    SaveRecord,
    SettleItems,
    SpendMoney,
    TakePayment,
    WriteOff,
)
from tests.admin_web.conftest import Browser
from tests.admin_web.test_pages import open_document
from tests.admin_web.test_rights import Visit
from tests.make import Shop

# number → what its page says · what it must not say
WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "FY-20260115-0001": (("费用单", "房租", "现金", "¥30.00", "<th>账户</th>"), ("仓库</th>", "应收")),
    "SR-20260115-0001": (("其他收入单", "废品", "微信"), ()),
    "ZZ-20260115-0001": (("资金调拨单", "现金 → 银行", "¥50.00"), ()),
    "DC-20260115-0001": (("对冲单", "川西商行", "GR-20260115-0001", "DN-20260115-0001"), ()),
    "HX-20260115-0001": (("核销单", "反核销", "放开", "SK-20260115-0001"), ()),
    "HX-20260115-0002": (("核销单", "SK-20260115-0001 → DN-20260115-0002", "DN-20260115-0002"), ("反核销",)),
    "HZ-20260115-0001": (("坏账抹零单", "抹零", "应收", "DN-20260115-0002"), ()),
    "LC-20260115-0001": (("补成本单", "运费", "李锦记旧庄蚝油 510g", "¥9.00", "GR-20260115-0001"), ()),
    "JB-20260115-0001": (("价保单", "价保", "GR-20260115-0001"), ()),
}


@pytest.fixture
def papers(lite_shop: Shop) -> Shop:
    shop, wang = lite_shop, lite_shop.parties["王记饭店"]
    both = {"name": "川西商行", "is_customer": True, "is_supplier": True, "terms": "30天"}
    shop.parties["川西商行"] = shop.run(SaveRecord("partner", both))["id"]
    shop.run(ReceiveGoods((shop.line("P3", 3, price="150"),), shop.parties["川西商行"]))
    shop.run(DeliverGoods((shop.line("P3", 1),), shop.parties["川西商行"]))
    shop.run(NetOff(shop.parties["川西商行"]))
    shop.run(DeliverGoods((shop.line("P1", 1),), wang))
    shop.run(TakePayment(wang, 12_500, "现金"))
    shop.run(ReopenItems("SK-20260115-0001", "DN-20260115-0002"))
    shop.run(SettleItems("SK-20260115-0001", ("DN-20260115-0002",), 11_900))
    shop.run(WriteOff(wang, 100, "DN-20260115-0002"))
    shop.run(SpendMoney(3_000, "房租", "现金"))
    shop.run(EarnMoney(500, "废品", "微信"))
    shop.run(MoveFunds(5_000, "现金", "银行"))
    shop.run(AddCost("GR-20260115-0001", 900))
    shop.run(CutPrice("GR-20260115-0001", 400))
    return shop


def test_every_money_document_has_its_page(papers: Shop, boss: Browser) -> None:
    listed = boss.get("/admin/document/list").text
    for number, (words, others) in WORDS.items():
        assert number in listed
        page = open_document(boss, number)
        for word in words:
            assert word in page, (number, word)
        for word in others:
            assert word not in page, (number, word)


def test_only_who_may_know_sees_them(papers: Shop, visit: Visit) -> None:
    seen = {name: visit(name).get("/admin/document/list").text for name in ("陈会计", "小周", "小刘", "阿强")}
    assert all(number in seen["陈会计"] for number in WORDS)
    for name in ("小刘", "阿强"):
        assert not [number for number in WORDS if number in seen[name] and number[:2] not in ("LC", "JB")]
    assert "LC-20260115-0001" in seen["小周"]
    assert "LC-20260115-0001" not in seen["小刘"]
    assert "¥9.00" not in seen["阿强"]


def test_the_three_accounts_stand_side_by_side(papers: Shop, visit: Visit) -> None:
    page = visit("陈会计").get("/admin/reconcile").text
    for word in ("三账一致", "川西商行", "王记饭店", "¥450.00", "海天金标生抽 500ml", "<progress"):
        assert word in page, word
    assert "这个月没有进货" in visit("陈会计").get("/admin/reconcile?month=2025-12").text
    assert "2026-01-15" in visit("陈会计").get("/admin/reconcile?month=胡说").text
    sales = visit("小刘").get("/admin/reconcile").text
    assert "出货：" in sales
    assert "进货：" not in sales
    assert visit("阿强").get("/admin/reconcile").status_code == 403
    assert "/admin/reconcile" not in visit("阿强").get("/admin/").text
