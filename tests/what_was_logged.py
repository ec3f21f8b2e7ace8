"""What the product logged while a test ran: beside a journey that failed, since its servers are
gone by the time it is read.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

MOST = 80  # the newest lines
SEVERE = ("WARNING", "ERROR", "CRITICAL")


def logged_since(folder: Path, moment: float) -> str:
    """The lines of `folder`'s logs from this moment (seconds since 1970) on, oldest first:
    warnings, and who asked for what.
    """
    since = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    lines = sorted(line for log in folder.glob("*.log") for line in _lines(log, since))
    return "\n".join(lines[-MOST:])


def exceptions_since(folder: Path, moment: float) -> str:
    """The tracebacks that `folder`'s logs hold from this moment on, oldest first."""
    since = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    entries = sorted(
        (entry["time"], entry["exception"])
        for log in folder.glob("*.log")
        for entry in _entries(log, since)
        if "exception" in entry
    )
    return "\n".join(f"{time[11:23]} {trace}" for time, trace in entries)


def _entries(log: Path, since: str) -> Iterator[dict[str, str]]:
    for line in log.read_text(errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:  # what PostgreSQL or gunicorn says in words of their own
            continue
        if isinstance(entry, dict) and entry.get("time", "") >= since:
            yield entry


def _lines(log: Path, since: str) -> Iterator[str]:
    for entry in _entries(log, since):
        if _tells(entry):
            words = (
                entry["time"][11:23],
                entry["process"],
                entry["level"],
                entry["message"],
                entry.get("person", ""),
            )
            yield " ".join(map(str, words)).rstrip()[:300]


def _tells(entry: dict[str, str]) -> bool:
    return entry.get("level") in SEVERE or entry.get("logger") == "dm.access"
