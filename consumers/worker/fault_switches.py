"""Fault switches of a worker (DM_FAULTS=1): pause, slow down, or poison an event."""

import asyncio
import logging
import time

from models.shared.listeners.fault_switches import (
    PAUSE,
    POISON,
    SLOW,
    Switch,
    switches_on,
)
from models.shared.listeners.poison import arm
from models.shared.transactions import reading
from settings import settings

LOOK_AGAIN = 0.25  # seconds between two looks at the switches
log = logging.getLogger(__name__)


async def break_on_purpose(service: str) -> None:
    """Wait while the service is paused or slowed, then arm the poison switch if it is on.

    Returns at once without DM_FAULTS=1. The batch stays unacknowledged in the meantime and
    heartbeats continue, as during a database outage.
    """
    if not settings().faults:
        return
    began, told = time.monotonic(), ""
    while waits_for := _what_holds(on := _look(service), time.monotonic() - began):
        if waits_for.kind != told:
            told = waits_for.kind
            log.warning(
                "holding the batch on purpose: %s, switched on by %s until %s",
                told,
                waits_for.put_on_by,
                waits_for.until,
            )
        await asyncio.sleep(LOOK_AGAIN)
    arm(service, on.get(POISON))
    if told:
        log.warning("continuing after %.1f s of %s", time.monotonic() - began, told)


def _what_holds(on: dict[str, Switch], waited: float) -> Switch | None:
    slow = on.get(SLOW)
    return on.get(PAUSE) or (slow if slow and waited < (slow.delay or 0) else None)


def _look(service: str) -> dict[str, Switch]:
    """Return the switches that are on; none if the database is down.

    The batch handles an outage by itself.
    """
    try:
        with reading(service) as session:
            return switches_on(session)
    except Exception as error:
        log.warning("cannot read the fault switches: %s", str(error).splitlines()[0])
        return {}
