"""低库存：跌破安全库存的那一笔之后马上说一次，恢复前或一天之内不重复。"""

from core.books.low_stock import Low
from core.staff import Actor
from notifications.notice import Item, Moment
from notifications.wording import low_line


def compose(moment: Moment, actor: Actor) -> list[Item]:
    """One message per product that newly fell below; `fallen` is [(Low, latch id)] from the clock (R34)."""
    fallen: list[tuple[Low, int]] = moment.body["fallen"]
    return [
        Item(
            str(low.article.id),
            str(latch),
            f"低库存 {low_line(low)}",
            (("查库存", f"库存 {low.article.code}"),),
        )
        for low, latch in fallen
        if actor.warehouse_id is None or actor.warehouse_id in low.warehouse_ids
    ]
