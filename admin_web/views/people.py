"""员工与角色：谁能做什么、密码、绑定码、绑定了哪些账号。"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import String, cast, select
from starlette.requests import Request

from admin_web.fields import BookField, Checks, Flag, Given, Money, Reference, status
from admin_web.pages.words import CHANNELS
from admin_web.view import ACTIVE, BooksView
from core.rights import STAFF
from core.sessions import hash_password
from core.staff import KEEPER_ROLE, ROLES, May, Staff, binding_code, identity

SHORTEST = 8
BASICS, LIMITS, ENTRY = "基本资料", "权限和限额", "登录"


@dataclass
class Password(BookField):
    """Typed to set a new one; the kept hash is never shown."""

    kind: str = "password"

    def written(self, value: Any, names: Any) -> Any:
        return ""

    def read(self, text: Any, given: Given) -> Any:
        if not text:
            return None
        if len(text) < SHORTEST:
            raise ValueError(f"密码至少 {SHORTEST} 位。请写长一点。")
        return hash_password(text, given.key, given.secret)


class People(BooksView):
    table = key = "staff"
    menu_label = display_name = "员工"
    icon = "badge"
    search_hint = "搜姓名"
    sees, keeps = STAFF, (May.SET_UP, May.MANAGE_STAFF)
    detail_template = "staff.html"
    search = (Staff.name,)
    sortable_fields = ("name",)
    fields_default_sort = ("id",)
    filters = (ACTIVE(Staff),)
    fields = (
        BookField("name", "姓名", sees=STAFF, section=BASICS, required=True, placeholder="小刘"),
        Checks(
            "roles", "角色", sees=STAFF, section=BASICS, required=True, help_text="一个人可以有几个角色。"
        ),
        Reference(
            "warehouse_id",
            "所在仓库",
            sees=STAFF,
            section=BASICS,
            suggest="warehouses",
            help_text="说“入库”没说仓库时，就用它。",
        ),
        Flag(
            "posts_directly",
            "说对就入账",
            sees=STAFF,
            section=LIMITS,
            exclude_from_list=True,
            help_text="一句话全说对、没有提醒时，不用再确认。",
        ),
        Money(
            "limit_fen",
            "单笔限额",
            sees=STAFF,
            blank=0,
            section=LIMITS,
            exclude_from_list=True,
            placeholder="0",
            help_text="超过它的单都要确认。",
        ),
        Password(
            "password",
            "新密码",
            sees=STAFF,
            section=ENTRY,
            exclude_from_list=True,
            exclude_from_detail=True,
            exclude_from_export=True,
            placeholder="不改就空着",
            help_text="用户名就是姓名。改了密码，他别处的登录会退出。",
        ),
        status(STAFF, yes="在职"),
    )

    def __init__(self) -> None:
        super().__init__(Staff)

    def scope(self, request: Request) -> list[Any]:
        return [*super().scope(request), cast(Staff.roles, String).not_like(f"%{KEEPER_ROLE}%")]

    def page(self, request: Request, row: Any) -> dict[str, Any]:
        session, now = request.state.session, request.state.now
        bound = session.execute(
            select(identity).where(identity.c.staff_id == row.id).order_by(identity.c.used_at.desc())
        ).all()
        code = session.execute(
            select(binding_code.c.expires_at).where(
                binding_code.c.staff_id == row.id,
                binding_code.c.used_at.is_(None),
                binding_code.c.expires_at > now,
            )
        ).scalar()
        may = sorted(
            {one.value for role in row.roles for one in ROLES.get(role, ())},
            key=[one.value for one in May].index,
        )
        return super().page(request, row) | {
            "bound": [
                (CHANNELS.get(one.channel, one.channel), one.external_id, one.used_at) for one in bound
            ],
            "code_until": code,
            "may": may,
            "has_password": row.password is not None,
        }
