"""Snapshots of the whole database and its roles, taken with the server version's own dump tools.

A snapshot is a folder named for its moment: `roles.sql`, `database.dump` and `manifest.json` (rows
of every table at that moment, checksums). It gets its name only after it was read through and found
good, so a named snapshot is complete.
"""

import hashlib
import logging
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import psycopg
from prometheus_client import Counter, Gauge
from psycopg import sql

from areas import SCHEMAS
from models.shared import clock
from models.shared.database.deadlines import PatientConnection, seconds_left
from models.shared.dates import compact
from models.shared.jobs import task
from models.shared.operations import snapshots
from models.shared.operations.snapshots import (
    EVERY,
    listed,
    missing,
    moment_of,
    note,
    notes,
)
from settings import settings, superuser_dsn

log = logging.getLogger(__name__)
KEPT = timedelta(days=7)
TURN = 7306713  # key of the advisory lock that lets one process at a time take a snapshot
TAKEN = Counter("dm_snapshots_total", "Snapshots by what became of them", ["outcome"])
LAST_GOOD = Gauge(
    "dm_snapshot_last_good_timestamp_seconds",
    "When the newest good snapshot was taken; 0 without one",
)
LAST_GOOD.set_function(lambda: last.timestamp() if (last := snapshots.standing().last_good) else 0)
DAMAGED = Gauge("dm_snapshots_damaged", "Kept snapshots whose files are not what they were")
DAMAGED.set_function(
    lambda: (
        len(notes(Path(settings().snapshot_folder)).damaged) if settings().snapshot_folder else 0
    )
)


class SnapshotFailed(Exception):
    """No good snapshot was made or restored; the message says why and holds no password."""


class BeingTaken(SnapshotFailed):
    """Another process is taking a snapshot; this is not a failure."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot holds."""

    at: datetime
    database: str
    server: str
    rows: dict[str, int]
    checksums: dict[str, str]


@task(  # in a queue that is served anyway
    "notifications", cron="7 * * * *", deadline="snapshot_seconds"
)
def take_daily_snapshot() -> None:
    """Every hour, check whether a snapshot is due.

    Take one if the newest good one is a day old or the newest is damaged; otherwise verify all of
    them once a day.
    """
    if not settings().snapshot_folder:
        return
    folder = Path(settings().snapshot_folder)
    good, read_through_at = newest_good(folder), notes(folder).read_through_at
    if good is None or good != listed(folder)[-1] or clock.now() - moment_of(good) >= EVERY:
        take()
    elif read_through_at is None or clock.now() - read_through_at >= EVERY:
        read_all_through(folder)


def take() -> Path:
    """Take a snapshot, verify it, and remove expired ones.

    Raises SnapshotFailed after logging and recording the failure.
    """
    folder = Path(settings().snapshot_folder)
    try:
        with the_only_one() as connection:
            made = _take(connection, folder)
    except BeingTaken:
        raise
    except (SnapshotFailed, psycopg.Error, OSError) as error:
        _say_failed(folder, str(error).strip())
        raise SnapshotFailed(str(error)) from error
    TAKEN.labels("done").inc()
    log.info(
        "snapshot %s taken, %d KiB",
        made.name,
        sum(file.stat().st_size for file in made.iterdir()) // 1024,
    )
    note(folder, msgspec.structs.replace(notes(folder), failed_at=None, why=""))
    prune(folder)
    read_all_through(folder)
    return made


def read_all_through(folder: Path) -> dict[str, str]:
    """Verify every file of every snapshot by checksum; log, record and return the damaged ones."""
    damaged = {each.name: "; ".join(found) for each in listed(folder) if (found := faults(each))}
    for name, fault in damaged.items():
        log.error("snapshot %s is damaged: %s", name, fault)
    note(
        folder, msgspec.structs.replace(notes(folder), read_through_at=clock.now(), damaged=damaged)
    )
    return damaged


def _say_failed(folder: Path, why: str) -> None:
    TAKEN.labels("failed").inc()
    log.error("no snapshot was taken: %s", why)
    if settings().snapshot_folder:
        note(folder, msgspec.structs.replace(notes(folder), failed_at=clock.now(), why=why))


def prune(folder: Path) -> list[str]:
    """Remove snapshots older than 7 days, but never the newest good one; return the removed names."""
    good, before = newest_good(folder), clock.now() - KEPT
    old = [
        each
        for each in listed(folder)
        if moment_of(each) < before and good is not None and each != good
    ]
    for each in old:
        shutil.rmtree(each)
    return [each.name for each in old]


def newest_good(folder: Path) -> Path | None:
    """Return the newest snapshot whose files match its manifest."""
    return next((each for each in reversed(listed(folder)) if not faults(each)), None)


def faults(snapshot: Path) -> list[str]:
    """Return what is wrong with a snapshot, a sentence for each missing or changed file."""
    if gone := missing(snapshot):
        return gone
    try:
        found = manifest(snapshot)
    except SnapshotFailed as error:
        return [str(error)]
    return [
        f"{name} is not what it was"
        for name, known in found.checksums.items()
        if checksum(snapshot / name) != known
    ]


def manifest(snapshot: Path) -> Manifest:
    """Return a snapshot's manifest. Raises SnapshotFailed if it cannot be read."""
    try:
        return msgspec.json.decode((snapshot / "manifest.json").read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise SnapshotFailed(f"{snapshot.name} has no manifest that can be read") from error


def run(program: str, *arguments: str | Path) -> str:
    """Run one of PostgreSQL's programs as the superuser and return its output.

    Raises SnapshotFailed with the end of its error output, or if it does not end in the job's time.
    """
    place = settings().snapshot_programs
    parts = psycopg.conninfo.conninfo_to_dict(address())
    given = {
        f"PG{name.upper()}": str(parts[name])
        for name in ("host", "port", "user", "password")
        if parts.get(name)
    }
    try:
        done = subprocess.run(
            [Path(place) / program if place else program, *arguments],
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            timeout=seconds_left(),
        )
    except subprocess.TimeoutExpired as error:
        raise SnapshotFailed(f"{program} was stopped after {error.timeout:.0f} s") from error
    if done.returncode:
        raise SnapshotFailed(f"{program} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


def address(database: str = "postgres") -> str:
    """Return the superuser's connection string for a database."""
    return superuser_dsn(settings().snapshot_dsn.reveal(), database)


def database_name() -> str:
    """Return the name of the product's database."""
    return settings().database_url.rsplit("/", 1)[1].split("?")[0]


def checksum(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def rows_of(connection: psycopg.Connection) -> dict[str, int]:
    """Return the row count of each of our tables, as this transaction sees it."""
    tables = connection.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = ANY (%s) ORDER BY 1, 2",
        [list(SCHEMAS)],
    ).fetchall()
    count = sql.SQL("SELECT count(*) FROM {}")
    counts = {}
    for schema, table in tables:
        found = connection.execute(count.format(sql.Identifier(schema, table))).fetchone()
        counts[f"{schema}.{table}"] = int(found[0]) if found else 0
    return counts


@contextmanager
def the_only_one() -> Iterator[psycopg.Connection]:
    """Connect to the product's database and hold the snapshot lock.

    Raises BeingTaken while another process holds it, SnapshotFailed without the settings.
    """
    if not (settings().snapshot_folder and settings().snapshot_dsn.reveal()):
        raise SnapshotFailed("DM_SNAPSHOT_FOLDER and DM_SNAPSHOT_DSN are not set")
    with PatientConnection.connect(
        address(database_name()), autocommit=True, connect_timeout=5
    ) as connection:
        if not connection.execute("SELECT pg_try_advisory_lock(%s)", [TURN]).fetchone()[0]:  # type: ignore[index]
            raise BeingTaken("another process is taking one")
        yield connection


def _take(connection: psycopg.Connection, folder: Path) -> Path:
    name = compact(clock.now())
    unfinished = folder / f"unfinished-{name}"
    unfinished.mkdir(parents=True, mode=0o700)  # it holds the whole database
    try:
        _fill(connection, unfinished)
        return unfinished.rename(folder / name)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _fill(connection: psycopg.Connection, unfinished: Path) -> None:
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    moment = connection.execute("SELECT pg_export_snapshot()").fetchone()[0]  # type: ignore[index]
    dump = unfinished / "database.dump"
    run(
        "pg_dump",
        "--format=custom",
        "--compress=6",
        f"--snapshot={moment}",
        "--file",
        dump,
        database_name(),
    )
    (unfinished / "roles.sql").write_text(run("pg_dumpall", "--roles-only"))
    rows, server = rows_of(connection), connection.execute("SHOW server_version").fetchone()[0]  # type: ignore[index]
    connection.execute("COMMIT")
    run(
        "pg_restore", "--file", os.devnull, dump
    )  # reads the whole dump, so that a truncated or damaged one fails here
    checksums = {file.name: checksum(file) for file in unfinished.iterdir()}
    said = Manifest(
        at=clock.now(), database=database_name(), server=server, rows=rows, checksums=checksums
    )
    (unfinished / "manifest.json").write_bytes(msgspec.json.encode(said))
