"""Ports on loopback: remembered from the last start, set from outside, or chosen free.

They are held until used. Seconds may pass between releasing a port and its server listening on it,
so a claim that other stacks on this machine see covers each port for as long as the stack runs.
"""

import json
import os
import random
import socket
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

from areas import AREAS
from stack.failures import Failure

NAMES = (
    "web",
    "internal",
    "postgres",
    "kafka",
    "controller",
    "ldap",
    "oidc",
    *(area.schema for area in AREAS if "handlers" in area.parts),
    "relay",
    "jobs",
    "mail",
)
FROM_ENVIRONMENT = {
    "web": "DM_PORT",
    "oidc": "DM_OIDC_PORT",
    "ldap": "DM_LDAP_PORT",
    "kafka": "DM_KAFKA_PORT",
    "postgres": "DM_POSTGRES_PORT",
    "internal": "DM_INTERNAL_PORT",
}


_claims: dict[int, socket.socket] = {}  # by port; the kernel frees them when this process ends


class PortTaken(Failure):
    """A requested port is in use or not usable."""


def choose(remembered: Path, preferred: dict[str, int] | None = None) -> dict[str, socket.socket]:
    """Return a socket for each of NAMES that holds its port until it is closed.

    Making the history takes minutes, during which nobody else may take the ports. The numbers are
    written to `remembered`, so that the next start reuses those that are still free.
    """
    known = {**(preferred or {}), **_last(remembered)}
    held = {
        name: _demanded(name) for name in NAMES if os.environ.get(FROM_ENVIRONMENT.get(name, ""))
    }
    for name in NAMES:
        if name not in held:
            held[name] = _claimed(known.get(name, 0)) or free()
    remembered.write_text(json.dumps({name: number(held[name]) for name in NAMES}))
    return held


def release(numbers: Iterable[int]) -> None:
    """Give up the claims on these ports, so that other stacks can have them."""
    for each in numbers:
        if claim := _claims.pop(each, None):
            claim.close()


def free() -> socket.socket:
    """Return a socket on a free port outside the kernel's range for outgoing connections.

    A port from that range could belong to another program when a server restarts on it, even to a
    client that keeps trying to reach that very port (a TCP connection to itself).
    """
    while True:
        if held := _wished(random.choice(_ours())):  # noqa: S311  no secret
            return held


@cache
def _ours() -> range:
    given = Path("/proc/sys/net/ipv4/ip_local_port_range")
    first = int(given.read_text().split()[0]) if given.exists() else 49152
    return range(10240, first) if first > 12000 else range(61000, 65536)


def number(held: socket.socket) -> int:
    """Return the port that a socket holds."""
    port: int = held.getsockname()[1]
    return port


def _last(remembered: Path) -> dict[str, int]:
    """Return the ports of the last start; none if the file is missing or incomplete."""
    try:
        known: dict[str, int] = json.loads(remembered.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return known


def _demanded(name: str) -> socket.socket:
    variable = FROM_ENVIRONMENT[name]
    asked = f"{variable}={os.environ[variable]}"
    try:
        held = _take(int(os.environ[variable]))
        if not _claim(number(held)):
            held.close()
            raise OSError
        return held
    except (ValueError, OverflowError):
        raise PortTaken(f"{asked} is not a port", "Choose a number from 1024 to 65535") from None
    except PermissionError:
        raise PortTaken(
            f"This user cannot listen on port {asked}", "Choose one above 1023"
        ) from None
    except OSError:
        raise PortTaken(
            f"Port {asked} is already in use",
            f"Choose another one, or omit {variable} to use any free port",
        ) from None


def _claimed(port: int) -> socket.socket | None:
    held = _wished(port)
    if held and not _claim(port):
        held.close()
        return None
    return held


def _claim(port: int) -> bool:
    """Claim a port against other stacks; return False if one has it.

    The claim is an abstract socket name, which is visible in the same network namespace as the
    port.
    """
    if port in _claims:
        return True
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0dunder-mifflin-port-{port}")
    except OSError:
        claim.close()
        return False
    _claims[port] = claim
    return True


def _wished(port: int) -> socket.socket | None:
    with suppress(OSError):
        return _take(port) if port else None
    return None


def _take(port: int) -> socket.socket:
    taken = socket.socket()
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen(1)  # with SO_REUSEADDR, two sockets that only bind could share the port
    except OSError:
        taken.close()
        raise
    return taken
