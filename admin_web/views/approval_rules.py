"""审批规则：哪种单、超过多少、要谁批；没批之前单据待审，不动账。"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from admin_web.fields import BookField, Given, Money, status
from admin_web.names import Names
from admin_web.typed import tidy
from admin_web.view import ACTIVE, BooksView
from core.approvals import APPROVABLE, ApprovalRule
from core.posting_rules import KIND_NAMES, Kind
from core.rights import STAFF
from core.staff import KEEPER_ROLE, ROLES, May


@dataclass
class OneOf(BookField):
    """One of a few words, each standing for what the books keep."""

    words: Mapping[str, str] = field(default_factory=dict)  # kept → shown

    def shown(self, value: Any, names: Names) -> str:
        return self.words.get(value, str(value))

    def written(self, value: Any, names: Names) -> Any:
        return "" if value is None else self.shown(value, names)

    def read(self, text: Any, given: Given) -> Any:
        said = tidy(text)
        for kept, word in self.words.items():
            if word == said:
                return kept
        raise ValueError(f"从这里选一个填：{'、'.join(self.words.values())}。")


class ApprovalRules(BooksView):
    table = key = "approval_rule"
    menu_label = display_name = "审批规则"
    icon = "edit"
    search_hint = "搜名称"
    sees, keeps = STAFF, (May.SET_UP, May.MANAGE_STAFF)
    search = (ApprovalRule.name,)
    sortable_fields = ("name",)
    fields_default_sort = ("id",)
    filters = (ACTIVE(ApprovalRule),)
    fields = (
        BookField("name", "名称", sees=STAFF, required=True, placeholder="大额采购"),
        OneOf(
            "kind",
            "单据种类",
            sees=STAFF,
            required=True,
            placeholder="采购订单",
            words={kind.value: KIND_NAMES[kind] for kind in Kind if kind in APPROVABLE},
        ),
        Money("over_fen", "超过多少要批", sees=STAFF, placeholder="5000", help_text="不填就是每一张都要批。"),
        OneOf(
            "needs",
            "谁来批",
            sees=STAFF,
            required=True,
            placeholder="老板",
            help_text="自己提的要另一位来批；只有他一个时，他自己的不用批。",
            words={role: role for role in ROLES if role != KEEPER_ROLE},
        ),
        status(STAFF),
    )

    def __init__(self) -> None:
        super().__init__(ApprovalRule)
