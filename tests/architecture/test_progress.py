"""What a run shows of itself: each folder when it is through, each failure when it happens."""

from typing import Any

import pytest

from tests.progress import Progress


class Lines:
    """In the place of pytest's own reporter: what was written."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def ensure_newline(self) -> None:
        """Nothing is in the middle of a line."""

    def write_line(self, words: str, **markup: Any) -> None:
        """Keeps the line without its time."""
        self.written.append(words.split(maxsplit=1)[1])


def run(progress: Progress, nodeid: str, **outcomes: Any) -> None:
    """One test, of whose phases those pass that are not named."""
    progress.pytest_runtest_logstart(nodeid)
    for phase in ("setup", "call", "teardown"):
        if phase == "call" and "setup" in outcomes:
            continue
        outcome = outcomes.get(phase, "passed")
        progress.pytest_runtest_logreport(
            pytest.TestReport(nodeid, ("", 0, ""), {}, outcome, None, phase, duration=2.0)
        )


def test_a_folder_is_told_of_when_its_last_test_is_through_and_a_failure_at_once():
    lines = Lines()
    progress = Progress(lines)  # type: ignore[arg-type]
    names = ("orders/test_a.py::one", "orders/test_a.py::two", "sales/test_b.py::one")
    progress.expect(f"tests/{name}" for name in (*names, "sales/test_b.py::two"))
    run(progress, f"tests/{names[0]}")
    assert lines.written == []
    progress.pytest_runtest_logstart(f"tests/{names[2]}")
    run(progress, f"tests/{names[1]}")
    assert lines.written == ["orders: 2 passed in 12 s (running: sales)"]
    run(progress, f"tests/{names[2]}", call="failed", teardown="failed")
    assert lines.written[1:] == ["FAILED tests/sales/test_b.py::one"]
    run(progress, "tests/sales/test_b.py::two", setup="skipped")
    assert lines.written[2:] == ["sales: 1 failed, 1 skipped in 10 s"]
