"""Restore a snapshot: all of it into a fresh cluster, or one schema into a separate database."""

from pathlib import Path

import psycopg
from psycopg import sql

from areas import SCHEMAS
from consumers.backup.snapshots import (
    SnapshotFailed,
    address,
    database_name,
    faults,
    manifest,
    rows_of,
    run,
)
from models.shared import clock
from models.shared.dates import compact

EXTENSIONS = ("pg_trgm",)


def restore(snapshot: Path) -> dict[str, int]:
    """Restore the database and its roles into a cluster that has neither; return rows per table.

    Raises SnapshotFailed for a damaged snapshot, for a cluster that already has the database, and
    if a table ends up with another number of rows than the snapshot recorded.
    """
    if wrong := faults(snapshot):
        raise SnapshotFailed(f"{snapshot.name}: {'; '.join(wrong)}")
    said = manifest(snapshot)
    with psycopg.connect(address(), autocommit=True, connect_timeout=5) as connection:
        if _has(connection, said.database):
            raise SnapshotFailed(
                f"this cluster has a database {said.database}; a snapshot is restored into a fresh cluster"
            )
        _restore_roles(connection, (snapshot / "roles.sql").read_text())
    run(
        "pg_restore", "--create", "--exit-on-error", "--dbname=postgres", snapshot / "database.dump"
    )
    with psycopg.connect(address(said.database), autocommit=True) as connection:
        connection.execute("ANALYZE")
        found = rows_of(connection)
    if found != said.rows:
        raise SnapshotFailed(
            f"rows differ from the snapshot's: {sorted(set(found.items()) ^ set(said.rows.items()))[:6]}"
        )
    return found


def restore_beside(snapshot: Path, schema: str) -> str:
    """Restore one schema into a new database that the product never reads; return its name.

    Never restore it into the live database: the other services know of events that the old schema
    does not.
    """
    if schema not in SCHEMAS:
        raise SnapshotFailed(f"there is no schema {schema}")
    if wrong := faults(snapshot):
        raise SnapshotFailed(f"{snapshot.name}: {'; '.join(wrong)}")
    name = f"{database_name()}_{schema}_{compact(clock.now()).lower()}"
    with psycopg.connect(address(), autocommit=True, connect_timeout=5) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        connection.execute(
            sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name))
        )
    with psycopg.connect(address(name), autocommit=True) as connection:
        for extension in EXTENSIONS:
            connection.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(extension)))
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    run(
        "pg_restore",
        "--exit-on-error",
        f"--schema={schema}",
        f"--dbname={name}",
        snapshot / "database.dump",
    )
    return name


def _has(connection: psycopg.Connection, database: str) -> bool:
    return (
        connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        is not None
    )


def _restore_roles(connection: psycopg.Connection, text: str) -> None:
    """Run each statement except those about existing roles, so the superuser keeps its password."""
    known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
    for line in text.splitlines():
        words = line.rstrip(";").split()
        is_new = (
            words[:2] in (["CREATE", "ROLE"], ["ALTER", "ROLE"])
            and words[2].strip('"') not in known
        )
        if is_new or words[:1] == ["GRANT"]:
            connection.execute(line.encode())
