"""Receipts: what may be kept, what is kept of it, and a corpus of files that must not pass."""

import io
import subprocess
import sys
import zlib

import msgspec
import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from models.finance.inspection import LONGEST_SIDE, MOST_BYTES, Unfit, inspect
from tests.finance.conftest import picture

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


def pdf(change=None, pages: int = 1) -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    for _ in range(pages):
        writer.add_blank_page(200, 300)
    if change:
        change(writer)
    writer.write(out)
    return out.getvalue()


def on_document(writer: PdfWriter) -> None:
    """An action when the document opens."""
    action = DictionaryObject(
        {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject("app.alert(1)"),
        }
    )
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(action)


def on_page(writer: PdfWriter) -> None:
    """An action on a page instead of on the document: hidden one level deeper."""
    action = DictionaryObject(
        {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject("app.alert(1)"),
        }
    )
    writer.pages[0][NameObject("/Annots")] = writer._add_object(
        DictionaryObject({NameObject("/A"): action})
    )


def bomb_png() -> bytes:
    """A small file that says it is 50,000 by 50,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
        )

    head = (50_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100_000))
        + chunk(b"IEND", b"")
    )


CORPUS = {
    "nothing": b"",
    "text": b"hello",
    "svg with a script": SVG,
    "html": HTML,
    "html named png": b"\x89PNG" + HTML,
    "html after a jpeg's head": b"\xff\xd8\xff\xe0" + HTML,
    "half a jpeg": picture(size=(400, 400))[:300],
    "gif": picture(kind="GIF"),
    "bmp": picture(kind="BMP"),
    "tiff": picture(kind="TIFF"),
    "icon": picture(kind="ICO"),
    "50k by 50k pixels": bomb_png(),
    "zip": b"PK\x03\x04" + b"\0" * 60,
    "program": b"MZ" + b"\0" * 200,
    "elf": b"\x7fELF" + b"\0" * 200,
    "too large": b"\xff\xd8" + b"\0" * MOST_BYTES,
    "pdf that is none": b"%PDF-1.7\n" + HTML,
    "html before a pdf": HTML + pdf(),
    "pdf with a script": pdf(on_document),
    "pdf with a script on a page": pdf(on_page),
    "pdf with a file inside": pdf(lambda writer: writer.add_attachment("evil.exe", b"MZ")),
    "pdf with a password": pdf(lambda writer: writer.encrypt("secret")),
    "pdf of 41 pages": pdf(pages=41),
    "pdf without pages": pdf(pages=0),
    "half a pdf": pdf()[:80],
    "pdf bomb": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 1 0 R >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n",
}


@pytest.mark.parametrize("name", CORPUS)
def test_a_file_that_is_no_receipt_is_refused_with_words(name: str):
    with pytest.raises(Unfit) as refused:
        inspect(CORPUS[name])
    assert str(refused.value).endswith((".", "please."))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_drawn_anew_as_jpeg(kind: str):
    clean = inspect(picture("red", (300, 400), kind))
    kept = Image.open(io.BytesIO(clean.content))
    assert (clean.kind, kept.format, kept.size) == ("image/jpeg", "JPEG", (300, 400))
    assert Image.open(io.BytesIO(clean.thumb)).size[1] == 210


def test_place_and_camera_are_removed_and_the_picture_stands_upright():
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Telephone Company"
    exif.get_ifd(0x8825)[1] = "N"
    given = picture("red", (300, 200), exif=exif.tobytes())
    assert b"Telephone" in given
    kept = Image.open(io.BytesIO(inspect(given).content))
    assert kept.size == (200, 300)
    assert dict(kept.getexif()) == {}
    assert b"Telephone" not in inspect(given).content


def test_what_hides_behind_a_picture_is_not_kept():
    given = picture() + b"PK\x03\x04" + HTML
    assert b"script" not in inspect(given).content


def test_transparency_becomes_paper_and_a_large_picture_smaller():
    out = io.BytesIO()
    Image.new("RGBA", (3000, 1000), (0, 0, 0, 0)).save(out, "PNG")
    kept = Image.open(io.BytesIO(inspect(out.getvalue()).content))
    assert (kept.size, kept.getpixel((5, 5))) == ((LONGEST_SIDE, 733), (255, 255, 255))


def test_a_plain_pdf_is_kept_as_it_came():
    given = pdf(pages=3)
    clean = inspect(given)
    assert (clean.kind, clean.content, clean.pages, clean.thumb) == (
        "application/pdf",
        given,
        3,
        b"",
    )
    assert len(PdfReader(io.BytesIO(clean.content)).pages) == 3


def test_the_checksum_is_of_the_file_that_was_handed_in():
    given = picture()
    assert inspect(given).sha256 == inspect(given).sha256 != inspect(given + b"\0").sha256


def test_it_works_as_a_process_of_its_own_within_limits():
    command = [sys.executable, "-m", "models.finance.inspection"]
    for given, expected in (
        (picture(), "clean"),
        (CORPUS["50k by 50k pixels"], "unfit"),
        (pdf(), "clean"),
    ):
        answer = subprocess.run(command, input=given, capture_output=True, timeout=60, check=True)
        assert set(msgspec.msgpack.decode(answer.stdout)) == {expected}
