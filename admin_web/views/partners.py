"""供应商和客户：同一张往来单位表的两面，各看各的。"""

from typing import Any

from starlette.requests import Request

from admin_web.fields import BookField, Flag, Money, Optional, Share, Words, status
from admin_web.filters import Pick
from admin_web.pages.balances import balance_of
from admin_web.view import ACTIVE, BooksView
from core.partners import TERMS_HINT, Partner
from core.rights import CUSTOMERS, KEEP_BOOKS, PAYABLE, RECEIVABLE, SUPPLIERS, Rights
from core.staff import May

BASICS, MONEY = "基本资料", "账期和额度"
TERMS_OF_SUPPLIERS: Rights = (May.ORDER_GOODS, *PAYABLE)


def _common(who: Rights, money: Rights, other: BookField) -> tuple[BookField, ...]:
    return (
        BookField("name", "名称", sees=who, section=BASICS, required=True),
        Words(
            "aliases",
            "别名",
            sees=who,
            section=BASICS,
            exclude_from_list=True,
            placeholder="老王、王记",
            help_text="几个叫法用顿号隔开，聊天里说哪个都行。",
        ),
        BookField("code", "编码", sees=who, section=BASICS, placeholder="不填自动编"),
        BookField(
            "category", "分类", sees=who, section=BASICS, suggest="partner_categories", placeholder="餐饮"
        ),
        BookField("phone", "电话", sees=money, section=BASICS, placeholder="手机或座机"),
        other,
        BookField(
            "terms",
            "账期",
            sees=money,
            section=MONEY,
            required=True,
            default="现结",
            suggest="terms",
            help_text=f"写成：{TERMS_HINT}。",
        ),
    )


class _Partners(BooksView):
    table = "partner"
    detail_template = "partner.html"
    sortable_fields = ("code", "name", "category")
    fields_default_sort = ("name",)
    search = (Partner.name, Partner.code, Partner.category)

    def __init__(self) -> None:
        super().__init__(Partner)


class Customers(_Partners):
    key = "customer"
    menu_label = display_name = "客户"
    icon = "people"
    sees, keeps = CUSTOMERS, KEEP_BOOKS
    filters = (
        ACTIVE(Partner),
        Pick(
            "level",
            "等级",
            lambda names: [(one, one) for one in names.levels],
            lambda value: Partner.level == value,
            sees=RECEIVABLE,
        ),
    )
    fields = (
        *_common(
            CUSTOMERS,
            RECEIVABLE,
            Flag("is_supplier", "也是供应商", sees=SUPPLIERS, section=BASICS, exclude_from_list=True),
        ),
        Optional(
            "level",
            "等级",
            sees=RECEIVABLE,
            section=MONEY,
            suggest="levels",
            placeholder="批发",
            help_text="按等级取价。",
        ),
        Money("credit_limit_fen", "信用额度", sees=RECEIVABLE, section=MONEY, placeholder="不填不限"),
        Share(
            "min_life_permille",
            "允收期",
            sees=RECEIVABLE,
            section=MONEY,
            exclude_from_list=True,
            placeholder="1/3",
            help_text="保质期至少还剩多少才收。",
        ),
        status(CUSTOMERS),
    )

    def scope(self, request: Request) -> list[Any]:
        return [*super().scope(request), Partner.is_customer]

    def defaults(self) -> dict[str, Any]:
        return {"is_customer": True}

    def page(self, request: Request, row: Any) -> dict[str, Any]:
        return super().page(request, row) | {"balance": balance_of(request, row.id, "R", RECEIVABLE)}


class Suppliers(_Partners):
    key = "supplier"
    menu_label = display_name = "供应商"
    icon = "truck"
    sees, keeps = SUPPLIERS, KEEP_BOOKS
    filters = (ACTIVE(Partner),)
    fields = (
        *_common(
            SUPPLIERS,
            TERMS_OF_SUPPLIERS,
            Flag("is_customer", "也是客户", sees=CUSTOMERS, section=BASICS, exclude_from_list=True),
        ),
        status(SUPPLIERS),
    )

    def scope(self, request: Request) -> list[Any]:
        return [*super().scope(request), Partner.is_supplier]

    def defaults(self) -> dict[str, Any]:
        return {"is_supplier": True}

    def page(self, request: Request, row: Any) -> dict[str, Any]:
        return super().page(request, row) | {"balance": balance_of(request, row.id, "P", PAYABLE)}
