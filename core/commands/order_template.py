"""存为模板、用模板：常订的单存个名字，下回按当天的价格和可用再下，可以临时加减。"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select

from core.catalog import goods_by_id
from core.commands import place_order
from core.commands.place_order import PlaceOrder, the_customer
from core.documents import by_number, document_line
from core.drafting import SaidLine, wants
from core.errors import Invalid
from core.posting_rules import KIND_NAMES, Kind, Role
from core.prepared import Prepared
from core.templates import lines_of, order_template, order_template_line, template_named
from core.tx import Tx
from core.values import MILLI

LONGEST = 40  # characters of a name


@dataclass(frozen=True, slots=True)
class SaveTemplate:
    """From an order (number), or from lines for a customer; the same name again replaces what it held."""

    name: str
    number: str | None = None
    partner_id: int | None = None
    lines: tuple[SaidLine, ...] = ()


@dataclass(frozen=True, slots=True)
class UseTemplate:
    """more = what comes on top this time (蚝油+2); instead = quantities that replace the template's (said_milli 0 = without)."""

    name: str
    more: tuple[SaidLine, ...] = ()
    instead: tuple[SaidLine, ...] = ()
    promised_on: date | None = None
    note: str = ""


def prepare_saving(tx: Tx, command: SaveTemplate) -> Prepared:
    """Prices are not kept: a template orders at the prices of its day (R71)."""
    name = command.name.strip()
    if not 0 < len(name) <= LONGEST:
        raise Invalid("template_name", f"模板起个 {LONGEST} 字以内的名字，例如：存为模板 张姐周二。")
    partner_id, lines = (
        _from_order(tx, command.number) if command.number else (command.partner_id, command.lines)
    )
    if partner_id is None:
        raise Invalid("no_partner", "模板要说是哪个客户的，或带上订单号，例如：SO-7 存为模板 张姐周二。")
    customer = the_customer(tx, partner_id)
    found = wants(tx, lines)
    shown = {
        "title": "存模板",
        "kind": "",
        "name": name,
        "partner": customer.name,
        "lines": [{"product_id": w.goods.id, "product": w.goods.title, "said": w.said_text} for w in found],
    }
    return Prepared(shown, [name, partner_id, [(w.goods.id, w.said.said_milli, w.said.unit) for w in found]])


def do_saving(tx: Tx, command: SaveTemplate, prepared: Prepared) -> dict[str, Any]:
    partner_id, lines = (
        _from_order(tx, command.number) if command.number else (command.partner_id, command.lines)
    )
    name = command.name.strip()
    old = tx.conn.execute(
        select(order_template.c.id).where(
            order_template.c.company_id == tx.company_id, order_template.c.name == name
        )
    ).scalar()
    values = {"partner_id": partner_id, "staff_id": tx.actor.id, "saved_at": tx.now}
    if old is None:
        made = order_template.insert().returning(order_template.c.id)
        template_id = tx.conn.execute(made, values | {"company_id": tx.company_id, "name": name}).scalar_one()
    else:
        template_id = old
        tx.conn.execute(order_template.update().where(order_template.c.id == old).values(**values))
        tx.conn.execute(order_template_line.delete().where(order_template_line.c.template_id == old))
    rows = [
        {
            "template_id": template_id,
            "line_no": number,
            "product_id": line.product_id,
            "said_milli": line.said_milli,
            "unit": line.unit,
            "gift": line.gift,
        }
        for number, line in enumerate(lines, 1)
    ]
    tx.conn.execute(order_template_line.insert(), rows)
    return prepared.card | {"id": template_id}


def _from_order(tx: Tx, number: str | None) -> tuple[int | None, tuple[SaidLine, ...]]:
    order = by_number(tx.conn, tx.company_id, number or "")
    if order.kind != Kind.SALES_ORDER or order.state != "posted":
        raise Invalid(
            "not_order", f"{order.number} 是{KIND_NAMES[Kind(order.kind)]}，要从记了账的销售订单存模板。"
        )
    rows = tx.conn.execute(
        select(document_line).where(document_line.c.document_id == order.id).order_by(document_line.c.line_no)
    )
    return order.partner_id, tuple(
        SaidLine(row.product_id, row.said_milli, row.unit, gift=row.role == Role.GIFT) for row in rows
    )


def prepare_using(tx: Tx, command: UseTemplate) -> Prepared:
    """What PlaceOrder raises; goods that were stopped since are left out and named, never silently."""
    template = template_named(tx.conn, tx.company_id, command.name)
    rows = lines_of(tx.conn, template.id)
    goods = goods_by_id(tx.conn, tx.company_id, {row.product_id for row in rows}, stopped_too=True)
    kept = [row for row in rows if goods[row.product_id].active]
    lines = [SaidLine(row.product_id, row.said_milli, row.unit, gift=row.gift) for row in kept]
    for one in command.instead:
        lines = [line for line in lines if line.product_id != one.product_id] + (
            [one] if one.said_milli else []
        )
    for one in command.more:
        lines = _added(tx, lines, one)
    if not lines:
        raise Invalid(
            "no_lines", f"模板“{template.name}”里的货都停用或去掉了，没有可下的。请直接说商品和数量。"
        )
    order = PlaceOrder(tuple(lines), template.partner_id, command.promised_on, note=command.note)
    prepared = place_order.prepare(tx, order)
    prepared.card["like"] = template.name
    prepared.defaulted.append(f"商品和数量照模板“{template.name}”")
    prepared.warnings += [
        f"{goods[row.product_id].title} 已停用，这回没有下"
        for row in rows
        if not goods[row.product_id].active
    ]
    return prepared


def _added(tx: Tx, lines: list[SaidLine], more: SaidLine) -> list[SaidLine]:
    """On top of the template's own line of these goods, in its unit if that is exact, else in the base unit."""
    own = next((line for line in lines if line.product_id == more.product_id and not line.gift), None)
    if own is None or more.gift:
        return [*lines, more]
    goods = goods_by_id(tx.conn, tx.company_id, [more.product_id])[more.product_id]
    both = goods.to_base(own.said_milli, own.unit) + goods.to_base(more.said_milli, more.unit)
    number, rest = divmod(both * MILLI, goods.factor_milli(own.unit))
    said, unit = (both, goods.base_unit) if rest else (number, own.unit)
    return [replace(line, said_milli=said, unit=unit) if line is own else line for line in lines]
