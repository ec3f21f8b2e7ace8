"""Gaps in a key's sequence: release held events that are due, and request missing ones."""

import json
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import text

from models.shared import clock
from models.shared.database.channels import REPUBLISH
from models.shared.listeners.batches import Key, execute_columns, listening_transaction
from models.shared.listeners.registry import Incoming

LATE = timedelta(seconds=10)
AGAIN = timedelta(seconds=30)


class Gap(NamedTuple):
    """Sequences `first` through `last` of a key are missing, and later ones are held."""

    topic: str
    key: str
    first: int
    last: int


def held_and_due(schema: str, keys: list[Key]) -> list[Incoming]:
    """Return the held events of these keys that are next in sequence, at most one per key.

    A key whose next event is an open dead letter has none.
    """
    with listening_transaction(schema) as session:
        return [
            Incoming(row.topic, row.partition, row.offset, None, row.envelope)
            for row in execute_columns(session, _DUE.format(keys=_KEYS), keys, "tk")
        ]


def release_ready(schema: str) -> list[Incoming]:
    """Return every held event that is next in its sequence.

    Normally there are none: a held event is released together with the event it waits for.
    """
    with listening_transaction(schema) as session:
        return [
            Incoming(row.topic, row.partition, row.offset, None, row.envelope)
            for row in session.execute(text(_DUE.format(keys="")))
        ]


def alarm_gaps(schema: str, late: timedelta = LATE) -> list[Gap]:
    """Ask the publishers' relay to republish overdue gaps, and return those gaps.

    A gap is overdue when it has lasted longer than `late` and was not requested in the last 30 s. A
    key blocked by a dead letter has no gap, since its cause is known.
    """
    now = clock.now()
    with listening_transaction(schema) as session:
        rows = session.execute(text(_LATE), {"now": now, "late": now - late, "again": now - AGAIN})
        gaps = [Gap(row.topic, row.key, row.position + 1, row.held - 1) for row in rows]
        for gap in gaps:
            session.execute(
                text("SELECT pg_notify(:channel, :gap)"),
                {"channel": REPUBLISH, "gap": json.dumps(gap._asdict())},
            )
    return gaps


_KEYS = (
    "JOIN unnest(CAST(:t AS text[]), CAST(:k AS text[])) AS wanted(topic, key) USING (topic, key)"
)
_NOT_DEAD = """NOT EXISTS (SELECT FROM dead_letter d WHERE d.topic = l.topic AND d.key = l.key
    AND d.sequence = l.sequence + 1 AND d.settled_at IS NULL)"""
_DUE = f"""SELECT h.* FROM held_event h JOIN last_sequence l USING (topic, key) {{keys}}
    WHERE h.sequence = l.sequence + 1 AND {_NOT_DEAD} ORDER BY topic, key"""  # noqa: S608  no outside text
_LATE = f"""WITH gap AS (
        SELECT h.topic, h.key, l.sequence AS position, min(h.sequence) AS held
        FROM held_event h JOIN last_sequence l USING (topic, key) WHERE {_NOT_DEAD}
        GROUP BY h.topic, h.key, l.sequence
        HAVING min(h.sequence) > l.sequence + 1 AND min(h.held_at) < :late
           AND coalesce(max(h.alarmed_at), '-infinity') < :again
    ) UPDATE held_event h SET alarmed_at = :now FROM gap
      WHERE h.topic = gap.topic AND h.key = gap.key AND h.sequence = gap.held
      RETURNING gap.topic, gap.key, gap.position, gap.held"""  # noqa: S608
