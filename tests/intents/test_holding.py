"""话说得再全,带一句“还没定、先不办、不作数”就不能办;只是顺口的叮嘱照办不误。"""

from datetime import date
from pathlib import Path

import pytest

from intents import understand
from intents.frame import Catalog, Goods, Party

TODAY = date(2026, 1, 15)
DATA = Path(__file__).parent.parent / "data"
UNITS = {"瓶": 1000, "箱": 12000}
HELD = DATA.joinpath("held_back.txt").read_text(encoding="utf-8").split()
ASIDES = DATA.joinpath("asides.txt").read_text(encoding="utf-8").split()
HALF_SAID = DATA.joinpath("half_said.txt").read_text(encoding="utf-8").splitlines()
WHOLE = "张姐下单 蚝油 3箱 {}|张姐下单 蚝油 3箱,{}|张姐下单蚝油3箱{}|味佳送来蚝油3箱 {}|老王拉走蚝油3箱 {}|张姐要\n蚝油 3箱\n{}"
AFTER = WHOLE.split("|")
BEFORE = ("{},张姐下单 蚝油 3箱", "{} 张姐要蚝油3箱")
MISTAKES = tuple("错不")  # 说在前头是在说上一句错了,后面那句是对的


@pytest.fixture(scope="module")
def shop() -> Catalog:
    names = (("P1", "海天生抽", "500ml"), ("P2", "海天老抽", "500ml"), ("P3", "李锦记蚝油", "510g"))
    goods = [
        Goods(i, code, name, "", spec, base_unit="瓶", units=UNITS)
        for i, (code, name, spec) in enumerate(names, 1)
    ]
    people = [Party(1, "K1", "张姐火锅", ("张姐",)), Party(2, "K2", "王记饭店", ("老王",))]
    return Catalog(goods, [*people, Party(3, "S1", "味佳食品", ("味佳",), False, True)], [])


def acted(shop: Catalog, words: list[str], forms: list[str]) -> list[str]:
    texts = [form.format(word) for word in words for form in forms]
    return [text for text in texts if understand(text, None, shop, TODAY).outcome == "act"]


def test_a_whole_command_that_is_held_back_never_acts(shop: Catalog) -> None:
    assert acted(shop, HELD, AFTER) == []


def test_nor_when_the_holding_back_comes_first(shop: Catalog) -> None:
    words = [word for word in HELD if not any(char in word for char in MISTAKES)]
    assert acted(shop, words, list(BEFORE)) == []


def test_asides_are_no_reason_to_stop(shop: Catalog) -> None:
    forms = AFTER[:2]
    texts = {form.format(word) for word in ASIDES for form in forms}
    assert texts - set(acted(shop, ASIDES, forms)) == set()


def test_a_second_number_or_a_second_thing_is_asked_about(shop: Catalog) -> None:
    assert acted(shop, HALF_SAID, ["{}"]) == []


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("老王退蚝油2箱 发错了", "act"),
        ("老王退蚝油2箱 不要了", "act"),
        ("老王退蚝油2箱 有问题", "act"),
        ("张姐要蚝油3箱 发错了", "ask"),
        ("说错了 张姐要蚝油3箱", "act"),
        ("张姐要蚝油3箱 预计明天到", "act"),
        ("张姐要蚝油3箱 明天下午送", "act"),
    ],
)
def test_reasons_and_dates_keep_their_meaning(text: str, outcome: str, shop: Catalog) -> None:
    found = understand(text, None, shop, TODAY).outcome
    assert (found == "act") == (outcome == "act")
