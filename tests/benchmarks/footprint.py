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

MEGABYTE = 2**20
AIM_MEMORY, AIM_START = 400, 5.0
RUNS = 3
SERVERS = ("postgres", "kafka", "broker", "directory", "ldap", "provider", "oidc")


def main() -> None:
    """Prints memory and start-up, with the aims."""
    with tempfile.TemporaryDirectory(prefix="dm-footprint-") as folder:
        seed_cache.PLACE = Path(folder, "kept")  # the first start makes the history
        first = start_and_look(Path(folder))
        starts = [start_and_look(Path(folder)) for _ in range(RUNS)]
    pages = [start.page for start in starts]
    _say_memory(starts[-1].memory)
    print(f"  first start with the seed, until all is ready: {first.ready:.1f} s")
    print(
        f"  second start until the sign-in page: median {median(pages):.1f} s of {RUNS} "
        f"({min(pages):.1f} to {max(pages):.1f}), aim {AIM_START:.0f} s; "
        f"until all is ready: {median(start.ready for start in starts):.1f} s"
    )
    print(
        "  ratio to a bare Python that imports the same packages five times: "
        f"{median(pages) / (5 * bare_import()):.2f}"
    )


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
        if found := re.search(r"sign-in page answers at (\S+)", said):
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
    for name, size in sorted(memory.items(), key=lambda each: -each[1]):
        print(f"    {name}: {size:.0f} MB")
    print(
        f"  memory of the whole stack (PSS): {total:.0f} MB, aim below {AIM_MEMORY} MB; "
        f"{total / max(servers, 1):.1f} times the bare servers' {servers:.0f} MB"
    )


if __name__ == "__main__":
    main()
