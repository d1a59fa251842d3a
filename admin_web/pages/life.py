"""一批货的寿命：还剩几天、走了多少、该不该着急。"""

from dataclasses import dataclass
from datetime import date

NEAR = 33  # percent of its life left: from here on it is 临期


@dataclass(frozen=True)
class Life:
    days: int
    percent: int  # of its life that is left, 0–100
    mood: str  # good | near | over
    words: str


def life_of(mfg: date | None, expiry: date | None, today: date) -> Life | None:
    """None for goods that do not expire."""
    if expiry is None:
        return None
    days = (expiry - today).days
    whole = (expiry - mfg).days if mfg else 365
    percent = max(0, min(100, days * 100 // max(whole, 1)))
    if days < 0:
        return Life(days, 0, "over", f"过期 {-days} 天")
    return Life(
        days, percent, "near" if percent <= NEAR else "good", "今天到期" if days == 0 else f"还剩 {days} 天"
    )
