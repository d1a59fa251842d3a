"""叫法：教给谁就对谁算数，更窄的先算；收得回，别人教的收不回。"""

import pytest

from bot.shelf import Shelf
from core.commands import ForgetName, LearnName
from core.errors import Clash, Invalid, Need, NotAllowed, NotFound
from intents import understand
from tests.make import TODAY, Shop


def heard(shop: Shop, name: str, text: str) -> str | None:
    """The product a message is understood to mean when this person says it; None when it is asked about."""
    catalog = Shelf(shop.books, shop.company_id).catalog().heard_from(shop.people[name].id)
    lines = understand(text, None, catalog, TODAY).slots.get("lines") or [{}]
    code = lines[0].get("product")
    return catalog.goods_by_code[code].name if code else None


def test_for_one_customer_only(shop: Shop) -> None:
    zhang = shop.parties["张姐火锅"]
    shop.run(LearnName("黑酱油", shop.goods["P2"], "partner", zhang), by="小刘")
    assert heard(shop, "小刘", "张姐要黑酱油 1箱") == "海天老抽"
    assert heard(shop, "老陈", "张姐要黑酱油 1箱") == "海天老抽"
    assert heard(shop, "小刘", "王记要黑酱油 1箱") is None


def test_for_oneself_only(shop: Shop) -> None:
    shop.run(LearnName("黑酱油", shop.goods["P2"], "mine"), by="老陈")
    assert heard(shop, "老陈", "入库 黑酱油 1箱") == "海天老抽"
    assert heard(shop, "小周", "入库 黑酱油 1箱") is None


def test_the_narrowest_meaning_wins(shop: Shop) -> None:
    shop.run(LearnName("黑酱油", shop.goods["P2"], "all"))
    shop.run(LearnName("黑酱油", shop.goods["P1"], "partner", shop.parties["张姐火锅"]), by="小刘")
    assert heard(shop, "小刘", "张姐要黑酱油 1箱") == "海天金标生抽"
    assert heard(shop, "小刘", "王记要黑酱油 1箱") == "海天老抽"


def test_said_again_it_is_replaced_and_says_what_it_was(shop: Shop) -> None:
    shop.run(LearnName("黑酱油", shop.goods["P1"], "mine"), by="老陈")
    again = shop.run(LearnName("黑酱油", shop.goods["P2"], "mine"), by="老陈")
    assert again["instead_of"].startswith("海天金标生抽")
    assert heard(shop, "老陈", "入库 黑酱油 1箱") == "海天老抽"


def test_only_who_keeps_the_master_data_teaches_everybody(shop: Shop) -> None:
    with pytest.raises(NotAllowed):
        shop.run(LearnName("黑酱油", shop.goods["P2"], "all"), by="小刘")


@pytest.mark.parametrize("word", ["抽", "12345", "长" * 21])
def test_what_is_no_name(shop: Shop, word: str) -> None:
    with pytest.raises(Invalid):
        shop.run(LearnName(word, shop.goods["P2"], "mine"), by="小刘")


def test_another_products_own_name_stays_its_own(shop: Shop) -> None:
    with pytest.raises(Clash, match="本来就是"):
        shop.run(LearnName("海天金标生抽", shop.goods["P2"], "mine"), by="小刘")


def test_taken_back_by_who_told_it(shop: Shop) -> None:
    shop.run(LearnName("黑酱油", shop.goods["P2"], "mine"), by="老陈")
    with pytest.raises(NotFound):
        shop.run(ForgetName("黑酱油"), by="小刘")
    shop.run(ForgetName("黑酱油"), by="老陈")
    assert heard(shop, "老陈", "入库 黑酱油 1箱") is None


def test_told_twice_it_asks_which_to_forget(shop: Shop) -> None:
    shop.run(LearnName("黑酱油", shop.goods["P2"], "mine"), by="小刘")
    shop.run(LearnName("黑酱油", shop.goods["P1"], "partner", shop.parties["张姐火锅"]), by="小刘")
    with pytest.raises(Need) as asked:
        shop.run(ForgetName("黑酱油"), by="小刘")
    first = asked.value.choices[0].fill["alias_id"]
    shop.run(ForgetName("黑酱油", int(first)), by="小刘")
    shop.run(ForgetName("黑酱油"), by="小刘")
