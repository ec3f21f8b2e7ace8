"""The embedded servers, from Python packages alone.

PostgreSQL's binaries, Tansu, ldaptor and our own provider.
"""

import signal
import sys
from functools import partial
from pathlib import Path

from stack import probes
from stack.embedded import broker, postgres
from stack.processes import Plan, Say

ROOT = Path(__file__).parents[2]
NAME = "embedded"


def make_ready(say: Say) -> None:
    """Do nothing: the Python packages contain everything."""


def environment(local: dict[str, str], folder: Path) -> dict[str, str]:
    """Return the DM_* settings that only these servers need."""
    return {
        "DM_OIDC_ISSUER": f"http://{local['oidc']}",
        "DM_KAFKA_FETCH_WAIT_MS": "10",
        "DM_EMBEDDED": "true",
        "DM_PROVIDER_DATA": str(folder / "provider"),
        "DM_SMTP_URL": f"smtp://{local['mail']}",
        "DM_MAIL_SINK": f"{folder / 'mail'}@{local['mail']}",
        "DM_WEBHOOK_NETWORKS": "127.0.0.0/8",
        "DM_SNAPSHOT_PROGRAMS": str(postgres.binaries()),
    }


def initialise_database(folder: Path, password: str) -> None:
    """Create the cluster unless there is one."""
    postgres.initialise(postgres.data_folder(folder), password)


def plans(ports: dict[str, int], folder: Path, env: dict[str, str]) -> list[Plan]:
    """Return the plans of PostgreSQL, broker, directory and provider, in start order."""
    env = {**env, "AUTHLIB_INSECURE_TRANSPORT": "1"}
    return [
        _postgres(ports["postgres"], folder),
        _broker(ports["kafka"]),
        _directory(ports["ldap"], folder, env),
        _provider(ports["oidc"], env),
    ]


def _postgres(port: int, folder: Path) -> Plan:
    data = postgres.data_folder(folder)
    return Plan(
        "postgres",
        postgres.command(data, port),
        partial(probes.postgres_ready, port),
        stop_signal=signal.SIGINT,
        orphan_signal=signal.SIGINT,
    )


def _broker(port: int) -> Plan:
    return Plan(
        "kafka",
        broker.command(port),
        partial(probes.tcp_open, port),
        {"RUST_LOG": "warn"},
        folder=ROOT,
    )


def _directory(port: int, folder: Path, env: dict[str, str]) -> Plan:
    command = [
        sys.executable,
        "-m",
        "stack.embedded.directory",
        str(folder / "directory.ldif"),
        str(port),
    ]
    return Plan("ldap", command, partial(probes.tcp_open, port), env, folder=ROOT)


def _provider(port: int, env: dict[str, str]) -> Plan:
    command = [sys.executable, "-m", "stack.embedded.provider", str(port)]
    return Plan("oidc", command, partial(probes.http_ok, port, "/healthz"), env, folder=ROOT)
