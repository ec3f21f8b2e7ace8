"""How far a run is: a line for each folder that is through, and one for each test that fails, as it happens.

`pytest --by-folder` says it in place of a letter for each test.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Generator, Iterable
from typing import Any

import pytest


class Progress:
    """Counts the tests of each folder, in all processes of the run."""

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self._reporter = reporter
        self._is_over = False
        self._began = time.monotonic()
        self._waiting: Counter[str] = Counter()  # tests of each folder that are not through
        self._counts: dict[str, Counter[str]] = defaultdict(Counter)  # of each folder, by outcome
        self._seconds: Counter[str] = Counter()
        self._running: dict[str, str] = {}  # folder of each test that runs now
        self._failed: set[str] = set()
        self._skipped: set[str] = set()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_report_teststatus(
        self,
    ) -> Generator[None, tuple[str, str, object], tuple[str, str, object]]:
        """What pytest counts a test as; the letter and the word of it only in the summary."""
        category, letter, word = yield
        return (category, letter, word) if self._is_over else (category, "", "")

    def pytest_sessionfinish(self) -> None:
        """The summary follows."""
        self._is_over = True

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Expects these tests, where one process runs them."""
        self.expect(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Iterable[str]) -> None:
        """Expects these tests; each of several processes has found the same."""
        if not self._waiting:
            self.expect(ids)

    def expect(self, ids: Iterable[str]) -> None:
        """Notes how many tests each folder has."""
        self._waiting.update(folder_of(each) for each in ids)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Notes what runs."""
        self._running[nodeid] = folder_of(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Names a test that failed, once; and its folder, when that was the last of its tests."""
        folder = folder_of(report.nodeid)
        self._seconds[folder] += report.duration
        if report.failed and report.nodeid not in self._failed:
            self._failed.add(report.nodeid)
            self._write(f"FAILED {report.nodeid}", red=True)
        if report.skipped:
            self._skipped.add(report.nodeid)
        if report.when not in ("setup", "call"):  # or the process that ran it is gone
            self._end(report.nodeid, folder)

    def _end(self, nodeid: str, folder: str) -> None:
        self._running.pop(nodeid, None)
        kept = (("failed", self._failed), ("skipped", self._skipped))
        outcome = next((word for word, those in kept if nodeid in those), "passed")
        self._counts[folder][outcome] += 1
        self._waiting[folder] -= 1
        if not self._waiting[folder]:
            counts = ", ".join(f"{count} {word}" for word, count in self._counts[folder].items())
            now = ", ".join(sorted(set(self._running.values()) - {folder}))
            self._write(
                f"{folder}: {counts} in {self._seconds[folder]:.0f} s"
                + (f" (running: {now})" if now else ""),
                red="failed" in self._counts[folder],
            )

    def _write(self, words: str, **markup: Any) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        self._reporter.ensure_newline()
        self._reporter.write_line(f"{minutes:3}:{seconds:02}  {words}", **markup)


def folder_of(nodeid: str) -> str:
    """The folder of tests/ that a test is in."""
    return nodeid.removeprefix("tests/").partition("/")[0]
