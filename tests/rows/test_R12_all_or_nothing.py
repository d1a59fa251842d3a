"""R12 三个联动一笔事务：每张确认的单，单据、流水、余额、应收应付、留痕、待办、回话同进同退。逐条语句断电在 tests/races 里验。"""

import pytest
from sqlalchemy import event, func, select

from core.accounts import entry, open_item
from core.audit import audit
from core.commands import DeliverGoods
from core.documents import document
from core.execute import done
from core.tasks import task
from tests.make import Shop

TABLES = (document, entry, open_item, audit, task, done)


def counts(shop: Shop) -> list[int]:
    return [shop.one(select(func.count()).select_from(table)) for table in TABLES]


def test_R12_one_transaction_writes_them_all(shop: Shop) -> None:
    before = counts(shop)
    commits: list[int] = []

    def note(_conn: object) -> None:
        commits.append(1)

    event.listen(shop.books.engine, "commit", note)
    shop.run(DeliverGoods((shop.line("P1", 1),), shop.parties["张姐火锅"]), by="老陈")
    event.remove(shop.books.engine, "commit", note)
    assert len(commits) == 1
    assert [after - old for after, old in zip(counts(shop), before, strict=True)] == [1, 3, 1, 1, 1, 1]


def test_R12_the_last_write_failing_undoes_the_first(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def lights_out(*_: object, **__: object) -> None:
        raise OSError("lights out")

    before = counts(shop)
    monkeypatch.setattr("core.tasks.put", lights_out)
    with pytest.raises(OSError, match="lights out"):
        shop.run(DeliverGoods((shop.line("P1", 1),), shop.parties["张姐火锅"]), by="老陈")
    assert counts(shop) == before
