"""Tokens that end while people work: renewed once, kept while the provider is away, and believed when it says no."""

import time
from concurrent.futures import ThreadPoolExecutor

SESSION = "dm_session"


def test_eight_requests_at_once_renew_once_and_all_go_on(provider, anonymous, web_app, go_through):
    sid = _sign_in_with_short_tokens(provider, anonymous, web_app, go_through)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: _tab(web_app, sid).get("/").status_code, range(8)))
    assert answers == [200] * 8
    assert len(provider.refreshes) == 1
    assert _tab(web_app, sid).get("/").status_code == 200


def test_a_group_that_the_provider_takes_away_at_renewal_is_gone(
    provider, anonymous, web_app, go_through
):
    sid = _sign_in_with_short_tokens(provider, anonymous, web_app, go_through)
    provider.groups = ["everyone"]
    _tab(web_app, sid).get("/")
    assert web_app.session_interface.tokens(sid)["groups"] == ["everyone"]


def test_a_provider_that_is_away_puts_nobody_out(provider, anonymous, web_app, go_through):
    sid = _sign_in_with_short_tokens(provider, anonymous, web_app, go_through)
    provider.away = True
    assert [_tab(web_app, sid).get("/").status_code for _ in range(5)] == [200] * 5
    provider.away = False
    assert _tab(web_app, sid).get("/").status_code == 200


def test_a_provider_that_hangs_costs_one_request_two_seconds_and_no_more(
    provider, anonymous, web_app, go_through
):
    sid = _sign_in_with_short_tokens(provider, anonymous, web_app, go_through)
    provider.slow = 4.0
    began = time.monotonic()
    assert [_tab(web_app, sid).get("/").status_code for _ in range(5)] == [200] * 5
    assert time.monotonic() - began < 3.5


def test_a_sign_in_that_the_provider_ended_ends_here_too(provider, anonymous, web_app, go_through):
    sid = _sign_in_with_short_tokens(provider, anonymous, web_app, go_through)
    provider.forget_refresh_tokens()
    assert _tab(web_app, sid).get("/").location == "/auth/silent?next=%2F"
    assert web_app.session_interface.peek(sid) is None


def test_renewed_tokens_of_another_subject_end_the_session(
    provider, anonymous, web_app, go_through
):
    sid = _sign_in_with_short_tokens(provider, anonymous, web_app, go_through)
    provider.spoil = lambda claims, header: claims.update(sub="id-of-somebody-else")
    assert _tab(web_app, sid).get("/").status_code == 303
    assert web_app.session_interface.peek(sid) is None


def test_a_request_that_writes_the_session_last_does_not_undo_a_renewal(
    provider, anonymous, web_app, go_through
):
    sid = _sign_in_with_short_tokens(provider, anonymous, web_app, go_through)
    store = web_app.session_interface
    with web_app.test_request_context(headers={"Cookie": f"{SESSION}={sid}"}):
        late = store.open_session(
            web_app, web_app.request_class({"HTTP_COOKIE": f"{SESSION}={sid}"})
        )
        _tab(web_app, sid).get("/")
        renewed = store.tokens(sid)["refresh_token"]
        late["written"] = "last"
        store.save_session(web_app, late, web_app.response_class())
    assert store.tokens(sid)["refresh_token"] == renewed


def _sign_in_with_short_tokens(provider, browser, app, go_through) -> str:
    provider.access_seconds = 1  # due for renewal at once
    go_through(browser, "/auth/login")
    provider.access_seconds = 300
    return browser.get_cookie(SESSION).value


def _tab(app, sid):
    tab = app.test_client()
    tab.set_cookie(SESSION, sid)
    return tab
