"""Generate the tables of event_catalog_v1.md from the event table and the payload classes."""

import inspect
from typing import Any

import msgspec

from docs.contracts.asyncapi import handlers_of, load_events, publisher_of
from models.shared.events.catalogue import (
    EVENTS,
    LISTENERS,
    TOPICS,
    EventType,
)
from models.shared.events.envelope import PAYLOADS, Envelope


def parts() -> dict[str, str]:
    """Return the Markdown parts `topics`, `envelope` and `events`."""
    load_events()
    return {
        "topics": _topics(),
        "envelope": _fields(Envelope),
        "events": "\n\n".join(map(_event, EVENTS)),
    }


def _topics() -> str:
    rows = [
        f"| `{topic}` | {publisher_of(topic)} | {', '.join(s for s, t in LISTENERS.items() if topic in t)} |"
        for topic in TOPICS
    ]
    return "\n".join(["| topic | publisher | listeners |", "|---|---|---|", *rows])


def _event(event: EventType) -> str:
    """One event; its payload's docstring describes it, since `event.says` is the summary of the same."""
    payload = PAYLOADS[event.type]
    listeners = "".join(
        f"\n    - {name}: {_handling(name, event.type)}" for name in event.listeners
    )
    listeners = listeners or " none in this product; the event is published for the record"
    return (
        f"### `{event.type}`\n\n{inspect.cleandoc(payload.__doc__ or event.says)}\n\n"
        f"- Payload class: `{payload.__module__}.{payload.__name__}`\n- Topic: `{event.topic}`, "
        f"key: `{event.key}`\n- Listeners:{listeners}\n\n{_fields(payload)}"
    )


def _handling(schema: str, type_: str) -> str:
    names = handlers_of(schema, type_)
    return ", ".join(f"`{name}`" for name in names) or "ignores it"


def _fields(shape: type[msgspec.Struct]) -> str:
    rows = [
        f"| `{field.encode_name}` | {_kind(field.type)} |"
        for field in msgspec.inspect.type_info(shape).fields
    ]
    return "\n".join(["| field | type |", "|---|---|", *rows])


def _kind(kind: Any) -> str:
    """Describe a type in words that readers who do not know the code understand."""
    match kind:
        case msgspec.inspect.ListType() | msgspec.inspect.VarTupleType():
            return f"list of {_kind(kind.item_type)}"
        case msgspec.inspect.StructType():
            inner = ", ".join(f"{field.encode_name} {_kind(field.type)}" for field in kind.fields)
            return f"{{{inner}}}"
        case msgspec.inspect.UnionType():
            return " or ".join(map(_kind, kind.types))
        case msgspec.inspect.LiteralType():
            return " or ".join(f"`{value}`" for value in kind.values)
        case msgspec.inspect.EnumType():
            return " or ".join(f"`{value.value}`" for value in kind.cls)
        case msgspec.inspect.DictType():
            return f"map of {_kind(kind.key_type)} to {_kind(kind.value_type)}"
    return WORDS[type(kind).__name__]


WORDS = {
    "StrType": "text",
    "IntType": "whole number",
    "BoolType": "true or false",
    "FloatType": "number",
    "DecimalType": "amount (text)",
    "DateTimeType": "timestamp (RFC 3339, UTC)",
    "DateType": "date",
    "UUIDType": "UUID",
    "RawType": "the payload",
    "NoneType": "null",
    "AnyType": "anything",
}
