"""Query for an order's timeline; each entry comes with the event that proves it."""

from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID

import msgspec
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from models.orders.tables import TIMELINE
from models.shared.database.rows import AnyRow
from models.shared.database.tables import mechanism
from models.shared.events.envelope import decode


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """The journaled event behind an entry.

    `shown_after` is the time from when the event occurred until it was applied here.
    """

    topic: str
    partition: int | None
    offset: int | None
    sequence: int
    shown_after: timedelta
    caused_by: UUID | None
    trace: str
    correlation_id: str


class Facts(TypedDict, total=False):
    """What the event of a step says that its sentence needs; a fact that is empty is missing."""

    shipment_number: str
    lines: int
    cases: int
    reserved: int
    short: int
    missing: list[str]
    cause: str
    reason: str
    reasons: list[str]
    discount_percent: str
    carrier: str
    tracking: str
    signed_by: str
    on_behalf_of: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of an order's timeline; `n` counts from 1 without gaps.

    `facts` holds the values needed to render the entry's sentence.
    """

    n: int
    event_id: UUID
    type: str
    at: datetime
    actor: str
    facts: Facts
    proof: Proof | None


def get_timeline(session: Session, number: str) -> list[Entry]:
    """Return the order's timeline entries by event time, then topic and sequence.

    The order is therefore the same no matter in which order the topics were consumed.
    """
    journal, step = mechanism("orders").journal.c, TIMELINE.c
    same = and_(
        journal.topic == step.topic,
        journal.key == step.order_number,
        journal.sequence == step.sequence,
    )
    proof = (
        journal.partition,
        journal.offset,
        journal.applied_at,
        journal.occurred_at,
        journal.envelope,
        journal.correlation_id,
    )
    rows = session.execute(
        select(TIMELINE, *proof)
        .select_from(TIMELINE.outerjoin(mechanism("orders").journal, same))
        .where(step.order_number == number)
        .order_by(step.at, step.topic, step.sequence)
    )
    return [
        Entry(
            n=n,
            event_id=row.event_id,
            type=row.type,
            at=row.at,
            actor=row.actor,
            facts=row.facts,
            proof=_proof(row),
        )
        for n, row in enumerate(rows, 1)
    ]


def _proof(row: AnyRow) -> Proof | None:
    if row.envelope is None:
        return None
    envelope = decode(row.envelope)
    return Proof(
        topic=row.topic,
        partition=row.partition,
        offset=row.offset,
        sequence=row.sequence,
        shown_after=row.applied_at - row.occurred_at,
        correlation_id=row.correlation_id,
        caused_by=UUID(envelope.causationid) if envelope.causationid else None,
        trace=(envelope.traceparent or "").split("-")[1] if envelope.traceparent else "",
    )
