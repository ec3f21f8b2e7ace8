"""The processes of the embedded stack: what each one is started with and when it is ready."""

import os
import signal
import sys
from functools import partial
from pathlib import Path

from stack import probes
from stack.embedded import broker, postgres
from stack.processes import Plan

ROOT = Path(__file__).parent.parent
SERVERS = ("postgres", "kafka", "ldap", "oidc")
WORKERS = ("orders", "inventory", "notifications")
PRODUCT = ("web", *WORKERS, "relay", "jobs")


def environment(ports: dict[str, int], folder: Path) -> dict[str, str]:
    """The DM_* settings of the product on these servers."""
    local = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
    return {
        "DM_DATABASE_URL": f"postgresql://{local['postgres']}/dundermifflin",
        "DM_KAFKA_BOOTSTRAP": local["kafka"], "DM_KAFKA_FETCH_WAIT_MS": "10",
        "DM_OIDC_ISSUER": f"http://{local['oidc']}", "DM_LDAP_URL": f"ldap://{local['ldap']}",
        "DM_PUBLIC_URL": f"http://{local['web']}", "DM_BIND": local["web"], "DM_INTERNAL_BIND": local["internal"],
        "DM_EMBEDDED": "true", "DM_PROVIDER_DATA": str(folder / "provider"),
    }


def plans(ports: dict[str, int], folder: Path, extra: dict[str, str], only: tuple[str, ...]) -> dict[str, Plan]:
    """Those of `only` by name, in the order in which they are started."""
    env = {**environment(ports, folder), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "NO_COLOR": "1",
           "AUTHLIB_INSECURE_TRANSPORT": "1", "MALLOC_ARENA_MAX": "2", **extra}
    found = [_postgres(ports["postgres"], folder)] if "postgres" in only else []
    found += [_broker(ports["kafka"]), _directory(ports["ldap"], folder, env),
              _provider(ports["oidc"], env), _web(ports, env)]
    found += [_listener(name, ["consumers.worker", name], ports[name], env) for name in WORKERS]
    found += [_listener(name, [f"consumers.{name}"], ports[name], env) for name in ("relay", "jobs")]
    return {plan.name: plan for plan in found if plan.name in only}


def _postgres(port: int, folder: Path) -> Plan:
    data = postgres.data_folder(folder)
    return Plan("postgres", postgres.command(data, port), partial(probes.postgres_ready, port), folder=data,
                user=postgres.unprivileged(), stop_signal=signal.SIGINT, orphan_signal=signal.SIGINT)


def _broker(port: int) -> Plan:
    return Plan("kafka", broker.command(port), partial(probes.tcp_open, port), {"RUST_LOG": "warn"}, folder=ROOT)


def _directory(port: int, folder: Path, env: dict[str, str]) -> Plan:
    command = [sys.executable, "-m", "stack.embedded.directory", str(folder / "directory.ldif"), str(port)]
    return Plan("ldap", command, partial(probes.tcp_open, port), env, folder=ROOT)


def _provider(port: int, env: dict[str, str]) -> Plan:
    command = [sys.executable, "-m", "stack.embedded.provider", str(port)]
    return Plan("oidc", command, partial(probes.http_ok, port, "/healthz"), env, folder=ROOT)


def _web(ports: dict[str, int], env: dict[str, str]) -> Plan:
    command = [sys.executable, "-m", "gunicorn", "-c", "webapp/gunicorn_conf.py", "webapp.app:create_app()"]
    return Plan("web", command, partial(probes.http_ok, ports["web"], "/healthz"), env, folder=ROOT,
                orphan_signal=signal.SIGQUIT)


def _listener(name: str, module: list[str], port: int, env: dict[str, str]) -> Plan:
    return Plan(name, [sys.executable, "-m", *module], partial(probes.http_ok, port, "/readyz"),
                {**env, "DM_WORKER_BIND": f"127.0.0.1:{port}"}, folder=ROOT)


def command_plan(module: str, env: dict[str, str]) -> Plan:
    """A command of ours that ends by itself."""
    return Plan(module, [sys.executable, "-m", module], lambda: True, env, folder=ROOT)


def inherited() -> dict[str, str]:
    """The settings that a person may give to the demo from outside."""
    passed = ("DM_LOG_LEVEL", "DM_OTLP_ENDPOINT", "DM_TRACE_FILE", "DM_FAULTS")
    return {name: os.environ[name] for name in passed if os.environ.get(name)}
