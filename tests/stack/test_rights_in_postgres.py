"""PostgreSQL itself keeps each service to its own schema: asked for every pair of role and schema."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from areas import SCHEMAS
from settings import settings
from stack.database import create_roles_and_schemas

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def as_role(database: str):
    """A function that runs one statement as a schema's role, rolled back at the end."""

    def run(schema: str, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(settings().database_dsn(schema)) as connection:
            found = connection.execute(statement)
            rows = found.fetchall() if found.description else []
            connection.rollback()
            return rows

    return run


@pytest.mark.parametrize("role", SCHEMAS)
@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_role_reads_and_writes_its_own_schema_and_no_other(as_role, role: str, schema: str):
    statements = (
        f"SELECT count(*) FROM {schema}.outbox",
        f"DELETE FROM {schema}.outbox",
        f"TABLE {schema}.inbox",
    )
    for statement in statements[:2] if role == schema else statements:
        if role == schema:
            as_role(role, statement)
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                as_role(role, statement)


@pytest.mark.parametrize("role", SCHEMAS)
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE {0}.outbox ADD COLUMN own int",
        "DROP TABLE {0}.outbox",
        "CREATE TABLE {0}.own (id int)",
        "CREATE TABLE public.own (id int)",
        "CREATE SCHEMA own",
        "TRUNCATE {0}.outbox",
    ],
)
def test_a_role_cannot_change_the_shape_of_anything(as_role, role: str, statement: str):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_role(role, statement.format(role))


def test_tables_belong_to_the_migrator(database: str):
    with psycopg.connect(database) as connection:
        owners = connection.execute(
            "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = ANY(%s)", [list(SCHEMAS)]
        )
        assert owners.fetchall() == [("dm_migrator",)]


def test_roles_and_schemas_can_be_made_again_without_harm(database: str, as_role):
    create_roles_and_schemas(database.rsplit("/", 1)[0])
    assert as_role("orders", "SELECT count(*) >= 0 FROM orders.outbox") == [(True,)]


@pytest.mark.long
def test_migrations_go_down_and_up_and_match_the_models(postgres_server: str):
    name = "migrations_down_and_up"
    create_roles_and_schemas(postgres_server, name)
    env = {
        **os.environ,
        "DM_DATABASE_URL": f"postgresql://{postgres_server.rsplit('@', 1)[1]}/{name}",
    }
    for words in (
        ["upgrade", "head"],
        ["check"],
        ["downgrade", "base"],
        ["upgrade", "head"],
        ["check"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "alembic", "-c", "migrations/alembic.ini", *words],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"alembic {' '.join(words)}: {done.stdout}{done.stderr}"
