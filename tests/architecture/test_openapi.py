"""The OpenAPI document as a generator needs it: named, complete, and true to the routes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs/contracts/openapi.json").read_text())
OPERATIONS = [
    (method, path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]
by_name = pytest.mark.parametrize(
    ("method", "path", "operation"), OPERATIONS, ids=lambda each: each if type(each) is str else ""
)


def parameters(operation: dict[str, Any]) -> set[str]:
    names = {each["$ref"].rpartition("/")[2] for each in operation["parameters"] if "$ref" in each}
    return {DOCUMENT["components"]["parameters"][name]["name"] for name in names}


def test_each_operation_has_a_name_of_its_own_that_is_an_identifier_everywhere():
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z]+_[a-z_]*[a-z]", name)] == []


def test_every_schema_is_used_and_named_without_a_hash():
    text = json.dumps(DOCUMENT)
    for name in DOCUMENT["components"]["schemas"]:
        assert re.fullmatch(r"[A-Z][A-Za-z]+", name)
        assert f'#/components/schemas/{name}"' in text, name


def test_servers_contact_and_each_tag_are_described():
    assert DOCUMENT["servers"][0]["url"] == "/" and DOCUMENT["info"]["contact"]["email"]
    described = {tag["name"] for tag in DOCUMENT["tags"] if tag["description"]}
    assert {tag for _, _, operation in OPERATIONS for tag in operation["tags"]} == described


@by_name
def test_an_operation_says_what_it_does_and_every_way_in_which_it_can_refuse(
    method: str, path: str, operation: dict[str, Any]
):
    assert operation["summary"] and operation["description"]
    assert all(each.get("description") for each in operation["parameters"] if "name" in each)
    answers = set(operation["responses"])
    assert {"400", "401", "403", "429", "500", "503"} <= answers
    assert ("404" in answers) or (method == "get" and "{" not in path)
    assert ("If-Match" in parameters(operation)) == ("428" in answers)
    assert ("If-None-Match" in parameters(operation)) == ("304" in answers)
    for status, answer in operation["responses"].items():
        if status[0] in "45":
            name = answer["$ref"].rpartition("/")[2]
            kept = DOCUMENT["components"]["responses"][name]
            assert list(kept["content"]) == ["application/problem+json"]
            assert {"RateLimit", "RateLimit-Policy"} <= set(kept["headers"])


def test_what_can_be_repeated_takes_a_key_and_what_is_read_first_a_version():
    by_id = {operation["operationId"]: operation for _, _, operation in OPERATIONS}
    assert parameters(by_id["orders_place"]) == {"Idempotency-Key"}
    assert parameters(by_id["orders_decide"]) == {"Idempotency-Key", "If-Match"}
    assert parameters(by_id["orders_get"]) == {"If-None-Match"}
    assert parameters(by_id["orders_timeline"]) == set()
    assert parameters(by_id["sales_put_lead"]) == {"Idempotency-Key", "If-Match"}
    answers = {name: by_id[name]["responses"] for name in ("orders_place", "orders_list")}
    assert {"ETag", "Location"} <= set(answers["orders_place"]["201"]["headers"])
    assert "Link" in answers["orders_list"]["200"]["headers"]
    assert "Retry-After" in DOCUMENT["components"]["responses"]["Refused429"]["headers"]


def test_a_choice_in_an_address_lists_what_can_be_chosen():
    chosen = {
        (path, parameter["name"]): parameter["schema"].get("enum")
        for _, path, operation in OPERATIONS
        for parameter in operation["parameters"]
        if parameter.get("in") == "path"
    }
    assert chosen["/api/v1/shipments/{number}/{step}", "step"] == [
        "pick",
        "pack",
        "dispatch",
        "deliver",
        "undo",
    ]
    free = {name for (_, name), values in chosen.items() if values is None}
    assert free == {"number", "sku", "code", "id_", "delivery_id"}
