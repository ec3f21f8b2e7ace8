"""Crash points: named places where a process kills itself, so that tests can prove nothing is lost."""

import os
import signal

from settings import settings

_passed: dict[str, int] = {}


def crash_point(name: str) -> None:
    """Kill this process as `kill -9` would, if `reached(name)`."""
    if reached(name):
        os.kill(os.getpid(), signal.SIGKILL)


def reached(name: str) -> bool:
    """Check whether this is the pass that DM_FAULT_POINT asks for.

    It is `name:N` for the Nth pass. Always false without DM_FAULTS=1.
    """
    if not settings().faults:
        return False
    wanted, _, number = settings().fault_point.partition(":")
    if wanted != name:
        return False
    _passed[name] = _passed.get(name, 0) + 1
    return _passed[name] == int(number or 1)
