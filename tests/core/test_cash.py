"""费用、其他收入、资金调拨：钱从哪个账户出、进哪个账户；不够不让出。"""

import pytest
from sqlalchemy import select

from bot.replies import posted, preview
from core.accounts import account, entry, fund
from core.books.day_book import day_book
from core.commands import EarnMoney, KeepFund, MoveFunds, ReverseDocument, SpendMoney, TakePayment
from core.documents import document, document_line
from core.errors import Blocked, Clash, Invalid, Need, NotAllowed, NotEnough
from core.execute import preview as look
from core.proof import prove
from tests.make import TODAY, Shop


def funds(shop: Shop) -> dict[str, int]:
    rows = shop.rows(
        select(account.c.name, fund.c.balance_fen).join(account, account.c.id == fund.c.account_id)
    )
    return {row.name: row.balance_fen for row in rows if row.balance_fen}


def test_money_out_in_and_across(shop: Shop) -> None:
    shop.run(TakePayment(shop.parties["王记饭店"], 500_000, "现金"), by="陈会计")
    rent = shop.run(SpendMoney(300_000, "店租", "现金"), by="陈会计")
    scrap = shop.run(EarnMoney(5_000, "卖废品", "微信"), by="陈会计")
    moved = shop.run(MoveFunds(120_000, "现金", "对公"), by="陈会计")
    assert [one["number"][:2] for one in (rent, scrap, moved)] == ["FY", "SR", "ZZ"]
    assert funds(shop) == {"现金": 80_000, "微信": 5_000, "银行": 120_000}
    assert (
        shop.one(select(document_line.c.reason).where(document_line.c.document_id == rent["document_id"]))
        == "房租"
    )
    assert posted(moved, shop.people["陈会计"]).text.split("\n")[:4] == [
        "✓ 已调拨资金 ZZ-20260115-0001",
        "调拨资金 ¥1,200.00（现金 → 银行）",
        "现金 余额 ¥800.00",
        "银行 余额 ¥1,200.00",
    ]
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []
        day = day_book(conn, shop.company_id, TODAY)
    assert (day.expenses_fen, day.other_income_fen) == (300_000, 5_000)
    shop.run(ReverseDocument(rent["number"]), by="陈会计")
    with shop.books.read() as conn:
        assert day_book(conn, shop.company_id, TODAY).expenses_fen == 0


def test_a_fund_does_not_go_below_zero_unless_it_may(shop: Shop) -> None:
    shop.run(TakePayment(shop.parties["王记饭店"], 10_000, "现金"))
    with pytest.raises(NotEnough, match=r"现金 余额只有 ¥100\.00，不够付 ¥100\.01。换个账户"):
        shop.run(SpendMoney(10_001, "水电", "现金"))
    with pytest.raises(NotEnough):
        shop.run(MoveFunds(1, "银行", "现金"))
    shop.run(KeepFund("现金", overdraft=True))
    shop.run(SpendMoney(10_001, "水电", "现金"))
    assert funds(shop) == {"现金": -1}
    with pytest.raises(Invalid, match=r"现金 还欠着 ¥0\.01，先把钱补进去"):
        shop.run(KeepFund("现金", overdraft=False))
    shop.run(EarnMoney(1, "利息", "现金"))
    shop.run(KeepFund("现金", overdraft=False))
    with pytest.raises(NotEnough):
        shop.run(SpendMoney(1, "水电", "现金"))


def test_a_fund_of_ones_own(shop: Shop) -> None:
    made = shop.run(KeepFund("招行卡"), by="陈会计")
    assert posted(made, shop.boss).text == "✓ 已开账户\n招行卡"
    shop.run(TakePayment(shop.parties["王记饭店"], 100, "招行卡"))
    assert funds(shop) == {"招行卡": 100}
    with pytest.raises(Clash, match=r"账户“招行卡”已经有了：余额 ¥1\.00"):
        shop.run(KeepFund("招行卡"))
    with pytest.raises(Clash, match="科目“应收”已经有了"):
        shop.run(KeepFund("应收"))
    with pytest.raises(NotAllowed, match="准许透支"):
        shop.run(KeepFund("招行卡", overdraft=True), by="陈会计")
    with pytest.raises(Invalid, match="账户要有名字"):
        shop.run(KeepFund("  "))
    with shop.books.read() as conn:
        assert prove(conn, shop.company_id) == []


def test_income_that_is_spent_cannot_be_undone(shop: Shop) -> None:
    earned = shop.run(EarnMoney(5_000, "利息", "银行"))
    shop.run(MoveFunds(4_000, "银行", "现金"))
    with pytest.raises(Blocked, match=r"银行 余额只有 ¥10\.00，退不出 ¥50\.00"):
        shop.run(ReverseDocument(earned["number"]))


def test_what_it_was_for_is_asked_not_guessed(shop: Shop) -> None:
    shop.run(TakePayment(shop.parties["王记饭店"], 10_000, "现金"))
    with pytest.raises(Need, match=r"这笔费用 ¥30\.00 是什么？回序号。") as asked:
        shop.run(SpendMoney(3_000, "买东西", "现金"))
    assert (asked.value.slot, asked.value.choices[0].label) == ("reason", "房租")
    with pytest.raises(Need, match="写一句是什么"):
        shop.run(SpendMoney(3_000, "其他", "现金"))
    result = shop.run(SpendMoney(3_000, "其他", "现金", note="买扫帚"))
    assert shop.one(select(document.c.note).where(document.c.id == result["document_id"])) == "买扫帚"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (SpendMoney(0, "房租"), "费用金额要大于 0"),
        (EarnMoney(10**14, "利息"), "金额大得不像真的"),
        (MoveFunds(100, "现金", "现付"), "转出和转入是同一个账户"),
        (MoveFunds(100, "现金", ""), "从哪个账户到哪个账户"),
        (MoveFunds(100, "现金", "余额宝"), "没有“余额宝”这个账户，可以用：现金、微信"),
    ],
)
def test_refusals_say_what_to_do(shop: Shop, command: object, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        shop.run(command)


def test_only_who_keeps_the_cash(shop: Shop) -> None:
    for name in ("老陈", "小周", "小刘"):
        with pytest.raises(NotAllowed, match="费用和资金"):
            shop.run(SpendMoney(100, "房租"), by=name)


def test_the_account_filled_in_is_marked(shop: Shop) -> None:
    shop.run(TakePayment(shop.parties["王记饭店"], 10_000, "现金"))
    prepared = look(shop.books, shop.boss, SpendMoney(100, "税"), shop.now)
    assert prepared.defaulted == ["账户按默认 现金"]
    text = preview(prepared.card, shop.boss, "7F3A", prepared.defaulted, prepared.warnings).text
    assert text.startswith("请确认记费用\n税费\n记费用 ¥1.00（现金）\n现金 余额 ¥99.00\n※ 账户按默认 现金")


def test_a_move_from_fund_to_fund_is_one_entry(shop: Shop) -> None:
    shop.run(TakePayment(shop.parties["王记饭店"], 10_000, "现金"))
    moved = shop.run(MoveFunds(100, "现金", "银行"))
    names = {row.id: row.name for row in shop.rows(select(account.c.id, account.c.name))}
    rows = shop.rows(select(entry).where(entry.c.document_id == moved["document_id"]))
    assert [(names[row.source_id], names[row.target_id], row.amount) for row in rows] == [
        ("现金", "银行", 100)
    ]
