"""What a running stack takes up, read every few seconds, and whether each figure stays flat once it has warmed up."""

import threading
import time
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import combinations
from statistics import median
from typing import NamedTuple

import psutil
import psycopg

from models.shared.events.catalogue import LISTENERS, PUBLISHERS
from stack.memory import pss_mib
from stack.supervisor import Stack

WARM_UP = 1 / 3  # of the run: caches fill, pools open, Python's memory settles
MOST_PAIRS = 200  # samples of a figure whose slopes are compared pair by pair
Reading = dict[str, float]


class Bound(NamedTuple):
    """How much a figure may rise after the warm-up: so much, or so large a part of its own median."""

    absolute: float
    part: float


BOUNDS = {
    "MB": Bound(20, 0.1),
    "descriptors": Bound(20, 0.1),
    "threads": Bound(5, 0.1),
    "connections to PostgreSQL": Bound(10, 0.1),
    "events behind": Bound(50, 0.0),
    "seconds of the oldest unpublished event": Bound(5, 0.0),
    "rows that wait": Bound(20, 0.0),
    "KB of tables per event": Bound(4, 0.1),
}


class Verdict(NamedTuple):
    """A figure after the warm-up: its median, what it rose by along its slope, and what it may rise by."""

    figure: str
    median: float
    rise: float
    most: float

    @property
    def is_flat(self) -> bool:
        """Whether it rose no more than it may."""
        return self.rise <= self.most


class Sampler(threading.Thread):
    """Reads all figures every few seconds; a figure that cannot be read at a moment has no sample of it."""

    def __init__(self, read: Callable[[], Reading], every: float) -> None:
        super().__init__(daemon=True, name="sampler")
        self.read, self.every, self.over = read, every, threading.Event()
        self.samples: list[tuple[float, Reading]] = []

    def run(self) -> None:
        while not self.over.wait(self.every):
            self.samples.append((time.monotonic(), self.read()))

    def stop(self) -> list[tuple[float, Reading]]:
        """End it; return all samples."""
        self.over.set()
        self.join(30)
        return self.samples


def judge(samples: list[tuple[float, Reading]]) -> list[Verdict]:
    """Return a verdict for each figure that was read after the warm-up."""
    began, ended = samples[0][0], samples[-1][0]
    warm = began + (ended - began) * WARM_UP
    figures: dict[str, list[tuple[float, float]]] = {}
    for at, reading in samples:
        for figure, value in reading.items():
            if at >= warm:
                figures.setdefault(figure, []).append((at, value))
    return [_judge(figure, points) for figure, points in figures.items() if len(points) > 2]


def _judge(figure: str, points: list[tuple[float, float]]) -> Verdict:
    middle = median(value for _, value in points)
    bound = next(bound for unit, bound in BOUNDS.items() if figure.endswith(unit))
    rise = slope(points) * (points[-1][0] - points[0][0])
    return Verdict(figure, middle, rise, max(bound.absolute, bound.part * middle))


def slope(points: list[tuple[float, float]]) -> float:
    """Return the median slope between any two points (Theil and Sen): a peak does not bend it."""
    step = -(-len(points) // MOST_PAIRS)
    pairs = combinations(points[::step], 2)
    return median((there - here) / (later - at) for (at, here), (later, there) in pairs)


def read_processes(processes: Iterable[tuple[str, int]]) -> Reading:
    """Return memory, descriptors and threads of each process by name, with its children."""
    reading: Reading = {}
    for name, pid in processes:
        with suppress(psutil.Error):
            found = psutil.Process(pid)
            group = [found, *found.children(recursive=True)]
            reading[f"{name}, MB"] = pss_mib(pid)
            reading[f"{name}, descriptors"] = sum(each.num_fds() for each in group)
            reading[f"{name}, threads"] = sum(each.num_threads() for each in group)
    return reading


def read_stack(stack: Stack) -> Reading:
    """Return all figures of a stack."""
    reading = read_processes([(name, each.pid) for name, each in stack.processes.items()])
    with suppress(psycopg.Error):
        reading |= _read_database(f"{stack.admin_dsn}/dundermifflin")
    for listener in LISTENERS:
        with suppress(OSError):
            reading[f"{listener}, events behind"] = _lag(stack.ports[listener])
    return reading


def _read_database(dsn: str) -> Reading:
    with psycopg.connect(dsn, connect_timeout=3, autocommit=True) as connection:

        def one(query: str) -> float:
            row = connection.execute(query).fetchone()
            return float(row[0] or 0) if row else 0.0

        schemas = sorted({*PUBLISHERS, *LISTENERS})
        events = sum(one(f"SELECT count(*) FROM {schema}.outbox") for schema in PUBLISHERS)
        waits = sum(
            one(f"SELECT count(*) FROM {listener}.{table}")
            for listener in LISTENERS
            for table in ("held_event", "dead_letter")
        )
        oldest = "SELECT extract(epoch FROM now() - min(created_at)) FROM {}.outbox WHERE published_at IS NULL"
        size = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = ANY ({})"
        names = ", ".join(f"'{schema}'::regnamespace" for schema in schemas)
        return {
            "connections to PostgreSQL": one("SELECT count(*) FROM pg_stat_activity"),
            "seconds of the oldest unpublished event": max(
                one(oldest.format(schema)) for schema in PUBLISHERS
            ),
            "rows that wait": waits,
            "KB of tables per event": one(size.format(f"ARRAY[{names}]::oid[]"))
            / 1024
            / max(events, 1),
        }


def _lag(port: int) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=3) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(each.rsplit(" ", 1)[1]) for each in lines if each[:16] == "dm_listener_lag{")
