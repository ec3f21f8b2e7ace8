"""What only the embedded provider has: demo people, and a memory of its own for passwords and people.

What it has in common with Keycloak is in test_openid_provider.py.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from wsgiref.simple_server import make_server

import pytest

from stack.supervisor import Stack
from tests.stack.provider_client import ProviderClient, code_in


@pytest.fixture
def browser(servers: Stack) -> Iterator[ProviderClient]:
    one = ProviderClient(servers)
    yield one
    one.http.close()


def test_signing_out_is_told_to_the_product(browser: ProviderClient):
    told: list[dict[str, list[str]]] = []

    def product(environ, start_response):
        told.append(parse_qs(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()))
        start_response("200 OK", [])
        return [environ["PATH_INFO"].encode()]

    tokens = browser.tokens()
    port = urlsplit(browser.settings["DM_PUBLIC_URL"]).port
    with make_server("127.0.0.1", port, product) as server:
        browser.sign_out(id_token_hint=tokens["id_token"])
        server.handle_request()
    claims = browser.claims(told[0]["logout_token"][0])
    signed_in = browser.claims(tokens["id_token"])
    assert (claims["aud"], claims["sub"], claims["sid"]) == (
        "dm-web",
        "jim.halpert",
        signed_in["sid"],
    )
    assert (
        list(claims["events"]) == ["http://schemas.openid.net/event/backchannel-logout"]
        and "nonce" not in claims
    )


def test_guessing_passwords_is_slowed_down(browser: ProviderClient):
    answers = [
        browser.sign_in("kevin.malone", f"demo-only-{number}").status_code for number in range(11)
    ]
    assert answers[:10] == [422] * 10 and answers[10] == 429
    assert browser.sign_in("oscar.martinez").status_code == 303, "others are not held up"


def test_who_was_disabled_gets_no_new_token(browser: ProviderClient, ldif: Path):
    tokens = browser.tokens("stanley.hudson")
    ldif.write_text(
        ldif.read_text().replace(
            "uid: stanley.hudson\n", "uid: stanley.hudson\nemployeeType: disabled\n"
        )
    )
    assert browser.refresh(tokens).status_code == 400
    assert browser.ask().status_code == 200 and not browser.ask().is_redirect


def test_the_page_says_that_it_is_a_demonstration_and_offers_people(browser: ProviderClient):
    page = browser.ask().text
    assert "Demo:" in page and page.count('name="as"') >= 8 and "Darryl Philbin" in page


def test_who_signs_in_after_somebody_in_the_same_browser_ends_their_sign_in(
    browser: ProviderClient,
):
    jim = browser.tokens()
    pam = browser.exchange(code_in(browser.fill_in(browser.ask(prompt="login"), "pam.beesly")))
    assert browser.claims(pam.json()["id_token"])["sub"] == "pam.beesly"
    assert browser.refresh(jim).status_code == 400
    assert browser.refresh(pam.json()).status_code == 200
