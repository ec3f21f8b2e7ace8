"""List state from the query string (search, filters, sort, cursor), and CSV export."""

import base64
import binascii
import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from werkzeug.exceptions import BadRequest

PAGE_SIZE = 25
Cursor = tuple[Any, ...]


@dataclass(frozen=True)
class Listing:
    """What the person asked of a list.

    `after` and `before` are keyset cursors; at most one is set. `filters` maps a filter's name to
    the selected values, each checked against the allowed ones.
    """

    path: str
    sort: str
    q: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    after: Cursor | None = None
    before: Cursor | None = None
    size: int = PAGE_SIZE
    default_sort: str = ""

    def url(self, **changes: Any) -> str:
        """Return this list's address, back on page one, with some of its state changed.

        `changes` are `q=`, `sort=` or a filter's name.
        """
        state: dict[str, Any] = {"q": self.q, "sort": self.sort, **self.filters, **changes}
        if state["sort"] == self.default_sort:
            del state["sort"]
        query = urlencode({name: value for name, value in state.items() if value}, doseq=True)
        return f"{self.path}?{query}" if query else self.path

    def without(self, name: str, value: str) -> str:
        """Return the address without one filter value: the target of a filter chip's remove button."""
        return self.url(
            **{name: tuple(kept for kept in self.filters.get(name, ()) if kept != value)}
        )

    def next_url(self, last: Cursor) -> str:
        """Return the address of the page after the row whose keys are `last`."""
        return self.url(after=encode_cursor(last))

    def previous_url(self, first: Cursor) -> str:
        """Return the address of the page before the row whose keys are `first`."""
        return self.url(before=encode_cursor(first))

    @property
    def is_narrowed(self) -> bool:
        """Check whether a search or filter is set, which changes the message of an empty list."""
        return bool(self.q or any(self.filters.values()))


def listing_from_request(
    *,
    sorts: Sequence[str],
    filters: Mapping[str, Iterable[str]] | None = None,
    max_search: int = 100,
) -> Listing:
    """Read a list's state from the query string.

    The first of `sorts` is the default; `-name` sorts descending. Unknown sorts and filter values
    are dropped, so that old bookmarks still open; a broken cursor raises BadRequest.
    """
    args = request.args
    picked = {
        name: tuple(value for value in args.getlist(name) if value in set(allowed))
        for name, allowed in (filters or {}).items()
    }
    sort = args.get("sort", "")
    after = decode_cursor(args.get("after", ""))
    return Listing(
        path=request.path,
        sort=sort if sort in sorts else sorts[0],
        default_sort=sorts[0],
        q=args.get("q", "").strip()[:max_search],
        filters=picked,
        after=after,
        before=None if after else decode_cursor(args.get("before", "")),
    )


def encode_cursor(keys: Cursor) -> str:
    """Encode a row's keys as an opaque word for an address.

    The word holds JSON: str, int and None stay, other types become str.
    """
    return base64.urlsafe_b64encode(json.dumps(keys, default=str).encode()).decode().rstrip("=")


def decode_cursor(word: str) -> Cursor | None:
    """Decode a cursor; None for an empty one. Raises BadRequest for anything else."""
    if not word:
        return None
    try:
        keys = json.loads(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))
    except (binascii.Error, UnicodeError, ValueError) as error:
        raise BadRequest("This link to a page of the list is damaged.") from error
    if not isinstance(keys, list) or not all(
        isinstance(key, (str, int, type(None))) for key in keys
    ):
        raise BadRequest("This link to a page of the list is damaged.")
    return tuple(keys)


def csv_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """Return the rows as a streamed CSV file that is safe from formula injection."""
    response = Response(_csv_lines(header, rows), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response


def defuse(cell: Any) -> Any:
    """Prefix text that a spreadsheet would run as a formula with an apostrophe.

    Numbers stay numbers.
    """
    return (
        f"'{cell}"
        if isinstance(cell, str) and cell.lstrip(" ")[:1] in set("=+-@\t\r\n＝＋－＠") and cell
        else cell
    )


def _csv_lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    yield "\ufeff"
    for row in (header, *rows) if isinstance(rows, Sequence) else _chain(header, rows):
        line = io.StringIO()
        csv.writer(line).writerow([defuse(cell) for cell in row])
        yield line.getvalue()


def _chain(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    yield header
    yield from rows
