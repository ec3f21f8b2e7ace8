"""From a sales person's click on "Place order" to the manager's bell, next to the sum of the bare hops.

`python -m tests.benchmarks.click_to_bell [CLICKS]`: the real processes on an embedded PostgreSQL and broker;
another browser's stream receives. The bare hops of the same way (three commits with NOTIFY, two times produce to
consume, one write to a socket) are measured in the same run with nothing of ours around them.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.bare_hops import commit_and_notify, produce_and_consume, write_to_socket
from tests.benchmarks.office_under_test import Office
from tests.benchmarks.results import EMPTY, tell

CLICKS, WARM_UP = 150, 15
NAMES = ("commit and NOTIFY", "produce to consume", "write to a socket")
HOPS = (3, 2, 1)  # of each, from the click to the bell


def main(clicks: int) -> None:
    """Tell both distributions and their ratios."""
    with tempfile.TemporaryDirectory(prefix="dm-bench-") as folder, Office(Path(folder)) as office:
        ours = milliseconds(measure_clicks(office), clicks)
        bare = [
            milliseconds(commit_and_notify(office.admin_dsn), clicks),
            milliseconds(produce_and_consume(office.broker), clicks),
            milliseconds(write_to_socket(), clicks),
        ]
    for rank in (50, 99):
        hops = sum(times * percentile(found, rank) for times, found in zip(HOPS, bare, strict=True))
        took = percentile(ours, rank)
        tell(f"Click to bell, p{rank} of {clicks}", f"{took:.1f} ms", f"{hops:.1f} ms", took / hops)
    for name, times, found in zip(NAMES, HOPS, bare, strict=True):
        tell(f"Bare: {name} ({times} of them), p50", EMPTY, f"{percentile(found, 50):.1f} ms")


def measure_clicks(office: Office) -> Callable[[], float]:
    """One click: the order is posted by one person, and the time taken until another's stream has it."""
    bell, browser = office.listen_to("michael.scott"), office.browser_of("jim.halpert")

    def click() -> float:
        heard = len(bell.of("inbox"))
        began = time.perf_counter()
        office.place_order(browser)
        bell.await_message("inbox", heard + 1)
        return bell.received_at[-1] - began

    return click


def milliseconds(once: Callable[[], float], count: int) -> list[float]:
    """`count` measurements at light load, after some that are thrown away."""
    found = []
    for _ in range(count + WARM_UP):
        time.sleep(random.uniform(0.05, 0.15))
        found.append(once() * 1000)
    return found[WARM_UP:]


def percentile(found: list[float], rank: int) -> float:
    """The value below which `rank` per cent lie."""
    return statistics.quantiles(found, n=100)[rank - 1]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CLICKS)
