"""A session lives as long as it should: no longer, not again, and not at another's cost."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import session

from settings import settings
from webapp.gateway.sessions.store import TOUCH_EVERY
from webapp.shared.people.rights import (
    background,
    needs,
    public,
    session_watch,
)

SESSION = "dm_session"


@pytest.fixture
def clock(web_app, monkeypatch):
    """The session store's clock, to be moved."""
    import time

    shift = [0.0]
    web_app.session_interface.clock = lambda: time.time() + shift[0]
    return shift


def test_an_old_cookie_is_dead_after_sign_out(web_app, client_as):
    jim = client_as("jim.halpert")
    old = jim.get_cookie(SESSION).value
    assert jim.get("/").status_code == 200
    jim.post("/auth/logout")
    assert jim.get_cookie(SESSION) is None
    jim.set_cookie(SESSION, old)
    assert jim.get("/").status_code == 303


def test_a_slow_request_that_ends_after_sign_out_does_not_bring_the_session_back(
    web_app, client_as
):
    arrived, go_on = threading.Event(), threading.Event()

    @web_app.post("/slow")
    @needs("home.see")
    def slow():
        arrived.set()
        assert go_on.wait(5)
        session["written"] = "late"
        return "done"

    jim = client_as("jim.halpert")
    old = jim.get_cookie(SESSION).value
    with ThreadPoolExecutor() as pool:
        running = pool.submit(_another_tab(web_app, jim).post, "/slow")
        assert arrived.wait(5)
        jim.post("/auth/logout")
        go_on.set()
        assert running.result(5).status_code == 200
    assert web_app.session_interface.peek(old) is None
    jim.set_cookie(SESSION, old)
    assert jim.get("/").status_code == 303


def test_the_same_slow_request_is_kept_while_the_session_lives(web_app, client_as):
    @web_app.post("/quick")
    @needs("home.see")
    def quick():
        session["written"] = "kept"
        return "done"

    jim = client_as("jim.halpert")
    jim.post("/quick")
    assert web_app.session_interface.peek(jim.get_cookie(SESSION).value)["written"] == "kept"


def test_a_flood_of_strangers_puts_nobody_out(web_app, client_as, anonymous):
    jim = client_as("jim.halpert")
    for number in range(200):
        anonymous.set_cookie(SESSION, f"guess-{number}")
        anonymous.get("/sign-in")
    assert len(web_app.session_interface.cache._cache) == 2  # his session and its tokens
    assert jim.get("/").status_code == 200


def test_an_unused_session_ends_and_a_used_one_lasts_until_the_absolute_limit(client_as, clock):
    jim, pam = client_as("jim.halpert"), client_as("pam.beesly")
    idle, absolute = settings().session_idle_minutes * 60, settings().session_absolute_hours * 3600
    for clock[0] in range(0, absolute - 60, idle - 60):
        assert jim.get("/").status_code == 200
    late = pam.get("/?tab=1")
    assert late.location == "/sign-in?next=%2F%3Ftab%3D1&reason=expired"
    assert pam.get_cookie(SESSION) is None
    clock[0] = absolute + 1
    assert "reason=expired" in jim.get("/").location


def test_a_stream_or_a_poll_does_not_extend_a_session(web_app, client_as, clock):
    @web_app.get("/poll")
    @background
    @needs("home.see")
    def poll():
        return "nothing new"

    jim, pam = client_as("jim.halpert"), client_as("pam.beesly")
    for clock[0] in range(0, settings().session_idle_minutes * 60 + 120, 300):
        jim.get("/poll")
        jim.get("/", headers={"X-Background": "1"})
        pam.get("/")
    assert jim.get("/").status_code == 303
    assert pam.get("/").status_code == 200


def test_use_is_noted_seldom_so_that_a_read_is_not_a_write(web_app, client_as, clock):
    jim = client_as("jim.halpert")
    before = web_app.session_interface.peek(jim.get_cookie(SESSION).value)["used_at"]
    clock[0] = TOUCH_EVERY / 2
    jim.get("/")
    assert web_app.session_interface.peek(jim.get_cookie(SESSION).value)["used_at"] == before
    clock[0] = TOUCH_EVERY * 2
    jim.get("/")
    assert web_app.session_interface.peek(jim.get_cookie(SESSION).value)["used_at"] > before


def test_a_watch_follows_roles_and_the_end_of_a_session(web_app, client_as, people):
    watches = []

    @web_app.get("/stream")
    @needs("home.see")
    def stream():
        watches.append(session_watch())
        return watches[0].sid_hash

    jim = client_as("jim.halpert")
    sid = jim.get_cookie(SESSION).value
    assert sid not in jim.get("/stream").text
    assert "sales" in watches[0].person().roles
    people["jim.halpert"] = _without(people["jim.halpert"], "sales")
    assert "sales" not in watches[0].person().roles
    jim.post("/auth/logout")
    assert watches[0].person() is None


def test_cookies_are_http_only_lax_and_plain_on_loopback(anonymous, web_app, client_as):
    lines = client_as("jim.halpert").post("/auth/logout").headers.getlist("Set-Cookie")
    assert {line.split("=")[0] for line in lines} == {"dm_session", "dm_seat"}
    assert all(
        "HttpOnly" in line and "SameSite=Lax" in line and "Secure" not in line for line in lines
    )


def test_cookies_are_bound_to_the_host_over_tls(monkeypatch, people):
    monkeypatch.setenv("DM_PUBLIC_URL", "https://paper.example")
    settings.cache_clear()
    from tests.web_client import app_over, sign_in

    app = app_over(people, served=("gateway",))
    client = sign_in(app, people["jim.halpert"])
    answer = client.post(
        "/auth/logout", base_url="https://paper.example", headers={"X-CSRF-Token": client.csrf}
    )
    lines = answer.headers.getlist("Set-Cookie")
    assert lines and all(line.startswith("__Host-dm_") for line in lines)
    assert all(
        "Secure" in line and "HttpOnly" in line and "Path=/" in line and "Domain" not in line
        for line in lines
    )
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    settings.cache_clear()


def test_a_public_view_reads_no_session_into_being(web_app, anonymous):
    @web_app.get("/open")
    @public
    def open_():
        return str(session.get("uid"))

    answer = anonymous.get("/open")
    assert answer.text == "None" and "Set-Cookie" not in answer.headers


def _another_tab(app, client):
    tab = app.test_client()
    tab.set_cookie(SESSION, client.get_cookie(SESSION).value)
    tab.csrf = client.csrf
    return tab


def _without(entry, group):
    from dataclasses import replace

    return replace(entry, groups=entry.groups - {group})
