"""Shared parts of the REST API: OpenAPI description, pages of results, ETags."""

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from threading import Lock
from typing import Protocol, TypeVar
from urllib.parse import quote, urlencode

from flask import Flask, Response, jsonify, request
from pydantic import BaseModel, ValidationError
from spectree import SecurityScheme, SpecTree
from spectree.models import SecureType, SecuritySchemeData
from werkzeug.exceptions import BadRequest, PreconditionRequired

from models.shared.errors import Invalid, NoSuchPlace
from webapp.shared.answers.problems import problem
from webapp.shared.lists.cursors import (
    PAGE_SIZE,
    Keys,
    decode_cursor,
    encode_cursor,
)
from webapp.shared.pages.form_keys import whole
from webapp.shared.process.json_objects import JsonObject
from webapp.shared.rest.openapi import complete

MAX_PAGE = 100
_building = Lock()
Asked = TypeVar("Asked", bound=BaseModel)
View = TypeVar("View", bound=Callable[..., object])


class Problem(BaseModel):
    """The body of every refusal (RFC 9457).

    `code` is stable; `errors` maps a field to what is wrong with it.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: dict[str, str] | None = None


def _raise_problem(
    _request: object, response: Response, error: Exception | None, *_with: object
) -> None:
    if not isinstance(error, ValidationError):
        return
    errors = {".".join(map(str, item["loc"])): item["msg"] for item in error.errors()}
    answer = problem(422, "invalid", "Some fields are not valid.", errors=errors)
    response.data, response.mimetype = answer.data, str(answer.mimetype)


spec = SpecTree(
    "flask",
    title="Dunder Mifflin REST API",
    version="1.0.0",
    description="The company's services under /api/v1. Every call needs a bearer token.",
    path="openapi",
    mode="strict",
    annotations=True,
    before=_raise_problem,
    validation_error_model=Problem,
    naming_strategy=lambda model: model.__name__,
    nested_naming_strategy=lambda _parent, child: child,
    security_schemes=[
        SecurityScheme(
            name="bearer",
            data=SecuritySchemeData(type=SecureType.HTTP, scheme="bearer", bearer_format="JWT"),
        )
    ],
    security=[{"bearer": []}],
)


def openapi_document(app: Flask) -> JsonObject:
    """Return the OpenAPI 3.1 description of an app's routes, built once per app."""
    with _building:  # it changes `spec` for a while, so whoever asks meanwhile waits
        if "openapi" not in app.extensions:
            app.extensions["openapi"] = _build_document(app)
    document: JsonObject = app.extensions["openapi"]
    return document


def _build_document(app: Flask) -> JsonObject:
    with app.app_context():
        spec.__dict__.pop("_spec", None)
        models = deepcopy(spec.models)  # building the document removes nested models from these
        document = complete(_with_problems(spec.spec), app)
        spec.models = models
    return document


def choices(**names: Iterable[str]) -> Callable[[View], View]:
    """Declare the values that parts of a view's address may have, for the description."""

    def declare(view: View) -> View:
        vars(view).update(choices={name: tuple(values) for name, values in names.items()})
        return view

    return declare


def asked(shape: type[Asked], *lists: str) -> Asked:
    """Parse the query string into `shape`; parameters in `lists` may be repeated.

    Raises Invalid with one sentence per parameter.
    """
    single = {name: value for name, value in request.args.items() if name not in lists}
    try:
        return shape.model_validate(
            {**single, **{name: request.args.getlist(name) for name in lists}}
        )
    except ValidationError as error:
        raise Invalid({str(item["loc"][0]): item["msg"] for item in error.errors()}) from error


class Listed(Protocol):
    """A page of a list, as the domain returns it."""

    @property
    def rows(self) -> Sequence[object]:
        """The rows in order."""

    @property
    def last(self) -> Keys | None:
        """The keys of the last row."""

    @property
    def has_after(self) -> bool:
        """Whether more rows follow."""


def api_list(shape: type[BaseModel], read: Callable[..., Listed]) -> Response:
    """The page that this request asks for, which `read(after=…, size=…)` finds.

    `read(after=…, size=…)` fetches it; `keys_of` its last row is the next cursor. Raises BadRequest
    for a cursor that this list never issued.
    """
    after, size = page_request()
    try:
        page = read(after=after, size=size)
    except NoSuchPlace as error:
        raise BadRequest("The cursor is not valid.") from error
    items = [shape.model_validate(row).model_dump(mode="json") for row in page.rows]
    return api_page(items, page.last if page.has_after else None)


def created(answer: Response, path: str) -> Response:
    """Turn an answer into a 201 whose `Location` is this path below /api/v1."""
    answer.status_code, answer.headers["Location"] = 201, f"/api/v1/{path}"
    return answer


def _with_problems(document: JsonObject) -> JsonObject:
    """Declare refusals under the media type we send; the library only knows application/json."""
    for operation in (each for item in document["paths"].values() for each in item.values()):
        for status, answer in operation["responses"].items():
            content = answer.get("content", {})
            if status[0] in "45" and "application/json" in content:
                content["application/problem+json"] = content.pop("application/json")
    return document


def api_page(
    items: Sequence[object], next_keys: Keys | None = None, total: int | None = None
) -> Response:
    """Return a page of results: `{"items": […], "next": cursor or null}`.

    A `Link` header points to the next page.
    """
    cursor = encode_cursor(next_keys) if next_keys else None
    body: dict[str, object] = {"items": list(items), "next": cursor}
    if total is not None:
        body["total"] = total
    response = jsonify(body)
    if cursor:
        query = urlencode({**request.args.to_dict(), "after": cursor})
        response.headers["Link"] = f'<{quote(request.path)}?{query}>; rel="next"'
    return response


def page_request() -> tuple[Keys | None, int]:
    """The cursor and the size (1 to 100) that this request asks for; raises BadRequest for others."""
    size = whole(request.args.get("limit", str(PAGE_SIZE))) or 0
    if not 1 <= size <= MAX_PAGE:
        raise BadRequest(f"limit must be a number from 1 to {MAX_PAGE}.")
    return decode_cursor(request.args.get("after", "")), size


def with_etag(body: object, version: int | str) -> Response:
    """Return JSON with the record's version as a strong ETag, or 304 if the client already has it."""
    response = body if isinstance(body, Response) else jsonify(body)
    response.set_etag(str(version))
    response.make_conditional(request)
    return response


def expected_version() -> int:
    """Return the version named by `If-Match`. Raises PreconditionRequired without exactly one."""
    tags = list(request.if_match)
    if len(tags) != 1 or (version := whole(tags[0])) is None:
        raise PreconditionRequired("Send If-Match with the ETag of the record that you read.")
    return version
