"""学叫法的那一问：只等半小时，过了就不算。"""

from datetime import timedelta

import pytest

from bot.learning import WAITS, lapsed
from intents import dialogue
from intents.frame import Frame
from tests.make import NOW


@pytest.mark.parametrize(("later", "gone"), [(timedelta(0), False), (WAITS, False), (WAITS * 2, True)])
def test_an_offer_waits_half_an_hour(later: timedelta, gone: bool) -> None:
    state = dialogue.ask_need({}, Frame("ask", "learn_name", {"word": "黑酱油"}), "scope", "记住吗？", ())
    assert lapsed(state | {"offered_at": NOW.isoformat()}, NOW + later) is gone


def test_other_questions_do_not_lapse() -> None:
    state = dialogue.ask_need({}, Frame("ask", "stock_in"), "partner", "谁送的？", ())
    assert not lapsed(state | {"offered_at": NOW.isoformat()}, NOW + WAITS * 2)
