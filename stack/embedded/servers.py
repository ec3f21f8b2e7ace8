"""The four servers of the embedded stack, as processes: PostgreSQL, broker, directory, provider."""

import shutil
import signal
import socket
import sys
import time
from pathlib import Path

from stack.embedded import broker, postgres
from stack.processes import Spec, await_http

ROOT = Path(__file__).parents[2]


def specs(folder: Path, ports: dict[str, int], env: dict[str, str], admin_password: str) -> list[Spec]:
    """What to run in the data folder `folder`; the directory's LDIF is copied there, to be changed there."""
    data, ldif = folder / "postgres", folder / "directory.ldif"
    postgres.initialise(data, admin_password)
    if not ldif.exists():
        shutil.copy(ROOT / "stack" / "directory.ldif", ldif)
    python = sys.executable
    return [
        Spec("postgres", postgres.command(data, ports["postgres"]), lambda: postgres.await_ready(ports["postgres"], admin_password),
             cwd=data, user=postgres.unprivileged(), last_word=signal.SIGINT),
        Spec("kafka", broker.command(ports["kafka"]), lambda: await_port(ports["kafka"]), env={"RUST_LOG": "warn"}),
        Spec("ldap", [python, "-m", "stack.embedded.directory", str(ldif), str(ports["ldap"])],
             lambda: await_port(ports["ldap"]), cwd=ROOT),
        Spec("oidc", [python, "-m", "gunicorn", "-w", "1", "--threads", "4", "-b", f"127.0.0.1:{ports['oidc']}", "--log-level", "warning",
                      "--no-control-socket", "stack.embedded.provider:create_provider()"],
             lambda: await_http(f"http://127.0.0.1:{ports['oidc']}/healthz"), cwd=ROOT,
             env={**env, "DM_PROVIDER_DATA": str(folder / "provider"), "AUTHLIB_INSECURE_TRANSPORT": "1"}),
    ]


def await_port(port: int, seconds: float = 30) -> None:
    """Returns when something listens on the port; raises the last error after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
