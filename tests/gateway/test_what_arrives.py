"""Every text that a request carries comes clean, whichever way it comes; what nobody means is refused."""

import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask, jsonify, request
from flask.testing import FlaskClient

from webapp.shared.pages.form_keys import whole
from webapp.shared.people.rights import takes_lines
from webapp.shared.requests import text


@pytest.fixture
def browser() -> Iterator[FlaskClient]:
    app = Flask("echo")
    text.install(app)

    @app.post("/echo/<word>")
    @app.post("/<string(maxlength=5):word>")
    @app.post("/rest/<path:word>")
    @takes_lines("words")
    def echo(word: str) -> Any:
        picture = request.files.get("picture")
        return jsonify(
            word=word,
            args=request.args.to_dict(flat=False),
            form=request.form.to_dict(flat=False),
            picture=list(picture.read()) if picture else None,
            json=request.get_json(silent=True),
        )

    @app.post("/strict")
    def strict() -> Any:
        return jsonify(request.get_json())

    yield app.test_client()


def test_fields_and_queries_come_without_nul_and_with_all_their_values(browser: FlaskClient):
    found = browser.post(
        "/echo/x?q=a%00b&q=c&d%00=e", data={"note": "one\0two", "ids": ["1\0", "2"]}
    ).get_json()
    assert found["args"] == {"q": ["ab", "c"], "d": ["e"]}
    assert found["form"] == {"note": ["onetwo"], "ids": ["1", "2"]}


def test_a_file_keeps_every_byte(browser: FlaskClient):
    found = browser.post(
        "/echo/x", data={"note": "a\0", "picture": (io.BytesIO(b"\0\1\0"), "p.png")}
    ).get_json()
    assert (found["form"], found["picture"]) == ({"note": ["a"]}, [0, 1, 0])


def test_json_comes_without_nul_at_any_depth(browser: FlaskClient):
    sent = {"a\0": ["b\0c", {"d": "\0"}], "n": 1, "none": None}
    found = browser.post(
        "/echo/x", data=json.dumps(sent), content_type="application/json"
    ).get_json()
    assert found["json"] == {"a": ["bc", {"d": ""}], "n": 1, "none": None}
    assert (
        browser.post("/echo/x", data=b"{", content_type="application/json").get_json()["json"]
        is None
    )


SENT = {"name": "Ann\r\nBcc: all\u202e", "words": "One\r\ntwo\u202e", "none": "\u3164"}
CLEAN = {"name": "Ann Bcc: all", "words": "One\ntwo", "none": ""}


def test_a_text_is_one_line_unless_its_view_takes_several(browser: FlaskClient):
    found = browser.post("/echo/x", data=SENT, query_string=SENT).get_json()
    assert found["form"] == {name: [text] for name, text in CLEAN.items()}
    assert found["args"] == found["form"] | {"words": ["One two"]}
    with_file = {**SENT, "picture": (io.BytesIO(b"\r\n"), "p.png")}
    assert browser.post("/echo/x", data=with_file).get_json()["form"] == found["form"]
    found = browser.post("/echo/x", json={"in": [SENT]}).get_json()
    assert found["json"] == {"in": [CLEAN]}


@pytest.mark.parametrize("body", [b'{"a": "\\ud83d"}', b'{"\\udc00": 1}', b'["\\ud83d\\ud83d"]'])
def test_json_with_half_a_surrogate_pair_is_refused(browser: FlaskClient, body: bytes):
    answer = browser.post("/strict", data=body, content_type="application/json")
    assert answer.status_code == 400
    pair = b'{"a": "\\ud83d\\udcc4"}'
    answer = browser.post("/strict", data=pair, content_type="application/json")
    assert answer.get_json() == {"a": "📄"}


@pytest.mark.parametrize(
    "sent",
    [
        "[" * 33 + "]" * 33,
        "[" * 100_000,
        '{"a": "\\ud800"}',
        '{"\\udfff": 1}',
        '{"a": NaN}',
        "[Infinity]",
    ],
)
def test_json_that_nobody_means_is_no_json(browser: FlaskClient, sent: str):
    answer = browser.post("/strict", data=sent, content_type="application/json")
    assert answer.status_code == 400
    fitting = "[" * 32 + "]" * 32
    assert browser.post("/strict", data=fitting, content_type="application/json").status_code == 200


@pytest.mark.parametrize(
    "part",
    [
        "Content-Disposition: form-data\r\n\r\nx",
        'Content-Disposition: form-data; filename="a"\r\n\r\nx',
        "Content-Dispo",
    ],
)
def test_a_form_with_a_nameless_or_broken_part_is_refused_and_not_read_as_empty(
    browser: FlaskClient, part: str
):
    answer = browser.post(
        "/echo/x",
        data=f"--b\r\n{part}\r\n--b--\r\n".encode(),
        content_type="multipart/form-data; boundary=b",
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "address", ["/echo/a%00b", "/echo/%00", "/a%00b", "/rest/a/%00b", "/rest/%00"]
)
def test_an_address_with_nul_is_nobodys(browser: FlaskClient, address: str):
    assert browser.post(address).status_code == 404
    assert browser.post(address.replace("%00", "0")).status_code == 200


@pytest.mark.parametrize("route", ["/echo/", "/rest/"])
def test_an_address_may_hold_any_other_character(browser: FlaskClient, route: str):
    for word in (": ping\n\n", "a\nb", "\t", "é ☃", "\x7f\x1b"):
        assert browser.post(route + quote(word)).get_json()["word"] == word
    assert browser.post("/rest/A-12/3").get_json()["word"] == "A-12/3"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12", 12),
        (" 12\t", 12),
        ("+3", 3),
        ("-3", -3),
        ("007", 7),
        ("999999999", 999_999_999),
        ("1000000000", None),
        ("", None),
        (None, None),
        ("1.5", None),
        ("many", None),
        ("٣", None),
        ("²", None),
        ("1_000", None),
        ("--1", None),
        ("1 2", None),
    ],
)
def test_a_whole_number_is_read_as_people_type_it(typed: str | None, number: int | None):
    assert whole(typed) == number
