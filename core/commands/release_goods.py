"""放行：待检的货查过没问题，回到可售。"""

from dataclasses import dataclass
from datetime import date

from core.documents import Draft
from core.drafting import SaidLine, card, card_line, goods_of, place_names, wants
from core.locks import home_bins, lock_availability
from core.lots import pick
from core.picking import after, batch_texts, lots_here, shortage
from core.posting_rules import Account, Kind, Role
from core.prepared import Prepared
from core.recalls import recalled
from core.tx import Tx


@dataclass(frozen=True, slots=True)
class ReleaseGoods:
    lines: tuple[SaidLine, ...]
    day: date | None = None
    note: str = ""


def prepare(tx: Tx, command: ReleaseGoods) -> Prepared:
    """Expired goods cannot be released, they are scrapped or sent back; nor those of a batch that is called back."""
    found = wants(tx, command.lines)
    homes = home_bins(lock_availability(tx, {want.key for want in found}))
    lots = lots_here(tx, found, Account.CHECK)
    back = recalled(tx.conn, (lot.batch_id for here in lots.values() for lot in here))
    lots = {key: [lot for lot in here if lot.batch_id not in back] for key, here in lots.items()}
    lines, shown = [], []
    for want in found:
        taken, missing = pick(lots.get(want.key, []), want.qty_milli, tx.today)
        if missing:
            raise shortage(
                want, want.qty_milli - missing, "待检里没过期的只有这些，召回中的不能放行。过期的请报损。"
            )
        lots[want.key] = after(lots[want.key], taken)
        lines += [want.out_of(Role.LINE, one, to_bin=homes.get(want.key, "")) for one in taken]
        shown.append(card_line(want, batches=batch_texts(want, taken)))
    draft = Draft(Kind.RELEASE, lines, tx.today, note=command.note)
    facts = [draft.kind, [(want.goods.id, want.warehouse_id, want.qty_milli) for want in found]]
    released = card(tx, "放行", draft, warehouse=place_names(tx, found), lines=shown)
    return Prepared(released, facts, draft, goods=goods_of(found))
