"""Keycloak's realm, generated from stack/realm.toml.

`python -m stack.keycloak.realm` writes realm.json next to this file. What differs between
deployments (addresses, secrets) appears as `${DM_…}`, which Keycloak fills in from its environment
on import. Nothing of the realm is set by hand in Keycloak.
"""

import json
from pathlib import Path
from typing import Any

from stack.keycloak.ldap import federation
from stack.realm import DESCRIPTION

FILE = Path(__file__).parent / "realm.json"
BUILT_IN_SCOPES = ["basic", "profile", "email", "groups", "api"]
OIDC = "openid-connect"


def realm() -> dict[str, Any]:
    """Return the whole realm, as Keycloak imports it."""
    return {
        "realm": DESCRIPTION["name"],
        "displayName": DESCRIPTION["display_name"],
        "displayNameHtml": DESCRIPTION["display_name"],
        "enabled": True,
        **_sign_in(),
        **_lifetimes(),
        "clientScopes": _scopes(),
        "defaultDefaultClientScopes": ["basic", "profile", "email"],
        "clients": [_client(id_, given) for id_, given in DESCRIPTION["clients"].items()]
        + [_no_admin_cli()],
        "components": {"org.keycloak.storage.UserStorageProvider": [federation()]},
    }


def _sign_in() -> dict[str, Any]:
    """Return the sign-in settings.

    People come only from the directory, so nobody registers, resets or edits anything here.
    """
    failures, wait = DESCRIPTION["sign_in"]["failures"], DESCRIPTION["sign_in"]["wait_seconds"]
    return {
        "sslRequired": "external",
        "registrationAllowed": False,
        "resetPasswordAllowed": False,
        "editUsernameAllowed": False,
        "rememberMe": False,
        "verifyEmail": False,
        "loginWithEmailAllowed": False,
        "duplicateEmailsAllowed": False,
        "bruteForceProtected": True,
        "permanentLockout": False,
        "failureFactor": failures,
        "waitIncrementSeconds": wait,
        "maxFailureWaitSeconds": wait * 3,
        "minimumQuickLoginWaitSeconds": 10,
        "quickLoginCheckMilliSeconds": 100,
        "maxDeltaTimeSeconds": 43_200,
        "loginTheme": "dundermifflin",
        "internationalizationEnabled": False,
        "eventsEnabled": True,
        "eventsExpiration": 604_800,
        "adminEventsEnabled": True,
    }


def _lifetimes() -> dict[str, Any]:
    """Return token lifetimes.

    Refresh tokens are used once; a sign-in ends after `session_seconds`, used or not.
    """
    session = DESCRIPTION["session_seconds"]
    return {
        "defaultSignatureAlgorithm": "RS256",
        "accessTokenLifespan": DESCRIPTION["access_token_seconds"],
        "accessCodeLifespan": DESCRIPTION["code_seconds"],
        "accessTokenLifespanForImplicitFlow": 60,
        "ssoSessionIdleTimeout": min(session, DESCRIPTION["refresh_token_seconds"]),
        "ssoSessionMaxLifespan": session,
        "revokeRefreshToken": True,
        "refreshTokenMaxReuse": 0,
        "offlineSessionMaxLifespanEnabled": True,
    }


def _client(id_: str, given: dict[str, Any]) -> dict[str, Any]:
    is_web = "authorization_code" in given["grants"]
    secret = "DM_OIDC_CLIENT_SECRET" if is_web else "DM_SERVICE_CLIENT_SECRET"
    mappers = [_hardcoded_groups(given["groups"])] if given.get("groups") else []
    return {
        "clientId": id_,
        "enabled": True,
        "protocol": OIDC,
        "publicClient": False,
        "secret": f"${{{secret}}}",
        "clientAuthenticatorType": "client-secret",
        "standardFlowEnabled": is_web,
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "serviceAccountsEnabled": "client_credentials" in given["grants"],
        "frontchannelLogout": False,
        "consentRequired": False,
        "fullScopeAllowed": False,
        "webOrigins": [],
        "redirectUris": [f"${{DM_PUBLIC_URL}}{path}" for path in given.get("redirect_paths", [])],
        "attributes": _web_attributes(given) if is_web else {},
        "defaultClientScopes": BUILT_IN_SCOPES if is_web else ["basic", "api"],
        "optionalClientScopes": [],
        "protocolMappers": mappers,
    }


def _web_attributes(given: dict[str, Any]) -> dict[str, str]:
    return {
        "pkce.code.challenge.method": "S256",
        "post.logout.redirect.uris": "##".join(
            f"${{DM_PUBLIC_URL}}{path}" for path in given["post_logout_paths"]
        ),
        "backchannel.logout.url": f"${{DM_WEB_INTERNAL_URL}}{given['back_channel_logout_path']}",
        "backchannel.logout.session.required": "true",
        "backchannel.logout.revoke.offline.tokens": "true",
        "id.token.signed.response.alg": "RS256",
        "access.token.signed.response.alg": "RS256",
        "use.refresh.tokens": "true",
        "client_credentials.use_refresh_token": "false",
    }


def _no_admin_cli() -> dict[str, Any]:
    """Disable the client with the password grant that Keycloak adds to every realm."""
    return {
        "clientId": "admin-cli",
        "enabled": False,
        "protocol": OIDC,
        "publicClient": True,
        "standardFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "implicitFlowEnabled": False,
    }


def _scopes() -> list[dict[str, Any]]:
    return [
        _scope(
            "basic",
            [
                _mapper("sub", "oidc-sub-mapper"),
                _mapper(
                    "auth_time",
                    "oidc-usersessionmodel-note-mapper",
                    claim="auth_time",
                    kind="long",
                    **{"user.session.note": "AUTH_TIME"},
                ),
            ],
        ),
        _scope(
            "profile",
            [
                _mapper("name", "oidc-full-name-mapper"),
                _attribute("username", "preferred_username"),
                _attribute("firstName", "given_name"),
                _attribute("lastName", "family_name"),
            ],
        ),
        _scope("email", [_attribute("email", "email")]),
        _scope(
            "groups",
            [
                _mapper(
                    "groups",
                    "oidc-group-membership-mapper",
                    claim="groups",
                    **{"full.path": "false"},
                )
            ],
        ),
        _scope(
            "api",
            [
                {
                    **_mapper("audience", "oidc-audience-mapper"),
                    "config": {
                        "included.custom.audience": DESCRIPTION["api_audience"],
                        "access.token.claim": "true",
                        "id.token.claim": "false",
                        "introspection.token.claim": "true",
                    },
                }
            ],
        ),
    ]


def _scope(name: str, mappers: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": name,
        "protocol": OIDC,
        "attributes": {
            "include.in.token.scope": str(name != "basic").lower(),
            "display.on.consent.screen": "false",
        },
        "protocolMappers": mappers,
    }


def _attribute(attribute: str, claim: str) -> dict[str, Any]:
    return _mapper(
        claim,
        "oidc-usermodel-attribute-mapper",
        claim=claim,
        kind="String",
        **{"user.attribute": attribute},
    )


def _mapper(
    name: str, kind_of_mapper: str, claim: str = "", kind: str = "", **extra: str
) -> dict[str, Any]:
    named = {"claim.name": claim} if claim else {}
    typed = {"jsonType.label": kind} if kind else {}
    return {
        "name": name,
        "protocol": OIDC,
        "protocolMapper": kind_of_mapper,
        "consentRequired": False,
        "config": {
            **named,
            **typed,
            "id.token.claim": "true",
            "access.token.claim": "true",
            "userinfo.token.claim": "true",
            "introspection.token.claim": "true",
            **extra,
        },
    }


def _hardcoded_groups(groups: list[str]) -> dict[str, Any]:
    mapper = _mapper("groups", "oidc-hardcoded-claim-mapper", claim="groups", kind="JSON")
    return {**mapper, "config": {**mapper["config"], "claim.value": json.dumps(groups)}}


def text() -> str:
    """Return the file's content."""
    return json.dumps(realm(), indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text())
