"""Alembic under the migrator's role, with lock and statement timeouts; one line of history over all schemas."""

import importlib
import pkgutil

from alembic import context
from sqlalchemy import create_engine, text

import models
from areas import SCHEMAS
from models.shared.database.tables import mechanism, metadata_of
from settings import settings

for module in pkgutil.walk_packages(models.__path__, "models."):
    if module.name.endswith("tables"):
        importlib.import_module(module.name)
for schema in SCHEMAS:
    mechanism(schema)
PATIENCE = {"lock_timeout": 4000, "statement_timeout": 60000}
target_metadata = [metadata_of(schema) for schema in SCHEMAS]


def run_migrations() -> None:
    dsn = settings().database_dsn("migrator").replace("postgresql://", "postgresql+psycopg://")
    options = " ".join(f"-c {name}={milliseconds}" for name, milliseconds in PATIENCE.items())
    with create_engine(dsn, connect_args={"options": options}).connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(7306711)"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=target_metadata,
            include_schemas=True,
            include_name=is_ours,
            version_table_schema="public",
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


def write_sql() -> None:
    """The migrations as SQL on standard output (`--sql`), for who reads or lints it; no database is asked."""
    context.configure(
        dialect_name="postgresql",
        dialect_opts={"paramstyle": "named"},
        literal_binds=True,
        version_table_schema="public",
        transaction_per_migration=True,
    )
    for name, milliseconds in PATIENCE.items():
        context.execute(f"SET {name} = {milliseconds}")
    with context.begin_transaction():
        context.run_migrations()


def is_ours(name: str | None, type_: str, _parents: object) -> bool:
    if type_ == "table" and (name or "").startswith("procrastinate_"):
        return False  # the job library's own
    return type_ != "schema" or name in SCHEMAS


if context.is_offline_mode():
    write_sql()
else:
    run_migrations()
