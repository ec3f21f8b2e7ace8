"""`python -m stack demo|servers|memory|mails|discard`: the embedded stack, or the native one, for a
person at a terminal.
"""

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from stack import console, mails, memory, services
from stack.embedded.demo_people import DEMO_PASSWORD, listed_people
from stack.ports import PortTaken
from stack.processes import DidNotStart
from stack.supervisor import AlreadyRunning, Stack, discard

DATA = services.ROOT / ".data"
ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
PREFERRED = {"web": 8000, "internal": 8001, "oidc": 8002}


class Ended(BaseException):
    """Somebody asked us to stop."""


def main() -> int:
    """Runs the command and ends with one clear line."""
    arguments = _arguments()
    if arguments.command == "memory":
        return show_memory(arguments.folder)
    if arguments.command == "mails":
        return show_mails(arguments.folder)
    for number in ENDS:
        signal.signal(number, _end)
    try:
        discard(arguments.folder) if arguments.command == "discard" else run(arguments)
    except Ended:
        console.say("Stopped; nothing is left running.")
        return 0
    except (DidNotStart, AlreadyRunning, PortTaken) as error:
        console.say(f"The stack did not start: {error}")
        return 1
    return 0


def run(arguments: argparse.Namespace) -> None:
    """Starts the stack, says where it is and waits. Leaves by `Ended`."""
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
            console.say(f"{_since(started)} Ready: {stack.url}  (Ctrl-C ends it)")
        while True:
            signal.pause()


def welcome(stack: Stack) -> list[str]:
    """The table of people and how to be one of them."""
    hint = " (or one click on the sign-in page)" if stack.servers.NAME == "embedded" else ""
    people = [(one.name, one.uid, one.department, one.may) for one in listed_people()]
    return [
        "",
        console.table(("Name", "Account", "Department", "May"), people),
        "",
        f"  Password of everybody: {DEMO_PASSWORD}{hint}",
        "  Two people at once: the second one in a private window or another browser",
        "",
    ]


def exports(stack: Stack) -> list[str]:
    """Shell lines that point the product to these servers."""
    named = {
        **stack.settings_env,
        "DM_ADMIN_DSN": stack.admin_dsn,
        "DM_SNAPSHOT_DSN": stack.admin_dsn,
    }
    return [*(f"export {name}='{value}'" for name, value in named.items()), "# ready"]


def show_memory(folder: Path) -> int:
    """Prints what each process of the running demo takes, and the sum."""
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
    """Prints what the embedded stack's mail server took in, the newest last, with the file of each."""
    found = list(mails.received(folder))
    if not found:
        console.say("No mail was sent yet.")
        return 0
    rows = [(f"{each.at:%d %b %H:%M:%S}", each.to, each.subject, each.path.name) for each in found]
    print(console.table(("Sent", "To", "Subject", "File"), rows))
    console.say(f"{len(found)} mails, kept in {folder / 'mail'}; none of them left this machine.")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m stack", description=__doc__)
    parser.add_argument("command", choices=("demo", "servers", "memory", "mails", "discard"))
    parser.add_argument(
        "--stack",
        choices=services.KINDS,
        default=os.environ.get("STACK") or "embedded",
        help="embedded: Python packages alone; native: Kafka, Keycloak, slapd (STACK=native)",
    )
    parser.add_argument("--folder", type=Path, help="where the data lies; .data/STACK unless given")
    parser.add_argument("--no-seed", action="store_true", help="start with an empty company")
    is_fresh = os.environ.get("FRESH", "") not in ("", "0")
    parser.add_argument(
        "--fresh", action="store_true", default=is_fresh, help="throw the data away first (FRESH=1)"
    )
    arguments = parser.parse_args()
    arguments.folder = arguments.folder or DATA / arguments.stack
    return arguments


def _snapshots(arguments: argparse.Namespace) -> dict[str, str]:
    is_demo = arguments.command == "demo"
    return {"DM_SNAPSHOT_FOLDER": str(arguments.folder.resolve() / "snapshots")} if is_demo else {}


def _end(_number: int, _frame: FrameType | None) -> None:
    for number in ENDS:
        signal.signal(
            number, signal.SIG_IGN
        )  # the end is bounded in time; a second signal would break it off
    raise Ended


def _since(started: float) -> str:
    return f"[{time.monotonic() - started:5.1f} s]"


if __name__ == "__main__":
    sys.exit(main())
