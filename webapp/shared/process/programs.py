"""Run another program and wait for its answer, while other requests are served.

This is the only way to start a process in the web server. gevent's `subprocess` forks in Python, and
the hooks of `os.register_at_fork` run in the copy before the program starts. A hook that waits there
(the tracing SDK starts threads) lets the copy's event loop run other people's requests on the very
connections that the server uses, so that an answer reaches the wrong query. `posix_spawn` copies
nothing and runs no hook.
"""

import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from gevent import monkey

log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[3]
LOOK_EVERY = 0.01
_posix_spawn: Callable[..., int] = monkey.get_original("os", "posix_spawn")
_waitpid: Callable[[int, int], tuple[int, int]] = monkey.get_original("os", "waitpid")


def run_module(module: str, data: bytes, *, seconds: float) -> bytes:
    """Return what `python -m MODULE` writes when it is given `data`.

    Raises subprocess.TimeoutExpired after `seconds`, when the program has been killed, and
    subprocess.CalledProcessError if it fails; the last line of its errors is logged. Under gevent,
    other requests are served meanwhile.
    """
    command = [sys.executable, "-m", module]
    ends = time.monotonic() + seconds
    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as answer,
        tempfile.TemporaryFile() as errors,
    ):
        given.write(data)
        given.seek(0)
        pid, status = _start(command, given, answer, errors), None
        try:
            while (status := _status_of(pid)) is None:
                if time.monotonic() > ends:
                    raise subprocess.TimeoutExpired(command, seconds)
                time.sleep(LOOK_EVERY)
        finally:
            if status is None:
                os.kill(pid, signal.SIGKILL)
                _waitpid(pid, 0)
        if status:
            errors.seek(0)
            log.warning("%s ended with status %d: %s", module, status, _last_line(errors.read()))
            raise subprocess.CalledProcessError(status, command)
        answer.seek(0)
        return answer.read()


def _start(command: list[str], *streams: IO[bytes]) -> int:
    """Start the program with these as its standard streams; return its process id."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return _posix_spawn(
        command[0],
        command,
        {**os.environ, "PYTHONPATH": path},
        file_actions=[
            (os.POSIX_SPAWN_DUP2, stream.fileno(), n) for n, stream in enumerate(streams)
        ],
    )


def _status_of(pid: int) -> int | None:
    """Return the exit code of a process that has ended, negative for a signal; None while it runs."""
    ended, status = _waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _last_line(said: bytes) -> str:
    """Return at most 300 characters of the last line: of a traceback, the exception."""
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "nothing said"
