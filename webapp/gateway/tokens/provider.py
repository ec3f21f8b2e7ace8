"""The OIDC provider's metadata and keys, cached so that they survive its outages."""

import time
from collections.abc import Callable
from threading import Lock
from typing import TypeVar, cast

import httpx
from joserfc.jwk import KeySet, KeySetSerialization

from settings import settings
from webapp.shared.process.json_objects import JsonObject

Fetched = TypeVar("Fetched")

TIMEOUT = 2.0
DESCRIPTION_SERVES = 3600.0
KEYS_SERVE = 600.0
UNKNOWN_KEY_AFTER = 10.0  # seconds between two fetches caused by an unknown key id
ENDPOINTS = (
    "token_endpoint",
    "jwks_uri",
    "userinfo_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
)


class ProviderDown(Exception):
    """The provider gives no usable answer right now."""


class Provider:
    """Fetch metadata and keys when needed; keep using the last ones while the provider is down."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._description: tuple[float, JsonObject] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def description(self) -> JsonObject:
        """Return the provider's metadata, with the endpoint addresses that servers use.

        Raises ProviderDown if the provider was never reached.
        """
        with self._lock:
            self._description = self._kept(
                self._description, DESCRIPTION_SERVES, self._fetch_description
            )
            return self._description[1]

    def keys(self, kid: str | None) -> KeySet:
        """Return the provider's public keys.

        An unknown key id causes a new fetch, at most every ten seconds.
        """
        uri = self.description()["jwks_uri"]
        with self._lock:
            known = self._keys is not None and any(key.kid == kid for key in self._keys[1].keys)
            self._keys = self._kept(
                self._keys,
                KEYS_SERVE if known else UNKNOWN_KEY_AFTER,
                lambda: KeySet.import_key_set(cast(KeySetSerialization, _get(uri))),
            )
            return self._keys[1]

    def _fetch_description(self) -> JsonObject:
        found = _get(f"{settings().oidc_base()}/.well-known/openid-configuration")
        if found.get("issuer") != settings().oidc_issuer:
            raise ProviderDown("the provider is not the issuer that DM_OIDC_ISSUER names")
        for name in ENDPOINTS:
            if name in found:
                found[name] = _as_servers_see(found[name])
        return found

    @staticmethod
    def _kept(
        held: tuple[float, Fetched] | None, serves: float, fetch: Callable[[], Fetched]
    ) -> tuple[float, Fetched]:
        if held and time.monotonic() - held[0] < serves:
            return held
        try:
            return time.monotonic(), fetch()
        except ProviderDown:
            if held is None:
                raise
            return held


def _as_servers_see(url: str) -> str:
    issuer, base = settings().oidc_issuer, settings().oidc_base()
    return base + url[len(issuer) :] if url.startswith(issuer) else url


def _get(url: str) -> JsonObject:
    try:
        answer = httpx.get(url, timeout=TIMEOUT)
        answer.raise_for_status()
        found: JsonObject = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise ProviderDown(type(error).__name__) from error
    return found
