"""How the tests are shared out to several processes: what takes longest begins first.

A file's tests stay together, so that what a file sets up is set up once. The files that need the seeded product are
put into STACKS groups, each with a stack of its own. tests/durations.json says, of the quick suite and of the long
one, how long each file took when `pytest --note-durations` ran last; a file that is not in it counts as UNKNOWN. By
the test's name, not by xdist's marker for groups: xdist 3.8 writes it where pytest 9 does not look.
"""

import json
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

NOTED = Path(__file__).parent / "durations.json"
ON_THE_STACK = ("tests/journeys/", "tests/look/test_pages.py", "tests/native/test_alerts.py")
STACKS = 2
UNKNOWN = 5.0  # seconds


class LongestFirst(LoadScopeScheduling):
    """Files are dealt out whole; those that share a stack as one."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return groups_of_files(suite_of(self.config)).get(path, path)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LongestFirst:
    """Asked by xdist where it runs at all."""
    return LongestFirst(config, log)


def suite_of(config: pytest.Config) -> str:
    """Which suite runs: the same file takes seconds in one and minutes in the other."""
    return "long" if config.option.markexpr == "long" else "quick"


def put_longest_first(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Groups on a stack, then files, the longest first; within a file all keep their order."""
    suite = suite_of(config)
    known, groups = durations()[suite], groups_of_files(suite)

    def turn(item: pytest.Item) -> tuple[bool, str, float, str]:
        path = item.nodeid.partition("::")[0]
        return path not in groups, groups.get(path, ""), -known.get(path, UNKNOWN), path

    items.sort(key=turn)


@cache
def groups_of_files(suite: str) -> dict[str, str]:
    """Of each file on the stack its group: the longest file first, each to the group that is the shortest so far."""
    root = NOTED.parent.parent
    files = [
        path.relative_to(root).as_posix()
        for prefix in ON_THE_STACK
        for path in ([root / prefix] if prefix.endswith(".py") else (root / prefix).glob("test_*"))
    ]
    known, taken, groups = durations()[suite], [0.0] * STACKS, {}
    for file in sorted(files, key=lambda file: (-known.get(file, UNKNOWN), file)):
        group = taken.index(min(taken))
        taken[group] += known.get(file, UNKNOWN)
        groups[file] = f"stack {group + 1}"
    return groups


@cache
def durations() -> dict[str, dict[str, float]]:
    """Seconds by file of each suite, as they were noted last."""
    return json.loads(NOTED.read_text())


def note_durations(reporter: pytest.TerminalReporter) -> None:
    """Writes what each file of this run took; the files of other runs stay as they are."""
    taken: dict[str, float] = defaultdict(float)
    for reports in reporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                taken[report.nodeid.partition("::")[0]] += report.duration
    suite = suite_of(reporter.config)
    there = {path: seconds for path, seconds in durations()[suite].items() if Path(path).exists()}
    now = there | {path: round(seconds, 1) for path, seconds in taken.items()}
    noted = durations() | {suite: dict(sorted(now.items()))}
    NOTED.write_text(json.dumps(noted, indent=1) + "\n")
