"""Types of queries and their rows, for what is the same whatever the columns are.

A row's columns are read by name; the query that made it says which there are.
"""

from typing import Any

from sqlalchemy import Row, Select

AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]
JsonObject = dict[str, Any]  # in a column of JSON
