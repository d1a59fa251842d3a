"""预备好的命令：要记的单据、给人看的卡片、以及改变了就要重新确认的事实。"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core.audit import digest_of
from core.catalog import Goods
from core.documents import Draft
from core.gates import Barrier
from core.staff import May
from core.tx import Tx


@dataclass(slots=True)
class Prepared:
    """What prepare() found. `card` is JSON for the preview and the reply; `facts` decide whether a preview went stale.

    defaulted: what was filled in and not said; warnings: what a person should look at. Either rules out direct posting.
    """

    card: dict[str, Any]
    facts: Any = None
    draft: Draft | None = None
    defaulted: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    amount_fen: int = 0
    before: list[Draft] = field(default_factory=list)  # documents that are posted first: reservations let go
    parts: list[Draft] = field(
        default_factory=list
    )  # documents that hang on this one: made and undone with it
    waiting: list[Any] = field(default_factory=list)  # commands of the same act that must be approved first
    goods: dict[int, Goods] = field(
        default_factory=dict
    )  # those of the lines, so that the reply need not read them again
    barriers: list[Barrier] = field(default_factory=list)  # gates it stands before: core/gates.py

    @property
    def digest(self) -> str:
        facts = self.facts if self.facts is not None else self.card
        return digest_of(facts, *sorted({one.gate for one in self.barriers}))


@dataclass(frozen=True, slots=True)
class Handler:
    """How one command is prepared and done, what it is called and who may."""

    name: str
    needs: May
    prepare: Callable[[Tx, Any], Prepared]
    do: Callable[[Tx, Any, Prepared], dict[str, Any]]
