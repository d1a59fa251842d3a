"""维护基础资料：商品、往来单位、仓库、员工，一次保存连同单位、条码、别名、价格。"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, func, select, update

from core.accounts import IN_STOCK, account, open_accounts, stock
from core.approvals import APPROVABLE, approval_rule
from core.catalog import alias, barcode, check_barcode, price, product, product_unit
from core.company import company
from core.documents import document_line
from core.errors import Invalid, Stale, exists_already, no_such
from core.partners import TERMS, TERMS_HINT, partner
from core.posting_rules import KIND_NAMES, Kind
from core.prepared import Prepared
from core.staff import KEEPER_ROLE, ROLES, May, staff
from core.tx import Tx
from core.values import GRAMS, MILLI, SHELF_LIFE, shelf_life_days
from core.warehouses import warehouse

TABLES: dict[str, Table] = {
    "product": product,
    "partner": partner,
    "warehouse": warehouse,
    "staff": staff,
    "approval_rule": approval_rule,
}
NAMES = {
    "product": "商品",
    "partner": "往来单位",
    "warehouse": "仓库",
    "staff": "员工",
    "approval_rule": "审批规则",
}
WHO_DOES_WHAT = ("staff", "approval_rule")  # whoever may change these could give himself every right
CHILDREN: dict[str, Table] = {"units": product_unit, "barcodes": barcode, "aliases": alias, "prices": price}
SAID = {
    "units": ("unit", "factor_milli"),
    "barcodes": ("code", "unit"),
    "aliases": ("word", "partner_id", "staff_id"),
    "prices": ("side", "partner_id", "level", "unit", "price_e4", "valid_from"),
}
LONGEST_DAYS = 36_500  # beyond a century a date is a slip of the finger
PREFIX = {"product": "P", "partner": "W", "warehouse": "CK"}


@dataclass(frozen=True, slots=True)
class SaveRecord:
    """id None = new. `changed` = the row's version that was edited. children: name → full list of rows (None = untouched)."""

    table: str
    values: dict[str, Any]
    id: int | None = None
    changed: int | None = None
    children: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def prepare(tx: Tx, command: SaveRecord) -> Prepared:
    """Raises NotAllowed, Invalid, Clash, Stale; `facts` hold the row before and after."""
    if command.table in WHO_DOES_WHAT:
        tx.actor.require(May.MANAGE_STAFF)
    table = TABLES[command.table]
    if tx.writing:  # one saver at a time, so that what is checked below still holds when it is written
        tx.conn.execute(tx.locking(select(company.c.id).where(company.c.id == tx.company_id)))
    before = _before(tx, table, command)
    values = dict(command.values)
    CHECKS[command.table](tx, command, (dict(before) if before else {}) | values)
    for child in command.children:
        _check_children(tx, command, child)
    title = values.get("name") or (before or {}).get("name", "")
    return Prepared(
        {"title": f"保存{NAMES[command.table]}", "name": title, "table": command.table},
        facts={"before": dict(before) if before else None, "values": values, "children": command.children},
    )


def _before(tx: Tx, table: Table, command: SaveRecord) -> dict[str, Any] | None:
    if command.id is None:
        return None
    row = (
        tx.conn.execute(select(table).where(table.c.id == command.id, table.c.company_id == tx.company_id))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise no_such(NAMES[command.table], str(command.id), "它可能已被别人改动，请刷新后再试。")
    if command.changed is not None and "changed" in row and row["changed"] != command.changed:
        raise Stale("changed", f"{NAMES[command.table]}“{row['name']}”刚被别人改过。请刷新看一眼，再改一次。")
    return dict(row)


def _require(values: dict[str, Any], **names: str) -> None:
    for name, word in names.items():
        if not str(values.get(name) or "").strip():
            raise Invalid("required", f"“{word}”不能空着，请填上。", field=name)


def _unique(tx: Tx, table: Table, command: SaveRecord, what: str, **same: Any) -> None:
    query = select(table.c.id, table.c.name).where(
        table.c.company_id == tx.company_id, *(table.c[k] == v for k, v in same.items())
    )
    if command.id is not None:
        query = query.where(table.c.id != command.id)
    row = tx.conn.execute(query).first()
    if row:
        raise exists_already(what, row.name)


def _check_product(tx: Tx, command: SaveRecord, values: dict[str, Any]) -> None:
    _require(values, name="名称", category="类别", base_unit="基本单位")
    if values.get("shelf_life") and not (
        SHELF_LIFE.fullmatch(values["shelf_life"])
        and 0 < shelf_life_days(values["shelf_life"]) <= LONGEST_DAYS
    ):
        raise Invalid("shelf_life", "保质期写成“540d”(天) 或 “18m”(月)，最长 100 年。", field="shelf_life")
    if not 0 <= (values.get("accept_permille") or 0) <= 1000:
        raise Invalid("share", "收货允收期写成保质期的几分之几，例如 2/3。", field="accept_permille")
    for name, word in (("safety_milli", "安全库存"), ("floor_e4", "最低售价"), ("ceiling_e4", "最高售价")):
        if (values.get(name) or 0) < 0:
            raise Invalid("negative", f"{word}不能是负数。请改成 0 或正数。", field=name)
    _no_double(tx, command, values)
    if values.get("code"):
        _unique(tx, product, command, f"商品编码“{values['code']}”", code=values["code"])
    if command.id is not None and "base_unit" in command.values:
        _keep_base_unit(tx, command)
    floor, ceiling = values.get("floor_e4"), values.get("ceiling_e4")
    if floor is not None and ceiling is not None and floor > ceiling:
        raise Invalid("floor", "最低售价不能高于最高售价。", field="floor_e4")


def _no_double(tx: Tx, command: SaveRecord, values: dict[str, Any]) -> None:
    """Two goods that read the same are one, however name and spec are divided; only a different brand makes them two (R31)."""
    title = " ".join(filter(None, (values["name"], values.get("spec"))))
    query = select(product.c.name, product.c.spec, product.c.brand).where(
        product.c.company_id == tx.company_id,
        product.c.id != (command.id or 0),
        func.replace(product.c.name + product.c.spec, " ", "") == title.replace(" ", ""),
    )
    for row in tx.conn.execute(query):
        if not row.brand or not values.get("brand") or row.brand == values["brand"]:
            raise exists_already(f"商品“{title}”", f"{row.name} {row.spec}".strip())


def _keep_base_unit(tx: Tx, command: SaveRecord) -> None:
    old = tx.conn.execute(select(product.c.base_unit).where(product.c.id == command.id)).scalar_one()
    used = tx.conn.execute(
        select(document_line.c.document_id).where(document_line.c.product_id == command.id).limit(1)
    ).first()
    if old != command.values["base_unit"] and used:
        raise Invalid(
            "base_unit",
            f"这个商品已有单据，基本单位不能从“{old}”改成别的。请新建一个商品。",
            field="base_unit",
        )


def _check_partner(tx: Tx, command: SaveRecord, values: dict[str, Any]) -> None:
    _require(values, name="名称", terms="账期")
    days = TERMS.fullmatch(values["terms"])
    if not days or int(days[1] or days[2] or days[3] or 0) > LONGEST_DAYS:
        raise Invalid("terms", f"账期写成：{TERMS_HINT}。", field="terms")
    if not (values.get("is_customer") or values.get("is_supplier")):
        raise Invalid("side", "客户、供应商至少选一个。", field="is_customer")
    _unique(tx, partner, command, f"往来单位“{values['name']}”", name=values["name"])
    if values.get("code"):
        _unique(tx, partner, command, f"编码“{values['code']}”", code=values["code"])


def _check_warehouse(tx: Tx, command: SaveRecord, values: dict[str, Any]) -> None:
    _require(values, name="名称")
    _unique(tx, warehouse, command, f"仓库“{values['name']}”", name=values["name"])
    if command.id is not None and values.get("active") is False:
        goods = tx.conn.execute(
            select(stock.c.batch_id).where(IN_STOCK, stock.c.account_id.in_(_places(tx, command.id))).limit(1)
        ).first()
        if goods:
            raise Invalid("warehouse_busy", "仓库里还有货，不能停用。先把货出清。", field="active")


def _places(tx: Tx, warehouse_id: int) -> Any:
    return select(account.c.id).where(
        account.c.company_id == tx.company_id, account.c.warehouse_id == warehouse_id
    )


def _check_staff(tx: Tx, command: SaveRecord, values: dict[str, Any]) -> None:
    _require(values, name="姓名")
    roles = values.get("roles") or []
    unknown = [role for role in roles if role not in ROLES or role == KEEPER_ROLE]
    if not roles or unknown:
        raise Invalid(
            "roles", f"角色要从这里选：{'、'.join(r for r in ROLES if r != KEEPER_ROLE)}。", field="roles"
        )
    _unique(tx, staff, command, f"员工“{values['name']}”", name=values["name"])
    keeper = command.id is not None and tx.conn.execute(
        select(staff.c.roles).where(staff.c.id == command.id)
    ).scalar_one() == [KEEPER_ROLE]
    if keeper:
        raise Invalid("keeper", "“掌柜”是系统自己，翻日和提醒都靠它，不能改也不能停用。", field="name")
    if command.id == tx.actor.id and "老板" not in roles and "老板" in tx.actor.roles:
        raise Invalid("self", "不能取消自己的老板角色，免得没人能管。请让另一位老板来改。", field="roles")
    if command.id == tx.actor.id and values.get("active") is False:
        raise Invalid("self", "不能停用自己。请让另一位老板来停。", field="active")


def _check_approval_rule(tx: Tx, command: SaveRecord, values: dict[str, Any]) -> None:
    _require(values, name="名称", kind="单据种类", needs="谁来批")
    if values["kind"] not in APPROVABLE:
        names = "、".join(KIND_NAMES[kind] for kind in Kind if kind in APPROVABLE)
        raise Invalid("kind", f"这种单据不能设审批，可以设的有：{names}。", field="kind")
    if values["needs"] not in ROLES or values["needs"] == KEEPER_ROLE:
        raise Invalid(
            "needs", f"谁来批要从这里选：{'、'.join(r for r in ROLES if r != KEEPER_ROLE)}。", field="needs"
        )
    if (values.get("over_fen") or 0) < 0:
        raise Invalid("negative", "金额不能是负数。不填就是每一张都要批。", field="over_fen")
    _unique(
        tx, approval_rule, command, "同一种单据、同一个人批的规则", kind=values["kind"], needs=values["needs"]
    )


CHECKS: dict[str, Callable[[Tx, SaveRecord, dict[str, Any]], None]] = {
    "product": _check_product,
    "partner": _check_partner,
    "warehouse": _check_warehouse,
    "staff": _check_staff,
    "approval_rule": _check_approval_rule,
}


def _check_children(tx: Tx, command: SaveRecord, child: str) -> None:
    rows = command.children[child]
    if child == "units":
        for row in rows:
            if int(row["factor_milli"]) <= 0:
                raise Invalid("factor", f"“{row['unit']}”的换算要大于 0。", field="units")
        if len({row["unit"] for row in rows}) != len(rows):
            raise Invalid("unit_twice", "同一个单位写了两次，请删掉一个。", field="units")
        _keep_used_units(tx, command, rows)
    if child == "prices" and any(int(row["price_e4"]) < 0 for row in rows):
        raise Invalid("negative", "价格不能是负数。请改成 0 或正数。", field="prices")
    if child == "barcodes":
        if len({row["code"] for row in rows}) != len(rows):
            raise Invalid("barcode_twice", "同一个条码写了两次，请删掉一个。", field="barcodes")
        for row in rows:
            check_barcode(row["code"])
            other = tx.conn.execute(
                select(product.c.name, product.c.spec)
                .join(barcode, barcode.c.product_id == product.c.id)
                .where(
                    barcode.c.company_id == tx.company_id,
                    barcode.c.code == row["code"],
                    barcode.c.product_id != (command.id or 0),
                )
            ).first()
            if other:
                raise exists_already(f"条码 {row['code']}", f"{other.name} {other.spec}".strip())


def _keep_used_units(tx: Tx, command: SaveRecord, rows: list[dict[str, Any]]) -> None:
    """A factor that documents were counted with may not change its meaning."""
    if command.id is None:
        return
    new = {row["unit"]: int(row["factor_milli"]) for row in rows}
    for old in tx.conn.execute(select(product_unit).where(product_unit.c.product_id == command.id)):
        if new.get(old.unit, old.factor_milli) != old.factor_milli:
            used = tx.conn.execute(
                select(document_line.c.document_id)
                .where(document_line.c.product_id == command.id, document_line.c.unit == old.unit)
                .limit(1)
            ).first()
            if used:
                raise Invalid(
                    "factor_used", f"“{old.unit}”已用在单据里，换算不能改。请另加一个单位名。", field="units"
                )


def do(tx: Tx, command: SaveRecord, prepared: Prepared) -> dict[str, Any]:
    """Write the row and its children; every change moves the company's catalogue version (decision 42)."""
    version = tx.conn.execute(
        update(company)
        .where(company.c.id == tx.company_id)
        .values(catalog_version=company.c.catalog_version + 1)
        .returning(company.c.catalog_version)
    ).scalar_one()
    table = TABLES[command.table]
    before = _changed(tx, table, command) if command.id is not None else {}
    values = {k: v for k, v in command.values.items() if k in table.c and k not in ("id", "company_id")}
    if "changed" in table.c:
        values["changed"] = version
    if command.id is None:
        made = _defaults(tx, table, version) | values | {"company_id": tx.company_id}
        row_id = tx.conn.execute(table.insert().returning(table.c.id), made).scalar_one()
        if command.table == "warehouse":
            open_accounts(
                tx.conn,
                tx.company_id,
                tx.conn.execute(select(warehouse).where(warehouse.c.id == row_id)).one(),
            )
        if command.table == "product" and "units" not in command.children:
            _replace(tx, "units", row_id, [])
    else:
        row_id = command.id
        tx.conn.execute(update(table).where(table.c.id == row_id).values(values))
    for child in ("units", "barcodes", "aliases", "prices"):
        if child in command.children:
            _replace(tx, child, row_id, command.children[child])
    return prepared.card | {"id": row_id, "kind": "", "table": command.table, "before": before}


def _changed(tx: Tx, table: Table, command: SaveRecord) -> dict[str, Any]:
    """{field or list of rows: what it was}, of those that are about to be different; never a password."""
    row = _before(tx, table, command) or {}
    was = {
        name: row[name]
        for name, value in command.values.items()
        if name in row and name not in ("password", "changed") and row[name] != value
    }
    for child, wanted in command.children.items():
        table = CHILDREN[child]
        rows = tx.conn.execute(select(table).where(table.c.product_id == command.id)).mappings()
        old = [_said_of(child, one) for one in rows]
        if child == "units":
            old = [one for one in old if one["unit"] != row.get("base_unit")]
        if sorted(map(str, old)) != sorted(str(_said_of(child, one)) for one in wanted):
            was[child] = old
    return was


def _said_of(child: str, row: Any) -> dict[str, Any]:
    """What a form says of such a row, in the order of its columns; what is empty left out."""
    return {name: row[name] for name in SAID[child] if row.get(name) not in (None, "")}


def _free_code(tx: Tx, table: Table, number: int) -> str:
    """The next code that nobody has given by hand."""
    while True:
        code = f"{PREFIX[table.name]}{number:06d}"
        if (
            tx.conn.execute(
                select(table.c.id).where(table.c.company_id == tx.company_id, table.c.code == code)
            ).first()
            is None
        ):
            return code
        number += 1


def _defaults(tx: Tx, table: Table, version: int) -> dict[str, Any]:
    name = table.name
    if name == "staff":
        return {"limit_fen": 0, "posts_directly": False, "active": True, "roles": []}
    if name == "approval_rule":
        return {"active": True, "over_fen": None}
    made: dict[str, Any] = {"code": _free_code(tx, table, version), "active": True}
    if name == "product":
        return made | {
            "brand": "",
            "spec": "",
            "countable": True,
            "stocked": True,
            "batched": True,
            "safety_milli": 0,
            "price_unit": "",
        }
    if name == "partner":
        return made | {"aliases": [], "is_customer": False, "is_supplier": False, "category": "", "phone": ""}
    return made | {"aliases": []}


def _replace(tx: Tx, child: str, product_id: int, rows: list[dict[str, Any]]) -> None:
    table = CHILDREN[child]
    if child == "units":
        _replace_units(tx, product_id, rows)
        return
    tx.conn.execute(table.delete().where(table.c.product_id == product_id))
    fixed: dict[str, Any] = {"product_id": product_id}
    if child in ("barcodes", "aliases"):
        fixed["company_id"] = tx.company_id
    if child == "aliases":
        fixed |= {"told_by": tx.actor.id}
    made = [{k: v for k, v in row.items() if k in table.c and k != "id"} | fixed for row in rows]
    if made:
        names = sorted({k for row in made for k in row})
        tx.conn.execute(table.insert(), [{k: row.get(k) for k in names} for row in made])


def _replace_units(tx: Tx, product_id: int, rows: list[dict[str, Any]]) -> None:
    base = tx.conn.execute(
        select(product.c.base_unit, product.c.price_unit).where(product.c.id == product_id)
    ).one()
    wanted = {row["unit"]: int(row["factor_milli"]) for row in rows} | {base.base_unit: MILLI}
    if base.base_unit in GRAMS:
        tx.conn.execute(update(product).where(product.c.id == product_id).values(countable=False))
    tx.conn.execute(
        barcode.delete().where(barcode.c.product_id == product_id, barcode.c.unit.not_in(list(wanted)))
    )
    old = {
        row.unit
        for row in tx.conn.execute(select(product_unit.c.unit).where(product_unit.c.product_id == product_id))
    }
    gone = old - set(wanted)
    if gone:
        tx.conn.execute(
            product_unit.delete().where(
                product_unit.c.product_id == product_id, product_unit.c.unit.in_(sorted(gone))
            )
        )
    for unit, factor in wanted.items():
        if unit in old:
            tx.conn.execute(
                update(product_unit)
                .where(product_unit.c.product_id == product_id, product_unit.c.unit == unit)
                .values(factor_milli=factor)
            )
        else:
            tx.conn.execute(
                product_unit.insert(), {"product_id": product_id, "unit": unit, "factor_milli": factor}
            )
    if base.price_unit not in wanted:
        tx.conn.execute(update(product).where(product.c.id == product_id).values(price_unit=base.base_unit))
