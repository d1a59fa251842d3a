"""订单放开锁定：货过期了、盘亏了、太久没提，告诉开单的人。"""

from core.staff import Actor
from notifications.notice import Item, Moment


def compose(moment: Moment, actor: Actor) -> list[Item]:
    body = moment.body
    if actor.id != body.get("staff_id"):
        return []
    text = f"订单 {body['order']} 的锁定放开了一部分：{body['why']}。请联系客户改期、换货，或重新下单。"
    return [Item(str(body["document_id"]), "released", text, (("看订单", f"单据 {body['order']}"),))]
