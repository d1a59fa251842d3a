"""测试小店本身：数字和 features.md §0.1 一样，两种数据库都能开张。"""

from sqlalchemy import select

from core.accounts import availability, batch
from tests.make import CASE, Shop


def test_the_shop_is_the_one_of_the_feature_matrix(shop: Shop) -> None:
    batches = {row.batch_no: row for row in shop.rows(select(batch))}
    assert [
        (no, batches[no].qty_milli // CASE, batches[no].value_fen, str(batches[no].expiry_date))
        for no in ("B1", "B2")
    ] == [("B1", 8, 76_800, "2026-03-14"), ("B2", 12, 115_200, "2027-01-23")]
    free = {
        row.product_id: row.sellable_milli - row.reserved_milli for row in shop.rows(select(availability))
    }
    assert free == {shop.goods["P1"]: 20 * CASE, shop.goods["P3"]: 5 * CASE}
