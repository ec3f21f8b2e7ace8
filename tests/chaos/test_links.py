"""The proxy does to a connection what each mode says, and nothing in the mode that is no fault."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.chaos.links import NARROW, SLOW, Link, Links
from tests.conftest import free_port


@pytest.fixture
def link() -> Iterator[tuple[Links, Link]]:
    """A link to a server that says everything back."""
    server = socket.create_server(("127.0.0.1", free_port()))
    threading.Thread(target=_echo, args=(server,), daemon=True).start()
    links = Links()
    links.join_up("one", free_port(), server.getsockname()[1])
    yield links, links.by_name["one"]
    links.close()
    server.close()


def _echo(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_say_back, args=(connection,), daemon=True).start()


def _say_back(connection: socket.socket) -> None:
    try:
        while data := connection.recv(65_536):
            connection.sendall(data)
    except OSError:
        pass
    connection.close()


def ask(connection: socket.socket, data: bytes = b"hello") -> float:
    """Seconds until all of it came back."""
    began = time.monotonic()
    connection.sendall(data)
    left = len(data)
    while left and (got := connection.recv(65_536)):
        left -= len(got)
    if left:
        raise ConnectionResetError
    return time.monotonic() - began


def join(link: Link) -> socket.socket:
    return socket.create_connection(("127.0.0.1", link.port), timeout=10)


def test_an_open_link_passes_everything_on_and_ends_where_an_end_does(link: tuple[Links, Link]):
    with join(link[1]) as connection:
        ask(connection, b"x" * 500_000)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(10) == b""


def test_a_reset_ends_what_is_open_and_lets_others_in(link: tuple[Links, Link]):
    links, one = link
    with join(one) as connection:
        ask(connection)
        links.reset("one")
        with pytest.raises(ConnectionResetError):
            ask(connection)
    with join(one) as connection:
        ask(connection)


def test_a_cut_link_lets_nobody_through_until_it_is_mended(link: tuple[Links, Link]):
    one = link[1]
    one.mode = "cut"
    with pytest.raises(OSError), join(one) as connection:
        ask(connection)
    one.mode = "open"
    with join(one) as connection:
        ask(connection)


def test_a_slow_a_narrow_and_a_silent_link_delay_and_lose_nothing(link: tuple[Links, Link]):
    one = link[1]
    with join(one) as connection:
        one.mode = "slow"
        assert ask(connection) >= 2 * SLOW
        one.mode = "narrow"
        assert ask(connection, b"x" * (NARROW // 2)) >= 0.4
        one.mode = "silent"
        threading.Timer(0.5, lambda: setattr(one, "mode", "open")).start()
        assert ask(connection) >= 0.4


def test_a_forgotten_connection_says_nothing_for_ever_and_a_new_one_passes(
    link: tuple[Links, Link],
):
    links, one = link
    with join(one) as old:
        ask(old)
        links.forget("one")
        with join(one) as new:
            ask(new)
        old.settimeout(0.3)
        with pytest.raises(TimeoutError):
            ask(old)


def test_over_a_deaf_link_what_is_asked_arrives_and_no_answer_comes(link: tuple[Links, Link]):
    one = link[1]
    with join(one) as connection:
        ask(connection)
        before, one.mode = one.passed, "deaf"
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            ask(connection)
        assert one.passed - before == len(b"hello")
