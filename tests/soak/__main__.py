"""`python -m tests.soak`: many people at a steady pace on a stack of its own; every figure must stay flat.

`make soak MINUTES=30 PEOPLE=200`. Everything listens on loopback only. Ends with 1 if a figure rises more than its
bound after the warm-up, if a request failed, or if more answers than a busy machine excuses were late (answers.py); the
report goes to docs/benchmarks.md.
"""

import argparse
import resource
import sys
import time
from pathlib import Path
from typing import NamedTuple

from stack.supervisor import Stack
from tests.benchmarks.results import circumstances, with_section
from tests.chaos.office import await_known, furnish, settings_of
from tests.scratch import scratch_folder
from tests.soak.answers import FEWEST, Answers, tally
from tests.soak.people import PACE, Hoarder, Person, Streams
from tests.soak.samples import WARM_UP, Sampler, Verdict, judge, read_stack

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
HEAD = ("figure", "median", "rise", "may rise by", "verdict")


class Size(NamedTuple):
    """How many people work, and how many sessions and streams one more of them has."""

    people: int
    sessions: int
    streams: int


class Found(NamedTuple):
    """What a soak found: a verdict per figure, what was done, and what is wrong besides."""

    verdicts: list[Verdict]
    said: str
    faults: list[str]


def main() -> int:
    """Run it and write the report; return 1 if something was not flat or not answered."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument(
        "--sessions", type=int, help="of one more person; ten per person unless set"
    )
    parser.add_argument("--streams", type=int, help="of that person; 2.5 per person unless set")
    parser.add_argument("--page", type=Path, default=PAGE, help="where the report is written")
    asked = parser.parse_args()
    sessions = asked.people * 10 if asked.sessions is None else asked.sessions
    streams = asked.people * 5 // 2 if asked.streams is None else asked.streams
    _allow_many_connections()
    meanwhile = circumstances()
    with scratch_folder("soak") as folder, Stack(folder) as stack:
        found = soak(stack, asked.minutes, Size(asked.people, sessions, streams))
    command = f"make soak MINUTES={asked.minutes:g} PEOPLE={asked.people}"
    faults = faults_of(found)
    end = "Every figure is flat." if not faults else f"**{'; '.join(faults)}.**"
    report = f"{meanwhile}, `{command}`: {found.said} {end}\n\n{as_table(found.verdicts)}\n"
    print(report)
    asked.page.write_text(with_section(asked.page.read_text(), "soak", report))
    return int(bool(faults))


def _allow_many_connections() -> None:
    """Raise the limit of open files as far as the machine allows, here and in the stack's processes."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def faults_of(found: Found) -> list[str]:
    """Return what is wrong with a run in sentences without their period; none if it is good."""
    rising = [each for each in found.verdicts if not each.is_flat]
    rise = f"{len(rising)} of {len(found.verdicts)} figures rise"
    return [*([rise] if rising else []), *found.faults]


def soak(stack: Stack, minutes: float, size: Size) -> Found:
    """Let people work for so long."""
    with settings_of(stack) as dsn:
        client = furnish()
        await_known(dsn)
        streams, answers, seconds = Streams(stack.url), Answers(), minutes * 60
        issuer = stack.settings_env["DM_OIDC_ISSUER"]
        office = [
            Person(n, stack.url, issuer, client, streams, answers) for n in range(size.people)
        ]
        hoard = (size.sessions, size.streams)
        hoarder = Hoarder(stack.url, hoard, seconds * WARM_UP, streams, answers)
        sampler = Sampler(lambda: read_stack(stack), max(1.0, seconds / 300))
        began = time.monotonic()
        for thread in (streams, *office, hoarder, sampler):
            thread.start()
        time.sleep(seconds)  # the soak itself
        samples, ended = sampler.stop(), time.monotonic()
        open_streams = streams.open
        for one in (*office, hoarder, streams):
            one.over.set()
        for one in (*office, hoarder):
            one.join(30)
    found = tally(answers.all(), began, ended)
    print(f"not in time: {dict(found.kinds.most_common(20))}")
    print(f"streams that ended, by their answer: {dict(streams.ended)}")
    present = sum(one.is_in for one in office), len(hoarder.sessions)
    said = (
        f"{present[0]} of {size.people} people, a page every {PACE:.0f} s each, and one more with "
        f"{present[1]} of {size.sessions} sessions; {open_streams} of "
        f"{size.people + size.streams} streams open at the end; "
        f"{sum(one.pages for one in office)} pages, {sum(one.orders for one in office)} orders. "
        f"{found.said}."
    )
    return Found(judge(samples), said, [*found.faults, *missing(present, size)])


def missing(present: tuple[int, int], size: Size) -> list[str]:
    """Say what was too little to learn from: the machine is too slow for this size."""
    told = zip(present, size, ("people", "sessions"), strict=False)
    return [
        f"only {here} of {wanted} {what} came, too few for a verdict: ask for less or wait longer"
        for here, wanted, what in told
        if here < wanted * FEWEST
    ]


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
