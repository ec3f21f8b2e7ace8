"""What the demo shows in the terminal: each process's log under its name, and who can sign in."""

import json
import sys
from threading import Lock

from stack.embedded.demo_people import DEMO_PASSWORD, listed_people

COLOURS = (36, 33, 32, 35, 34, 31, 96, 93, 92, 95)
_lock = Lock()
_seen: dict[str, str] = {}


def show(name: str, line: str) -> None:
    """One line of a process's log behind its name; our JSON lines in short."""
    with _lock:
        mark = _seen.setdefault(name, f"\033[{COLOURS[len(_seen) % len(COLOURS)]}m" if sys.stderr.isatty() else "")
        end = "\033[0m" if mark else ""
        print(f"{mark}{name:>20}{end} │ {_short(line)}", file=sys.stderr, flush=True)


def say(words: str) -> None:
    """A step of the set-up."""
    with _lock:
        print(f"» {words}", flush=True)


def welcome(url: str) -> None:
    """The table of people, and the one line that says where to go."""
    rows = [("sign in as", "name", "department", "may"),
            *((person.uid, person.name, person.department, person.may) for person in listed_people())]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    with _lock:
        print()
        for number, row in enumerate(rows):
            print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
            if number == 0:
                print("  " + "  ".join("─" * width for width in widths))
        print(f"\n  Password for all: {DEMO_PASSWORD} (or one click on the sign-in page).")
        print("  Two people at once: a second browser profile or a private window. Ctrl-C ends everything.\n")
        print(f"Dunder Mifflin is open at {url}", flush=True)


def _short(line: str) -> str:
    try:
        given = json.loads(line)
        return f"{given['level']:<7} {given['message']}" + (
            f"  [{given['correlation_id'][-12:]}]" if given.get("correlation_id") else "")
    except (ValueError, KeyError, TypeError):
        return line
