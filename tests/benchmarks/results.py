"""What a benchmark measured, as rows, and the page docs/benchmarks.md that keeps the last rows of each benchmark."""

import os
import platform
import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

HEADINGS = ("measured", "value", "peer", "ratio")
EMPTY = "–"


class Result(NamedTuple):
    """One measure: its value, the bare peer's in the same run, and the first divided by the second."""

    measured: str
    value: str
    peer: str = EMPTY
    ratio: str = EMPTY


def tell(measured: str, value: str, peer: str = EMPTY, ratio: float | None = None) -> None:
    """Print a result, for whoever runs the benchmark and for `python -m tests.benchmarks`."""
    print(measured, value, peer, EMPTY if ratio is None else f"{ratio:.2f}", sep="\t", flush=True)


def results_of(output: str) -> list[Result]:
    """Return the results that a benchmark printed; other lines are none."""
    lines = (line.split("\t") for line in output.splitlines())
    return [Result(*cells) for cells in lines if len(cells) == len(HEADINGS)]


def table(results: Sequence[Result]) -> str:
    """Align the results in columns, for a terminal."""
    rows = [HEADINGS, *results]
    widths = [max(len(row[n]) for row in rows) for n in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def section(name: str, results: Iterable[Result], circumstances: str) -> str:
    """Return a benchmark's section of the page."""
    rows = "\n".join(f"| {' | '.join(row)} |" for row in (HEADINGS, ("---",) * 4, *results))
    return (
        f"### {name.replace('_', ' ').capitalize()}\n\n"
        f"{circumstances}, `make bench ONLY={name}`\n\n{rows.replace('| --- ', '|---').replace('--- |', '---|')}\n"
    )


def with_section(page: str, name: str, written: str) -> str:
    """Return the page with this section in the benchmark's place; the other sections stay as they are.

    Raises LookupError if the page has no place for the benchmark.
    """
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, _, place = page.partition(start)
    _, closed, after = place.partition(end)
    if not closed:
        raise LookupError(f"the page has no place for {name}")
    return f"{before}{start}\n{written}\n{end}{after}"


def circumstances() -> str:
    """Return the day, the machine and what else it is doing."""
    today, memory = date.today(), os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")  # noqa: DTZ011
    return (
        f"{today:%B} {today.day}, {today.year}; {_processor()}, {os.cpu_count()} cores, "
        f"{memory / 2**30:.0f} GB, {platform.system()}, Python {platform.python_version()}; "
        f"load {os.getloadavg()[0]:.1f}"
    )


def _processor() -> str:
    try:
        told = re.search(
            r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE
        )
    except OSError:
        told = None
    return told[1].strip() if told else platform.machine()
