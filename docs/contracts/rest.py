"""The OpenAPI 3.1 document of `/api/v1`, and the parts of rest_api_v1.md that are made from the routes."""

import inspect
from functools import cache
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@cache
def application() -> Flask:
    """The web application, made only to look at its routes: it connects to nothing."""
    from webapp.app import create_app

    return create_app()


def document() -> dict[str, Any]:
    """The OpenAPI document that the product itself serves."""
    from webapp.shared.rest.api import openapi_document

    return openapi_document(application())


def routes() -> list[tuple[Rule, Any]]:
    """Every route with its view, by address; not the files under /static."""
    app = application()
    found = [(rule, app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()]
    return sorted(
        ((rule, view) for rule, view in found if rule.endpoint != "static"),
        key=lambda each: _order(each[0]),
    )


def parts() -> dict[str, str]:
    """`resources` (the REST API) and `pages` (what browsers ask for), in Markdown."""
    return {
        "resources": _table([each for each in routes() if each[0].rule.startswith("/api/")]),
        "pages": _table([each for each in routes() if not each[0].rule.startswith("/api/")]),
    }


def methods(rule: Rule) -> list[str]:
    """The methods that a route was made for."""
    return [method for method in METHODS if method in (rule.methods or ())]


def first_line(view: Any) -> str:
    """What a view's docstring says first."""
    return " ".join(inspect.cleandoc(view.__doc__ or "").split("\n\n", 1)[0].split())


def _order(rule: Rule) -> tuple[str, list[str]]:
    return rule.rule, methods(rule)


def _table(rows: list[tuple[Rule, Any]]) -> str:
    lines = [
        f"| {' '.join(methods(rule))} | `{rule.rule}` | {_action(view)} | {first_line(view)} |"
        for rule, view in rows
    ]
    return "\n".join(["| method | address | needs | what |", "|---|---|---|---|", *lines])


def _action(view: Any) -> str:
    action = getattr(view, "action", None)
    return f"`{action}`" if action else "–"
