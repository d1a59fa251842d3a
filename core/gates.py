"""闸：低于最低售价、低于成本、超信用、坏账；自己有权的看清了就过，没权的那张单等有权的人批。"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from core.staff import ROLES, Actor, May


class Gate(NamedTuple):
    """passes: who goes through by himself, and so who may let another through · sees: who is told the figures."""

    word: str
    passes: May
    sees: May


GATES: dict[str, Gate] = {
    "floor": Gate("低于最低售价", May.BREAK_FLOOR, May.SEE_SALES_PRICE),
    "cost": Gate("低于成本", May.BREAK_FLOOR, May.SEE_COST),
    "credit": Gate("超信用额度或逾期太久", May.BREAK_CREDIT, May.SEE_RECEIVABLE),
    "bad_debt": Gate("坏账", May.WRITE_OFF, May.SEE_RECEIVABLE),
}


@dataclass(frozen=True, slots=True)
class Barrier:
    """A gate a document stands before: the figures for who may see them, a few words for everybody else."""

    gate: str
    full: str
    brief: str
    cash_fen: int = 0  # so much in hand and there is no barrier any more

    def words(self, reader: Actor) -> str:
        return self.full if reader.sees(GATES[self.gate].sees) else self.brief

    def stops(self, actor: Actor) -> bool:
        return GATES[self.gate].passes not in actor.may


def told(barriers: Iterable[Barrier], reader: Actor) -> list[str]:
    """What this reader is told of them."""
    return [words for one in barriers if (words := one.words(reader))]


def who_lifts(barriers: Iterable[Barrier], actor: Actor) -> list[str]:
    """The roles to ask for what the actor may not pass himself."""
    return [
        next(role for role, may in ROLES.items() if GATES[one.gate].passes in may)
        for one in barriers
        if one.stops(actor)
    ]


# ── with the document: what it waits for, and what was lifted when it was agreed to ──


def waiting(barriers: Iterable[Barrier]) -> dict[str, Any]:
    return {"barriers": [asdict(one) for one in barriers]}


def agreed(barriers: Iterable[Barrier]) -> dict[str, Any]:
    return {"lifted": [asdict(one) for one in barriers]}


def waited_for(extra: dict[str, Any] | None) -> list[Barrier]:
    return [Barrier(**row) for row in (extra or {}).get("barriers", ())]


def lifted(extra: dict[str, Any] | None) -> list[Barrier]:
    return [Barrier(**row) for row in (extra or {}).get("lifted", ())]
