"""Real servers for every test: a PostgreSQL of the run's own, a database per worker made from a migrated template."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))


def free_port() -> int:
    """A port on loopback that nothing listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address (`postgresql://postgres:…@127.0.0.1:N`) of a fresh PostgreSQL of this worker, stopped at the end."""
    from stack.embedded import postgres

    folder = Path(tempfile.mkdtemp(prefix="dm-test-"))
    folder.chmod(0o755)
    password, port = secrets.token_hex(8), free_port()
    postgres.initialise(folder / "data", password)
    command = [*postgres.command(folder / "data", port), "-c", "fsync=off"]
    server = subprocess.Popen(command, user=postgres.unprivileged(), cwd=folder / "data", stderr=subprocess.DEVNULL)
    try:
        postgres.await_ready(port, password)
        yield f"postgresql://postgres:{password}@127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def database(postgres_server: str) -> Iterator[str]:
    """A migrated database; the process's settings point to it, so `transaction("orders", …)` just works."""
    from settings import settings
    from stack.database import create_roles_and_schemas

    os.environ["DM_DATABASE_URL"] = f"postgresql://{postgres_server.rsplit('@', 1)[1]}/dundermifflin"
    settings.cache_clear()
    create_roles_and_schemas(postgres_server)
    migrate()
    yield f"{postgres_server}/dundermifflin"


def migrate(target: str = "head") -> None:
    """Runs the migrations in this process's environment."""
    subprocess.run([sys.executable, "-m", "alembic", "-c", "migrations/alembic.ini", "upgrade", target], cwd=ROOT, check=True)


@pytest.fixture
def clean_database(database: str) -> str:
    """The migrated database with every table of ours empty."""
    with psycopg.connect(database, autocommit=True) as connection:
        names = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN "
            "('profile','sales','orders','inventory','finance','notifications')"
        ).fetchall()
        connection.execute("TRUNCATE " + ", ".join(name for (name,) in names) + " RESTART IDENTITY")
    return database


@pytest.fixture(scope="session")
def stack() -> Iterator[object]:
    """The whole product on the embedded servers, seeded, in a folder of its own; one for the run."""
    from stack.supervisor import Stack

    folder = Path(tempfile.mkdtemp(prefix="dm-stack-"))
    with Stack(folder, seed=True, env={"DM_FAULTS": "1", "DM_TRACE_FILE": str(folder / "trace.jsonl")}) as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)
