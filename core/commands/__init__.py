"""命令总表：人在这里能做的每一件事，谁能做，怎么预备，怎么记。"""

from core.commands import (
    bind_identity,
    deliver_goods,
    open_books,
    pay,
    place_order,
    receive_goods,
    reverse_document,
    save_record,
    turn_day,
)
from core.commands.bind_identity import BindIdentity, IssueBindingCode, IssueToken
from core.commands.deliver_goods import DeliverGoods
from core.commands.open_books import OpeningLine, RecordOpening
from core.commands.pay import PaySupplier, TakePayment
from core.commands.place_order import PlaceOrder
from core.commands.receive_goods import ReceiveGoods
from core.commands.reverse_document import ReverseDocument
from core.commands.save_record import SaveRecord
from core.commands.turn_day import TurnDay
from core.drafting import SaidLine, post_prepared
from core.prepared import Handler
from core.staff import May

COMMANDS: dict[type, Handler] = {
    ReceiveGoods: Handler("入库", May.RECEIVE, receive_goods.prepare, receive_goods.do),
    DeliverGoods: Handler("出库", May.DELIVER, deliver_goods.prepare, deliver_goods.do),
    PlaceOrder: Handler("下单", May.SELL, place_order.prepare, post_prepared),
    TakePayment: Handler("收款", May.TAKE_PAYMENT, pay.prepare_taking, post_prepared),
    PaySupplier: Handler("付款", May.PAY, pay.prepare_paying, post_prepared),
    ReverseDocument: Handler("红冲", May.REVERSE, reverse_document.prepare, reverse_document.do),
    RecordOpening: Handler("期初", May.OPENING, open_books.prepare, open_books.do),
    SaveRecord: Handler("维护资料", May.SET_UP, save_record.prepare, save_record.do),
    IssueBindingCode: Handler("发绑定码", May.MANAGE_STAFF, bind_identity.prepare_code, bind_identity.do_code),
    IssueToken: Handler("发接口令牌", May.MANAGE_STAFF, bind_identity.prepare_token, bind_identity.do_token),
    BindIdentity: Handler("绑定", May.SYSTEM, bind_identity.prepare_binding, bind_identity.do_binding, confirm=False),
    TurnDay: Handler("翻日", May.SYSTEM, turn_day.prepare, turn_day.do, confirm=False),
}

__all__ = ["COMMANDS", "BindIdentity", "DeliverGoods", "IssueBindingCode", "IssueToken", "OpeningLine", "PaySupplier", "PlaceOrder",
           "ReceiveGoods", "RecordOpening", "ReverseDocument", "SaidLine", "SaveRecord", "TakePayment", "TurnDay"]
