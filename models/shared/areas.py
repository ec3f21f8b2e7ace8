"""The areas of the domain: for each, its package in `models`, its PostgreSQL schema, and what to load.

The only list of areas in the domain: workers, jobs and the contracts import what it names, and fail
at start if a module is missing. The list for the web is in webapp/app.py.
"""

import importlib
from typing import Literal, NamedTuple

Part = Literal["events", "handlers", "jobs"]


class Area(NamedTuple):
    """One area; `parts` names the modules of its package that register something when imported."""

    package: str
    schema: str
    parts: tuple[Part, ...] = ()


AREAS = (
    Area("profile", "profile"),
    Area("sales", "sales", ("events", "jobs")),
    Area("orders", "orders", ("events", "handlers")),
    Area("inventory", "inventory", ("events", "handlers")),
    Area("finance", "finance", ("events", "jobs")),
    Area("wuphf", "notifications", ("events", "handlers", "jobs")),
)


def schema_of_package(package: str) -> str:
    """Return the schema of the area with this package. Raises LookupError if there is none."""
    for area in AREAS:
        if area.package == package:
            return area.schema
    raise LookupError(f"models.{package} belongs to no area")


def load(part: Part, schema: str | None = None) -> None:
    """Import this part of the area with this schema, or of every area that has it.

    Raises ImportError if a part is missing.
    """
    for area in AREAS:
        if part in area.parts and schema in (None, area.schema):
            importlib.import_module(f"models.{area.package}.{part}")
