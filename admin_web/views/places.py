"""仓库。"""

from admin_web.fields import BookField, Words, status
from admin_web.view import ACTIVE, BooksView
from core.rights import EVERYONE, KEEP_BOOKS
from core.warehouses import Warehouse


class Places(BooksView):
    table = key = "warehouse"
    menu_label = display_name = "仓库"
    icon = "house"
    sees, keeps = EVERYONE, KEEP_BOOKS
    search = (Warehouse.name, Warehouse.code)
    sortable_fields = ("code", "name")
    fields_default_sort = ("id",)
    filters = (ACTIVE(Warehouse),)
    fields = (
        BookField("name", "名称", sees=EVERYONE, required=True, placeholder="一分店"),
        Words("aliases", "别名", sees=EVERYONE, placeholder="分店、东门店", help_text="几个叫法用顿号隔开。"),
        BookField("code", "编码", sees=EVERYONE, placeholder="不填自动编"),
        status(EVERYONE),
    )

    def __init__(self) -> None:
        super().__init__(Warehouse)
