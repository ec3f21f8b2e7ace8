"""What a person sees of the stack on a terminal: each process's lines under its name, JSON made short."""

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
_CONTROLS = re.compile(
    r"\x1b\[[0-9;?]*[A-Za-z]"
)  # Faust gives the cursor back before its first line


def speak_utf8() -> None:
    """Begins again with Python's UTF-8 mode where the locale has another encoding: our files are UTF-8.

    What is printed stays in the terminal's encoding; what that lacks is shown as a question mark.
    """
    if sys.flags.utf8_mode == 0 and locale.getencoding().lower().replace("-", "") != "utf8":
        environment = {**os.environ, "PYTHONUTF8": "1"}
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)  # noqa: S606
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding=locale.getencoding(), errors="replace")


def is_coloured() -> bool:
    """Whether standard output takes colours."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def show(name: str, line: str) -> None:
    """Prints one line of a process's log."""
    text = _plain(_short(_CONTROLS.sub("", line)))
    if not text.strip() or any(word in text for word in _NOISE):
        return
    label = f"{name:<13}|"
    if is_coloured():
        label = f"\x1b[{_COLOURS[sum(map(ord, name)) % len(_COLOURS)]}m{label}\x1b[0m"
    print(f"{label} {text}", flush=True)


def say(text: str) -> None:
    """Prints one line of the supervisor's own."""
    print(f"\x1b[1m{text}\x1b[0m" if is_coloured() else text, flush=True)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Rows in columns, as wide as their longest cell."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = (map(str.ljust, line, widths) for line in lines)
    return "\n".join("  " + "  ".join(cells).rstrip() for cells in padded)


def _plain(text: str) -> str:
    """A person's words may stand in a log: what would steer the terminal is shown as its escape."""
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
