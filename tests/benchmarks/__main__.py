"""`python -m tests.benchmarks [NAME …]`: every measurement, one after the other, each in its own process.

Each prints ratios against a bare peer measured in the same run, since absolute figures tell more of the
machine than of the code.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ALL = (
    "events_per_second",
    "orders_list",
    "leads_list",
    "many_orders",
    "click_to_bell",
    "fan_out",
    "footprint",
)


def main(names: list[str]) -> int:
    """Runs the named measurements, all unless any is named; the number of those that failed."""
    failed = [name for name in names or ALL if run(name)]
    for name in failed:
        print(f"{name} failed; see {log_of(name).relative_to(ROOT)}")
    return len(failed)


def run(name: str) -> int:
    """One measurement; its result is passed on, the log of it and of its servers goes to a file."""
    print(f"\n{name.replace('_', ' ')}", flush=True)
    log_of(name).parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", f"tests.benchmarks.{name}"]
    with log_of(name).open("wb") as log:
        return subprocess.run(command, cwd=ROOT, stderr=log).returncode


def log_of(name: str) -> Path:
    """Where a measurement and its servers write their log."""
    return ROOT / ".cache" / "benchmarks" / f"{name}.log"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
