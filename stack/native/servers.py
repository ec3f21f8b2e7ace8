"""The real servers: Debian's PostgreSQL, Apache Kafka, OpenLDAP's slapd, Keycloak.

Each runs over a private folder, on loopback.
"""

import secrets
import signal
import sys
from functools import partial
from pathlib import Path

from stack import probes
from stack.embedded import postgres
from stack.native import artifacts, requirements
from stack.processes import Plan, Say
from stack.realm import DESCRIPTION

ROOT = Path(__file__).parents[2]
NAME = "native"
GATEWAY_PATH = f"/realms/{DESCRIPTION['name']}"


def make_ready(say: Say) -> None:
    """Install, download and build what is missing. Raises Missing if it cannot."""
    requirements.make_ready(say)
    artifacts.make_ready(say)


def environment(local: dict[str, str], folder: Path) -> dict[str, str]:
    """Return the DM_* settings that differ from the embedded stack's.

    The default Kafka fetch wait stays, since Kafka answers as data arrives.
    """
    return {
        "DM_OIDC_ISSUER": f"http://{local['oidc']}{GATEWAY_PATH}",
        "DM_SNAPSHOT_PROGRAMS": str(_binaries()),
    }


def initialise_database(folder: Path, password: str) -> None:
    """Create the cluster unless there is one."""
    postgres.initialise(postgres.data_folder(folder), password, _binaries())


def plans(ports: dict[str, int], folder: Path, env: dict[str, str]) -> list[Plan]:
    """Return the plans of PostgreSQL, Kafka, slapd and Keycloak, in start order."""
    return [
        _postgres(ports["postgres"], folder),
        _kafka(ports, folder, env),
        _slapd(ports["ldap"], folder, env),
        _keycloak(ports, folder, env),
    ]


def password(folder: Path, name: str) -> str:
    """Return a secret of this stack's servers, generated at the first start.

    `directory` is for cn=admin, `keycloak` for admin.
    """
    path = folder / f"{name}-password"
    if not path.exists():
        path.touch(0o600)
        path.write_text(secrets.token_hex(16))
    return path.read_text()


def _binaries() -> Path:
    found = requirements.postgres_binaries()
    if found is None:
        raise requirements.Missing("PostgreSQL is not installed")
    return found


def _postgres(port: int, folder: Path) -> Plan:
    data = postgres.data_folder(folder)
    return Plan(
        "postgres",
        postgres.command(data, port, _binaries()),
        partial(probes.postgres_ready, port),
        stop_signal=signal.SIGINT,
        orphan_signal=signal.SIGINT,
    )


def _kafka(ports: dict[str, int], folder: Path, env: dict[str, str]) -> Plan:
    command = _launch("kafka", folder / "kafka", ports["kafka"], ports["controller"])
    return Plan(
        "kafka",
        command,
        partial(probes.kafka_ready, ports["kafka"]),
        env,
        folder=ROOT,
        patience=120,
    )


def _slapd(port: int, folder: Path, env: dict[str, str]) -> Plan:
    given = {**env, "LDAP_ADMIN_PASSWORD": password(folder, "directory")}
    return Plan(
        "ldap", _launch("slapd", folder, port), partial(probes.tcp_open, port), given, folder=ROOT
    )


def _keycloak(ports: dict[str, int], folder: Path, env: dict[str, str]) -> Plan:
    given = {
        **env,
        "KC_BOOTSTRAP_ADMIN_USERNAME": "admin",
        "KC_BOOTSTRAP_ADMIN_PASSWORD": password(folder, "keycloak"),
        "DM_WEB_INTERNAL_URL": f"http://127.0.0.1:{ports['web']}",
    }
    ready = partial(
        probes.http_ok, ports["oidc"], f"{GATEWAY_PATH}/.well-known/openid-configuration"
    )
    return Plan(
        "oidc",
        _launch("keycloak", folder / "keycloak", ports["oidc"]),
        ready,
        given,
        folder=ROOT,
        patience=300,
    )


def _launch(server: str, *words: object) -> list[str]:
    return [sys.executable, "-m", f"stack.native.{server}", *map(str, words)]
