"""记叫法、忘叫法：一个词以后就是这个商品，只对这位客户、只对我自己、或对大家；说过的都列得出、收得回。"""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select, update

from core.books.names import names_told
from core.catalog import alias, goods_by_id, product
from core.company import company
from core.errors import Choice, Clash, Invalid, Need, no_such
from core.partners import the_partner
from core.prepared import Prepared
from core.staff import May
from core.tx import Tx

SCOPES = {"partner": "只对这位客户", "mine": "只对我", "all": "对大家"}
SHORTEST, LONGEST = 2, 20
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class LearnName:
    """scope: partner (needs partner_id) | mine | all. The narrowest one that fits wins when the word is heard."""

    word: str
    product_id: int
    scope: str = "mine"
    partner_id: int | None = None


@dataclass(frozen=True, slots=True)
class ForgetName:
    """alias_id: which of several, once asked."""

    word: str
    alias_id: int | None = None


def prepare_learning(tx: Tx, command: LearnName) -> Prepared:
    """Raises NotAllowed (all: 维护基础资料), Invalid, Clash when the word is another product's own name or code."""
    word = _SPACE.sub("", command.word)
    if not SHORTEST <= len(word) <= LONGEST or word.isdigit():
        raise Invalid("word", f"叫法要 {SHORTEST} 到 {LONGEST} 个字，不能全是数字。换一个再说。")
    if command.scope not in SCOPES or (command.scope == "partner") != (command.partner_id is not None):
        raise Invalid("scope", "叫法对谁算数：这位客户、我自己，还是大家？")
    if command.scope == "all":
        tx.actor.require(May.SET_UP)
    goods = goods_by_id(tx.conn, tx.company_id, [command.product_id])[command.product_id]
    whose = the_partner(tx, command.partner_id, lock=False).name if command.partner_id else ""
    own_name = tx.conn.execute(
        select(product.c.name).where(
            product.c.company_id == tx.company_id,
            product.c.id != goods.id,
            product.c.active,
            or_(product.c.name == word, product.c.code == word),
        )
    ).scalar()
    if own_name:
        raise Clash("name_taken", f"“{word}”本来就是 {own_name} 的名字，不能再当 {goods.title} 的叫法。")
    old = [row for row in _said(tx, word) if _same_scope(row, tx, command)]
    before = goods_by_id(tx.conn, tx.company_id, {row.product_id for row in old}, stopped_too=True)
    shown: dict[str, Any] = {
        "title": "记叫法",
        "kind": "",
        "word": word,
        "product": goods.title,
        "whom": whose or {"mine": f"{tx.actor.name}自己", "all": "大家"}[command.scope],
        "instead_of": "、".join(one.title for one in before.values() if one.id != goods.id),
        "lines": [],
    }
    return Prepared(shown, [word, goods.id, command.scope, command.partner_id])


def do_learning(tx: Tx, command: LearnName, prepared: Prepared) -> dict[str, Any]:
    word = prepared.card["word"]
    old = [row for row in _said(tx, word) if _same_scope(row, tx, command)]
    tx.conn.execute(alias.delete().where(alias.c.id.in_([row.id for row in old])))
    tx.conn.execute(
        alias.insert().values(
            company_id=tx.company_id,
            word=word,
            product_id=command.product_id,
            partner_id=command.partner_id,
            staff_id=tx.actor.id if command.scope == "mine" else None,
            told_by=tx.actor.id,
        )
    )
    _changed(tx, {command.product_id} | {row.product_id for row in old})
    return prepared.card


def prepare_forgetting(tx: Tx, command: ForgetName) -> Prepared:
    """One's own, those one told, or any for who keeps the master data; raises NotFound, Need when several are meant."""
    word = _SPACE.sub("", command.word)
    mine = [
        row
        for row in _said(tx, word)
        if tx.actor.id in (row.staff_id, row.told_by) or May.SET_UP in tx.actor.may
    ]
    rows = [row for row in mine if command.alias_id in (None, row.id)]
    if not rows:
        raise no_such("叫法", word, "发“叫法”看您记过哪些。")
    if len(rows) > 1:
        raise Need(
            "alias_id",
            f"“{word}”记过 {len(rows)} 处，忘掉哪个？回序号。",
            tuple(
                Choice(f"{row.title}（{whose(row)}）", {"alias_id": row.id}, number)
                for number, row in enumerate(rows, 1)
            ),
        )
    shown = {
        "title": "忘掉叫法",
        "kind": "",
        "word": word,
        "product": rows[0].title,
        "whom": whose(rows[0]),
        "alias_id": rows[0].id,
        "lines": [],
    }
    return Prepared(shown, [word, rows[0].id])


def do_forgetting(tx: Tx, _command: ForgetName, prepared: Prepared) -> dict[str, Any]:
    row = tx.conn.execute(select(alias).where(alias.c.id == prepared.card["alias_id"])).one()
    tx.conn.execute(alias.delete().where(alias.c.id == row.id))
    _changed(tx, {row.product_id})
    return prepared.card


def whose(row: Any) -> str:
    """For whom an alias row counts, in words."""
    return row.partner or row.staff or "大家"


def _said(tx: Tx, word: str) -> list[Any]:
    return [row for row in names_told(tx.conn, tx.company_id) if row.word == word]


def _same_scope(row: Any, tx: Tx, command: LearnName) -> bool:
    staff_id = tx.actor.id if command.scope == "mine" else None
    return (row.partner_id, row.staff_id) == (command.partner_id, staff_id)


def _changed(tx: Tx, product_ids: set[int]) -> None:
    """Every process sees the new words with its next message (decision 42)."""
    version = tx.conn.execute(
        update(company)
        .where(company.c.id == tx.company_id)
        .values(catalog_version=company.c.catalog_version + 1)
        .returning(company.c.catalog_version)
    ).scalar_one()
    tx.conn.execute(update(product).where(product.c.id.in_(sorted(product_ids))).values(changed=version))
