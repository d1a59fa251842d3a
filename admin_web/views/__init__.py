"""后台有哪些页，按菜单的顺序。"""

from collections.abc import Callable

from admin_web.view import BooksView
from admin_web.views.approval_rules import ApprovalRules
from admin_web.views.documents import Documents
from admin_web.views.partners import Customers, Suppliers
from admin_web.views.people import People
from admin_web.views.places import Places
from admin_web.views.products import Products
from admin_web.views.stock import StockRows

VIEWS: tuple[Callable[[], BooksView], ...] = (
    Products,
    StockRows,
    Documents,
    Customers,
    Suppliers,
    Places,
    People,
    ApprovalRules,
)
