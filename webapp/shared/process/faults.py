"""Fault switches, which break a part on purpose.

They exist only with DM_FAULTS=1, which is refused when the product is bound to a network.
"""

from flask import abort

from settings import settings


def are_offered() -> bool:
    """Check whether this process has fault switches."""
    return settings().faults


def only_with_faults() -> None:
    """Abort with 404 if this process has no fault switches."""
    if not are_offered():
        abort(404)
