"""Create or update roles, database, schemas and rights from stack/roles.toml. Safe to run again."""

import tomllib
from pathlib import Path

import psycopg
from psycopg import sql

from areas import SCHEMAS
from settings import settings, superuser_dsn

DESCRIPTION = tomllib.loads((Path(__file__).parent / "roles.toml").read_text())


def create_roles_and_schemas(admin_dsn: str, database: str | None = None) -> None:
    """Bring a server in line with stack/roles.toml.

    `admin_dsn` is a superuser's connection string without a database name, `…@host:port`.
    """
    name = database or DESCRIPTION["database"]
    owner, guests = DESCRIPTION["owner"], DESCRIPTION["guests"]
    schemas = {schema: f"dm_{schema}" for schema in SCHEMAS}
    with psycopg.connect(superuser_dsn(admin_dsn, "postgres"), autocommit=True) as connection:
        for role in (owner, *schemas.values(), *guests.values()):
            _create_role(connection, role)
        if not connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [name]
        ).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(*map(sql.Identifier, (name, owner)))
            )
        connection.execute(
            sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name))
        )
        for role in (*schemas.values(), *guests.values()):
            connection.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                    *map(sql.Identifier, (name, role))
                )
            )
    with psycopg.connect(superuser_dsn(admin_dsn, name), autocommit=True) as connection:
        connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        connection.execute(
            sql.SQL("GRANT ALL ON SCHEMA public TO {}").format(sql.Identifier(owner))
        )
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for schema, role in schemas.items():
            _create_schema(connection, schema, role, owner)
        for schema, role in guests.items():
            names = map(sql.Identifier, (schema, role))
            connection.execute(
                sql.SQL("CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}").format(*names)
            )


def _create_role(connection: psycopg.Connection, role: str) -> None:
    schema = role.removeprefix("dm_")
    password = settings().database_password(schema)
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    verb = sql.SQL("ALTER" if exists else "CREATE")
    connection.execute(
        sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
            verb, sql.Identifier(role), sql.Literal(password)
        )
    )


def _create_schema(connection: psycopg.Connection, schema: str, role: str, owner: str) -> None:
    names = {
        "schema": sql.Identifier(schema),
        "role": sql.Identifier(role),
        "owner": sql.Identifier(owner),
    }
    for statement in (
        "CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {owner}",
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} "
        "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    ):
        connection.execute(sql.SQL(statement).format(**names))


if __name__ == "__main__":
    import sys

    create_roles_and_schemas(sys.argv[1])
