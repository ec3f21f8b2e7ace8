"""What goes wrong: a process killed or frozen, a link cut or slowed, sessions ended; each drawn by the seed.

The killed are started again by the supervisor's own watch, as they would be at a customer's.
"""

import os
import random
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import NamedTuple

import psutil
import psycopg

from tests.chaos.links import Mode
from tests.chaos.wiring import WiredStack as Stack

PROCESSES = (
    "web",
    "orders",
    "inventory",
    "notifications",
    "relay",
    "jobs",
    "kafka",
    "postgres",
    "oidc",
    "ldap",
)
POINTS = {
    "relay": "relay.after_send:1",
    "orders": "worker.before_ack:1",
    "inventory": "worker.before_ack:1",
    "notifications": "worker.before_ack:1",
}
UNDER_PAGES = "freeze under pages"
LATER = "kill and revive later"
SHORT, PAST_SESSION = (
    (1.0, 3.0),
    (10.0, 12.0),
)  # a group's session ends after 6 s (consumers/worker/app.py)


class Fault(NamedTuple):
    """One fault: `how` it comes to `target`, and for how many seconds (0: until it is started again)."""

    how: str
    target: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.how} {self.target}" + (f", {self.seconds:.0f} s" if self.seconds else "")


@dataclass
class Injected:
    """What became of a fault. `recovered` is seconds from its end until all that was recorded by then was handled."""

    fault: Fault
    at: float
    recovered: float = 0.0
    together: bool = False


def kill(stack: Stack, fault: Fault) -> None:
    """SIGKILL, and nothing else: the supervisor finds it gone."""
    os.kill(stack.process(fault.target).pid, signal.SIGKILL)


def kill_child(stack: Stack, fault: Fault) -> None:
    """SIGKILL to a child: gunicorn's worker, or a backend of PostgreSQL, which restarts all of them at once."""
    children = psutil.Process(stack.process(fault.target).pid).children()
    with suppress(psutil.NoSuchProcess):
        max(children, key=lambda child: child.create_time()).kill()


def freeze(stack: Stack, fault: Fault) -> None:
    """SIGSTOP to the process and its children, and SIGCONT after so many seconds."""
    with frozen(stack.process(fault.target).pid):
        time.sleep(fault.seconds)


def kill_and_revive_later(stack: Stack, fault: Fault) -> None:
    """SIGKILL, and it is started again only after so many seconds: what was connected to it is dead by then."""
    process = stack.process(fault.target)
    process.kill()
    time.sleep(fault.seconds)
    process.start().wait_ready()


def end_sessions(stack: Stack, fault: Fault) -> None:
    """Every connection of one schema's role is ended by the server (57P01)."""
    with psycopg.connect(f"{stack.admin_dsn}/postgres", autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s",
            [f"dm_{fault.target}"],
        )


def die_at_point(stack: Stack, fault: Fault) -> None:
    """It is started anew so that it dies at the worst line: between sending and marking, or commit
    and acknowledgement.
    """
    process = stack.process(fault.target)
    added = {"DM_FAULTS": "1", "DM_FAULT_POINT": POINTS[fault.target]}
    process.plan.env.update(added)
    try:
        process.ask_to_stop()
        process.await_end()
        process.start()
    finally:
        for name in added:
            process.plan.env.pop(name)
    doomed = process.pid
    with suppress(TimeoutError):  # it dies once it has something to do
        stack.wait_until(lambda: process.pid != doomed or not process.is_alive(), fault.seconds)


def break_link(mode: Mode) -> Callable[[Stack, Fault], None]:
    """The link is so for so many seconds; one that is cut loses its connections, too."""

    def so(stack: Stack, fault: Fault) -> None:
        link = stack.links.by_name[fault.target]
        link.mode = mode
        if mode == "cut":
            stack.links.reset(fault.target)
        time.sleep(fault.seconds)
        link.mode = "open"

    return so


def reset_link(stack: Stack, fault: Fault) -> None:
    """Every connection of the link ends by RST; new ones are fine."""
    stack.links.reset(fault.target)


def set_clock(hours: int) -> Callable[[Stack, Fault], None]:
    """The process is started anew with its clock so far off, and after so many seconds with the right one."""

    def so(stack: Stack, fault: Fault) -> None:
        process = stack.process(fault.target)
        right = process.plan.command
        start = right.index("-m") + 1
        process.plan.command = [
            *right[:start],
            "tests.chaos.wrong_clock",
            str(hours * 3600),
            *right[start:],
        ]
        try:
            process.ask_to_stop()
            process.await_end()
            process.start()
            time.sleep(fault.seconds)
        finally:
            process.plan.command = right
            process.ask_to_stop()
            process.await_end()
            process.start()

    return so


def fill_disk(stack: Stack, fault: Fault) -> None:
    """PostgreSQL's disk has no byte left for so many seconds."""
    stack.disk.fill(fault.seconds)


HOW: dict[str, Callable[[Stack, Fault], None]] = {
    "kill": kill,
    "kill a child of": kill_child,
    "freeze": freeze,
    UNDER_PAGES: freeze,
    LATER: kill_and_revive_later,
    "end the sessions of": end_sessions,
    "die at the worst line of": die_at_point,
    "reset": reset_link,
    "cut": break_link("cut"),
    "slow down": break_link("slow"),
    "narrow": break_link("narrow"),
    "silence": break_link("silent"),
    "set an hour ahead": set_clock(1),
    "set an hour back": set_clock(-1),
    "fill the disk of": fill_disk,
}


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """SIGSTOP to the process and all its children while the block lasts."""
    found = psutil.Process(pid)
    group = [found, *found.children(recursive=True)]
    _signal(group, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(group, signal.SIGCONT)


def _signal(group: list[psutil.Process], number: int) -> None:
    for process in group:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def process_faults() -> list[tuple[str, str, tuple[float, float]]]:
    """Every (how, target, seconds) that needs no proxy."""
    return [
        *(("kill", name, (0, 0)) for name in PROCESSES),
        *(("kill a child of", name, (0, 0)) for name in ("web", "postgres")),
        *(("freeze", name, SHORT) for name in PROCESSES),
        *(("freeze", name, PAST_SESSION) for name in PROCESSES),
        *((UNDER_PAGES, "postgres", (length, length)) for length in (15, 50)),
        *((LATER, name, (5, 8)) for name in ("postgres", "ldap", "kafka", "oidc", "web")),
        *(
            ("end the sessions of", name, (0, 0))
            for name in ("orders", "inventory", "notifications", "finance", "sales")
        ),
        *(("die at the worst line of", name, (8, 8)) for name in POINTS),
        *(
            (how, name, (10, 14))
            for name in ("web", "orders", "inventory", "notifications")
            for how in ("set an hour ahead", "set an hour back")
        ),
    ]


def link_faults(links: Iterable[str]) -> list[tuple[str, str, tuple[float, float]]]:
    """Every (how, target, seconds) of these links."""
    return [
        (how, name, length)
        for name in links
        for how, length in (
            ("reset", (0.0, 0.0)),
            ("cut", SHORT),
            ("slow down", (5.0, 8.0)),
            ("narrow", (5.0, 8.0)),
            ("silence", PAST_SESSION),
        )
    ]


def faults_of(stack: Stack) -> list[tuple[str, str, tuple[float, float]]]:
    """All that can be done to this stack on this machine."""
    disk = [("fill the disk of", "postgres", (4.0, 8.0))] if stack.disk.is_there else []
    return process_faults() + link_faults(stack.links.by_name) + disk


def plan_faults(
    chance: random.Random, count: int, kinds: list[tuple[str, str, tuple[float, float]]]
) -> list[Fault]:
    """So many, each kind before any comes again, in the order that the seed draws."""
    drawn: list[Fault] = []
    while kinds and len(drawn) < count:
        for how, target, (least, most) in chance.sample(kinds, len(kinds)):
            drawn.append(Fault(how, target, chance.uniform(least, most)))
    return drawn[:count]
