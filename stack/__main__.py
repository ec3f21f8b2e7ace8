"""`python -m stack demo`: the product on the embedded stack, until Ctrl-C. `python -m stack servers`: the servers only."""

import argparse
import os
import signal
import sys
import threading
import time
from pathlib import Path

from stack import console
from stack.memory import proportional_bytes
from stack.supervisor import Stack, forget

FOLDER = Path(".data") / "embedded"


def main() -> None:
    """Runs what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m stack", description=__doc__)
    parser.add_argument("what", choices=["demo", "servers"])
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the data lies")
    parser.add_argument("--no-seed", action="store_true", help="start with an empty company")
    asked = parser.parse_args()
    if os.environ.get("FRESH") == "1":
        console.say("Starting anew: the data of before is removed")
        forget(asked.folder)
    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, lambda *_: _interrupt(ended))
    began = time.monotonic()
    stack = Stack(asked.folder, seed=not asked.no_seed, show=console.show, say=console.say,
                  env={name: value for name, value in os.environ.items() if name in PASSED_ON})
    try:
        run(stack, asked.what, began, ended)
    except KeyboardInterrupt:
        pass
    finally:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        console.say("Ending")
        stack.stop()
    console.say("Everything has ended; the data is kept.")


PASSED_ON = ("DM_FAULTS", "DM_LOG_LEVEL", "DM_OTLP_ENDPOINT", "DM_TRACE_FILE")


def run(stack: Stack, what: str, began: float, ended: threading.Event) -> None:
    """Starts, welcomes, and waits for the end."""
    if what == "servers":
        stack.start_servers()
        stack.prepare_database()
        for name, value in sorted(stack.env.items()):
            print(f"export {name}={value}")
        print(f"# superuser: {stack.admin_dsn}", flush=True)
    else:
        stack.start_all()
        memory = sum(proportional_bytes([process.pid for process in stack.processes.values()]).values())
        console.welcome(stack.url)
        console.say(f"Ready after {time.monotonic() - began:.1f} s, {memory / 2**20:.0f} MB of memory in all")
    ended.wait()


def _interrupt(ended: threading.Event) -> None:
    if ended.is_set():
        return
    ended.set()
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
