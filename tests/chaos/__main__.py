"""`python -m tests.chaos`: breaks a stack of its own while people work on it, and proves that
nothing was lost or doubled.

`make chaos SEED=7 ORDERS=200 FAULTS=40 STACK=embedded`; docs/howto/chaos.md explains it. Ends with 1 on any anomaly.
"""

import argparse
import json
import random
import shutil
import sys
from pathlib import Path

from tests.chaos.campaign import Campaign, Result
from tests.chaos.faults import faults_of, plan_faults
from tests.chaos.report import as_data, as_text
from tests.chaos.wiring import WiredStack
from tests.scratch import scratch_folder

KEPT = Path(__file__).parents[2] / "test-results"


def main() -> int:
    """One campaign for each seed, each on a stack of its own."""
    asked = _arguments()
    seeds = asked.seeds or [random.SystemRandom().randrange(10_000)]
    results: list[Result] = []
    for seed in seeds:
        results.append(run(seed, asked))
        print(as_text(results), flush=True)  # of all so far: a long campaign may be broken off
        if asked.json:
            asked.json.write_text(json.dumps(as_data(results), indent=1))
    return int(any(result.anomalies for result in results))


def run(seed: int, asked: argparse.Namespace) -> Result:
    """A campaign on a fresh stack; what its processes wrote is kept where something was found."""
    say = (lambda _: None) if asked.quiet else lambda text: print(f"  {text}", flush=True)
    say(f"Seed {seed}: {asked.orders} orders, {asked.faults} faults on the {asked.stack} stack")
    with scratch_folder("chaos") as folder:
        with WiredStack(folder, servers=asked.stack) as stack:
            kinds = [
                kind
                for kind in faults_of(stack)
                if any(word in " ".join(kind[:2]) for word in asked.only)
            ]
            faults = plan_faults(random.Random(f"faults {seed}"), asked.faults, kinds)
            if not stack.disk.is_there:
                say("No disk is filled: this machine lets nobody mount one (root on Linux may)")
            result = Campaign(stack, seed, asked.orders, faults, say).run()
        if result.anomalies:
            kept = KEPT / f"chaos-{seed}"
            shutil.copytree(folder / "logs", kept, dirs_exist_ok=True)
            say(f"The logs are kept: {kept}")
    return result


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument(
        "--seeds",
        type=int,
        nargs="*",
        help="the same seed breaks the same things; drawn unless given",
    )
    parser.add_argument("--orders", type=int, default=200)
    parser.add_argument("--faults", type=int, default=40)
    parser.add_argument(
        "--only", nargs="*", default=[""], help="faults in whose name one of these words stands"
    )
    parser.add_argument("--stack", choices=("embedded", "native"), default="embedded")
    parser.add_argument("--json", type=Path, help="where to write the report for a program")
    parser.add_argument("--quiet", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
