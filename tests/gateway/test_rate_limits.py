"""Limits that fit people: an office behind one address gets in, whoever guesses does not go on."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.gateway.test_bearer import _claims
from webapp.gateway.safety.rate_limits import API_BAD_TOKEN, RATES, RETURN_UNKNOWN, SIGN_IN_KNOWN
from webapp.gateway.sign_in.cookies import take_seat

PEOPLE = 2000
DOCUMENT = Path(__file__).parents[2] / "docs/reference/security.md"


@pytest.mark.long
def test_two_thousand_people_behind_one_address_sign_in_after_a_restart(provider, web_app):
    """All at once, twice: the browsers know nobody any more, or they know who was signed in."""
    with web_app.test_request_context():
        seats = [seat_of(f"person-{n}") for n in range(PEOPLE)]
    refused = 0
    for seat in seats:
        new, known = web_app.test_client(), web_app.test_client()
        known.set_cookie("dm_seat", seat)
        begun = new.get("/auth/login")
        state = parse_qs(urlsplit(begun.location).query)["state"][0]
        back = new.get(f"/auth/authorize?state={state}&error=access_denied")
        refused += (begun.status_code, back.status_code) != (303, 403)
        refused += known.get("/auth/silent").status_code != 303
    assert refused == 0


def test_a_circle_of_one_browser_is_stopped_and_stops_nobody_else(provider, web_app):
    with web_app.test_request_context():
        mine, other = seat_of("me"), seat_of("another")
    circling, beside = web_app.test_client(), web_app.test_client()
    circling.set_cookie("dm_seat", mine)
    beside.set_cookie("dm_seat", other)
    answers = [circling.get("/auth/silent").status_code for _ in range(SIGN_IN_KNOWN.times + 1)]
    assert answers == [303] * SIGN_IN_KNOWN.times + [429]
    assert beside.get("/auth/silent").status_code == 303
    assert web_app.test_client().get("/auth/login").status_code == 303


def test_a_seat_that_was_not_ours_counts_as_unknown(provider, anonymous, monkeypatch):
    monkeypatch.setattr("webapp.gateway.safety.rate_limits.SIGN_IN.times", 3)
    for n in range(4):
        anonymous.set_cookie("dm_seat", f"forged-{n}")
        answer = anonymous.get("/auth/login")
    assert answer.status_code == 429


def test_returns_that_nobody_awaits_are_limited_and_an_awaited_one_passes(
    provider, anonymous, go_through
):
    for _ in range(RETURN_UNKNOWN.times):
        anonymous.get("/auth/authorize?state=guessed")
    assert anonymous.get("/auth/authorize?state=guessed").status_code == 429
    assert go_through(anonymous, "/auth/login").status_code == 303


def test_bad_tokens_are_limited_and_a_valid_one_passes_all_the_same(provider, web_app):
    client = web_app.test_client()
    bad = [
        client.get("/api/v1/openapi.json", headers={"Authorization": f"Bearer a.b.{n}"})
        for n in range(API_BAD_TOKEN.times + 1)
    ]
    assert [each.status_code for each in bad] == [401] * API_BAD_TOKEN.times + [429]
    assert int(bad[-1].headers["Retry-After"]) > 0
    good = {"Authorization": f"Bearer {provider.token(_claims(provider))}"}
    assert client.get("/api/v1/openapi.json", headers=good).status_code == 200


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: rate.name)
def test_each_limit_stands_in_the_document_with_its_numbers(rate):
    row = re.search(
        rf"^\| `{rate.name}` \| ([\d,]+) \| (\d+) s \|(.+)\|$", DOCUMENT.read_text(), re.M
    )
    assert row and (int(row[1].replace(",", "")), int(row[2])) == (rate.times, rate.seconds)
    assert all(cell.strip() for cell in row[3].split("|"))


def seat_of(subject: str) -> str:
    """The cookie of a browser in which this person signed in."""
    from flask import Response

    response = Response()
    take_seat(response, subject, anew=True)
    return response.headers["Set-Cookie"].partition("dm_seat=")[2].partition(";")[0]
