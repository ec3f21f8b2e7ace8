"""The one list of agents: which service listens (to what, the catalogue says) and what runs beside it by the
clock."""

import importlib
from collections.abc import Awaitable, Callable

from models.shared.catalogue import LISTENERS

SERVICES = tuple(LISTENERS)
# Each runs for ever beside the service's agent: it pulls what handlers need from elsewhere into local
# projections.
TIMERS = {"notifications": ("consumers.people:keep_people_current",)}


def timers_of(service: str) -> list[Callable[[], Awaitable[None]]]:
    """The timers of a service."""
    return [_load(name) for name in TIMERS.get(service, ())]


def _load(name: str) -> Callable[[], Awaitable[None]]:
    module, function = name.split(":")
    timer: Callable[[], Awaitable[None]] = getattr(importlib.import_module(module), function)
    return timer
