"""Connections that died while nobody looked: the next request is served over a fresh one."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from models.shared.transactions import engine, reading
from settings import settings
from stack.processes import bind_to_parent
from tests.chaos.links import Links
from tests.conftest import free_port
from tests.wuphf.live_browser import wait_for
from webapp.gateway.people import ldap_reader

ROOT = Path(__file__).parents[2]
JIM = "jim.halpert"


@pytest.fixture
def links() -> Iterator[Links]:
    made = Links()
    yield made
    made.close()


class LdapServer:
    """The embedded directory as a process that can be killed and revived on its port."""

    def __init__(self) -> None:
        self.port = free_port()
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "stack.embedded.directory"]
        given = [str(ROOT / "stack/directory.ldif"), str(self.port)]
        self.process = subprocess.Popen(
            [*command, *given], cwd=ROOT, preexec_fn=lambda: bind_to_parent(signal.SIGKILL)
        )
        wait_for(self._answers, 30)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


@pytest.fixture
def directory(links: Links) -> Iterator[LdapServer]:
    """A directory, reached over a link that can be cut."""
    server = LdapServer()
    reach(f"ldap://127.0.0.1:{links.join_up('ldap', free_port(), server.port)}")
    ldap_reader._drop_idle()
    yield server
    os.environ.pop("DM_LDAP_URL")
    settings.cache_clear()
    ldap_reader._drop_idle()
    server.kill()


def reach(url: str) -> None:
    os.environ["DM_LDAP_URL"] = url
    settings.cache_clear()


def read_at_once(times: int) -> list[object]:
    """As many idle connections as requests at the same time left behind."""
    readers = [ldap_reader._readers().submit(ldap_reader._read, JIM) for _ in range(times)]
    return [each.result(10) for each in readers]


@pytest.mark.parametrize("how", ["reset", "silent", "killed and revived"])
def test_the_directory_answers_the_first_request_after_its_connections_died(
    directory: LdapServer, links: Links, how: str
):
    assert all(read_at_once(5)) and ldap_reader._idle
    if how == "reset":
        links.reset("ldap")
    elif how == "silent":  # as a firewall that forgot them: new connections pass
        old, new = links.by_name["ldap"], free_port()
        links.join_up("new", new, directory.port)
        old.mode = "silent"
        reach(f"ldap://127.0.0.1:{new}")
    else:
        directory.kill()
        directory.start()
    for _ in range(6):
        found = ldap_reader.read_person(JIM, 6.0)
        assert found is not None and found.uid == JIM


def test_a_directory_that_is_away_is_not_asked_twice(directory: LdapServer, links: Links):
    links.by_name["ldap"].mode = "cut"
    ldap_reader._drop_idle()
    with pytest.raises(Exception, match=""):
        ldap_reader.read_person(JIM, 5.0)
    links.by_name["ldap"].mode = "open"
    assert ldap_reader.read_person(JIM, 5.0)


def test_the_database_answers_the_first_request_after_its_connections_died(
    clean_database: str, links: Links
):
    url = settings().database_url
    host, _, rest = url.removeprefix("postgresql://").rpartition("@")
    address, _, name = rest.partition("/")
    port = links.join_up("postgres", free_port(), int(address.rpartition(":")[2]))
    os.environ["DM_DATABASE_URL"] = (
        f"postgresql://{host}{'@' if host else ''}127.0.0.1:{port}/{name}"
    )
    settings.cache_clear()
    engine.cache_clear()
    try:
        for _ in range(3):
            sessions = [reading("orders") for _ in range(5)]
            assert [one_of(each) for each in sessions] == [1] * 5
            links.reset("postgres")
            time.sleep(0.05)  # until the kernel has the resets
    finally:
        os.environ["DM_DATABASE_URL"] = url
        settings.cache_clear()
        engine.cache_clear()


def one_of(opened) -> object:
    with opened as session:
        return session.execute(text("SELECT 1")).scalar()
