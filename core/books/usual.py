"""几样都说得通时先摆哪一样：这家最近拿过的，卖的时候有货的在前；只排次序，不替人挑。"""

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from core.accounts import availability
from core.documents import last_deal

REMEMBERED_DAYS = 90


def usual(
    conn: Connection, product_ids: Collection[int], side: str, partner_id: int | None, today: date
) -> dict[int, tuple[int, int]]:
    """{product: sort key, smaller first}: days since this partner's last deal (90 at most), then 0 when any is available to sell.

    side: 'S' what we sold to it, 'P' what we bought from it. One look-up per product and partner, however long the history.
    """
    ids = sorted(set(product_ids))
    dealt: dict[int, date] = {}
    if partner_id is not None:
        d = last_deal.c
        dealt = {
            row.product_id: row.on_day
            for row in conn.execute(
                select(d.product_id, d.on_day).where(
                    d.product_id.in_(ids), d.side == side, d.partner_id == partner_id
                )
            )
        }
    free = _available(conn, ids) if side == "S" else set(ids)
    oldest = today - timedelta(days=REMEMBERED_DAYS)
    return {
        of: (min(REMEMBERED_DAYS, (today - max(dealt.get(of, oldest), oldest)).days), 0 if of in free else 1)
        for of in ids
    }


def _available(conn: Connection, ids: list[int]) -> set[int]:
    a = availability.c
    return {
        row.product_id
        for row in conn.execute(
            select(a.product_id)
            .where(a.product_id.in_(ids))
            .group_by(a.product_id)
            .having(func.sum(a.sellable_milli - a.reserved_milli) > 0)
        )
    }
