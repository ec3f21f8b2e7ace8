"""Compose's own commands and environments, run as processes against the real servers of this stack.

Only what the machine decides is replaced: the servers' names by their addresses here, the ports by free ones.
"""

import os
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from stack.supervisor import Stack
from tests.conftest import ROOT, free_port
from tests.consumers.conftest import wait_for

pytestmark = [pytest.mark.native, pytest.mark.stack]
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())[
    "services"
]


def environment(name: str, stack: Stack, port: int, internal: int) -> dict[str, str]:
    """The service's environment of docker-compose.yml, with this machine's addresses."""
    keycloak = stack.settings_env["DM_OIDC_ISSUER"].split("/realms")[0]
    here = {
        "postgres:5432": f"127.0.0.1:{stack.ports['postgres']}",
        "kafka:9092": stack.settings_env["DM_KAFKA_BOOTSTRAP"],
        "http://localhost:8080": keycloak,
        "http://keycloak:8080": keycloak.replace("127.0.0.1", "localhost"),
        "ldap:3389": f"127.0.0.1:{stack.ports['ldap']}",
        "0.0.0.0:8000": f"0.0.0.0:{port}",
        "http://localhost:8000": f"http://localhost:{port}",
        "http://web:8000": f"http://127.0.0.1:{port}",
        "0.0.0.0:8001": f"127.0.0.1:{internal}",
        "0.0.0.0:8010": f"127.0.0.1:{internal}",
        "http://jaeger:4318/v1/traces": "",
    }
    given = dict(SERVICES[name]["environment"])
    for variable, value in given.items():
        for there, address in here.items():
            value = value.replace(there, address)
        given[variable] = value
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith("DM_")},
        **given,
    }


@pytest.fixture
def start(stack: Stack, tmp_path: Path) -> Iterator[Any]:
    """`start("web", port, internal)` runs the service's command; ended with the test."""
    running: list[subprocess.Popen[bytes]] = []

    def run(name: str, port: int, internal: int) -> None:
        env = {
            **environment(name, stack, port, internal),
            "PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}",
        }
        log = (tmp_path / f"{name}.log").open("wb")
        running.append(
            subprocess.Popen(SERVICES[name]["command"], cwd=ROOT, env=env, stdout=log, stderr=log)
        )

    yield run
    for process in running:
        process.terminate()
    for process in running:
        process.wait(30)


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def test_web_and_listeners_of_compose_become_ready_on_the_real_servers(start, stack: Stack):
    port, internal = free_port(), free_port()
    start("web", port, internal)
    wait_for("web ready", lambda: status(f"http://127.0.0.1:{internal}/readyz") == 200, 90)
    sent = httpx.get(f"http://localhost:{port}/auth/login?next=/", timeout=20, trust_env=False)
    assert sent.headers["location"].startswith(stack.settings_env["DM_OIDC_ISSUER"]), (
        "to the provider by its public name"
    )
    for name in ("orders", "relay", "jobs"):
        bind = free_port()
        start(name, port, bind)
        wait_for(
            f"{name} ready", lambda at=bind: status(f"http://127.0.0.1:{at}/readyz") == 200, 90
        )


def test_its_one_shot_commands_find_everything_as_it_should_be(stack: Stack):
    for name, says in (("topics", "topics are as described"), ("prepare", "")):
        env = environment(name, stack, 1, 1)
        if name == "prepare":
            env["DM_ADMIN_DSN"] = stack.admin_dsn
        env["PATH"] = f"{ROOT / '.venv/bin'}:{os.environ['PATH']}"
        done = subprocess.run(
            SERVICES[name]["command"],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0 and says in done.stdout, done.stdout + done.stderr
