"""What the tests of inventory share: products on the shelf, and orders that ask for them."""

from collections.abc import Callable
from typing import Any

import msgspec
import psycopg
import pytest

from tests.factories.inventory import Figures, Office


@pytest.fixture
def office(clean_database: str) -> Office:
    """An office over an empty warehouse."""
    return Office()


@pytest.fixture
def figures(clean_database: str) -> Callable[[str], Figures]:
    """`figures("A")`: how many cases of A are on hand and reserved."""

    def of(sku: str) -> Figures:
        with psycopg.connect(clean_database) as connection:
            row = connection.execute(
                "SELECT on_hand, reserved FROM inventory.stock WHERE sku = %s", [sku]
            ).fetchone()
        assert row
        return Figures(on_hand=row[0], reserved=row[1])

    return of


@pytest.fixture
def published(clean_database: str) -> Callable[..., list[dict[str, Any]]]:
    """`published("reservation.made")`: the payloads that inventory published under that type, in order."""

    def of(kind: str, key: str | None = None) -> list[dict[str, Any]]:
        with psycopg.connect(clean_database) as connection:
            rows = connection.execute(
                "SELECT key, envelope FROM inventory.outbox WHERE type = %s ORDER BY id",
                [f"dm.inventory.{kind}.v1"],
            ).fetchall()
        return [
            msgspec.json.decode(bytes(envelope))["data"]
            for found, envelope in rows
            if key in (None, found)
        ]

    return of
