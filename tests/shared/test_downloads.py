"""Names of downloaded files: any script survives, and no name breaks a header."""

import string
from email.message import Message
from pathlib import Path
from urllib.parse import unquote

import pytest
from flask import Response
from hypothesis import given
from hypothesis import strategies as some

from webapp.shared.pages.downloads import name_download

ROOT = Path(__file__).parents[2]
# What people's files are called, and what nobody's should be.
NAMES = (
    "receipt.pdf",
    "Beleg für Zürich.pdf",
    "領収書.pdf",
    "квитанция.jpg",
    "إيصال.pdf",
    "קבלה.pdf",
    "ใบเสร็จ.pdf",
    "🧾.pdf",
    "e\u0301te\u0301.pdf",
    "Łódź – “hotel”.pdf",
    'a"b.pdf',
    "a\\b.pdf",
    "100%.pdf",
    "%0d%0aX-Evil: 1.pdf",
    "a;b=c.pdf",
    "a'b*.pdf",
    "a,b.pdf",
    "a\r\nX-Evil: 1.pdf",
    "a\0b.pdf",
    "\u202egpj.exe",
    "\ud800.pdf",
    "..",
    ".pdf",
    "",
    " ",
    "x" * 300 + ".pdf",
)


def name_in(header: str) -> str:
    """The name that a client reads, by the standard library's reader of RFC 2231 and 5987."""
    message = Message()
    message["Content-Disposition"] = header
    return message.get_filename("")


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_any_script_makes_a_header_that_every_server_can_send(name: str, inline: bool):
    header = header_for(name, inline)
    assert header.isascii() and header.isprintable()
    assert header.startswith("inline" if inline else "attachment")
    if "filename*=" in header:
        sent = header.partition("filename*=UTF-8''")[2]
        assert unquote(sent) == name.encode(errors="replace").decode()
        assert set(sent) <= set(string.ascii_letters + string.digits + "!#$&+-.^_`|~%")
    else:
        assert name_in(header) == name.encode(errors="replace").decode()


@given(some.text())
def test_no_text_at_all_breaks_the_header(name: str):
    header = header_for(name, inline=False)
    assert header.isascii() and header.isprintable() and "filename=" in header


def test_an_old_client_gets_a_plain_name_with_the_same_ending():
    assert 'filename="Beleg fur Zurich.pdf"' in header_for("Beleg für Zürich.pdf", inline=False)
    assert "filename=download.pdf" in header_for("領収書.pdf", inline=False)


def test_no_other_place_writes_the_header():
    writers = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "webapp").rglob("*.py")
        if "Content-Disposition" in path.read_text() or "download_name" in path.read_text()
    ]
    assert writers == ["webapp/shared/pages/downloads.py"]


def header_for(name: str, inline: bool) -> str:
    """The header that a response with this name carries."""
    response = Response()
    name_download(response, name, inline=inline)
    return response.headers["Content-Disposition"]
