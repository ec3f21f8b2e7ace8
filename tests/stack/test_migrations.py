"""Migrations on a database with data in it: down and up, beside people at work, and with the
version before still running.
"""

import ast
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from areas import SCHEMAS
from models.shared import transactions
from settings import settings
from stack.database import DESCRIPTION, create_roles_and_schemas
from tests.factories.office import do_business
from tests.stack.migration_rules import findings, findings_in, revisions, sql_of

ROOT = Path(__file__).parents[2]
VERSIONS = sorted((ROOT / "migrations/versions").glob("0*.py"))
KEPT = (
    "sales.client",
    "orders.order",
    "orders.order_line",
    "inventory.stock",
    "inventory.ledger",
    "notifications.notification",
    "orders.outbox",
    "inventory.last_sequence",
)


@pytest.fixture(scope="module")
def original(postgres_server: str) -> Iterator[str]:
    """The name of a database at head, with a client, a product and an order on its way, that nobody is connected to."""
    name = "migrations_original"
    create_roles_and_schemas(postgres_server, name)
    with pytest.MonkeyPatch.context() as patch, connected_to(postgres_server, name, patch):
        alembic("upgrade", "head")
        do_business()
    yield name


@pytest.fixture
def filled(postgres_server: str, original: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a database of its own, a copy of the original."""
    name = "migrations_on_data"
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(
            f"CREATE DATABASE {name} TEMPLATE {original} OWNER {DESCRIPTION['owner']}"
        )
    create_roles_and_schemas(postgres_server, name)  # rights on a database are not copied with it
    with connected_to(postgres_server, name, monkeypatch):
        yield f"{postgres_server}/{name}"


@contextmanager
def connected_to(server: str, name: str, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """While the block lasts, the settings name this database; after it nothing is connected to it."""
    patch.setenv("DM_DATABASE_URL", f"postgresql://{server.rsplit('@', 1)[1]}/{name}")
    begin_anew()
    yield
    for schema in SCHEMAS:
        transactions.engine(schema).dispose()
    patch.undo()
    begin_anew()


def begin_anew() -> None:
    """Settings and connections of this process are made again."""
    settings.cache_clear()
    transactions.engine.cache_clear()


def alembic(*words: str) -> None:
    """Runs it as an operator would; fails with its last words."""
    done = run(*words)
    assert done.returncode == 0, done.stderr[-1500:]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "alembic", "-c", "migrations/alembic.ini", *words],
        cwd=ROOT,
        env=os.environ.copy(),
        capture_output=True,
        text=True,
    )


def revision_of(path: Path, name: str = "revision") -> str:
    """What a migration says it is, or what it follows."""
    found = [
        node.value
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
    ]
    return str(ast.literal_eval(found[0]))


def contents(dsn: str) -> dict[str, int]:
    with psycopg.connect(dsn) as connection:
        tables = [table.replace(".", '."') + '"' for table in KEPT]
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in tables
        }  # type: ignore[misc, index]


def test_the_last_migrations_go_down_and_up_on_data_and_lose_no_business(filled: str):
    before = contents(filled)
    assert before['sales."client"'] == 1 and before['orders."order_line"'] == 1
    for path in VERSIONS[-1:-4:-1]:
        alembic("downgrade", revision_of(path, "down_revision"))
        assert contents(filled) == before, path.name
    alembic("upgrade", "head")
    assert contents(filled) == before
    alembic("check")


def newest_that_waits() -> Path:
    """The newest migration that changes a table that is there; one that only makes new ones stands in nobody's way."""
    return next(path for path in reversed(VERSIONS) if "ALTER TABLE" in sql_of(revision_of(path)))


def test_a_migration_gives_up_rather_than_stand_in_the_way_and_changes_nothing(filled: str):
    before = revision_of(newest_that_waits(), "down_revision")
    alembic("downgrade", before)
    with psycopg.connect(filled) as working:
        for schema in SCHEMAS:
            tables = working.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema]
            ).fetchall()
            for (table,) in tables:
                working.execute(f'LOCK TABLE {schema}."{table}" IN ROW EXCLUSIVE MODE')  # type: ignore[arg-type]
        began = time.monotonic()
        refused = run("upgrade", "head")
        assert refused.returncode != 0 and "lock timeout" in refused.stderr
        assert time.monotonic() - began < 60
        version = working.execute("SELECT version_num FROM public.alembic_version").fetchone()
        assert version == (before,)
    alembic("upgrade", "head")


def test_the_version_before_runs_on_the_new_schema(filled: str):
    """Each column that it knows is there, of the same type; what is new and must be filled fills itself."""
    after = columns(filled)
    alembic("downgrade", revision_of(VERSIONS[-1], "down_revision"))
    before = columns(filled)
    for place, (kind, may_be_null, _) in before.items():
        assert place in after, f"{place} is gone: the version before still asks for it"
        assert after[place][0] == kind, f"{place} is of another type"
        assert after[place][1] or not may_be_null, (
            f"{place} must be filled now, the version before may not"
        )
    for place in set(after) - set(before):
        is_new_table = place[:2] not in {known[:2] for known in before}
        assert is_new_table or after[place][1] or after[place][2], (
            f"{place}: the version before does not fill it"
        )


def columns(dsn: str) -> dict[tuple[str, str, str], tuple[str, bool, bool]]:
    """Type, whether it may be null, whether it has a default; for each column of ours."""
    query = (
        "SELECT table_schema, table_name, column_name, data_type, is_nullable = 'YES',"
        " column_default IS NOT NULL OR is_identity = 'YES' OR is_generated = 'ALWAYS'"
        " FROM information_schema.columns WHERE table_schema = ANY (%s)"
    )
    with psycopg.connect(dsn) as connection:
        return {row[:3]: row[3:] for row in connection.execute(query, [list(SCHEMAS)]).fetchall()}  # type: ignore[misc]


MUST_NOT = {
    'CREATE INDEX i ON orders."order" (owner);': "require-concurrent-index-creation",
    "DROP INDEX orders.i;": "require-concurrent-index-deletion",
    'ALTER TABLE orders."order" DROP COLUMN note;': "ban-drop-column",
    "DROP TABLE orders.draft;": "ban-drop-table",
    'ALTER TABLE orders."order" RENAME note TO remark;': "renaming-column",
    "ALTER TABLE orders.draft RENAME TO sketch;": "renaming-table",
    'ALTER TABLE orders."order" ALTER COLUMN note SET NOT NULL;': "adding-not-nullable-field",
    'ALTER TABLE orders."order" ALTER COLUMN note TYPE BIGINT USING 0;': "changing-column-type",
    'ALTER TABLE orders."order" ADD COLUMN hue TEXT NOT NULL;': "adding-required-field",
    'ALTER TABLE orders."order" ADD CONSTRAINT c CHECK (total > 0);': "constraint-missing-not-valid",
    'ALTER TABLE orders."order" ADD CONSTRAINT u UNIQUE (note);': "disallowed-unique-constraint",
    'UPDATE orders."order" SET note = lower(note);': "rows-in-a-migration",
    "DO $$\nBEGIN\nDELETE FROM orders.draft;\nEND $$;": "rows-in-a-migration",
    "WITH old AS (SELECT 1)\nDELETE FROM orders.draft;": "rows-in-a-migration",
}
MAY = (
    "CREATE TABLE orders.tag (id BIGINT, note TEXT); CREATE INDEX i ON orders.tag (note);",
    'COMMIT; CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON orders."order" (owner); BEGIN;',
    """ALTER TABLE orders."order" ADD COLUMN hue TEXT DEFAULT '' NOT NULL;""",
    'ALTER TABLE orders."order" ADD CONSTRAINT c CHECK (total > 0) NOT VALID;',
    "CREATE FUNCTION orders.f() RETURNS trigger LANGUAGE plpgsql AS $$\n"
    "BEGIN\nDELETE FROM orders.draft;\nRETURN NULL;\nEND $$;",
    """UPDATE public.alembic_version SET version_num = 'x';""",
)
AROUND = "SET lock_timeout = 4000;\nSET statement_timeout = 60000;\nBEGIN;\n{}\nCOMMIT;\n"


@pytest.mark.parametrize(("sql", "rule"), MUST_NOT.items())
def test_what_would_stop_people_at_work_or_the_version_before_is_found(sql: str, rule: str):
    assert rule in {each.rule for each in findings_in(AROUND.format(sql))}


@pytest.mark.parametrize("sql", MAY)
def test_what_stops_nobody_is_let_through(sql: str):
    assert findings_in(AROUND.format(sql)) == []


def test_a_migration_without_patience_is_found():
    assert {"require-lock-timeout", "require-statement-timeout"} <= {
        each.rule
        for each in findings_in(
            'BEGIN;\nALTER TABLE orders."order" ADD COLUMN hue TEXT;\nCOMMIT;\n'
        )
    }


def test_each_migration_is_safe_beside_people_at_work_and_goes_both_ways():
    assert len(revisions()) == len(VERSIONS) and findings(revisions()) == []
    for path in VERSIONS:
        names = {
            node.name
            for node in ast.parse(path.read_text()).body
            if isinstance(node, ast.FunctionDef)
        }
        assert {"upgrade", "downgrade"} <= names, path.name


def test_the_sql_of_all_migrations_makes_the_schema_that_alembic_makes(
    filled: str, postgres_server: str
):
    """What is linted is what runs."""
    name = "migrations_as_sql"
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    create_roles_and_schemas(postgres_server, name)
    with psycopg.connect(f"{postgres_server}/{name}", autocommit=True) as connection:
        connection.execute("SET ROLE dm_migrator")
        for revision in revisions():
            for part in re.split(r"^(?:BEGIN|COMMIT);$", sql_of(revision), flags=re.MULTILINE):
                # Alone, an index is made concurrently; in a batch PostgreSQL would refuse it.
                single = "CONCURRENTLY" in part
                for statement in part.split(";\n") if single else [part]:
                    if statement.strip():
                        connection.execute(statement)  # type: ignore[arg-type]
    assert columns(f"{postgres_server}/{name}") == columns(filled)
