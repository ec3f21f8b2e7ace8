"""Helpers shared by the checks of ID tokens, logout tokens and bearer tokens."""

import base64
import hashlib
import json

from webapp.shared.process.json_objects import JsonObject

MOST_BYTES = 8192


def signed_with(raw: str, algorithms: list[str]) -> JsonObject:
    """Return the header of a compact token.

    Raises ValueError for another algorithm, a `crit` header or a token over 8 KiB.
    """
    header = _part(raw, 0)
    if header.get("alg") not in algorithms or "crit" in header:
        raise ValueError("algorithm not allowed")
    return header


def unverified_issuer(raw: str) -> str:
    """Return the issuer that the token claims. Use it only to choose the keys to verify it with."""
    return str(_part(raw, 1).get("iss", ""))


def left_half_hash(value: str) -> str:
    """Return `at_hash` for RS256: the left half of SHA-256, base64url without padding."""
    digest = hashlib.sha256(value.encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def _part(raw: str, index: int) -> JsonObject:
    parts = raw.split(".")
    if len(raw) > MOST_BYTES or len(parts) != 3:
        raise ValueError("not a signed token")
    try:
        found = json.loads(base64.urlsafe_b64decode(parts[index] + "=" * (-len(parts[index]) % 4)))
    except RecursionError:
        raise ValueError("not a signed token") from None
    if not isinstance(found, dict):
        raise ValueError("not a signed token")
    return found
