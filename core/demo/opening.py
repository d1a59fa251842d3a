"""演示店开张：建仓库、员工、往来单位、商品，给每个人一个网页身份，再录期初。"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from core.commands import BindIdentity, IssueBindingCode, OpeningLine, RecordOpening, SaveRecord
from core.db import Books
from core.demo import script
from core.demo.catalogue import (
    AGREED_PERMILLE,
    CEILING_PERMILLE,
    FLOOR_PERMILLE,
    LEVELS,
    DemoGoods,
    DemoPartner,
    goods,
    partners,
    people,
    places,
)
from core.demo.pen import Pen
from core.execute import Order, execute
from core.founding import Founding
from core.staff import system_actor
from core.values import MILLI, SHELF_LIFE, add_months, shelf_life_days

WEEKS_OF_STOCK = 3
NEVER_PAID = (-40, -15, 20, 45)  # due so many days after the opening: 130 to 45 days late by now
SHORT_LIFE = 30  # goods that keep no longer are bought and sold the same day
Debts = dict[str, list[tuple[date, int]]]  # partner code → (due, fen)


@dataclass
class Stage:
    """Everything of the shop by its code, with the ids the database gave it."""

    goods: dict[str, DemoGoods]
    partners: dict[str, DemoPartner]
    ids: dict[str, int] = field(default_factory=dict)  # code of goods, partner, warehouse; name of a person


def set_up(pen: Pen, founding: Founding, progress: Callable[[float, str], None]) -> Stage:
    """Master data, one SaveRecord each."""
    stage = Stage({one.code: one for one in goods()}, {one.code: one for one in partners()})
    stage.ids |= {"CK01": founding.warehouse_id, script.OWNER: founding.owner_id}
    for place in places():
        values: dict[str, Any] = {"code": place.code, "name": place.name, "aliases": list(place.aliases)}
        stage.ids[place.code] = _save(pen, "warehouse", values, stage.ids.get(place.code))
    for person in people():
        values = {
            "name": person.name,
            "roles": list(person.roles),
            "warehouse_id": stage.ids.get(person.warehouse),
        }
        stage.ids[person.name] = _save(pen, "staff", values, stage.ids.get(person.name))
    for who in stage.partners.values():
        stage.ids[who.code] = _save(pen, "partner", _partner_values(who))
    for number, one in enumerate(stage.goods.values()):
        stage.ids[one.code] = _save(
            pen, "product", _goods_values(one, stage), None, **_children(one, stage, pen.now.date())
        )
        if number % 20 == 0:
            progress(0.02 + 0.13 * number / len(stage.goods), f"建商品 {one.name}")
    return stage


def _save(pen: Pen, table: str, values: dict[str, Any], row_id: int | None = None, **children: Any) -> int:
    return int(pen.write(script.OWNER, SaveRecord(table, values, row_id, children=children))["id"])


def _partner_values(who: DemoPartner) -> dict[str, Any]:
    return {
        "code": who.code,
        "name": who.name,
        "aliases": list(who.aliases),
        "is_customer": who.is_customer,
        "is_supplier": who.is_supplier,
        "category": who.category,
        "level": who.level or None,
        "terms": who.terms,
        "credit_limit_fen": who.credit_fen,
        "min_life_permille": who.min_life_permille,
    }


def _goods_values(one: DemoGoods, stage: Stage) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "brand": one.brand,
        "spec": one.spec,
        "category": one.category,
        "base_unit": one.base_unit,
        "countable": not one.weighed,
        "batched": one.batched,
        "shelf_life": one.shelf_life or None,
        "supplier_id": stage.ids[one.supplier],
        "warehouse_id": stage.ids.get(one.warehouse),
        "safety_milli": one.safety * one.factor_milli,
        "floor_e4": one.level_e4(FLOOR_PERMILLE),
        "ceiling_e4": one.level_e4(CEILING_PERMILLE),
        "price_unit": one.price_unit,
    }


def _children(one: DemoGoods, stage: Stage, today: date) -> dict[str, list[dict[str, Any]]]:
    since = today - timedelta(days=30)

    def price(side: str, price_e4: int, **whom: Any) -> dict[str, Any]:
        return {"side": side, "unit": one.price_unit, "price_e4": price_e4, "valid_from": since} | whom

    box = one.units[-1][0]
    codes = [{"code": one.barcode, "unit": one.base_unit}, {"code": one.box_barcode, "unit": box}]
    return {
        "units": [{"unit": unit, "factor_milli": factor} for unit, factor in one.units],
        "barcodes": [row for row in codes if row["code"]],
        "aliases": [{"word": word} for word in one.aliases],
        "prices": [
            price("P", one.buy_e4),
            price("S", one.sell_e4),
            *(price("S", one.level_e4(permille), level=level) for level, permille in LEVELS.items()),
            *(
                price("S", one.level_e4(AGREED_PERMILLE), partner_id=stage.ids[code])
                for code, codes in script.AGREED.items()
                if one.code in codes
            ),
        ],
    }


def give_identities(books: Books, pen: Pen, stage: Stage, now: datetime) -> None:
    """Everybody can be reached on the web chat, bound with a code as anybody would be."""
    with books.read() as conn:
        keeper = system_actor(conn, pen.company_id)
    for person in people():
        staff_id = stage.ids[person.name]
        code = pen.write(script.OWNER, IssueBindingCode(staff_id))["secret"]
        bind = BindIdentity(code, "web", "main", str(staff_id), address={"staff_id": staff_id})
        execute(books, keeper, Order(bind, f"demo/bind/{staff_id}", door="demo"), now)


# ── opening balances ──


def record_opening(pen: Pen, stage: Stage, day: date, end: date) -> Debts:
    """Stock, money and debts of the first day; returns what is owed by and to whom."""
    lines = [_stock_line(pen, one, stage, day, end) for one in stage.goods.values() if not keeps_short(one)]
    for start in range(0, len(lines), 80):
        pen.write(script.OWNER, RecordOpening(tuple(lines[start : start + 80]), day, "期初库存"))
    pen.write(
        script.OWNER,
        RecordOpening(
            tuple(OpeningLine("cash", yuan * 100, fund=fund) for fund, yuan in script.OPENING_FUNDS.items()),
            day,
            "期初资金",
        ),
    )
    debts = {who.code: _debts(pen, who, day) for who in stage.partners.values()}
    pen.write(
        "陈会计",
        RecordOpening(
            tuple(
                OpeningLine(
                    "owed_to_us" if stage.partners[code].is_customer else "owed_by_us",
                    fen,
                    partner_id=stage.ids[code],
                    due_date=due,
                )
                for code, items in debts.items()
                for due, fen in items
            ),
            day,
            "期初往来",
        ),
    )
    return debts


def _stock_line(pen: Pen, one: DemoGoods, stage: Stage, day: date, end: date) -> OpeningLine:
    boxes, days_left = script.UNSOLD.get(one.code, (max(2, one.weekly * WEEKS_OF_STOCK), None))
    expiry = made = None
    if days_left is not None:
        expiry = end + timedelta(days=days_left)
        made = life_before(expiry, one.shelf_life)
    elif one.batched:
        made = day - timedelta(days=min(pen.rng.randint(8, 70), shelf_life_days(one.shelf_life) // 4))
    value = boxes * one.buy_e4 // 100
    return OpeningLine(
        "stock",
        value,
        stage.ids[one.code],
        boxes * MILLI,
        one.price_unit,
        mfg_date=made,
        expiry_date=expiry,
        received_on=day - timedelta(days=2 if one.batched and shelf_life_days(one.shelf_life) < 10 else 9),
        supplier_id=stage.ids[one.supplier],
    )


def keeps_short(one: DemoGoods) -> bool:
    return one.batched and shelf_life_days(one.shelf_life) <= SHORT_LIFE


def life_before(expiry: date, shelf_life: str) -> date:
    """The production date that gives this expiry, near enough at the end of a month."""
    matched = SHELF_LIFE.fullmatch(shelf_life)
    if matched is None:
        raise ValueError(shelf_life)
    return (
        expiry - timedelta(days=int(matched[1]))
        if matched[2] == "d"
        else add_months(expiry, -int(matched[1]))
    )


def _debts(pen: Pen, who: DemoPartner, day: date) -> list[tuple[date, int]]:
    """A few open items from before; the one who never pays has some of every age by now."""
    if who.late_days > 365:
        return [(day + timedelta(days=due), pen.rng.randint(60, 90) * 10_000) for due in NEVER_PAID]
    if who.terms == "现结":
        return []
    many, most = (3, who.size * 900) if who.is_customer else (2, 14_000)
    return [
        (
            day + timedelta(days=pen.rng.randint(-min(who.late_days, 12), 24)),
            max(300, most * pen.rng.randint(50, 130) // 100) * 100,
        )
        for _ in range(many)
    ]
