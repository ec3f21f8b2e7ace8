"""Calls between services: a connection that died while it lay idle costs nobody an answer."""

import itertools
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import g

from settings import settings
from tests.chaos.links import Links
from tests.conftest import free_port
from tests.sales.test_api import LEAD
from tests.wuphf.live_browser import Web, wait_for
from webapp.shared.people.rights import Person
from webapp.shared.services.client import IDLE, ServiceDown, call

JIM = "jim.halpert"


@pytest.fixture
def links() -> Iterator[Links]:
    made = Links()
    yield made
    made.close()


def test_a_service_answers_the_first_call_after_its_connections_died(
    web_app, served: str, links: Links, clean_database: str
):
    port = links.join_up("service", free_port(), int(served.rpartition(":")[2]))
    os.environ["DM_INTERNAL_API_BASE"] = f"http://127.0.0.1:{port}"
    settings.cache_clear()
    with web_app.test_request_context("/"):
        g.person = Person(JIM, "Jim Halpert", roles=frozenset({"employee", "sales"}))
        for _ in range(3):
            assert call("orders", "GET", "/orders")["items"] == []
            links.reset("service")


def test_a_service_answers_though_what_lay_between_forgot_the_idle_connections(
    web_app, served: str, links: Links, clean_database: str
):
    """A firewall says nothing of it: a call over such a connection would wait for its time-out."""
    port = links.join_up("service", free_port(), int(served.rpartition(":")[2]))
    os.environ["DM_INTERNAL_API_BASE"] = f"http://127.0.0.1:{port}"
    settings.cache_clear()
    with web_app.test_request_context("/"):
        g.person = Person(JIM, "Jim Halpert", roles=frozenset({"employee", "sales"}))
        for _ in range(2):
            assert call("orders", "GET", "/orders")["items"] == []
            links.forget("service")
            time.sleep(IDLE)  # what lay idle for longer is used no more
            assert call("orders", "GET", "/orders")["items"] == []


@pytest.fixture
def key_of_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process issues the tokens that the server reads."""
    key = ec.generate_private_key(ec.SECP256R1())
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(*form, serialization.NoEncryption()).decode()
    monkeypatch.setenv("DM_GATEWAY_KEY", pem)
    settings.cache_clear()


@pytest.fixture
def web(key_of_both: None, clean_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """gunicorn, which a test may kill."""
    server = Web("tests.security.fuzzed_app:make_app()")
    monkeypatch.setenv("DM_INTERNAL_API_BASE", server.address)
    monkeypatch.setenv("DM_PUBLIC_URL", server.address)  # the issuer of our tokens
    settings.cache_clear()
    yield server
    server.stop()
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.long
def test_a_service_killed_and_revived_under_load_does_what_each_key_asked_once(
    web: Web, web_app, clean_database: str
):
    done: list[str] = []
    failures: list[ServiceDown] = []
    revived = threading.Event()

    def ask(person: int) -> None:
        with web_app.test_request_context("/"):
            g.person = Person(JIM, "Jim Halpert", roles=frozenset({"employee", "sales"}))
            for n in itertools.count():
                again_until_answered(f"company-{person}-{n}")
                if revived.is_set():
                    return

    def again_until_answered(company: str) -> None:
        while True:
            try:
                lead = LEAD | {"company": company, "mail": "", "phone": ""}
                call("sales", "POST", "/leads", json=lead, key=company)
                return done.append(company)
            except ServiceDown as error:
                failures.append(error)
                time.sleep(0.05)  # as a person who tries again

    with ThreadPoolExecutor(4) as people:
        asking = [people.submit(ask, person) for person in range(4)]
        wait_for(lambda: len(done) > 8 or [each.result() for each in asking if each.done()], 30)
        web.process.send_signal(signal.SIGKILL)
        web.process.wait()
        wait_for(lambda: failures, 30)
        web.start()
        revived.set()
        for each in asking:
            each.result(120)
    with psycopg.connect(clean_database) as connection:
        made = connection.execute("SELECT company FROM sales.lead").fetchall()
    assert sorted(row[0] for row in made) == sorted(done)


def test_what_may_not_be_done_twice_is_not_sent_again(web_app, links: Links, clean_database: str):
    """Who closes without a word may have done it."""
    heard, port = Counting(), free_port()
    heard.start(port)
    os.environ["DM_INTERNAL_API_BASE"] = f"http://127.0.0.1:{port}"
    settings.cache_clear()
    try:
        with web_app.test_request_context("/"):
            g.person = Person(JIM, "Jim Halpert", roles=frozenset({"employee"}))
            for key, times in ((None, 1), ("a-key-of-a-form", 2)):
                before = heard.count
                with pytest.raises(ServiceDown):
                    call("profile", "POST", "/nothing", json={}, key=key)
                assert heard.count - before == times
    finally:
        os.environ.pop("DM_INTERNAL_API_BASE")
        settings.cache_clear()
        heard.end()


class Counting:
    """A server that reads a request and closes without an answer."""

    count = 0

    def start(self, port: int) -> None:
        self.socket = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._serve, daemon=True).start()

    def end(self) -> None:
        self.socket.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                connection.recv(65536)
                self.count += 1
                connection.close()
