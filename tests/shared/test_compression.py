"""Static files go out as small as they were built, pages only where no other site chose their words."""

import gzip
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.shared.pages.presentation import VENDOR, asset

OWN = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "document", "Accept-Encoding": "gzip"}
FILES = ("app.css", "app.js", "charts.js", "lead_board.js", "shipment_board.js", "icons.svg")
PAGE = "/"


@pytest.fixture
def browser(client_as: Callable[[str], FlaskClient], web_app: Flask) -> FlaskClient:
    """Jim's browser, which leaves each answer as it came."""
    name = web_app.config["SESSION_COOKIE_NAME"]
    session = client_as("jim.halpert").get_cookie(name)
    assert session
    made = FlaskClient(web_app, web_app.response_class)
    made.set_cookie(name, session.value)
    return made


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_a_static_file_is_sent_compressed_with_its_own_type_and_kept_forever(
    browser: FlaskClient, name: str, encoding: str
):
    plain = browser.get(asset(name))
    small = browser.get(asset(name), headers={"Accept-Encoding": f"deflate, {encoding}"})
    assert (plain.headers.get("Content-Encoding"), small.headers["Content-Encoding"]) == (
        None,
        encoding,
    )
    assert len(small.data) < len(plain.data) / 2
    assert small.mimetype == plain.mimetype
    for each in (plain, small):
        assert "accept-encoding" in each.headers["Vary"].lower()
        assert "immutable" in each.headers["Cache-Control"]
    assert small.headers["ETag"] != plain.headers["ETag"]
    if encoding == "gzip":
        assert gzip.decompress(small.data) == plain.data


def test_the_best_form_that_the_browser_takes_is_sent(browser: FlaskClient):
    def encoding(accepted: str) -> str | None:
        headers = {"Accept-Encoding": accepted}
        return browser.get(asset("app.css"), headers=headers).headers.get("Content-Encoding")

    assert encoding("gzip, deflate, br, zstd") == "br"
    assert encoding("gzip;q=0.5, br;q=0") == "gzip"
    assert encoding("identity") is None


def test_a_font_is_compressed_already_and_sent_as_it_is(browser: FlaskClient):
    font = asset("source-sans-3-latin-wght-normal.woff2")
    answer = browser.get(font, headers={"Accept-Encoding": "gzip, br"})
    assert answer.status_code == 200 and "Content-Encoding" not in answer.headers
    assert answer.data == (VENDOR / font.rsplit("/", 1)[1]).read_bytes()


def test_a_fragment_is_sent_compressed_unless_its_address_has_words(browser: FlaskClient):
    asked = {**OWN, "Sec-Fetch-Dest": "empty"}
    assert browser.get(PAGE, headers=asked).headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in browser.get(f"{PAGE}?q=guess", headers=asked).headers
    assert browser.get(f"{PAGE}?q=guess", headers=OWN).headers["Content-Encoding"] == "gzip"


def test_a_page_that_its_reader_opened_is_sent_compressed(browser: FlaskClient):
    plain = browser.get(PAGE)
    for origin in ("same-origin", "none"):
        small = browser.get(PAGE, headers={**OWN, "Sec-Fetch-Site": origin})
        assert small.headers["Content-Encoding"] == "gzip"
        assert len(small.data) < len(plain.data)
        assert b"</html>" in gzip.decompress(small.data)
        assert int(small.headers["Content-Length"]) == len(small.data)
    assert {"accept-encoding", "sec-fetch-site", "sec-fetch-dest"} <= {
        each.strip().lower() for each in plain.headers["Vary"].split(",")
    }


@pytest.mark.parametrize(
    "changed",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": ""},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "empty"},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "empty"},
        {"Accept-Encoding": "identity"},
    ],
)
def test_no_page_is_compressed_whose_words_another_site_may_have_chosen(
    browser: FlaskClient, changed: dict[str, str]
):
    assert "Content-Encoding" in browser.get(PAGE, headers=OWN).headers
    answer = browser.get(PAGE, headers={**OWN, **changed})
    assert "Content-Encoding" not in answer.headers
    assert b"</html>" in answer.data
