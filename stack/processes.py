"""A child process of the supervisor: tied to its parent's life, logged, restarted with back-off."""

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from stack.failures import Failure, explain

Sink = Callable[[str, str], None]
Say = Callable[[str], None]
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)  # loaded before any fork


LOOPBACK = "127.0.0.1,localhost,::1"


class DidNotStart(Failure):
    """A process was not ready in time; its last output is attached as a note."""


@dataclass
class Plan:
    """What to run and how to tell that it is ready."""

    name: str
    command: list[str]
    is_ready: Callable[[], bool]
    env: dict[str, str] = field(default_factory=dict)
    folder: Path | None = None
    stop_signal: int = signal.SIGTERM
    orphan_signal: int = signal.SIGKILL  # sent by the kernel when the supervisor is gone
    patience: float = 60  # seconds within which it must be ready
    niceness: int = 0  # above 0 it yields when processors are scarce


class Process:
    """A plan and its running process. After `kill` or `stop` it is not restarted automatically."""

    def __init__(self, plan: Plan, log_file: Path, sink: Sink | None = None) -> None:
        self.plan, self.log_file, self.sink = plan, log_file, sink
        self.child: subprocess.Popen[str] | None = None
        self.is_wanted = False
        self.is_watched = False  # whether the supervisor restarts it when it dies
        self.restarts, self.next_try, self.started_at = 0, 0.0, 0.0

    @property
    def name(self) -> str:
        return self.plan.name

    @property
    def pid(self) -> int:
        """The process id. Raises AssertionError if it was never started."""
        assert self.child is not None, f"{self.name} was not started"
        return self.child.pid

    def is_alive(self) -> bool:
        """Check whether it is running."""
        return self.child is not None and self.child.poll() is None

    def start(self) -> "Process":
        """Start it unless it is running. `wait_ready` waits until it serves."""
        self.is_wanted = True
        if self.is_alive():
            return self
        plan = self.plan
        self.child = subprocess.Popen(
            plan.command,
            env={**clean_environment(), **plan.env},
            cwd=plan.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=lambda: begin_as_planned(plan.orphan_signal, plan.niceness),
        )
        self.started_at, self._pumped = time.monotonic(), threading.Event()
        threading.Thread(
            target=self._pump,
            args=(self.child, self._pumped),
            daemon=True,
            name=f"log-{self.name}",
        ).start()
        return self

    def wait_ready(self) -> "Process":
        """Wait until it is ready.

        Raises DidNotStart after its patience, or at once if it died and nobody will restart it.
        """
        deadline = time.monotonic() + self.plan.patience
        while not (self.is_alive() and self.plan.is_ready()):
            if not self.is_alive() and not (self.is_wanted and self.is_watched):
                raise self.did_not_start("ended immediately")
            if time.monotonic() > deadline:
                raise self.did_not_start(f"is not ready after {self.plan.patience:.0f} s")
            time.sleep(0.03)
        return self

    def did_not_start(self, what: str) -> DidNotStart:
        """Return its failure as an error: the cause from its last output, and the path of its log."""
        if self.child and not self.is_alive():
            self._pumped.wait(2)
        words = self.last_words()
        cause, step = explain(words)
        return DidNotStart(f"{self.name} {what}: {cause}", step, self.log_file, words)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal and leave it down until `start`. After SIGKILL, wait until it is gone."""
        self.is_wanted = False
        self._signal(number)
        if number == signal.SIGKILL and self.child:
            self.child.wait()

    def restart(self) -> "Process":
        """Stop it as the supervisor would, start it and wait until it is ready."""
        self.ask_to_stop()
        self.await_end()
        return self.start().wait_ready()

    def ask_to_stop(self) -> None:
        """Send the stop signal; `await_end` waits."""
        self.is_wanted = False
        self._signal(self.plan.stop_signal)

    def await_end(self, seconds: float = 13) -> None:
        """Wait until it and its process group are gone, killing them after `seconds`."""
        if self.child is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.child.wait(seconds)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def revive(self, now: float) -> bool:
        """Restart it if it died unasked, with growing delay (0.5 to 10 s). Return whether it did."""
        if not self.is_wanted or self.is_alive():
            return False
        if not self.next_try:
            if now - self.started_at > 60:
                self.restarts = 0
            self.next_try = now + min(10.0, 0.5 * 2**self.restarts)
        if now < self.next_try:
            return False
        self.restarts, self.next_try = self.restarts + 1, 0.0
        self.start()
        return True

    def last_words(self, lines: int = 15) -> str:
        """Return the end of its log."""
        if not self.log_file.exists():
            return ""
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])

    def _signal(self, number: int) -> None:
        if self.is_alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def _pump(self, child: "subprocess.Popen[str]", is_done: threading.Event) -> None:
        assert child.stdout is not None
        with child.stdout as lines:
            for line in lines:
                with (
                    suppress(OSError),
                    self.log_file.open("a") as kept,
                ):  # a full disk must not kill the child
                    kept.write(line)
                if self.sink:
                    self.sink(self.name, line.rstrip("\n"))
        is_done.set()


def without_traceback(sink: Sink | None) -> Sink | None:
    """Wrap the sink of a one-off command to drop its traceback, which is in its log anyway."""
    is_over = False

    def show(name: str, line: str) -> None:
        nonlocal is_over
        is_over = is_over or line.startswith("Traceback (most recent call last)")
        if sink and not is_over:
            sink(name, line)

    return show


def clean_environment() -> dict[str, str]:
    """Return our environment without DM_* settings, which the stack decides.

    UTF-8 is set everywhere, and loopback bypasses any proxy.
    """
    ours = {name: value for name, value in os.environ.items() if not name.startswith("DM_")}
    return {**ours, **without_proxy(ours), "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}


def without_proxy(env: Mapping[str, str]) -> dict[str, str]:
    """Return NO_PROXY variables with which our own servers are reached directly."""
    given = env.get("NO_PROXY") or env.get("no_proxy") or ""
    names = ",".join(filter(None, (given, LOOPBACK)))
    return {"NO_PROXY": names, "no_proxy": names}


def begin_as_planned(orphan_signal: int, niceness: int) -> None:
    """Set parent-death signal and niceness; runs in the child before exec."""
    bind_to_parent(orphan_signal)
    os.nice(niceness)


def bind_to_parent(orphan_signal: int) -> None:
    """Ask the kernel for this signal when the parent dies; runs in the child before exec."""
    _libc.prctl(_PR_SET_PDEATHSIG, orphan_signal, 0, 0, 0)
