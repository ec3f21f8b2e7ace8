"""What a caller knows or may do at this moment, as against what was asked for: prices, people, rights.

A request that is sent again later still asks for the same, so an idempotency key does not stand for it.
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

T = TypeVar("T")

_MARK = "circumstance"
Circumstance = Annotated[T, _MARK]  # the type of such a parameter of a command, or field of one


def is_circumstance(hints: Mapping[str, Any], name: str) -> bool:
    """Whether the parameter or field of this name is one, by its type hint."""
    return _MARK in getattr(hints.get(name), "__metadata__", ())
