"""No NUL reaches the database, whichever way it comes."""

import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask, jsonify, request
from flask.testing import FlaskClient

from webapp.shared.pages.form_keys import whole
from webapp.shared.requests import text


@pytest.fixture
def browser() -> Iterator[FlaskClient]:
    app = Flask("echo")
    text.install(app)

    @app.post("/echo/<word>")
    @app.post("/<string(maxlength=5):word>")
    @app.post("/rest/<path:word>")
    def echo(word: str) -> Any:
        picture = request.files.get("picture")
        return jsonify(
            word=word,
            args=request.args.to_dict(flat=False),
            form=request.form.to_dict(flat=False),
            picture=list(picture.read()) if picture else None,
            json=request.get_json(silent=True),
        )

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
