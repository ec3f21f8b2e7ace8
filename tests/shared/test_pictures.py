"""A picture is shown back as it was seen: any mode, depth, orientation, profile and shape, by value."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, ImageCms, ImageDraw
from pypdf import PdfReader

from models.finance.voucher_files import LARGEST_COPY, SHORTEST_SIDE, Unfit, inspect
from models.profile.avatars import make_avatar
from models.shared.errors import Invalid
from models.shared.pictures import as_seen
from tests.factories.uploads import CORPUS, make_pdf

RED, GREEN, BLUE = (200, 40, 30), (30, 160, 60), (40, 60, 190)
SIZE = (60, 40)


def corners() -> Image.Image:
    """Red above, green below on the left, blue below on the right; so that its way up shows."""
    picture = Image.new("RGB", SIZE, RED)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 20, 30, 40), GREEN)
    draw.rectangle((30, 20, 60, 40), BLUE)
    return picture


def saved(picture: Image.Image, kind: str = "PNG", **more: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **({"quality": 95} if kind == "JPEG" else {}), **more)
    return out.getvalue()


def seen(data: bytes) -> Image.Image:
    return as_seen(Image.open(io.BytesIO(data)))


def near(one: Any, other: Any, most: int = 6) -> bool:
    return all(abs(a - b) <= most for a, b in zip(one, other, strict=True))


def grey(value: int) -> tuple[int, int, int]:
    return (value, value, value)


def sixteen_bits(value: int) -> bytes:
    picture = Image.new("I;16", SIZE)
    picture.paste(value * 257, (0, 0, *SIZE))
    return saved(picture)


def see_through(mode: str) -> bytes:
    clear = Image.new("RGBA", SIZE, (*RED, 0))
    clear.paste((*RED, 255), (0, 0, 30, 40))
    if mode == "LA":
        return saved(clear.convert("LA"))
    if mode == "P":
        return saved(clear.quantize(8))
    return saved(clear)


FLAT: dict[str, tuple[Callable[[], bytes], Any]] = {
    "1": (lambda: saved(Image.new("1", SIZE, 0)), grey(0)),
    "L": (lambda: saved(Image.new("L", SIZE, 90)), grey(90)),
    "I;16": (lambda: sixteen_bits(90), grey(90)),
    "I;16 dark": (lambda: sixteen_bits(7), grey(7)),
    "P": (lambda: saved(Image.new("RGB", SIZE, RED).quantize(8)), RED),
    "RGB": (lambda: saved(Image.new("RGB", SIZE, RED)), RED),
    "RGB in WebP": (lambda: saved(Image.new("RGB", SIZE, RED), "WEBP", lossless=True), RED),
    "L in JPEG": (lambda: saved(Image.new("L", SIZE, 90), "JPEG"), grey(90)),
    "CMYK": (
        lambda: saved(Image.new("CMYK", SIZE, (0, 255, 255, 0)), "JPEG"),
        (255, 0, 0),
    ),
}


@pytest.mark.parametrize("mode", FLAT)
def test_every_mode_is_taken_by_value(mode: str):
    make, color = FLAT[mode]
    data = make()
    assert near(seen(data).getpixel((5, 5)), color)
    kept = Image.open(io.BytesIO(inspect(data).content))
    assert kept.mode == "RGB" and near(kept.getpixel((5, 5)), color)
    assert near(Image.open(io.BytesIO(make_avatar(data))).getpixel((128, 128)), color)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_shows_paper(mode: str):
    picture = seen(see_through(mode))
    assert near(picture.getpixel((50, 20)), (255, 255, 255))
    dark = Image.new("RGB", (1, 1), RED).convert("L").getpixel((0, 0)) if mode == "LA" else RED
    assert near(picture.getpixel((5, 20)), grey(dark) if mode == "LA" else dark)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_stands_upright(orientation: int, kind: str):
    turned = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = corners() if turned is None else corners().transpose(turned)
    picture = seen(saved(stored, kind, exif=exif.tobytes()))
    assert picture.size == SIZE
    for place, color in (((30, 5), RED), ((8, 32), GREEN), ((52, 32), BLUE)):
        assert near(picture.getpixel(place), color, 25), place


def test_a_color_profile_is_applied():
    """The same light in another space has other numbers: Lab names it without a doubt."""
    lab = ImageCms.createProfile("LAB")
    srgb = ImageCms.createProfile("sRGB")
    swapped = ImageCms.ImageCmsProfile(srgb).tobytes()
    picture = seen(saved(corners(), "JPEG", icc_profile=swapped))
    assert near(picture.getpixel((30, 5)), RED, 12) and "icc_profile" not in picture.info
    linear = linear_profile()
    dark = seen(saved(Image.new("RGB", SIZE, grey(55)), icc_profile=linear))
    assert near(dark.getpixel((5, 5)), grey(127), 12), "linear 55 looks as bright as sRGB 127"
    clear = Image.new("RGBA", SIZE, (*grey(55), 255))
    assert near(seen(saved(clear, icc_profile=linear)).getpixel((5, 5)), grey(127), 12)
    assert near(seen(saved(corners(), icc_profile=b"damaged")).getpixel((30, 5)), RED)
    assert near(
        seen(saved(corners(), icc_profile=ImageCms.ImageCmsProfile(lab).tobytes())).getpixel(
            (30, 5)
        ),
        RED,
    ), "a profile of another kind counts for nothing"


def linear_profile() -> bytes:
    """The sRGB profile with straight curves in place of its own."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for n in range(int.from_bytes(profile[128:132], "big")):
        at = 132 + 12 * n
        if profile[at : at + 4] in (b"rTRC", b"gTRC", b"bTRC"):
            start = int.from_bytes(profile[at + 4 : at + 8], "big")
            length = int.from_bytes(profile[at + 8 : at + 12], "big")
            profile[start : start + length] = (b"curv" + bytes(length))[:length]
    return bytes(profile)


@pytest.mark.parametrize("size", [(1080, 12_000), (12_000, 1080), (300, 30_000), (1, 60_000)])
def test_a_long_receipt_stays_readable(size: tuple[int, int]):
    kept = Image.open(io.BytesIO(inspect(saved(Image.new("L", size, 200))).content))
    assert min(kept.size) >= min(SHORTEST_SIDE, *size) * 0.9
    assert kept.width * kept.height <= LARGEST_COPY * 1.01
    assert kept.width / kept.height == pytest.approx(size[0] / size[1], rel=0.01)
    thumb = Image.open(io.BytesIO(inspect(saved(Image.new("L", size, 200))).thumb))
    assert min(thumb.size) >= min(80, *size)


def test_a_pdf_that_opens_freely_is_taken():
    def forbid_changes(writer: Any) -> None:
        writer.encrypt("", owner_password="secret", algorithm="AES-256")

    given = make_pdf(forbid_changes)
    assert PdfReader(io.BytesIO(given)).is_encrypted
    assert inspect(given).content == given
    with pytest.raises(Unfit, match="has a password"):
        inspect(CORPUS["pdf with a password"])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (CORPUS["gif"], "This is a GIF picture."),
        (CORPUS["tiff"], "This is a TIFF picture."),
        (CORPUS["svg with a script"], "This is an SVG drawing."),
        (CORPUS["html"], "This is a web page."),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "This is a HEIC picture."),
        (b"\0\0\0\x18ftypavif" + b"\0" * 40, "This is an AVIF picture."),
        (b"\0\0\0\x18ftypisom" + b"\0" * 40, "This is a video."),
        (CORPUS["zip"], "This is an archive or an Office document."),
    ],
)
def test_what_is_not_taken_says_what_it_is(data: bytes, words: str):
    with pytest.raises(Unfit, match=words):
        inspect(data)
    with pytest.raises(Invalid) as refused:
        make_avatar(data)
    assert refused.value.errors["avatar"].startswith(words)
