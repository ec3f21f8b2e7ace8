"""The areas of the domain: for each, its package in `models`, its PostgreSQL schema, and what to load.

The only list of areas: workers, jobs, the web application and the contracts import what it names,
and fail at start if a module is missing.
"""

import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import Literal, NamedTuple

Part = Literal["consistency", "events", "handlers", "jobs"]


class Area(NamedTuple):
    """One area.

    - `parts`: the modules of its package that register something when imported; `consistency` has
      `find_book_errors(session)`, which returns a sentence for each fault in the area's books.
    - `numbers`: the prefixes of its business numbers with the sequence that issues each.
    - `searched`: its tables whose `search_text` a search looks in.
    """

    package: str
    schema: str
    parts: tuple[Part, ...] = ()
    numbers: Mapping[str, str] = {}
    searched: tuple[str, ...] = ()


AREAS = (
    Area("profile", "profile", ("events",)),
    Area(
        "sales",
        "sales",
        ("events", "jobs"),
        {"CL": "client_number", "LD": "lead_number"},
        ("client", "lead"),
    ),
    Area(
        "orders",
        "orders",
        ("consistency", "events", "handlers", "jobs"),
        {"DM": "order_number"},
        ("order",),
    ),
    Area(
        "inventory",
        "inventory",
        ("consistency", "events", "handlers"),
        {
            "SH": "shipment_number",
            "GR": "receipt_number",
            "RC": "goods_receipt_number",
            "TR": "transfer_number",
            "ST": "stock_take_number",
        },
        ("product", "receipt", "shipment"),
    ),
    Area(
        "finance",
        "finance",
        ("consistency", "events", "jobs"),
        {"EX": "expense_number", "RR": "run_number"},
        ("expense",),
    ),
    Area(
        "wuphf",
        "notifications",
        ("events", "handlers", "jobs"),
        {"WU": "broadcast_number"},
    ),
)
SCHEMAS = tuple(area.schema for area in AREAS)


def schema_of_package(package: str) -> str:
    """Return the schema of the area with this package. Raises LookupError if there is none."""
    for area in AREAS:
        if area.package == package:
            return area.schema
    raise LookupError(f"models.{package} belongs to no area")


def load(part: Part, schema: str | None = None) -> list[tuple[Area, ModuleType]]:
    """Import this part of the area with this schema, or of every area that has it; return both.

    Raises ImportError if a part is missing.
    """
    return [
        (area, importlib.import_module(f"models.{area.package}.{part}"))
        for area in AREAS
        if part in area.parts and schema in (None, area.schema)
    ]
