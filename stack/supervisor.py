"""Starts, awaits, watches and ends everything: the servers around the product, and the product itself."""

import fcntl
import hashlib
import json
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

from stack import application, ports
from stack.embedded import servers
from stack.processes import Process, Spawner, Spec

ROOT = Path(__file__).parents[1]
Show = Callable[[str, str], None]


class Stack:
    """The embedded stack in a data folder. As a context manager it runs within the block.

    `url` is the product's address, `env` the settings (DM_*) of its processes, `processes` has each by name.
    Raises SystemExit with a sentence when another one runs over the same folder.
    """

    def __init__(self, folder: Path, *, seed: bool = False, env: dict[str, str] | None = None,
                 show: Show = lambda _name, _line: None, say: Callable[[str], None] = lambda _words: None) -> None:
        self.folder, self.seed, self.show, self.say = folder.resolve(), seed, show, say
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)  # PostgreSQL, as another user when we are root, passes through
        self._lock = _only_one(self.folder / "lock")
        self.ports = ports.choose(self.folder)
        self.admin_password = _secret(self.folder / "admin-password")
        self.trace_file = self.folder / "trace.jsonl"
        self.env = {**self._settings(), **(env or {})}
        self.url = self.env["DM_PUBLIC_URL"]
        self.admin_dsn = f"postgresql://postgres:{self.admin_password}@127.0.0.1:{self.ports['postgres']}"
        self.spawner = Spawner(show)
        self.processes: dict[str, Process] = {}

    def __enter__(self) -> Self:
        try:
            self.start_all()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start_all(self) -> None:
        """Everything, in the order of need; raises TimeoutError naming what did not come."""
        self.start_servers()
        self.prepare_database()
        self.say("Starting the product")
        self._start(application.specs(self.ports, self.env))

    def start_servers(self) -> None:
        """PostgreSQL, broker, directory and provider, side by side."""
        self.say("Starting PostgreSQL, the broker, the directory and the provider")
        self.spawner.start()
        self._start(servers.specs(self.folder, self.ports, self.env, self.admin_password))

    def prepare_database(self) -> None:
        """Roles, schemas and migrations when they changed since last time; the seed the first time."""
        done, now = self.folder / "prepared", _fingerprint()
        if not done.exists() or done.read_text() != now:
            self.say("Bringing the database up to date")
            self._run("-m", "stack.database", self.admin_dsn)
            self._run("-m", "alembic", "-c", "migrations/alembic.ini", "upgrade", "head")
            done.write_text(now)
        seeded = self.folder / "seeded"
        if self.seed and not seeded.exists():
            self.say("Making eight weeks of history (the first time only)")
            self._run("-m", "stack.seed")
            seeded.touch()

    def stop(self) -> None:
        """Ends the product first, then the servers; leaves no process and no lock."""
        names = list(self.processes)
        with ThreadPoolExecutor(8) as pool:
            own = [name for name in names if name.startswith(("web", "worker", "relay"))]
            for group in (own, [name for name in names if name not in own]):
                list(pool.map(lambda name: self.processes[name].end(), group))
        self.spawner.orders.put(None)
        self._lock.close()

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        """The signal to one part; it stays down (or frozen) until `start`, or SIGCONT."""
        self.processes[name].kill(how)

    def start(self, name: str) -> None:
        """Starts a part that was killed, and waits until it serves."""
        self.spawner.spawn(self.processes[name])
        self.processes[name].spec.ready()

    def restart(self, name: str) -> None:
        """Ends a part in peace and starts it again."""
        self.processes[name].end()
        self.start(name)

    def log(self, name: str) -> str:
        """What the part wrote so far."""
        return "\n".join(self.processes[name].lines)

    @staticmethod
    def wait_until(true: Callable[[], Any], seconds: float = 20) -> Any:
        """What `true` gives once it is; raises TimeoutError after `seconds`."""
        deadline = time.monotonic() + seconds
        while not (value := true()):
            if time.monotonic() > deadline:
                raise TimeoutError("it did not become true")
            time.sleep(0.05)
        return value

    def _start(self, specs: list[Spec]) -> None:
        for spec in specs:
            self.processes[spec.name] = Process(spec, self.show)
            self.spawner.spawn(self.processes[spec.name])
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda spec: spec.ready(), specs))

    def _run(self, *arguments: str) -> None:
        from stack.processes import clean_environment

        done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env={**clean_environment(), **self.env}, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for line in done.stdout.splitlines():
            self.show("set-up", line)
        if done.returncode:
            raise SystemExit(f"Setting up failed at: {' '.join(arguments)}\n{done.stdout[-2000:]}")

    def _settings(self) -> dict[str, str]:
        at = {name: f"127.0.0.1:{port}" for name, port in self.ports.items()}
        return {
            "DM_DATABASE_URL": f"postgresql://{at['postgres']}/dundermifflin", "DM_KAFKA_BOOTSTRAP": at["kafka"],
            "DM_KAFKA_FETCH_WAIT_MS": "10", "DM_OIDC_ISSUER": f"http://{at['oidc']}", "DM_LDAP_URL": f"ldap://{at['ldap']}",
            "DM_PUBLIC_URL": f"http://{at['web']}", "DM_BIND": at["web"], "DM_INTERNAL_BIND": at["internal"],
            "DM_EMBEDDED": "1",
        }


def _only_one(path: Path) -> Any:
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the kernel frees it when we end, however we end
    except BlockingIOError:
        raise SystemExit(f"Another one already runs over {path.parent.name}. End it first.") from None
    return lock


def _secret(path: Path) -> str:
    if not path.exists():
        path.touch(0o600)
        path.write_text(secrets.token_hex(16))
    return path.read_text()


def _fingerprint() -> str:
    files = sorted((*ROOT.glob("migrations/**/*.py"), ROOT / "stack" / "roles.toml", ROOT / "stack" / "database.py"))
    return hashlib.sha256(json.dumps([[file.name, file.read_text()] for file in files]).encode()).hexdigest()


def forget(folder: Path) -> None:
    """Removes all data of the stack in `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
