"""Signatures of webhooks as Standard Webhooks says, and the secrets that they are made with.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from uuid import UUID

PREFIX = "whsec_"


def secret_of(key: str, webhook: UUID, version: int) -> str:
    """Return a webhook's signing secret, derived from the product's key: nothing has to be stored."""
    made = hmac.digest(key.encode(), f"webhook/{webhook}/{version}".encode(), hashlib.sha256)
    return PREFIX + base64.b64encode(made).decode()


def signature_of(secrets: Sequence[str], id_: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature`: one for each secret, any of which the receiver takes."""
    content = f"{id_}.{timestamp}.".encode() + body
    return " ".join(
        "v1," + base64.b64encode(hmac.digest(_key(secret), content, hashlib.sha256)).decode()
        for secret in secrets
    )


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX))
