"""演示店的货架和案头：好卖的货各有一格；今天还有拣着的货、等批的申请、在比的价、冻住的一批、签了字的单。"""

from sqlalchemy import select

from core.accounts import POOL_LEFT, batch
from core.commands import (
    HoldGoods,
    PickGoods,
    PutAway,
    RecordQuote,
    RequestGoods,
    SaidLine,
    SaveTemplate,
    SignDelivery,
)
from core.demo import script
from core.demo.catalogue import DemoGoods
from core.demo.memory import Memory
from core.documents import document, stands
from core.errors import BusinessError
from core.posting_rules import Kind
from core.values import MILLI

SHELVED = 48  # of the main warehouse, those that sell best
PER_ROW = 8
OFFERS = ((100, 0), (98, 12_000), (103, 0))  # % of the usual price, freight in 分
KEEPER, BUYER = "老陈", "小周"


def shelve(memory: Memory) -> None:
    """Every kind of goods has a row of its own, A1 A2 … B1: from then on what arrives goes there by itself."""
    stage = memory.stage
    main = [one for one in stage.goods.values() if not one.warehouse and one.code not in script.UNSOLD]
    best = sorted(main, key=lambda one: (-one.weekly, one.code))[:SHELVED]
    for number, one in enumerate(sorted(best, key=lambda one: (one.category, one.code))):
        row, place = divmod(number, PER_ROW)
        memory.pen.write(KEEPER, PutAway(stage.ids[one.code], f"{chr(ord('A') + row)}{place + 1}"))


def leave_on_the_desk(memory: Memory) -> None:
    """What a visitor finds begun and not finished on the last day."""
    pen, stage = memory.pen, memory.stage
    orders = _numbers(memory, Kind.SALES_ORDER)
    for some in (orders[-2:], orders[-6:-5]):
        _try(memory, KEEPER, PickGoods(tuple(some)))
    for number in _numbers(memory, Kind.DELIVERY)[:3]:
        _try(memory, "小刘", SignDelivery(number, signed_by="店里收货的"))
    if orders:
        pen.write("小刘", SaveTemplate("常订的", orders[-1]))
    dry = [stage.goods[code] for code in script.OUT_OF_STOCK[:4]]
    asked = pen.write(BUYER, RequestGoods(tuple(_line(memory, one, 20) for one in dry)))["number"]
    for supplier, (percent, freight_fen) in zip(
        dict.fromkeys(one.supplier for one in dry), OFFERS, strict=False
    ):
        offered = tuple(_line(memory, one, 20, one.buy_e4 * percent // 100_000 * 1000) for one in dry)
        pen.write(BUYER, RecordQuote(asked, stage.ids[supplier], offered, freight_fen))
    doubtful = stage.ids["TZ003"]
    with pen.books.read() as conn:
        own = select(batch.c.batch_no).where(batch.c.product_id == doubtful, POOL_LEFT)
        lot = conn.execute(own.order_by(batch.c.expiry_date).limit(1)).scalar()
    if lot:
        _try(memory, KEEPER, HoldGoods(doubtful, lot, reason="客户投诉"))


def _line(memory: Memory, one: DemoGoods, boxes: int, price_e4: int | None = None) -> SaidLine:
    return SaidLine(memory.stage.ids[one.code], boxes * MILLI, one.price_unit, price_e4=price_e4)


def _numbers(memory: Memory, kind: Kind) -> list[str]:
    """The last day's documents of a kind that still stand."""
    query = select(document.c.number).where(
        document.c.company_id == memory.pen.company_id,
        document.c.kind == kind.value,
        document.c.business_date == memory.end,
        stands(),
    )
    with memory.pen.books.read() as conn:
        return list(conn.execute(query.order_by(document.c.id)).scalars())


def _try(memory: Memory, who: str, command: object) -> None:
    """Some of it may not be possible on a day that went otherwise."""
    try:
        memory.pen.write(who, command)
    except BusinessError:
        return
