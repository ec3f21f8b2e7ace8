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
    if failed:
        print(f"could not be measured: {', '.join(failed)}")
    return len(failed)


def run(name: str) -> int:
    """One measurement; what it prints is passed on."""
    print(f"\n{name.replace('_', ' ')}", flush=True)
    return subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"], cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
