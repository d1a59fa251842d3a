"""拍条码：从网页、企业微信、钉钉发来的照片，认出的条码和打出来的数字走同一条路；认不出、取不下来都说清楚。"""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import zxingcpp
from PIL import Image

from bot.photos import LARGEST, codes_in
from core.commands import IssueToken, SaveRecord
from core.execute import Order, execute
from tests.conftest import fresh_url
from tests.doors import DingTalkDoor, Door, WebDoor, WeComDoor, open_door
from tests.make import find_shop

F = zxingcpp.BarcodeFormat
SOY, VINEGAR = "6902265360100", "6921180800010"


def shot(*codes: str, kind: zxingcpp.BarcodeFormat = F.EAN13, turn: float = 0, sort: str = "JPEG") -> bytes:
    """A grey photo of printed labels, one under the other."""
    page = Image.new("L", (1400, 300 + 300 * len(codes)), 205)
    for number, code in enumerate(codes):
        label = Image.fromarray(np.array(zxingcpp.create_barcode(code, kind).to_image(scale=3)))
        page.paste(label, (260, 150 + 300 * number))
    written = io.BytesIO()
    page.rotate(turn, expand=True, fillcolor=205).save(written, sort, quality=70)
    return written.getvalue()


@contextmanager
def opened(request: pytest.FixtureRequest, home: Path, kind: str) -> Iterator[Any]:
    """The shop behind one door; 生抽 has its code on every bottle."""
    with open_door(kind, fresh_url(request, "sqlite", "shop"), home) as door:
        shop = find_shop(door.shop.books)
        labelled = SaveRecord(
            "product", {}, shop.goods["P1"], children={"barcodes": [{"code": SOY, "unit": "瓶"}]}
        )
        execute(shop.books, shop.boss, Order(labelled, "test/labelled"), door.shop.clock())
        yield door


@pytest.fixture(params=["web", "wecom_app", "dingtalk"])
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Door]:
    with opened(request, tmp_path, request.param) as one:
        yield one


@pytest.fixture
def web(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WebDoor]:
    with opened(request, tmp_path, "web") as one:
        yield one


@pytest.fixture
def wecom(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WeComDoor]:
    with opened(request, tmp_path, "wecom_app") as one:
        yield one


@pytest.fixture
def dingtalk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DingTalkDoor]:
    with opened(request, tmp_path, "dingtalk") as one:
        yield one


@pytest.mark.parametrize("turn", [0, 12, 45, 90, 180])
def test_a_code_is_read_however_the_phone_is_held(turn: float) -> None:
    assert codes_in(shot(SOY, turn=turn)) == (SOY,)


def test_what_goods_and_cartons_carry_is_read_from_top_to_bottom_each_once() -> None:
    assert codes_in(shot(VINEGAR, SOY, VINEGAR)) == (VINEGAR, SOY)
    assert codes_in(shot("16902265360107", kind=F.ITF14)) == ("16902265360107",)
    assert codes_in(shot("SP-0001", kind=F.Code128)) == ("SP-0001",)
    assert codes_in(shot(SOY, sort="PNG")) == codes_in(shot(SOY, sort="WEBP")) == (SOY,)


def test_what_is_no_code_of_goods_is_not_words() -> None:
    """A QR code could say “确认” or “付款 老王 9999”; whoever printed it is not the person who sends it."""
    page = np.array(zxingcpp.create_barcode("付款 王记饭店 9999元", F.QRCode).to_image(scale=6))
    written = io.BytesIO()
    Image.fromarray(page).save(written, "PNG")
    assert codes_in(written.getvalue()) == ()
    assert codes_in(shot("CONFIRM 7F3A", kind=F.Code128)) == ()


@pytest.mark.parametrize(
    "junk", [b"", b"GIF89a", b"\xff\xd8\xff\xe0" + b"\x00" * 99, b"x" * 1000, shot(SOY)[:900]]
)
def test_no_picture_at_all_breaks_nothing(junk: bytes) -> None:
    assert codes_in(junk) == ()


def test_a_small_file_that_unpacks_into_gigabytes_is_not_unpacked() -> None:
    written = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(written, "PNG")
    began = time.monotonic()
    assert codes_in(written.getvalue()) == ()
    assert time.monotonic() - began < 1


def test_a_photo_is_the_code_it_shows(door: Door) -> None:
    """The same question as after typing the digits, on every platform."""
    typed = door.say("老陈", SOY)
    assert door.photograph("老陈", shot(SOY)) == typed
    assert "海天金标生抽" in typed


def test_words_sent_with_a_photo_are_one_command(door: Door) -> None:
    said = door.photograph("老陈", shot(SOY, turn=8), "出库 王记 2瓶")
    assert "请确认出库" in said
    assert "海天金标生抽 500ml 2瓶" in said
    assert "已出库 DN-" in door.say("老陈", "确认")


def test_without_a_readable_code_nothing_is_guessed(door: Door) -> None:
    for picture in (shot(), b"no picture"):
        assert "照片里没看出条码" in door.photograph("老陈", picture)
    assert "还没建档" in door.photograph("老陈", shot("6900000000007"))


def lost(said: str) -> bool:
    return "照片没有取下来" in said and "打给我" in said


def test_wecom_no_longer_has_the_photo_or_it_is_huge(wecom: WeComDoor) -> None:
    wecom.say("老陈", "在吗")
    assert lost(wecom.post("老陈", "image", MediaId="gone"))
    wecom.platform.media["huge"] = b"\xff" * (LARGEST + 1)
    huge = wecom.post("老陈", "image", MediaId="huge")
    assert lost(huge)
    assert "照片太大" in huge
    wecom.platform.token_expires_next = True
    assert "海天金标生抽" in wecom.photograph("老陈", shot(SOY))


def test_dingtalk_no_longer_has_the_photo_or_it_is_huge(dingtalk: DingTalkDoor) -> None:
    dingtalk.say("老陈", "在吗")
    assert lost(dingtalk.send("老陈", None, sort="picture", content={"downloadCode": "gone"}))
    dingtalk.platform.files["huge"] = b"\xff" * (LARGEST + 1)
    huge = dingtalk.send("老陈", None, sort="picture", content={"downloadCode": "huge"})
    assert lost(huge)
    assert "照片太大" in huge
    dingtalk.platform.token_expires_next = True
    assert "海天金标生抽" in dingtalk.photograph("老陈", shot(SOY))


def test_the_web_refuses_strangers_and_huge_photos(web: WebDoor) -> None:
    address = f"{web.url}/api/v1/chat/photo?message_id=1"
    assert httpx.post(address, content=shot(SOY)).status_code == 401
    tokens = {"Authorization": f"Bearer {web.secret(IssueToken(web.person('老陈').id))}"}
    large = httpx.post(address, content=b"x" * (LARGEST + 1), headers=tokens)
    assert (large.status_code, "太大" in large.json()["detail"]) == (413, True)


def test_the_same_photo_sent_again_is_answered_again_and_stored_once(web: WebDoor) -> None:
    web.say("老陈", "在吗")
    tokens = {"Authorization": f"Bearer {web.tokens['老陈']}", "Content-Type": "image/jpeg"}
    address = f"{web.url}/api/v1/chat/photo?message_id=again"
    first, second = (httpx.post(address, content=shot(SOY), headers=tokens).json() for _ in range(2))
    assert first == second
    history = httpx.get(f"{web.url}/api/v1/chat/history", headers=tokens).json()["messages"]
    assert [one["text"] for one in history if one["who"] == "me"] == ["在吗", f"〔照片〕{SOY}"]
