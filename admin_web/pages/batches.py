"""商品详情里的库存：各仓可用、各批次数量和到期。"""

from typing import Any

from sqlalchemy import select
from starlette.requests import Request

from admin_web.names import names_of, today_of
from admin_web.pages.life import life_of
from core.accounts import IN_STOCK, account, availability, batch, stock
from core.rights import COST, SUPPLIERS, sees
from core.values import half_up, in_units, price_text, yuan


def batches_of(request: Request, product: Any) -> dict[str, Any]:
    """{lots, places, sees_cost, sees_supplier} of one product; lots with nothing left are not shown."""
    names = names_of(request)
    units = names.units(product.id, product.base_unit)
    today = today_of(request)
    cost, supplier = sees(request.state.actor, COST), sees(request.state.actor, SUPPLIERS)
    lots = [
        {
            "no": row.batch_no or "（不分批）",
            "place": " · ".join(filter(None, (names.warehouses.get(row.warehouse_id), row.bin, row.role))),
            "qty": in_units(row.qty_milli, units, product.base_unit),
            "mfg": row.mfg_date,
            "expiry": row.expiry_date,
            "life": life_of(row.mfg_date, row.expiry_date, today),
            "supplier": names.suppliers.get(row.supplier_id, "") if supplier else "",
            "value": yuan(half_up(row.value_fen * row.qty_milli, row.whole)) if cost else "",
            "unit_cost": price_text(half_up(row.value_fen * 100_000, row.whole)) if cost else "",
        }
        for row in request.state.session.execute(_lots(product.id))
    ]
    return {
        "lots": lots,
        "places": _places(request, product, units),
        "sees_cost": cost,
        "sees_supplier": supplier,
    }


def _lots(product_id: int) -> Any:
    return (
        select(
            batch.c.batch_no,
            batch.c.mfg_date,
            batch.c.expiry_date,
            batch.c.supplier_id,
            batch.c.received_on,
            batch.c.value_fen,
            batch.c.qty_milli.label("whole"),
            stock.c.qty_milli,
            account.c.role,
            account.c.bin,
            account.c.warehouse_id,
        )
        .join(stock, stock.c.batch_id == batch.c.id)
        .join(account, account.c.id == stock.c.account_id)
        .where(stock.c.product_id == product_id, IN_STOCK)
        .order_by(
            batch.c.expiry_date.is_(None), batch.c.expiry_date, batch.c.received_on, batch.c.id, account.c.id
        )
    )


def _places(request: Request, product: Any, units: dict[str, int]) -> list[dict[str, str]]:
    names = names_of(request)
    rows = request.state.session.execute(
        select(availability)
        .where(availability.c.product_id == product.id)
        .order_by(availability.c.warehouse_id)
    )

    def words(milli: int) -> str:
        return in_units(milli, units, product.base_unit)

    return [
        {
            "place": names.warehouses.get(row.warehouse_id, ""),
            "free": words(row.sellable_milli - row.reserved_milli),
            "sellable": words(row.sellable_milli),
            "reserved": words(row.reserved_milli),
            "coming": words(row.on_order_milli),
        }
        for row in rows
    ]
