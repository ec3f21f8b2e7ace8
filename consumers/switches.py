"""What a worker does before each batch where DM_FAULTS=1: waits while its service is paused or
slowed, and takes up poison.
"""

import asyncio
import logging
import time

from models.shared.database import reading
from models.shared.poisoning import arm
from models.shared.switches import PAUSE, POISON, SLOW, Switch, switches_on
from settings import settings

LOOK_AGAIN = 0.25  # seconds
log = logging.getLogger(__name__)


async def break_on_purpose(service: str) -> None:
    """Returns when the service may take its batch, with the poison armed that is on; at once without DM_FAULTS=1.

    The batch stays unacknowledged meanwhile and heartbeats go on, as while the database is away.
    """
    if not settings().faults:
        return
    began, told = time.monotonic(), ""
    while waits_for := _what_holds(on := _look(service), time.monotonic() - began):
        if waits_for.kind != told:
            told = waits_for.kind
            log.warning(
                "holds its batch on purpose: %s, put on by %s until %s",
                told,
                waits_for.put_on_by,
                waits_for.until,
            )
        await asyncio.sleep(LOOK_AGAIN)
    arm(service, on.get(POISON))
    if told:
        log.warning("goes on after %.1f s of %s", time.monotonic() - began, told)


def _what_holds(on: dict[str, Switch], waited: float) -> Switch | None:
    slow = on.get(SLOW)
    return on.get(PAUSE) or (slow if slow and waited < (slow.delay or 0) else None)


def _look(service: str) -> dict[str, Switch]:
    """What is on; nothing where the database is away, for which the batch then waits by itself."""
    try:
        with reading(service) as session:
            return switches_on(session)
    except Exception as error:
        log.warning("cannot look for switches: %s", str(error).splitlines()[0])
        return {}
