"""差异怎么称呼：把键翻成人认得的商品、批次、单据、单位。"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, text

from core.values import MILLI, plain, to_day, yuan

SIDES = ("", "应收", "应收的收款或退货", "应付", "应付的付款或退货")


def _one(conn: Connection, sql: str, **keys: Any) -> Any:
    return conn.execute(text(sql), keys).one_or_none()


def product(conn: Connection, product_id: int) -> str:
    row = _one(conn, "SELECT name, spec FROM product WHERE id = :id", id=product_id)
    return f"{row.name} {row.spec}".strip() if row else f"商品#{product_id}"


def account(conn: Connection, account_id: int, *_: int) -> str:
    row = _one(conn, "SELECT name FROM account WHERE id = :id", id=account_id)
    return str(row.name) if row else f"科目#{account_id}"


def batch(conn: Connection, batch_id: int, *_: int) -> str:
    row = _one(conn, "SELECT product_id, batch_no FROM batch WHERE id = :id", id=batch_id)
    if row is None:
        return f"批次#{batch_id}"
    return product(conn, row.product_id) + (f" 批次{row.batch_no}" if row.batch_no else "")


def batch_at(conn: Connection, batch_id: int, account_id: int, *_: int) -> str:
    return f"{batch(conn, batch_id)} {account(conn, account_id)}"


def product_at(conn: Connection, product_id: int, warehouse_id: int, *_: int) -> str:
    row = _one(conn, "SELECT name FROM warehouse WHERE id = :id", id=warehouse_id)
    return f"{product(conn, product_id)} {row.name if row else f'仓库#{warehouse_id}'}"


def document(conn: Connection, document_id: int, *_: int) -> str:
    row = _one(conn, "SELECT number FROM document WHERE id = :id", id=document_id)
    return str(row.number) if row else f"单据#{document_id}"


def order_line(conn: Connection, order_id: int, line_no: int, *_: int) -> str:
    return f"{document(conn, order_id)} 第{line_no}行"


def partner(conn: Connection, partner_id: int) -> str:
    row = _one(conn, "SELECT name FROM partner WHERE id = :id", id=partner_id)
    return str(row.name) if row else f"往来单位#{partner_id}"


def partner_side(conn: Connection, partner_id: int, side: int, *_: int) -> str:
    return f"{partner(conn, partner_id)} {'应收' if side == 1 else '应付'}"


def open_item(conn: Connection, item_id: int, *_: int) -> str:
    row = _one(conn, "SELECT document_id, partner_id, side FROM open_item WHERE id = :id", id=item_id)
    return (
        f"{document(conn, row.document_id)} {partner(conn, row.partner_id)} {'应收' if row.side == 'R' else '应付'}"
        if row
        else f"未清项#{item_id}"
    )


def owed_by_document(conn: Connection, document_id: int, partner_id: int, side: int) -> str:
    return f"{document(conn, document_id)} {partner(conn, partner_id)} {SIDES[side]}"


def deal(conn: Connection, product_id: int, partner_id: int, side: int) -> str:
    return f"{product(conn, product_id)} {partner(conn, partner_id)} {'进价' if side == 1 else '售价'}"


def trace(row: Any) -> str:
    return f"#{row['id']} {to_day(row['at'])} {row['command']}"


def quantity(conn: Connection, product_id: int) -> Callable[[int], str]:
    row = _one(conn, "SELECT base_unit FROM product WHERE id = :id", id=product_id)
    return lambda milli: plain(milli, MILLI) + (row.base_unit if row else "")


def yes_or_no(_conn: Connection, _keys: tuple[int, ...]) -> Callable[[int], str]:
    return lambda value: "是" if value else "不是"


def fen(_conn: Connection, _keys: tuple[int, ...]) -> Callable[[int], str]:
    return yuan


def of_product(conn: Connection, keys: tuple[int, ...]) -> Callable[[int], str]:
    return quantity(conn, keys[0])


def of_batch(conn: Connection, keys: tuple[int, ...]) -> Callable[[int], str]:
    row = _one(conn, "SELECT product_id FROM batch WHERE id = :id", id=keys[0])
    return quantity(conn, row.product_id if row else 0)


def of_order_line(conn: Connection, keys: tuple[int, ...]) -> Callable[[int], str]:
    row = _one(
        conn,
        "SELECT product_id FROM document_line WHERE document_id = :id AND line_no = :line",
        id=keys[0],
        line=keys[1],
    )
    return quantity(conn, row.product_id if row else 0)


def of_deal(conn: Connection, _keys: tuple[int, ...]) -> Callable[[int], str]:
    return lambda document_id: document(conn, document_id) if document_id else "没有"
