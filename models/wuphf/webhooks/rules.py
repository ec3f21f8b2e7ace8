"""Rules of webhooks that read no table: who may hear which event, which addresses, when to retry."""

import ipaddress
from collections.abc import Collection
from datetime import timedelta
from urllib.parse import urlsplit

from models.shared.events.catalogue import EVENTS, NOTIFICATIONS
from models.wuphf.notifications.registry import HEARD_BY

TEST_TYPE = "dm.webhooks.test.v1"  # of an event that a person sends to try out a webhook
LONGEST_URL = 500
# Between two attempts at one delivery; with the last of them it was tried for three days.
PAUSES = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (1, 2, 4, 8, 12, 20, 24)),
)
CALM = 3  # failed attempts in a row after which the whole webhook pauses
LONGEST_CALM = timedelta(minutes=30)
DISABLED_AFTER = timedelta(days=3)  # of nothing but failures
OLD_SECRET_SIGNS = timedelta(hours=24)


def hearable_types(groups: Collection[str]) -> list[str]:
    """Return the event types that a member of these groups may subscribe to, as in the catalogue."""
    return [event.type for event in EVENTS if may_hear(event.type, groups)]


def may_hear(type_: str, groups: Collection[str]) -> bool:
    """Return whether a member of these groups may be sent events of this type."""
    if type_ == TEST_TYPE:
        return True
    starts = [start for start in HEARD_BY if type_.startswith(start)]
    return bool(starts) and not HEARD_BY[max(starts, key=len)].isdisjoint(groups)


def is_offered(topic: str) -> bool:
    """Return whether webhooks may get events of this topic: all but people's own notifications."""
    return topic != NOTIFICATIONS


def networks_of(setting: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Parse the networks of the setting, separated by spaces. Raises ValueError."""
    return [ipaddress.ip_network(each) for each in setting.split()]


def is_reachable(address: str, networks: str, *, plain: bool = False) -> bool:
    """Return whether a webhook may be sent to this IP address: a public one, or in `networks`.

    One that is sent `plain`, without TLS, may only go to those networks.

    An IPv6 address that stands for an IPv4 one (mapped, 6to4, Teredo, NAT64) is judged by that.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        ip = _inner(ip)
    if any(ip in network for network in networks_of(networks)):
        return True
    return ip.is_global and not ip.is_multicast and not plain


def problem_of_url(url: str, networks: str) -> str:
    """Return what is wrong with a webhook's address, or an empty text.

    Only sending finds out where a name leads to; the same guard stands there.
    """
    example = "Enter an address such as https://example.com/hooks."
    if not 0 < len(url) <= LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        return example
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return example
    if parts.scheme not in ("https", "http") or not host or parts.fragment:
        return example
    if parts.username is not None or parts.password is not None:
        return "Leave out the user and password: every call is signed."
    if parts.scheme == "http" and not networks:
        return "The address must begin with https://."
    if host == "localhost" or host.endswith(".localhost"):
        host = "127.0.0.1"
    try:
        refused = not is_reachable(host, networks, plain=parts.scheme == "http")
    except ValueError:  # a name, which is looked up when something is sent
        return ""
    return "This is an address of a private network. Ask IT to allow it." if refused else ""


def pause_after(attempts: int) -> timedelta | None:
    """Return how long a delivery waits after so many failed attempts; None if it is given up."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None


def calm_after(failures: int) -> timedelta | None:
    """Return how long the whole webhook pauses after so many failures in a row; None for not at all."""
    if failures < CALM:
        return None
    return min(PAUSES[0] * (1 << min(failures - CALM, 20)), LONGEST_CALM)


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _inner(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    teredo = ip.teredo[1] if ip.teredo else None
    nat64 = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None
    return ip.ipv4_mapped or ip.sixtofour or teredo or nat64 or ip
