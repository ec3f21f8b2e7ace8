"""The lines beside a journey that failed."""

import json
from datetime import UTC, datetime
from pathlib import Path

from tests.what_was_logged import MOST, exceptions_since, logged_since

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)


def entry(second: int, **more: str) -> str:
    said = {
        "time": AT.replace(second=second).isoformat(timespec="milliseconds"),
        "process": "web",
        "level": "INFO",
        "logger": "dm.access",
        "message": "GET / 200",
    }
    return json.dumps({**said, **more})


def test_a_failed_journey_shows_requests_and_warnings_of_its_time_in_their_order(tmp_path: Path):
    early, late = entry(1), entry(5, person="jim.halpert")
    (tmp_path / "web.log").write_text(
        "\n".join([early, late, entry(6, logger="else"), "[INFO] Starting", "3", ""])
    )
    (tmp_path / "relay.log").write_text(
        entry(4, process="relay", level="WARNING", logger="else", message="waiting")
    )
    assert logged_since(tmp_path, AT.timestamp() + 2).splitlines() == [
        "10:00:04.000 relay WARNING waiting",
        "10:00:05.000 web INFO GET / 200 jim.halpert",
    ]


def test_of_very_many_lines_the_newest_are_shown(tmp_path: Path):
    (tmp_path / "web.log").write_text(
        "\n".join(entry(n % 60, message=f"GET /{n} 200") for n in range(60)) * 3
    )
    assert len(logged_since(tmp_path, AT.timestamp()).splitlines()) == MOST


def test_a_failed_answer_is_shown_with_the_tracebacks_of_its_time(tmp_path: Path):
    (tmp_path / "web.log").write_text(
        "\n".join(
            [
                entry(1, exception="Traceback: too early"),
                entry(5, level="ERROR", message="request failed", exception="Traceback: why"),
                entry(6),
            ]
        )
    )
    assert exceptions_since(tmp_path, AT.timestamp() + 2) == "10:00:05.000 Traceback: why"
