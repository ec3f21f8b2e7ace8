"""From the worker's commit to thousands of open streams of one gateway, beside nginx with nchan
where that is installed.

`python -m tests.benchmarks.fan_out [STREAMS]`: each stream is another person's. By turns, in one run: a broadcast (the
same row in every inbox), and a private notice for each (its own row, its own words). Ours are kept,
counted and rendered for each person; nchan passes the same number of bytes on and keeps nothing.
Also: memory for each stream, and how long a page takes meanwhile.
"""

import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from stack.memory import pss_mib
from tests.benchmarks import nchan
from tests.benchmarks.fan_out_app import uid_of
from tests.benchmarks.results import EMPTY, tell
from tests.conftest import ROOT, migrated_cluster, running_postgres
from tests.wuphf.live_browser import Web

STREAMS, ROUNDS, ROW_BYTES = 5000, 5, 1500
PAGES_EVERY = 0.1  # seconds
SOON = 0.5


class Turn(NamedTuple):
    """One round, in milliseconds: until everything was committed (or published), and until the last stream had it.

    `busy`: what the serving process computed meanwhile, which says more than the clock where others compute, too.
    """

    committed: float
    delivered: float
    pages: list[float]
    busy: float


class Readers:
    """The other side of stream_readers.py."""

    def __init__(self, port: int, count: int, request: str, greeting: str, server: int) -> None:
        self.server = server
        command = [
            sys.executable,
            "-m",
            "tests.benchmarks.stream_readers",
            str(port),
            str(count),
            request,
            greeting,
        ]
        self.count = count
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._hear("open")

    def turn(
        self, mark: str, tell: Callable[[str], None], pages: Callable[[], list[float]] = list
    ) -> Turn:
        """Tells it to all, and waits until each has read it."""
        assert self.process.stdin and self.process.stdout
        print(mark, file=self.process.stdin, flush=True)
        self._hear("waiting")
        time.sleep(SOON)
        pages()
        busy, began = _busy_ms(self.server), time.monotonic()
        tell(mark)
        committed = time.monotonic()
        heard, last = self.process.stdout.readline().split()
        assert int(heard) == self.count, f"{heard} of {self.count} streams had it"
        return Turn(
            1000 * (committed - began),
            1000 * (float(last) - began),
            pages(),
            _busy_ms(self.server) - busy,
        )

    def stop(self) -> None:
        """Closes all streams."""
        self.process.kill()
        self.process.wait()

    def _hear(self, word: str) -> None:
        assert self.process.stdout
        assert self.process.stdout.readline().strip() == word, "the readers' process ended"


def _busy_ms(server: int) -> float:
    """Processor time of a server and its children until now."""
    of = psutil.Process(server)
    return 1000 * sum(sum(each.cpu_times()[:2]) for each in (of, *of.children(recursive=True)))


class Pages:
    """Somebody who looks at a page ten times a second; calling it gives the times since the last call (ms)."""

    def __init__(self, web: Web) -> None:
        self.found: list[float] = []
        self.over = threading.Event()
        self.browser = web.as_person(uid_of(0))
        threading.Thread(target=self._look, daemon=True).start()

    def __call__(self) -> list[float]:
        found, self.found = self.found, []
        return found

    def _look(self) -> None:
        while not self.over.wait(PAGES_EVERY):
            began = time.monotonic()
            assert self.browser.get("/wuphf").status_code == 200
            self.found.append(1000 * (time.monotonic() - began))


def main(streams: int) -> None:
    """Measures and prints."""
    os.environ |= {"DM_BENCH_PEOPLE": str(streams), "DM_LOG_LEVEL": "ERROR"}
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dm-bench-")))
        folder.chmod(0o755)
        readers, writer, pages = open_ours(stack, folder, streams)
        theirs = open_peer(stack, folder, streams) if nchan.is_installed() else None
        turns: dict[str, list[Turn]] = {}
        for number in range(ROUNDS + 1):
            for kind in ("broadcast", "private"):
                turn = readers.turn(
                    f"mark-{kind}-{number}-end",
                    lambda mark: writer.apply(tell_ours, (mark, streams)),
                    pages,
                )
                turns.setdefault(f"ours, {kind}", []).append(turn)
                if theirs:
                    turns.setdefault(f"nchan, {kind}", []).append(tell_peer(*theirs, kind, number))
    report({name: found[1:] for name, found in turns.items()}, streams)


def open_ours(stack: ExitStack, folder: Path, streams: int) -> tuple[Readers, Any, Pages]:
    """PostgreSQL, the gateway, the streams, and a process that handles events as the worker does."""
    subprocess.run(["cp", "-a", migrated_cluster(), folder / "data"], check=True)
    address = stack.enter_context(running_postgres(folder / "data"))
    os.environ["DM_DATABASE_URL"] = f"postgresql://{address.rsplit('@', 1)[1]}/dundermifflin"
    web = Web("tests.benchmarks.fan_out_app:make_app()")
    stack.callback(web.stop)
    before = pss_mib(web.process.pid)
    request = f"GET /live HTTP/1.1\\r\\nHost: 127.0.0.1:{web.port}\\r\\nCookie: {web.cookie}=sid-p{{n}}\\r\\n\\r\\n"
    readers = Readers(web.port, streams, request, "event: hello", web.process.pid)
    stack.callback(readers.stop)
    memory = 1024 * (pss_mib(web.process.pid) - before) / streams
    tell("Memory for each stream (PSS)", f"{memory:.0f} KB")
    writer = stack.enter_context(multiprocessing.get_context("spawn").Pool(1))
    pages = Pages(web)
    stack.callback(pages.over.set)
    return readers, writer, pages


def open_peer(stack: ExitStack, folder: Path, streams: int) -> tuple[nchan.Nchan, Readers]:
    """nginx with as many subscribers, each of everybody's channel and their own."""
    server = stack.enter_context(nchan.Nchan(folder / "nginx"))
    before = pss_mib(server.process.pid)
    request = f"GET /hear/p{{n}} HTTP/1.1\\r\\nHost: 127.0.0.1:{server.port}\\r\\nAccept: text/event-stream\\r\\n\\r\\n"
    readers = Readers(server.port, streams, request, "200 OK", server.process.pid)
    stack.callback(readers.stop)
    memory = 1024 * (pss_mib(server.process.pid) - before) / streams
    tell("Memory for each stream of nchan (PSS)", EMPTY, f"{memory:.0f} KB")
    return server, readers


def tell_ours(mark: str, streams: int) -> None:
    """An arrival in every inbox, in batches of the worker's size; "broadcast" says the same to all."""
    from models.shared.listeners.interface import apply_batch
    from tests.factories.notifications import RAISED, make_event, make_raised

    records, now = [], datetime.now(UTC).isoformat()
    for n in range(streams):
        number = uuid.uuid4()
        words = mark if "broadcast" in mark else f"{mark} {number}"
        data = {
            **make_raised(number, uid_of(n)),
            "parts": {"client_name": words},
            "occurred_at": now,
        }
        told = _TOLD[uid_of(n)] = _TOLD.get(uid_of(n), 0) + 1
        records.append(make_event(RAISED, data, number, told, "p0"))
    for start in range(0, streams, 200):
        assert apply_batch("notifications", records[start : start + 200]).dead == 0


_TOLD: dict[str, int] = {}


def tell_peer(server: nchan.Nchan, readers: Readers, kind: str, number: int) -> Turn:
    """The same number of bytes, to everybody at once or to each alone."""
    channels = ["everybody"] if kind == "broadcast" else [uid_of(n) for n in range(readers.count)]

    def tell(mark: str) -> None:
        for channel in channels:
            server.tell(channel, f"{mark} ".encode().ljust(ROW_BYTES, b"x"))

    return readers.turn(f"peer-{kind}-{number}-end", tell)


def report(turns: dict[str, list[Turn]], streams: int) -> None:
    """Tell medians, ranges and ratios."""
    for name in ("broadcast", "private"):
        found, peer = turns[f"ours, {name}"], turns.get(f"nchan, {name}", [])
        delivered, committed = (
            [each.delivered for each in found],
            [each.committed for each in found],
        )
        ours = statistics.median(delivered)
        theirs = statistics.median(each.delivered for each in peer) if peer else 0.0
        tell(
            f"{name[:1].upper()}{name[1:]}: the last of {streams:,} streams has it",
            f"{ours:.0f} ms ({min(delivered):.0f} to {max(delivered):.0f})",
            f"{theirs:.0f} ms with nchan" if peer else EMPTY,
            ours / theirs if peer else None,
        )
        tell(f"{name[:1].upper()}{name[1:]}: committed", f"{statistics.median(committed):.0f} ms")
        tell(
            f"{name[:1].upper()}{name[1:]}: processor time for each stream",
            f"{statistics.median(each.busy for each in found) / streams:.2f} ms",
        )
    pages = [
        each
        for name, found in turns.items()
        if name.startswith("ours")
        for turn in found
        for each in turn.pages
    ]
    tell("The inbox page meanwhile, p50", f"{statistics.median(pages):.0f} ms")
    tell("The inbox page meanwhile, p99", f"{statistics.quantiles(pages, n=100)[98]:.0f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else STREAMS)
