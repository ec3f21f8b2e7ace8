"""Whatever is sent as a picture: only plain pictures are taken, and nothing of the file survives but its pixels."""

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from models.profile.avatars import MOST_BYTES, SIDE, make_avatar
from models.profile.queries import get_avatar, get_preferences
from models.shared.errors import Invalid
from models.shared.transactions import reading

RED, BLUE = (200, 30, 30), (30, 30, 200)
SCRIPT = b"<script>alert(document.cookie)</script>"


def picture(
    kind: str = "PNG", size: tuple[int, int] = (640, 400), mode: str = "RGB", **options: Any
) -> bytes:
    """Red on the left half, blue on the right."""
    made = Image.new(mode, size, RED if mode == "RGB" else (*RED, 0))
    made.paste(BLUE if mode == "RGB" else (*BLUE, 255), (size[0] // 2, 0, *size))
    written = io.BytesIO()
    made.save(written, kind, **options)
    return written.getvalue()


def claimed_png(width: int, height: int) -> bytes:
    """A tiny file that says it is a picture of this size: every row zero, squeezed."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * ((width // 8 + 2) * min(height, 2000)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


BAD = {
    "nothing": b"",
    "svg with a script": b'<svg xmlns="http://www.w3.org/2000/svg">' + SCRIPT + b"</svg>",
    "html called png": b"<!doctype html><html>" + SCRIPT,
    "html behind a png's signature": b"\x89PNG\r\n\x1a\n<html>" + SCRIPT,
    "truncated": picture("JPEG")[:2000],
    "truncated png": picture()[:300],
    "only a head": picture("JPEG")[:20],
    "50,000 x 50,000": claimed_png(50_000, 50_000),
    "5,000 x 5,000 of nothing": claimed_png(5_000, 5_000),
    "gif": picture("GIF"),
    "tiff": picture("TIFF"),
    "bmp": picture("BMP"),
    "pdf": b"%PDF-1.7\n" + SCRIPT,
    "zip": b"PK\x03\x04" + bytes(300),
    "eps, which runs programs": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    "zero wide": claimed_png(0, 10),
    "too large a file": picture() + bytes(MOST_BYTES),
}


@pytest.mark.parametrize("file", BAD.values(), ids=BAD)
def test_what_is_no_plain_picture_is_refused_with_a_sentence(file: bytes):
    with pytest.raises(Invalid) as refused:
        make_avatar(file)
    assert refused.value.errors["avatar"].endswith(".")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("size", [(640, 400), (400, 640), (30, 50), (3000, 2000)])
def test_a_picture_becomes_a_square_of_its_middle(kind: str, size: tuple[int, int]):
    made = Image.open(io.BytesIO(make_avatar(picture(kind, size))))
    assert (made.format, made.size, made.mode) == ("WEBP", (SIDE, SIDE), "RGB")
    left, right = made.getpixel((10, 128)), made.getpixel((245, 128))
    assert left[0] > left[2] and right[2] > right[0], "its left is still red and its right blue"


def test_nothing_that_the_camera_wrote_survives():
    exif = Image.Exif()
    exif[0x0110], exif[0x8825] = "Kodak of Scranton", {1: "N", 2: (41.0, 24.0, 32.0)}
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "shot at home")
    for file in (
        picture("JPEG", exif=exif),
        picture("PNG", pnginfo=notes),
        picture("WEBP", exif=exif.tobytes()),
    ):
        made = make_avatar(file)
        assert b"Kodak" not in made and b"shot at home" not in made and b"EXIF" not in made.upper()
        assert not Image.open(io.BytesIO(made)).getexif()


def test_a_picture_on_its_side_is_put_upright():
    exif = Image.Exif()
    exif[0x0112] = 3  # turned by half
    made = Image.open(io.BytesIO(make_avatar(picture("JPEG", exif=exif))))
    assert made.getpixel((10, 128))[2] > made.getpixel((10, 128))[0], "blue is on the left now"


def test_what_is_hidden_behind_a_picture_is_gone():
    polyglot = picture("JPEG") + b"\nPK\x03\x04" + SCRIPT + b"%PDF-1.7"
    assert SCRIPT not in make_avatar(polyglot) and b"PK\x03\x04" not in make_avatar(polyglot)


def test_what_one_sees_through_stands_on_white():
    made = Image.open(io.BytesIO(make_avatar(picture("PNG", mode="RGBA"))))
    assert min(made.getpixel((10, 128))) > 240


@pytest.fixture
def jim(clean_database: str, client_as: Callable[..., Any]) -> Any:
    return client_as("jim.halpert")


def send(browser: Any, file: bytes, name: str = "me.png") -> Any:
    return browser.post("/profile/avatar", data={"avatar": (io.BytesIO(file), name)})


def test_a_picture_shows_in_the_top_bar_and_is_cached_by_its_digest(
    jim: Any, client_as: Callable[..., Any]
):
    assert 'class="face f' in jim.get("/").text, "initials to begin with"
    assert send(jim, picture()).status_code == 303
    with reading("profile") as session:
        digest = get_preferences(session, "jim.halpert").avatar
    address = f"/profile/people/jim.halpert/face?v={digest}"
    assert f'src="{address}"' in jim.get("/").text
    shown = client_as("pam.beesly").get(address)
    assert shown.mimetype == "image/webp" and "immutable" in shown.headers["Cache-Control"]
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert jim.get(address, headers={"If-None-Match": shown.headers["ETag"]}).status_code == 304
    assert "no-cache" in jim.get("/profile/people/jim.halpert/face").headers["Cache-Control"]


def test_a_picture_can_be_taken_away_and_the_initials_are_back(jim: Any):
    assert "Remove photo" not in jim.get("/profile").text
    send(jim, picture())
    assert "Remove photo" in jim.get("/profile").text
    assert jim.post("/profile/avatar/none").status_code == 303
    assert jim.get("/profile/people/jim.halpert/face").status_code == 404
    assert "/face?v=" not in jim.get("/").text


@pytest.mark.parametrize("name", ["../../etc/passwd", "me.svg", "x" * 300, "a\0b.png", "CON", ""])
def test_the_name_of_the_file_means_nothing(jim: Any, name: str):
    assert send(jim, picture(), name or "blob").status_code == 303
    with reading("profile") as session:
        assert get_avatar(session, "jim.halpert").picture.startswith(b"RIFF")


def test_a_bad_file_is_told_beside_its_field_and_the_old_picture_stays(jim: Any):
    send(jim, picture())
    answer = send(jim, BAD["svg with a script"])
    assert answer.status_code == 422 and 'id="err-avatar"' in answer.text
    assert jim.get("/profile/people/jim.halpert/face").status_code == 200
    assert jim.post("/profile/avatar", data={}).status_code == 422


def test_a_file_beyond_the_limit_is_refused_before_it_is_read_and_other_forms_stay_small(jim: Any):
    assert send(jim, bytes(MOST_BYTES + 200_000)).status_code == 413
    assert jim.post("/profile/preferences", data={"theme": "x" * 3_000_000}).status_code == 413


def test_the_picture_of_nobody_is_not_there(jim: Any, anonymous: Any):
    assert jim.get("/profile/people/no.body/face").status_code == 404
    assert anonymous.get("/profile/people/jim.halpert/face").status_code == 303
