"""`python -m tests.chaos.wrong_clock 3600 consumers worker orders`: a process of the product whose
clock is so many seconds off.

It sees another time in `time.time` and in the domain's one source of "now"; PostgreSQL and everybody else do not.
"""

import runpy
import sys
import time
from datetime import datetime, timedelta

from models.shared import clock


def set_clock(seconds: float) -> None:
    """From now on this process is so far ahead of the others (or behind)."""
    right, right_now = time.time, clock.now

    def wrong_now() -> datetime:
        return right_now() + timedelta(seconds=seconds)

    time.time, clock.now = (lambda: right() + seconds), wrong_now


if __name__ == "__main__":
    set_clock(float(sys.argv[1]))
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
