"""Terminal output of the stack: each process's lines under its name, JSON logs shortened."""

import io
import json
import locale
import os
import re
import sys
from collections.abc import Iterable

_COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95)
_NOISE = (
    " LOG:  ",
    "is starting up",
    "could not receive data",
    "Booting worker",
    "Listening at",
    "Using worker",
    "Starting gunicorn",
    "Control socket",
)
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")  # Faust restores the cursor before its first line


def speak_utf8() -> None:
    """Restart in Python's UTF-8 mode if the locale has another encoding, since our files are UTF-8.

    Output keeps the terminal's encoding; characters it lacks are printed as question marks.
    """
    if sys.flags.utf8_mode == 0 and locale.getencoding().lower().replace("-", "") != "utf8":
        environment = {**os.environ, "PYTHONUTF8": "1"}
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)  # noqa: S606
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding=locale.getencoding(), errors="replace")


def is_coloured() -> bool:
    """Check whether standard output supports colors."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def show(name: str, line: str) -> None:
    """Print one line of a process's log."""
    text = _plain(_short(_CONTROLS.sub("", line)))
    if not text.strip() or any(word in text for word in _NOISE):
        return
    label = f"{name:<13}|"
    if is_coloured():
        label = f"\x1b[{_COLOURS[sum(map(ord, name)) % len(_COLOURS)]}m{label}\x1b[0m"
    print(f"{label} {text}", flush=True)


def say(text: str) -> None:
    """Print one line of the supervisor's own."""
    print(f"\x1b[1m{text}\x1b[0m" if is_coloured() else text, flush=True)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Format rows in columns, each as wide as its longest cell."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = (map(str.ljust, line, widths) for line in lines)
    return "\n".join("  " + "  ".join(cells).rstrip() for cells in padded)


def _plain(text: str) -> str:
    """Escape control characters, so that a person's text in a log cannot steer the terminal."""
    return "".join(
        each if each.isprintable() or each in "\n\t" else repr(each)[1:-1] for each in text
    )


def _short(line: str) -> str:
    if not line.startswith("{"):
        return line
    try:
        given = json.loads(line)
        level = "" if given["level"] == "INFO" else f"{given['level']} "
        trace = f"\n{given['exception']}" if given.get("exception") else ""
        which = f" [{given['correlation_id'][-12:]}]" if given.get("correlation_id") else ""
        return f"{level}{given['message']}{which}{trace}"
    except (ValueError, KeyError):
        return line
