"""Keycloak as this product runs it: people from OpenLDAP, strict clients, and the end of a sign-in
told to the gateway. What it has in common with the embedded provider: tests/stack/test_openid_provider.py.
"""

import base64
import hashlib
import secrets
import time
from collections.abc import Iterator

import httpx
import ldap3
import psycopg
import pytest

from areas import SCHEMAS
from stack.supervisor import Stack
from tests.native.visitor import PASSWORD, Administrator, Visitor
from tests.pages.served import ServedPage

pytestmark = [pytest.mark.native, pytest.mark.stack]
BASE = "dc=dundermifflin,dc=com"
PAM = f"uid=pam.beesly,ou=people,{BASE}"
ROOT_PATH = "/protocol/openid-connect"


@pytest.fixture(scope="module")
def administrator(stack: Stack) -> Administrator:
    return Administrator(stack)


@pytest.fixture
def directory(stack: Stack) -> Iterator[ldap3.Connection]:
    """The directory, as the one who may write it."""
    server = ldap3.Server(stack.settings_env["DM_LDAP_URL"], get_info=ldap3.NONE)
    password = (stack.folder / "directory-password").read_text()
    with ldap3.Connection(server, f"cn=admin,{BASE}", password, auto_bind=True) as connection:
        yield connection


def wait_for(true, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.3)


def token(stack: Stack, **given: str) -> httpx.Response:
    return httpx.post(
        f"{stack.settings_env['DM_OIDC_ISSUER']}{ROOT_PATH}/token",
        data=given,
        timeout=30,
        trust_env=False,
    )


def authorize(stack: Stack) -> httpx.Response:
    challenge = (
        base64.urlsafe_b64encode(hashlib.sha256(secrets.token_bytes(32)).digest())
        .rstrip(b"=")
        .decode()
    )
    given = {
        "response_type": "code",
        "client_id": "dm-web",
        "redirect_uri": f"{stack.url}/auth/authorize",
        "state": "s",
        "scope": "openid email profile groups",
        "nonce": "n",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return httpx.get(
        f"{stack.settings_env['DM_OIDC_ISSUER']}{ROOT_PATH}/auth",
        timeout=30,
        trust_env=False,
        params=given,
    )


def test_a_person_of_the_directory_signs_in_with_roles_and_a_wrong_password_does_not(stack: Stack):
    visitor = Visitor(stack)
    assert "is incorrect" in visitor.sign_in("jim.halpert", "demo-only-wrong").text
    assert not visitor.is_signed_in()
    assert visitor.sign_in("jim.halpert").url == f"{stack.url}/"
    assert visitor.sees("/orders/new") == 200, "Jim sells"
    assert visitor.sees("/profile/settings") == 403


def test_the_request_that_the_product_makes_is_answered_with_the_login_page(stack: Stack):
    answer = authorize(stack)
    assert answer.status_code == 200 and "Company account" in answer.text


@pytest.mark.parametrize(
    "client",
    [{"client_id": "dm-web", "client_secret": "demo-only-web"}, {"client_id": "admin-cli"}],
)
def test_no_client_takes_a_password(stack: Stack, client: dict[str, str]):
    answer = token(
        stack,
        grant_type="password",
        username="jim.halpert",
        password=PASSWORD,
        scope="openid",
        **client,
    )
    assert answer.status_code in (400, 401) and "access_token" not in answer.json()


def test_a_service_gets_a_token_for_the_api_and_the_api_takes_it(stack: Stack):
    given = token(
        stack,
        grant_type="client_credentials",
        client_id="dm-services",
        client_secret="demo-only-services",
    ).json()
    headers = {"Authorization": f"Bearer {given['access_token']}"}
    assert (
        httpx.get(f"{stack.url}/api/v1/products", headers=headers, trust_env=False).status_code
        == 200
    )
    assert "refresh_token" not in given
    web = token(
        stack, grant_type="client_credentials", client_id="dm-web", client_secret="demo-only-web"
    )
    assert web.status_code in (400, 401), "the web client acts for people only"


def test_wrong_passwords_close_an_account_for_a_while(stack: Stack, administrator: Administrator):
    administrator.ask("DELETE", "/attack-detection/brute-force/users")
    for _ in range(11):
        Visitor(stack).sign_in("creed.bratton", "demo-only-wrong")
    try:
        refused = Visitor(stack)
        refused.sign_in("creed.bratton")
        assert not refused.is_signed_in(), "the right password does not open it now"
    finally:
        administrator.ask("DELETE", "/attack-detection/brute-force/users")
    welcome = Visitor(stack)
    welcome.sign_in("creed.bratton")
    assert welcome.is_signed_in()


def test_a_group_given_in_the_directory_comes_with_the_next_tokens_and_one_taken_goes_at_once(
    stack: Stack, directory: ldap3.Connection
):
    group = f"cn=sales,ou=groups,{BASE}"
    pam = Visitor(stack)
    pam.sign_in("pam.beesly")
    assert pam.sees("/orders/new") == 403
    assert directory.modify(group, {"member": [(ldap3.MODIFY_ADD, [PAM])]}), directory.result
    try:
        assert pam.sees("/orders/new") == 403, "the session's tokens are still those of before"
        wait_for(lambda: _signed_in_anew(stack).sees("/orders/new") == 200)
        fresh = _signed_in_anew(stack)
    finally:
        assert directory.modify(group, {"member": [(ldap3.MODIFY_DELETE, [PAM])]}), directory.result
    wait_for(lambda: fresh.sees("/orders/new") == 403, 20)


def _signed_in_anew(stack: Stack) -> Visitor:
    visitor = Visitor(stack)
    visitor.sign_in("pam.beesly")
    return visitor


def test_tokens_are_renewed_by_use_and_each_refresh_token_serves_once(
    stack: Stack, administrator: Administrator
):
    kept = administrator.ask("GET", "/events/config")
    administrator.ask(
        "PUT",
        "/events/config",
        json={**kept, "enabledEventTypes": ["REFRESH_TOKEN", "REFRESH_TOKEN_ERROR"]},
    )
    administrator.ask(
        "PUT", "", json={"accessTokenLifespan": 22}
    )  # the gateway renews 20 s before the end
    try:
        visitor = Visitor(stack)
        visitor.sign_in("kelly.kapoor")
        wait_for(
            lambda: visitor.is_signed_in() and len(_events(administrator, "REFRESH_TOKEN")) >= 2
        )
    finally:
        administrator.ask("PUT", "", json={"accessTokenLifespan": 300})
        administrator.ask("PUT", "/events/config", json=kept)
    assert visitor.is_signed_in() and not _events(administrator, "REFRESH_TOKEN_ERROR"), (
        "none was used twice"
    )


def _events(administrator: Administrator, kind: str) -> list:
    return administrator.ask("GET", "/events", params={"type": kind, "max": 100})


def test_a_sign_in_that_an_administrator_ends_is_over_in_the_product_too(
    stack: Stack, administrator: Administrator
):
    toby, holly = Visitor(stack), Visitor(stack)
    toby.sign_in("toby.flenderson")
    holly.sign_in("holly.flax")
    assert toby.is_signed_in() and holly.is_signed_in()
    (person,) = administrator.ask(
        "GET", "/users", params={"username": "toby.flenderson", "exact": "true"}
    )
    administrator.ask("POST", f"/users/{person['id']}/logout")
    wait_for(lambda: not toby.is_signed_in(), 20)
    assert holly.is_signed_in()


def test_signing_out_ends_the_sign_in_at_keycloak(stack: Stack):
    visitor = Visitor(stack)
    home = visitor.sign_in("oscar.martinez")
    csrf = ServedPage(home).value("csrf_token")
    assert "signed_out" in str(visitor.http.post("/auth/logout", data={"csrf_token": csrf}).url)
    assert "Company account" in visitor.http.get("/auth/login", params={"next": "/"}).text, (
        "asked for the password again"
    )


def test_keycloak_keeps_its_tables_in_a_schema_of_its_own_and_nobody_else_reads_them(stack: Stack):
    with psycopg.connect(f"{stack.admin_dsn}/dundermifflin") as connection:
        rows = connection.execute(
            "SELECT tableowner, count(*) FROM pg_tables WHERE schemaname = 'keycloak' GROUP BY 1"
        )
        ((owner, count),) = rows.fetchall()
        assert owner == "dm_keycloak" and count > 50
        roles = [f"dm_{schema}" for schema in SCHEMAS] + ["dm_migrator"]
        for role in roles:
            asked = "SELECT has_schema_privilege(%s, 'keycloak', 'USAGE')"
            assert connection.execute(asked, [role]).fetchone() == (False,)
        for schema in SCHEMAS:
            asked = "SELECT has_schema_privilege('dm_keycloak', %s, 'USAGE')"
            assert connection.execute(asked, [schema]).fetchone() == (False,)
