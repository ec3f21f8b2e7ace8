"""Switches that break a part on purpose exist only where DM_FAULTS=1 says so, which a network never serves."""

from flask import abort

from settings import settings


def are_offered() -> bool:
    """Whether this process has such switches."""
    return settings().faults


def only_with_faults() -> None:
    """Answers 404 where this process has none."""
    if not are_offered():
        abort(404)
