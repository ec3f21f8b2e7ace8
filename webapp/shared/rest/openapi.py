"""What the OpenAPI library does not know: every status, header, parameter and name of an operation.

The library describes bodies and query. The rest is read from the routes themselves: a view that
calls `expected_version` takes `If-Match`, one that runs a command takes `Idempotency-Key`.
tests/security/test_contract.py holds what is declared against what is answered.
"""

import inspect
import json
import re
from collections.abc import Mapping
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from webapp.shared.people.rights import declared_action
from webapp.shared.process.json_objects import JsonObject

MEDIA = "application/problem+json"
REFUSALS = {
    "400": "The request is malformed: a header, cursor, or body cannot be read.",
    "401": "The bearer token is missing, not valid, or has expired.",
    "403": "The caller may not do this, or the access token lacks the right (`insufficient_scope`).",
    "404": "There is no such record, or none that the caller may see.",
    "408": "The body did not arrive in time.",
    "409": "The record's state does not allow this now, or it changed since it was read (`stale`).",
    "412": "The record is no longer the one that `If-Match` names.",
    "413": "The body is too large.",
    "415": "The body is not of a type that this address accepts.",
    "422": "Some fields are not valid (`errors` by field), or the idempotency key was used for other content.",
    "428": "`If-Match` is missing, or is not a version.",
    "429": "Too many requests. `Retry-After` says when to try again.",
    "500": "Something went wrong on our end.",
    "503": "A part of the product is unavailable. Try again in a moment.",
}
PARAMETERS: Mapping[str, JsonObject] = {
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "required": True,
        "description": "The `ETag` of the record that was read.",
        "schema": {"type": "string"},
        "example": '"4"',
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag` of a copy that the caller has; 304 if it is still current.",
        "schema": {"type": "string"},
        "example": '"4"',
    },
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The same key returns the same answer again, so a request can be repeated.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$"},
        "example": "7f3c2a9e-order-1",
    },
}
HEADERS: Mapping[str, JsonObject] = {
    "ETag": {"description": "The record's version.", "schema": {"type": "string"}},
    "Link": {
        "description": 'The address of the next page, with `rel="next"`; absent on the last page.',
        "schema": {"type": "string"},
    },
    "Location": {"description": "The new record's address.", "schema": {"type": "string"}},
    "RateLimit": {
        "description": "Calls left (`r`) and seconds until all are there again (`t`).",
        "schema": {"type": "string"},
        "example": '"api-token";r=599;t=60',
    },
    "RateLimit-Policy": {
        "description": "The quota (`q`) within a window of seconds (`w`).",
        "schema": {"type": "string"},
        "example": '"api-token";q=600;w=60',
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
    "WWW-Authenticate": {
        "description": "How to authenticate, and what is wrong with the token (RFC 6750).",
        "schema": {"type": "string"},
    },
}
IN_PATH = {
    "number": "The record's number",
    "sku": "The product's SKU",
    "code": "The location's code",
    "name": "The setting's name",
    "id_": "The record's id",
    "delivery_id": "The delivery's id",
    "service": "The service, by its schema",
    "step": "The step to take",
    "verb": "The action to apply",
}
IN_QUERY = {
    "after": "The `next` of the page before, to get the following page",
    "limit": "How many to return at most",
    "q": "Words to find",
    "sort": "The order of the list",
    "status": "Only these statuses; may be repeated",
    "owner": "Only this owner's, by uid",
}
FILE = {  # its type is read from its content, so that every generator can send it
    "description": "The file itself: JPEG, PNG, WebP, or PDF.",
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}
ALWAYS = ("RateLimit", "RateLimit-Policy")
EXAMPLES = {"sku": "CP-20-LTR", "code": "A-12-3", "name": "discount_limit_percent"}


def complete(document: JsonObject, app: Flask) -> JsonObject:
    """Add to the library's document what it leaves out; return it."""
    by_path: dict[tuple[str, str], Rule] = {
        (_path(rule), method.lower()): rule
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    for path, item in document["paths"].items():
        for method, operation in item.items():
            _complete_operation(operation, path, method, app, by_path[path, method])
    apis = app.extensions["registry"].apis
    document["info"] |= {
        "contact": {"name": "IT", "email": "it@dundermifflin.com"},
        "license": {"name": "MIT", "identifier": "MIT"},
    }
    document["servers"] = [{"url": "/", "description": "The server that sent this document"}]
    document["tags"] = [{"name": name, "description": says} for name, says in apis.items()]
    components = document["components"]
    used = json.dumps(document["paths"]) + json.dumps(components["schemas"])
    for name in [each for each in components["schemas"] if f'schemas/{each}"' not in used]:
        if name != "Problem":  # the shape of a query is described by its parameters
            del components["schemas"][name]
    components["parameters"], components["headers"] = dict(PARAMETERS), dict(HEADERS)
    components["responses"] = {f"Refused{status}": _refusal(status) for status in REFUSALS}
    components["securitySchemes"]["bearer"] |= {
        "description": "A personal access token (`dm_pat_…`), or a JWT of the company's provider.",
        "bearerFormat": "dm_pat_… or JWT",
    }
    return document


def _complete_operation(
    operation: JsonObject, path: str, method: str, app: Flask, rule: Rule
) -> None:
    view = app.view_functions[rule.endpoint]
    calls = _names_called_by(view)
    area, _, name = rule.endpoint.partition(".")
    operation["operationId"] = f"{area.removesuffix('_api')}_{name.strip('_')}"
    operation["summary"] = operation["summary"].rstrip(".")
    operation["description"] = inspect.cleandoc(view.__doc__ or "")
    parameters = operation.setdefault("parameters", [])
    choices: Mapping[str, tuple[str, ...]] = getattr(view, "choices", {})
    for parameter in parameters:
        _describe(parameter, choices)
    parameters += [{"$ref": f"#/components/parameters/{each}"} for each in _headers(method, calls)]
    if hasattr(view, "most_bytes"):
        operation["requestBody"] = FILE
    statuses = {"400", "401", "429", "500", "503"}
    statuses |= {"403"} if declared_action(view) else set()
    statuses |= {"404"} if "{" in path else set()
    if method != "get":
        statuses |= {"404", "409", "422"}
    if "requestBody" in operation:
        statuses |= {"408", "413", "415", "422"}
    if "expected_version" in calls:
        statuses |= {"428"}
    answers = operation["responses"]
    for status, answer in answers.items():
        if status[0] == "2":
            answer["headers"] = {each: _header(each) for each in _answer_headers(calls, status)}
    if method == "get" and "with_etag" in calls:
        statuses |= {"412"}
        answers["304"] = {
            "description": "The caller's copy is still current.",
            "headers": {each: _header(each) for each in ("ETag", *ALWAYS)},
        }
    for status in statuses | (set(answers) & set(REFUSALS)):
        answers[status] = {"$ref": f"#/components/responses/Refused{status}"}
    operation["responses"] = dict(sorted(answers.items()))


def _names_called_by(view: Any) -> set[str]:
    """Return the names that a view's code uses, and those that helpers in its module use."""
    found, left = set[str](), [inspect.unwrap(view)]
    while left:
        function = left.pop()
        new = set(function.__code__.co_names) - found
        found |= new
        helpers = (
            inspect.unwrap(each) for name in new if callable(each := function.__globals__.get(name))
        )
        left += [
            each
            for each in helpers
            if inspect.isfunction(each) and each.__module__ == function.__module__
        ]
    return found


def _headers(method: str, calls: set[str]) -> list[str]:
    found = ["IfMatch"] if "expected_version" in calls else []
    if method == "get":
        return ["IfNoneMatch"] if "with_etag" in calls else []
    return found + (["IdempotencyKey"] if "run" in calls else [])


def _answer_headers(calls: set[str], status: str) -> list[str]:
    found = ["ETag"] if "with_etag" in calls else []
    found += ["Link"] if calls & {"api_list", "api_page"} else []
    found += ["Location"] if status == "201" and "created" in calls else []
    return [*found, *ALWAYS]


def _header(name: str) -> JsonObject:
    return {"$ref": f"#/components/headers/{name}"}


def _refusal(status: str) -> JsonObject:
    names = [*ALWAYS, *{"429": ["Retry-After"], "401": ["WWW-Authenticate"]}.get(status, [])]
    return {
        "description": REFUSALS[status],
        "headers": {each: _header(each) for each in names},
        "content": {
            MEDIA: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": {
                    "type": "about:blank",
                    "title": "Refused",
                    "status": int(status),
                    "detail": REFUSALS[status].replace("`", ""),
                    "code": "refused",
                    "request_id": "01a22c5c18887411917e19f359ede358",
                },
            }
        },
    }


def _describe(parameter: JsonObject, choices: Mapping[str, tuple[str, ...]]) -> None:
    name, schema = parameter["name"], parameter["schema"]
    if name in choices:
        schema["enum"] = list(choices[name])
    if parameter["in"] == "path":
        parameter["description"] = IN_PATH[name]
        if example := EXAMPLES.get(name):
            parameter["example"] = example
    elif not parameter.get("description"):
        parameter["description"] = IN_QUERY.get(name, name.replace("_", " ").capitalize())


def _path(rule: Rule) -> str:
    """Return a rule's address as OpenAPI writes it."""
    return re.sub(r"<(?:[^:<>]*:)?([^<>]+)>", r"{\1}", rule.rule)
