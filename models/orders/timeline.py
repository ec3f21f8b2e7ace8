"""The timeline read model: every event of an order, with the facts that its sentence needs.

Only handlers write it, so it can be rebuilt identically from the journal.
"""

import msgspec
from sqlalchemy import insert
from sqlalchemy.orm import Session

from models.orders.changes import signal_order
from models.shared.events.catalogue import (
    BY_TYPE,
    EVENTS,
    LIFECYCLE,
    SHIPMENTS,
)
from models.shared.events.envelope import Envelope
from models.shared.listeners.registry import handles, read_model_table


class StepLine(msgspec.Struct, frozen=True):
    """The fields of any event's line that the timeline reads; 0 where an event lacks one."""

    name: str = ""
    quantity: int = 0
    reserved: int = 0
    short: int = 0


class Step(msgspec.Struct, frozen=True):
    """The fields that the timeline reads from any event of an order; each type has some of them."""

    order_number: str
    lines: list[StepLine] = []
    shipment_number: str = ""
    cause: str = ""
    reason: str = ""
    carrier: str = ""
    tracking: str = ""
    signed_by: str = ""
    discount_percent: str = ""
    reasons: list[str] = []
    on_behalf_of: str = ""
    cases: int = 0


STEPS = tuple(
    kind.type
    for kind in EVENTS
    if kind.topic in (LIFECYCLE, SHIPMENTS)
    and kind.key == "order_number"
    and "orders" in kind.listeners
)


def add_step_to_timeline(session: Session, event: Envelope, data: Step) -> None:
    """Add the event as an entry to its order's timeline."""
    session.execute(
        insert(read_model_table(session, "timeline")).values(
            order_number=data.order_number,
            topic=BY_TYPE[event.type].topic,
            sequence=event.sequence,
            event_id=event.id,
            type=event.type,
            at=event.time,
            actor=event.actor,
            facts=_facts(data),
        )
    )


def tell_watchers_of_step(session: Session, event: Envelope, data: Step) -> None:
    """Signal pages that show the order to refetch its timeline."""
    signal_order(session, data.order_number)


def _facts(data: Step) -> dict[str, object]:
    lines = data.lines
    sums = {
        "lines": len(lines),
        "cases": data.cases or sum(line.quantity for line in lines),
        "reserved": sum(line.reserved for line in lines),
        "short": sum(line.short for line in lines),
    }
    words = {
        name: getattr(data, name)
        for name in (
            "shipment_number",
            "cause",
            "reason",
            "carrier",
            "tracking",
            "signed_by",
            "reasons",
            "on_behalf_of",
        )
    }
    if data.reasons:
        words["discount_percent"] = data.discount_percent
    missing = [line.name for line in lines if line.short]
    return {name: fact for name, fact in {**sums, **words, "missing": missing}.items() if fact}


for _type in STEPS:
    handles(_type, reads=Step, by="orders", fills="timeline")(add_step_to_timeline)
    handles(_type, reads=Step, by="orders")(tell_watchers_of_step)
