"""Signing in: what is believed of a provider, where one lands, what stays behind."""

import logging
import time
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import pytest

from settings import settings
from tests.gateway.odd_provider import OTHER_KEY, OddProvider

SESSION = "dm_session"


def test_one_lands_where_one_wanted_to_go_and_is_known_there(provider, anonymous, go_through):
    landed = go_through(anonymous, "/auth/login?next=/orders%3Fq%3Dpaper")
    assert (landed.status_code, landed.location) == (303, "/orders?q=paper")
    assert anonymous.get("/sign-in").location == "/"  # signed in: nothing to do there


def test_the_request_to_the_provider_carries_state_nonce_and_an_s256_challenge(provider, anonymous):
    asked = parse_qs(urlsplit(anonymous.get("/auth/login").location).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert all(len(asked[name][0]) >= 16 for name in ("state", "nonce", "code_challenge"))
    assert asked["redirect_uri"] == ["http://127.0.0.1:8000/auth/authorize"]


def test_starting_a_sign_in_stores_no_session(provider, anonymous, web_app):
    for _ in range(20):
        answer = anonymous.get("/auth/login")
    assert SESSION not in str(answer.headers.getlist("Set-Cookie"))
    assert not web_app.session_interface.cache._cache


def test_the_session_id_is_new_at_sign_in_and_a_planted_one_is_not_taken(
    provider, anonymous, go_through
):
    anonymous.set_cookie(SESSION, "planted-by-somebody")
    landed = go_through(anonymous, "/auth/login")
    mine = _cookie(landed, SESSION)
    assert mine and mine != "planted-by-somebody" and len(mine) >= 43
    again = _cookie(go_through(anonymous, "/auth/login"), SESSION)
    assert again != mine
    anonymous.set_cookie(SESSION, mine)
    assert anonymous.get("/").status_code == 303


@pytest.mark.parametrize(
    "target",
    [
        "//evil.com",
        "///evil.com",
        "/\\evil.com",
        "\\\\evil.com",
        "https://evil.com/",
        "http:evil.com",
        "javascript:alert(1)",
        "/%09/evil.com\t",
        "/\nhttp://evil.com",
        "//evil.com/%2f..",
        "http://127.0.0.1:8000.evil.com/",
        "http://127.0.0.1:8000@evil.com/",
        "/auth/logout",
        "",
        "x" * 3000,
    ],
)
def test_nobody_is_sent_to_another_site_after_sign_in(provider, anonymous, go_through, target):
    begun = anonymous.get("/auth/login", query_string={"next": target})
    assert begun.status_code == 303
    landed = go_through(
        anonymous,
        "/auth/login?" + ("next=" + target if target.isascii() and "\n" not in target else ""),
    )
    assert landed.location == "/"


BAD_TOKENS = {
    "another issuer": lambda c, h: c.update(iss="https://evil.example"),
    "another audience": lambda c, h: c.update(aud="dm-services"),
    "two audiences": lambda c, h: c.update(aud=["dm-web", "evil"]),
    "another authorised party": lambda c, h: c.update(azp="evil"),
    "expired": lambda c, h: c.update(exp=int(time.time()) - 120),
    "without an end": lambda c, h: c.pop("exp"),
    "from the future": lambda c, h: c.update(iat=int(time.time()) + 600),
    "another nonce": lambda c, h: c.update(nonce="replayed"),
    "without a nonce": lambda c, h: c.pop("nonce"),
    "without a subject": lambda c, h: c.pop("sub"),
    "another algorithm": lambda c, h: h.update(alg="RS512"),
    "another access token's hash": lambda c, h: c.update(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "a critical header": lambda c, h: h.update(crit=["exp"]),
    "a user name that is none": lambda c, h: c.update(preferred_username="*)(uid=*"),
}


@pytest.mark.parametrize("wrong", BAD_TOKENS)
def test_an_id_token_that_is_wrong_in_one_thing_signs_nobody_in(
    provider, anonymous, go_through, wrong
):
    provider.spoil = BAD_TOKENS[wrong]
    refused = go_through(anonymous, "/auth/login")
    assert refused.status_code == 403
    assert not _cookie(refused, SESSION)
    assert anonymous.get("/").status_code == 303


@pytest.mark.parametrize(
    "kind", ["signed by another key", "unsigned", "signed with the client's secret", "none at all"]
)
def test_an_id_token_that_the_provider_did_not_sign_is_worthless(
    provider, anonymous, go_through, kind
):
    _forge(provider, kind)
    assert go_through(anonymous, "/auth/login").status_code == 403
    assert anonymous.get("/").status_code == 303


def test_a_state_of_another_browser_or_a_second_use_is_refused(
    provider, anonymous, web_app, go_through
):
    import httpx

    begun = anonymous.get("/auth/login")
    back = httpx.get(begun.location).headers["Location"].removeprefix("http://127.0.0.1:8000")
    assert web_app.test_client().get(back).status_code == 400
    assert anonymous.get(back).status_code == 303
    assert anonymous.get(back).status_code == 400


def test_another_issuer_in_the_answer_is_refused(provider, anonymous):
    state = parse_qs(urlsplit(anonymous.get("/auth/login").location).query)["state"][0]
    assert (
        anonymous.get(f"/auth/authorize?state={state}&code=x&iss=https://evil.example").status_code
        == 403
    )


def test_metadata_of_another_issuer_is_refused(provider, anonymous, monkeypatch):
    named = provider.issuer
    monkeypatch.setenv("DM_OIDC_INTERNAL_BASE", provider.issuer)
    settings.cache_clear()
    assert anonymous.get("/auth/login").status_code == 303
    provider.issuer = "https://evil.example"
    anonymous.application.extensions["provider"]._description = None
    assert anonymous.get("/auth/login").status_code == 503
    provider.issuer = named


def test_with_the_provider_away_the_sign_in_page_says_so_and_nothing_breaks(provider, anonymous):
    provider.away = True
    answer = anonymous.get("/auth/login?next=/orders")
    assert answer.status_code == 503
    assert "text/html" in answer.content_type


def test_a_lost_session_costs_one_silent_round_and_keeps_the_csrf_token(
    provider, anonymous, web_app, go_through
):
    landed = go_through(anonymous, "/auth/login")
    token = _csrf(web_app, _cookie(landed, SESSION))
    web_app.session_interface.cache.clear()  # what a restart does
    lost = anonymous.get("/?x=1")
    assert lost.location == "/auth/silent?next=%2F%3Fx%3D1"
    asked = parse_qs(urlsplit(anonymous.get(lost.location).location).query)
    assert asked["prompt"] == ["none"] and int(asked["max_age"][0]) > 0
    back = go_through(anonymous, lost.location)
    assert back.location == "/?x=1"
    assert _csrf(web_app, _cookie(back, SESSION)) == token


def test_a_silent_sign_in_that_the_provider_refuses_ends_at_the_sign_in_page(
    provider, anonymous, go_through
):
    provider.uid = None
    back = go_through(anonymous, "/auth/silent?next=/orders")
    assert back.location == "/sign-in?next=%2Forders&reason=expired"


def test_a_lost_session_under_htmx_is_a_401_that_leads_back_to_the_page(
    provider, anonymous, web_app, go_through
):
    go_through(anonymous, "/auth/login")
    web_app.session_interface.cache.clear()
    answer = anonymous.get(
        "/search?q=x",
        headers={
            "HX-Request": "true",
            "HX-Request-Type": "partial",
            "HX-Current-URL": "http://127.0.0.1:8000/orders/new?a=1",
        },
    )
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/auth/silent?next=%2Forders%2Fnew%3Fa%3D1"


def test_sign_out_ends_the_session_here_and_at_the_provider(
    provider, anonymous, web_app, go_through
):
    sid = _cookie(go_through(anonymous, "/auth/login"), SESSION)
    anonymous.csrf = _csrf(web_app, sid)
    out = anonymous.post("/auth/logout")
    where = urlsplit(out.location)
    assert out.location.startswith(provider.issuer + "/end?")
    assert parse_qs(where.query)["id_token_hint"] and "storage" in out.headers["Clear-Site-Data"]
    anonymous.set_cookie(SESSION, sid)
    assert anonymous.get("/").status_code == 303
    assert not web_app.session_interface.cache._cache


def test_sign_out_works_with_the_provider_away(provider, anonymous, web_app, go_through):
    sid = _cookie(go_through(anonymous, "/auth/login"), SESSION)
    anonymous.csrf = _csrf(web_app, sid)
    provider.away = True
    web_app.extensions["provider"]._description = None
    assert anonymous.post("/auth/logout").location == "/signed-out"
    assert web_app.session_interface.peek(sid) is None


def test_sign_out_by_a_link_or_from_another_site_does_nothing(provider, anonymous, go_through):
    go_through(anonymous, "/auth/login")
    assert anonymous.get("/auth/logout").status_code == 405
    assert anonymous.post("/auth/logout").status_code == 403
    assert anonymous.get("/sign-in").status_code == 303


def test_too_many_sign_ins_are_told_to_wait_and_the_page_tries_again_itself(
    provider, anonymous, monkeypatch
):
    monkeypatch.setattr("webapp.gateway.safety.rate_limits.SIGN_IN.times", 5)
    answers = [anonymous.get("/auth/login") for _ in range(6)]
    assert answers[0].status_code == 303
    assert answers[-1].status_code == 429 and int(answers[-1].headers["Retry-After"]) > 0
    assert answers[-1].headers["Refresh"] == answers[-1].headers["Retry-After"]


def test_no_token_code_or_verifier_reaches_the_log_or_the_browser(
    provider, anonymous, go_through, caplog
):
    caplog.set_level(logging.DEBUG)
    provider.access_seconds = 1
    landed = go_through(anonymous, "/auth/login")
    provider.forget_refresh_tokens()
    anonymous.get("/signed-out")
    said = caplog.text + "".join(landed.headers.getlist("Set-Cookie")) + landed.text
    tokens = [
        *provider.refreshes,
        *(part for part in said.split() if part.count(".") == 2 and part.startswith("eyJhbGci")),
    ]
    assert provider.refreshes and not [token for token in tokens if token in said]
    assert "code=" not in caplog.text and "code_verifier" not in caplog.text


def test_each_sign_in_leaves_a_line_with_person_and_address_and_so_does_a_refusal(
    provider, anonymous, web_app, go_through, caplog
):
    caplog.set_level(logging.INFO, "webapp.gateway.sign_in.routes")
    sid = _cookie(go_through(anonymous, "/auth/login"), SESSION)
    web_app.session_interface.cache.clear()
    sid = _cookie(go_through(anonymous, anonymous.get("/").location), SESSION)
    anonymous.csrf = _csrf(web_app, sid)
    anonymous.post("/auth/logout")
    state = parse_qs(urlsplit(anonymous.get("/auth/login").location).query)["state"][0]
    anonymous.get("/auth/authorize", query_string={"state": state, "error": "access_denied"})
    state = parse_qs(urlsplit(anonymous.get("/auth/login").location).query)["state"][0]
    anonymous.get("/auth/authorize", query_string={"state": state, "error": "x\nforged"})
    lines = [each for each in caplog.records if each.name.endswith("sign_in.routes")]
    assert [(each.getMessage(), each.fields["person"]) for each in lines] == [
        ("signed in", "jim.halpert"),
        ("silently signed in", "jim.halpert"),
        ("signed out", "jim.halpert"),
        ("sign-in refused: access_denied", ""),
        ("sign-in refused: other", ""),
    ]
    assert all(each.fields["address"] == "127.0.0.1" for each in lines)


def _forge(provider: OddProvider, kind: str) -> None:
    if kind == "signed by another key":
        provider.key = OTHER_KEY
    elif kind == "none at all":
        provider.raw = ""
    else:
        from joserfc import jwt
        from joserfc.jwk import OctKey

        claims = {
            "iss": provider.issuer,
            "sub": "x",
            "aud": "dm-web",
            "iat": int(time.time()),
            "exp": time.time() + 60,
        }
        key, alg = OctKey.import_key("demo-only-web"), "none" if kind == "unsigned" else "HS256"
        provider.raw = jwt.encode(
            {"alg": alg, "kid": "good"}, claims, key, algorithms=["none", "HS256"]
        )


def _cookie(answer, name: str) -> str:
    for line in answer.headers.getlist("Set-Cookie"):
        if name in (jar := SimpleCookie(line)):
            return jar[name].value
    return ""


def _csrf(app, sid: str) -> str:
    return app.session_interface.peek(sid)["csrf"]
