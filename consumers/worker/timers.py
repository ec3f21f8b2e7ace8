"""The list of agents: which services consume events, and the timers that run along with them.

models/shared/events/catalogue.py says which topics each service listens to.
"""

import importlib
from collections.abc import Awaitable, Callable

from models.shared.events.catalogue import LISTENERS

SERVICES = tuple(LISTENERS)
# Each timer runs forever along with the service's agent and pulls what its handlers need from other
# services into local projections.
TIMERS = {"notifications": ("consumers.worker.people:keep_people_current",)}


def timers_of(service: str) -> list[Callable[[], Awaitable[None]]]:
    """Return the timers of a service."""
    return [_load(name) for name in TIMERS.get(service, ())]


def _load(name: str) -> Callable[[], Awaitable[None]]:
    module, function = name.split(":")
    timer: Callable[[], Awaitable[None]] = getattr(importlib.import_module(module), function)
    return timer
