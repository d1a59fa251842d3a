"""几台随机机器共用的底子：一家店的一份新拷贝，说一句话，最后账要自证；怎么跑也在这里。"""

import atexit
import os
import shutil
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from core.commands import SaveRecord
from core.db import Books as OpenedBooks
from core.db import open_books
from core.errors import BusinessError, Need
from core.proof import prove, report
from tests.make import CASE, Shop, e4, find_shop, make_books, make_shop

SCRATCH = (
    Path("/dev/shm")
    if Path("/dev/shm").is_dir() and os.access("/dev/shm", os.W_OK)
    else Path(tempfile.gettempdir())
)
LIST = {"P1": 120, "P2": 126, "P3": 168, "P5": 30}
UNIT = {"P5": ("斤", 1000)}
GOODS = st.sampled_from(sorted(LIST))
CUSTOMERS, SUPPLIERS = st.sampled_from(("张姐火锅", "王记饭店")), st.sampled_from(("成都总代", "川南粮油"))
NUMBER = st.integers(1, 12)
_TEMPLATE: list[Path] = []


def furnish(books: OpenedBooks) -> None:
    """The demo shop plus 八角, which is not kept by batches."""
    shop = make_shop(books)
    shop.run(
        SaveRecord(
            "product",
            {
                "code": "P5",
                "name": "八角",
                "category": "香料",
                "base_unit": "斤",
                "batched": False,
                "countable": False,
            },
            children={
                "prices": [{"side": "S", "unit": "斤", "price_e4": e4(30), "valid_from": date(2025, 1, 1)}]
            },
        ),
        key="P5",
    )


def template() -> Path:
    """The shop to copy; made once per process."""
    if not _TEMPLATE:
        path = Path(tempfile.mkdtemp(dir=SCRATCH, prefix="zhanggui-machine-")) / "shop.db"
        atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
        books = make_books(f"sqlite:///{path}")
        furnish(books)
        books.close()
        _TEMPLATE.append(path)
    return _TEMPLATE[0]


class ShopMachine(RuleBasedStateMachine):
    """Everything is said by 李老板, so that neither credit nor floor price refuses; refusals come from stock and money."""

    def __init__(self) -> None:
        super().__init__()
        self.shop: Shop = find_shop(open_books(self.new_place()))
        self.said: list[tuple[str, Any, dict[str, Any]]] = []

    def teardown(self) -> None:
        with self.shop.books.read() as conn:
            found = prove(conn, self.shop.company_id)
        assert not found, report(found)
        self.shop.books.close()
        self.clear_place()

    def new_place(self) -> str:
        """The address of a fresh copy of the shop."""
        self.file = Path(tempfile.mkstemp(dir=SCRATCH, prefix="zhanggui-", suffix=".db")[1])
        shutil.copyfile(template(), self.file)
        return f"sqlite:///{self.file}"

    def clear_place(self) -> None:
        for name in ("", "-wal", "-shm"):
            Path(f"{self.file}{name}").unlink(missing_ok=True)

    @property
    def day(self) -> date:
        return (self.shop.now + timedelta(hours=8)).date()

    def _say(self, command: Any) -> dict[str, Any] | None:
        """The result, or None when it was refused; a refusal leaves no document."""
        key = f"machine/{len(self.said)}"
        try:
            result = self.shop.run(command, key=key)
        except (BusinessError, Need):
            return None  # that nothing was written shows in the figures, which stay where the model is
        self.said.append((key, command, result))
        return result

    def _line(self, code: str, number: int, **more: Any) -> Any:
        return self.shop.line(code, number, UNIT.get(code, ("箱", CASE))[0], **more)


def run(machine: type[ShopMachine], everyday: int, steps: int = 50) -> None:
    """So many examples, unless the environment asks for another number; what fails is printed so that it can be run again."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(os.environ.get("ZHANGGUI_EXAMPLES", everyday)),
            stateful_step_count=steps,
            deadline=None,
            print_blob=True,
            derandomize=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
