"""报损：坏了、过期、丢了的货离开账，成本记损耗；先拿已过期的。"""

from dataclasses import dataclass
from datetime import date

from core.documents import Draft
from core.drafting import SaidLine, Want, business_day, card, card_line, goods_of, place_names, wants
from core.errors import Choice, Need
from core.locks import Key, lock_availability, lock_open_orders
from core.lots import Lot, Taken, fefo_order
from core.picking import after, batch_texts, cost_of, in_order, let_go, lots_here, shortage
from core.posting_rules import Account, Kind, Role
from core.prepared import Prepared
from core.tx import Tx

REASONS = ("过期", "破损", "变质", "丢失", "其他")
ROLE_OF = {
    Account.STALE: Role.STALE,
    Account.CHECK: Role.CHECK,
    Account.OK: Role.LINE,
    Account.HELD: Role.HELD,
}


@dataclass(frozen=True, slots=True)
class ScrapGoods:
    lines: tuple[SaidLine, ...]
    reason: str = ""
    day: date | None = None
    note: str = ""


def prepare(tx: Tx, command: ScrapGoods) -> Prepared:
    """Order of taking: 过期 → 待检 → 可售 → 冻结, each by FEFO. Asks the reason once when none was said."""
    found = wants(tx, command.lines)
    day = business_day(tx, command.day)
    lock_open_orders(tx, Kind.SALES_ORDER, (want.goods.id for want in found))  # they may have to be let go
    balances = lock_availability(tx, {want.key for want in found})
    places = {place: lots_here(tx, found, place) for place in ROLE_OF}
    if not (command.reason or command.note):
        raise Need(
            "reason",
            f"{found[0].goods.title} 为什么报损？回序号。",
            tuple(Choice(reason, {"reason": reason}, number) for number, reason in enumerate(REASONS, 1)),
        )
    reason = command.reason or command.note
    lines, shown, leaving = [], [], list[tuple[Key, int]]()
    for want in found:
        taken = _take(want, places)
        lines += [want.out_of(ROLE_OF[place], one, reason=reason) for place, one in taken]
        leaving += [(want.key, one.qty_milli) for place, one in taken if place is Account.OK]
        shown.append(card_line(want, batches=batch_texts(want, (one for _, one in taken))))
    releases = let_go(tx, leaving, balances, "报损")
    draft = Draft(Kind.SCRAP, lines, day, note=command.note or reason)
    scrapped = card(tx, "报损", draft, warehouse=place_names(tx, found), lines=shown, reason=reason)
    warnings = (
        [f"报损后不够订单锁定的，会放开 {'、'.join((one.extra or {})['order'] for one in releases)} 的锁定"]
        if releases
        else []
    )
    facts = [draft.kind, day, reason, [(want.goods.id, want.warehouse_id, want.qty_milli) for want in found]]
    cost = cost_of(tx, lines)
    return Prepared(scrapped, facts, draft, [], warnings, cost, before=releases, goods=goods_of(found))


def _take(want: Want, places: dict[Account, dict[tuple[int, int], list[Lot]]]) -> list[tuple[Account, Taken]]:
    """What this line takes, and from where; it is gone from `places` for the next line of the same goods."""
    need, taken = want.qty_milli, []
    for place in ROLE_OF:
        lots = places[place].get(want.key, [])
        own = sorted(
            (lot for lot in lots if not want.said.batch_no or lot.batch_no == want.said.batch_no),
            key=fefo_order,
        )
        some, need = in_order(own, need)
        places[place][want.key] = after(lots, some)
        taken += [(place, one) for one in some]
        if not need:
            return taken
    raise shortage(want, want.qty_milli - need, "报损不能多过现有的，改小数量再说一次。")
