"""What comes in, made fit for the database: PostgreSQL's text holds every character but NUL, so NUL ends here.

It says nothing to a person who pasted it, so it is left out of fields, queries and JSON. An address
with one is nobody's: 404. https://www.postgresql.org/docs/current/datatype-character.html
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
    """Lets the app read its requests so, and know htmx's; before any route is added, for routes
    keep the converter they found.
    """
    Htmx(app)  # sets a class of its own
    app.request_class, app.json = CleanRequest, CleanJson(app)
    app.url_map.converters |= {"default": Word, "string": Word, "path": Words}


def without_nul(value: Any) -> Any:
    """The same text, list or dict without NUL in any text, names included; anything else as it is."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [without_nul(each) for each in value]
    if isinstance(value, dict):
        return {without_nul(name): without_nul(each) for name, each in value.items()}
    return value


class Typed(ImmutableMultiDict[str, Any]):
    """Fields or query parameters; files are left as they are."""

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
    """Flask's JSON, without NUL in what is read."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """The value; raises ValueError for no JSON."""
        return without_nul(super().loads(s, **kwargs))


class CleanRequest(HtmxAwareRequest):
    """A request whose fields and query hold no NUL; `htmx` says what htmx told."""

    parameter_storage_class = Typed


class Word(UnicodeConverter):
    """A part of an address: any text but `/` and NUL."""

    def __init__(self, map: Map, *given: Any, **limits: Any) -> None:
        super().__init__(map, *given, **limits)
        self.regex = self.regex.replace("[^/]", "[^/\0]", 1)


class Words(PathConverter):
    """The rest of an address: any text but NUL that does not begin with `/`; lines end in it, which
    the library's own refuses.
    """

    regex = "[^/\0][^\0]*?"
