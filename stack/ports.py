"""Ports on loopback: remembered from the last start, set from outside, or chosen free; held until they are used.

Between the moment at which we let a port go and the one at which its server listens, seconds may pass. Other stacks of
this machine see meanwhile, and as long as the stack lasts, that the port is claimed.
"""

import json
import os
import random
import socket
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

from stack.failures import Failure

NAMES = (
    "web",
    "internal",
    "postgres",
    "kafka",
    "controller",
    "ldap",
    "oidc",
    "orders",
    "inventory",
    "notifications",
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


_claims: dict[int, socket.socket] = {}  # by port; the kernel frees them when we are gone


class PortTaken(Failure):
    """A port that was asked for by name cannot be had: another program uses it, or it is no port for us."""


def choose(remembered: Path, preferred: dict[str, int] | None = None) -> dict[str, socket.socket]:
    """A socket for each of NAMES that keeps its port from others until it is closed (the history takes minutes).

    The numbers are written to `remembered`, so that the next start has the same where they are still free.
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
    """Lets other stacks have these ports."""
    for each in numbers:
        if claim := _claims.pop(each, None):
            claim.close()


def free() -> socket.socket:
    """A socket on a port that nobody has and that the kernel gives to no outgoing connection.

    Of those it could be another's when a server is started again on it, even that of a client which tries to reach
    the very port while the server is down (a TCP connection to itself).
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
    """The port that a socket holds."""
    port: int = held.getsockname()[1]
    return port


def _last(remembered: Path) -> dict[str, int]:
    """The ports of the last start; none where the file is missing or was not written to its end."""
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
        raise PortTaken(f"{asked} is not a port", "Give a number from 1024 to 65535") from None
    except PermissionError:
        raise PortTaken(f"{asked}: this user may not listen there", "Give one over 1023") from None
    except OSError:
        raise PortTaken(
            f"{asked}: something listens there already",
            f"Give another one, or leave {variable} out to have a free one chosen",
        ) from None


def _claimed(port: int) -> socket.socket | None:
    held = _wished(port)
    if held and not _claim(port):
        held.close()
        return None
    return held


def _claim(port: int) -> bool:
    """Whether no other stack has this port; from now on none gets it. Abstract names are seen where ports are."""
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
        taken.listen(1)  # two sockets that only bind could both have it
    except OSError:
        taken.close()
        raise
    return taken
