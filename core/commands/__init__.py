"""命令总表：人在这里能做的每一件事，谁能做，怎么预备，怎么记。"""

from core.commands import (
    add_cost,
    bind_identity,
    claim,
    close_books,
    close_order,
    count_stock,
    decide,
    deliver_goods,
    exchange_goods,
    hold_goods,
    keep_fund,
    learn_name,
    net_off,
    open_books,
    order_goods,
    order_template,
    pay,
    pick_goods,
    place_order,
    put_away,
    rebuild_balances,
    receive_goods,
    release_goods,
    repeat_order,
    request_goods,
    reverse_document,
    reverse_together,
    save_record,
    scrap_goods,
    send_back,
    set_up_shop,
    settle_items,
    sign_delivery,
    spend_money,
    take_back,
    transfer_goods,
    turn_day,
    write_off,
)
from core.commands.add_cost import AddCost, CorrectPrice, CutPrice
from core.commands.bind_identity import BindIdentity, IssueBindingCode, IssueToken
from core.commands.claim import ClaimSupplier
from core.commands.close_books import CloseBooks, ReopenBooks
from core.commands.close_order import CloseOrder
from core.commands.count_stock import CountStock
from core.commands.decide import Decide, WithdrawDraft
from core.commands.deliver_goods import DeliverGoods
from core.commands.exchange_goods import ExchangeGoods
from core.commands.hold_goods import HoldGoods, RecallBatch, UnholdGoods
from core.commands.keep_fund import KeepFund
from core.commands.learn_name import ForgetName, LearnName
from core.commands.net_off import NetOff
from core.commands.open_books import OpeningLine, RecordOpening
from core.commands.order_goods import OrderGoods
from core.commands.order_template import SaveTemplate, UseTemplate
from core.commands.pay import PaySupplier, TakePayment
from core.commands.pick_goods import DeliverPicked, PickGoods
from core.commands.place_order import PlaceOrder
from core.commands.put_away import PutAway
from core.commands.rebuild_balances import RebuildBalances
from core.commands.receive_goods import ReceiveGoods
from core.commands.release_goods import ReleaseGoods
from core.commands.repeat_order import RepeatOrder
from core.commands.request_goods import OrderByQuote, RecordQuote, RequestGoods
from core.commands.reverse_document import ReverseDocument
from core.commands.reverse_together import ReverseTogether
from core.commands.save_record import SaveRecord
from core.commands.scrap_goods import ScrapGoods
from core.commands.send_back import SendBack
from core.commands.set_up_shop import SetUpShop
from core.commands.settle_items import ReopenItems, SettleItems
from core.commands.sign_delivery import SignDelivery
from core.commands.spend_money import EarnMoney, MoveFunds, SpendMoney
from core.commands.take_back import TakeBack
from core.commands.transfer_goods import ReceiveTransfer, SendTransfer
from core.commands.turn_day import TurnDay
from core.commands.write_off import WriteOff
from core.drafting import SaidLine, post_prepared
from core.prepared import Handler
from core.staff import May

COMMANDS: dict[type, Handler] = {
    RequestGoods: Handler("采购申请", May.REQUEST_GOODS, request_goods.prepare_request, post_prepared),
    RecordQuote: Handler("记报价", May.ORDER_GOODS, request_goods.prepare_quote, post_prepared),
    OrderByQuote: Handler("按报价下单", May.ORDER_GOODS, request_goods.prepare_order, post_prepared),
    OrderGoods: Handler("采购下单", May.ORDER_GOODS, order_goods.prepare, post_prepared),
    ReceiveGoods: Handler("入库", May.RECEIVE, receive_goods.prepare, receive_goods.do),
    ClaimSupplier: Handler("索赔", May.CLAIM, claim.prepare, post_prepared),
    SendBack: Handler("退供应商", May.ORDER_GOODS, send_back.prepare, post_prepared),
    DeliverGoods: Handler("出库", May.DELIVER, deliver_goods.prepare, deliver_goods.do),
    PickGoods: Handler("拣货", May.DELIVER, pick_goods.prepare_picking, post_prepared),
    DeliverPicked: Handler("拣好出库", May.DELIVER, pick_goods.prepare_delivering, pick_goods.do_delivering),
    PlaceOrder: Handler("下单", May.SELL, place_order.prepare, post_prepared),
    RepeatOrder: Handler("再来一单", May.SELL, repeat_order.prepare, post_prepared),
    SaveTemplate: Handler("存模板", May.SELL, order_template.prepare_saving, order_template.do_saving),
    UseTemplate: Handler("用模板", May.SELL, order_template.prepare_using, post_prepared),
    CloseOrder: Handler("关单", May.SEE_STOCK, close_order.prepare, post_prepared),
    SignDelivery: Handler("签收", May.SIGN, sign_delivery.prepare, sign_delivery.do),
    TakeBack: Handler("客户退货", May.TAKE_BACK, take_back.prepare, post_prepared),
    ExchangeGoods: Handler("换货", May.EXCHANGE, exchange_goods.prepare, exchange_goods.do),
    ReleaseGoods: Handler("放行", May.COUNT, release_goods.prepare, post_prepared),
    HoldGoods: Handler("冻结", May.HOLD, hold_goods.prepare_holding, post_prepared),
    UnholdGoods: Handler("解冻", May.HOLD, hold_goods.prepare_release, post_prepared),
    RecallBatch: Handler("召回", May.HOLD, hold_goods.prepare_recall, post_prepared),
    PutAway: Handler("移库位", May.PUT_AWAY, put_away.prepare, put_away.do),
    SendTransfer: Handler("调拨", May.TRANSFER, transfer_goods.prepare_sending, post_prepared),
    ReceiveTransfer: Handler(
        "调拨收货", May.TRANSFER, transfer_goods.prepare_receiving, transfer_goods.do_receiving
    ),
    CountStock: Handler("盘点", May.COUNT, count_stock.prepare, count_stock.do),
    ScrapGoods: Handler("报损", May.COUNT, scrap_goods.prepare, post_prepared),
    TakePayment: Handler("收款", May.TAKE_PAYMENT, pay.prepare_taking, post_prepared),
    PaySupplier: Handler("付款", May.PAY, pay.prepare_paying, post_prepared),
    SpendMoney: Handler("费用", May.KEEP_CASH, spend_money.prepare_spending, post_prepared),
    EarnMoney: Handler("其他收入", May.KEEP_CASH, spend_money.prepare_earning, post_prepared),
    MoveFunds: Handler("资金调拨", May.KEEP_CASH, spend_money.prepare_moving, post_prepared),
    KeepFund: Handler("资金账户", May.KEEP_CASH, keep_fund.prepare, keep_fund.do),
    SettleItems: Handler("核销", May.SETTLE, settle_items.prepare_settling, settle_items.do_settling),
    ReopenItems: Handler("反核销", May.SETTLE, settle_items.prepare_reopening, settle_items.do_reopening),
    NetOff: Handler("对冲", May.SETTLE, net_off.prepare, post_prepared),
    WriteOff: Handler("抹零坏账", May.SETTLE, write_off.prepare, post_prepared),
    AddCost: Handler("补成本", May.CORRECT_COST, add_cost.prepare_adding, add_cost.do),
    CutPrice: Handler("价保", May.CORRECT_COST, add_cost.prepare_cutting, add_cost.do),
    CorrectPrice: Handler("补价", May.CORRECT_COST, add_cost.prepare_correcting, add_cost.do),
    CloseBooks: Handler("结账", May.CLOSE, close_books.prepare_closing, close_books.do),
    ReopenBooks: Handler("反结账", May.REOPEN, close_books.prepare_reopening, close_books.do),
    ReverseTogether: Handler("一起撤", May.REVERSE, reverse_together.prepare, reverse_together.do),
    ReverseDocument: Handler("红冲", May.REVERSE, reverse_document.prepare, reverse_document.do),
    Decide: Handler("审批", May.SEE_STOCK, decide.prepare, decide.do),  # whose turn it is, the document says
    WithdrawDraft: Handler("作废", May.SEE_STOCK, decide.prepare_withdrawal, decide.do_withdrawal),
    RecordOpening: Handler("期初", May.OPENING, open_books.prepare, open_books.do),
    SetUpShop: Handler("店铺设置", May.MANAGE_STAFF, set_up_shop.prepare, set_up_shop.do),
    SaveRecord: Handler("维护资料", May.SET_UP, save_record.prepare, save_record.do),
    LearnName: Handler("记叫法", May.SEE_STOCK, learn_name.prepare_learning, learn_name.do_learning),
    ForgetName: Handler("忘掉叫法", May.SEE_STOCK, learn_name.prepare_forgetting, learn_name.do_forgetting),
    IssueBindingCode: Handler(
        "发绑定码", May.MANAGE_STAFF, bind_identity.prepare_code, bind_identity.do_code
    ),
    IssueToken: Handler("发接口令牌", May.MANAGE_STAFF, bind_identity.prepare_token, bind_identity.do_token),
    BindIdentity: Handler("绑定", May.SYSTEM, bind_identity.prepare_binding, bind_identity.do_binding),
    RebuildBalances: Handler("重建余额", May.SYSTEM, rebuild_balances.prepare, rebuild_balances.do),
    TurnDay: Handler("翻日", May.SYSTEM, turn_day.prepare, turn_day.do),
}

__all__ = [
    "COMMANDS",
    "AddCost",
    "BindIdentity",
    "ClaimSupplier",
    "CloseBooks",
    "CloseOrder",
    "CorrectPrice",
    "CountStock",
    "CutPrice",
    "Decide",
    "DeliverGoods",
    "DeliverPicked",
    "EarnMoney",
    "ExchangeGoods",
    "ForgetName",
    "HoldGoods",
    "IssueBindingCode",
    "IssueToken",
    "KeepFund",
    "LearnName",
    "MoveFunds",
    "NetOff",
    "OpeningLine",
    "OrderByQuote",
    "OrderGoods",
    "PaySupplier",
    "PickGoods",
    "PlaceOrder",
    "PutAway",
    "RebuildBalances",
    "RecallBatch",
    "ReceiveGoods",
    "ReceiveTransfer",
    "RecordOpening",
    "RecordQuote",
    "ReleaseGoods",
    "ReopenBooks",
    "ReopenItems",
    "RepeatOrder",
    "RequestGoods",
    "ReverseDocument",
    "ReverseTogether",
    "SaidLine",
    "SaveRecord",
    "SaveTemplate",
    "ScrapGoods",
    "SendBack",
    "SendTransfer",
    "SetUpShop",
    "SettleItems",
    "SignDelivery",
    "SpendMoney",
    "TakeBack",
    "TakePayment",
    "TurnDay",
    "UnholdGoods",
    "UseTemplate",
    "WithdrawDraft",
    "WriteOff",
]
