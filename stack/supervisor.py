"""A whole stack as one object: `with Stack(folder) as stack:` runs it until the block ends.

Everything it holds dies with it: however the supervisor ends, the kernel signals every child and
releases the lock on the folder.
"""

import fcntl
import hashlib
import os
import secrets
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from stack import ports, seed_cache, services
from stack.embedded import postgres
from stack.failures import Failure
from stack.processes import Process, Say, Sink, without_traceback
from stack.services import PRODUCT, ROOT, SERVERS

# Unsafe but fast, while the company is built: if that is interrupted, the next start begins afresh.
HASTE = tuple(
    part
    for option in ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "wal_recycle=off")
    for part in ("-c", option)
)


class AlreadyRunning(Failure):
    """Another supervisor holds the folder."""


class Stack:
    """The servers (`embedded` or `native`) and the product on them.

    `processes` maps names to processes; `settings_env` holds the settings they run with.
    """

    def __init__(
        self,
        folder: Path,
        *,
        seed: bool = False,
        only: Iterable[str] = (*SERVERS, *PRODUCT),
        preferred: dict[str, int] | None = None,
        env: dict[str, str] | None = None,
        sink: Sink | None = None,
        say: Say = lambda _: None,
        servers: str = "embedded",
        orders: int = seed_cache.ORDERS,
    ) -> None:
        self.folder, self.seeds, self.only = folder.resolve(), seed, tuple(only)
        self.orders = orders
        self.preferred, self.extra, self.sink, self.say = preferred, env or {}, sink, say
        self.servers = services.servers_named(servers)
        self.processes: dict[str, Process] = {}
        self._held: dict[str, socket.socket] = {}
        self._making_company = ExitStack()
        self._company: Path | None = None  # where to cache the company once it is built
        self._ending = threading.Event()

    def __enter__(self) -> "Stack":
        try:
            return self.start_all()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Address of the product."""
        return self.settings_env["DM_PUBLIC_URL"]

    @property
    def trace_file(self) -> str:
        """Path of the file that receives spans, or an empty string."""
        return self.settings_env.get("DM_TRACE_FILE", "")

    def start_all(self) -> "Stack":
        """Start what `only` names and wait until each process is ready."""
        self.servers.make_ready(self.say)
        self._take_folder()
        self._held = ports.choose(self.folder / "ports.json", self.preferred)
        self.ports = {name: ports.number(held) for name, held in self._held.items()}
        ours = {
            *self.only,
            *(["internal"] if "web" in self.only else []),
            *(["controller"] if "kafka" in self.only else []),
        }
        self._let_go(*(set(self.ports) - ours))
        self.settings_env = {
            **services.environment(self.servers, self.ports, self.folder),
            **self.extra,
        }
        if "postgres" in self.only:
            self._restore_company()
        self.admin_dsn = (
            f"postgresql://postgres:{self._admin_password()}@127.0.0.1:{self.ports['postgres']}"
        )
        if "postgres" in self.only:
            self.servers.initialise_database(self.folder, self._admin_password())
            postgres.forget_dead_server(postgres.data_folder(self.folder))
        for name, plan in services.plans(
            self.servers, self.ports, self.folder, self.extra, self.only
        ).items():
            if name == "jobs" and self.settings_env.get("DM_SNAPSHOT_FOLDER"):
                plan.env["DM_SNAPSHOT_DSN"] = self.admin_dsn
            if name == "postgres" and self._company:
                plan.command = [*plan.command, *HASTE]
            self.processes[name] = Process(plan, self.folder / "logs" / f"{name}.log", self.sink)
        self._start_all()
        for process in self.processes.values():
            process.is_watched = True
        threading.Thread(target=self._watch, daemon=True, name="watch").start()
        return self

    def stop(self) -> None:
        """Stop every process, the product first. Safe to call again."""
        self._ending.set()
        for group in (PRODUCT, ("ldap", "oidc", "kafka"), ("postgres",)):
            ours = [self.processes[name] for name in group if name in self.processes]
            for process in ours:
                process.ask_to_stop()
            for process in ours:
                process.await_end()
        self._let_go(*self._held)
        ports.release(getattr(self, "ports", {}).values())
        self._making_company.close()
        if hasattr(self, "_lock"):
            self._lock.close()

    def process(self, name: str) -> Process:
        """Return a process by name; a worker's name may start with `worker-`."""
        return self.processes[name.removeprefix("worker-")]

    def kill(self, name: str, how: int = signal.SIGKILL) -> None:
        """Send a signal to a process; it stays down (or frozen, until SIGCONT) until `start`."""
        self.process(name).kill(how)

    def start(self, name: str) -> None:
        """Start a process that was killed and wait until it is ready."""
        self.process(name).start().wait_ready()

    def restart(self, name: str) -> None:
        """Stop a process gracefully, start it and wait until it is ready."""
        self.process(name).restart()

    @staticmethod
    def wait_until(true: Callable[[], Any], seconds: float = 20) -> Any:
        """Return the first truthy result of `true`. Raises TimeoutError after `seconds`."""
        deadline = time.monotonic() + seconds
        while not (value := true()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"it did not happen within {seconds:.0f} s")
            time.sleep(0.05)
        return value

    def log(self, name: str) -> str:
        """Return everything a process has written since the stack started."""
        return self.process(name).log_file.read_text(errors="replace")

    def _start_all(self) -> None:
        is_prepared = "postgres" not in self.only or self._fingerprint() == _text(
            self.folder / "prepared"
        )
        if not is_prepared:
            self._begin(
                ("postgres", "kafka", "ldap")
            )  # not the provider: it may keep its tables in the database
            self._prepare()
        if self.seeds_now():
            self._begin(SERVERS)
            self._seed()
        if "web" in self.processes:
            self._open_door()
        self._begin((*SERVERS, *PRODUCT))
        for process in self.processes.values():
            process.wait_ready()

    def _open_door(self) -> None:
        door = (
            "postgres",
            "oidc",
            "web",
        )  # all that the sign-in page needs; other processes would compete for the CPU
        self._begin(door)
        for name in door:
            self.processes[name].wait_ready()
        self.say(f"The sign-in page is ready at {self.url}")

    def _begin(self, names: Iterable[str]) -> None:
        for name in names:
            if name in self.processes:
                self._let_go(name, *{"web": ["internal"], "kafka": ["controller"]}.get(name, []))
                self.processes[name].start()

    def _let_go(self, *names: str) -> None:
        for name in names:
            if held := self._held.pop(name, None):
                held.close()

    def seeds_now(self) -> bool:
        """Check whether this start has to create the demo's history."""
        return self.seeds and "web" in self.only and not (self.folder / "seeded").exists()

    def _restore_company(self) -> None:
        """Copy the company from the cache.

        If there is no copy, other stacks wait until this start has built one.
        """
        data = postgres.data_folder(self.folder)
        if self.servers.NAME != "embedded" or not self.seeds_now() or data.exists():
            return
        self._making_company.enter_context(seed_cache.locked())
        (self.folder / "seeding").touch()
        kept = seed_cache.place(self.orders)
        if seed_cache.restore(kept, self.folder):
            self.say("Copied eight weeks of history from the cache")
            (self.folder / "seeding").unlink()
            self._making_company.close()
        else:
            self._company = kept

    def _keep_company(self, place: Path) -> None:
        """Cache the company after a successful seed, for the next folder that needs it."""
        database = self.processes["postgres"]
        database.ask_to_stop()
        database.await_end()
        os.sync()
        seed_cache.keep(self.folder, place)
        database.plan.command = database.plan.command[: -len(HASTE)]
        database.start().wait_ready()

    def _prepare(self) -> None:
        self.say("Preparing the database")
        self.processes["postgres"].wait_ready()
        self._run("stack.prepare", DM_ADMIN_DSN=self.admin_dsn)
        (self.folder / "prepared").write_text(self._fingerprint())

    def _seed(self) -> None:
        if not (ROOT / "stack/seed/__main__.py").exists():
            return
        self.say("Creating eight weeks of history (once; this takes a moment)")
        (self.folder / "seeding").touch()
        for server in SERVERS:
            self.processes[server].wait_ready()
        self._run("stack.seed", str(self.orders))
        (self.folder / "seeded").touch()
        if self._company:
            self._keep_company(self._company)
            self._making_company.close()
        (self.folder / "seeding").unlink()

    def _run(self, module: str, *words: str, **extra: str) -> None:
        env = {"PYTHONPATH": str(ROOT), **self.settings_env, **extra}
        plan = services.command_plan(module, env, *words)
        log = self.folder / "logs" / f"{module}.log"
        done = Process(plan, log, without_traceback(self.sink)).start()
        assert done.child is not None
        if done.child.wait() != 0:
            raise done.did_not_start("failed")

    def _watch(self) -> None:
        while not self._ending.wait(0.2):
            for process in self.processes.values():
                if process.revive(time.monotonic()):
                    self.say(f"{process.name} ended unexpectedly and was restarted")

    def _take_folder(self) -> None:
        if (self.folder / "seeding").exists():
            self.say("The last start was interrupted while it created the history; starting over")
            discard(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = (self.folder / "lock").open("w")
        _hold(self._lock, self.folder)
        shutil.rmtree(self.folder / "logs", ignore_errors=True)
        (self.folder / "logs").mkdir()
        if not (self.folder / "directory.ldif").exists():
            shutil.copy(ROOT / "stack/directory.ldif", self.folder)

    def _admin_password(self) -> str:
        path = self.folder / "postgres-password"
        if not path.exists():
            path.touch(0o600)
            path.write_text(secrets.token_hex(16))
        return path.read_text()

    def _fingerprint(self) -> str:
        roles = (ROOT / "areas.py", ROOT / "stack/roles.toml")
        given = (*sorted((ROOT / "migrations").rglob("*.py")), *roles)
        return hashlib.sha256(b"".join(path.read_bytes() for path in given)).hexdigest()


def discard(folder: Path) -> None:
    """Remove all data of the stack in `folder`. Raises AlreadyRunning while one runs there."""
    if not folder.exists():
        return
    with (folder / "lock").open("w") as lock:
        _hold(lock, folder)
        shutil.rmtree(folder)


def _hold(lock: IO[str], folder: Path) -> None:
    try:
        fcntl.flock(
            lock, fcntl.LOCK_EX | fcntl.LOCK_NB
        )  # the kernel releases it however this process ends
    except BlockingIOError:
        raise AlreadyRunning(
            f"A stack already runs on {folder}", "Stop it first (Ctrl-C)"
        ) from None


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""
