"""What every template can use: the person, rights, form keys and navigation."""

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Flask, g, render_template, request
from markupsafe import Markup

from settings import settings
from webapp.shared import manifest
from webapp.shared.answers.problems import request_id
from webapp.shared.pages.form_keys import csrf_token, form_keys, originals
from webapp.shared.pages.fragments import is_partial
from webapp.shared.people.rights import can, person, signed_in


def install(app: Flask) -> None:
    """Register template globals and the values passed to each rendering."""
    app.jinja_env.globals.update(
        can=can,
        csrf_token=csrf_token,
        form_keys=form_keys,
        originals=originals,
        read_at=_read_at,
        is_partial=is_partial,
        request_id=request_id,
        signed_in=signed_in,
        url_for=_addresses_of(app),
        frame=_frame_of(app),
    )
    app.context_processor(_values)


def _addresses_of(app: Flask) -> Callable[..., str]:
    """Return a `url_for` that builds each address only once.

    The address depends only on the arguments, unless the endpoint starts with a dot; those are not
    cached.
    """
    kept = lru_cache(maxsize=2048, typed=True)(app.url_for)

    def url_for(endpoint: str, **values: Any) -> str:
        lasting = endpoint[0] != "." and all(
            isinstance(value, (str, int, tuple, type(None))) for value in values.values()
        )
        return kept(endpoint, **values) if lasting else app.url_for(endpoint, **values)

    return url_for


def _frame_of(app: Flask) -> Callable[[str], Markup]:
    """Return a function that renders a part of the frame once per set of rights and page.

    Such a part must not contain a name or a token.
    """

    @lru_cache(maxsize=512)
    def draw(template: str, *_differs: object) -> Markup:
        commands = manifest.commands()
        return Markup(render_template(template, commands=commands))  # noqa: S704  the template escapes

    def frame(template: str) -> Markup:
        places = manifest.places()
        rights = (person().roles, person().may_approve) if signed_in() else ()
        return draw(template, rights, *[place.endpoint for place in places if place.is_current])

    return frame


def _read_at() -> str:
    """Return when this request came, in seconds since 1970: the page has all that changed before."""
    started = request.environ.get("dm.started", 0.0)
    return f"{time.time() - (time.perf_counter() - started):.3f}"


def _values() -> dict[str, object]:
    return {
        "person": g.get("person"),
        "nav": manifest.places(),
        "for_demonstration": settings().embedded,
    }
