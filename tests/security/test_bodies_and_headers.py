"""Bodies and headers that lie, over raw sockets to the real gateway: refused whole, never a server error."""

import itertools
import random
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from tests.factories.office import SmallOffice, key_for
from tests.factories.routes import address_of, rules
from tests.security.raw_requests import (
    CHUNKS,
    FORM,
    LARGE,
    LIES,
    Lie,
    Raw,
    RawAnswer,
    chunked,
    send,
)
from tests.wuphf.live_browser import Web

SEED = 17
# A theme that was once set comes back with every answer to that person.
WHO = {204: "michael.scott", 413: "pam.beesly", 400: "jim.halpert"}
AWAY = 503  # what needs the directory, the provider or the broker, which are not part of this test
ENDLESS = {"live.stream"}
Requests = dict[tuple[str, str], Raw]
ROUTES = sorted(key for key in rules() if key[0] not in ENDLESS)


@pytest.fixture(scope="module")
def gateway(small_office: SmallOffice) -> Iterator[Web]:
    web = Web("tests.security.fuzzed_app:make_app()")
    yield web
    web.stop()


@pytest.fixture(scope="module")
def requests(gateway: Web, small_office: SmallOffice) -> Requests:
    """Per route a request that passes every check of who asks, for a record that exists."""
    services = {key[0].split(".")[0].removesuffix("_api") for key in ROUTES if "_api." in key[0]}
    tokens = {each: httpx.get(f"{gateway.address}/test/token/{each}").text for each in services}
    return {key: _request_for(gateway, small_office, *key, tokens) for key in ROUTES}


def _request_for(
    web: Web, office: SmallOffice, endpoint: str, method: str, tokens: dict[str, str]
) -> Raw:
    rule = rules()[endpoint, method]
    address = address_of(office.app, rule, method, key_for(rule.rule, office.dsn))
    host = ("Host", f"127.0.0.1:{web.port}".encode())
    if rule.rule.startswith("/api/"):
        token = tokens.get(endpoint.split(".")[0].removesuffix("_api"), "none")
        return Raw(method, address, (host, ("Authorization", f"Bearer {token}".encode())))
    return Raw(method, address, (host, *signed_in(web)))


def signed_in(web: Web, uid: str = "michael.scott") -> tuple[tuple[str, bytes], ...]:
    cookie = f"{web.cookie}=sid-{uid}".encode()
    return ("Cookie", cookie), ("X-CSRF-Token", f"csrf-{uid}".encode())


def fault_of(web: Web, raw: Raw) -> str:
    """What is wrong with the answer; empty where nothing is."""
    answer = send(web.port, raw.to_bytes())
    if answer.status == 0:
        return "no answer"
    if answer.status >= 500 and answer.status not in (AWAY, 501, 505):
        return f"{answer.status} {answer.body[:80]!r}"
    if "x-evil" in answer.headers:
        return "a header of the client's own"
    return ""


def test_each_lie_is_answered_without_a_server_error(gateway: Web, requests: Requests):
    """Each kind of lie at a few routes; many more of the pairs are in the long suite."""
    assert faults_of(gateway, requests, LIES, 3) == []


@pytest.mark.long
def test_no_route_answers_a_lie_with_a_server_error(gateway: Web, requests: Requests):
    """Each kind of lie at every sixth route, and each route with nine kinds of lies."""
    assert faults_of(gateway, requests, LIES, len(ROUTES) // 6) == []
    assert faults_of(gateway, requests, LARGE, 3) == []


def faults_of(
    web: Web, requests: Requests, lies: Mapping[str, Lie], routes_each: int
) -> list[tuple[str, ...]]:
    """What went wrong when each lie was told at as many routes, the next ones for the next lie."""
    dice, faults = random.Random(SEED), []
    routes = itertools.cycle(dice.sample(ROUTES, len(ROUTES)))
    for lie, tell in lies.items():
        for key in itertools.islice(routes, routes_each):
            if fault := fault_of(web, tell(requests[key], dice)):
                faults.append((lie, *key, fault))
    return faults


@pytest.mark.parametrize("framed", ["by length", "in chunks"])
@pytest.mark.parametrize(("size", "status"), [(2 * 1024 * 1024, 204), (2 * 1024 * 1024 + 1, 413)])
def test_a_body_over_the_limit_is_refused_whole_whatever_its_framing(
    gateway: Web, framed: str, size: int, status: int
):
    body = b"theme=dark&padding=".ljust(size, b"x")
    raw = form_to_preferences(gateway, body, WHO[status])
    if framed == "in chunks":
        pieces = [body[at : at + 100_000] for at in range(0, size, 100_000)]
        raw = Raw(raw.method, raw.path, raw.headers, chunked(*pieces), CHUNKS)
    answer = send(gateway.port, raw.to_bytes())
    assert answer.status == status
    assert was_done(answer) == (status == 204)


@pytest.mark.parametrize(
    ("body", "framing", "status"),
    [
        (b"theme=dark", (("Content-Length", b"400"),), 400),
        (b"a\r\ntheme=dark\r\nzz\r\n", CHUNKS, 400),
        (b"a\r\ntheme=dark\r\n", CHUNKS, 400),
        (b"a\r\ntheme=dark\r\n0\r\n\r\n", CHUNKS, 204),
    ],
    ids=["shorter than announced", "a bad size later", "no last chunk", "whole"],
)
def test_a_body_that_breaks_off_is_not_carried_out(
    gateway: Web, body: bytes, framing: Any, status: int
):
    raw = form_to_preferences(gateway, b"", WHO[status])
    answer = send(gateway.port, Raw(raw.method, raw.path, raw.headers, body, framing).to_bytes())
    assert answer.status == status
    assert was_done(answer) == (status == 204)


def form_to_preferences(web: Web, body: bytes, uid: str) -> Raw:
    host = ("Host", f"127.0.0.1:{web.port}".encode())
    htmx = (("HX-Request", b"true"), ("HX-Request-Type", b"partial"))
    raw = Raw("POST", "/preferences", (host, *signed_in(web, uid), *htmx))
    return raw.with_body(FORM, body)


def was_done(answer: RawAnswer) -> bool:
    """Whether the theme was set."""
    return "dm_theme=dark" in answer.headers.get("set-cookie", "")
