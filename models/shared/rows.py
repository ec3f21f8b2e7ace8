"""Many rows in one statement: PostgreSQL takes them from one JSON array, and each value in its column's own type."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Table, TextClause, text
from sqlalchemy.orm import Session


def insert_rows(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any]], *, unless_there: bool = False
) -> None:
    """Inserts rows that all name the same columns, in their order; `unless_there` passes over those that are there.

    For what comes by the hundred: an insert for each takes fifty times as long. Binary columns have no place in JSON.
    """
    if rows:
        given = msgspec.json.encode(rows).decode()
        session.connection().execute(_insert(table, tuple(rows[0]), unless_there), {"given": given})


@cache
def _insert(table: Table, columns: tuple[str, ...], unless_there: bool) -> TextClause:
    named = ", ".join(f'"{table.c[name].name}"' for name in columns)
    conflict = " ON CONFLICT DO NOTHING" if unless_there else ""
    return text(f"""INSERT INTO {table.fullname} ({named}) SELECT {named}
        FROM json_populate_recordset(CAST(NULL AS {table.fullname}), CAST(:given AS json)){conflict}""")  # noqa: S608
