"""What gunicorn refuses before the application: same headers, same look, bounded time, our names only."""

import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from settings import settings
from tests.security.raw_requests import RawAnswer, send
from tests.wuphf.live_browser import Web

HEADERS = (
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "cache-control",
    "x-correlation-id",
)
REFUSED = {
    "no request line": (b"nonsense\r\n\r\n", 400),
    "a version of tomorrow": (b"GET / HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n", 400),
    "a header without a name": (b"GET / HTTP/1.1\r\n: x\r\n\r\n", 400),
    "a folded header": (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nA: b\r\n c\r\n\r\n", 400),
    "two lengths": (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
    "an address of miles": (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", 414),
    "a header of miles": (b"GET / HTTP/1.1\r\nA: " + b"b" * 70_000 + b"\r\n\r\n", 431),
    "unknown framing": (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip2\r\n\r\n", 501),
    "no host": (b"GET /sign-in HTTP/1.1\r\n\r\n", 400),
    "a host of another": (b"GET /sign-in HTTP/1.1\r\nHost: evil.example\r\n\r\n", 400),
}


@pytest.fixture(scope="module")
def web(database: str) -> Iterator[Web]:
    server = Web()
    yield server
    server.stop()


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_like_everything_else(web: Web, name: str):
    data, status = REFUSED[name]
    answer = send(web.port, data)
    assert answer.status == status
    assert [each for each in HEADERS if each not in answer.headers] == []
    assert looks_like_us(answer), answer.body[:300]
    assert "set-cookie" not in answer.headers


def looks_like_us(answer: RawAnswer) -> bool:
    """The page has our style and says the request id, and nothing of the server."""
    text = answer.body.decode()
    return (
        'rel="stylesheet"' in text
        and answer.headers["x-correlation-id"] in text
        and "gunicorn" not in text.lower()
        and "Invalid" not in text
    )


def test_a_head_that_does_not_come_holds_nobody(web: Web):
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", web.port), timeout=20) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: 127")
        assert connection.recv(10) == b"", "closed"
    assert time.monotonic() - began < 10


@pytest.mark.long
def test_a_body_that_drips_is_given_up(web: Web):
    began, head = time.monotonic(), b"POST /preferences HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    head += b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", web.port), timeout=60) as connection:
        connection.sendall(head)
        connection.settimeout(1)
        answer = b""
        while not answer and time.monotonic() - began < 50:
            connection.sendall(b"a")
            try:
                answer = connection.recv(1000)
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 408 ") and time.monotonic() - began < 45


def test_the_port_for_operators_answers_only_to_an_address_or_a_name_of_ours(web: Web):
    address = f"http://127.0.0.1:{web.internal}/healthz"
    assert httpx.get(address).status_code == 200
    assert httpx.get(address, headers={"Host": f"localhost:{web.internal}"}).status_code == 200
    for stranger in ("evil.example", "127.0.0.1.evil.example", "", "[", "localhost.evil:80"):
        assert httpx.get(address, headers={"Host": stranger}).status_code == 400, stranger


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("127.0.0.1:8010", True),
        ("[::1]:8010", True),
        ("10.1.2.3", True),
        ("localhost", True),
        (socket.gethostname(), True),
        ("evil.example", False),
        ("", False),
        ("127.0.0.1.evil.example", False),
    ],
)
def test_what_names_us_on_a_port_for_operators(host: str, is_ours: bool):
    assert settings().names_us(host) is is_ours
