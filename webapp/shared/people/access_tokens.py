"""Personal access tokens: their form, their hash, and the rights that they can be limited to.

A token is `dm_pat_`, 36 random letters and digits (214 bits) and 6 that check the rest, so that a
secret scanner knows one and a cut or mistyped one is refused without asking the database.
"""

import hashlib
import re
import secrets
import string
import zlib
from collections.abc import Collection

from flask import Flask, g

from webapp.shared.people.rights import Person, declared_action

PREFIX = "dm_pat_"
READ, WRITE = "read", "write"
READING = ("GET", "HEAD", "OPTIONS")
_ALPHABET = string.digits + string.ascii_letters
_FORM = re.compile(rf"{PREFIX}([0-9A-Za-z]{{36}})([0-9A-Za-z]{{6}})")


def make_token() -> str:
    """Return a new token. It is shown once and stored nowhere."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(36))
    return f"{PREFIX}{body}{_checksum(body)}"


def is_well_formed(raw: str) -> bool:
    """Return whether this could be a token of ours."""
    found = _FORM.fullmatch(raw)
    return found is not None and _checksum(found[1]) == found[2]


def digest_of(raw: str) -> str:
    """Return the hash under which a token is stored.

    One round of SHA-256 is enough: nobody can try out 214 random bits, as they could a password.
    """
    return hashlib.sha256(raw.encode()).hexdigest()


def right_for(blueprint: str, method: str) -> str:
    """Return the right that a token needs for this call, such as `orders:write`."""
    return f"{blueprint.removesuffix('_api')}:{READ if method in READING else WRITE}"


def allows(rights: frozenset[str], right: str) -> bool:
    """Return whether a token with `rights` may do this; who may write an area may also read it."""
    area, _, _ = right.partition(":")
    return right in rights or (right.endswith(READ) and f"{area}:{WRITE}" in rights)


def token_allows(right: str) -> bool:
    """Return whether this request may do this, as far as the access token that made it is concerned.

    A browser, a service and a JWT of the provider are not limited in this way.
    """
    token = g.get("access_token")
    return token is None or allows(token.rights, right)


def grantable_rights(app: Flask, person: Person, areas: Collection[str]) -> list[str]:
    """Return the rights that this person can give a token: those with an operation for them."""
    found = set()
    for rule in app.url_map.iter_rules():
        area = rule.endpoint.partition(".")[0].removesuffix("_api")
        if not rule.rule.startswith("/api/") or area not in areas:
            continue
        action = declared_action(app.view_functions[rule.endpoint])
        if action is not None and person.may(action):
            found |= {
                right_for(area, method) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
            }
    levels = ((area, level) for area in areas for level in (READ, WRITE))
    return [f"{area}:{level}" for area, level in levels if f"{area}:{level}" in found]


def _checksum(body: str) -> str:
    left, text = zlib.crc32(body.encode()), ""
    for _ in range(6):
        left, digit = divmod(left, len(_ALPHABET))
        text = _ALPHABET[digit] + text
    return text
