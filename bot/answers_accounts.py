"""对账的回答：不说单位是三账核对，说了单位是他的对账单；看不得的那一边不出现。"""

from datetime import date

from bot.asked import Asked
from bot.message import Button, Outgoing
from core.books.statement import statement
from core.books.three_way import SIDES, Side, three_way
from core.posting_rules import KIND_NAMES
from core.rights import sees
from core.values import yuan

SHOWN, SHOWN_LINES = 5, 20


def accounts(asked: Asked) -> Outgoing:
    """query_statement: with a partner his statement, without the three-way check (R11); this month unless said."""
    since, until = _period(asked)
    mine = [side for side, rule in SIDES.items() if sees(asked.actor, rule.rights)]
    party = asked.partner()
    if party is None:
        return _three_way(asked, mine, since, until)
    rows = [f"{party.name} 对账单 {since} 到 {until}"]
    for side in mine:
        owed = SIDES[side].words[2]
        found = statement(asked.conn, asked.company_id, party.id, side, since, until)
        if found.lines or found.opening_fen:
            rows += [f"{owed} 期初 {yuan(found.opening_fen)}"]
            rows += [
                f"　{one.day:%m-%d} {one.number} {KIND_NAMES[one.kind]} {'+' if one.fen > 0 else '−'}{yuan(abs(one.fen))}"
                for one in found.lines[-SHOWN_LINES:]
            ]
            left_out = len(found.lines) - SHOWN_LINES
            rows += [f"　前面还有 {left_out} 张"] if left_out > 0 else []
            rows += [f"{owed} 期末 {yuan(found.closing_fen)}"]
    return Outgoing("\n".join(rows if len(rows) > 1 else [*rows, "这段日子没有往来，也没有欠款。"]))


def _period(asked: Asked) -> tuple[date, date]:
    said = asked.slots.get("period")
    if not said:
        return asked.today.replace(day=1), asked.today
    return date.fromisoformat(said["from"]), min(date.fromisoformat(said["to"]), asked.today)


def _three_way(asked: Asked, mine: list[str], since: date, until: date) -> Outgoing:
    sides = three_way(asked.conn, asked.company_id, since, until)
    rows = [f"三账核对 {since} 到 {until}"]
    wrong: list[str] = []
    for side in mine:
        rows += _side(SIDES[side].words, sides[side])
        wrong += sides[side].wrong
    if wrong:
        rows.append(f"✗ 对不上的单：{'、'.join(dict.fromkeys(wrong))}。请老板运行 doctor 看差在哪。")
    else:
        rows.append("✓ 三账一致")
    rows.append("一家的明细说：对账 单位 月份")
    return Outgoing("\n".join(rows), tuple(Button(f"单据 {one}", f"单据 {one}") for one in wrong[:3]))


def _side(words: tuple[str, ...], side: Side) -> list[str]:
    title, goods, owed, paid, left = words
    figures = ("goods_fen", "owed_fen", "paid_fen", "left_fen")
    total = [yuan(side.total(figure)) for figure in figures]
    rows = [f"{title}：{goods} {total[0]}，{owed} {total[1]}，{paid} {total[2]}，{left} {total[3]}"]
    for row in side.partners[:SHOWN]:
        other = f"，其他 {yuan(row.other_fen)}" if row.other_fen else ""
        mark = f"，✗ {'、'.join(row.wrong)}" if row.wrong else ""
        differs = f"，{owed} {yuan(row.owed_fen)}" if row.owed_fen != row.goods_fen else ""
        rows.append(
            f"　{row.name} {yuan(row.goods_fen)}{differs}，{paid} {yuan(row.paid_fen)}{other}，{left} {yuan(row.left_fen)}{mark}"
        )
    rows += (
        [f"　还有 {len(side.partners) - SHOWN} 家，后台“对账”看全部"] if len(side.partners) > SHOWN else []
    )
    return rows
