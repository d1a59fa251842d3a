"""话的架子：谁的谁、一行一种规格、没来的那一样、对照的数、先亮货再说事；拿不准的照旧要问。"""

from datetime import date

import pytest

from intents import dialogue, questions, understand
from intents.frame import Catalog, Goods, Party, Place

TODAY = date(2026, 3, 10)
PAIR, PIECE = {"双": 1000, "箱": 10000}, {"顶": 1000, "箱": 20000}
JIN = {"斤": 1000, "袋": 50000}


@pytest.fixture(scope="module")
def shop() -> Catalog:
    goods = [
        *(Goods(i, f"S{i}", "铁牛安全鞋", "铁牛", f"{39 + i}码", "鞋", "双", PAIR) for i in (1, 2, 3)),
        *(Goods(10 + i, f"H{c}", "护航安全帽", "护航", c, "帽", "顶", PIECE) for i, c in enumerate("黄红白")),
        Goods(20, "T1", "土豆", "", "", "菜", "斤", JIN),
        Goods(21, "T2", "净菜土豆丝", "", "500g", "菜", "袋", {"袋": 1000}),
        Goods(22, "T3", "山东生姜", "", "", "菜", "斤", JIN),
    ]
    people = [Party(1, "K1", "和顺建筑", ("和顺",)), Party(2, "G1", "老窖沟菜场", ("菜场",), False, True)]
    return Catalog(goods, people, [Place(1, "W1", "主仓"), Place(2, "W2", "北门仓")])


def read(said: str, shop: Catalog) -> tuple[str, str, list[tuple[str, str, str]]]:
    frame = understand(said, None, shop, TODAY)
    lines = frame.slots.get("lines") or []
    return frame.outcome, frame.intent, [(one["product"], one.get("qty"), one.get("unit")) for one in lines]


@pytest.mark.parametrize(
    ("said", "intent", "lines"),
    [
        ("安全鞋到货：40码2箱 41码5箱 42码7双", "stock_in", [("S1", "2", "箱"), ("S2", "5", "箱"), ("S3", "7", "双")]),
        ("护航安全帽 黄色10箱 红色5箱 白的2箱 入库", "stock_in", [("H黄", "10", "箱"), ("H红", "5", "箱"), ("H白", "2", "箱")]),
        ("和顺工地刚拖走土豆6袋", "stock_out", [("T1", "6", "袋")]),
        ("和顺的菜送过去了 土豆3袋", "stock_out", [("T1", "3", "袋")]),
        ("和顺出库 土豆3袋 生姜5斤，土豆丝没来", "stock_out", [("T1", "3", "袋"), ("T3", "5", "斤")]),
        ("盘点 土豆3袋 土豆丝没了 生姜5斤", "stocktake", [("T1", "3", "袋"), ("T3", "5", "斤"), ("T2", "0", "袋")]),
        ("菜窖房领生姜五斤", "pick_materials", [("T3", "5", "斤")]),
        ("和顺再补10斤生姜 还有土豆5斤", "sales_order", [("T3", "10", "斤"), ("T1", "5", "斤")]),
        ("北门仓放不下了，土豆调3袋到主仓", "transfer", [("T1", "3", "袋")]),
    ],
)  # fmt: skip
def test_the_frame_of_a_sentence(said: str, intent: str, lines: list[object], shop: Catalog) -> None:
    assert read(said, shop) == ("act", intent, lines)


@pytest.mark.parametrize(
    "said",
    [
        "和顺二店要土豆3袋",  # perhaps another customer
        "老妈家土豆3袋入库",  # a word before the name that this shop does not know
        "大兴工地刚拖走土豆6袋",  # nobody knows whose site
        "和顺等批下单土豆3袋",
        "和顺 款到再发：土豆3袋",
        "土豆3袋入库，3月7号的土豆",  # the day of the goods or of the paper
    ],
)
def test_what_could_be_important_is_asked(said: str, shop: Catalog) -> None:
    assert read(said, shop)[0] != "act"


def test_two_labelled_days_are_two_days(shop: Catalog) -> None:
    frame = understand("到货 生姜 15袋 生产日期2026-02-20 到期2026-06-19", None, shop, TODAY)
    (line,) = frame.slots["lines"]
    assert (frame.outcome, line["production_date"], line["expiry_date"]) == (
        "act",
        "2026-02-20",
        "2026-06-19",
    )


def test_a_number_said_not_to_be_meant_is_not_meant(shop: Catalog) -> None:
    held = {"pending": "fill", "frame": understand("入库 生姜", None, shop, TODAY).to_dict()}
    frame = understand("二十斤 不是二十袋哦", held, shop, TODAY)
    assert (frame.outcome, frame.slots["lines"][0]["qty"], frame.slots["lines"][0]["unit"]) == (
        "act",
        "20",
        "斤",
    )


@pytest.mark.parametrize(
    ("shown", "said", "intent"),
    [
        ("T1", "出库 和顺 2袋", "stock_out"),
        ("T1", "3袋入库", "stock_in"),
        ("T1", "还有多少", "query_stock"),
        ("T1", "多少钱", "query_price"),
        ("T1 T3", "入库 各5袋", "stock_in"),
    ],
)
def test_goods_shown_first_are_what_the_next_sentence_is_about(
    shown: str, said: str, intent: str, shop: Catalog
) -> None:
    """Two messages are read as one; a shown product alone is never a command."""
    state, step = dialogue.step({}, understand(shown, None, shop, TODAY))
    assert isinstance(step, dialogue.Ask)
    frame = understand(said, state, shop, TODAY)
    named = frame.slots.get("products") or [line["product"] for line in frame.slots["lines"]]
    assert (frame.intent, named) == (intent, shown.split())
    assert frame.outcome == ("answer" if intent.startswith("query") else "act")
    assert understand("入库", state, shop, TODAY).outcome == "ask"
    assert understand("不要了", state, shop, TODAY).intent == "cancel"


def test_a_column_named_date_is_the_day_of_the_paper(shop: Catalog) -> None:
    """Said twice, with another day before: found by scrambling, it once broke the reading."""
    frame = understand("和顺退货 土豆 3斤 日期3月2号", None, shop, TODAY)
    assert (frame.outcome, frame.slots["date"]) == ("act", "2026-03-02")
    assert (
        understand("3月1号和顺退货土豆给生产日期20260301生产日期20260301", None, shop, TODAY).outcome != "act"
    )


def test_what_is_asked_of_a_line_the_bill_does_not_have_is_still_a_question(shop: Catalog) -> None:
    """“再加” with no number while a bill waits to be confirmed: the bill has one line, the question is about another."""
    held = understand("入库 土豆 3袋", None, shop, TODAY)
    state, _ = dialogue.step({}, held)
    frame = understand("生姜 1 再加", state, shop, TODAY)
    assert frame.outcome == "ask"
    assert questions.word(frame, shop, state).text
