"""Every route of the product, and an address for each."""

from functools import cache

from flask import Flask
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Rule, UUIDConverter

from tests.web_client import app_over, known_people
from webapp.gateway.people.ldap_reader import Entry
from webapp.shared.people.rights import ROLE_OF_GROUP

ROLES = sorted(set(ROLE_OF_GROUP.values()) - {"employee"})
GROUP_OF_ROLE = {role: group for group, role in ROLE_OF_GROUP.items()}


@cache
def product() -> Flask:
    """The whole application; each view replaced by one that only says it was reached, with the same declaration."""
    app = app_over({role: employee(role) for role in ROLES} | known_people())
    for endpoint, view in app.view_functions.items():
        app.view_functions[endpoint] = _reached(view)
    return app


def rules() -> dict[tuple[str, str], Rule]:
    """Each route of the application by endpoint and method."""
    return {
        (rule.endpoint, method): rule
        for rule in product().url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static"
    }


def employee(role: str) -> Entry:
    """Somebody who has this role alone."""
    return Entry(role, role.title(), groups=frozenset({"everyone", GROUP_OF_ROLE[role]}))


def _reached(view):
    def reached(**_):
        return "reached"

    if hasattr(view, "action"):
        reached.action = view.action
    reached.declared = getattr(view, "action", "nothing")
    return reached


def address_of(app: Flask, rule: Rule, method: str, key: str = "") -> str:
    """The route's address with `key` in its first blank, and in every other what no record has."""
    values = {name: value_for(rule._converters[name]) for name in rule.arguments}
    blanks = [name for is_blank, name in rule._trace if is_blank]
    if (
        key not in ("", "X-1")
        and blanks
        and not isinstance(rule._converters[blanks[0]], AnyConverter)
    ):
        values[blanks[0]] = type(values[blanks[0]])(key)
    with app.test_request_context():
        return app.url_map.bind("127.0.0.1").build(rule.endpoint, values, method=method)


def value_for(converter: BaseConverter) -> object:
    """Something that fits a blank of a route."""
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return {IntegerConverter: 1, UUIDConverter: "00000000-0000-7000-8000-000000000000"}.get(
        type(converter), "X-1"
    )
