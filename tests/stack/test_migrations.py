"""Migrations on a database with data in it: down and up, beside people at work, and with the version before still running."""

import ast
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from models.shared import database
from settings import SCHEMAS, settings
from stack.database import create_roles_and_schemas
from tests.gateway.test_gets_write_nothing import _do_business

ROOT = Path(__file__).parents[2]
VERSIONS = sorted((ROOT / "migrations/versions").glob("0*.py"))
LINTED_SINCE = "0021"  # those before it were written before anybody had data
KEPT = ("sales.client", "orders.order", "orders.order_line", "inventory.stock", "inventory.ledger", "notifications.notification",
        "orders.outbox", "inventory.last_sequence")


@pytest.fixture
def filled(postgres_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a database of its own at head, with a client, a product and an order on its way."""
    name = "migrations_on_data"
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    create_roles_and_schemas(postgres_server, name)
    monkeypatch.setenv("DM_DATABASE_URL", f"postgresql://{postgres_server.rsplit('@', 1)[1]}/{name}")
    alembic("upgrade", "head")
    begin_anew()
    _do_business()
    yield f"{postgres_server}/{name}"
    for schema in SCHEMAS:
        database.engine(schema).dispose()
    monkeypatch.undo()
    begin_anew()


def begin_anew() -> None:
    """Settings and connections of this process are made again."""
    settings.cache_clear()
    database.engine.cache_clear()


def alembic(*words: str) -> None:
    """Runs it as an operator would; fails with its last words."""
    done = run(*words)
    assert done.returncode == 0, done.stderr[-1500:]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "alembic", "-c", "migrations/alembic.ini", *words], cwd=ROOT,
                          env=os.environ.copy(), capture_output=True, text=True)


def revision_of(path: Path, name: str = "revision") -> str:
    """What a migration says it is, or what it follows."""
    found = [node.value for node in ast.parse(path.read_text()).body if isinstance(node, ast.Assign)
             and ast.unparse(node.targets[0]) == name]
    return str(ast.literal_eval(found[0]))


def contents(dsn: str) -> dict[str, int]:
    with psycopg.connect(dsn) as connection:
        tables = [table.replace(".", '."') + '"' for table in KEPT]
        return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}  # type: ignore[misc, index]


def test_the_last_migrations_go_down_and_up_on_data_and_lose_no_business(filled: str):
    before = contents(filled)
    assert before['sales."client"'] == 1 and before['orders."order_line"'] == 1
    for path in VERSIONS[-1:-4:-1]:
        alembic("downgrade", revision_of(path, "down_revision"))
        assert contents(filled) == before, path.name
    alembic("upgrade", "head")
    assert contents(filled) == before
    alembic("check")


def test_a_migration_gives_up_rather_than_stand_in_the_way_and_changes_nothing(filled: str):
    alembic("downgrade", revision_of(VERSIONS[-1], "down_revision"))
    with psycopg.connect(filled) as working:
        for schema in SCHEMAS:
            tables = working.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [schema]).fetchall()
            for (table,) in tables:
                working.execute(f'LOCK TABLE {schema}."{table}" IN ROW EXCLUSIVE MODE')  # type: ignore[arg-type]
        began = time.monotonic()
        refused = run("upgrade", "head")
        assert refused.returncode != 0 and "lock timeout" in refused.stderr
        assert time.monotonic() - began < 60
        version = working.execute("SELECT version_num FROM public.alembic_version").fetchone()
        assert version == (revision_of(VERSIONS[-1], "down_revision"),)
    alembic("upgrade", "head")


def test_the_version_before_runs_on_the_new_schema(filled: str):
    """Each column that it knows is there, of the same type; what is new and must be filled fills itself."""
    after = columns(filled)
    alembic("downgrade", revision_of(VERSIONS[-1], "down_revision"))
    before = columns(filled)
    for place, (kind, may_be_null, _) in before.items():
        assert place in after, f"{place} is gone: the version before still asks for it"
        assert after[place][0] == kind, f"{place} is of another type"
        assert after[place][1] or not may_be_null, f"{place} must be filled now, the version before may not"
    for place in set(after) - set(before):
        is_new_table = place[:2] not in {known[:2] for known in before}
        assert is_new_table or after[place][1] or after[place][2], f"{place}: the version before does not fill it"


def columns(dsn: str) -> dict[tuple[str, str, str], tuple[str, bool, bool]]:
    """Type, whether it may be null, whether it has a default; for each column of ours."""
    query = ("SELECT table_schema, table_name, column_name, data_type, is_nullable = 'YES',"
             " column_default IS NOT NULL OR is_identity = 'YES' OR is_generated = 'ALWAYS'"
             " FROM information_schema.columns WHERE table_schema = ANY (%s)")
    with psycopg.connect(dsn) as connection:
        return {row[:3]: row[3:] for row in connection.execute(query, [list(SCHEMAS)]).fetchall()}  # type: ignore[misc]


def lint(text: str) -> list[str]:
    """What of a migration would stop people at work or the version before; a sentence each."""
    said = []
    upgrade = next(node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == "upgrade")
    made = {ast.literal_eval(node.args[0]) for node in ast.walk(upgrade) if isinstance(node, ast.Call)
            and ast.unparse(node.func) == "op.create_table" and isinstance(node.args[0], ast.Constant)}
    for call in (node for node in ast.walk(upgrade) if isinstance(node, ast.Call)):
        name, words = ast.unparse(call.func), ast.unparse(call)
        given = {each.arg: ast.unparse(each.value) for each in call.keywords}
        on_new = any(isinstance(each, ast.Constant) and each.value in made for each in call.args)
        if name == "op.create_index" and not on_new and given.get("postgresql_concurrently") != "True":
            said.append("an index on a table with rows is made CONCURRENTLY (in an autocommit_block)")
        if name in ("op.drop_column", "op.drop_table", "op.rename_table") or "new_column_name" in given:
            said.append("the version before still needs what is taken away or renamed; do it one version later")
        if name == "op.alter_column" and ("type_" in given or given.get("nullable") == "False"):
            said.append("another type or NOT NULL reads the whole table under a lock; add a column or a NOT VALID check")
        if name == "op.add_column" and "nullable=False" in words and "server_default" not in words:
            said.append("a column that must be filled needs a default")
        if name == "op.create_check_constraint" and "postgresql_not_valid" not in given:
            said.append("a check on a table with rows is added NOT VALID and validated after")
    return said


@pytest.mark.parametrize(("code", "is_fine"), [
    ('op.create_index("i", "order", ["x"], schema="orders")', False),
    ('op.create_index("i", "order", ["x"], schema="orders", postgresql_concurrently=True)', True),
    ('op.create_table("new", schema="orders"); op.create_index("i", "new", ["x"], schema="orders")', True),
    ('op.drop_column("order", "note", schema="orders")', False), ('op.alter_column("order", "x", new_column_name="y")', False),
    ('op.alter_column("order", "x", nullable=False)', False), ('op.alter_column("order", "x", server_default="1")', True),
    ('op.add_column("order", Column("x", Text, nullable=False))', False),
    ('op.add_column("order", Column("x", Text, nullable=False, server_default=""))', True),
    ('op.create_check_constraint("c", "order", "x > 0")', False),
])
def test_the_rules_see_what_would_stop_people_at_work(code: str, is_fine: bool):
    assert (lint(f"def upgrade():\n    {code}\n") == []) is is_fine


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem[:4])
def test_a_migration_is_safe_beside_people_at_work(path: Path):
    assert path.name < LINTED_SINCE or lint(path.read_text()) == []
    names = {node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}
    assert {"upgrade", "downgrade"} <= names
