"""The provider ends a sign-in: its sessions end at once, and nobody else can make that happen."""

import time
from typing import Any

import pytest

from tests.gateway.odd_provider import OTHER_KEY
from webapp.gateway.sign_in.back_channel import EVENT, FRESH

URL = "/auth/back-channel-logout"


@pytest.fixture
def claims(provider) -> dict[str, Any]:
    """What a good logout token of Jim's sign-in says."""
    now = int(time.time())
    return {
        "iss": provider.issuer,
        "aud": "dm-web",
        "iat": now,
        "exp": now + 120,
        "jti": f"jti-{time.time_ns()}",
        "sub": "id-of-jim.halpert",
        "sid": "sid-of-jim",
        "events": {EVENT: {}},
    }


@pytest.fixture
def jim(provider, anonymous, go_through):
    """Jim's browser, signed in at the provider under the session `sid-of-jim`."""
    provider.spoil = lambda claims, header: claims.update(sid="sid-of-jim")
    go_through(anonymous, "/auth/login?next=/")
    assert anonymous.get("/").status_code == 200
    return anonymous


def tell(web_app, token: str):
    return web_app.test_client().post(URL, data={"logout_token": token})


def test_a_sign_in_that_ended_at_the_provider_ends_its_session_and_its_open_stream(
    web_app, provider, jim, claims
):
    sid = jim.get_cookie("dm_session").value
    answer = tell(web_app, provider.token(claims))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert web_app.session_interface.peek(sid) is None, "a stream looks here, and ends"
    assert jim.get("/").status_code == 303


def test_another_sign_in_of_the_same_person_goes_on_when_the_token_names_one(
    web_app, provider, jim, claims
):
    assert (
        tell(web_app, provider.token({**claims, "sid": "sid-of-another-browser"})).status_code
        == 200
    )
    assert jim.get("/").status_code == 200


def test_a_token_without_sid_ends_every_session_of_the_person_until_now_and_none_after(
    web_app, provider, jim, claims, go_through
):
    del claims["sid"]
    assert tell(web_app, provider.token(claims)).status_code == 200
    assert jim.get("/").status_code == 303
    again = web_app.test_client()
    time.sleep(0.01)
    go_through(again, "/auth/login?next=/")
    assert again.get("/").status_code == 200


def test_of_another_person_it_ends_nothing(web_app, provider, jim, claims):
    del claims["sid"]
    assert tell(web_app, provider.token({**claims, "sub": "id-of-pam.beesly"})).status_code == 200
    assert jim.get("/").status_code == 200


def test_a_token_serves_once(web_app, provider, jim, claims):
    first, second = (tell(web_app, provider.token(claims)) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 400)


BAD = {
    "another issuer": lambda c: c.update(iss="http://evil.example"),
    "another client": lambda c: c.update(aud="dm-services"),
    "several audiences": lambda c: c.update(aud=["dm-web", "dm-services"]),
    "no audience": lambda c: c.pop("aud"),
    "run out": lambda c: c.update(exp=int(time.time()) - 60),
    "no end": lambda c: c.pop("exp"),
    "made long ago": lambda c: c.update(iat=int(time.time()) - FRESH - 60),
    "made tomorrow": lambda c: c.update(iat=int(time.time()) + 86_400),
    "no event": lambda c: c.pop("events"),
    "another event": lambda c: c.update(events={"http://schemas.openid.net/event/other": {}}),
    "events as a list": lambda c: c.update(events=[EVENT]),
    "a nonce, so an ID token": lambda c: c.update(nonce="n"),
    "nobody": lambda c: (c.pop("sid"), c.pop("sub")),
    "a sid that is no text": lambda c: (c.update(sid=["sid-of-jim"]), c.pop("sub")),
    "no jti": lambda c: c.pop("jti"),
    "an empty jti": lambda c: c.update(jti=""),
}


@pytest.mark.parametrize("spoil", BAD.values(), ids=BAD)
def test_a_token_that_fails_a_check_ends_nothing(web_app, provider, jim, claims, spoil):
    spoil(claims)
    answer = tell(web_app, provider.token(claims))
    assert (answer.status_code, answer.json) == (400, {"error": "invalid_request"})
    assert jim.get("/").status_code == 200


@pytest.mark.parametrize("raw", ["", "x", "a.b.c", "a" * 20_000])
def test_what_is_no_token_ends_nothing(web_app, jim, raw):
    assert tell(web_app, raw).status_code == 400
    assert jim.get("/").status_code == 200


def test_a_token_of_another_key_algorithm_or_type_ends_nothing(web_app, provider, jim, claims):
    good = provider.key
    provider.key = OTHER_KEY
    assert tell(web_app, provider.token(claims)).status_code == 400
    provider.key = good
    for header in ({"alg": "RS512"}, {"alg": "none"}, {"typ": "at+jwt"}, {"crit": ["x"]}):
        assert tell(web_app, provider.token(claims, header)).status_code == 400
    assert jim.get("/").status_code == 200


def test_while_the_keys_cannot_be_had_the_provider_is_told_to_try_again(web_app, provider, claims):
    raw, provider.away = provider.token(claims), True
    assert tell(web_app, raw).status_code == 503
    provider.away = False
    assert tell(web_app, raw).status_code == 200, "the first try did not use it up"
