"""Processes that end with us, whatever happens to us, and come back when they end by themselves.

The kernel tells a child when the thread that started it dies (PR_SET_PDEATHSIG, prctl(2)); so one thread of ours
starts them all and lives as long as the stack. Not even kill -9 of the supervisor leaves one behind.
"""

import contextlib
import ctypes
import os
import queue
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
KEPT_LINES = 20_000
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class Spec:
    """What to run. `last_word` is the signal that asks it to end; `ready` returns once it serves, or raises."""

    name: str
    command: list[str]
    ready: Callable[[], None]
    env: dict[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    user: str | None = None
    last_word: signal.Signals = signal.SIGTERM
    revive: bool = True


class Process:
    """One running process with its log; comes back after it ends by itself, a little later each time."""

    def __init__(self, spec: Spec, show: Callable[[str, str], None]) -> None:
        self.spec, self.show = spec, show
        self.popen: subprocess.Popen[bytes] | None = None
        self.wanted = False
        self.starts = 0
        self.again_at = 0.0
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)

    @property
    def pid(self) -> int:
        """The process id; 0 while it does not run."""
        return self.popen.pid if self.popen and self.popen.poll() is None else 0

    def spawn(self) -> None:
        """Starts it; only the spawner's thread calls this."""
        self.wanted, self.starts = True, self.starts + 1
        self.popen = subprocess.Popen(
            self.spec.command, env={**clean_environment(), **self.spec.env}, cwd=self.spec.cwd, user=self.spec.user,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
            preexec_fn=lambda: _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL if self.spec.last_word == signal.SIGTERM
                                           else self.spec.last_word))
        threading.Thread(target=self._read, args=(self.popen,), daemon=True, name=f"log-{self.spec.name}").start()

    def end(self, seconds: float = 12) -> None:
        """Asks it to end, and makes it after `seconds`; with its whole group."""
        self.wanted = False
        if self.popen is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.popen.send_signal(self.spec.last_word)
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.show(self.spec.name, f"did not end in {seconds} s, killed")
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait(5)

    def kill(self, how: signal.Signals) -> None:
        """The signal, to the whole group; it stays as it is until it is started again."""
        self.wanted = False
        if self.popen:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.popen.pid, how)
            if how == signal.SIGKILL:
                self.popen.wait(5)

    def _read(self, popen: subprocess.Popen[bytes]) -> None:
        assert popen.stdout
        for raw in popen.stdout:
            line = raw.decode(errors="replace").rstrip()
            self.lines.append(line)
            self.show(self.spec.name, line)


class Spawner(threading.Thread):
    """The one thread that starts processes, and starts them again when they end by themselves."""

    def __init__(self, show: Callable[[str, str], None]) -> None:
        super().__init__(daemon=True, name="spawner")
        self.show = show
        self.watched: list[Process] = []
        self.orders: queue.Queue[tuple[Callable[[], Any], Future[Any]] | None] = queue.Queue()

    def run(self) -> None:
        """Carries out orders; looks after the processes five times a second."""
        while True:
            try:
                order = self.orders.get(timeout=0.2)
            except queue.Empty:
                self._revive()
                continue
            if order is None:
                return
            work, future = order
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)

    def spawn(self, process: Process) -> None:
        """Starts it from this thread, and waits until that is done; raises what starting raised."""
        if process not in self.watched:
            self.watched.append(process)
        future: Future[None] = Future()
        self.orders.put((process.spawn, future))
        future.result(20)

    def _revive(self) -> None:
        for process in self.watched:
            if not process.wanted or not process.spec.revive or process.pid:
                process.again_at = 0.0 if process.pid else process.again_at
                continue
            if not process.again_at:
                assert process.popen
                self.show(process.spec.name, f"ended with {process.popen.returncode}, comes back")
                process.again_at = time.monotonic() + min(0.2 * 2 ** min(process.starts, 5), 5)
            elif time.monotonic() >= process.again_at:
                process.again_at = 0.0
                process.spawn()


def await_http(address: str, seconds: float = 60) -> None:
    """Returns when `address` answers 200; raises TimeoutError with the last answer."""
    import httpx

    deadline, last = time.monotonic() + seconds, "nothing"
    while time.monotonic() < deadline:
        try:
            answer = httpx.get(address, timeout=2, trust_env=False)
            if answer.status_code == 200:
                return
            last = f"{answer.status_code} {answer.text[:300]}"
        except httpx.HTTPError as error:
            last = repr(error)
        time.sleep(0.05)
    raise TimeoutError(f"{address} is not ready after {seconds} s: {last}")


def clean_environment() -> dict[str, str]:
    """Ours without settings of the product, which the stack decides."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DM_")}
    return {**kept, "PYTHONUNBUFFERED": "1"}
