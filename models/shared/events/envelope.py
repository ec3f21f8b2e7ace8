"""CloudEvents 1.0 in JSON (https://github.com/cloudevents/spec), with typed payloads."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from models.shared.events.catalogue import BY_TYPE

Payload = TypeVar("Payload", bound=type[msgspec.Struct])
Shape = TypeVar("Shape")
_Kind = type[Shape]  # in Envelope, `type` is a field
PAYLOADS: dict[str, type[msgspec.Struct]] = {}
_TYPE_OF: dict[type[msgspec.Struct], str] = {}


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A CloudEvent.

    `sequence` counts from 1 without gaps per topic and key. `time` is when it happened, in UTC.
    `data` is the payload, still encoded as JSON. Unknown attributes are ignored.
    """

    specversion: str = "1.0"
    id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    sequence: int
    datacontenttype: str = "application/json"
    correlationid: str
    causationid: str | None = None
    actor: str
    traceparent: str | None = None
    partitionkey: str
    data: msgspec.Raw

    def payload(self, shape: _Kind[Shape]) -> Shape:
        """Decode the data as `shape`, ignoring unknown fields.

        Raises msgspec.ValidationError if it does not fit.
        """
        return msgspec.json.decode(self.data, type=shape)


def event(type_: str) -> Callable[[Payload], Payload]:
    """Register a frozen payload class as what its owner publishes under `type_`.

    Raises LookupError if `type_` is not in the catalogue.
    """

    def register(cls: Payload) -> Payload:
        if type_ not in BY_TYPE:
            raise LookupError(f"{type_} is not in the catalogue")
        PAYLOADS[type_] = cls
        _TYPE_OF[cls] = type_
        return cls

    return register


def type_of(payload: msgspec.Struct) -> str:
    """Return the event type under which this payload is published."""
    return _TYPE_OF[type(payload)]


def encode(envelope: Envelope) -> bytes:
    """Encode the envelope as JSON for the outbox and Kafka."""
    return msgspec.json.encode(envelope)


def decode(raw: bytes) -> Envelope:
    """Decode an envelope. Raises msgspec.DecodeError (or ValidationError) for anything else."""
    return msgspec.json.decode(raw, type=Envelope)
