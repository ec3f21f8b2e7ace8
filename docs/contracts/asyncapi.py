"""The AsyncAPI 3 document of the topics, made from the event table and the payload classes."""

from typing import Any

import msgspec

from areas import load
from models.shared.events.catalogue import (
    EVENTS,
    LISTENERS,
    PUBLISHERS,
    TOPICS,
    EventType,
)
from models.shared.events.envelope import PAYLOADS, Envelope
from models.shared.listeners.registry import HANDLERS, load_handlers

RETENTION_MS = 7 * 24 * 3600 * 1000


def load_events() -> None:
    """Imports every area's payload classes and handlers, so that they are registered."""
    load("events")
    load_handlers()


def short(type_: str) -> str:
    """`order.placed.v1` of `dm.orders.order.placed.v1`: the name of the message within its channel."""
    return type_.split(".", 2)[2]


def publisher_of(topic: str) -> str:
    """The service (schema) that publishes to this topic."""
    return next(schema for schema, topics in PUBLISHERS.items() if topic in topics)


def handlers_of(schema: str, type_: str) -> list[str]:
    """Names of the functions that handle an event in a service, in order; none where it only advances."""
    return [handler.run.__name__ for handler in HANDLERS.get((schema, type_), [])]


def document() -> dict[str, Any]:
    """The whole AsyncAPI 3 document, plain JSON."""
    load_events()
    references, schemas = _schemas()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Dunder Mifflin events",
            "version": "1.0.0",
            "license": {"name": "MIT"},
            "description": "What the services tell each other over Kafka. Made from the event table"
            " and the payload classes by `python -m docs.contracts.generate`; do not edit.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {topic: _channel(topic) for topic in TOPICS},
        "operations": _operations(),
        "components": {
            "messages": {event.type: _message(event, references[event.type]) for event in _known()},
            "schemas": schemas,
        },
    }


def _schemas() -> tuple[dict[str, Any], dict[str, Any]]:
    """A `$ref` per event type, and the schemas of all payloads and of the envelope, by name."""
    types = [event.type for event in _known()]
    references, parts = msgspec.json.schema_components(
        [*(PAYLOADS[type_] for type_ in types), Envelope],
        ref_template="#/components/schemas/{name}",
    )
    return dict(zip(types, references, strict=False)), {name: parts[name] for name in sorted(parts)}


def _known() -> list[EventType]:
    return [event for event in EVENTS if event.type in PAYLOADS]


def _events_on(topic: str) -> list[EventType]:
    return [event for event in _known() if event.topic == topic]


def _channel(topic: str) -> dict[str, Any]:
    return {
        "address": topic,
        "description": f"Published by {publisher_of(topic)} alone, in order per key.",
        "messages": {
            short(event.type): {"$ref": f"#/components/messages/{event.type}"}
            for event in _events_on(topic)
        },
        "bindings": {
            "kafka": {
                "topic": topic,
                "partitions": 4,
                "topicConfiguration": {"retention.ms": RETENTION_MS},
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operations() -> dict[str, Any]:
    publish = {
        f"{schema}.publishes.{topic}": _operation(
            "send", topic, [event.type for event in _events_on(topic)]
        )
        for schema, topics in PUBLISHERS.items()
        for topic in topics
    }
    listen = {
        f"{schema}.listens.{topic}": _operation(
            "receive",
            topic,
            [event.type for event in _events_on(topic) if schema in event.listeners],
            group=f"dm-{schema}",
        )
        for schema, topics in LISTENERS.items()
        for topic in topics
    }
    return {**publish, **listen}


def _operation(action: str, topic: str, types: list[str], group: str = "") -> dict[str, Any]:
    binding = {
        "bindings": {
            "kafka": {"groupId": {"type": "string", "enum": [group]}, "bindingVersion": "0.5.0"}
        }
    }
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic}"},
        "messages": [{"$ref": f"#/channels/{topic}/messages/{short(type_)}"} for type_ in types],
        **(binding if group else {}),
    }


def _message(event: EventType, data: dict[str, Any]) -> dict[str, Any]:
    """One message: the envelope with this type, key and payload."""
    return {
        "name": event.type,
        "title": PAYLOADS[event.type].__name__,
        "summary": event.says,
        "contentType": "application/cloudevents+json",
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/Envelope"},
                {"type": "object", "properties": {"type": {"const": event.type}, "data": data}},
            ]
        },
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": f"`{event.key}` of the payload"},
                "bindingVersion": "0.5.0",
            }
        },
        "x-listeners": {schema: handlers_of(schema, event.type) for schema in event.listeners},
    }
