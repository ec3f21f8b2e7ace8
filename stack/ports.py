"""Ports on loopback: remembered from the last start, set from outside, or chosen free."""

import json
import os
import socket
from pathlib import Path

NAMES = ("web", "internal", "postgres", "kafka", "ldap", "oidc", "orders", "inventory", "notifications", "relay")
FROM_ENVIRONMENT = {"web": "DM_PORT", "oidc": "DM_OIDC_PORT", "ldap": "DM_LDAP_PORT", "kafka": "DM_KAFKA_PORT",
                    "postgres": "DM_POSTGRES_PORT", "internal": "DM_INTERNAL_PORT"}


class PortTaken(Exception):
    """A port that was asked for by name is used by somebody else."""


def choose(remembered: Path, preferred: dict[str, int] | None = None) -> dict[str, int]:
    """A port for each of NAMES. Written to `remembered`, so that the next start has the same where still free."""
    known = {**(preferred or {}), **(json.loads(remembered.read_text()) if remembered.exists() else {})}
    ports: dict[str, int] = {}
    for name in NAMES:
        ports[name] = _demanded(name) or _first_free(known.get(name), set(ports.values()))
    remembered.write_text(json.dumps(ports))
    return ports


def _demanded(name: str) -> int | None:
    variable = FROM_ENVIRONMENT.get(name, "")
    if not os.environ.get(variable):
        return None
    port = int(os.environ[variable])
    if not _is_free(port):
        raise PortTaken(f"{variable}={port}: something listens there already")
    return port


def _first_free(wished: int | None, taken: set[int]) -> int:
    if wished and wished not in taken and _is_free(wished):
        return wished
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in taken:
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
