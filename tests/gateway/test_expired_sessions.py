"""A session that ended by a limit stays ended: no silent way back, a fresh proof, and no circle."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from itsdangerous import TimestampSigner

from settings import settings
from webapp.shared.people.rights import needs

SESSION = "dm_session"
LATER = settings().session_idle_minutes * 60 + 60


@pytest.fixture
def expired(provider, anonymous, go_through, web_app, monkeypatch):
    """A browser that signed in, and lay unused for too long."""
    go_through(anonymous, "/auth/login")
    cookie = anonymous.get_cookie(SESSION).value
    kind = type(web_app.session_interface)
    monkeypatch.setattr(kind, "clock", staticmethod(lambda: time.time() + LATER))
    assert "reason=expired" in anonymous.get("/").location
    monkeypatch.setattr(kind, "clock", staticmethod(time.time))
    anonymous.sid = cookie
    return anonymous


@pytest.fixture
def hours(web_app, monkeypatch):
    """By how many hours every clock of the gateway is ahead."""
    ahead = [0.0]

    def now(*_):
        return int(time.time() + ahead[0] * 3600)

    monkeypatch.setattr(type(web_app.session_interface), "clock", staticmethod(now))
    monkeypatch.setattr(TimestampSigner, "get_timestamp", now)
    return ahead


def test_the_same_cookie_is_expired_again_and_again_and_never_merely_lost(expired, web_app):
    for browser in (expired, web_app.test_client()):
        browser.set_cookie(SESSION, expired.sid)
        for _ in range(3):
            assert browser.get("/").location == "/sign-in?next=%2F&reason=expired"
            browser.set_cookie(SESSION, expired.sid)
        silent = browser.get("/auth/silent?next=/orders").location
        assert silent == "/sign-in?next=%2Forders&reason=expired"


def test_without_its_cookie_the_browser_remembers_it_too(expired):
    assert expired.get_cookie(SESSION) is None
    assert "reason=expired" in expired.get("/").location
    assert expired.get("/auth/silent").location.startswith("/sign-in?")
    script = expired.get("/", headers={"HX-Request": "true"})
    assert script.status_code == 401 and "reason=expired" in script.headers["HX-Redirect"]


def test_the_next_sign_in_asks_for_a_fresh_proof_and_the_one_after_does_not(expired, go_through):
    asked = parse_qs(urlsplit(expired.get("/auth/login").location).query)
    assert asked["prompt"] == ["login"]
    assert go_through(expired, "/auth/login?next=/orders").location == "/orders"
    assert expired.get("/sign-in").status_code == 303
    assert "prompt" not in parse_qs(urlsplit(expired.get("/auth/login").location).query)


def test_a_provider_that_did_not_ask_again_signs_nobody_in_and_makes_no_circle(
    expired, provider, go_through
):
    provider.spoil = lambda claims, _: claims.update(auth_time=int(time.time()) - 600)
    landed = go_through(expired, "/auth/login")
    assert landed.status_code == 403 and "Location" not in landed.headers
    assert "reason=expired" in expired.get("/").location
    provider.spoil = lambda claims, _: claims.pop("auth_time")
    assert go_through(expired, "/auth/login").status_code == 403
    provider.spoil = lambda *_: None
    assert go_through(expired, "/auth/login").status_code == 303


def test_an_idle_end_is_known_after_a_restart_too(provider, anonymous, go_through, web_app, hours):
    go_through(anonymous, "/auth/login")
    seat = anonymous.get_cookie("dm_seat").value
    for hours[0] in (0.5, 1.0, 1.5):  # used all the while
        assert anonymous.get("/").status_code == 200
    used = anonymous.get_cookie("dm_seat").value
    assert used != seat
    hours[0] = 1.6
    anonymous.get("/", headers={"X-Background": "1"})
    assert anonymous.get_cookie("dm_seat").value == used, "a poll is no use"
    web_app.session_interface.cache.clear()  # what a restart does
    assert anonymous.get("/").location.startswith("/auth/silent"), "lost soon after its last use"
    hours[0] = 2.7
    assert anonymous.get("/").location == "/sign-in?next=%2F&reason=expired"
    assert anonymous.get("/auth/silent").location.startswith("/sign-in?")
    asked = parse_qs(urlsplit(anonymous.get("/auth/login").location).query)
    assert asked["prompt"] == ["login"]


def test_a_plain_form_that_is_sent_after_it_is_kept_and_offered(
    provider, web_app, anonymous, go_through, monkeypatch
):
    @web_app.post("/orders/new")
    @needs("home.see")
    def new_order():
        return "placed"

    go_through(anonymous, "/auth/login")
    kind = type(web_app.session_interface)
    monkeypatch.setattr(kind, "clock", staticmethod(lambda: time.time() + LATER))
    lost = anonymous.post("/orders/new", data={"note": "an hour's work", "form_key": "abc12345"})
    monkeypatch.setattr(kind, "clock", staticmethod(time.time))
    assert "reason=expired" in lost.location
    kept = go_through(anonymous, "/auth/login?next=/orders").location
    page = anonymous.get(kept).text
    assert "an hour&#39;s work" in page and 'value="abc12345"' in page
