"""一问一答:补、选、改、换话题、取消、选错号。"""

from dataclasses import dataclass, field

import pytest

from intents import dialogue, questions, understand
from intents.dialogue import Ask, Do, Drop, Fire, Query, Say
from intents.frame import Catalog, Frame
from tests.intents.conftest import TODAY


class Talk:
    """一段对话。"""

    def __init__(self, shop: Catalog) -> None:
        self.shop, self.state = shop, dialogue.new()
        self.frame = Frame("chat", "greet")

    def say(self, text: str) -> dialogue.Next:
        self.frame = understand(text, self.state, self.shop, TODAY)
        self.state, following = dialogue.step(self.state, self.frame)
        return following

    @property
    def slots(self) -> dict:
        return self.state["frame"]["slots"]


@pytest.fixture
def talk(shop: Catalog) -> Talk:
    return Talk(shop)


def test_fill_quantity_then_confirm(talk: Talk) -> None:
    assert isinstance(talk.say("入库 小金标"), Ask)
    assert isinstance(talk.say("20箱"), Do)
    assert talk.slots["lines"] == [{"product": "JY001", "qty": "20", "unit": "箱"}]
    assert isinstance(talk.say("确认"), Fire)


def test_fill_unit_partner_and_amount(talk: Talk) -> None:
    talk.say("入库 小金标 20")
    assert isinstance(talk.say("瓶"), Do)
    assert talk.slots["lines"][0]["unit"] == "瓶"
    talk.say("下单红牛10箱")
    assert isinstance(talk.say("老王"), Do)
    assert talk.slots["partner"] == "KH006"
    talk.say("收款 川味园")
    assert isinstance(talk.say("一千二"), Do)
    assert talk.slots["amount"] == "1200.00"


def test_select_by_number_and_by_words(talk: Talk) -> None:
    assert isinstance(talk.say("入库 海天金标生抽 20箱"), Ask)
    assert [option["number"] for option in talk.state["options"]] == [1, 2]
    assert isinstance(talk.say("2"), Do)
    assert talk.slots["lines"][0]["product"] == "JY002"
    talk.say("出库 蒸鱼豉油 3箱")
    assert isinstance(talk.say("李锦记的"), Do)
    assert talk.slots["lines"][0]["product"] == "JY013"
    talk.say("蜀香源 火锅牛油10箱")
    assert isinstance(talk.say("建设路的"), Do)
    assert talk.slots["partner"] == "KH003"


def test_bad_number_keeps_the_question(talk: Talk) -> None:
    talk.say("入库 海天金标生抽 20箱")
    assert isinstance(talk.say("9"), Ask)
    assert talk.frame.missing == ("index",)
    assert talk.state["pending"] == "select"
    assert isinstance(talk.say("1"), Do)


@pytest.mark.parametrize("text", ["都不是", "不要了", "算了", "取消"])
def test_none_of_these_drops(text: str, talk: Talk) -> None:
    talk.say("入库 海天金标生抽 20箱")
    assert isinstance(talk.say(text), Drop)
    assert talk.state["pending"] == "none"


def test_two_choices_one_after_the_other(talk: Talk) -> None:
    talk.say("蜀香源下单 草菇老抽 2箱")
    assert isinstance(talk.say("1"), Ask)
    assert isinstance(talk.say("2"), Do)
    assert talk.slots["partner"].startswith("KH00")
    assert talk.slots["lines"][0]["product"] in ("JY009", "JY017")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("不对,是30箱", {"qty": "30", "unit": "箱"}),
        ("改成30箱", {"qty": "30", "unit": "箱"}),
        ("错了,是大金标", {"product": "JY002"}),
        ("价格改成62", {"price": "62.00"}),
        ("是10瓶不是20箱", {"qty": "10", "unit": "瓶"}),
        ("批号JB261101", {"batch": "JB261101"}),
        ("生产日期11月1号", {"production_date": "2026-11-01"}),
    ],
)
def test_correct(text: str, expected: dict, talk: Talk) -> None:
    talk.say("入库 小金标 20箱")
    assert isinstance(talk.say(text), Do)
    line = talk.slots["lines"][0]
    assert {key: line.get(key) for key in expected} == expected


def test_add_and_remove_a_line(talk: Talk) -> None:
    talk.say("渝家老灶报单 毛肚3箱 黄喉2箱")
    talk.say("再加两箱虾滑")
    talk.say("黄喉不要了")
    talk.say("毛肚改成5箱")
    assert [(line["product"], line["qty"]) for line in talk.slots["lines"]] == [
        ("LD007", "5"),
        ("LD012", "2"),
    ]


def test_change_customer_and_warehouse(talk: Talk) -> None:
    talk.say("出库 红牛 5箱 给东客超市")
    talk.say("客户搞错了,是老王")
    assert talk.slots["partner"] == "KH006"
    talk.say("调拨 红牛 10箱 主仓到春熙路店")
    talk.say("从青白江调,不是主仓")
    assert (talk.slots["warehouse"], talk.slots["to_warehouse"]) == ("CK04", "CK03")


def test_query_is_answered_and_the_question_stays(talk: Talk) -> None:
    talk.say("采购下单 火锅牛油 30箱")
    assert isinstance(talk.say("查库存 火锅牛油"), Query)
    assert talk.state["pending"] == "fill"
    assert isinstance(talk.say("牛油厂"), Do)


def test_new_command_takes_over(talk: Talk) -> None:
    talk.say("入库 小金标")
    assert isinstance(talk.say("出库 红牛 5箱"), Do)
    assert talk.state["frame"]["intent"] == "stock_out"


def test_go_on_asking(talk: Talk) -> None:
    talk.say("红牛库存")
    talk.say("那加多宝呢")
    assert (talk.frame.intent, talk.frame.slots["products"]) == ("query_stock", ["YL016"])
    talk.say("川味园本月销售额")
    talk.say("上个月呢")
    assert talk.frame.slots == {"partner": "KH001", "period": {"from": "2026-10-01", "to": "2026-10-31"}}


def test_one_confirms_only_when_nothing_is_to_choose(talk: Talk) -> None:
    talk.say("入库 小金标 20箱")
    assert isinstance(talk.say("1"), Fire)
    talk.say("入库 海天金标生抽 20箱")
    assert isinstance(talk.say("1"), Do)


def test_coded_confirmation_works_anywhere(talk: Talk) -> None:
    following = talk.say("确认 7F3A")
    assert isinstance(following, Fire)
    assert following.frame.slots == {"code": "7F3A"}


@pytest.mark.parametrize("text", ["确认", "好的", "1", "嗯"])
def test_nothing_to_confirm(text: str, talk: Talk) -> None:
    assert not isinstance(talk.say(text), Fire | Do)


def test_approval(talk: Talk) -> None:
    talk.state = {
        **dialogue.new(),
        "pending": "approve",
        "frame": {"intent": "approve", "slots": {"document_no": "PO-20261120-0001"}},
    }
    assert isinstance(talk.say("同意"), Do)
    assert talk.frame.slots == {"document_no": "PO-20261120-0001"}
    talk.state = {
        **dialogue.new(),
        "pending": "approve",
        "frame": {"intent": "approve", "slots": {"document_no": "PO-20261120-0001"}},
    }
    talk.say("不批,库存还多")
    assert (talk.frame.intent, talk.frame.slots["note"]) == ("refuse", "库存还多")


@dataclass(frozen=True)
class Choice:
    label: str
    fill: dict = field(default_factory=dict)
    number: int | None = None


def test_the_books_may_ask_too(talk: Talk) -> None:
    talk.say("入库 小金标 20箱")
    frame = Frame.from_dict(talk.state["frame"])
    choices = (
        Choice("成都味佳", {"partner": "GY001"}),
        Choice("先不记(其他入库)", {"partner": None, "note": "其他入库"}),
    )
    talk.state = dialogue.ask_need(talk.state, frame, "partner", "谁送来的?", choices)
    assert talk.state["pending"] == "select"
    assert isinstance(talk.say("1"), Do)
    assert talk.slots["partner"] == "GY001"


def test_every_ask_has_a_sentence(talk: Talk) -> None:
    for text in (
        "入库 生抽 20箱",
        "入库 小金标",
        "入库 小金标 20",
        "下单红牛10箱",
        "入库 洗衣机 2台",
        "出库 旧庄蚝油 5板",
        "入库 小金标 -5箱",
        "小金标 20箱",
        "你好",
        "帮助",
        "退货 旧庄蚝油 2瓶",
        "入库 红牛 5箱 出库 加多宝 3箱",
        "调10箱红牛到春熙路店",
        "收款 蜀香源 3000",
        "驳回",
        "asdf",
        "给大龙燚火锅下单 毛肚 5箱",
    ):
        talk.state = dialogue.new()
        following = talk.say(text)
        assert isinstance(following, Ask | Say | Query)
        sentence = questions.word(talk.frame, talk.shop, talk.state)
        assert 0 < len(sentence.text) < 700


def test_put_writes_anywhere() -> None:
    slots: dict = {}
    dialogue.put(slots, "lines[1].product", "A")
    dialogue.put(slots, "partner", "K")
    assert slots == {"lines": [{}, {"product": "A"}], "partner": "K"}
