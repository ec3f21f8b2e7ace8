"""The soak's verdict: what leaks is found, what is only busy is not."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.soak.samples import Sampler, judge, read_processes, slope

LEAKS = """
import threading, time
kept = []
while True:
    kept.append((bytearray(2**20), open("/dev/null"), threading.Thread(target=time.sleep, args=(60,), daemon=True)))
    kept[-1][0][::4096] = b"x" * 256
    kept[-1][2].start()
    time.sleep(0.02)
"""
BUSY = """
import time
while True:
    kept = bytearray(2**20 * 3)
    kept[::4096] = b"x" * 768
    open("/dev/null").close()
    time.sleep(0.02)
"""


@pytest.fixture
def processes() -> Iterator[list[tuple[str, int]]]:
    """A process that leaks memory, descriptors and threads, and one that takes and returns them."""
    started = [subprocess.Popen([sys.executable, "-c", code]) for code in (LEAKS, BUSY)]
    yield [(name, each.pid) for name, each in zip(("leaks", "busy"), started, strict=True)]
    for each in started:
        each.kill()
        each.wait()


def test_a_process_that_leaks_is_found_and_one_that_is_busy_is_not(
    processes: list[tuple[str, int]],
):
    sampler = Sampler(lambda: read_processes(processes), 0.05)
    sampler.start()
    leaker = f"{processes[0][0]}, MB"
    while not sampler.samples or sampler.samples[-1][1].get(leaker, 0.0) < 120:
        sampler.join(0.1)
    rising = {each.figure for each in judge(sampler.stop()) if not each.is_flat}
    assert rising == {"leaks, MB", "leaks, descriptors", "leaks, threads"}


def test_a_peak_and_a_warm_up_are_no_leak():
    warming = [(float(at), {"web, MB": min(100.0, 3.0 * at)}) for at in range(100)]
    warming[60][1]["web, MB"] = 500.0
    assert [each.is_flat for each in judge(warming)] == [True]


def test_a_slow_leak_over_a_whole_run_is_found():
    leaking = [(float(at), {"web, MB": 100 + 0.02 * at + at % 7}) for at in range(1800)]
    found = judge(leaking)
    assert [(each.is_flat, round(each.rise)) for each in found] == [(False, 24)]


def test_the_slope_is_that_of_most_of_the_points():
    points = [(float(n), float(n)) for n in range(10)]
    assert slope([*points[:9], (9.0, 900.0)]) == 1.0
