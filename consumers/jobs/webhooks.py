"""Send webhooks over HTTP, signed, and note what became of each attempt.

A receiver's address is looked up here, checked, and connected to as it was checked, so that no name
leads into the company's own network, also not one that changes in between (DNS rebinding).
"""

import logging
import re
import socket
import ssl
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial

import httpcore
from prometheus_client import Counter

from models.shared import clock
from models.shared.database.deadlines import seconds_left
from models.shared.jobs import task
from models.shared.transactions import transaction
from models.wuphf.webhooks import deliveries
from models.wuphf.webhooks.deliveries import Attempt, Claimed
from models.wuphf.webhooks.rules import is_reachable
from models.wuphf.webhooks.signatures import secret_of, signature_of
from settings import settings

ITSELF = "service:notifications"
AT_ONCE = 8  # receivers that are called at the same time
TIMEOUT = 10.0  # seconds for one attempt as a whole, however slowly a receiver answers
ENOUGH = 0.25  # of the job's time must be left to begin with more
MOST_ADDRESSES = 3  # of a name that are tried
SENT = Counter("dm_webhook_attempts_total", "Attempts at webhook deliveries", ["outcome"])
log = logging.getLogger(__name__)
ERRNO = re.compile(r"^\[Errno -?\d+\] ")  # says nothing to a person
begin = partial(transaction, "notifications", actor=ITSELF)


class Refused(OSError):
    """The address is none that a webhook may be sent to."""


class Late(TimeoutError):
    """The attempt took longer than TIMEOUT."""


@task("notifications", cron="* * * * * */10")
def send_due_webhooks() -> None:
    """Send what is due, several receivers at a time, until nothing is or the time is up."""
    with ThreadPoolExecutor(AT_ONCE, "webhooks") as pool:
        while _has_time() and (claimed := _claim()):
            calls = [pool.submit(copy_context().run, send, each) for each in claimed]
            for each, call in zip(claimed, calls, strict=True):
                attempt = call.result()
                with begin() as session:
                    deliveries.note_attempt(session, each, attempt)
                SENT.labels("delivered" if attempt.succeeded else "failed").inc()


def send(claimed: Claimed) -> Attempt:
    """Make one attempt; whatever goes wrong is in the answer."""
    began, at, status, error = time.monotonic(), clock.now(), None, ""
    try:
        status = _post(claimed, int(at.timestamp()), began + TIMEOUT)
    except httpcore.TimeoutException:
        error = f"No answer within {TIMEOUT:.0f} seconds"
    except Late:
        error = f"No answer within {TIMEOUT:.0f} seconds"
    except (
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.UnsupportedProtocol,
        OSError,
        ValueError,
    ) as problem:
        error = ERRNO.sub("", str(problem)) or type(problem).__name__
    if error:
        log.info("webhook %s: attempt failed: %s", claimed.webhook_id, error)
    return Attempt(at, round((time.monotonic() - began) * 1000), status, error)


def _claim() -> list[Claimed]:
    with begin() as session:
        return deliveries.claim_due(session)


def _has_time() -> bool:
    left = seconds_left()
    return left is None or left > ENOUGH * settings().job_seconds


def _post(claimed: Claimed, timestamp: int, until: float) -> int:
    """Return the status of the answer, whose body is not read. Redirects are not followed."""
    key, id_ = settings().webhook_key.reveal(), str(claimed.event_id)
    secrets = [secret_of(key, claimed.webhook_id, version) for version in claimed.secret_versions]
    headers = {
        "Content-Type": "application/cloudevents+json",
        "User-Agent": "DunderMifflin-Webhooks/1",
        "Connection": "close",
        "webhook-id": id_,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature_of(secrets, id_, timestamp, claimed.body),
    }
    url = httpcore.URL(claimed.url)
    backend = GuardedBackend(until, plain=url.scheme == b"http")
    trusted = ssl.create_default_context()
    limits = dict.fromkeys(("connect", "read", "write", "pool"), TIMEOUT)
    with (
        httpcore.ConnectionPool(ssl_context=trusted, network_backend=backend) as pool,
        pool.stream(
            "POST",
            url,
            headers=[("Host", _host(url)), *headers.items()],
            content=claimed.body,
            extensions={"timeout": limits},
        ) as answer,
    ):
        return answer.status


def _host(url: httpcore.URL) -> str:
    host, usual = url.host.decode(), {b"http": 80, b"https": 443}[url.scheme]
    return host if url.port in (None, usual) else f"{host}:{url.port}"


class GuardedBackend(httpcore.NetworkBackend):
    """Connects only to addresses that webhooks may reach; every wait ends at `until`."""

    def __init__(self, until: float, *, plain: bool) -> None:
        self._until, self._plain, self._sockets = until, plain, httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers. Raises Refused if any of them is private."""
        addresses = _addresses_of(host, port)
        for address in addresses:
            if not is_reachable(address, settings().webhook_networks, plain=self._plain):
                kind = "without TLS, or private," if self._plain else "private"
                raise Refused(f"{host} is at {address}, which is {kind} and not allowed")
        for address in addresses[:-1]:
            try:
                return self._connect(address, port)
            except httpcore.ConnectError:
                continue
        return self._connect(addresses[-1], port)

    def _connect(self, address: str, port: int) -> httpcore.NetworkStream:
        left = time_left(self._until)
        return BoundedStream(self._sockets.connect_tcp(address, port, timeout=left), self._until)


class BoundedStream(httpcore.NetworkStream):
    """A stream whose every wait ends at `until`, so that a byte now and then does not prolong it."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self._stream, self._until = stream, until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read some bytes."""
        return self._stream.read(max_bytes, time_left(self._until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of these bytes."""
        self._stream.write(buffer, time_left(self._until))

    def close(self) -> None:
        """Close it."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Go on over TLS, with the certificate of the host that was asked for."""
        left = time_left(self._until)
        return BoundedStream(
            self._stream.start_tls(ssl_context, server_hostname, left), self._until
        )

    def get_extra_info(self, info: str) -> object:
        """What httpcore asks of the socket."""
        return self._stream.get_extra_info(info)


def time_left(until: float) -> float:
    """Return the seconds until this moment. Raises Late after it."""
    left = until - time.monotonic()
    if left <= 0:
        raise Late
    return left


def _addresses_of(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))[:MOST_ADDRESSES]
