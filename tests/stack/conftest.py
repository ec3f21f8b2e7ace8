"""The directory, the broker and the provider, each real and on a port of its own, without the product."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.supervisor import Stack
from tests.conftest import SERVERS


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Directory, broker and provider as the demo runs them."""
    folder = tmp_path_factory.mktemp("servers")
    with Stack(folder, only=("ldap", "oidc", "kafka")) as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def openid_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Directory and provider of the chosen stack; Keycloak keeps its tables in PostgreSQL."""
    folder = tmp_path_factory.mktemp("openid")
    needed = ("postgres", "ldap", "oidc") if SERVERS == "native" else ("ldap", "oidc")
    with Stack(folder, only=needed, servers=SERVERS) as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def ldif(servers: Stack) -> Iterator[Path]:
    """The file behind the running directory, put back as it was."""
    path = servers.folder / "directory.ldif"
    before = path.read_text()
    yield path
    path.write_text(before)
