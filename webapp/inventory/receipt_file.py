"""Receiving goods from a CSV file: preview each row, then receive all of them in one receipt."""

from collections.abc import Mapping as Facts
from itertools import islice
from typing import NamedTuple

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from models.inventory.locations import location_choices
from models.inventory.queries import products_by_sku
from models.inventory.receipts import Goods, receive_delivery
from models.inventory.rules import MOST_CASES
from models.shared.csv_files import Unreadable, decode, read_csv
from models.shared.database.rows import AnyRow
from models.shared.errors import Invalid
from models.shared.import_columns import Field, Mapping, map_columns, map_lines, problems_of
from models.shared.transactions import reading
from webapp.inventory.area import blueprint
from webapp.shared.lists.csv_files import csv_response
from webapp.shared.lists.import_columns import chosen_columns
from webapp.shared.number_fields import CASES, number_or_none, unclear_numbers
from webapp.shared.pages.fragments import go_to, render_page_or_block
from webapp.shared.people.rights import needs, person, takes_lines
from webapp.shared.process.turns import TURNS
from webapp.shared.requests.commands import run

MOST_ROWS, MOST_BYTES = 200, 200_000
FIELDS = (
    Field("sku", "SKU", ("product", "article", "item", "product number"), True),
    Field("cases", "Cases", ("quantity", "qty", "number of cases", "amount"), True),
    Field("note", "Note", ("comment", "remark")),
    Field("location", "Location", ("bin", "bin code", "place")),
)
IN_ORDER = tuple(field.name for field in FIELDS)  # the columns of a file without headings
TEMPLATE = tuple(field.label for field in FIELDS)
ENCODINGS = ("UTF-8", "UTF-16", "Windows-1252", "Latin-1")


class File(NamedTuple):
    """The rows of a file, what its columns are for, and what a person has to choose first."""

    rows: list["Row"]
    mapping: Mapping
    problems: list[str]


class Row(NamedTuple):
    """A row of the file; `wrong` says why it cannot be received, if so."""

    n: int
    sku: str
    name: str
    quantity: int
    note: str
    location: str
    wrong: str


@blueprint.get("/receive/file")
@needs("stock.receive")
def receive_file() -> ResponseReturnValue:
    """Show the form for a file."""
    return _show("")


@blueprint.get("/receive/file/template.csv")
@needs("stock.receive")
def receive_template() -> Response:
    """Download an empty file whose headings the form knows."""
    return csv_response("receipts-template.csv", TEMPLATE, ())


@blueprint.post("/receive/file")
@needs("stock.receive")
@takes_lines("text")
def take_file() -> ResponseReturnValue:
    """Preview the file; with `confirm`, receive its goods, once per form. Files take turns."""
    with TURNS.take(person().uid):
        return _take_file()


def _take_file() -> ResponseReturnValue:
    try:
        text, encoding = _text()
    except Unreadable as error:
        return _show("", 422, str(error))
    if len(text) > MOST_BYTES:
        return _show(text, 422, "The file is too large. Import at most 200 rows at a time.")
    try:
        file = read_file(text, encoding)
    except Unreadable as error:
        return _show(text, 422, str(error))
    rows, is_wrong = file.rows, any(row.wrong for row in file.rows)
    if file.problems:
        return _show(text, 422, file=file)
    if not rows:
        return _show(
            text, 422, "There are no rows. Each row needs a SKU and a number of cases.", file=file
        )
    if request.form.get("confirm") != "yes" or is_wrong:
        return _show(text, file=file)
    try:
        number = run(receive_delivery, _goods_of(rows), request.form.get("reference", "").strip())
    except Invalid as error:
        return _show(text, 422, " ".join(error.errors.values()), file=file)
    return go_to(url_for("inventory.receipt", number=number))


def read_file(text: str, encoding: str) -> File:
    """Parse rows of SKU, cases, note and location, each with what is wrong with it.

    The columns are found by their headings, or come in this order without any, unless the form maps
    them. At most 201 rows are read, so that one too many is noticed. Raises Unreadable.
    """
    table = read_csv(text, MOST_ROWS + 2)._replace(encoding=encoding)
    mapping = map_columns(table, FIELDS, chosen_columns(), without_headings=IN_ORDER)
    if problems := problems_of(mapping, FIELDS):
        return File([], mapping, problems)
    lines = [values for _line, values in islice(map_lines(table, mapping), MOST_ROWS + 1)]
    with reading("inventory") as session:
        known = products_by_sku(session, [line["sku"].upper() for line in lines if "sku" in line])
        places = {code.lower() for code, _ in location_choices(session)}
    return File([_row(n, line, known, places) for n, line in enumerate(lines, 1)], mapping, [])


def _goods_of(rows: list[Row]) -> list[Goods]:
    return [
        Goods(sku=row.sku, quantity=row.quantity, note=row.note, location=row.location)
        for row in rows
    ]


def _row(n: int, line: Facts[str, str], known: Facts[str, AnyRow], places: set[str]) -> Row:
    sku, cases, note, location = (line.get(name, "") for name in IN_ORDER)
    sku = sku.upper()
    quantity = number_or_none(CASES, cases) or 0
    unclear = unclear_numbers({"cases": cases}, {"cases": CASES}).get("cases", "")
    wrong = "" if sku in known else "No product has this SKU."
    if not 1 <= quantity <= MOST_CASES:
        wrong = wrong or unclear or f"Enter from 1 to {MOST_CASES:,} cases."
    if len(note) > 500 or n > MOST_ROWS:
        wrong = wrong or (
            "The note can have at most 500 characters."
            if len(note) > 500
            else f"Import at most {MOST_ROWS} rows at a time."
        )
    if location and location.lower() not in places:
        wrong = wrong or "No location has this bin code."
    return Row(
        n, sku[:40], known[sku].name if sku in known else "", quantity, note, location[:40], wrong
    )


def _text() -> tuple[str, str]:
    """Return the rows, from a file or pasted, and their encoding. Raises Unreadable."""
    given = request.files.get("file")
    if not given or not given.filename:
        found = request.form.get("encoding", "")
        return (
            request.form.get("text", "").strip("\r\n"),
            found if found in ENCODINGS else "Text",
        )
    text, encoding = decode(given.read(MOST_BYTES + 1))
    return text.strip("\r\n"), encoding


def _show(
    text: str, status: int = 200, wrong: str = "", file: File | None = None
) -> ResponseReturnValue:
    file = file or File([], Mapping(), [])
    return render_page_or_block(
        "inventory/receipt_file.html",
        "form",
        status,
        text=text,
        rows=file.rows,
        mapping=file.mapping,
        fields=FIELDS,
        problems=file.problems,
        encoding=file.mapping.read_as.partition(",")[0],
        wrong=wrong,
    )
