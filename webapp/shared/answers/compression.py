"""Compressed answers: static files compressed when they are built, and HTML on its way.

HTML is compressed only if no other site can have chosen a word of the request: whoever measures the
length of compressed answers that mix a secret with words of his choice can guess it (BREACH). See
docs/adr/0021-what-may-be-compressed.md.
"""

import gzip
from functools import cache
from pathlib import Path

from flask import Flask, Response, current_app, request
from werkzeug.security import safe_join

ENCODINGS = {
    "br": ".br",
    "gzip": ".gz",
}  # best first, with the endings that static/build.mjs writes
WORTH = 1400  # bytes that fit in one packet anyway
LEVEL = 5  # a page in a millisecond; level 9 takes twice as long for 1 % less


def install(app: Flask) -> None:
    """Serve static files in the best form that the browser takes, and compress pages."""
    app.view_functions["static"] = send_static
    app.after_request(compress_page)


def send_static(filename: str) -> Response:
    """Serve a static file, or its compressed form with the same type if there is one."""
    ending = next(filter(None, (_accepted(each, filename) for each in ENCODINGS)), "")
    response = current_app.send_static_file(filename + ending)
    if any(_is_there(filename + each) for each in ENCODINGS.values()):
        response.vary.add("Accept-Encoding")
    return response


def compress_page(response: Response) -> Response:
    """Compress HTML for a browser that asks without another site's help."""
    if response.mimetype != "text/html" or response.is_streamed or response.status_code != 200:
        return response
    response.vary.update(("Accept-Encoding", "Sec-Fetch-Site", "Sec-Fetch-Dest"))
    if not _is_without_chosen_words() or not request.accept_encodings.quality("gzip"):
        return response
    page = response.get_data()
    if len(page) >= WORTH and not response.content_encoding:
        response.set_data(gzip.compress(page, LEVEL, mtime=0))
        response.content_encoding = "gzip"
    return response


def _is_without_chosen_words() -> bool:
    """Return whether no other site can have put words of its choice into this request.

    A fragment's address says nothing about who opened its page, so it must have no query.
    """
    came_from = request.headers.get("Sec-Fetch-Site")  # of all redirects, the most foreign
    if request.headers.get("Sec-Fetch-Dest") == "document":
        return came_from in ("same-origin", "none")
    return came_from == "same-origin" and request.method == "GET" and not request.query_string


def _accepted(encoding: str, filename: str) -> str:
    ending = ENCODINGS[encoding]
    is_accepted = request.accept_encodings.quality(encoding) > 0
    return ending if is_accepted and _is_there(filename + ending) else ""


def _is_there(filename: str) -> bool:
    path = safe_join(str(current_app.static_folder), filename)
    return path is not None and _is_file(Path(path))


@cache
def _is_file(path: Path) -> bool:
    return path.is_file()
