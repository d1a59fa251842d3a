"""句首一个词定了的事：每个例子自己听得懂；日常的话从不落到这里来。"""

import json
from datetime import date
from pathlib import Path

import pytest

from intents import BY_NAME, understand
from intents.frame import Catalog, Goods, Party, Place
from intents.office import BY_LEAD, LEADING, READS, Leading
from intents.to_command import TO_COMMAND
from intents.vocabulary import LEXICON

TODAY = date(2026, 1, 15)
CORPORA = [Path("tests/data/corpus/dev"), *sorted(Path("tests/data").glob("*_corpus"))]
OFFICE = {one.intent.name for one in LEADING}


@pytest.fixture(scope="module")
def shop() -> Catalog:
    goods = [
        Goods(1, "P1", "海天金标生抽", spec="500ml", base_unit="瓶", units={"瓶": 1000, "箱": 12000}),
        Goods(2, "P2", "海天老抽", spec="500ml", base_unit="瓶", units={"瓶": 1000, "箱": 12000}),
    ]
    parties = [
        Party(1, "K1", "张姐火锅", ("张姐",)),
        Party(2, "B1", "川西商行", (), True, True),
        Party(3, "S1", "成都总代", (), False, True),
    ]
    return Catalog(goods, parties, [Place(1, "W1", "主仓")])


@pytest.mark.parametrize("one", [one for one in LEADING if one.leads], ids=lambda one: one.intent.name)
def test_its_own_example_is_understood(one: Leading, shop: Catalog) -> None:
    frame = understand(one.intent.examples[0], None, shop, TODAY)
    assert (frame.intent, frame.outcome) == (one.intent.name, "answer" if one.intent.name in READS else "act")
    if one.intent.writes:
        assert TO_COMMAND[frame.intent](frame, shop) is not None


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("费用 房租", ("amount",)),
        ("核销 SK-20260115-0001", ("others",)),
        ("资金调拨 500", ("funds",)),
        ("换货 生抽 1箱 换 老抽 1箱", ("partner",)),
        ("补价 GR-20260115-0001 生抽", ("lines[0].price",)),
        ("冻结", ("lines[0].product",)),
        ("结账到", ("date",)),
    ],
)
def test_what_is_missing_is_asked(text: str, missing: tuple[str, ...], shop: Catalog) -> None:
    frame = understand(text, None, shop, TODAY)
    assert (frame.outcome, frame.missing) == ("ask", missing)


@pytest.mark.parametrize("text", ["解冻坏了3箱生抽", "召回了吗", "签收了吗 DN-20260115-0001", "费用多少"])
def test_talking_about_it_is_not_doing_it(text: str, shop: Catalog) -> None:
    frame = understand(text, None, shop, TODAY)
    assert not (frame.intent in OFFICE and frame.outcome == "act")


def test_a_number_that_was_not_read_is_never_ignored(shop: Catalog) -> None:
    assert understand("签收 DN-20260115-0001 300", None, shop, TODAY).outcome != "act"
    assert understand("费用 房租 3000 4000", None, shop, TODAY).outcome != "act"


def test_the_leading_words_mean_nothing_else() -> None:
    """decision 25: one closed list, disjoint from every trigger; 结账 alone may also be half of “跟我结账”."""
    taken = {
        lead for lead in BY_LEAD if any(role.startswith(("do:", "topic:")) for role in LEXICON.get(lead, ()))
    }
    assert not taken
    assert set(BY_NAME) >= OFFICE


@pytest.mark.parametrize("corpus", CORPORA, ids=lambda path: path.name)
def test_everyday_talk_never_lands_here(corpus: Path) -> None:
    catalog = Catalog.from_csv(corpus)
    cases = [json.loads(row) for row in (corpus / "cases.jsonl").read_text(encoding="utf-8").splitlines()]
    landed = [
        case["text"]
        for case in cases
        if not case.get("context")
        and understand(case["text"], None, catalog, date.fromisoformat(case["today"])).intent in OFFICE
    ]
    assert landed == []
