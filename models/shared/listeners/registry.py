"""The registry of event handlers: which handler of which service runs for which event type."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Table
from sqlalchemy.orm import Session

from areas import load
from models.shared.database.context import current_schema
from models.shared.database.tables import SHADOW, metadata_of
from models.shared.events.catalogue import BY_TYPE, LISTENERS
from models.shared.events.envelope import Envelope

Run = TypeVar("Run", bound=Callable[..., None])


class Occurrence(NamedTuple):
    """One of several events that are handled together: its data, its `now()`, and its trace."""

    event: Envelope
    data: Any
    at: datetime
    traceparent: str | None


class Handler(NamedTuple):
    """A registered handler: `run(session, event, data)`, or `run(session, occurrences)`.

    The second form is for `together`. `reads` is the tolerant shape of the data; `fills` is the
    read model it can rebuild, or None.
    """

    run: Callable[..., None]
    reads: type[msgspec.Struct]
    fills: str | None = None
    together: bool = False


class Incoming(NamedTuple):
    """A record from the broker, or from an outbox, in which case partition and offset are None."""

    topic: str
    partition: int | None
    offset: int | None
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


HANDLERS: dict[tuple[str, str], list[Handler]] = {}
OBSERVERS: dict[str, list[Callable[[Session, Envelope], None]]] = {}
_loaded: set[str] = set()


def handles(
    type_: str, *, reads: type[msgspec.Struct], by: str, fills: str | None = None
) -> Callable[[Run], Run]:
    """Declare a handler of service `by` for an event type; the catalogue must list the service.

    Several handlers of one type run in order of declaration, in one transaction. A handler that
    `fills` a read model writes only to `read_model_table(session, fills)`, publishes nothing, and
    depends on nothing but the event and that read model, so that the journal can rebuild it. Raises
    LookupError if the catalogue does not list `by` as a listener.
    """
    return _registers(by, type_, lambda run: Handler(run, reads, fills))


def handles_together(
    type_: str, *, reads: type[msgspec.Struct], by: str
) -> Callable[
    [Callable[[Session, Sequence[Occurrence]], None]],
    Callable[[Session, Sequence[Occurrence]], None],
]:
    """Declare the one handler that takes consecutive events of `type_` in a batch all at once.

    They come in order, for one key or many. The handler publishes nothing, since what it published
    would have many causes. If it fails, the events are handled again one by one, so that only those
    that cannot be handled become dead letters.
    """
    return _registers(by, type_, lambda run: Handler(run, reads, together=True))


def observes(by: str) -> Callable[[Run], Run]:
    """Declare what service `by` does with each event that it handles or advances past.

    `run(session, event)` runs after the event's handlers, in their transaction, whatever the type,
    so it needs no entry in the catalogue. Events that are handled together are not observed.
    """

    def register(run: Run) -> Run:
        OBSERVERS.setdefault(by, []).append(run)
        return run

    return register


def _registers(
    by: str, type_: str, handler: Callable[[Callable[..., None]], Handler]
) -> Callable[[Run], Run]:
    if type_ not in BY_TYPE or by not in BY_TYPE[type_].listeners:
        raise LookupError(f"the catalogue does not name {by} as a listener of {type_}")

    def register(run: Run) -> Run:
        known, new = HANDLERS.setdefault((by, type_), []), handler(run)
        if known and (new.together or known[0].together):
            raise LookupError(
                f"{by} handles {type_} together with others of it, and so by one handler alone"
            )
        known.append(new)
        return run

    return register


def load_handlers(schema: str | None = None) -> None:
    """Import the handlers of one service, or of all listeners, once."""
    for name in [schema] if schema else LISTENERS:
        if name not in _loaded:
            _loaded.add(name)
            load("handlers", name)


def use_only_registered_handlers() -> None:
    """For tests: load no more handlers than those registered so far."""
    _loaded.update(LISTENERS)


def read_model_table(session: Session, name: str) -> Table:
    """Return the table a filling handler writes to: the live table, or its shadow in a rebuild."""
    schema = current_schema(session)
    rebuilding = session.info.get("rebuilding") == name
    return metadata_of(schema).tables[f"{schema}.{name}{SHADOW if rebuilding else ''}"]
