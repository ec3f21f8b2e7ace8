"""The whole way of a person: LDIF → LDAP → profile's REST → wuphf's projection, on real servers."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from settings import settings
from tests.conftest import ROOT, free_port


class Server:
    """A process on a port, stopped and started by the test."""

    def __init__(self, command: list[str], port: int, **env: str) -> None:
        self.command, self.port, self.env = command, port, env
        self.start()

    def start(self) -> None:
        """Starts it and waits until its port is open."""
        env = {**os.environ, **self.env}
        self.process = subprocess.Popen(self.command, cwd=ROOT, env=env, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError(f"{self.command} did not start")

    def stop(self) -> None:
        """Ends it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(15)


@pytest.fixture(scope="module")
def stack(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """LDAP, the provider and the web application; `stack["ldif"]` is the file behind the first."""
    folder = tmp_path_factory.mktemp("people")
    ldif = Path(shutil.copy(ROOT / "stack/directory.ldif", folder / "directory.ldif"))
    ldap, oidc, web, internal = (free_port() for _ in range(4))
    os.environ.update(
        DM_LDAP_URL=f"ldap://127.0.0.1:{ldap}",
        DM_OIDC_ISSUER=f"http://127.0.0.1:{oidc}",
        DM_BIND=f"127.0.0.1:{web}",
        DM_PUBLIC_URL=f"http://127.0.0.1:{web}",
        DM_INTERNAL_BIND=f"127.0.0.1:{internal}",
        DM_PROVIDER_DATA=str(folder),
    )
    settings.cache_clear()
    python, gunicorn = sys.executable, [sys.executable, "-m", "gunicorn"]
    servers = {
        "ldap": Server([python, "-m", "stack.embedded.directory", str(ldif), str(ldap)], ldap),
        "oidc": Server(
            [
                *gunicorn,
                "-w1",
                "--threads=4",
                f"-b127.0.0.1:{oidc}",
                "stack.embedded.provider:create_provider()",
            ],
            oidc,
            AUTHLIB_INSECURE_TRANSPORT="1",
        ),
        "web": Server([*gunicorn, "-c", "webapp/gunicorn_conf.py", "webapp.app:create_app()"], web),
    }
    _await(f"http://127.0.0.1:{web}/healthz")
    yield {**servers, "ldif": ldif}
    for server in servers.values():
        server.stop()
    for name in ("LDAP_URL", "OIDC_ISSUER", "BIND", "PUBLIC_URL", "INTERNAL_BIND", "PROVIDER_DATA"):
        os.environ.pop(f"DM_{name}")
    settings.cache_clear()


def _await(url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if httpx.get(url).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"{url} does not answer")
