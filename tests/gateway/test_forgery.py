"""Requests that the person did not mean: without our token, or from another site."""

import pytest

OURS = {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}


def test_a_form_of_our_own_page_passes_by_field_and_by_header(client_as):
    jim = client_as("jim.halpert")
    assert jim.post("/preferences", data={"theme": "dark"}, headers=OURS).status_code == 303
    by_field = {"theme": "dark", "csrf_token": jim.csrf}
    jim.csrf = ""
    assert jim.post("/preferences", data=by_field, headers=OURS).status_code == 303


@pytest.mark.parametrize("token", ["", "forged", "csrf-pam.beesly", "CSRF-JIM.HALPERT", "café"])
def test_without_the_sessions_own_token_nothing_is_done(client_as, token):
    jim = client_as("jim.halpert")
    jim.csrf = ""
    refused = jim.post("/preferences", data={"theme": "dark", "csrf_token": token}, headers=OURS)
    assert refused.status_code == 403
    assert "dm_theme" not in str(refused.headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8000.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    ],
)
def test_another_sites_request_is_refused_even_with_the_right_token(client_as, anonymous, headers):
    assert (
        client_as("jim.halpert")
        .post("/preferences", data={"theme": "dark"}, headers=headers)
        .status_code
        == 403
    )
    assert (
        anonymous.post("/preferences", data={"theme": "dark"}, headers=headers).status_code == 403
    )


def test_the_api_takes_no_cookie_so_no_forged_page_can_use_it(client_as):
    answer = client_as("jim.halpert").get("/api/v1/nothing")
    assert answer.status_code in (401, 404)


def test_a_forged_host_is_refused(anonymous):
    assert anonymous.get("/sign-in", headers={"Host": "evil.example"}).status_code == 400


def test_forwarded_headers_of_a_stranger_change_nothing(anonymous):
    answer = anonymous.get(
        "/orders", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    )
    assert "evil" not in str(answer.headers)
