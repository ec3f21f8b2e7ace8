"""schemathesis's stateful mode: what one operation of the REST API answered is what the next is asked about.

A list or a new record names what the addresses below it are about: /orders names a number for /orders/{number} and all
that follows it.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import settings as effort
from hypothesis.stateful import run_state_machine_as_test

from tests.factories.office import SmallOffice
from tests.security.test_contract import AWAY, CHECKS, token

BELOW = re.compile(r"(.+)/\{(\w+)\}(/.*)?")  # a list, and what its records are named by


def links_of(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, dict[str, Any]]]:
    """Each answer that names something, with an operation about it and the link between the two."""
    for path, operations in document["paths"].items():
        found = BELOW.fullmatch(path)
        named = document["paths"].get(found[1], {}) if found else {}
        for operation in operations.values() if found else ():
            about = operation["operationId"]
            if "200" in (responses := named.get("get", {}).get("responses", {})):
                yield responses["200"], f"first {about}", link(about, found, "items/0/")
            if "201" in (responses := named.get("post", {}).get("responses", {})):
                yield responses["201"], f"new {about}", link(about, found, "")


def link(operation: str, found: re.Match[str] | None, place: str) -> dict[str, Any]:
    """A link by the field of the address's name."""
    assert found is not None
    name = found[2]
    value = f"$response.body#/{place}{name.rstrip('_')}"
    return {"operationId": operation, "parameters": {f"path.{name}": value}}


def walk(office: SmallOffice, examples: int, steps: int) -> Counter[str]:
    """Walk through the API so often and so far; how often each link between two operations was followed."""
    app, _ = office
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    for answer, name, made in [*links_of(described.raw_schema)]:
        answer.setdefault("links", {})[name] = made
    followed = Counter[str]()

    class Walk(described.as_state_machine()):  # type: ignore[misc]
        """A caller who has every role."""

        def step(self, input: Any) -> Any:
            if input.transition is not None and input.is_applied:
                followed[input.transition.id] += 1
            return super().step(input)

        def before_call(self, case: schemathesis.Case) -> None:
            app.extensions["rates"]._seen.clear()
            bearer = f"Bearer {token(app, case.operation.path)}"
            case.headers = {**(case.headers or {}), "Authorization": bearer}

        def validate_response(self, response: Any, case: schemathesis.Case, **_: Any) -> None:
            assert response.status_code < 500 or response.status_code == AWAY, response.text
            case.validate_response(response, checks=CHECKS)

    kept = effort(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Walk, settings=kept)
    return followed


@pytest.mark.long
def test_what_an_operation_answered_is_taken_by_the_next(small_office: SmallOffice):
    followed = walk(small_office, examples=40, steps=20)
    assert len(followed) > 20, followed
