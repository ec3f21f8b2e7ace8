"""`python -m stack demo|servers|memory|mails|discard|clean`: run and inspect a stack."""

import argparse
import os
import signal
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from types import FrameType

from models.shared.counts import counted
from models.shared.dates import minute
from stack import console, failures, mails, memory, services
from stack.embedded import program_copies
from stack.embedded.demo_people import DEMO_PASSWORD, listed_people
from stack.supervisor import Stack, discard

DATA = services.ROOT / ".data"
ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
COMMANDS = ("demo", "servers", "memory", "mails", "discard", "clean")
PREFERRED = {"web": 8000, "internal": 8001, "oidc": 8002}


class Ended(BaseException):
    """Raised when a signal asks us to stop."""


def main() -> int:
    """Run the command; errors end it with one clear line."""
    arguments = _arguments()
    console.speak_utf8()
    if arguments.command == "memory":
        return show_memory(arguments.folder)
    if arguments.command == "mails":
        return show_mails(arguments.folder)
    for number in ENDS:
        signal.signal(number, _end)
    try:
        if arguments.command in ("discard", "clean"):
            remove(arguments)
        else:
            run(arguments)
    except Ended:
        console.say("Stopped; nothing is left running.")
        return 0
    except Exception as error:
        return report(error, arguments)
    return 0


def report(error: Exception, arguments: argparse.Namespace) -> int:
    """Print what went wrong in one line, and log the traceback.

    With DM_DEBUG=1 the traceback is printed too.
    """
    failure = failures.as_failure(error)
    log = arguments.folder / "logs" / "supervisor.log"
    with suppress(OSError):
        log.parent.mkdir(exist_ok=True)  # but never the stack's folder, if its start was refused
        with log.open("a") as kept:
            kept.write("".join(traceback.format_exception(error)))
        failure.log = failure.log or log
    verb = "not removed" if arguments.command in ("discard", "clean") else "did not start"
    console.say(f"The stack {verb}: {failure}")
    if _is_set("DM_DEBUG"):
        traceback.print_exception(error)
    return 1


def remove(arguments: argparse.Namespace) -> None:
    """Remove the data and, with `clean`, what was made outside this folder; print each."""
    is_all = arguments.command == "clean"
    for folder in sorted(DATA.glob("*")) if is_all else [arguments.folder]:
        if folder.is_dir():
            discard(folder)
            console.say(f"Removed the data in {folder}")
    for copy in program_copies.remove_own() if is_all else ():
        console.say(f"Removed the copy of PostgreSQL's programs in {copy}")


def run(arguments: argparse.Namespace) -> None:
    """Start the stack, print where it is, and wait. Exits by raising `Ended`."""
    started = time.monotonic()
    if arguments.fresh:
        discard(arguments.folder)
    only = (*services.SERVERS, *(() if arguments.command == "servers" else services.PRODUCT))
    show = console.show if arguments.command == "demo" else None
    env = {**services.inherited(), **_snapshots(arguments)}
    stack = Stack(
        arguments.folder,
        seed=show is not None and not arguments.no_seed,
        only=only,
        preferred=PREFERRED if arguments.folder.parent == DATA else None,
        servers=arguments.stack,
        env=env,
        sink=show,
        say=lambda text: console.say(f"{_since(started)} {text}"),
    )
    with stack:
        (stack.folder / "supervisor.pid").write_text(str(os.getpid()))
        lines = welcome(stack) if arguments.command == "demo" else exports(stack)
        print("\n".join(lines), flush=True)
        if arguments.command == "demo":
            console.say(f"{_since(started)} Ready: {stack.url}  (press Ctrl-C to stop)")
        while True:
            signal.pause()


def welcome(stack: Stack) -> list[str]:
    """Return the table of demo people and how to sign in as one of them."""
    hint = " (or select a person on the sign-in page)" if stack.servers.NAME == "embedded" else ""
    people = [(one.name, one.uid, one.department, one.may) for one in listed_people()]
    return [
        "",
        console.table(("Name", "Username", "Department", "Can"), people),
        "",
        f"  Everyone’s password: {DEMO_PASSWORD}{hint}",
        "  To be two people at once, use a private window or another browser for the second",
        "",
    ]


def exports(stack: Stack) -> list[str]:
    """Return shell lines that point the product to these servers."""
    named = {
        **stack.settings_env,
        "DM_ADMIN_DSN": stack.admin_dsn,
        "DM_SNAPSHOT_DSN": stack.admin_dsn,
    }
    return [*(f"export {name}='{value}'" for name, value in named.items()), "# ready"]


def show_memory(folder: Path) -> int:
    """Print the memory of each process of the running demo, and the total."""
    path = folder / "supervisor.pid"
    pid = int(path.read_text()) if path.exists() else 0
    total = memory.pss_mib(pid) if pid else 0.0
    if not total:
        console.say("No demo is running.")
        return 1
    parts = [(name, memory.pss_mib(child)) for name, child in memory.named_children(pid)]
    own = total - sum(size for _, size in parts)
    rows = [(name, f"{size:.0f}") for name, size in [*parts, ("supervisor", own)]]
    print(console.table(("Process", "MiB"), rows))
    console.say(f"The {folder.name} stack takes {total:.0f} MiB (PSS).")
    return 0


def show_mails(folder: Path) -> int:
    """Print what the embedded stack's mail server received, newest last, with each file."""
    found = list(mails.received(folder))
    if not found:
        console.say("No email was sent yet.")
        return 0
    rows = [(minute(each.at), each.to, each.subject, each.path.name) for each in found]
    print(console.table(("Sent", "To", "Subject", "File"), rows))
    console.say(f"{counted(len(found), 'email')} in {folder / 'mail'}; none left this machine.")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m stack", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument(
        "--stack",
        choices=services.KINDS,
        default=os.environ.get("STACK") or "embedded",
        help="embedded: Python packages only; native: Kafka, Keycloak, slapd (STACK=native)",
    )
    parser.add_argument(
        "--folder", type=Path, help="where to store the data; .data/STACK by default"
    )
    parser.add_argument(
        "--no-seed",
        action="store_true",
        default=_is_set("EMPTY"),
        help="start with an empty company (EMPTY=1)",
    )
    parser.add_argument(
        "--fresh",
        action="store_true",
        default=_is_set("FRESH"),
        help="delete the data first (FRESH=1)",
    )
    arguments = parser.parse_args()
    arguments.folder = arguments.folder or DATA / arguments.stack
    return arguments


def _is_set(name: str) -> bool:
    return os.environ.get(name, "") not in ("", "0")


def _snapshots(arguments: argparse.Namespace) -> dict[str, str]:
    is_demo = arguments.command == "demo"
    return {"DM_SNAPSHOT_FOLDER": str(arguments.folder.resolve() / "snapshots")} if is_demo else {}


def _end(_number: int, _frame: FrameType | None) -> None:
    for number in ENDS:
        signal.signal(
            number, signal.SIG_IGN
        )  # shutdown takes a bounded time; a second signal must not interrupt it
    raise Ended


def _since(started: float) -> str:
    return f"[{time.monotonic() - started:5.1f} s]"


if __name__ == "__main__":
    sys.exit(main())
