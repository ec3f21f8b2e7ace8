"""The embedded provider's memory (key, sign-ins, codes, tokens) and its queries to the directory."""

import json
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ldap3
from joserfc.jwk import RSAKey
from ldap3.utils.conv import escape_filter_chars
from ldap3.utils.dn import escape_rdn

from settings import settings
from stack.realm import DESCRIPTION, Client


@dataclass
class RelyingParty:
    """A realm's client in the terms of Authlib's server."""

    client: Client
    id_token_signed_response_alg = "RS256"  # noqa: S105  an algorithm

    def get_client_id(self) -> str:
        return self.client.id

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return " ".join(word for word in (scope or "").split() if word in self.client.scope.split())

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.client.redirect_uris

    def check_client_secret(self, secret: str) -> bool:
        return secrets.compare_digest(secret.encode(), self.client.secret.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in ("client_secret_basic", "client_secret_post")

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.client.grants

    @property
    def client_metadata(self) -> dict[str, Any]:
        return {"post_logout_redirect_uris": list(self.client.post_logout_uris)}


@dataclass
class Person:
    """A person in the directory."""

    uid: str
    name: str
    given_name: str
    mail: str
    title: str
    department: str
    groups: list[str] = field(default_factory=list)

    def get_user_id(self) -> str:
        return self.uid


@dataclass
class Code:
    """An authorization code; valid once, for a minute."""

    code: str
    client_id: str
    redirect_uri: str
    scope: str
    uid: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    session: str
    auth_time: int
    until: float

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.auth_time

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


@dataclass
class Refresh:
    """A refresh token. It is replaced on use and ends with its sign-in.

    A spent one is kept, so that its second use is recognized.
    """

    value: str
    client_id: str
    uid: str
    scope: str
    session: str
    is_spent: bool = False

    def check_client(self, client: RelyingParty) -> bool:
        return client.get_client_id() == self.client_id

    def get_scope(self) -> str:
        return self.scope


@dataclass
class SignIn:
    """A browser's sign-in at the provider."""

    id: str
    uid: str
    at: float

    def is_over(self) -> bool:
        return time.time() > self.at + float(DESCRIPTION["session_seconds"])


@dataclass
class State:
    """Everything remembered, in memory: a restart of the provider asks people to sign in again."""

    codes: dict[str, Code] = field(default_factory=dict)
    spent_codes: dict[str, Code] = field(default_factory=dict)
    refreshes: dict[str, Refresh] = field(default_factory=dict)
    sign_ins: dict[str, SignIn] = field(default_factory=dict)

    def begin(self, uid: str) -> SignIn:
        """Begin a sign-in; forget those that are over, and their tokens."""
        self.sign_ins = {key: one for key, one in self.sign_ins.items() if not one.is_over()}
        self.refreshes = {
            key: one for key, one in self.refreshes.items() if one.session in self.sign_ins
        }
        one = SignIn(secrets.token_urlsafe(32), uid, time.time())
        self.sign_ins[one.id] = one
        return one

    def end(self, id_: str) -> None:
        """End a sign-in and every token issued from it."""
        self.sign_ins.pop(id_, None)
        self.refreshes = {key: one for key, one in self.refreshes.items() if one.session != id_}

    def spend(self, code: str) -> Code | None:
        """Return a code that was not used before and is still valid.

        The second use of a code revokes what was issued for the first (RFC 6749, 4.1.2).
        """
        now = time.time()
        self.spent_codes = {key: one for key, one in self.spent_codes.items() if now < one.until}
        if known := self.spent_codes.get(code):
            self.revoke(known.session, known.client_id)
        found = self.codes.pop(code, None)
        if found is None or now >= found.until:
            return None
        self.spent_codes[code] = found
        return found

    def revoke(self, session: str, client_id: str) -> None:
        """Revoke every refresh token that a client has from a sign-in, which itself goes on."""
        self.refreshes = {
            key: one
            for key, one in self.refreshes.items()
            if (one.session, one.client_id) != (session, client_id)
        }

    def current(self, id_: str | None) -> SignIn | None:
        """Return the sign-in of a cookie, if it is still valid."""
        one = self.sign_ins.get(id_ or "")
        return None if one is None or one.is_over() else one


def signing_key(folder: Path) -> RSAKey:
    """Return the provider's key, generated once and stored, so that tokens survive a restart."""
    path = folder / "provider-key.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = RSAKey.generate_key(2048, auto_kid=True)
        path.touch(0o600)
        path.write_text(json.dumps(made.as_dict(private=True)))
    return RSAKey.import_key(json.loads(path.read_text()))


def check_password(uid: str, password: str) -> bool:
    """Check a password by a bind at the directory. Raises LDAPException while it is down."""
    if not uid or not password:
        return False
    dn = f"uid={escape_rdn(uid)},ou=people,{settings().ldap_base}"
    return bool(ldap3.Connection(_server(), dn, password, receive_timeout=3).bind())


def find_person(uid: str) -> Person | None:
    """Return the person and their current groups. Raises LDAPException while the directory is down."""
    found = people(f"(uid={escape_filter_chars(uid)})")
    return found[0] if found else None


def people(which: str = "(objectClass=inetOrgPerson)") -> list[Person]:
    """Return matching people with their groups, leaving out disabled ones (employeeType)."""
    config = settings()
    with ldap3.Connection(
        _server(),
        config.ldap_bind_dn,
        config.ldap_bind_password.reveal(),
        auto_bind=True,
        receive_timeout=3,
    ) as connection:
        connection.search(f"ou=people,{config.ldap_base}", which, attributes=["*"])
        found = {
            item["dn"].lower(): _person(item["attributes"])
            for item in connection.response
            if _one(item["attributes"], "employeeType").lower() != "disabled"
        }
        connection.search(
            f"ou=groups,{config.ldap_base}",
            "(objectClass=groupOfNames)",
            attributes=["cn", "member"],
        )
        for group in connection.response:
            for member in group["attributes"].get("member", []):
                if member.lower() in found:
                    found[member.lower()].groups.append(_one(group["attributes"], "cn"))
    return list(found.values())


def _person(given: dict[str, Any]) -> Person:
    uid, name, given_name, mail, title, department = (
        _one(given, attribute) for attribute in ("uid", "cn", "givenName", "mail", "title", "ou")
    )
    return Person(uid, name, given_name, mail, title, department)


def _one(given: dict[str, Any], name: str) -> str:
    value = given.get(name) or ""
    return str(value[0] if isinstance(value, list) else value)


def _server() -> ldap3.Server:
    return ldap3.Server(settings().ldap_url, get_info=ldap3.NONE, connect_timeout=2)
