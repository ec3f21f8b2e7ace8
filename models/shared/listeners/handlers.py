"""Run the handlers of one event, or the batch handler of several events.

Sets the actor, causation and correlation that the handlers' own writes will carry.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime

from sqlalchemy.orm import Session

import telemetry
from models.shared import clock
from models.shared.database.context import current_schema
from models.shared.events.envelope import Envelope
from models.shared.listeners.registry import HANDLERS, OBSERVERS, Handler, Occurrence


def run_handlers(
    session: Session, event: Envelope, now: datetime, fills: str | None = None
) -> bool:
    """Run the handlers of this event in order, then the observers; return False without handlers.

    With `fills`, runs only the handlers that fill that read model.
    """
    handlers, observers = _handlers(session, event.type), OBSERVERS.get(current_schema(session), [])
    if fills:
        handlers = [handler for handler in handlers if handler.fills == fills]
        observers = []
    if not handlers and not observers:
        return False
    session.info.update(
        actor=f"service:{current_schema(session)}",
        causation=str(event.id),
        correlation=event.correlationid,
    )
    token = telemetry.correlation.set(event.correlationid)
    try:
        with clock.at(now), _span(event):
            for handler in handlers:
                handler.run(session, event, event.payload(handler.reads))
            for observe in observers:
                observe(session, event)
            session.flush()
    finally:
        telemetry.correlation.reset(token)
    return bool(handlers)


def handled_together(session: Session, type_: str) -> bool:
    """Return whether events of this type are handled in batches."""
    return any(handler.together for handler in _handlers(session, type_))


def run_together(session: Session, events: Sequence[tuple[Envelope, datetime]]) -> None:
    """Pass events of one type, each with the time that is its `now()`, to their one batch handler.

    Each event gets a span in its own trace. Raises RuntimeError if the handler publishes, since the
    new event's cause would be ambiguous.
    """
    [handler] = _handlers(session, events[0][0].type)
    published = len(session.info["events"])
    session.info.update(
        actor=f"service:{current_schema(session)}", causation=None, correlation=None
    )
    with clock.at(events[-1][1]), ExitStack() as spans:
        handler.run(session, [_occurrence(handler, event, at, spans) for event, at in events])
        session.flush()
    if len(session.info["events"]) > published:
        raise RuntimeError(
            f"{handler.run.__name__} handles many events together, and so may publish none"
        )


def _handlers(session: Session, type_: str) -> list[Handler]:
    return HANDLERS.get((current_schema(session), type_), [])


def _occurrence(handler: Handler, event: Envelope, at: datetime, spans: ExitStack) -> Occurrence:
    spans.enter_context(_span(event))
    return Occurrence(event, event.payload(handler.reads), at, telemetry.current_traceparent())


def _span(event: Envelope) -> AbstractContextManager[object]:
    return telemetry.span(
        f"handle {event.type}",
        traceparent=event.traceparent,
        kind="consumer",
        messaging_message_id=str(event.id),
    )
