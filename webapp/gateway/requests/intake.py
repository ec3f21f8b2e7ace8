"""One layer before all routes: what arrives is whole, readable and of a kind we take, or refused.

A body is read once, to its end, before any view sees a part of it. A refusal is 400, 408, 413 or
415 and never a server error: nothing that a client sends is a fault of ours.
"""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import IO
from urllib.parse import urlsplit

import gevent
from flask import current_app, request
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    RequestEntityTooLarge,
    RequestTimeout,
    UnsupportedMediaType,
)
from werkzeug.wsgi import get_input_stream

from webapp.shared.answers.problems import wants_json

PIECE = 64 * 1024
BODY_SECONDS = 20  # from the end of the headers to the end of the body
FILE_SECONDS = 120  # the same for a view that takes files
ADDRESSES = ("Referer", "HX-Current-URL", "Origin")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def refuse_unreadable_head() -> None:
    """Refuse a request without a Host (RFC 9112, 3.2) or with an address that is none in a header."""
    if not request.headers.get("Host"):
        raise BadRequest("The request must name its host.")
    for name in ADDRESSES:
        try:
            urlsplit(request.headers.get(name, ""))
        except ValueError:
            raise BadRequest(f"The header {name} is not a valid address.") from None


def allow_upload() -> None:
    """Raise the size limit for views that accept files."""
    if most := getattr(_view(), "most_bytes", None):
        request.max_content_length = most


def read_body() -> None:
    """Read the whole body, and refuse it if it is too long, cut, malformed or of a kind not taken here.

    Its length counts as it arrived, whatever the framing announced.
    """
    if not _has_body():
        return
    _refuse_foreign_kind()
    body = _whole_body(int(request.max_content_length or 0))
    _give_back(body)
    if wants_json():
        if body and not hasattr(_view(), "most_bytes"):
            request.get_json()  # raises BadRequest for what is no JSON
    elif request.is_json:
        request.get_json()
    else:
        _ = request.form  # raises BadRequest for what is no form


def _give_back(body: bytes) -> None:
    """Put the body where the views read it, with its true length."""
    request.environ.update({"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))})
    for announced in ("HTTP_TRANSFER_ENCODING", "wsgi.input_terminated"):
        request.environ.pop(announced, None)
    request.__dict__.pop("content_length", None)  # a cached property


def _has_body() -> bool:
    return bool(request.content_length or request.headers.get("Transfer-Encoding"))


def _refuse_foreign_kind() -> None:
    """Refuse a body that the view would not read: it would act as if nothing had been sent."""
    view, kind = _view(), request.mimetype
    if wants_json():
        fits = request.is_json or hasattr(view, "most_bytes")
    else:
        fits = kind in FORMS or (request.is_json and getattr(view, "takes_json", False))
    if request.method in ("POST", "PUT", "PATCH") and view is not None and not fits:
        raise UnsupportedMediaType(
            f"This address accepts only {'JSON' if wants_json() else 'form data'}."
        )


def _whole_body(most: int) -> bytes:
    announced = request.content_length
    if announced is not None and announced > most:
        raise RequestEntityTooLarge
    seconds = FILE_SECONDS if hasattr(_view(), "most_bytes") else BODY_SECONDS
    try:
        with _within(seconds):
            body = _read(_stream(), most)
    except HTTPException:
        raise
    except Exception as error:  # whatever the server's reader says of a broken body
        raise BadRequest("The request body is incomplete or malformed.") from error
    if announced is not None and len(body) != announced:
        raise BadRequest("The request body is shorter than its Content-Length.")
    return body


def _within(seconds: int) -> AbstractContextManager[object]:
    """Bound the time under gunicorn, whose sockets wait by gevent; other servers are not exposed."""
    if "gunicorn.socket" not in request.environ:
        return nullcontext()
    limit: AbstractContextManager[object] = gevent.Timeout(seconds, RequestTimeout())
    return limit


def _stream() -> IO[bytes]:
    """The server's stream where it ends by itself (gunicorn's does), else one that ends where announced."""
    if request.environ.get("wsgi.input_terminated"):
        ours: IO[bytes] = request.environ["wsgi.input"]
        return ours
    return get_input_stream(request.environ)


def _read(stream: IO[bytes], most: int) -> bytes:
    pieces, length = [], 0
    while piece := stream.read(PIECE):
        length += len(piece)
        if length > most:
            raise RequestEntityTooLarge
        pieces.append(piece)
    return b"".join(pieces)


def _view() -> Callable[..., object] | None:
    return current_app.view_functions.get(request.endpoint or "")
