"""Saved views above any list, and opening a list with the person's default view.

Templates use `{{ saved_views() }}` of components/saved_views.html. The views come from the
preferences in this process's memory, so a list needs no request for them.
"""

from urllib.parse import parse_qsl, urlsplit

from flask import Flask, g, redirect, request
from flask.typing import ResponseReturnValue

from models.shared.settings.preferences import SavedView
from webapp.shared.pages.fragments import is_partial
from webapp.shared.people.preferences import memory

PLACES = ("after", "before")


def install(app: Flask) -> None:
    """Register the component's globals and the redirect to a person's default view."""
    app.jinja_env.globals.update(views_of_list=views_of_list, is_view_shown=is_view_shown)
    app.before_request(open_with_own_view)


def views_of_list(path: str) -> list[SavedView]:
    """Return the person's saved views of the list at `path`."""
    known = memory().about(g.person.uid) if g.get("person") else None
    return known.views.get(path, []) if known else []


def is_view_shown(view: SavedView) -> bool:
    """Check whether the list shows this view, on any of its pages."""
    return _state(request.query_string.decode(errors="replace")) == _state(view.query)


def open_with_own_view() -> ResponseReturnValue | None:
    """Redirect to the person's default view of a list.

    Only if they open the list without a query, coming from another page.
    """
    if request.method != "GET" or request.query_string or is_partial() or not g.get("person"):
        return None
    view = next((view for view in views_of_list(request.path) if view.opens), None)
    if view is None or not view.query or urlsplit(request.referrer or "").path == request.path:
        return None
    return redirect(f"{request.path}?{view.query}", 303)


def _state(query: str) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in parse_qsl(query) if name not in PLACES)
