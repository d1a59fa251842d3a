"""库存：每个批次在哪个仓、还有多少、几时到期；只看，不改。"""

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from sqlalchemy import func, select
from sqlalchemy.orm import registry
from starlette.requests import Request

from admin_web.fields import shows
from admin_web.filters import Days, Pick
from admin_web.names import names_of, today_of
from admin_web.pages.life import life_of
from admin_web.view import BooksView
from core.accounts import IN_STOCK, account, batch, stock
from core.catalog import product
from core.posting_rules import ON_HAND, Account
from core.rights import COST, EVERYONE, SUPPLIERS
from core.values import half_up, in_units, yuan


class StockRow:
    """A batch in a place, with the words to show it by."""


_lots = (
    select(
        stock.c.batch_id,
        stock.c.account_id,
        account.c.company_id,
        stock.c.product_id,
        stock.c.qty_milli,
        product.c.name,
        product.c.spec,
        product.c.code,
        product.c.category,
        product.c.base_unit,
        account.c.role,
        account.c.bin,
        account.c.warehouse_id,
        batch.c.batch_no,
        batch.c.mfg_date,
        batch.c.expiry_date,
        batch.c.supplier_id,
        batch.c.received_on,
        batch.c.value_fen,
        batch.c.qty_milli.label("whole_milli"),
    )
    .join(batch, batch.c.id == stock.c.batch_id)
    .join(product, product.c.id == stock.c.product_id)
    .join(account, account.c.id == stock.c.account_id)
    .where(IN_STOCK)
    .subquery("lots")
)
registry().map_imperatively(StockRow, _lots, primary_key=[_lots.c.batch_id, _lots.c.account_id])
ROW: Any = StockRow
PLACES = [one for one in Account if one in ON_HAND]


def quantity(request: Request, row: Any) -> str:
    return in_units(row.qty_milli, names_of(request).units(row.product_id, row.base_unit), row.base_unit)


def life(request: Request, row: Any) -> str | None:
    found = life_of(row.mfg_date, row.expiry_date, today_of(request))
    return found.words if found else None


def value(request: Request, row: Any) -> str:
    return yuan(half_up(row.value_fen * row.qty_milli, row.whole_milli))


class StockRows(BooksView):
    key = "stock"
    menu_label = display_name = "库存"
    icon = "layers"
    search_hint = "搜商品、批次、库位"
    sees = EVERYONE
    link_key = "product"
    search = (ROW.name, ROW.code, ROW.spec, ROW.batch_no, ROW.category, ROW.bin)
    sortable_field_mapping: ClassVar[dict[str, Any]] = {
        "title": ROW.name,
        "expiry_date": func.coalesce(ROW.expiry_date, date(9999, 12, 31)),  # what never expires comes last
    }
    sortable_fields = ("title", "category", "batch_no", "expiry_date", "received_on")
    fields_default_sort = ("expiry_date", "batch_id", "account_id")
    filters = (
        Pick(
            "warehouse",
            "仓库",
            lambda names: [(str(one), name) for one, name in names.warehouses.items()],
            lambda value: ROW.warehouse_id == int(value),
        ),
        Pick(
            "place",
            "状态",
            lambda names: [(one.value, one.value) for one in PLACES],
            lambda value: ROW.role == value,
        ),
        Pick(
            "category",
            "类别",
            lambda names: [(one, one) for one in names.categories],
            lambda value: ROW.category == value,
        ),
        Days("expiry", "到期", ROW.expiry_date),
    )
    fields = (
        shows("title", "商品", EVERYONE, lambda request, row: f"{row.name} {row.spec}".strip()),
        shows("category", "类别", EVERYONE, lambda request, row: row.category),
        shows(
            "place",
            "在哪",
            EVERYONE,
            lambda request, row: " · ".join(
                filter(None, (names_of(request).warehouses.get(row.warehouse_id), row.bin, row.role))
            ),
        ),
        shows("quantity", "数量", EVERYONE, quantity, number=True),
        shows("batch_no", "批次", EVERYONE, lambda request, row: row.batch_no or None),
        shows(
            "mfg_date", "生产日期", EVERYONE, lambda request, row: row.mfg_date and row.mfg_date.isoformat()
        ),
        shows(
            "expiry_date",
            "到期",
            EVERYONE,
            lambda request, row: row.expiry_date and row.expiry_date.isoformat(),
        ),
        shows("life", "效期", EVERYONE, life),
        shows(
            "supplier",
            "供应商",
            SUPPLIERS,
            lambda request, row: names_of(request).suppliers.get(row.supplier_id),
        ),
        shows("value", "成本", COST, value, number=True),
    )

    def __init__(self) -> None:
        super().__init__(StockRow)

    def can_view_detail(self, request: Request) -> bool:
        return False

    async def find_all(self, request: Request, *found: Any, **more: Any) -> Sequence[Any]:
        rows = await super().find_all(request, *found, **more)
        names_of(request).load_units(row.product_id for row in rows)
        return rows

    def link_pk(self, row: Any) -> int:
        return int(row.product_id)

    def mood(self, request: Request, row: Any) -> str:
        found = life_of(row.mfg_date, row.expiry_date, today_of(request))
        return found.mood if found else ""
