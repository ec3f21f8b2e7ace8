"""`python -m tests.soak`: many people at a steady pace on a stack of its own; every figure must stay flat.

`make soak MINUTES=30 PEOPLE=200`. Everything listens on loopback only. Ends with 1 if a figure rises more than its
bound after the warm-up, or if a page failed; the report goes to docs/benchmarks.md.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from stack.supervisor import Stack
from tests.benchmarks.results import circumstances, with_section
from tests.chaos.office import await_known, furnish, settings_of
from tests.scratch import scratch_folder
from tests.soak.people import PACE, Person, Streams
from tests.soak.samples import Sampler, Verdict, judge, read_stack

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
HEAD = ("figure", "median", "rise", "may rise by", "verdict")


def main() -> int:
    """Run it and write the report; return 1 if something was not flat or a page failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--page", type=Path, default=PAGE, help="where the report is written")
    asked = parser.parse_args()
    meanwhile = circumstances()
    with scratch_folder("soak") as folder, Stack(folder) as stack:
        verdicts, said = soak(stack, asked.minutes, asked.people)
    rising = [each for each in verdicts if not each.is_flat]
    end = (
        "Every figure is flat." if not rising else f"{len(rising)} of {len(verdicts)} figures rise."
    )
    command = f"make soak MINUTES={asked.minutes:g} PEOPLE={asked.people}"
    report = f"{meanwhile}, `{command}`: {said} {end}\n\n{as_table(verdicts)}\n"
    print(report)
    asked.page.write_text(with_section(asked.page.read_text(), "soak", report))
    return int(bool(rising) or "0 requests failed" not in said)


def soak(stack: Stack, minutes: float, people: int) -> tuple[list[Verdict], str]:
    """Let people work for so long; return the verdicts, and what was done."""
    with settings_of(stack) as dsn:
        client = furnish()
        await_known(dsn)
        streams = Streams(stack.url)
        issuer = stack.settings_env["DM_OIDC_ISSUER"]
        office = [Person(n, stack.url, issuer, client, streams) for n in range(people)]
        sampler = Sampler(lambda: read_stack(stack), max(1.0, minutes * 60 / 300))
        for thread in (streams, *office, sampler):
            thread.start()
        time.sleep(minutes * 60)  # the soak itself
        samples = sampler.stop()
        open_streams = streams.open
        for one in (streams, *office):
            one.over.set()
        for one in office:
            one.join(30)
    failed = sum((one.failed for one in office), Counter[str]())
    print(f"failed: {dict(+failed)}; streams that ended, by their answer: {dict(streams.ended)}")
    said = (
        f"{people} people, a page every {PACE:.0f} s each, {open_streams} streams open at the end; "
        f"{sum(one.pages for one in office)} pages, {sum(one.orders for one in office)} orders, "
        f"{failed.total()} requests failed."
    )
    return judge(samples), said


def as_table(verdicts: list[Verdict]) -> str:
    """Return the verdicts as a table, what rises first."""
    rows = [
        (
            each.figure,
            f"{each.median:.1f}",
            f"{each.rise:+.1f}",
            f"{each.most:.1f}",
            "flat" if each.is_flat else "**rises**",
        )
        for each in sorted(verdicts, key=lambda each: (each.is_flat, each.figure))
    ]
    lines = [f"| {' | '.join(row)} |" for row in (HEAD, *rows)]
    return "\n".join([lines[0], "|---" * len(HEAD) + "|", *lines[1:]])


if __name__ == "__main__":
    sys.exit(main())
