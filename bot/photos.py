"""照片里的条码：读出来就当是打出来的数字，往后和打字走同一条路。"""

import io
import re
from collections.abc import Iterable

import zxingcpp
from PIL import Image, ImageOps

LARGEST = 12 * 1024 * 1024  # bytes of one picture; a phone's largest photo is about 8 MB
LONGEST_SIDE = 2400  # pixels; more makes reading slower, not better
MOST_PIXELS = 100_000_000  # a small file can unpack into far more than memory holds
MOST_CODES = 30
# Codes that goods and cartons carry. A QR code holds whatever somebody wrote into it and is not read as words.
KINDS = zxingcpp.BarcodeFormats(
    (
        zxingcpp.BarcodeFormat.EAN13,
        zxingcpp.BarcodeFormat.EAN8,
        zxingcpp.BarcodeFormat.ITF14,
        zxingcpp.BarcodeFormat.Code128,
    )
)
GOODS_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{3,31}")


def codes_in(picture: bytes) -> tuple[str, ...]:
    """The goods' codes in one JPEG, PNG or WebP, from top to bottom, each once; () when it shows none or is no picture."""
    try:
        with Image.open(io.BytesIO(picture), formats=("JPEG", "PNG", "WEBP")) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                return ()
            opened.draft("L", (LONGEST_SIDE, LONGEST_SIDE))
            grey = ImageOps.exif_transpose(opened).convert("L")
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
    ):  # Pillow's ways to say: no picture
        return ()
    grey.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # lines are looked for across and upright; a code that lies askew shows once the picture is turned
    found = _read(grey) or _read(grey.rotate(45, expand=True, fillcolor=128))
    codes = dict.fromkeys(one.text.strip() for one in sorted(found, key=lambda one: one.position.top_left.y))
    return tuple(code for code in codes if GOODS_CODE.fullmatch(code))[:MOST_CODES]


def with_codes(codes: Iterable[str], words: str) -> str:
    """One sentence of what the photos show and what was said with them, goods first; '' when they show nothing."""
    shown = list(dict.fromkeys(codes))
    return " ".join([*shown, words]).strip() if shown else ""


def _read(grey: Image.Image) -> list[zxingcpp.Barcode]:
    return list(zxingcpp.read_barcodes(grey, formats=KINDS))
