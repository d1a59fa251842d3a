"""R31 唯一识别码：同名同规格建不出第二个，条码不能两用。“出库 酱油”两个候选必问，在 intents 与 talks 里验。"""

import pytest

from core.commands import SaveRecord
from core.errors import Clash
from tests.make import CASE, Shop

GOODS = {"category": "酱油", "base_unit": "瓶"}


@pytest.mark.parametrize(
    ("name", "spec", "brand"),
    [
        ("海天金标生抽", "500ml", "海天"),
        ("海天金标生抽", "500ml", ""),
        ("海天金标生抽 500ml", "", ""),
        ("海天 金标生抽", "500ml", "海天"),
    ],
)
def test_R31_a_second_one_of_the_same_name_is_stopped(shop: Shop, name: str, spec: str, brand: str) -> None:
    with pytest.raises(Clash, match=r"已经有了：海天金标生抽 500ml.*是同一个"):
        shop.run(SaveRecord("product", GOODS | {"name": name, "spec": spec, "brand": brand}), by="小周")


def test_R31_another_size_or_brand_is_another_product(lite_shop: Shop) -> None:
    for name, spec, brand in (("海天金标生抽", "1.9L", "海天"), ("海天金标生抽", "500ml", "仿海天")):
        assert lite_shop.run(
            SaveRecord("product", GOODS | {"name": name, "spec": spec, "brand": brand}), by="小周"
        )["id"]


def test_R31_one_barcode_is_one_product(shop: Shop) -> None:
    def with_barcode(name: str) -> SaveRecord:
        return SaveRecord(
            "product",
            GOODS | {"name": name},
            children={
                "units": [{"unit": "箱", "factor_milli": CASE}],
                "barcodes": [{"code": "6902265360100", "unit": "瓶"}],
            },
        )

    shop.run(with_barcode("甲"), by="小周")
    with pytest.raises(Clash, match="6902265360100"):
        shop.run(with_barcode("乙"), by="小周")
