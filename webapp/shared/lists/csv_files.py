"""Rows on their way out as CSV."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flask import Response


def csv_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """The rows as a streamed CSV file that no spreadsheet takes for formulas."""
    response = Response(_csv_lines(header, rows), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response


def defuse(cell: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers."""
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
