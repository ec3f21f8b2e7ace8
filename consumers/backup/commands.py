"""Snapshot commands for operators; docs/howto/snapshots.md describes the restore."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

import telemetry
from consumers.backup import recovery, restore
from consumers.backup import snapshots as stored
from models.shared.counts import counted
from models.shared.operations.snapshots import listed
from settings import settings

of_snapshot = click.option(
    "--snapshot", default="", help="Name of the snapshot; the newest good one by default."
)


@click.group()
def snapshots() -> None:
    """Take, list and restore snapshots of the whole database."""
    telemetry.configure_logging("backup", "ERROR")


@snapshots.command()
def take() -> None:
    """Take a snapshot now, in addition to the daily ones."""
    with _one_line_for_failures():
        click.echo(f"{stored.take().name} was taken and verified.")


@snapshots.command("list")
def list_all() -> None:
    """List each snapshot with its size and its faults."""
    found = listed(Path(settings().snapshot_folder))
    for each in found:
        size = sum(file.stat().st_size for file in each.iterdir()) // 1024
        click.echo(f"{each.name}  {size} KiB  {'; '.join(stored.faults(each)) or 'good'}")
    if not found:
        click.echo("There are no snapshots.")


@snapshots.command("restore")
@of_snapshot
def restore_all(snapshot: str) -> None:
    """Restore a whole snapshot into a fresh cluster."""
    began = time.monotonic()
    with _one_line_for_failures():
        chosen = _chosen(snapshot)
        rows = restore.restore(chosen)
    seconds = time.monotonic() - began
    click.echo(
        f"{chosen.name} was restored: {counted(sum(rows.values()), 'row')} in {len(rows)} tables, {seconds:.1f} s.\n"
        "Events after that moment may be lost: "
        "run `python -m consumers snapshots recover` before the product starts."
    )


@snapshots.command("restore-beside")
@of_snapshot
@click.option("--schema", required=True, help="Which schema to restore.")
def restore_beside(snapshot: str, schema: str) -> None:
    """Restore one schema into a separate database, beside the running one."""
    with _one_line_for_failures():
        chosen = _chosen(snapshot)
        database = restore.restore_beside(chosen, schema)
    click.echo(f"{schema} as of {chosen.name} is in the database {database}.")


@snapshots.command()
def recover() -> None:
    """After a restore: bring sequences, topics, consumer groups and outboxes in line."""
    began = time.monotonic()
    with _one_line_for_failures():
        done = recovery.recover()
    click.echo(
        f"The broker has {counted(done.seen, 'event')}; "
        f"{done.lost.total()} of them came after the snapshot and are lost."
    )
    for kind, count in sorted(done.lost.items()):
        click.echo(f"  lost: {count} x {kind}")
    if done.lost_subjects:
        click.echo(f"  affected: {', '.join(done.lost_subjects[:50])}")
    for sequence, number in done.raised.items():
        click.echo(f"  {sequence} continues after {number}")
    click.echo(
        f"Topics and groups were recreated; {counted(done.again, 'event')} of the last 7 days will be published again. "
        f"{time.monotonic() - began:.1f} s."
    )


@contextmanager
def _one_line_for_failures() -> Iterator[None]:
    try:
        yield
    except (stored.SnapshotFailed, TimeoutError) as error:
        raise click.ClickException(str(error)) from error


def _chosen(name: str) -> Path:
    folder = Path(settings().snapshot_folder)
    if name:
        return folder / name
    if newest := stored.newest_good(folder):
        return newest
    raise stored.SnapshotFailed("There is no good snapshot.")
