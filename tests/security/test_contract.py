"""schemathesis on the OpenAPI document: each operation of the REST API, with input that fits and
input that does not.
"""

import json
from pathlib import Path

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as effort
from schemathesis.generation import GenerationMode
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.factories.office import SmallOffice
from webapp.shared.people.rights import ROLE_OF_GROUP, Person

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs/contracts/openapi.json").read_text())
OPERATIONS = [(method.upper(), path) for path, item in DOCUMENT["paths"].items() for method in item]
CHECKS = [response_schema_conformance, content_type_conformance, status_code_conformance]
AWAY = 503  # what asks the directory or another service, which are not part of this test
EVERYTHING = frozenset({*ROLE_OF_GROUP.values(), "service"})
TRIES = effort(
    max_examples=5,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def contract(small_office: SmallOffice) -> BaseSchema:
    """The document that the application serves, read once: to read it costs more than to try an operation."""
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", small_office.app)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_an_operation_answers_as_described_whatever_it_is_sent(
    small_office: SmallOffice, contract: BaseSchema, method: str, path: str, mode: GenerationMode
):
    app, _ = small_office
    operation = contract[path][method]
    bearer = {"Authorization": f"Bearer {token(app, path)}"}

    @seed(7)
    @TRIES
    @given(case=operation.as_strategy(generation_mode=mode))
    def each(case: schemathesis.Case) -> None:
        app.extensions["rates"]._seen.clear()
        case.headers = {**(case.headers or {}), **bearer}
        answer = case.call()
        if mode is GenerationMode.POSITIVE:  # what does not fit may be another service's path
            assert answer.status_code not in (401, 403), "the test's own token must open the door"
        assert answer.status_code < 500 or answer.status_code == AWAY, answer.text
        case.validate_response(answer, checks=CHECKS)

    each()


def token(app: Flask, path: str) -> str:
    """A token of somebody who has every role, for the service that answers at `path`."""
    endpoint = next(
        rule.endpoint for rule in app.url_map.iter_rules() if template(rule.rule) == path
    )
    everybody = Person("michael.scott", "Michael Scott", roles=EVERYTHING)
    return app.extensions["own_tokens"].issue(
        everybody, endpoint.split(".")[0].removesuffix("_api")
    )


def template(rule: str) -> str:
    """A rule of Flask's as OpenAPI writes it."""
    return "/".join(
        f"{{{part[1:-1].split(':')[-1]}}}" if part.startswith("<") else part
        for part in rule.split("/")
    )
