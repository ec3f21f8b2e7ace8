"""Mark command parameters that describe the caller's situation rather than the request.

Prices, people and permissions are such circumstances. A retried request asks for the same thing
even when they have changed, so an idempotency key does not cover them.
"""

from collections.abc import Mapping
from typing import Annotated, TypeVar

T = TypeVar("T")

_MARK = "circumstance"
Circumstance = Annotated[T, _MARK]  # annotates a parameter of a command, or a field of one


def is_circumstance(hints: Mapping[str, object], name: str) -> bool:
    """Return whether the parameter or field called `name` is a Circumstance, by its type hint."""
    return _MARK in getattr(hints.get(name), "__metadata__", ())
