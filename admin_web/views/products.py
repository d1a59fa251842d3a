"""商品：资料、单位换算、条码、别名、价目；详情里看各批次的库存和到期。"""

from typing import Any, ClassVar

from sqlalchemy import exists, or_, select
from starlette.requests import Request

from admin_web.fields import (
    BookField,
    Flag,
    Price,
    Quantity,
    Reference,
    Share,
    ShelfLife,
    Unit,
    shows,
    status,
)
from admin_web.filters import Pick
from admin_web.names import names_of
from admin_web.pages.batches import batches_of
from admin_web.view import ACTIVE, BooksView
from admin_web.views.product_rows import PRODUCT_ROWS
from core.catalog import Product, alias, barcode
from core.rights import EVERYONE, KEEP_BOOKS, SALES_PRICE, SUPPLIERS
from core.values import price_text

BASICS, LIFE, USUAL, PRICING = "基本资料", "保质期和批次", "默认", "价格和库存线"


def safety(request: Request, row: Any) -> Any:
    return (row.safety_milli, names_of(request).units(row.id, row.base_unit), row.base_unit)


class Products(BooksView):
    table = key = "product"
    menu_label = display_name = "商品"
    icon = "box"
    search_hint = "搜名称、编码、别名、条码"
    sees, keeps = EVERYONE, KEEP_BOOKS
    rows = PRODUCT_ROWS
    detail_template = "product.html"
    title_of = ("name", "spec")
    search = (Product.name, Product.code, Product.brand, Product.spec, Product.category)
    sortable_fields = ("title", "code", "category", "brand")
    sortable_field_mapping: ClassVar[dict[str, Any]] = {"title": Product.name}
    fields_default_sort = ("category", "name")
    filters = (
        ACTIVE(Product),
        Pick(
            "category",
            "类别",
            lambda names: [(one, one) for one in names.categories],
            lambda value: Product.category == value,
        ),
    )
    fields = (
        shows(
            "title",
            "商品",
            EVERYONE,
            lambda request, row: f"{row.name} {row.spec}".strip(),
            exclude_from_detail=True,
        ),
        BookField(
            "name",
            "名称",
            sees=EVERYONE,
            section=BASICS,
            required=True,
            exclude_from_list=True,
            placeholder="海天金标生抽",
        ),
        BookField("brand", "品牌", sees=EVERYONE, section=BASICS, placeholder="海天"),
        BookField("spec", "规格", sees=EVERYONE, section=BASICS, exclude_from_list=True, placeholder="500ml"),
        BookField(
            "category",
            "类别",
            sees=EVERYONE,
            section=BASICS,
            required=True,
            suggest="categories",
            placeholder="酱油",
        ),
        BookField(
            "base_unit",
            "基本单位",
            sees=EVERYONE,
            section=BASICS,
            required=True,
            placeholder="瓶",
            exclude_from_list=True,
            help_text="库存按它记；用过以后不能改。",
        ),
        BookField("code", "编码", sees=EVERYONE, section=BASICS, placeholder="不填自动编"),
        ShelfLife(
            "shelf_life",
            "保质期",
            sees=EVERYONE,
            section=LIFE,
            placeholder="18个月",
            exclude_from_list=True,
            help_text="例如 18个月、540天、两年。没有就空着。",
        ),
        Flag(
            "batched",
            "按批次管",
            sees=EVERYONE,
            section=LIFE,
            default=True,
            exclude_from_list=True,
            help_text="先到期先出，一批一批看得到。",
        ),
        Flag(
            "countable",
            "按整数数",
            sees=EVERYONE,
            section=LIFE,
            default=True,
            exclude_from_list=True,
            help_text="瓶、箱这类关上；散称的货关掉。",
        ),
        Share(
            "accept_permille",
            "收货允收期",
            sees=EVERYONE,
            section=LIFE,
            exclude_from_list=True,
            placeholder="2/3",
            help_text="到货时保质期至少还剩多少，少了就拒收。",
        ),
        Reference(
            "supplier_id",
            "默认供应商",
            sees=SUPPLIERS,
            section=USUAL,
            suggest="suppliers",
            exclude_from_list=True,
        ),
        Reference(
            "warehouse_id",
            "默认仓库",
            sees=EVERYONE,
            section=USUAL,
            suggest="warehouses",
            exclude_from_list=True,
        ),
        Unit(
            "price_unit",
            "计价单位",
            sees=EVERYONE,
            section=PRICING,
            placeholder="不填是基本单位",
            exclude_from_list=True,
            help_text="售价区间按它算。",
        ),
        Price(
            "floor_e4",
            "最低售价",
            sees=SALES_PRICE,
            section=PRICING,
            exclude_from_list=True,
            exclude_from_detail=True,
        ),
        Price(
            "ceiling_e4",
            "最高售价",
            sees=SALES_PRICE,
            section=PRICING,
            exclude_from_list=True,
            exclude_from_detail=True,
        ),
        Quantity(
            "safety_milli",
            "安全库存",
            sees=EVERYONE,
            section=PRICING,
            getter=safety,
            exclude_from_list=True,
            placeholder="20箱",
            help_text="低于它就提醒补货。",
        ),
        shows("range", "售价区间", SALES_PRICE, lambda request, row: price_range(row), number=True),
        status(EVERYONE),
    )

    def __init__(self) -> None:
        super().__init__(Product)

    def get_search_query(self, request: Request, term: str) -> Any:
        said = select(alias.c.id).where(
            alias.c.product_id == Product.id, alias.c.word.icontains(term, autoescape=True)
        )
        scanned = select(barcode.c.code).where(barcode.c.product_id == Product.id, barcode.c.code == term)
        return or_(super().get_search_query(request, term), exists(said), exists(scanned))

    def page(self, request: Request, row: Any) -> dict[str, Any]:
        return super().page(request, row) | {"batches": batches_of(request, row)}


def price_range(row: Any) -> str | None:
    if row.floor_e4 is None and row.ceiling_e4 is None:
        return None
    ends = ["" if end is None else price_text(end) for end in (row.floor_e4, row.ceiling_e4)]
    return f"{ends[0]}–{ends[1]}/{row.price_unit or row.base_unit}"
