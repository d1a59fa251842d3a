"""订单放开锁定、拣货单作废：货过期了、盘亏了、召回了、太久没提，告诉开单的人。"""

from core.posting_rules import Kind
from core.staff import Actor
from notifications.notice import Item, Moment


def compose(moment: Moment, actor: Actor) -> list[Item]:
    body = moment.body
    if actor.id != body.get("staff_id"):
        return []
    text = (
        f"拣货单 {body['order']} 作废了：{body['why']}。车上的货请放回去，要出货请重新拣货。"
        if body["order"].startswith(Kind.PICK_LIST)
        else f"订单 {body['order']} 的锁定放开了一部分：{body['why']}。请联系客户改期、换货，或重新下单。"
    )
    return [Item(str(body["document_id"]), "released", text, (("看订单", f"单据 {body['order']}"),))]
