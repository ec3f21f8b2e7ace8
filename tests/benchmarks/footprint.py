"""Memory of the whole embedded stack, and how long a second start takes until the sign-in page shows.

Beside them the bare peers: PostgreSQL, broker, directory and provider without our processes, and a Python
process that only imports Flask, SQLAlchemy and Faust.
"""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

import httpx

from stack import seed_cache
from stack.memory import proportional_bytes
from stack.supervisor import Stack
from tests.benchmarks.results import tell

MEGABYTE = 2**20
RUNS = 3
SERVERS = ("postgres", "kafka", "broker", "directory", "ldap", "provider", "oidc")


def main() -> None:
    """Tell memory and start-up."""
    with tempfile.TemporaryDirectory(prefix="dm-footprint-") as folder:
        seed_cache.PLACE = Path(folder, "kept")  # the first start makes the history
        first = start_and_look(Path(folder))
        starts = [start_and_look(Path(folder)) for _ in range(RUNS)]
    pages = [start.page for start in starts]
    _say_memory(starts[-1].memory)
    ready, imports = median(start.ready for start in starts), 5 * bare_import()
    tell("First start, with the history, until everything is ready", f"{first.ready:.1f} s")
    tell(
        f"Later start until the sign-in page answers (median of {RUNS})",
        f"{median(pages):.1f} s",
        f"{imports:.1f} s to import the same packages five times",
        median(pages) / imports,
    )
    tell(f"Later start until everything is ready (median of {RUNS})", f"{ready:.1f} s")


class Start(NamedTuple):
    """Seconds until the sign-in page came, and until every process was ready; megabytes (PSS) by process."""

    page: float
    ready: float
    memory: dict[str, float]


def start_and_look(folder: Path) -> Start:
    """Starts the stack as `make demo` does: it opens its door before the workers are there, and says so."""
    began = time.monotonic()
    page: list[float] = []

    def hear(said: str) -> None:
        if found := re.search(r"sign-in page is ready at (\S+)", said):
            _await_sign_in(found[1])
            page.append(time.monotonic() - began)

    with Stack(folder, seed=True, say=hear) as stack:
        ready = time.monotonic() - began
        stack.wait_until(lambda: httpx.get(f"{stack.url}/readyz", timeout=3).status_code == 200, 60)
        memory = {
            name: proportional_bytes([process.pid])[process.pid] / MEGABYTE
            for name, process in stack.processes.items()
        }
    return Start(page[0], ready, memory)


def bare_import() -> float:
    """Seconds that an empty Python takes to import what each of our processes imports."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import flask, sqlalchemy, faust, psycopg"], check=True)
    return time.monotonic() - began


def _await_sign_in(url: str) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/auth/login", follow_redirects=True, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.02)
    raise TimeoutError("the sign-in page did not come")


def _say_memory(memory: dict[str, float]) -> None:
    total = sum(memory.values())
    servers = sum(size for name, size in memory.items() if name in SERVERS)
    tell(
        "Memory of the embedded stack (PSS)",
        f"{total:.0f} MB",
        f"{servers:.0f} MB for its servers alone",
        total / max(servers, 1),
    )
    for name, size in sorted(memory.items(), key=lambda each: -each[1]):
        tell(f"Memory of {name}", f"{size:.0f} MB")


if __name__ == "__main__":
    main()
