"""The processes of a stack: the product's own, and the servers of the chosen kind."""

import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Protocol

from areas import AREAS
from stack import probes
from stack.processes import Plan, Say

ROOT = Path(__file__).parent.parent
KINDS = ("embedded", "native")
SERVERS = ("postgres", "kafka", "ldap", "oidc")
WORKERS = tuple(area.schema for area in AREAS if "handlers" in area.parts)
PRODUCT = ("web", *WORKERS, "relay", "jobs")
# With fewer processors than processes, pages and notifications go first; background work, such as
# an order's next status, may take a little longer.
NICENESS = {"orders": 10, "inventory": 10, "jobs": 10}


class Servers(Protocol):
    """The interface of a kind of servers: stack.embedded.servers and stack.native.servers."""

    NAME: str

    def make_ready(self, say: Say) -> None: ...
    def environment(self, local: dict[str, str], folder: Path) -> dict[str, str]: ...
    def initialise_database(self, folder: Path, password: str) -> None: ...
    def plans(self, ports: dict[str, int], folder: Path, env: dict[str, str]) -> list[Plan]: ...


def servers_named(name: str) -> Servers:
    """Return `embedded`, which needs only Python, or `native`: Kafka, Keycloak, slapd, PostgreSQL."""
    if name == "native":
        from stack.native import servers as native

        return native
    from stack.embedded import servers as embedded

    return embedded


def environment(servers: Servers, ports: dict[str, int], folder: Path) -> dict[str, str]:
    """Return the DM_* settings of the product on these servers."""
    local = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
    return {
        "DM_DATABASE_URL": f"postgresql://{local['postgres']}/dundermifflin",
        "DM_KAFKA_BOOTSTRAP": local["kafka"],
        "DM_LDAP_URL": f"ldap://{local['ldap']}",
        "DM_PUBLIC_URL": f"http://{local['web']}",
        "DM_BIND": local["web"],
        "DM_INTERNAL_BIND": local["internal"],
        **servers.environment(local, folder),
    }


def plans(
    servers: Servers,
    ports: dict[str, int],
    folder: Path,
    extra: dict[str, str],
    only: tuple[str, ...],
) -> dict[str, Plan]:
    """Return the plans of `only` by name, in start order."""
    env = {
        **environment(servers, ports, folder),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",
        "MALLOC_ARENA_MAX": "2",
        **extra,
    }
    found = servers.plans(ports, folder, env) if set(only) & set(SERVERS) else []
    found.append(_web(ports, env))
    found += [_listener(name, ["worker", name], ports[name], env) for name in WORKERS]
    found += [_listener(name, [name], ports[name], env) for name in ("relay", "jobs")]
    return {plan.name: plan for plan in found if plan.name in only}


def _web(ports: dict[str, int], env: dict[str, str]) -> Plan:
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        "webapp/gunicorn_conf.py",
        "webapp.app:create_app()",
    ]
    return Plan(
        "web",
        command,
        partial(probes.http_ok, ports["web"], "/healthz"),
        env,
        folder=ROOT,
        orphan_signal=signal.SIGQUIT,
    )


def _listener(name: str, command: list[str], port: int, env: dict[str, str]) -> Plan:
    return Plan(
        name,
        [sys.executable, "-m", "consumers", *command],
        partial(probes.http_ok, port, "/readyz"),
        {**env, "DM_WORKER_BIND": f"127.0.0.1:{port}"},
        folder=ROOT,
        niceness=NICENESS.get(name, 0),
    )


def command_plan(module: str, env: dict[str, str], *words: str) -> Plan:
    """Return the plan of a one-off command of ours."""
    return Plan(module, [sys.executable, "-m", module, *words], lambda: True, env, folder=ROOT)


def inherited() -> dict[str, str]:
    """Return the settings that a person may pass to the demo from outside."""
    passed = ("DM_LOG_LEVEL", "DM_OTLP_ENDPOINT", "DM_TRACE_FILE", "DM_FAULTS")
    return {name: os.environ[name] for name in passed if os.environ.get(name)}
