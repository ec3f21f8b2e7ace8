"""Remove NUL from everything a request carries; PostgreSQL's text holds every other character.

NUL means nothing to the person who pasted it, so it is dropped from fields, queries and JSON. An
address with a NUL matches no route: 404.
https://www.postgresql.org/docs/current/datatype-character.html
"""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from htmx_flask import Htmx
from htmx_flask.requests import HtmxAwareRequest
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items
from werkzeug.routing import Map, PathConverter, UnicodeConverter


def install(app: Flask) -> None:
    """Make the app parse its requests this way, and recognize htmx's.

    Call it before any route is added: a route keeps the converter that was registered at the time.
    """
    Htmx(app)  # sets its own request class, so it comes first
    app.request_class, app.json = CleanRequest, CleanJson(app)
    app.url_map.converters |= {"default": Word, "string": Word, "path": Words}


def without_nul(value: Any) -> Any:
    """Return the text, list or dict without NUL in any text or key; other values unchanged."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [without_nul(each) for each in value]
    if isinstance(value, dict):
        return {without_nul(name): without_nul(each) for name, each in value.items()}
    return value


class Typed(ImmutableMultiDict[str, Any]):
    """Fields or query parameters without NUL; files are left as they are."""

    def __init__(
        self, mapping: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None
    ) -> None:
        super().__init__(
            [
                (without_nul(name), without_nul(value))
                for name, value in iter_multi_items(mapping or ())
            ]
        )


class CleanJson(DefaultJSONProvider):
    """Flask's JSON provider, without NUL in what it reads."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return the parsed value. Raises ValueError if it is not JSON."""
        return without_nul(super().loads(s, **kwargs))


class CleanRequest(HtmxAwareRequest):
    """A request whose fields and query hold no NUL; `htmx` holds what htmx sent."""

    parameter_storage_class = Typed


class Word(UnicodeConverter):
    """One segment of an address: any text but `/` and NUL."""

    def __init__(self, map: Map, *given: Any, **limits: Any) -> None:
        super().__init__(map, *given, **limits)
        self.regex = self.regex.replace("[^/]", "[^/\0]", 1)


class Words(PathConverter):
    """The rest of an address: any text but NUL that does not start with `/`.

    Unlike the library's converter, it accepts line breaks.
    """

    regex = "[^/\0][^\0]*?"
