"""Every route of the product against rights_matrix.toml: who gets in, who is asked to sign in, who is refused."""

import tomllib
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.factories.routes import ROLES, address_of, employee, product, rules
from tests.web_client import sign_in
from webapp.shared.people.rights import ACTIONS, Person

FOLDER = Path(__file__).parent
MATRIX = tomllib.loads((FOLDER / "rights_matrix.toml").read_text())
ROUTES = {(row["endpoint"], row["method"]): row for row in MATRIX["route"]}


def test_each_route_stands_in_the_matrix_and_the_matrix_names_no_other():
    assert set(rules()) - set(ROUTES) == set(), (
        "add them to rights_matrix.toml, with the action they need"
    )
    assert set(ROUTES) - set(rules()) == set(), (
        "these are gone: take them out of rights_matrix.toml"
    )


def test_each_view_declares_the_action_that_the_matrix_says():
    declared = {key: product().view_functions[key[0]].declared or "public" for key in rules()}
    assert declared == {key: row["action"] for key, row in ROUTES.items()}


def test_the_table_of_rights_is_the_one_in_the_matrix():
    assert {name: sorted(action.roles) for name, action in ACTIONS.items()} == MATRIX["actions"]


@pytest.mark.parametrize(("endpoint", "method"), sorted(ROUTES))
def test_each_role_gets_the_answer_of_the_matrix(endpoint: str, method: str):
    action = ROUTES[endpoint, method]["action"]
    allowed = set(MATRIX["actions"].get(action, []))
    for role in ROLES:
        expected = "in" if action == "public" or allowed & {role, "employee"} else "forbidden"
        assert _answer(endpoint, method, role) == expected, role
    assert _answer(endpoint, method, None) == ("in" if action == "public" else "sign in")


@pytest.mark.parametrize(
    "row", [row for row in MATRIX["route"] if "object_rule" in row], ids=lambda row: row["endpoint"]
)
def test_each_object_rule_has_the_test_that_proves_it(row: dict[str, str]):
    path, name = row["object_rule"].split("::")
    assert f"def {name}(" in (FOLDER.parent.parent / path).read_text()


def _answer(endpoint: str, method: str, role: str | None) -> str:
    app, rule = product(), rules()[endpoint, method]
    client = sign_in(app, employee(role)) if role else app.test_client()
    headers = _bearer(app, rule, role) if role and rule.rule.startswith("/api/") else {}
    app.extensions["rates"]._seen.clear()
    answer = client.open(address_of(app, rule, method), method=method, headers=headers)
    if answer.status_code == 200 and answer.text == "reached":
        return "in"
    signs_in = answer.status_code == 401 or "/sign-in" in (answer.location or "")
    return (
        "sign in"
        if signs_in
        else "forbidden"
        if answer.status_code == 403
        else f"{answer.status_code}"
    )


def _bearer(app: Flask, rule: Rule, role: str) -> dict[str, str]:
    person = Person(uid=role, name=role.title(), roles=frozenset({"employee", role}))
    service = rule.endpoint.split(".")[0].removesuffix("_api")
    return {"Authorization": f"Bearer {app.extensions['own_tokens'].issue(person, service)}"}
