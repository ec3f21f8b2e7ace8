"""Named points at which a process dies on purpose, so that tests can prove what a crash costs (nothing)."""

import os
import signal

from settings import settings

_passed: dict[str, int] = {}


def crash_point(name: str) -> None:
    """Dies here as by `kill -9` where DM_FAULTS=1 and DM_FAULT_POINT is `name:N` and this is the Nth
    passing."""
    if reached(name):
        os.kill(os.getpid(), signal.SIGKILL)


def reached(name: str) -> bool:
    """Whether this is the passing of the point that DM_FAULT_POINT names; never without DM_FAULTS=1."""
    if not settings().faults:
        return False
    wanted, _, number = settings().fault_point.partition(":")
    if wanted != name:
        return False
    _passed[name] = _passed.get(name, 0) + 1
    return _passed[name] == int(number or 1)
