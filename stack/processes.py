"""One child process of the supervisor: bound to its parent's life, logged, watched, restarted with back-off."""

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
    """A process was not ready in time; its last words are a note."""


@dataclass
class Plan:
    """What to run and how to know that it is ready."""

    name: str
    command: list[str]
    is_ready: Callable[[], bool]
    env: dict[str, str] = field(default_factory=dict)
    folder: Path | None = None
    stop_signal: int = signal.SIGTERM
    orphan_signal: int = signal.SIGKILL  # what the kernel sends it when the supervisor is gone
    patience: float = 60  # seconds within which it has to be ready
    niceness: int = 0  # above 0 it stands back where processors are scarce


class Process:
    """A plan and the process that carries it out. Not restarted by the watch after `kill` or `stop`."""

    def __init__(self, plan: Plan, log_file: Path, sink: Sink | None = None) -> None:
        self.plan, self.log_file, self.sink = plan, log_file, sink
        self.child: subprocess.Popen[str] | None = None
        self.is_wanted = False
        self.is_watched = False  # whether somebody starts it again when it dies
        self.restarts, self.next_try, self.started_at = 0, 0.0, 0.0

    @property
    def name(self) -> str:
        return self.plan.name

    @property
    def pid(self) -> int:
        """Process id; raises AssertionError when it was never started."""
        assert self.child is not None, f"{self.name} was not started"
        return self.child.pid

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.child is not None and self.child.poll() is None

    def start(self) -> "Process":
        """Starts it unless it runs. Call `wait_ready` to know that it serves."""
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
        """Returns when it is ready.

        Raises DidNotStart after its patience, or at once when nobody will start it again.
        """
        deadline = time.monotonic() + self.plan.patience
        while not (self.is_alive() and self.plan.is_ready()):
            if not self.is_alive() and not (self.is_wanted and self.is_watched):
                raise self.did_not_start("ended at once")
            if time.monotonic() > deadline:
                raise self.did_not_start(f"is not ready after {self.plan.patience:.0f} s")
            time.sleep(0.03)
        return self

    def did_not_start(self, what: str) -> DidNotStart:
        """What became of it as an error: the cause from its last words, and where its log lies."""
        if self.child and not self.is_alive():
            self._pumped.wait(2)
        words = self.last_words()
        cause, step = explain(words)
        return DidNotStart(f"{self.name} {what}: {cause}", step, self.log_file, words)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Sends the signal and leaves it down until `start`. After SIGKILL, returns when it is gone."""
        self.is_wanted = False
        self._signal(number)
        if number == signal.SIGKILL and self.child:
            self.child.wait()

    def restart(self) -> "Process":
        """Ends it as the supervisor would, starts it and waits until it is ready."""
        self.ask_to_stop()
        self.await_end()
        return self.start().wait_ready()

    def ask_to_stop(self) -> None:
        """Sends the stop signal; `await_end` waits."""
        self.is_wanted = False
        self._signal(self.plan.stop_signal)

    def await_end(self, seconds: float = 13) -> None:
        """Returns when it and its whole group are gone, by force after `seconds`."""
        if self.child is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.child.wait(seconds)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def revive(self, now: float) -> bool:
        """Starts it again when it died unasked, later each time (0.5 to 10 s). True when it did."""
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
        """The end of its log."""
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
                ):  # a full disk ends no child
                    kept.write(line)
                if self.sink:
                    self.sink(self.name, line.rstrip("\n"))
        is_done.set()


def without_traceback(sink: Sink | None) -> Sink | None:
    """The sink of a command that ends by itself: its traceback is in its log, and the failure is one line."""
    is_over = False

    def show(name: str, line: str) -> None:
        nonlocal is_over
        is_over = is_over or line.startswith("Traceback (most recent call last)")
        if sink and not is_over:
            sink(name, line)

    return show


def clean_environment() -> dict[str, str]:
    """Ours without settings of the product, which the stack decides: UTF-8 everywhere, and loopback by no proxy."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("DM_")}
    return {**ours, **without_proxy(ours), "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}


def without_proxy(env: Mapping[str, str]) -> dict[str, str]:
    """NO_PROXY so that our own servers are reached directly, whatever proxy is set for the rest of the world."""
    given = env.get("NO_PROXY") or env.get("no_proxy") or ""
    names = ",".join(filter(None, (given, LOOPBACK)))
    return {"NO_PROXY": names, "no_proxy": names}


def begin_as_planned(orphan_signal: int, niceness: int) -> None:
    """In a child, before it becomes its program: bound to its parent's life, and as modest as it is to be."""
    bind_to_parent(orphan_signal)
    os.nice(niceness)


def bind_to_parent(orphan_signal: int) -> None:
    """In a child, before it becomes its program: the kernel sends it this signal when the parent is gone."""
    _libc.prctl(_PR_SET_PDEATHSIG, orphan_signal, 0, 0, 0)
