"""Version 1 stays version 1: today's contracts break nothing for who was written against the published ones."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from docs.contracts.breaking_changes import FOLDER, changes, event_changes, rest_changes

REST, EVENTS = (
    json.loads((FOLDER / "published" / name).read_text())
    for name in ("openapi.json", "asyncapi.json")
)
ORDERS = "/api/v1/orders"
PLACED = "dm.orders.order.placed.v1"


def shape(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][name]
    return found


def parameter(document: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [
        each for each in document["paths"][ORDERS]["get"]["parameters"] if each["name"] == name
    ]
    return found["schema"]


def test_todays_contracts_break_nothing_of_the_published_ones():
    assert changes() == []


BREAKING: list[tuple[str, Callable[[dict[str, Any]], Any]]] = [
    ("GET /api/v1/orders: the operation is gone", lambda d: d["paths"][ORDERS].pop("get")),
    (
        "GET /api/v1/orders: its name orders_list is now list_orders",
        lambda d: d["paths"][ORDERS]["get"].update(operationId="list_orders"),
    ),
    (
        "GET /api/v1/orders: the query parameter q is gone",
        lambda d: d["paths"][ORDERS]["get"]["parameters"].pop(0),
    ),
    (
        "GET /api/v1/orders: the query parameter q is now required",
        lambda d: d["paths"][ORDERS]["get"]["parameters"][0].update(required=True),
    ),
    (
        "GET /api/v1/orders: parameter sort: ['total'] is not accepted any more",
        lambda d: parameter(d, "sort")["enum"].remove("total"),
    ),
    (
        "GET /api/v1/orders: parameter status[]: ['placed'] is not accepted any more",
        lambda d: parameter(d, "status")["items"]["enum"].remove("placed"),
    ),
    (
        "GET /api/v1/orders: parameter limit: maximum is now 50",
        lambda d: parameter(d, "limit").update(maximum=50),
    ),
    (
        "GET /api/v1/orders: parameter owner: enum",
        lambda d: parameter(d, "owner").update(enum=["jim.halpert"]),
    ),
    (
        "GET /api/v1/orders: answer 200.items[].client_name: gone",
        lambda d: shape(d, "OrderSummary")["properties"].pop("client_name"),
    ),
    (
        "GET /api/v1/orders: answer 200.items[].cases: string can now come",
        lambda d: shape(d, "OrderSummary")["properties"]["cases"].update(type="string"),
    ),
    (
        "GET /api/v1/orders: answer 200.items[].owner: may now be missing",
        lambda d: shape(d, "OrderSummary")["required"].remove("owner"),
    ),
    (
        "GET /api/v1/orders: the answer 200 has no Link any more",
        lambda d: d["paths"][ORDERS]["get"]["responses"]["200"]["headers"].pop("Link"),
    ),
    (
        "POST /api/v1/orders: it never answers 201 any more",
        lambda d: d["paths"][ORDERS]["post"]["responses"].pop("201"),
    ),
    (
        "POST /api/v1/orders: a body of application/json is not accepted any more",
        lambda d: d["paths"][ORDERS]["post"]["requestBody"]["content"].clear(),
    ),
    (
        "POST /api/v1/orders: body.note: now required",
        lambda d: shape(d, "NewOrderShape")["required"].append("note"),
    ),
    (
        "POST /api/v1/orders: body.lines[].quantity: integer is not accepted any more",
        lambda d: shape(d, "NewLineShape")["properties"]["quantity"].update(type="string"),
    ),
    (
        "POST /api/v1/orders: body.lines[].sku: maxLength is now 10",
        lambda d: shape(d, "NewLineShape")["properties"]["sku"].update(maxLength=10),
    ),
]


@pytest.mark.parametrize(("says", "change"), BREAKING, ids=[says for says, _ in BREAKING])
def test_a_change_that_breaks_callers_is_found(says: str, change: Any):
    changed = deepcopy(REST)
    change(changed)
    wanted = says.replace(": enum", ": only some values are accepted now")
    assert wanted in rest_changes(REST, changed)


def test_what_is_only_added_or_said_otherwise_breaks_nobody():
    changed = deepcopy(REST)
    changed["paths"]["/api/v1/trucks"] = changed["paths"][ORDERS]
    listing = changed["paths"][ORDERS]["get"]
    listing["summary"] = "Something else"
    listing["parameters"].append({"name": "via", "in": "query", "schema": {"type": "string"}})
    listing["responses"]["451"] = listing["responses"]["403"]
    parameter(changed, "sort")["enum"].append("client")
    parameter(changed, "limit").update(maximum=500)
    shape(changed, "OrderSummary")["properties"]["truck"] = {"type": "string"}
    shape(changed, "NewOrderShape")["properties"]["truck"] = {"type": "string"}
    assert rest_changes(REST, changed) == []


def test_a_change_that_breaks_listeners_is_found_and_an_addition_is_not():
    def broken_by(change: Callable[[dict[str, Any]], Any]) -> list[str]:
        changed = deepcopy(EVENTS)
        change(changed)
        return event_changes(EVENTS, changed)

    def data(document: dict[str, Any]) -> dict[str, Any]:
        return shape(document, "OrderPlaced")

    gone = broken_by(
        lambda d: d["channels"]["dm.orders.lifecycle"]["messages"].pop("order.placed.v1")
    )
    assert gone == ["order.placed.v1: not on dm.orders.lifecycle any more"]
    place = f"{PLACED}: payload(1).data"
    assert f"{place}.client_name: gone" in broken_by(
        lambda d: data(d)["properties"].pop("client_name")
    )
    assert f"{place}.client_name: may now be missing" in broken_by(
        lambda d: data(d)["required"].remove("client_name")
    )
    assert f"{place}.client_name: integer can now come" in broken_by(
        lambda d: data(d)["properties"]["client_name"].update(type="integer")
    )
    assert broken_by(lambda d: data(d)["properties"].update(truck={"type": "string"})) == []
