"""Walks over the route table: what no address may do, whoever asks and whatever is sent along."""

import io
import json
import logging

import pytest

import telemetry
from stack import console
from tests.factories.routes import address_of, product, rules
from tests.web_client import known_people, sign_in
from webapp.gateway.process.internal import internal_application
from webapp.gateway.safety.rate_limits import SIGN_IN

UNSAFE = sorted(
    (endpoint, method)
    for (endpoint, method), rule in rules().items()
    if method != "GET" and not rule.rule.startswith("/api/") and endpoint != "back_channel.logout"
)
FORGED = {
    "X-Forwarded-For": "10.9.8.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Prefix": "/evil",
    "Forwarded": "for=10.9.8.7;host=evil.example;proto=https",
    "X-Real-IP": "10.9.8.7",
    "X-Original-URL": "/profile/settings",
    "X-Rewrite-URL": "/profile/settings",
    "X-HTTP-Method-Override": "POST",
    "X-Remote-User": "nick.reyes",
}


@pytest.mark.parametrize(("endpoint", "method"), UNSAFE)
def test_no_unsafe_route_is_reached_without_the_sessions_token_or_from_another_site(
    endpoint: str, method: str
):
    app, rule = product(), rules()[endpoint, method]
    app.extensions["rates"]._seen.clear()
    nick = sign_in(app, known_people()["nick.reyes"])
    address, token = address_of(app, rule, method), nick.csrf
    nick.csrf = ""
    assert nick.open(address, method=method).status_code == 403
    assert nick.open(address, method=method, data={"csrf_token": "guessed"}).status_code == 403
    for foreign in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert (
            nick.open(
                address, method=method, headers={"X-CSRF-Token": token, **foreign}
            ).status_code
            == 403
        )


def test_no_route_answers_trace_or_a_method_that_it_was_not_made_for():
    app = product()
    for (endpoint, method), rule in rules().items():
        app.extensions["rates"]._seen.clear()
        for other in ("TRACE", "TRACK", "CONNECT"):
            assert (
                app.test_client().open(address_of(app, rule, method), method=other).status_code
                == 405
            ), endpoint


def test_metrics_and_debuggers_are_closed_on_the_main_port_and_open_only_on_the_internal_one(
    anonymous, client_as
):
    for path in (
        "/metrics",
        "/console",
        "/debug",
        "/_debug_toolbar",
        "/server-status",
        "/.git/config",
        "/.env",
        "/admin",
        "/?__debugger__=yes&cmd=resource&f=style.css",
        "/static/../settings.py",
        "/static/%2e%2e/settings.py",
    ):
        for browser in (anonymous, client_as("nick.reyes")):
            answer = browser.get(path)
            assert answer.status_code in (303, 404) or path.startswith("/?"), path
            assert (
                "dm_http" not in answer.text
                and "database_url" not in answer.text
                and "Debugger" not in answer.text
            )
    assert not product().debug
    told: list[str] = []
    body = b"".join(
        internal_application(product())(
            {"PATH_INFO": "/metrics", "HTTP_HOST": "127.0.0.1:8001"},
            lambda status, _: told.append(status),
        )
    )
    assert told == ["200 OK"] and b"dm_http_requests" in body


def test_headers_that_a_stranger_forges_change_no_answer(web_app, anonymous, client_as):
    for path in ("/orders/", "/healthz", "/sign-in", "/"):
        plain, forged = anonymous.get(path), anonymous.get(path, headers=FORGED)
        assert (plain.status_code, plain.location) == (forged.status_code, forged.location), path
        assert "evil" not in forged.text and "evil" not in str(forged.headers)
    assert client_as("toby.flenderson").get("/profile/settings", headers=FORGED).status_code == 403


def test_a_forged_address_does_not_get_around_the_limit_which_says_how_long_to_wait(
    web_app, anonymous, monkeypatch
):
    monkeypatch.setattr("webapp.gateway.safety.rate_limits.SIGN_IN.times", 3)
    answers = [
        anonymous.get("/auth/login", headers={"X-Forwarded-For": f"10.0.0.{n}"}) for n in range(5)
    ]
    assert SIGN_IN.times == 3 and [answer.status_code for answer in answers][3:] == [429, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= SIGN_IN.seconds


def test_no_route_but_those_for_files_takes_more_than_a_form(web_app):
    app = web_app
    for endpoint, view in app.view_functions.items():
        assert getattr(view, "most_bytes", 0) <= 21_000_000, (
            f"{endpoint}: a file may be larger than is read at once"
        )
    assert (
        app.config["MAX_CONTENT_LENGTH"] <= 2 * 1024 * 1024
        and app.config["MAX_FORM_MEMORY_SIZE"] <= 2 * 1024 * 1024
    )


def test_a_cookie_of_ours_is_never_readable_by_scripts_nor_sent_from_other_sites(
    anonymous, client_as
):
    jim = client_as("jim.halpert")
    answers = [
        jim.get("/"),
        jim.post("/preferences", data={"theme": "dark"}),
        anonymous.get("/sign-in"),
    ]
    cookies = [cookie for answer in answers for cookie in answer.headers.getlist("Set-Cookie")]
    assert cookies
    for cookie in cookies:
        assert "SameSite=Lax" in cookie or "SameSite=Strict" in cookie, cookie
        assert "HttpOnly" in cookie or cookie.startswith(("dm_theme=", "dm_density=")), cookie


def test_a_log_line_is_one_line_whatever_was_typed_and_steers_no_terminal(capsys):
    typed = 'paper\r\n{"level": "INFO"}\x1b[2J\x9b2J\u2028\x85\0 é'
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(telemetry.JsonLines("web"))
    record = logging.LogRecord("dm", logging.INFO, "", 0, "%s", (typed,), None)
    handler.emit(record)
    line = out.getvalue()
    assert len(line.splitlines()) == 1 and line.isascii() and json.loads(line)["message"] == typed
    console.show("web", line)
    shown = capsys.readouterr().out
    assert "paper" in shown and not {"\x1b", "\x9b", "\r", "\0"} & set(
        shown.replace("\x1b[36m", "")
    )


def test_a_path_in_the_access_log_is_one_line(anonymous, caplog):
    with caplog.at_level(logging.INFO, "dm.access"):
        anonymous.get("/nothing%0d%0a%7b%22level%22%3a%22ERROR%22%7d")
    formatted = [
        telemetry.JsonLines("web").format(record)
        for record in caplog.records
        if record.name == "dm.access"
    ]
    assert formatted and all(len(line.splitlines()) == 1 for line in formatted)
