"""Clean every text that a request carries, as models.shared.texts says; refuse what nobody means.

A field, query parameter or JSON text is one line, unless its view declares with `takes_lines` that
it may hold several. NUL, which PostgreSQL cannot hold, goes with the rest that nobody sees. An
address with a NUL matches no route: 404.
https://www.postgresql.org/docs/current/datatype-character.html

JSON that is nested too deeply, half a surrogate pair, a number that is none (NaN, Infinity) and a
form with an unnamed or broken part are refused with 400.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import IO, Any

from flask import Flask, current_app
from flask.json.provider import DefaultJSONProvider
from htmx_flask import Htmx
from htmx_flask.requests import HtmxAwareRequest
from werkzeug.datastructures import FileStorage, ImmutableMultiDict, MultiDict, iter_multi_items
from werkzeug.exceptions import BadRequest
from werkzeug.formparser import FormDataParser
from werkzeug.routing import Map, PathConverter, UnicodeConverter

from models.shared.texts import one_line, several_lines

DEEPEST = 32  # levels of lists and objects; no request of ours needs ten


def install(app: Flask) -> None:
    """Make the app parse its requests this way, and recognize htmx's.

    Call it before any route is added: a route keeps the converter that was registered at the time.
    """
    Htmx(app)  # sets its own request class, so it comes first
    app.request_class, app.json = CleanRequest, StrictJson(app)
    app.url_map.converters |= {"default": Word, "string": Word, "path": Words}


def clean(value: object, lines: frozenset[str] = frozenset(), name: str = "") -> object:
    """Return the text, list or dict with every text and key cleaned; other values unchanged.

    Texts under a name in `lines` keep their line ends. Raises ValueError for a lone surrogate.
    """
    if isinstance(value, str):
        return several_lines(value) if name in lines else one_line(value)
    if isinstance(value, list):
        return [clean(each, lines, name) for each in value]
    if isinstance(value, dict):
        return {one_line(key): clean(each, lines, key) for key, each in value.items()}
    return value


class Typed(ImmutableMultiDict[str, Any]):
    """Fields or query parameters, each text one line but those in `lines`; files are left alone."""

    def __init__(
        self,
        mapping: Mapping[str, object] | Iterable[tuple[str, object]] | None = None,
        lines: frozenset[str] = frozenset(),
    ) -> None:
        given = list(iter_multi_items(mapping or ()))
        if any(name is None for name, _ in given):
            raise BadRequest("A field of this form has no name.")
        super().__init__([(one_line(name), clean(value, lines, name)) for name, value in given])


class StrictJson(DefaultJSONProvider):
    """Flask's JSON provider, which reads only what a program can mean."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return the parsed value. Raises ValueError if it is not JSON, or JSON that nobody means."""
        try:
            found = super().loads(s, parse_constant=_refuse_constant, **kwargs)
        except RecursionError:
            raise ValueError("nested too deeply") from None
        _check(found, DEEPEST)
        return found


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is not a JSON number")


def _check(value: object, depth: int) -> None:
    """Raise ValueError for half a surrogate pair in any text, and below `depth` lists or objects."""
    if isinstance(value, str):
        value.encode()  # UnicodeEncodeError is a ValueError
    elif isinstance(value, (list, dict)):
        if not depth:
            raise ValueError("nested too deeply")
        for each in value:
            _check(each, depth - 1)
        for each in value.values() if isinstance(value, dict) else ():
            _check(each, depth - 1)


class StrictForm(FormDataParser):
    """Reads a form or refuses it: a broken one must not count as an empty one."""

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        """Return the rest of the stream, the fields and the files. Raises BadRequest."""
        self.silent = False
        try:
            return super().parse(stream, mimetype, content_length, options)
        except ValueError as error:
            raise BadRequest("This form is malformed.") from error


class CleanRequest(HtmxAwareRequest):
    """A request whose fields, query and JSON are clean; `htmx` holds what htmx sent."""

    form_data_parser_class = StrictForm

    @cached_property
    def args(self) -> Typed:
        """The query parameters, each one line."""
        return Typed(super().args)

    def _load_form_data(self) -> None:
        if "form" not in self.__dict__:
            super()._load_form_data()
            if None in self.__dict__["files"]:
                raise BadRequest("A field of this form has no name.")
            self.__dict__["form"] = Typed(self.__dict__["form"], self._fields_with_lines)

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """Return the parsed body with its texts clean."""
        return clean(super().get_json(force, silent, cache), self._fields_with_lines)

    @property
    def _fields_with_lines(self) -> frozenset[str]:
        view = current_app.view_functions.get(self.endpoint or "")
        return getattr(view, "fields_with_lines", frozenset())


class Word(UnicodeConverter):
    """One segment of an address: any text but `/` and NUL."""

    def __init__(
        self, map: Map, minlength: int = 1, maxlength: int | None = None, length: int | None = None
    ) -> None:
        super().__init__(map, minlength, maxlength, length)
        self.regex = self.regex.replace("[^/]", "[^/\0]", 1)


class Words(PathConverter):
    """The rest of an address: any text but NUL that does not start with `/`.

    Unlike the library's converter, it accepts line breaks.
    """

    regex = "[^/\0][^\0]*?"
