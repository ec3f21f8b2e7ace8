"""The event table, the payload classes, the handlers and the published contracts say the same."""

import importlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from msgspec import inspect as shapes

from areas import AREAS, SCHEMAS
from docs.contracts import asyncapi
from models.shared.events.catalogue import (
    BY_TYPE,
    EVENTS,
    LISTENERS,
    PUBLISHERS,
    TOPICS,
)
from models.shared.events.envelope import PAYLOADS
from models.shared.listeners.registry import HANDLERS

ROOT = Path(__file__).parents[2]
asyncapi.load_events()
READERS = [
    pytest.param(
        schema, type_, handler, id=f"{schema}:{handler.run.__name__}:{asyncapi.short(type_)}"
    )
    for (schema, type_), handlers in HANDLERS.items()
    for handler in handlers
]


def owner(type_: str) -> str:
    return asyncapi.publisher_of(BY_TYPE[type_].topic)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_each_type_has_a_frozen_documented_payload_class_of_its_owner(event: Any):
    payload = PAYLOADS[event.type]
    package = next(area.package for area in AREAS if area.schema == owner(event.type))
    assert payload.__module__ == f"models.{package}.events"
    assert payload.__struct_config__.frozen, "a fact does not change"
    assert payload.__doc__ and not payload.__doc__.startswith(f"{payload.__name__}(")
    assert event.key in payload.__struct_fields__, "the key is a field of the payload"
    assert event.type.endswith(".v1")


def test_nothing_is_published_that_the_table_does_not_name():
    assert set(PAYLOADS) == set(BY_TYPE)


@pytest.mark.parametrize("topic", TOPICS)
def test_each_topic_has_one_publisher_and_somebody_who_listens(topic: str):
    assert sum(topic in topics for topics in PUBLISHERS.values()) == 1
    assert [schema for schema, topics in LISTENERS.items() if topic in topics]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_each_listener_in_the_table_listens_to_the_topic_and_handles_the_type(event: Any):
    for schema in event.listeners:
        assert event.topic in LISTENERS[schema]
        assert HANDLERS.get((schema, event.type)), f"{schema} has no handler of {event.type}"


def test_each_listening_service_has_an_agent_per_topic():
    worker = importlib.import_module("consumers.worker.process")
    source = Path(worker.__file__).parent
    code = "\n".join(path.read_text() for path in source.glob("*.py"))
    assert "LISTENERS" in code, "the one list of agents is made from the table"


@pytest.mark.parametrize(("schema", "type_", "handler"), READERS)
def test_what_a_listener_needs_is_what_the_owner_writes(schema: str, type_: str, handler: Any):
    assert not list(
        misfits(shapes.type_info(PAYLOADS[type_]), shapes.type_info(handler.reads), "data")
    )


@pytest.mark.parametrize(
    "shape",
    sorted({handler.reads for each in HANDLERS.values() for handler in each}, key=repr),
    ids=lambda shape: f"{shape.__module__}.{shape.__name__}",
)
def test_what_a_listener_may_find_is_written_in_one_of_the_types_that_it_reads(shape: Any):
    types = {
        type_
        for (_, type_), handlers in HANDLERS.items()
        for handler in handlers
        if handler.reads is shape
    }
    never = [
        set(
            misfits(
                shapes.type_info(PAYLOADS[type_]), shapes.type_info(shape), "data", optional=True
            )
        )
        for type_ in types
    ]
    assert not set.intersection(*never)


@pytest.mark.parametrize(
    ("written", "read", "fits"),
    [
        (str, str, True),
        (int, float, True),
        (str, str | None, True),
        (list[str], tuple[str, ...], True),
        (str, int, False),
        (str | None, str, False),
        (list[int], list[str], False),
    ],
)
def test_the_comparison_of_shapes_sees_a_misfit(written: Any, read: Any, fits: bool):
    producer = msgspec.defstruct("Producer", [("field", written)])
    reader = msgspec.defstruct("Reader", [("field", read)])
    other = msgspec.defstruct("Other", [("feild", read)])
    assert (not list(misfits(shapes.type_info(producer), shapes.type_info(reader), "data"))) == fits
    assert list(misfits(shapes.type_info(producer), shapes.type_info(other), "data"))


def misfits(written: Any, read: Any, at: str, *, optional: bool = False) -> Any:
    """Where a reader's shape would not take what a writer's produces, or needs a field that is never written.

    With `optional`, fields that the reader could do without count, too.
    """
    if isinstance(read, shapes.AnyType | shapes.RawType):
        return
    if isinstance(written, shapes.UnionType) or isinstance(read, shapes.UnionType):
        yield from _union_misfits(written, read, at, optional)
    elif isinstance(read, shapes.StructType) and isinstance(written, shapes.StructType):
        produced = {field.encode_name: field for field in written.fields}
        for field in read.fields:
            if field.encode_name in produced:
                inner = f"{at}.{field.encode_name}"
                yield from misfits(
                    produced[field.encode_name].type, field.type, inner, optional=optional
                )
            elif field.required or optional:
                yield f"{at}.{field.encode_name} is never written"
    elif hasattr(read, "item_type") and hasattr(written, "item_type"):
        yield from misfits(written.item_type, read.item_type, f"{at}[]", optional=optional)
    elif isinstance(read, shapes.DictType) and isinstance(written, shapes.DictType):
        yield from misfits(written.value_type, read.value_type, f"{at}{{}}", optional=optional)
    elif type(read).__name__ not in TAKES.get(type(written).__name__, {type(written).__name__}):
        yield f"{at}: written as {type(written).__name__}, read as {type(read).__name__}"


def _union_misfits(written: Any, read: Any, at: str, optional: bool) -> Any:
    options = read.types if isinstance(read, shapes.UnionType) else (read,)
    for kind in written.types if isinstance(written, shapes.UnionType) else (written,):
        if all(list(misfits(kind, option, at, optional=optional)) for option in options):
            yield f"{at}: {type(kind).__name__} is not read"


TAKES = {
    "IntType": {"IntType", "FloatType"},
    "LiteralType": {"LiteralType", "StrType", "EnumType"},
    "EnumType": {"EnumType", "StrType", "LiteralType"},
    "DecimalType": {"DecimalType", "StrType"},
    "UUIDType": {"UUIDType", "StrType"},
    "DateTimeType": {"DateTimeType", "StrType"},
    "DateType": {"DateType", "StrType"},
}


def test_every_publisher_and_listener_is_a_service():
    assert set(PUBLISHERS) <= set(SCHEMAS) and set(LISTENERS) <= set(SCHEMAS)


def test_the_asyncapi_document_is_asyncapi_3():
    document = asyncapi.document()
    assert set(document["channels"]) == set(TOPICS)
    assert {message["name"] for message in document["components"]["messages"].values()} == set(
        BY_TYPE
    )
    shape = json.loads(
        (ROOT / "node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json").read_text()
    )
    jsonschema.Draft7Validator(shape).validate(document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(shape).validate({**document, "channels": []})


def test_an_event_as_it_travels_fits_the_asyncapi_schema_of_its_message():
    document = asyncapi.document()
    message = document["components"]["messages"]["dm.sales.client.created.v1"]
    schema = {
        "$ref": "#/message",
        "message": message["payload"],
        "components": document["components"],
    }
    event = json.loads(client_created())
    jsonschema.Draft202012Validator(schema).validate(event)
    for spoiled in (
        {**event, "type": "dm.sales.client.renamed.v1"},
        {**event, "data": {**event["data"], "name": 7}},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(schema).validate(spoiled)


def client_created() -> bytes:
    from datetime import UTC, datetime
    from decimal import Decimal
    from uuid import uuid4

    from models.sales.events import Address, ClientCreated
    from models.shared.events.envelope import Envelope, encode

    payload = ClientCreated(
        client_number="CL-1001",
        name="Keystone Title",
        contact_name="A",
        contact_mail="a@example.com",
        contact_phone="570 555 0100",
        address=Address(street="1 Main", city="Scranton", state="PA", postcode="18503"),
        payment_terms_days=30,
        credit_limit=Decimal("100.00"),
        currency="USD",
        owner="jim.halpert",
    )
    return encode(
        Envelope(
            id=uuid4(),
            type="dm.sales.client.created.v1",
            source="sales-service",
            subject="CL-1001",
            time=datetime.now(UTC),
            sequence=1,
            correlationid="abc",
            actor="jim.halpert",
            partitionkey="CL-1001",
            data=msgspec.Raw(msgspec.json.encode(payload)),
        )
    )
