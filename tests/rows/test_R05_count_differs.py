"""R05 账上有货、库里无物：盘点说出差多少、值多少，问过原因才记。"""

import pytest

from core.commands import CountStock
from core.errors import Need
from tests.make import Shop


def test_R05_a_difference_asks_why_and_is_valued(shop: Shop) -> None:
    with pytest.raises(Need) as asked:
        shop.run(CountStock((shop.line("P1", 18),)), by="老陈")
    assert asked.value.slot == "reason"
    result = shop.run(CountStock((shop.line("P1", 18),), reason="漏录出库"), by="老陈")
    assert result["lines"][0]["book"].startswith("20箱")
    assert result["lines"][0]["difference"].startswith("−2箱")
    assert result["value_fen"] == -19_200
    assert result["left"][0]["on_hand"].startswith("18箱")
