"""What this process depends on, and what still works while each dependency is down."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass

from flask import Flask

LIMIT = 1.5
SERVES = 2.0


class NotWell(Exception):
    """Raised by a check that can say what is wrong.

    Administrators see the message, so it must hold no secret.
    """


@dataclass(frozen=True)
class Dependency:
    """A dependency whose `check` raises when it is down.

    Without a `needed` one the process is not ready.
    """

    name: str
    check: Callable[[], object]
    without: str
    needed: bool = False


class Readiness:
    """Check all dependencies in parallel; results are cached for two seconds."""

    def __init__(self) -> None:
        self.dependencies: list[Dependency] = []
        self._last: tuple[float, list[dict[str, object]]] | None = None

    def report(self) -> list[dict[str, object]]:
        """Return an entry per dependency: name, up, and if down the error and what still works."""
        if self._last is None or time.monotonic() - self._last[0] > SERVES:
            self._last = time.monotonic(), self._ask_all()
        return self._last[1]

    def status(self) -> str:
        """Return `ready`, `degraded` (only dependencies that are not needed are down), or `down`."""
        away = {entry["name"] for entry in self.report() if not entry["up"]}
        if any(dependency.needed for dependency in self.dependencies if dependency.name in away):
            return "down"
        return "degraded" if away else "ready"

    def _ask_all(self) -> list[dict[str, object]]:
        pool = ThreadPoolExecutor(max_workers=max(1, len(self.dependencies)))
        futures = [
            (dependency, pool.submit(copy_context().run, dependency.check))
            for dependency in self.dependencies
        ]
        deadline = time.monotonic() + LIMIT
        entries = [_entry(dependency, future, deadline) for dependency, future in futures]
        pool.shutdown(wait=False, cancel_futures=True)
        return entries


def of(app: Flask) -> Readiness:
    """Return the readiness of an app."""
    found: Readiness = app.extensions["readiness"]
    return found


def _entry(dependency: Dependency, future: Future[object], deadline: float) -> dict[str, object]:
    try:
        future.result(timeout=max(0.0, deadline - time.monotonic()))
    except NotWell as error:
        return {
            "name": dependency.name,
            "up": False,
            "error": str(error),
            "still_works": dependency.without,
        }
    except Exception as error:
        return {
            "name": dependency.name,
            "up": False,
            "error": type(error).__name__,
            "still_works": dependency.without,
        }
    return {"name": dependency.name, "up": True}
