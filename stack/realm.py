"""stack/realm.toml as objects: what a provider must know about this product."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DESCRIPTION: dict[str, Any] = tomllib.loads((Path(__file__).parent / "realm.toml").read_text())


@dataclass(frozen=True)
class Client:
    """A client of the realm. Its redirect addresses are exact, built from the product's public URL."""

    id: str
    secret: str
    grants: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    post_logout_uris: tuple[str, ...]
    scope: str
    groups: tuple[str, ...]


def clients(public_url: str, secrets: dict[str, str]) -> dict[str, Client]:
    """Return the clients by id, with the secrets given."""
    return {
        id_: _client(id_, given, public_url, secrets[id_])
        for id_, given in DESCRIPTION["clients"].items()
    }


def _client(id_: str, given: dict[str, Any], public_url: str, secret: str) -> Client:
    return Client(
        id_,
        secret,
        tuple(given["grants"]),
        tuple(public_url + path for path in given.get("redirect_paths", ())),
        tuple(public_url + path for path in given.get("post_logout_paths", ())),
        given.get("scope", ""),
        tuple(given.get("groups", ())),
    )
