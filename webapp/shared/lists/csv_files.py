"""Rows on their way out as CSV."""

import csv
import io
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from functools import wraps
from itertools import islice
from typing import ParamSpec

import gevent
from flask import Response, has_request_context, request

from models.shared.counts import counted
from models.shared.csv_files import protect
from webapp.shared.pages.downloads import name_download
from webapp.shared.people.rights import person
from webapp.shared.process.page_priority import right_of_way
from webapp.shared.process.turns import EXPORTS, hold_until_sent

P = ParamSpec("P")

SECONDS = 60.0  # that a reader has for a file, from its first row on
GRACE = 15.0  # seconds more, for a reader who takes nothing at all
PORTION = 500  # rows between two looks at the clock; pages that are ready go first
LATE = (
    "NOT COMPLETE: this file ends after {rows}, because reading it took longer than {limit}. "
    "Narrow the list and export it again."
)
CUT = "NOT COMPLETE: this file ends after {rows}. Narrow the list to export the rest."


def until_sent(view: Callable[P, Response]) -> Callable[P, Response]:
    """Run a view that exports rows in the person's turn, which ends once its response is sent.

    It also ends when the reader hangs up, or when the view or something after it fails. Raises
    TooManyRequests.
    """

    @wraps(view)
    def view_in_turn(*args: P.args, **kwargs: P.kwargs) -> Response:
        with ExitStack() as turn:
            turn.enter_context(EXPORTS.take(person().uid))
            response = view(*args, **kwargs)
            kept = turn.pop_all()
        hold_until_sent(kept)
        response.response = _closing(response.iter_encoded(), kept)
        response.call_on_close(kept.close)  # if nothing of it was ever read
        return response

    return view_in_turn


def csv_response(
    filename: str,
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    most: int | None = None,
) -> Response:
    """The rows as a streamed CSV file that no spreadsheet takes for formulas.

    A file that ends before its rows do, after `most` of them or after SECONDS, says so in its last
    line. Whoever takes nothing of it is cut off.
    """
    pieces = _pieces(header, iter(rows), most)
    response = Response(_while_read(pieces), mimetype="text/csv")
    name_download(response, filename)
    return response


def defuse(cell: object) -> object:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers."""
    return protect(cell) if isinstance(cell, str) else cell


def _pieces(
    header: Sequence[str],
    rows: Iterator[Sequence[object]],
    most: int | None,
) -> Iterator[str]:
    until, sent = time.monotonic() + SECONDS, 0
    yield "\ufeff" + _lines([header])
    while portion := list(islice(rows, PORTION if most is None else min(PORTION, most - sent))):
        yield _lines(portion)
        sent += len(portion)
        right_of_way().give_way()
        if time.monotonic() > until and next(rows, None) is not None:
            yield _lines(
                [(LATE.format(rows=counted(sent, "row"), limit=counted(round(SECONDS), "second")),)]
            )
            return
    if next(rows, None) is not None:
        yield _lines([(CUT.format(rows=counted(sent, "row")),)])


def _lines(rows: Iterable[Sequence[object]]) -> str:
    lines = io.StringIO()
    csv.writer(lines).writerows([defuse(cell) for cell in row] for row in rows)
    return lines.getvalue()


def _while_read(pieces: Iterator[str]) -> Iterator[str]:
    """The pieces, for as long as the reader may take; only gunicorn says which socket is theirs."""
    environ = request.environ if has_request_context() else {}
    connection: socket.socket | None = environ.get("gunicorn.socket")

    def watched() -> Iterator[str]:
        if connection is None:
            yield from pieces
            return
        end = gevent.spawn_later(SECONDS + GRACE, _hang_up, connection)
        try:
            yield from pieces
        finally:
            end.kill(block=False)

    return watched()


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _closing(parts: Iterable[bytes], turn: ExitStack) -> Iterator[bytes]:
    with turn:
        yield from parts
