"""`python -m consumers.backup take|list|restore|beside|recover`: snapshots for operators.

docs/howto/snapshots.md describes the restore.
"""

import argparse
import sys
import time
from pathlib import Path

import telemetry
from consumers import recovering, restoring, snapshots
from settings import settings


def main() -> int:
    """Run the command; return 1, with the reason in one line, if it failed."""
    telemetry.configure_logging("backup", "ERROR")
    asked = _arguments()
    try:
        for line in COMMANDS[asked.command](asked):
            sys.stdout.write(f"{line}\n")
    except (snapshots.SnapshotFailed, TimeoutError) as error:
        sys.stdout.write(f"{error}\n")
        return 1
    return 0


def take(_asked: argparse.Namespace) -> list[str]:
    """Take a snapshot now, in addition to the daily ones."""
    return [f"{snapshots.take().name} was taken and read through."]


def list_all(_asked: argparse.Namespace) -> list[str]:
    """List each snapshot with its size and its faults."""
    lines = []
    for each in snapshots.listed(Path(settings().snapshot_folder)):
        size = sum(file.stat().st_size for file in each.iterdir()) // 1024
        lines.append(f"{each.name}  {size} KiB  {'; '.join(snapshots.faults(each)) or 'good'}")
    return lines or ["There is no snapshot."]


def restore(asked: argparse.Namespace) -> list[str]:
    """Restore a whole snapshot into a fresh cluster."""
    began, snapshot = time.monotonic(), _chosen(asked)
    rows = restoring.restore(snapshot)
    return [
        f"{snapshot.name} is back: {sum(rows.values())} rows in {len(rows)} tables, {time.monotonic() - began:.1f} s.",
        "Lost may be what was done after that moment: "
        "run `python -m consumers.backup recover` before the product starts.",
    ]


def beside(asked: argparse.Namespace) -> list[str]:
    """Restore one schema into a separate database."""
    snapshot = _chosen(asked)
    return [
        f"{asked.schema} as of {snapshot.name} is in the database {restoring.restore_beside(snapshot, asked.schema)}."
    ]


def recover(_asked: argparse.Namespace) -> list[str]:
    """Recover after a restore: sequences, topics, consumer groups and the outbox."""
    began, done = time.monotonic(), recovering.recover()
    lines = [
        f"The broker told of {done.seen} events; {done.lost.total()} of them came after the snapshot and are lost."
    ]
    lines += [f"  lost: {count} x {kind}" for kind, count in sorted(done.lost.items())]
    lines += [f"  concerns: {', '.join(done.lost_subjects[:50])}"] if done.lost_subjects else []
    lines += [f"  {sequence} goes on after {number}" for sequence, number in done.raised.items()]
    took = f"{time.monotonic() - began:.1f} s"
    return [
        *lines,
        f"Topics and groups are new; {done.again} events of the last 7 days go again. {took}.",
    ]


COMMANDS = {
    "take": take,
    "list": list_all,
    "restore": restore,
    "beside": beside,
    "recover": recover,
}


def _chosen(asked: argparse.Namespace) -> Path:
    folder = Path(settings().snapshot_folder)
    if asked.snapshot:
        return folder / asked.snapshot
    if newest := snapshots.newest_good(folder):
        return newest
    raise snapshots.SnapshotFailed("There is no good snapshot.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m consumers.backup", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--snapshot", default="", help="its name; the newest good one unless given")
    parser.add_argument("--schema", default="", help="for `beside`: which schema")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
