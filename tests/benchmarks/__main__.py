"""`python -m tests.benchmarks [--only NAME …]`: run the benchmarks and write their results to docs/benchmarks.md.

They run one after the other, each in a process of its own, and print their results as a table. Each measures a bare
peer in the same run, since an absolute figure tells more of the machine than of the code. What they and their servers
log goes to files, which are named if something fails. A benchmark that did not run keeps its results on the page.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.results import circumstances, results_of, section, table, with_section

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "benchmarks.md"
ALL = (
    "events_per_second",
    "orders_list",
    "leads_list",
    "many_orders",
    "click_to_bell",
    "fan_out",
    "footprint",
    "page_weight",
)


def main() -> int:
    """Run the benchmarks asked for, all unless some are named; return how many failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=ALL, default=ALL, metavar="NAME")
    parser.add_argument("--page", type=Path, default=PAGE, help="where the results are written")
    asked = parser.parse_args()
    return sum(not run(name, asked.page) for name in asked.only)


def run(name: str, page: Path) -> bool:
    """Run one benchmark, print its table and write its section; return whether it succeeded."""
    meanwhile, log = circumstances(), ROOT / ".cache" / "benchmarks" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", f"tests.benchmarks.{name}"]
    with log.open("w") as errors:
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True)
        errors.write(done.stdout)
    results = results_of(done.stdout)
    print(f"\n{name}")
    if done.returncode or not results:
        print(f"failed; see {log.relative_to(ROOT)}", flush=True)
        return False
    print(table(results), flush=True)
    page.write_text(with_section(page.read_text(), name, section(name, results, meanwhile)))
    return True


if __name__ == "__main__":
    sys.exit(main())
