"""The realm as code: Keycloak's file is made from realm.toml, and says nothing that RFC 9700 advises against."""

import json
from typing import Any

import pytest

from docs.contracts import rest
from stack.keycloak import realm
from stack.keycloak.theme import write
from stack.realm import DESCRIPTION

MADE = json.loads(realm.FILE.read_text())
CLIENTS = {client["clientId"]: client for client in MADE["clients"]}
(LDAP,) = MADE["components"]["org.keycloak.storage.UserStorageProvider"]


def test_the_file_is_what_the_description_makes():
    assert realm.FILE.read_text() == realm.text(), "run python -m stack.keycloak.realm"


def test_every_client_of_the_description_is_there_and_no_other_can_sign_anybody_in():
    assert set(CLIENTS) == {*DESCRIPTION["clients"], "admin-cli"}
    assert CLIENTS["admin-cli"]["enabled"] is False


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_no_client_takes_passwords_or_the_implicit_flow(client: dict[str, Any]):
    assert client["directAccessGrantsEnabled"] is False and client["implicitFlowEnabled"] is False


def test_the_web_client_is_confidential_with_pkce_and_exact_addresses():
    web, given = CLIENTS["dm-web"], DESCRIPTION["clients"]["dm-web"]
    assert (
        web["publicClient"] is False
        and web["serviceAccountsEnabled"] is False
        and web["fullScopeAllowed"] is False
    )
    assert web["attributes"]["pkce.code.challenge.method"] == "S256"
    assert web["redirectUris"] == [f"${{DM_PUBLIC_URL}}{path}" for path in given["redirect_paths"]]
    addresses = [*web["redirectUris"], web["attributes"]["post.logout.redirect.uris"]]
    assert not any("*" in address for address in addresses) and web["webOrigins"] == []


def test_the_gateway_is_told_when_a_sign_in_ends():
    attributes = CLIENTS["dm-web"]["attributes"]
    path = DESCRIPTION["clients"]["dm-web"]["back_channel_logout_path"]
    assert attributes["backchannel.logout.url"] == f"${{DM_WEB_INTERNAL_URL}}{path}"
    assert attributes["backchannel.logout.session.required"] == "true"
    assert any(rule.rule == path and "POST" in rest.methods(rule) for rule, _ in rest.routes())


def test_the_services_act_for_themselves_only():
    service = CLIENTS["dm-services"]
    assert service["standardFlowEnabled"] is False and service["serviceAccountsEnabled"] is True
    assert service["redirectUris"] == []


def test_access_tokens_are_for_the_api_and_carry_groups():
    scopes = {scope["name"]: scope["protocolMappers"] for scope in MADE["clientScopes"]}
    (audience,) = scopes["api"]
    assert audience["config"]["included.custom.audience"] == DESCRIPTION["api_audience"]
    assert audience["config"]["id.token.claim"] == "false", "an ID token is for its client alone"
    (groups,) = scopes["groups"]
    assert groups["config"]["claim.name"] == "groups" and groups["config"]["full.path"] == "false"
    for name, client in CLIENTS.items():
        assert name == "admin-cli" or "api" in client["defaultClientScopes"]


def test_lifetimes_are_those_of_the_description_and_a_refresh_token_serves_once():
    assert MADE["accessTokenLifespan"] == DESCRIPTION["access_token_seconds"] <= 600
    assert MADE["ssoSessionMaxLifespan"] == DESCRIPTION["session_seconds"] <= 12 * 3600
    assert MADE["revokeRefreshToken"] is True and MADE["refreshTokenMaxReuse"] == 0
    assert MADE["accessCodeLifespan"] <= 60


def test_guessing_passwords_is_slowed_and_nobody_registers_or_resets_here():
    assert MADE["bruteForceProtected"] is True and 3 <= MADE["failureFactor"] <= 10
    for switch in (
        "registrationAllowed",
        "resetPasswordAllowed",
        "editUsernameAllowed",
        "rememberMe",
    ):
        assert MADE[switch] is False, switch


def test_people_and_groups_come_read_only_from_the_one_directory():
    assert LDAP["providerId"] == "ldap" and LDAP["config"]["editMode"] == ["READ_ONLY"]
    mappers = {
        mapper["name"]: mapper
        for mapper in LDAP["subComponents"]["org.keycloak.storage.ldap.mappers.LDAPStorageMapper"]
    }
    assert mappers["groups"]["config"]["mode"] == ["READ_ONLY"]
    assert mappers["groups"]["config"]["membership.ldap.attribute"] == ["member"], "never memberOf"


def test_no_secret_and_no_address_stands_in_the_file():
    text = realm.FILE.read_text()
    assert "demo-only" not in text and "http://" not in text and "ldap://" not in text


def test_the_login_page_wears_the_products_tokens(tmp_path):
    write(tmp_path)
    css = tmp_path / "dundermifflin/login/resources/css"
    assert (
        "--paper:" in (css / "tokens.css").read_text()
        and "@fontsource" not in (css / "tokens.css").read_text()
    )
    assert ".pf-v5-theme-dark" in (css / "tokens.css").read_text()
    assert "#" not in "".join(
        line
        for line in (css / "dundermifflin.css").read_text().splitlines()
        if "color:" in line and "#kc" not in line
    ), "no colour but a token"
    assert (tmp_path / "dundermifflin/login/resources/img/mark.svg").exists()
