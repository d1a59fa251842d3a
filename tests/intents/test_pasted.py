"""粘过来的聊天、点名改一行、方言：读法和平常的话一样。"""

from datetime import date

import pytest

from intents import dialogue, understand
from intents.dialect import standard
from intents.forwarded import unwrap
from intents.frame import Catalog, Frame, Goods, Party

TODAY = date(2026, 1, 15)
UNITS = {"瓶": 1000, "箱": 12000}


@pytest.fixture(scope="module")
def shop() -> Catalog:
    names = (
        ("P1", "海天生抽", "500ml"),
        ("P2", "海天生抽", "1.9L"),
        ("P3", "海天老抽", "500ml"),
        ("P4", "李锦记蚝油", "510g"),
    )
    goods = [
        Goods(i, code, name, "", spec, base_unit="瓶", units=UNITS)
        for i, (code, name, spec) in enumerate(names, 1)
    ]
    return Catalog(goods, [Party(1, "K1", "张姐火锅", ("张姐",)), Party(2, "K2", "王记饭店", ("老王",))], [])  # fmt: skip


@pytest.mark.parametrize(
    "pasted",
    [
        "张姐 10:23\n蚝油3箱\n张姐 10:24\n明早送",
        "张姐  2026/1/15 10:23:05\n蚝油3箱\n明早送",
        "2026-01-15 10:23 张姐\n蚝油3箱 明早送",
        "张姐和小刘的聊天记录\n张姐 昨天 22:10\n蚝油3箱\n明早送[抱拳]",
    ],
)
def test_the_heads_of_a_pasted_chat_say_who(pasted: str, shop: Catalog) -> None:
    frame = understand(pasted, None, shop, TODAY)
    assert (frame.outcome, frame.intent) == ("act", "sales_order")
    assert frame.slots == {
        "partner": "K1",
        "lines": [{"product": "P4", "qty": "3", "unit": "箱"}],
        "date": "2026-01-16",
    }


def test_what_is_no_chat_is_left_alone(shop: Catalog) -> None:
    for text in ("入库 蚝油 3箱", "张姐要\n蚝油 3箱\n老抽 2箱", "10:30送到\n蚝油 3箱"):
        assert unwrap(text, shop.directory).count("蚝油 3箱") == 1
    assert unwrap("张姐要\n蚝油 3箱", shop.directory) == "张姐要\n蚝油 3箱"


def test_two_customers_in_one_paste_are_not_merged(shop: Catalog) -> None:
    frame = understand("张姐 10:23\n蚝油3箱\n老王 10:24\n老抽2箱", None, shop, TODAY)
    assert frame.outcome != "act"


def talk(shop: Catalog, *said: str) -> tuple[dict[str, object], Frame]:
    state: dict[str, object] = dialogue.new()
    frame = Frame("chat", "chitchat")
    for text in said:
        frame = understand(text, state, shop, TODAY)
        state, _ = dialogue.step(state, frame)
    return state, Frame.from_dict(state["frame"] or {})  # type: ignore[arg-type]


def lines(frame: Frame) -> list[tuple[str | None, str | None, str | None]]:
    return [(line.get("product"), line.get("qty"), line.get("unit")) for line in frame.slots["lines"]]


def test_any_line_answers_to_its_number(shop: Catalog) -> None:
    draft = "张姐下单 生抽5箱 老抽2箱 蚝油来点"
    _, frame = talk(shop, draft, "第三个要3箱")
    assert lines(frame) == [(None, "5", "箱"), ("P3", "2", "箱"), ("P4", "3", "箱")]
    _, frame = talk(shop, draft, "2 不要")
    assert lines(frame) == [(None, "5", "箱"), ("P4", None, None)]
    _, frame = talk(shop, draft, "第一个要1.9L的", "3 改3箱")
    assert (frame.outcome, lines(frame)) == ("act", [("P2", "5", "箱"), ("P3", "2", "箱"), ("P4", "3", "箱")])


def test_one_question_at_a_time(shop: Catalog) -> None:
    """An answer fills the line that was asked about, never all that are open."""
    _, frame = talk(shop, "张姐下单 老抽来点 蚝油来点", "3箱")
    assert lines(frame) == [("P3", "3", "箱"), ("P4", None, None)]


def test_a_unit_answers_for_all_lines_that_lack_it(shop: Catalog) -> None:
    _, frame = talk(shop, "张姐下单 老抽5 蚝油3", "箱")
    assert lines(frame) == [("P3", "5", "箱"), ("P4", "3", "箱")]


@pytest.mark.parametrize("text", ["9 不要", "5个改成6个", "3"])
def test_a_number_that_is_no_line_changes_nothing(text: str, shop: Catalog) -> None:
    before = lines(talk(shop, "张姐下单 老抽5箱 蚝油3箱")[1])
    assert lines(talk(shop, "张姐下单 老抽5箱 蚝油3箱", text)[1]) == before


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("听日要3箱", "明天要3箱"),
        ("仲有冇货", "还有没有货"),
        ("唔系10箱 系8箱", "不是10箱 是8箱"),
        ("生抽几钱一箱", "生抽多少钱一箱"),
        ("关系户", "关系户"),
        ("整箱卖", "整箱卖"),
    ],
)
def test_dialect_becomes_standard_and_nothing_else_does(said: str, meant: str) -> None:
    assert standard(said) == meant


@pytest.mark.parametrize(
    "tail",
    [
        "等我消息",
        "暂缓",
        "她反悔了",
        "客户变卦了",
        "算错了",
        "停一下",
        "退掉算了",
        "慢点录",
        "先别弄了",
        "别搞了",
        "莫弄了",
        "不要搞",
        "先不要搞",
        "别拖了",
        "别放了",
        "别送了",
    ],
)
def test_stopping_is_not_a_remark(tail: str, shop: Catalog) -> None:
    assert understand(f"张姐下单 蚝油 3箱 {tail}", None, shop, TODAY).outcome != "act"


@pytest.mark.parametrize(
    "tail", ["别压坏了", "记得别送错", "千万别忘了", "别弄错了", "不要搞混了", "别放太久"]
)
def test_a_word_of_care_stops_nothing(tail: str, shop: Catalog) -> None:
    assert understand(f"张姐下单 蚝油 3箱 {tail}", None, shop, TODAY).outcome == "act"
