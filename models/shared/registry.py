"""Which handler of which service runs for which event type."""

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Table
from sqlalchemy.orm import Session

from models.shared.catalogue import BY_TYPE, LISTENERS
from models.shared.events import Envelope
from models.shared.tables import SHADOW, metadata_of

Run = TypeVar("Run", bound=Callable[..., None])


class Occurrence(NamedTuple):
    """One of several events that are handled together: its data, the moment that is its now, and its trace."""

    event: Envelope
    data: Any
    at: datetime
    traceparent: str | None


class Handler(NamedTuple):
    """`run(session, event, data)`, or with `together` `run(session, occurrences)`.

    `reads` is the tolerant shape of data; `fills` a rebuildable read model, or none.
    """

    run: Callable[..., None]
    reads: type[msgspec.Struct]
    fills: str | None = None
    together: bool = False


class Incoming(NamedTuple):
    """A record as it came from the broker (or from an outbox, then without a place)."""

    topic: str
    partition: int | None
    offset: int | None
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


HANDLERS: dict[tuple[str, str], list[Handler]] = {}
_loaded: set[str] = set()


def handles(
    type_: str, *, reads: type[msgspec.Struct], by: str, fills: str | None = None
) -> Callable[[Run], Run]:
    """Declares a handler of service `by` for an event type that the catalogue says it listens to.

    Several handlers of one type run in the order of their declaration, in one transaction. One that `fills` a
    read model writes only into `read_model_table(session, fills)`, publishes nothing, and depends on the
    event and that read model alone, so that the journal can rebuild it.
    """
    return _registers(by, type_, lambda run: Handler(run, reads, fills))


def handles_together(
    type_: str, *, reads: type[msgspec.Struct], by: str
) -> Callable[
    [Callable[[Session, Sequence[Occurrence]], None]],
    Callable[[Session, Sequence[Occurrence]], None],
]:
    """Declares the one handler of `type_` that takes all events of it that follow each other in a batch, at once.

    They come in order, of one key or of many. It publishes nothing, since what it wrote would have many causes.
    Where it fails, they come again one by one, so that only what cannot be handled becomes a dead letter.
    """
    return _registers(by, type_, lambda run: Handler(run, reads, together=True))


def _registers(by: str, type_: str, handler: Callable[[Any], Handler]) -> Callable[[Run], Run]:
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
    """Imports the handlers of one service, or of all that listen, once."""
    for name in [schema] if schema else LISTENERS:
        if name not in _loaded:
            _loaded.add(name)
            if importlib.util.find_spec(f"models.{name}.handlers"):
                importlib.import_module(f"models.{name}.handlers")


def use_only_registered_handlers() -> None:
    """For tests: what is registered by now is all there is; no area's handlers are loaded after it."""
    _loaded.update(LISTENERS)


def read_model_table(session: Session, name: str) -> Table:
    """The table that a filling handler writes: the live one, or its shadow while the read model is
    rebuilt."""
    schema = session.info["schema"]
    rebuilding = session.info.get("rebuilding") == name
    return metadata_of(schema).tables[f"{schema}.{name}{SHADOW if rebuilding else ''}"]
