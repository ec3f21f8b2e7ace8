"""Receipts: what may be kept, what is kept of it, and a corpus of files that must not pass."""

import io
import subprocess
import sys

import msgspec
import pytest
from PIL import Image
from pypdf import PdfReader

from models.finance.voucher_files import LONGEST_SIDE, Unfit, inspect
from tests.factories.files import make_picture
from tests.factories.uploads import CORPUS, HTML, make_pdf


@pytest.mark.parametrize("name", CORPUS)
def test_a_file_that_is_no_receipt_is_refused_with_words(name: str):
    with pytest.raises(Unfit) as refused:
        inspect(CORPUS[name])
    assert str(refused.value).endswith((".", "please."))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_drawn_anew_as_jpeg(kind: str):
    clean = inspect(make_picture("red", (300, 400), kind))
    kept = Image.open(io.BytesIO(clean.content))
    assert (clean.kind, kept.format, kept.size) == ("image/jpeg", "JPEG", (300, 400))
    assert Image.open(io.BytesIO(clean.thumb)).size[1] == 210


def test_place_and_camera_are_removed_and_the_picture_stands_upright():
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Telephone Company"
    exif.get_ifd(0x8825)[1] = "N"
    given = make_picture("red", (300, 200), exif=exif.tobytes())
    assert b"Telephone" in given
    kept = Image.open(io.BytesIO(inspect(given).content))
    assert kept.size == (200, 300)
    assert dict(kept.getexif()) == {}
    assert b"Telephone" not in inspect(given).content


def test_what_hides_behind_a_picture_is_not_kept():
    given = make_picture() + b"PK\x03\x04" + HTML
    assert b"script" not in inspect(given).content


def test_transparency_becomes_paper_and_a_large_picture_smaller():
    out = io.BytesIO()
    Image.new("RGBA", (4400, 2200), (0, 0, 0, 0)).save(out, "PNG")
    kept = Image.open(io.BytesIO(inspect(out.getvalue()).content))
    assert (kept.size, kept.getpixel((5, 5))) == ((LONGEST_SIDE, 1100), (255, 255, 255))


def test_a_plain_pdf_is_kept_as_it_came():
    given = make_pdf(pages=3)
    clean = inspect(given)
    assert (clean.kind, clean.content, clean.pages, clean.thumb) == (
        "application/pdf",
        given,
        3,
        b"",
    )
    assert len(PdfReader(io.BytesIO(clean.content)).pages) == 3


def test_the_checksum_is_of_the_file_that_was_handed_in():
    given = make_picture()
    assert inspect(given).sha256 == inspect(given).sha256 != inspect(given + b"\0").sha256


def test_it_works_as_a_process_of_its_own_within_limits():
    command = [sys.executable, "-m", "models.finance.voucher_files"]
    for given, expected in (
        (make_picture(), "clean"),
        (CORPUS["50k by 50k pixels"], "unfit"),
        (make_pdf(), "clean"),
    ):
        answer = subprocess.run(command, input=given, capture_output=True, timeout=60, check=True)
        assert set(msgspec.msgpack.decode(answer.stdout)) == {expected}
